// A latency as one line: median and percentiles as bars, the budget as a mark that may not be passed.
import { html, useLayoutEffect, useRef } from "../vendor.js";
import { seconds } from "../format.js";
import { t } from "../i18n.js";

/**
 * @param {{name: string, p50: number|null, p95: number|null, p99: number|null, budget: number|null, note?: string, scale?: number}} props
 */
export function Latency({ name, p50, p95, p99, budget, note, scale }) {
  const bars = useRef();
  // The budget stands at three quarters, so that going beyond it can be seen.
  const full = scale ?? Math.max((budget ?? 0) / 0.75, (p99 ?? p95 ?? 0) * 1.05, 0.01);
  useLayoutEffect(() => {
    const place = (/** @type {string} */ part, /** @type {number|null} */ value) => {
      const node = bars.current.querySelector(`.${part}`);
      if (node) node.style.width = `${Math.min(100, ((value ?? 0) / full) * 100)}%`;
    };
    place("p99", p99);
    place("p95", p95);
    place("p50", p50);
    place("budget", budget);
  });
  const over = budget != null && p95 != null && p95 > budget;
  return html`
    <div class="latency-row">
      <span class="latency-name">${name}</span>
      <span class="latency-bars" ref=${bars} aria-hidden="true">
        ${
          p99 != null &&
          html`
            <i class="p99"></i>
          `
        }
        <i class="p95" data-over=${over ? "yes" : "no"}></i>
        <i class="p50"></i>
        ${
          budget != null &&
          html`
            <i class="budget"></i>
          `
        }
      </span>
      <span class="num latency-numbers">
        ${[p50, p95, ...(p99 != null ? [p99] : [])].map((one) => seconds(one, 2)).join(" · ")}
        ${budget != null && html`${" "}<b>/ ${seconds(budget)}</b>`}
      </span>
      <span class="for-readers">${t("health.read-out", { name, p50: seconds(p50, 2), p95: seconds(p95, 2) })}</span>
      ${
        note &&
        html`
          <span class="muted num latency-note">${note}</span>
        `
      }
    </div>
  `;
}
