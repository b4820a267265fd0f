// Upholding and dismissing, with a moment to take it back: a step in the journal can never be taken back.
import { api } from "../api.js";
import { toast, toastError } from "../ui/toast.js";
import { t, tOf } from "../i18n.js";

/** How long a ruling waits before it is sent. */
const UNDO_MS = 4000;

/** @typedef {{id: number, ruling: string, send: (keepalive?: boolean) => Promise<void>, timer: number, close: () => void, takeBack: () => void}} Waiting */
/** @type {Waiting|null} */
let waiting = null;

/** Sends what waits, now. @param {boolean} [keepalive] the page is being left */
export function flush(keepalive) {
  const now = waiting;
  if (!now) return;
  waiting = null;
  clearTimeout(now.timer);
  now.close();
  void now.send(keepalive);
}

/** Takes back the ruling that waits, if there is one. */
export function takeBack() {
  const now = waiting;
  if (!now) return;
  waiting = null;
  clearTimeout(now.timer);
  now.close();
  now.takeBack();
}

/**
 * Rules on a finding after a moment.
 * @param {{id: number, ruling: "upheld"|"dismissed", reason: string, onSent: (finding: any) => void, onBack: () => void}} what
 */
export function rule({ id, ruling, reason, onSent, onBack }) {
  // One at a time: ruling on the next one means that this one was meant.
  flush();
  const send = async (/** @type {boolean|undefined} */ keepalive) => {
    try {
      onSent(await api.post(`/findings/${id}/review`, { ruling, reason }, { keepalive }));
    } catch (error) {
      onBack();
      toastError(error);
    }
  };
  const close = toast(t("review.told", { ruling: tOf("review", ruling), id }), { tone: "plain", undo: takeBack, key: "z" });
  waiting = { id, ruling, send, close, takeBack: onBack, timer: setTimeout(flush, UNDO_MS) };
}

addEventListener("pagehide", () => flush(true));
