// The keyboard. Pages say which keys they know; `?` shows them all. Keys typed into a field are the field's.
import { signal, useEffect, useRef } from "./vendor.js";

/** @typedef {{key: string, label: string, run: (event: KeyboardEvent) => void, hidden?: boolean}} Key */

/** What is listened for now, innermost last. */
export const bindings = signal(/** @type {{current: Key[]}[]} */ ([]));
/** Whether the help overlay is open. */
export const helpOpen = signal(false);

/** How long the second key of `g w` may take. */
const CHORD_MS = 1200;
let chord = "";
let chordTimer = 0;

/**
 * Listens for keys while the component is shown. What is run is what the latest rendering said: two keys in a row
 * come sooner than effects do, and the second must not act on what was shown before the first.
 * @param {Key[]} keys
 */
export function useKeys(keys) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    bindings.value = [...bindings.peek(), latest];
    return () => {
      bindings.value = bindings.peek().filter((one) => one !== latest);
    };
  }, []);
}

/** @param {EventTarget|null} target */
function typesInto(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range])");
}

/** @param {string} name */
function find(name) {
  for (const keys of [...bindings.peek()].reverse()) {
    const found = keys.current.find((one) => one.key === name);
    if (found) return found;
  }
  return null;
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typesInto(event.target)) {
    if (event.key === "Escape") /** @type {HTMLElement} */ (event.target).blur();
    return;
  }
  const pressed = event.key === " " ? "space" : event.key;
  // A button that has the focus keeps Space and Enter: they press it. One that chooses what is heard leaves Space to the page.
  if (
    (pressed === "space" || pressed === "Enter") &&
    event.target instanceof HTMLElement &&
    event.target.matches("button, a, summary, [role=tab]") &&
    !(pressed === "space" && event.target.dataset.space === "page")
  )
    return;
  const name = chord ? `${chord} ${pressed}` : pressed;
  clearTimeout(chordTimer);
  chord = "";
  const key = find(name);
  if (key) {
    event.preventDefault();
    key.run(event);
  } else if (pressed === "g") {
    chord = "g";
    chordTimer = setTimeout(() => (chord = ""), CHORD_MS);
  }
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
}
