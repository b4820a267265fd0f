// Reading the rulebook: the list, and a rule with its articles, wordings and text.
import { html, useRef, useState } from "../vendor.js";
import { Empty, Select, Severity } from "../ui/parts.js";
import { Articles } from "../review/explain.js";
import { Icon } from "../ui/icon.js";
import { piecesOf } from "../pattern.js";
import { setQuery, route, href } from "../router.js";
import { mayOpen, windowName } from "../state.js";
import { t, tOf, titleOf } from "../i18n.js";

/** So narrow that list and rule stand below each other; the same stands in pages.css. */
const STACKED = "(max-width: 1099px)";
const KINDS = ["forbidden", "required", "when", "credit", "composed"];

/** What a rule is found by: its words, ids, wordings and articles. @param {import("../types.js").Rule} rule */
const textOf = (rule) =>
  `${rule.id} ${rule.provision} ${rule.title} ${rule.title_en} ${rule.patterns.map((one) => one.say).join(" ")} ${rule.cites.map((one) => `${one.standard} ${one.title} ${one.article} ${one.quote}`).join(" ")}`.toLowerCase();

/** @param {{book: {version: string, rules: import("../types.js").Rule[]}, search: {current: any}}} props */
export function Browse({ book, search }) {
  const [wanted, setWanted] = useState("");
  const [kind, setKind] = useState("");
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = book.rules.filter((rule) => (!kind || rule.form === kind) && words.every((word) => textOf(rule).includes(word)));
  const current = found.find((rule) => rule.id === route.value.query.rule) ?? found[0];
  const view = useRef();
  /** Where the rule stands below the list, it is brought into sight. @param {string} id */
  const open = (id) => {
    setQuery({ rule: id });
    if (matchMedia(STACKED).matches) requestAnimationFrame(() => view.current?.scrollIntoView({ block: "start" }));
  };
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
                <button class="rule-row" aria-current=${rule.id === current?.id ? "true" : null} onClick=${() => open(rule.id)}>
                  <span class="chip provision">${rule.provision}</span>
                  <span class="grow">${titleOf(rule)}</span>
                  <${Severity} value=${rule.severity} />
                </button>
              </li>
            `,
          )}
        </ol>
      </section>
      <div ref=${view} class="rule-place">
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
    </div>
  `;
}

/** A wording with its choices set apart; what may be left out is fainter. @param {{say: string}} props */
export function Wording({ say }) {
  return piecesOf(say).map((piece) =>
    "text" in piece
      ? piece.text
      : html`
          <i class="choice" data-optional=${piece.optional ? "yes" : "no"}>${piece.any.join(" / ")}</i>
        `,
  );
}

/** `expected-1` is the second thing that has to be heard, `condition-1` the second condition. @param {string} part */
export function partName(part) {
  const [kind, index] = part.split("-");
  return index == null ? tOf("part", kind) : `${tOf("part", kind)} ${Number(index) + 1}`;
}

/** The wordings, by what each is for in the rule. @param {{rule: import("../types.js").Rule}} props */
function Patterns({ rule }) {
  const parts = [...new Set(rule.patterns.map((one) => one.part))];
  return parts.map(
    (part) => html`
      <h3 class="apart-top">${partName(part)}</h3>
      <ul class="patterns" lang="zh-CN">
        ${rule.patterns
          .filter((one) => one.part === part)
          .map(
            (one) => html`
              <li><${Wording} say=${one.say} /></li>
            `,
          )}
      </ul>
    `,
  );
}

/** @param {{rule: import("../types.js").Rule}} props */
function RuleView({ rule }) {
  return html`
    <article class="stack rule">
      <section class="panel">
        <div class="row">
          <${Severity} value=${rule.severity} />
          <span class="chip">${tOf("rule-kind", rule.form)}</span>
          <span class="chip provision">${rule.provision}</span>
          ${
            rule.weight > 0 &&
            html`
              <span class="chip num">${t("finding.points", { n: rule.weight })}</span>
            `
          }
          ${
            rule.needs_review &&
            html`
              <span class="chip">${t("finding.needs-review")}</span>
            `
          }
          ${
            rule.scope?.encounters &&
            html`
              <span class="chip">${tOf("rules-only", rule.scope.encounters)}</span>
            `
          }
          ${
            rule.scope?.windows?.length > 0 &&
            html`
              <span class="chip">${rule.scope.windows.map(windowName).join("、")}</span>
            `
          }
          ${
            rule.effective &&
            html`
              <span class="chip num">${rule.effective}</span>
            `
          }
        </div>
        <h2 class="rule-title">${titleOf(rule)}</h2>
        <p class="muted mono">${[rule.id, rule.file && `${rule.file}:${rule.line}`].filter(Boolean).join(" · ")}</p>
        ${
          rule.patterns.length > 0 &&
          html`
            <${Patterns} rule=${rule} />
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
