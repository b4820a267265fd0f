// What other rules would have found on days that are past. Nothing is written; nothing is heard again.
import { html, useState } from "../vendor.js";
import { Empty, Field, Fill, Heard, Severity, Tabs, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { useJob } from "../ui/load.js";
import { api } from "../api.js";
import { nowUs, windowName } from "../state.js";
import { addDays, dayAndTime, dayOf, percent } from "../format.js";
import { sentence, t, tOf, titleOf } from "../i18n.js";

/** Before and now stand as findings do; one of them is missing where it appears or vanishes. @param {{one: any}} props */
function Difference({ one }) {
  const row = one.now ?? one.before ?? one;
  return html`
    <li class="difference">
      <span class="row">
        <time class="num muted">${dayAndTime(one.wall_us ?? row.wall_us)}</time>
        <span>${windowName(one.window ?? row.window)}</span>
        <${Severity} value=${row.severity} />
        ${
          one.before &&
          one.now &&
          one.before.severity !== one.now.severity &&
          html`
            <span class="muted row">
              ${t("what-if.was")}${" "}
              <${Severity} value=${one.before.severity} />
            </span>
          `
        }
        <span class="chip provision">${row.provision}</span>
        ${" "}${titleOf(row)}${
          one.text_alone &&
          html`
            <span class="chip" title=${t("what-if.text-alone-why")}>${t("what-if.text-alone")}</span>
          `
        }
      </span>
      <span class="beside-words"><${Heard} row=${{ kind: "forbidden", ...row }} /></span>
    </li>
  `;
}

/** @param {{text: string}} props */
export function WhatIf({ text }) {
  const today = dayOf(nowUs.peek());
  const [from, setFrom] = useState(addDays(today, -7));
  const [to, setTo] = useState(addDays(today, -1));
  const [id, setId] = useState(/** @type {string|null} */ (null));
  const [job, setJob] = useState(/** @type {import("../types.js").Job|null} */ (null));
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  const [tab, setTab] = useState("appear");
  useJob(id, (now) => {
    setJob(now);
    if (now.state === "failed") setError(new Error(sentence(now, "problem")));
  });
  const begin = async () => {
    setError(null);
    setJob({ state: "running", progress: 0, result: null, problem: null });
    try {
      const begun = await api.post("/rules/what-if", { text, from, to });
      setId(begun.id ?? begun.job);
    } catch (refused) {
      setJob(null);
      setError(/** @type {Error} */ (refused));
    }
  };
  const running = job?.state === "running";
  const result = job?.result;
  const list = result?.[tab] ?? [];
  return html`<div class="stack"><p class="muted">${t("what-if.lead")}</p><div class="row"><${Field} label=${t("range.from")}><input class="input" type="date" value=${from} max=${to} onChange=${(/** @type {any} */ event) => setFrom(event.target.value)} /></${Field}><${Field} label=${t("range.to")}><input class="input" type="date" value=${to} min=${from} max=${today} onChange=${(/** @type {any} */ event) => setTo(event.target.value)} /></${Field}>
      <button class="button primary what-if-go" disabled=${running} onClick=${begin}><${Icon} name="play" size=${16} />${t("what-if.go")}</button></div>
    <${Trouble} error=${error} />${
      running &&
      html`
        <div class="row" role="status">
          <span class="bar long grow"><${Fill} share=${job?.progress ?? 0} /></span>
          <b class="num">${percent(job?.progress)}</b>
        </div>
      `
    }
    ${
      result &&
      html`
        <${Tabs}
          label=${t("what-if.title")}
          value=${tab}
          onPick=${setTab}
          tabs=${["appear", "vanish", "change"].map((one) => [one, `${tOf("what-if", one)} ${result[one].length}`])}
        />
        <p class="muted num">${t("what-if.same", { n: result.same })}</p>
        ${
          list.length
            ? html`
                <ol class="stack close">
                  ${list.map(
                    (/** @type {any} */ one) => html`
                      <${Difference} one=${one} />
                    `,
                  )}
                </ol>
              `
            : html`
                <${Empty} title=${t("what-if.none")} />
              `
        }
      `
    }</div>`;
}
