// One finding in full: the words, the clip, the reasons, the article beside it, and what may be done.
import { html, useEffect } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { Heard, Marked, ReviewState, Severity, Skeleton, Sureness, Trouble } from "../ui/parts.js";
import { Player } from "../ui/player.js";
import { Articles, Evidence, History } from "./explain.js";
import { Actions } from "./actions.js";
import { Unmask } from "./unmask.js";
import { useLoad } from "../ui/load.js";
import { api } from "../api.js";
import { href } from "../router.js";
import { mayOpen, windowName } from "../state.js";
import { dayAndTime } from "../format.js";
import { sentence, t, tOf, titleOf } from "../i18n.js";

/** Looked at for so long, a finding counts as read: stepping through the list with j does not read it. */
const READ_AFTER_MS = 700;
/** A clip that is being written is asked for again so often. */
const CLIP_AGAIN_MS = 2000;

/** @param {{finding: import("../types.js").Finding}} props */
function Head({ finding }) {
  const moment = href("/session", { window: finding.window, at: finding.wall_us });
  return html`
    <header class="detail-head">
      <div class="row">
        <${Severity} value=${finding.severity} />
        <span class="chip provision">${finding.provision}</span>
        ${
          finding.state !== "confirmed" &&
          html`
            <span class="chip">${tOf("state", finding.state)}</span>
          `
        }
        <${ReviewState} value=${finding.review} overdue=${finding.overdue} />
        ${
          finding.needs_review &&
          html`
            <span class="chip">${t("finding.needs-review")}</span>
          `
        }
      </div>
      <h1>${titleOf(finding)}</h1>
      <p class="detail-facts">
        <span>${windowName(finding.window)}</span>
        <span>${finding.clerk ? `${finding.clerk.name} ${finding.clerk.id}` : t("finding.nobody")}</span>
        <time class="num">${dayAndTime(finding.wall_us)}</time>
        ${
          finding.weight != null &&
          html`
            <span class="num">${t("finding.points", { n: finding.weight })}</span>
          `
        }
        <${Sureness} value=${finding.sureness} />
        ${
          mayOpen("/session") &&
          html`
            <a href=${moment}>
              <${Icon} name="session" size=${16} />
              ${" "}${t("finding.in-session")}
            </a>
          `
        }
      </p>
      ${
        finding.unassigned &&
        html`
          <p class="muted">${t("finding.unassigned")} ${sentence(finding, "unassigned")}</p>
        `
      }
    </header>
  `;
}

/**
 * @param {{id: number, control: {current: any}, field: {current: any}, onRule: (finding: any, ruling: "upheld"|"dismissed", reason: string) => void, onChanged: (finding: any) => void, onRead: (id: number) => void, ruled: string|null}} props
 */
export function Detail({ id, control, field, onRule, onChanged, onRead, ruled }) {
  const { data, error, again } = useLoad(`/findings/${id}`);
  /** @type {import("../types.js").Finding|null} */
  const finding = data?.id === id ? data : null;
  useEffect(() => {
    if (!finding?.clip_pending) return;
    const timer = setTimeout(again, CLIP_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [data]);
  useEffect(() => {
    if (!finding || finding.read) return;
    const timer = setTimeout(
      () =>
        api.put(`/findings/${id}/read`, { read: true }).then(
          () => onRead(id),
          () => {},
        ),
      READ_AFTER_MS,
    );
    return () => clearTimeout(timer);
  }, [finding?.id, finding?.read]);
  if (error && !finding)
    return html`
      <div class="detail"><${Trouble} error=${error} retry=${again} /></div>
    `;
  if (!finding)
    return html`
      <div class="detail">
        <div class="detail-scroll"><${Skeleton} lines=${9} /></div>
      </div>
    `;
  const context = finding.evidence?.context;
  return html`
    <article class="detail" aria-label=${titleOf(finding)}>
      <div class="detail-scroll">
        <${Head} finding=${finding} />
        <div class="detail-columns">
          <div class="stack">
            <section class="panel said">
              <p class="said-words" lang="zh-CN">
                ${
                  context
                    ? html`
                        <${Marked} text=${context} />
                      `
                    : html`
                        <${Heard} row=${finding} />
                      `
                }
              </p>
              ${
                finding.kind === "missing" &&
                finding.heard &&
                html`
                  <p class="muted">
                    ${t("finding.instead")}${" "}
                    <span class="words" lang="zh-CN">${finding.heard}</span>
                  </p>
                `
              }
              ${
                finding.clip
                  ? html`
                      <${Player} key=${id} clip=${finding.clip} chars=${finding.transcript} control=${control} />
                    `
                  : html`
                      <p class="no-clip muted row">
                        <${Icon} name="mute" size=${18} />
                        ${finding.clip_pending ? t("finding.clip-pending") : sentence(finding, "no_clip") || t("finding.no-clip")}
                      </p>
                    `
              }
            </section>
            <${Evidence} finding=${finding} />
          </div>
          <div class="stack">
            <${Articles} cites=${finding.cites} advice=${finding.advice} />
            <${History} finding=${finding} />
            ${
              finding.unmaskable &&
              html`
                <${Unmask} finding=${finding} />
              `
            }
            <p class="muted small-print">
              ${t("finding.rule")}${" "}
              <span class="mono">${finding.rule}</span>
              ${" · "}${finding.rulebook}
            </p>
          </div>
        </div>
      </div>
      ${
        ruled
          ? html`
              <div class="actions quiet">
                <p class="row">
                  <${ReviewState} value=${ruled} />
                  <span class="muted">${t("review.waits")}</span>
                </p>
              </div>
            `
          : html`
              <${Actions}
                finding=${finding}
                field=${field}
                onRule=${(/** @type {any} */ ruling, /** @type {string} */ reason) => onRule(finding, ruling, reason)}
                onChanged=${(/** @type {any} */ next) => {
                  onChanged(next);
                  again();
                }}
              />
            `
      }
    </article>
  `;
}
