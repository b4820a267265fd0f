// A sentence is put to the rules: what would be made of it first, then the wordings it was compared with, sound by sound.
import { html, useRef, useState } from "../vendor.js";
import { Empty, Select, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Alignment } from "../review/explain.js";
import { partName } from "./browse.js";
import { alignedOf } from "../pattern.js";
import { api } from "../api.js";
import { href } from "../router.js";
import { sentence as inWords, t, tOf, titleOf } from "../i18n.js";

/** @typedef {import("../types.js").Rule} Rule */

/** Sentences that show what the rules tell apart. */
const EXAMPLES = ["我不管问别人去", "您不知道的话我可以帮您查一下", "别啰嗦快点讲", "没时间你等会儿再来"];
const ICONS = { found: "warn", missing: "question", credit: "star", held: "shield", unknown: "question", retracted: "cross" };

/** What the judge would make of it, the rule named and linked. @param {{finding: any, rule: Rule|undefined}} props */
function Verdict({ finding, rule }) {
  return html`
    <li class="panel stack close hit" data-outcome=${finding.outcome}>
      <div class="row">
        <span class="chip outcome">
          <${Icon} name=${/** @type {any} */ (ICONS)[finding.outcome] ?? "dots"} size=${15} />
          ${tOf("outcome", finding.outcome)}
        </span>
        <span class="chip provision">${finding.provision}</span>
        <b>${titleOf(rule ?? finding)}</b>
        <a class="muted mono" href=${href("/rules", { rule: finding.rule })}>${finding.rule}</a>
        ${
          finding.needs_review &&
          html`
            <span class="chip">${t("finding.needs-review")}</span>
          `
        }
      </div>
      <p>
        ${
          finding.heard &&
          html`
            <span class="words" lang="zh-CN"><mark>${finding.heard}</mark></span>
            ${" "}
          `
        }
        <span class="muted">${inWords(finding, "reason")}</span>
      </p>
    </li>
  `;
}

/** @param {{hits: any[], rules: Map<string, Rule>}} props */
function Near({ hits, rules }) {
  return html`
    <details class="panel" open=${hits.length <= 3}>
      <summary>
        <h3>
          ${t("try.near")}${" "}
          <span class="num">${hits.length}</span>
        </h3>
      </summary>
      <ol class="stack near-hits">
        ${hits.map(
          (hit) => html`
            <li class="stack close">
              <p class="row">
                <span class="chip provision">${hit.provision}</span>
                ${titleOf(rules.get(hit.rule) ?? hit)}
                <span class="muted">${partName(hit.part)}</span>
              </p>
              <p lang="zh-CN">
                “${hit.heard}” ${t("try.like")} “${hit.phrase}”${" "}
                <span class="muted num">${t("try.cost", { cost: hit.cost.toFixed(2) })}</span>
              </p>
              <${Alignment} pairs=${hit.alignment.map(alignedOf)} />
            </li>
          `,
        )}
      </ol>
    </details>
  `;
}

/** @param {{result: any, rules: Map<string, Rule>}} props */
function Result({ result, rules }) {
  return html`
    <section class="stack" aria-live="polite">
      <p class="pinyin" lang="zh-CN">
        ${result.of}
        <span class="muted mono">${result.pinyin}</span>
      </p>
      <h2>${t("try.verdict")}</h2>
      ${
        result.findings.length
          ? html`
              <ol class="stack close">
                ${result.findings.map(
                  (/** @type {any} */ one) => html`
                    <${Verdict} finding=${one} rule=${rules.get(one.rule)} />
                  `,
                )}
              </ol>
            `
          : html`
              <section class="panel"><${Empty} title=${t("try.none")} /></section>
            `
      }
      ${
        result.fulfilled.length > 0 &&
        html`
          <p class="row">
            <span class="muted">${t("try.fulfilled")}</span>
            ${result.fulfilled.map(
              (/** @type {string} */ id) => html`
                <span class="chip fulfilled">
                  <${Icon} name="check" size=${14} />
                  ${titleOf(rules.get(id) ?? { title: id })}
                </span>
              `,
            )}
          </p>
        `
      }
      ${
        result.hits.length > 0 &&
        html`
          <${Near} hits=${result.hits} rules=${rules} />
        `
      }
    </section>
  `;
}

/** @param {{rules: Rule[]}} props */
export function Try({ rules }) {
  const [sentence, setSentence] = useState("");
  const [at, setAt] = useState("");
  const [result, setResult] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  const asked = useRef(0);
  /** @param {string} text @param {string} where */
  const ask = async (text, where) => {
    if (!text.trim()) return;
    setSentence(text);
    const turn = ++asked.current;
    try {
      const answer = await api.post("/rules/try", { sentence: text.trim(), role: "clerk", at: where || null });
      // Answers may come in another order than they were asked for.
      if (turn !== asked.current) return;
      setResult({ of: text, ...answer });
      setError(null);
    } catch (refused) {
      if (turn === asked.current) setError(/** @type {Error} */ (refused));
    }
  };
  return html`
    <div class="stack">
      <section class="panel stack">
        <form class="row" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), ask(sentence, at))}>
          <label class="grow">
            <span class="for-readers">${t("try.sentence")}</span>
            <input
              class="input wide big"
              lang="zh-CN"
              value=${sentence}
              placeholder=${t("try.sentence")}
              onInput=${(/** @type {any} */ event) => setSentence(event.target.value)}
            />
          </label>
          <${Select}
            label=${t("try.at")}
            value=${at}
            onPick=${(/** @type {string} */ where) => {
              setAt(where);
              if (result) void ask(sentence, where);
            }}
            options=${[
              ["", t("try.anywhere")],
              ["first", t("try.first")],
              ["last", t("try.last")],
            ]}
          />
          <button class="button primary">${t("try.try")}</button>
        </form>
        <div class="row">
          <span class="muted">${t("try.examples")}</span>
          ${EXAMPLES.map(
            (one) => html`
              <button class="button small" lang="zh-CN" onClick=${() => ask(one, at)}>${one}</button>
            `,
          )}
        </div>
      </section>
      <${Trouble} error=${error} />
      ${
        result &&
        html`
          <${Result} result=${result} rules=${new Map(rules.map((one) => [one.id, one]))} />
        `
      }
    </div>
  `;
}
