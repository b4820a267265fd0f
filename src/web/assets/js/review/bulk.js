// Ruling on several findings at once. Sent at once and answered one by one: some may be refused.
import { html, useState } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { api } from "../api.js";
import { toast, toastError } from "../ui/toast.js";
import { sentence, t } from "../i18n.js";

/** As many as the server takes in one go. */
const AT_ONCE = 200;

/**
 * @param {{ids: number[], onClose: () => void, onDone: (ids: number[], ruling: string) => void}} props
 */
export function Bulk({ ids, onClose, onDone }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {"upheld"|"dismissed"} ruling */
  const send = async (ruling) => {
    setBusy(true);
    try {
      const { done, refused } = await api.post("/reviews", { ids: ids.slice(0, AT_ONCE), ruling, reason: reason.trim() });
      onDone(done, ruling);
      toast(t("review.bulk-done", { n: done.length }), { tone: "good" });
      if (refused.length) toast(t("review.bulk-refused", { n: refused.length, why: sentence(refused[0], "message") }), { tone: "bad" });
      onClose();
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  return html`
    <div class="bulk" role="group" aria-label=${t("review.bulk", { n: ids.length })}>
      <strong class="num">${t("review.bulk", { n: ids.length })}</strong>
      <input
        class="input grow"
        value=${reason}
        placeholder=${t("review.reason")}
        aria-label=${t("review.reason")}
        onInput=${(/** @type {any} */ event) => setReason(event.target.value)}
      />
      <button class="button danger small" disabled=${busy} onClick=${() => send("upheld")}>${t("review.uphold")}</button>
      <button class="button primary small" disabled=${busy || !reason.trim()} onClick=${() => send("dismissed")}>
        ${t("review.dismiss")}
      </button>
      <button class="button ghost icon-only small" aria-label=${t("action.close")} onClick=${onClose}>
        <${Icon} name="cross" size=${16} />
      </button>
    </div>
  `;
}
