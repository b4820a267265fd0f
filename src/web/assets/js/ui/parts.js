// Small parts that every page uses.
import { html, useEffect, useRef } from "../vendor.js";
import { Icon } from "./icon.js";
import { t, tOf, titleOf } from "../i18n.js";
import { percent } from "../format.js";
import { owedWords } from "../pattern.js";

/**
 * Words with the offending part marked: the text in 【】, brackets left out.
 * @param {{text: string}} props
 */
export function Marked({ text }) {
  const parts = (text ?? "").split(/[【】]/);
  // Between an opening and a closing bracket stands every second part.
  return html`
    <span class="words">
      ${parts.map((part, at) =>
        at % 2
          ? html`
              <mark>${part}</mark>
            `
          : part,
      )}
    </span>
  `;
}

/** The words of a finding where no context is known. @param {{row: {heard: string|null, phrase: string|null, kind: string, title: string, title_en: string}}} props */
export function Heard({ row }) {
  if (row.kind === "missing")
    return html`
      <span class="words owed">${t("finding.owed")} ${owedWords(row.phrase) || titleOf(row)}</span>
    `;
  if (row.heard == null)
    return html`
      <span class="words muted">${t("finding.forgotten")}</span>
    `;
  // How something was said has no words of its own.
  if (row.kind === "voice" || !(row.heard || row.phrase))
    return html`
      <span class="words">${titleOf(row)}</span>
    `;
  return html`
    <span class="words" lang="zh-CN"><mark data-kind=${row.kind}>${row.heard || row.phrase}</mark></span>
  `;
}

/** @param {{value: string}} props */
export function Severity({ value }) {
  return html`
    <span class="chip severity" data-severity=${value}>
      <i class="bars" aria-hidden="true"></i>
      ${tOf("severity", value)}
    </span>
  `;
}

/** @param {{value: string, overdue?: boolean}} props */
export function ReviewState({ value, overdue }) {
  const icon = { upheld: "check", dismissed: "cross", appealed: "flag" }[value] ?? "dots";
  return html`
    <span class="chip review-state" data-review=${value}>
      <${Icon} name=${icon} size=${14} />
      ${tOf("review", value)}
    </span>
    ${
      overdue &&
      html`
        <span class="chip overdue">
          <${Icon} name="clock" size=${14} />
          ${t("review.overdue")}
        </span>
      `
    }
  `;
}

/** How sure the program is, as a number and a short bar. @param {{value: number|null}} props */
export function Sureness({ value }) {
  return html`
    <span class="sureness" title=${t("finding.sureness")}>
      <span class="bar" aria-hidden="true"><${Fill} share=${value ?? 0} /></span>
      <span class="num">${percent(value)}</span>
    </span>
  `;
}

/** A bar filled to a share; its width is set through the CSSOM, which the policy allows. @param {{share: number, tone?: string}} props */
export function Fill({ share, tone }) {
  const bar = useRef();
  useEffect(() => {
    bar.current.style.transform = `scaleX(${Math.max(0, Math.min(1, share || 0))})`;
  }, [share]);
  return html`
    <span class="fill" data-tone=${tone} ref=${bar}></span>
  `;
}

/** @param {{label: string, value: any, note?: any, tone?: string, href?: string}} props */
export function Tile({ label, value, note, tone, href }) {
  const body = html`
    <span class="tile-label">${label}</span>
    <span class="tile-value num">${value}</span>
    <span class="tile-note">${note ?? ""}</span>
  `;
  return href
    ? html`
        <a class="tile" data-tone=${tone} href=${href}>${body}</a>
      `
    : html`
        <div class="tile" data-tone=${tone}>${body}</div>
      `;
}

/** @param {{icon?: string, title: string, children?: any}} props */
export function Empty({ icon = "check", title, children }) {
  return html`
    <div class="empty">
      <${Icon} name=${icon} size=${30} />
      <p class="empty-title">${title}</p>
      ${
        children &&
        html`
          <p class="muted">${children}</p>
        `
      }
    </div>
  `;
}

/** A failure, said in the server's own sentence. @param {{error: Error|null|undefined, retry?: () => void}} props */
export function Trouble({ error, retry }) {
  if (!error) return null;
  return html`
    <div class="trouble" role="alert">
      <${Icon} name="warn" size=${18} />
      <span>${error.message}</span>
      ${
        retry &&
        html`
          <button class="button small" onClick=${retry}>${t("action.retry")}</button>
        `
      }
    </div>
  `;
}

/** Grey lines of the height that the text will have, so that nothing jumps. @param {{lines?: number}} props */
export function Skeleton({ lines = 3 }) {
  return html`
    <div class="skeleton" aria-busy="true" aria-label=${t("loading")}>
      ${Array.from(
        { length: lines },
        () => html`
          <i></i>
        `,
      )}
    </div>
  `;
}

/**
 * @param {{tabs: [string, string][], value: string, onPick: (id: string) => void, label: string}} props
 */
export function Tabs({ tabs, value, onPick, label }) {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex(([id]) => id === value);
    const next = (at + step + tabs.length) % tabs.length;
    onPick(tabs[next][0]);
    /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (event.currentTarget).children[next]).focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${label} onKeyDown=${onKey}>
      ${tabs.map(
        ([id, name]) => html`
          <button
            role="tab"
            class="tab"
            aria-selected=${id === value ? "true" : "false"}
            tabindex=${id === value ? 0 : -1}
            onClick=${() => onPick(id)}
          >
            ${name}
          </button>
        `,
      )}
    </div>
  `;
}

/**
 * @param {{label: string, hint?: string, children: any, wide?: boolean}} props
 */
export function Field({ label, hint, children, wide }) {
  return html`
    <label class=${wide ? "field wide" : "field"}>
      <span class="field-label">${label}</span>
      ${children}${
        hint &&
        html`
          <span class="field-hint">${hint}</span>
        `
      }
    </label>
  `;
}

/**
 * @param {{value: string, options: [string, string][], onPick: (value: string) => void, label: string, name?: string}} props
 */
export function Select({ value, options, onPick, label, name }) {
  return html`
    <select
      class="select"
      data-set=${value ? "yes" : "no"}
      name=${name}
      aria-label=${label}
      value=${value}
      onChange=${(/** @type {any} */ event) => onPick(event.target.value)}
    >
      ${options.map(
        ([id, text]) => html`
          <option value=${id} selected=${id === value}>${text}</option>
        `,
      )}
    </select>
  `;
}

/**
 * A box over the page that keeps the focus until it is closed (Escape, or a click beside it).
 * @param {{title: string, onClose: () => void, children: any, wide?: boolean}} props
 */
export function Dialog({ title, onClose, children, wide }) {
  const box = useRef();
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  return html`
    <dialog
      class=${wide ? "dialog wide" : "dialog"}
      ref=${box}
      aria-label=${title}
      onCancel=${(/** @type {Event} */ event) => (event.preventDefault(), onClose())}
      onClick=${(/** @type {Event} */ event) => event.target === box.current && onClose()}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2>${title}</h2>
          <button class="button ghost icon-only" aria-label=${t("action.close")} onClick=${onClose}><${Icon} name="cross" /></button>
        </header>
        ${children}
      </div>
    </dialog>
  `;
}
