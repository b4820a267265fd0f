// The inbox: rows of one height, of which only those in sight are in the page. Findings whose words overlap hang together.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor.js";
import { Heard, ReviewState, Severity, Sureness } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { drawWave, peaksOf } from "../ui/wave.js";
import { theme, windowName } from "../state.js";
import { shortTime } from "../format.js";
import { t, tOf, titleOf } from "../i18n.js";

/** Height of a row in pixels; the same stands in review.css. */
export const ROW = 98;
/** Rows kept ready above and below those in sight. */
const SPARE = 6;

/** Bars of the small waveform of a row. */
const BARS = 40;

/** @param {{peaks: number[]}} props loudness, 0 to 100 */
function Strip({ peaks }) {
  const canvas = useRef();
  useEffect(
    () =>
      drawWave(canvas.current, peaksOf(Float32Array.from(peaks), BARS), { faint: true }),
    [peaks, theme.value],
  );
  return html`
    <canvas class="strip" ref=${canvas} aria-hidden="true"></canvas>
  `;
}

/**
 * @typedef {import("../types.js").FindingRow & {pending?: boolean}} Row
 * @param {{row: Row, at: number, joined: boolean, joins: boolean, current: boolean, chosen: boolean, onOpen: () => void, onChoose: (event: any) => void}} props
 */
function Line({ row, at, joined, joins, current, chosen, onOpen, onChoose }) {
  const line = useRef();
  useLayoutEffect(() => {
    line.current.style.transform = `translateY(${at * ROW}px)`;
  }, [at]);
  return html`
    <li
      class="finding"
      ref=${line}
      data-severity=${row.severity}
      data-kind=${row.kind}
      data-current=${current ? "yes" : "no"}
      data-read=${row.read ? "yes" : "no"}
      data-done=${row.review !== "unreviewed" ? "yes" : "no"}
      data-joined=${joined ? "yes" : "no"}
      data-joins=${joins ? "yes" : "no"}
    >
      <label class="finding-choose">
        <input type="checkbox" checked=${chosen} onClick=${onChoose} aria-label=${t("review.choose", { id: row.id })} />
      </label>
      <button class="finding-open" data-space="page" onClick=${onOpen} aria-current=${current ? "true" : null}>
        <span class="finding-head">
          <i class="unread" aria-label=${row.read ? null : t("review.unread")}></i>
          <strong>${windowName(row.window)}</strong>
          <time class="num muted">${shortTime(row.wall_us)}</time>
          <span class="grow"></span>
          <${ReviewState} value=${row.review} overdue=${row.overdue} />
        </span>
        <span class="finding-words">
          <${Heard} row=${row} />
          ${
            row.strip?.length
              ? html`
                  <${Strip} peaks=${row.strip} />
                `
              : row.has_clip
                ? html`
                    <span class="clip-there" title=${t("review.has-clip")}>
                      <${Icon} name="sound" size=${16} />
                      <span class="for-readers">${t("review.has-clip")}</span>
                    </span>
                  `
                : null
          }
        </span>
        <span class="finding-foot">
          <${Severity} value=${row.severity} />
          <span class="chip provision">${row.provision}</span>
          <span class="finding-title">${titleOf(row)}</span>
          <span class="grow"></span>
          ${
            row.state !== "confirmed" &&
            html`
              <span class="chip">${tOf("state", row.state)}</span>
            `
          }
          <span class="finding-clerk">${row.clerk?.name ?? t("finding.nobody")}</span>
          <${Sureness} value=${row.sureness} />
        </span>
      </button>
    </li>
  `;
}

/**
 * @param {{rows: Row[], current: number|null, chosen: Set<number>, onOpen: (id: number) => void, onChoose: (row: Row, whole: boolean) => void, onEnd: () => void, busy: boolean}} props
 */
export function FindingList({ rows, current, chosen, onOpen, onChoose, onEnd, busy }) {
  const box = useRef();
  const [view, setView] = useState({ top: 0, height: 900 });
  useEffect(() => {
    const watch = new ResizeObserver(() => box.current && setView({ top: box.current.scrollTop, height: box.current.clientHeight }));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(view.top / ROW) - SPARE);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW) + SPARE);
  useEffect(() => {
    if (last >= rows.length - SPARE) onEnd();
  }, [last, rows.length]);
  const index = rows.findIndex((row) => row.id === current);
  useEffect(() => {
    if (index < 0) return;
    // As far as needed and no farther, so that the eye keeps its place.
    const [top, end] = [index * ROW, (index + 1) * ROW];
    if (top < box.current.scrollTop) box.current.scrollTop = top - ROW;
    else if (end > box.current.scrollTop + box.current.clientHeight) box.current.scrollTop = end + ROW - box.current.clientHeight;
  }, [index]);
  const inner = useRef();
  useLayoutEffect(() => {
    inner.current.style.height = `${rows.length * ROW}px`;
  }, [rows.length]);
  return html`
    <div
      class="finding-box"
      ref=${box}
      onScroll=${() => setView({ top: box.current.scrollTop, height: box.current.clientHeight })}
      aria-busy=${busy ? "true" : "false"}
    >
      <ol class="finding-list" ref=${inner} aria-label=${t("nav.review")}>
        ${rows.slice(first, last).map((row, offset) => {
          const at = first + offset;
          return html`
            <${Line}
              key=${row.id}
              row=${row}
              at=${at}
              joined=${at > 0 && rows[at - 1].group === row.group}
              joins=${rows[at + 1]?.group === row.group}
              current=${row.id === current}
              chosen=${chosen.has(row.id)}
              onOpen=${() => onOpen(row.id)}
              onChoose=${(/** @type {MouseEvent} */ event) => onChoose(row, event.shiftKey)}
            />
          `;
        })}
      </ol>
    </div>
  `;
}
