// The column of alerts beside the wall: newest on top, each with the words, the article, how sure and how soon.
import { html } from "../vendor.js";
import { Empty, Marked, Severity, Sureness } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { alerts, ALERTS_MAX } from "../live.js";
import { href } from "../router.js";
import { windowName } from "../state.js";
import { clockTime, seconds } from "../format.js";
import { t, tOf, titleOf } from "../i18n.js";
import { owedWords } from "../pattern.js";

/** @param {import("../types.js").AlertLive} alert */
const linkTo = (alert) => (alert.finding == null ? href("/review", { window: alert.window }) : href("/review", { id: alert.finding }));

/** @param {{alert: import("../types.js").AlertLive}} props */
function Alert({ alert }) {
  const article = alert.article;
  return html`
    <li class="alert" data-severity=${alert.severity} data-state=${alert.state} data-kind=${alert.kind}>
      <a class="alert-link" href=${linkTo(alert)}>
        <span class="alert-head">
          <strong>${windowName(alert.window)}</strong>
          <time class="num">${clockTime(alert.at_us)}</time>
        </span>
        <span class="alert-words">
          ${
            alert.kind === "missing"
              ? html`
                  <span class="words owed">${t("finding.owed")} ${owedWords(alert.phrase) || titleOf(alert)}</span>
                `
              : html`
                  <${Marked} text=${alert.context || (alert.phrase ? `【${alert.phrase}】` : titleOf(alert))} />
                `
          }
        </span>
        <span class="alert-title">
          <${Severity} value=${alert.severity} />
          <span class="chip provision">${alert.provision}</span>
          ${" "}${titleOf(alert)}
        </span>
        ${
          article &&
          html`
            <span class="alert-article">
              ${[article.standard, article.title, article.article, article.quote && `“${article.quote}”`].filter(Boolean).join(" ")}
            </span>
          `
        }
        <span class="alert-facts">
          <span class="alert-state" data-state=${alert.state}>
            <${Icon} name=${alert.state === "confirmed" ? "check" : alert.state === "retracted" ? "cross" : "dots"} size=${14} />
            ${tOf("state", alert.state)}
          </span>
          <${Sureness} value=${alert.sureness} />
          <span class="num latency" data-late=${alert.late ? "yes" : "no"} title=${t("alert.latency")}>
            <${Icon} name="clock" size=${14} />
            ${seconds(alert.latency_s)}${alert.late ? ` ${t("alert.late")}` : ""}
          </span>
        </span>
      </a>
    </li>
  `;
}

export function Alerts() {
  const shown = alerts.value;
  return html`
    <aside class="alerts" aria-label=${t("wall.alerts")}>
      <h2>
        ${t("wall.alerts")}${" "}
        <span class="muted num">${shown.length >= ALERTS_MAX ? `${ALERTS_MAX}+` : shown.length || ""}</span>
      </h2>
      ${
        shown.length
          ? html`
              <ol class="alert-list">
                ${shown.map(
                  (alert) => html`
                    <${Alert} key=${alert.id} alert=${alert} />
                  `,
                )}
              </ol>
            `
          : html`
              <${Empty} title=${t("wall.no-alerts")} />
            `
      }
    </aside>
  `;
}
