// What was said, as a conversation: the clerk on the left in words, the visitor on the right as time only.
import { html, useEffect, useMemo, useRef } from "../vendor.js";
import { Heard, ReviewState, Severity } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { clockTime } from "../format.js";
import { href } from "../router.js";
import { t, titleOf } from "../i18n.js";

/** More turns than this at once help nobody: the view is narrowed on the timeline. */
const TURNS_MAX = 300;

/**
 * The clerk's turns with the visitor's between them: of the visitor the timeline has only when they spoke.
 * @param {import("../types.js").Timeline} data
 * @returns {(import("../types.js").Turn & {key: string})[]}
 */
function turnsOf(data) {
  const clerk = data.turns.filter((one) => one.role === "clerk").map((one) => ({ ...one, key: `c${one.segment}` }));
  const visitor = data.visitor.map(([start_us, end_us]) => ({
    role: "visitor",
    start_us,
    end_us,
    text: null,
    segment: 0,
    key: `v${start_us}`,
  }));
  return [...clerk, ...visitor].sort((a, b) => a.start_us - b.start_us);
}

/** Marks in a turn's text the words that findings within it name. @param {{text: string, findings: any[]}} props */
function Text({ text, findings }) {
  // What is laid to somebody first: praise is not marked where the same words break a rule.
  const marked = [...findings].sort((a, b) => Number(a.kind === "credit") - Number(b.kind === "credit"));
  const found = marked.find((one) => one.heard && text.includes(one.heard));
  if (!found)
    return html`
      <span>${text}</span>
    `;
  const at = text.indexOf(found.heard);
  return html`
    <span>
      ${text.slice(0, at)}
      <mark data-kind=${found.kind}>${found.heard}</mark>
      ${text.slice(at + found.heard.length)}
    </span>
  `;
}

/**
 * @param {{data: import("../types.js").Timeline, view: import("./view.js").View, cursor: number|null, onCursor: (us: number) => void, current: number|null, onFinding: (id: number) => void}} props
 */
export function Conversation({ data, view, cursor, onCursor, current, onFinding }) {
  const list = useRef();
  const all = useMemo(() => turnsOf(data), [data]);
  const turns = all.filter((one) => one.end_us >= view.from && one.start_us <= view.to);
  const near = cursor == null ? null : turns.filter((one) => one.start_us <= cursor + 1e6).pop()?.key;
  useEffect(() => {
    const node = list.current?.querySelector("[data-now=yes]");
    // Only the list is scrolled: the timeline above stays where it is.
    if (node) list.current.scrollTop = node.offsetTop - list.current.clientHeight / 2;
  }, [near, data]);
  const shown = turns.slice(0, TURNS_MAX);
  return html`
    <div class="conversation" ref=${list}>
      ${
        !turns.length &&
        html`
          <p class="muted">${t("session.no-turns")}</p>
        `
      }
      ${shown.map((turn) => {
        // Nothing is ever laid to the visitor.
        const findings =
          turn.role === "clerk" ? data.findings.filter((one) => one.wall_us >= turn.start_us && one.wall_us <= turn.end_us) : [];
        const lasts = ((turn.end_us - turn.start_us) / 1e6).toFixed(1);
        return html`
          <div class="turn" key=${turn.key} data-role=${turn.role} data-now=${turn.key === near ? "yes" : "no"}>
            <button class="turn-time num" data-space="page" onClick=${() => onCursor(turn.start_us)}>${clockTime(turn.start_us)}</button>
            <div class="turn-body">
              ${
                turn.text
                  ? html`
                      <p class="turn-text" lang="zh-CN"><${Text} text=${turn.text} findings=${findings} /></p>
                    `
                  : html`
                      <p class="turn-text masked">
                        <${Icon} name="mute" size=${15} />
                        ${t(turn.role === "visitor" ? "session.visitor-spoke" : "session.no-text", { s: lasts })}
                      </p>
                    `
              }
              ${findings.map(
                (one) => html`
                  <button
                    class="turn-finding"
                    data-space="page"
                    data-kind=${one.kind}
                    data-current=${one.id === current ? "yes" : "no"}
                    onClick=${() => onFinding(one.id)}
                  >
                    <${Severity} value=${one.severity} />
                    <span class="chip provision">${one.provision}</span>
                    ${titleOf(one)}
                    <${ReviewState} value=${one.review} />
                  </button>
                `,
              )}
            </div>
          </div>
        `;
      })}
      ${
        turns.length > TURNS_MAX &&
        html`
          <p class="muted">${t("session.more-turns", { n: turns.length - TURNS_MAX })}</p>
        `
      }
    </div>
  `;
}

/** The findings of the whole stretch, in a word each. @param {{data: import("../types.js").Timeline, onFinding: (id: number) => void, current: number|null, inJournal: boolean}} props */
export function FindingsBeside({ data, onFinding, current, inJournal }) {
  const list = useRef();
  useEffect(() => {
    // As far as needed and no farther; the page itself stays where it is.
    const [box, node] = [list.current, list.current?.querySelector("[data-current=yes]")];
    if (!node) return;
    const [top, end] = [node.offsetTop, node.offsetTop + node.offsetHeight];
    if (top < box.scrollTop) box.scrollTop = top;
    else if (end > box.scrollTop + box.clientHeight) box.scrollTop = end - box.clientHeight;
  }, [current, data]);
  if (!data.findings.length)
    return html`
      <p class="muted">${t("session.no-findings")}</p>
    `;
  return html`
    <ul class="beside" ref=${list}>
      ${[...data.findings]
        .sort((a, b) => a.wall_us - b.wall_us)
        .map(
          (one) => html`
            <li data-current=${one.id === current ? "yes" : "no"}>
              <button class="beside-open" data-space="page" onClick=${() => onFinding(one.id)}>
                <span class="row">
                  <time class="num muted">${clockTime(one.wall_us)}</time>
                  <${Severity} value=${one.severity} />
                  <span class="grow"></span>
                  <${ReviewState} value=${one.review} />
                </span>
                <span class="beside-words"><${Heard} row=${one} /></span>
                <span class="muted">${one.provision} ${titleOf(one)}</span>
              </button>
              ${
                one.id === current &&
                inJournal &&
                html`
                  <a class="row" href=${href("/review", { id: one.id, view: "all" })}>
                    ${t("session.to-review")}
                    <${Icon} name="right" size=${15} />
                  </a>
                `
              }
            </li>
          `,
        )}
    </ul>
  `;
}
