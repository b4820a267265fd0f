// Why the program says so: the syllables that were compared, what the audio was asked about, the article, the steps taken.
import { html } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { Fill } from "../ui/parts.js";
import { dayAndTime, percent } from "../format.js";
import { sentence, t, tOf } from "../i18n.js";

const number = (/** @type {number|null|undefined} */ value) => (value == null ? "–" : value.toFixed(2));

/** The dearest pair of sounds that still counts as alike, for the colour of a cell. */
const ALIKE = 0.25;

/** Said above, heard below, the cost beneath: a column a syllable. @param {{pairs: import("../types.js").Aligned[]}} props */
export function Alignment({ pairs }) {
  if (!pairs?.length) return null;
  const tone = (/** @type {import("../types.js").Aligned} */ one) =>
    one.slot ? "slot" : one.cost === 0 ? "same" : one.cost <= ALIKE ? "alike" : "unlike";
  return html`
    <div class="table-scroll">
      <table class="alignment" lang="zh-CN">
        <tbody>
          <tr>
            <th scope="row">${t("explain.said")}</th>
            ${pairs.map(
              (one) => html`
                <td>${one.said ?? "–"}</td>
              `,
            )}
          </tr>
          <tr>
            <th scope="row">${t("explain.heard")}</th>
            ${pairs.map(
              (one) => html`
                <td data-tone=${tone(one)}>${one.heard ?? "–"}</td>
              `,
            )}
          </tr>
          <tr class="cost">
            <th scope="row">${t("explain.cost")}</th>
            ${pairs.map(
              (one) => html`
                <td class="num">${one.slot ? t("explain.slot") : number(one.cost)}</td>
              `,
            )}
          </tr>
        </tbody>
      </table>
    </div>
  `;
}

/** @param {{finding: import("../types.js").Finding}} props */
export function Evidence({ finding }) {
  const evidence = finding.evidence;
  return html`
    <section class="panel explain">
      <h2>${t("explain.title")}</h2>
      <p>${sentence(finding, "reason")}</p>
      <${Alignment} pairs=${finding.explanation} />
      ${
        evidence &&
        html`
          <dl class="facts">
            <dt>${t("explain.source")}</dt>
            <dd>${tOf("source", evidence.source)}</dd>
            <dt>${t("explain.sum")}</dt>
            <dd class="num">
              ${number(evidence.cost)}${" "}
              <span class="muted">${t("explain.allowed", { max: number(evidence.cost_max) })}</span>
            </dd>
            <dt>${t("explain.probability")}</dt>
            <dd class="num">${percent(evidence.probability)}</dd>
            ${
              evidence.ratio != null &&
              html`
                <dt>${t("explain.ratio")}</dt>
                <dd class="num">${number(evidence.ratio)}</dd>
              `
            }
          </dl>
        `
      }
      ${
        (evidence?.decoys?.length ?? 0) > 0 &&
        html`
          <h3>${t("explain.decoys")}</h3>
          <table class="decoys">
            <thead>
              <tr>
                <th>${t("explain.wording")}</th>
                <th class="num">${t("explain.ratio-short")}</th>
                <th>${t("explain.verdict")}</th>
              </tr>
            </thead>
            <tbody>
              ${evidence?.decoys.map(
                (one) => html`
                  <tr>
                    <td lang="zh-CN">${one.wording}</td>
                    <td class="num">${one.ratio.toFixed(1)}</td>
                    <td>
                      <span class="row">
                        ${html`
                          <${Icon} name=${one.beaten ? "check" : "question"} size=${15} />
                        `}${t(one.beaten ? "explain.beaten" : "explain.not-beaten")}
                      </span>
                    </td>
                  </tr>
                `,
              )}
            </tbody>
          </table>
        `
      }
    </section>
  `;
}

/** The article's text with the words that apply marked in it; the words alone where the text is not known. @param {{cite: import("../types.js").Cite}} props */
function Words({ cite }) {
  const text = cite.text || cite.quote;
  if (!text) return null;
  const at = cite.text && cite.quote ? text.indexOf(cite.quote) : -1;
  return html`
    <blockquote lang="zh-CN">
      ${
        at < 0
          ? text
          : html`
              ${text.slice(0, at)}
              <b class="applies">${cite.quote}</b>
              ${text.slice(at + cite.quote.length)}
            `
      }
    </blockquote>
  `;
}

/** @param {{cites: import("../types.js").Cite[], advice: string}} props */
export function Articles({ cites, advice }) {
  return html`
    <section class="panel articles">
      <h2>${t("finding.articles")}</h2>
      <ul class="stack">
        ${cites.map(
          (one) => html`
            <li class="article">
              <p class="article-name">
                <b>${one.standard}</b>
                ${" "}${one.title}${" "}
                <b>${one.article}</b>
              </p>
              <${Words} cite=${one} />
            </li>
          `,
        )}
      </ul>
      ${
        advice &&
        html`
          <h3>${t("finding.advice")}</h3>
          <p class="advice" lang="zh-CN">${advice}</p>
        `
      }
    </section>
  `;
}

/** @param {{finding: import("../types.js").Finding}} props */
export function History({ finding }) {
  const icons = { review: "check", appeal: "flag", decision: "shield" };
  return html`
    <section class="panel">
      <h2>${t("finding.history")}</h2>
      <ol class="steps">
        <li>
          <${Icon} name="bell" size=${16} />
          <div>
            <b>${t("step.found")}</b>
            ${" "}
            <time class="muted num">${dayAndTime(finding.wall_us)}</time>
          </div>
        </li>
        ${finding.steps.map(
          (step) => html`
            <li>
              <${Icon} name=${icons[step.what]} size=${16} />
              <div>
                <b>${tOf("step", step.what)}${step.ruling ? ` · ${tOf("review", step.ruling)}` : ""}</b>
                ${" "}
                <span>${step.who}</span>
                ${" "}
                <time class="muted num">${dayAndTime(step.wall_us)}</time>
                ${
                  step.text &&
                  html`
                    <p>${step.text}</p>
                  `
                }
              </div>
            </li>
          `,
        )}
        ${
          finding.deadline &&
          html`
            <li class="due">
              <${Icon} name="clock" size=${16} />
              <div>
                ${t(`deadline.${finding.deadline.for}`)}${" "}
                <time class="num">${dayAndTime(finding.deadline.until_us)}</time>
              </div>
            </li>
          `
        }
      </ol>
    </section>
  `;
}
