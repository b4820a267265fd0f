// A sentence is put to the rules: what it hits, sound by sound, and why it counts or does not.
import { html, useState } from "../vendor.js";
import { Empty, Select, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Alignment } from "../review/explain.js";
import { api } from "../api.js";
import { sentence as inWords, t, tOf, titleOf } from "../i18n.js";

/** Sentences that show what the rules tell apart. */
const EXAMPLES = ["我不管问别人去", "您不知道的话我可以帮您查一下", "别啰嗦快点讲", "没时间你等会儿再来"];

export function Try() {
  const [sentence, setSentence] = useState("");
  const [at, setAt] = useState("");
  const [result, setResult] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  /** @param {string} text */
  const ask = async (text) => {
    if (!text.trim()) return;
    setSentence(text);
    try {
      setResult({ of: text, ...(await api.post("/rules/try", { sentence: text.trim(), role: "clerk", at: at || null })) });
      setError(null);
    } catch (refused) {
      setError(/** @type {Error} */ (refused));
    }
  };
  return html`
    <div class="stack">
      <section class="panel stack">
        <form class="row" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), ask(sentence))}>
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
            onPick=${setAt}
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
              <button class="button small" lang="zh-CN" onClick=${() => ask(one)}>${one}</button>
            `,
          )}
        </div>
      </section>
      <${Trouble} error=${error} />
      ${
        result &&
        html`
          <section class="stack" aria-live="polite">
            <p class="pinyin" lang="zh-CN">
              ${result.of}
              <span class="muted mono">${result.pinyin}</span>
            </p>
            ${
              !result.hits.length &&
              html`
                <section class="panel"><${Empty} title=${t("try.nothing")} /></section>
              `
            }
            ${result.hits.map(
              (/** @type {any} */ hit) => html`
                <section class="panel stack close hit" data-outcome=${hit.outcome}>
                  <div class="row">
                    <span class="chip outcome">
                      <${Icon} name=${hit.outcome === "finding" ? "warn" : "shield"} size=${15} />
                      ${tOf("outcome", hit.outcome)}
                    </span>
                    <span class="chip provision">${hit.provision}</span>
                    <b>${titleOf(hit)}</b>
                    <span class="muted mono">${hit.rule}</span>
                  </div>
                  <p>
                    “<mark>${hit.heard}</mark>” ${t("try.like")} “${hit.phrase}”${" "}
                    <span class="muted num">${t("try.cost", { cost: hit.cost.toFixed(2) })}</span>
                  </p>
                  <p class="muted">${inWords(hit, "reason")}</p>
                  <${Alignment} pairs=${hit.alignment} />
                </section>
              `,
            )}
          </section>
        `
      }
    </div>
  `;
}
