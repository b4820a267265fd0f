// Short messages at the edge, and the voice of the page for screen readers.
import { html, signal } from "../vendor.js";
import { Icon } from "./icon.js";
import { t } from "../i18n.js";

/** @typedef {{id: number, text: string, tone: "good"|"bad"|"plain", undo?: () => void, key?: string}} Note */

const SHOWN_MS = 5000;
const notes = signal(/** @type {Note[]} */ ([]));
const spoken = signal("");
let next = 1;

/** @param {number} id */
function close(id) {
  notes.value = notes.peek().filter((note) => note.id !== id);
}

/**
 * Shows a message for five seconds; returns how to take it away before.
 * @param {string} text
 * @param {{tone?: "good"|"bad"|"plain", undo?: () => void, key?: string}} [how]
 */
export function toast(text, how = {}) {
  const note = { id: next++, text, tone: how.tone ?? "plain", undo: how.undo, key: how.key };
  notes.value = [...notes.peek().slice(-2), note];
  setTimeout(() => close(note.id), note.tone === "bad" ? 2 * SHOWN_MS : SHOWN_MS);
  return () => close(note.id);
}

/** @param {unknown} error */
export const toastError = (error) => toast(/** @type {Error} */ (error).message, { tone: "bad" });

/** Has a screen reader say something when it is next free. @param {string} text */
export function say(text) {
  spoken.value = text;
}

export function Toasts() {
  return html`
    <div class="toasts" role="status">
      ${notes.value.map(
        (note) => html`
          <div class="toast" data-tone=${note.tone} key=${note.id}>
            <span>${note.text}</span>
            ${
              note.undo &&
              html`
                <button class="button small" onClick=${() => (note.undo?.(), close(note.id))}>
                  ${t("action.undo")}
                  ${
                    note.key &&
                    html`
                      <kbd>${note.key}</kbd>
                    `
                  }
                </button>
              `
            }
            <button class="button ghost icon-only small" aria-label=${t("action.close")} onClick=${() => close(note.id)}>
              <${Icon} name="cross" size=${16} />
            </button>
          </div>
        `,
      )}
    </div>
    <div class="for-readers" aria-live="polite">${spoken}</div>
  `;
}
