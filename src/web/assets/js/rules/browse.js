// Reading the rulebook: the list, and a rule with its articles, wordings and text.
import { html, useState } from "../vendor.js";
import { Empty, Select, Severity } from "../ui/parts.js";
import { Articles } from "../review/explain.js";
import { Icon } from "../ui/icon.js";
import { setQuery, route, href } from "../router.js";
import { mayOpen } from "../state.js";
import { t, tOf, titleOf } from "../i18n.js";

const KINDS = ["forbidden", "required", "when", "credit", "composed"];

/** What a rule is found by: its words, ids, wordings and articles. @param {import("../types.js").Rule} rule */
const textOf = (rule) =>
  `${rule.id} ${rule.provision} ${rule.title} ${rule.title_en} ${rule.patterns.join(" ")} ${rule.cites.map((one) => `${one.standard} ${one.title} ${one.article} ${one.quote}`).join(" ")}`.toLowerCase();

/** @param {{book: {version: string, rules: import("../types.js").Rule[]}, search: {current: any}}} props */
export function Browse({ book, search }) {
  const [wanted, setWanted] = useState("");
  const [kind, setKind] = useState("");
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = book.rules.filter((rule) => (!kind || rule.kind === kind) && words.every((word) => textOf(rule).includes(word)));
  const current = found.find((rule) => rule.id === route.value.query.rule) ?? found[0];
  return html`
    <div class="rules-columns">
      <section class="panel rules-list">
        <div class="row">
          <label class="search grow">
            <${Icon} name="search" size=${17} />
            <span class="for-readers">${t("rules.search")}</span>
            <input
              ref=${search}
              class="input"
              type="search"
              placeholder=${t("rules.search")}
              value=${wanted}
              onInput=${(/** @type {any} */ event) => setWanted(event.target.value)}
            />
          </label>
          <${Select}
            label=${t("field.kind")}
            value=${kind}
            onPick=${setKind}
            options=${[["", t("any.kind")], ...KINDS.map((one) => [one, tOf("rule-kind", one)])]}
          />
        </div>
        <p class="muted num">${t("rules.count", { n: found.length, all: book.rules.length })}</p>
        <ol>
          ${found.map(
            (rule) => html`
              <li>
                <button
                  class="rule-row"
                  aria-current=${rule.id === current?.id ? "true" : null}
                  onClick=${() => setQuery({ rule: rule.id })}
                >
                  <span class="chip provision">${rule.provision}</span>
                  <span class="grow">${titleOf(rule)}</span>
                  <${Severity} value=${rule.severity} />
                </button>
              </li>
            `,
          )}
        </ol>
      </section>
      ${
        current
          ? html`
              <${RuleView} key=${current.id} rule=${current} />
            `
          : html`
              <${Empty} icon="search" title=${t("rules.nothing")} />
            `
      }
    </div>
  `;
}

/** @param {{rule: import("../types.js").Rule}} props */
function RuleView({ rule }) {
  return html`
    <article class="stack rule">
      <section class="panel">
        <div class="row">
          <${Severity} value=${rule.severity} />
          <span class="chip">${tOf("rule-kind", rule.kind)}</span>
          <span class="chip provision">${rule.provision}</span>
          <span class="chip num">${t("finding.points", { n: rule.weight })}</span>
          ${
            rule.needs_review &&
            html`
              <span class="chip">${t("finding.needs-review")}</span>
            `
          }
        </div>
        <h2 class="rule-title">${titleOf(rule)}</h2>
        <p class="muted mono">${rule.id} · ${rule.file}:${rule.line}</p>
        ${
          rule.patterns.length > 0 &&
          html`
            <h3 class="apart-top">${t("rules.patterns")}</h3>
            <ul class="patterns" lang="zh-CN">
              ${rule.patterns.map(
                (one) => html`
                  <li>${one}</li>
                `,
              )}
            </ul>
          `
        }
        ${
          mayOpen("/review") &&
          html`
            <p class="apart-top"><a href=${href("/review", { view: "all", provision: rule.provision })}>${t("rules.findings")}</a></p>
          `
        }
      </section>
      <${Articles} cites=${rule.cites} advice=${rule.advice} />
      <details class="panel">
        <summary><h3>${t("rules.text")}</h3></summary>
        <pre class="toml mono">${rule.text}</pre>
      </details>
    </article>
  `;
}
