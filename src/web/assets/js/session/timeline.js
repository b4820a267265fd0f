// The timeline: lanes that are zoomed with the wheel and dragged, findings that are pressed, a cursor that is linked to.
import { html, useEffect, useLayoutEffect, useRef } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { drawLanes, drawOverview, HEIGHT, LANES } from "./lanes.js";
import { heaps, pan, zoom } from "./view.js";
import { theme } from "../state.js";
import { clockTime } from "../format.js";
import { lang, t, titleOf } from "../i18n.js";

/** A press that moves no farther than this is a click. */
const CLICK_PX = 4;
/** Room that the time beside the cursor needs. */
const CURSOR_PX = 90;
/** Findings nearer than this are one mark: each needs room for a finger. */
const PIN_PX = 26;
/** Findings within so short a time lie on each other however near one looks. */
const INSEPARABLE_US = 0.4e6;
/** How much a notch of the wheel zooms. */
const WHEEL = 1.0022;

/** @typedef {import("../types.js").Finding|import("../types.js").FindingRow} Finding */

const RANKS = ["note", "minor", "major", "critical"];
const PIN_ICONS = { credit: "star", missing: "question" };

/** A finding on its lane, or how many there are, in the colour of the gravest. @param {{heap: Finding[], left: number, current: number|null, onOpen: () => void}} props */
function Pin({ heap, left, current, onOpen }) {
  const problems = heap.filter((one) => one.kind !== "credit");
  const gravest = [...(problems.length ? problems : heap)].sort((a, b) => RANKS.indexOf(b.severity) - RANKS.indexOf(a.severity))[0];
  const times =
    heap.length > 1 ? `${clockTime(heap[0].wall_us)} – ${clockTime(heap[heap.length - 1].wall_us)}` : clockTime(gravest.wall_us);
  const name = `${times} ${heap.length > 1 ? t("session.n-findings", { n: heap.length }) : titleOf(gravest)}`;
  return html`
    <${At}
      tag="button"
      left=${left}
      class="pin"
      data-space="page"
      data-severity=${gravest.severity}
      data-kind=${gravest.kind}
      data-current=${heap.some((one) => one.id === current) ? "yes" : "no"}
      title=${name}
      aria-label=${name}
      onClick=${onOpen}
    >
      ${
        heap.length > 1
          ? html`
              <b class="num">${heap.length}</b>
            `
          : html`
              <${Icon} name=${/** @type {any} */ (PIN_ICONS)[gravest.kind] ?? "warn"} size=${15} />
            `
      }
    <//>
  `;
}

/** Elements are placed through the CSSOM: the policy allows no style attribute. @param {any} props */
function At({ left, tag = "span", children, ...rest }) {
  const node = useRef();
  useLayoutEffect(() => {
    node.current.style.left = `${left}px`;
  }, [left]);
  return html`<${tag} ref=${node} ...${rest}>${children}</${tag}>`;
}

/**
 * @param {{data: import("../types.js").Timeline, view: import("./view.js").View, setView: (view: import("./view.js").View) => void, cursor: number|null, onCursor: (us: number) => void,
 *   onFinding: (id: number) => void, current: number|null, width: number, setWidth: (width: number) => void}} props
 */
