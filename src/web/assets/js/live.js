// What goes on now. One event stream feeds every page; each window has a signal of its own, so that a level that moves
// touches one meter and not the wall. What is not known to be current is never shown as current: see `link`.
import { signal, batch, computed } from "./vendor.js";
import { api, address } from "./api.js";
import { clockSkewMs, hall, nowUs } from "./state.js";

/** @typedef {import("./types.js").WindowLive} WindowLive */
/** @typedef {import("./types.js").AlertLive} AlertLive */

/** No event for so long means that the link is dead, even if the browser has not noticed. */
const SILENCE_MS = 20_000;
const RETRY_MS = [500, 1000, 2000, 5000, 10_000];
/** Older alerts are in the inbox. */
export const ALERTS_MAX = 50;
/** Told by the server as they happen, and kept in the journal: they are resumed after a break. */
const KINDS = ["finding", "encounter", "gap", "window-state", "review", "appeal", "decision", "duty", "shed", "retention", "score"];

/** "connecting", "live" or "lost". */
export const link = signal("connecting");
/** Since when it is lost, milliseconds of this browser. */
export const lostSinceMs = signal(0);
/** The moment that the wall shows: the present, or when the link was lost. Nothing may seem to go on that nobody knows of. */
export const shownUs = computed(() => (link.value === "lost" ? lostSinceMs.value * 1000 + clockSkewMs.peek() * 1000 : nowUs.value));
/** Ids of the windows, in the hall's order. */
export const windowIds = signal(/** @type {string[]} */ ([]));
export const alerts = signal(/** @type {AlertLive[]} */ ([]));
export const load = signal(/** @type {number|null} */ (null));
export const shed = signal("none");
/** Raised where the stream could not be resumed: what pages have read may be out of date. */
export const generation = signal(0);

/** @type {Map<string, import("./vendor.js").Signal<WindowLive>>} */
const windows = new Map();
/** @type {Set<(kind: string, data: any) => void>} */
const listeners = new Set();
/** @type {EventSource|null} */
let source = null;
let lastId = "";
let tries = 0;
let lastEventMs = 0;
/** Changes that wait for the next frame: ten updates a second of sixty windows are drawn at most once a frame. */
let waiting = /** @type {Map<string, WindowLive>} */ (new Map());
let frame = 0;

/** The signal of one window. @param {string} id */
export const windowSignal = (id) => /** @type {import("./vendor.js").Signal<WindowLive>} */ (windows.get(id));

/**
 * Hears every journalled event and alert; returns how to stop.
 * @param {(kind: string, data: any) => void} run
 */
export function onEvent(run) {
  listeners.add(run);
  return () => listeners.delete(run);
}

function flush() {
  frame = 0;
  const changed = waiting;
  waiting = new Map();
  batch(() => {
    for (const [id, one] of changed) {
      const known = windows.get(id);
      if (known) known.value = one;
      else {
        windows.set(id, signal(one));
        windowIds.value = [...windowIds.peek(), id];
      }
    }
  });
}

/** @param {WindowLive[]} changed */
function take(changed) {
  for (const one of changed) waiting.set(one.id, one);
  // A page in the background draws no frames; the newest state waits for it, and nothing piles up.
  if (!frame && waiting.size) frame = requestAnimationFrame(flush);
}

/** @param {AlertLive} alert */
function takeAlert(alert) {
  const others = alerts.peek().filter((one) => one.id !== alert.id);
  const known = alerts.peek().find((one) => one.id === alert.id);
  if (known && known.revision > alert.revision) return;
  // A revision changes an alert where it stands; only a new one goes to the top.
  alerts.value = known ? alerts.peek().map((one) => (one.id === alert.id ? alert : one)) : [alert, ...others].slice(0, ALERTS_MAX);
}

/** The whole state, at the start and whenever the stream begins anew. */
async function snapshot() {
  const wall = await api.get("/wall");
  clockSkewMs.value = wall.at_us / 1000 - Date.now();
  load.value = wall.load;
  shed.value = wall.shed;
  const order = hall.peek()?.windows.map((one) => one.id) ?? [];
  const ids = wall.windows.map((/** @type {WindowLive} */ one) => one.id);
  ids.sort((/** @type {string} */ a, /** @type {string} */ b) => order.indexOf(a) - order.indexOf(b));
  batch(() => {
    for (const one of wall.windows) {
      const known = windows.get(one.id);
      if (known) known.value = one;
      else windows.set(one.id, signal(one));
    }
    windowIds.value = ids;
    const kept = alerts.peek();
    alerts.value = wall.alerts;
    // What came over the stream while the answer was under way is newer than the answer.
    for (const alert of kept.filter((one) => one.at_us > (wall.alerts[0]?.at_us ?? 0)).reverse()) takeAlert(alert);
  });
}

/** @param {MessageEvent} event */
function heard(event) {
  lastEventMs = Date.now();
  if (event.lastEventId) lastId = event.lastEventId;
  return JSON.parse(event.data);
}

function lost() {
  if (link.peek() !== "lost") {
    lostSinceMs.value = Date.now();
    link.value = "lost";
  }
}

function reopen() {
  source?.close();
  source = null;
  lost();
  const delay = RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)];
  setTimeout(() => {
    if (wanted && !source) open();
  }, delay);
}

let wanted = false;

function open() {
  // Asked for beside the stream as well, so that the first picture does not wait for it; what it shows is "connecting" until then.
  if (!windowIds.peek().length) snapshot().catch(() => {});
  const stream = new EventSource(address("/stream", { after: lastId }));
  source = stream;
  lastEventMs = Date.now();
  stream.onopen = () => {
    lastEventMs = Date.now();
    snapshot().then(
      () => {
        tries = 0;
        link.value = "live";
      },
      () => source === stream && reopen(),
    );
  };
  // The browser would retry by itself, but gives up for good on any answer that is not a stream, such as a proxy's 502.
  stream.onerror = () => source === stream && reopen();
  stream.addEventListener("wall", (event) => {
    const { at_us, windows: changed, load: now, shed: given } = heard(/** @type {MessageEvent} */ (event));
    clockSkewMs.value = at_us / 1000 - Date.now();
    if (now != null) load.value = now;
    if (given != null) shed.value = given;
    take(changed);
  });
  stream.addEventListener("alert", (event) => {
    const alert = heard(/** @type {MessageEvent} */ (event));
    takeAlert(alert);
    for (const run of listeners) run("alert", alert);
  });
  for (const kind of KINDS) {
    stream.addEventListener(kind, (event) => {
      const data = heard(/** @type {MessageEvent} */ (event));
      for (const run of listeners) run(kind, data);
    });
  }
  stream.addEventListener("reset", (event) => {
    // The server no longer has what was missed: everything is read again.
    lastEventMs = Date.now();
    lastId = /** @type {MessageEvent} */ (event).lastEventId || "";
    snapshot().catch(() => reopen());
    generation.value = generation.peek() + 1;
  });
}

/** Begins to follow the hall; does nothing if it does already. */
export function startLive() {
  if (wanted) return;
  wanted = true;
  open();
}

/** Stops following, and forgets what was seen: the next person may be allowed less. */
export function stopLive() {
  wanted = false;
  source?.close();
  source = null;
  lastId = "";
  windows.clear();
  waiting.clear();
  batch(() => {
    windowIds.value = [];
    alerts.value = [];
    link.value = "connecting";
  });
}

setInterval(() => {
  if (wanted && source && Date.now() - lastEventMs > SILENCE_MS) reopen();
}, 5000);
