// The hall's own rules: written, checked while they are written, tried on a past week, and only then put in force.
import { html, useEffect, useRef, useState } from "../vendor.js";
import { Dialog, Skeleton, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { WhatIf } from "./what-if.js";
import { useLoad } from "../ui/load.js";
import { api, Problem } from "../api.js";
import { toast, toastError } from "../ui/toast.js";
import { sentence, t } from "../i18n.js";

/** Checked so long after the last key. */
const CHECK_AFTER_MS = 500;
/** Height of a line of the editor; the same stands in pages.css. */
const LINE = 22;

/**
 * A text field with numbered lines, of which the faulty ones are marked.
 * @param {{text: string, onChange: (text: string) => void, faults: import("../types.js").Fault[], field: {current: any}}} props
 */
function Editor({ text, onChange, faults, field }) {
  const numbers = useRef();
  const lines = text.split("\n").length;
  /** Tab indents here, as it does in every editor; Escape gives the key back to the page. @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key !== "Tab" || event.shiftKey) return;
    event.preventDefault();
    field.current.setRangeText("    ", field.current.selectionStart, field.current.selectionEnd, "end");
    onChange(field.current.value);
  };
  return html`
    <div class="editor">
      <div class="editor-numbers mono" ref=${numbers} aria-hidden="true">
        <div>
          ${Array.from({ length: lines }, (_, at) => {
            const fault = faults.find((one) => one.line === at + 1);
            return html`
              <span data-level=${fault?.level} title=${fault?.what}>${at + 1}</span>
            `;
          })}
        </div>
      </div>
      <textarea
        class="editor-text mono"
        ref=${field}
        spellcheck="false"
        autocapitalize="off"
        autocomplete="off"
        wrap="off"
        aria-label=${t("edit.text")}
        value=${text}
        onKeyDown=${onKey}
        onInput=${(/** @type {any} */ event) => onChange(event.target.value)}
        onScroll=${(/** @type {any} */ event) => (numbers.current.firstChild.style.transform = `translateY(${-event.target.scrollTop}px)`)}
      ></textarea>
    </div>
  `;
}

export function Edit() {
  const { data, error, again } = useLoad("/rules/hall");
  const [text, setText] = useState(/** @type {string|null} */ (null));
  const [hash, setHash] = useState("");
  const [faults, setFaults] = useState(/** @type {import("../types.js").Fault[]} */ ([]));
  const [checked, setChecked] = useState("");
  const [trying, setTrying] = useState(false);
  const [sure, setSure] = useState(false);
  const field = useRef();
  useEffect(() => {
    if (!data || text != null) return;
    setText(data.text);
    setHash(data.hash);
  }, [data]);
  useEffect(() => {
    if (text == null) return;
    let late = false;
    const timer = setTimeout(
      () =>
        api.post("/rules/check", { text }).then((answer) => {
          if (late) return;
          setFaults(answer.faults);
          setChecked(text);
        }, toastError),
      CHECK_AFTER_MS,
    );
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [text]);
  if (error && text == null)
    return html`
      <${Trouble} error=${error} retry=${again} />
    `;
  if (text == null)
    return html`
      <section class="panel"><${Skeleton} lines=${9} /></section>
    `;
  const errors = faults.filter((one) => one.level === "error");
  const changed = text !== data?.text;
  const save = async () => {
    setSure(false);
    try {
      const kept = await api.put("/rules/hall", { text, hash });
      setHash(kept?.hash ?? hash);
      again();
      toast(t("edit.saved"), { tone: "good" });
    } catch (refused) {
      toastError(refused);
      if (refused instanceof Problem && refused.status === 409) again();
    }
  };
  /** @param {import("../types.js").Fault} fault */
  const jump = (fault) => {
    const at =
      text
        .split("\n")
        .slice(0, fault.line - 1)
        .join("\n").length +
      (fault.line > 1 ? 1 : 0) +
      Math.max(0, fault.column - 1);
    field.current.focus();
    field.current.setSelectionRange(at, at);
    field.current.scrollTop = Math.max(0, (fault.line - 6) * LINE);
  };
  return html`
    <div class="stack">
      <section class="panel stack">
        <div class="row apart">
          <p class="muted mono">${data?.path}</p>
          <div class="row">
            <span class="row" role="status">
              ${
                checked !== text
                  ? html`
                      <span class="muted">${t("edit.checking")}</span>
                    `
                  : errors.length
                    ? html`
                        <span class="row" data-tone="bad">
                          <${Icon} name="warn" size=${17} />
                          ${t("edit.faults", { n: errors.length })}
                        </span>
                      `
                    : html`
                        <span class="row" data-tone="good">
                          <${Icon} name="check" size=${17} />
                          ${t("edit.fine")}
                        </span>
                      `
              }
            </span>
            <button class="button" disabled=${!!errors.length} onClick=${() => setTrying(true)}>${t("what-if.title")}</button>
            <button class="button primary" disabled=${!changed || !!errors.length || checked !== text} onClick=${() => setSure(true)}>
              ${t("edit.save")}
            </button>
          </div>
        </div>
        <${Editor} text=${text} onChange=${setText} faults=${faults} field=${field} />
        ${
          faults.length > 0 &&
          html`
            <ul class="faults">
              ${faults.map(
                (fault) => html`
                  <li data-level=${fault.level}>
                    <button class="fault" onClick=${() => jump(fault)}>
                      <b class="num">${fault.line}:${fault.column}</b>
                      <span>
                        ${sentence(fault, "what")}
                        <small class="muted">${sentence(fault, "remedy")}</small>
                      </span>
                    </button>
                  </li>
                `,
              )}
            </ul>
          `
        }
      </section>
      ${
        trying &&
        html`
          <section class="panel">
            <h2>${t("what-if.title")}</h2>
            <${WhatIf} text=${text} />
          </section>
        `
      }
      ${sure && html`<${Dialog} title=${t("edit.sure")} onClose=${() => setSure(false)}><p>${t("edit.sure-text")}</p><div class="row end"><button class="button" onClick=${() => setSure(false)}>${t("action.cancel")}</button><button class="button primary" onClick=${save}>${t("edit.save")}</button></div></${Dialog}>`}
    </div>
  `;
}