export function Timeline({ data, view, setView, cursor, onCursor, onFinding, current, width, setWidth }) {
  const [box, lanes, overview, press] = [useRef(), useRef(), useRef(), useRef()];
  const whole = { from: data.from_us, to: data.to_us };
  const x = (/** @type {number} */ us) => ((us - view.from) / (view.to - view.from)) * width;
  const us = (/** @type {number} */ px) => view.from + (px / width) * (view.to - view.from);
  const px = (/** @type {MouseEvent} */ event) => event.clientX - lanes.current.getBoundingClientRect().left;

  useEffect(() => {
    const watch = new ResizeObserver(() => setWidth(box.current.clientWidth));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    drawLanes(lanes.current, data, view);
    drawOverview(overview.current, data, view);
  }, [data, view.from, view.to, width, theme.value, lang.value]);
  useEffect(() => {
    // Listened to by hand: a wheel that must not scroll the page may not be passive.
    const onWheel = (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
        setView(pan(view, (event.deltaX || event.deltaY) / width, whole));
      else setView(zoom(view, WHEEL ** event.deltaY, us(px(event)), whole));
    };
    const node = lanes.current;
    node.addEventListener("wheel", onWheel, { passive: false });
    return () => node.removeEventListener("wheel", onWheel);
  }, [view.from, view.to, width]);

  const handlers = {
    onPointerDown: (/** @type {PointerEvent} */ event) => {
      lanes.current.setPointerCapture(event.pointerId);
      press.current = { at: event.clientX, view, moved: false };
    },
    onPointerMove: (/** @type {PointerEvent} */ event) => {
      if (!press.current) return;
      const by = event.clientX - press.current.at;
      if (Math.abs(by) > CLICK_PX) press.current.moved = true;
      if (press.current.moved) setView(pan(press.current.view, -by / width, whole));
    },
    onPointerUp: (/** @type {PointerEvent} */ event) => {
      if (press.current && !press.current.moved) onCursor(us(px(event)));
      press.current = null;
    },
  };
  const labels = ["encounters", "clerk", "visitor", "findings", "clips"];
  const shown = data.findings.filter((one) => one.wall_us >= view.from && one.wall_us <= view.to);
  /** One is shown; of many the time that they lie in, and where they cannot be parted any more one after the other. @param {Finding[]} heap */
  const openHeap = (heap) => {
    const [from, to] = [heap[0].wall_us, heap[heap.length - 1].wall_us];
    const margin = (to - from) * 0.25;
    if (to - from > INSEPARABLE_US) return setView(pan({ from: from - margin, to: to + margin }, 0, whole));
    const at = heap.findIndex((one) => one.id === current);
    onFinding(heap[(at + 1) % heap.length].id);
  };
  return html`
    <div class="timeline">
      <div class="lane-names" aria-hidden="true">
        ${labels.map((name) => html`<${Label} key=${name} top=${/** @type {any} */ (LANES)[name][0]} tall=${/** @type {any} */ (LANES)[name][1]}>${t(`lane.${name}`)}</${Label}>`)}
      </div>
      <div class="lanes" ref=${box}>
        <canvas
          class="lanes-canvas"
          ref=${lanes}
          ...${handlers}
          role="img"
          aria-label=${t("session.timeline", { from: clockTime(view.from), to: clockTime(view.to) })}
          height=${HEIGHT}
        ></canvas>
        ${heaps(shown, x, PIN_PX).map(
          (heap) => html`
            <${Pin} key=${heap[0].id} heap=${heap} left=${x(heap[0].wall_us)} current=${current} onOpen=${() => openHeap(heap)} />
          `,
        )}
        ${cursor != null && cursor >= view.from && cursor <= view.to && html`<${At} left=${x(cursor)} class="cursor" data-side=${x(cursor) > width - CURSOR_PX ? "left" : "right"}><b class="num">${clockTime(cursor)}</b></${At}>`}
      </div>
      <canvas
        class="overview"
        ref=${overview}
        aria-hidden="true"
        onClick=${(/** @type {MouseEvent} */ event) => {
          const rect = overview.current.getBoundingClientRect();
          const at = whole.from + ((event.clientX - rect.left) / rect.width) * (whole.to - whole.from);
          const half = (view.to - view.from) / 2;
          setView(pan({ from: at - half, to: at + half }, 0, whole));
        }}
      ></canvas>
    </div>
  `;
}

/** @param {{top: number, tall: number, children: any}} props */
function Label({ top, tall, children }) {
  const node = useRef();
  useLayoutEffect(() => {
    node.current.style.top = `${top}px`;
    node.current.style.lineHeight = `${Math.max(tall, 16)}px`;
  }, []);
  return html`
    <span ref=${node}>${children}</span>
  `;
}
