// The bar under a finding: what this person may do with it now.
import { html, useEffect, useRef, useState } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { api } from "../api.js";
import { toast, toastError } from "../ui/toast.js";
import { sentence, t } from "../i18n.js";

/** What people dismiss for most often; a click writes it, and it can be changed. */
const REASONS = ["reason.not-clerk", "reason.misheard", "reason.context", "reason.quoting"];

/**
 * @param {{finding: import("../types.js").Finding, onRule: (ruling: "upheld"|"dismissed", reason: string) => void, onChanged: (finding: any) => void, field: {current: any}}} props
 */
export function Actions({ finding, onRule, onChanged, field }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const box = useRef();
  field.current = box.current;
  useEffect(() => setText(""), [finding.id]);
  const { may } = finding;
  /** @param {string} path @param {object} body */
  const send = async (path, body) => {
    setBusy(true);
    try {
      onChanged(await api.post(`/findings/${finding.id}/${path}`, body));
      setText("");
      toast(t("review.done"), { tone: "good" });
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  const reason = text.trim();
  /** Enter in the reason dismisses, as that is what needs one. @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !reason) return;
    event.preventDefault();
    if (may.review) onRule("dismissed", reason);
    box.current.blur();
  };
  if (!may.review && !may.appeal && !may.decide) {
    return html`
      <div class="actions quiet">
        ${
          may.reason &&
          html`
            <p class="muted row">
              <${Icon} name="shield" size=${16} />
              ${sentence(may, "reason")}
            </p>
          `
        }
      </div>
    `;
  }
  const label = t(may.appeal && !may.review ? "review.appeal-text" : may.decide ? "review.decision-reason" : "review.reason");
  return html`
    <div class="actions">
      <div class="reason">
        <label class="grow">
          <span class="for-readers">${label}</span>
          <textarea
            ref=${(/** @type {any} */ node) => {
              box.current = node;
              field.current = node;
            }}
            class="textarea"
            rows=${may.appeal && !may.review ? 3 : 1}
            placeholder=${label}
            value=${text}
            onInput=${(/** @type {any} */ event) => setText(event.target.value)}
            onKeyDown=${onKey}
          ></textarea>
        </label>
        ${
          (may.review || may.decide) &&
          html`
            <div class="reasons">
              ${REASONS.map(
                (key) => html`
                  <button
                    class="button small"
                    onClick=${() => {
                      setText(t(key));
                      box.current.focus();
                    }}
                  >
                    ${t(key)}
                  </button>
                `,
              )}
            </div>
          `
        }
      </div>
      <div class="row end">
        ${
          may.review &&
          html`
            <button class="button danger" onClick=${() => onRule("upheld", reason)}>
              <${Icon} name="check" size=${18} />
              ${t("review.uphold")}${" "}
              <kbd>u</kbd>
            </button>
            <button class="button primary" disabled=${!reason} onClick=${() => onRule("dismissed", reason)}>
              <${Icon} name="cross" size=${18} />
              ${t("review.dismiss")}${" "}
              <kbd>d</kbd>
            </button>
          `
        }
        ${
          may.decide &&
          html`
            <button class="button danger" disabled=${!reason || busy} onClick=${() => send("decision", { ruling: "upheld", reason })}>
              <${Icon} name="check" size=${18} />
              ${t("review.decide-uphold")}
            </button>
            <button class="button primary" disabled=${!reason || busy} onClick=${() => send("decision", { ruling: "dismissed", reason })}>
              <${Icon} name="cross" size=${18} />
              ${t("review.decide-dismiss")}
            </button>
          `
        }
        ${
          may.appeal &&
          html`
            <button class="button primary" disabled=${!reason || busy} onClick=${() => send("appeal", { text: reason })}>
              <${Icon} name="flag" size=${18} />
              ${t("review.appeal")}
            </button>
          `
        }
      </div>
    </div>
  `;
}
