// What was nearly found, and why it was held back: where a rule is too wide or too narrow.
import { html } from "../vendor.js";
import { Empty, Marked, Select, Skeleton, Sureness, Trouble } from "../ui/parts.js";
import { Range, daysOf } from "../scores/range.js";
import { usePages } from "../ui/load.js";
import { href, route, setQuery } from "../router.js";
import { windowName } from "../state.js";
import { dayAndTime } from "../format.js";
import { sentence, t, titleOf } from "../i18n.js";

/** @param {{rules: import("../types.js").Rule[]}} props */
export function Near({ rules }) {
  const query = route.value.query;
  const { rows, error, busy, next, more, again } = usePages("/rules/near-misses", { ...daysOf(query), rule: query.rule });
  const title = (/** @type {string} */ id) => rules.find((one) => one.id === id);
  return html`
    <div class="stack">
      <p class="muted">${t("near.lead")}</p>
      <div class="row">
        <${Range} people=${false} />
        <${Select}
          label=${t("finding.rule")}
          value=${query.rule ?? ""}
          onPick=${(/** @type {string} */ rule) => setQuery({ rule })}
          options=${[["", t("near.any-rule")], ...rules.map((one) => [one.id, `${one.provision} ${titleOf(one)}`])]}
        />
      </div>
      <${Trouble} error=${error} retry=${again} />
      <section class="panel">
        ${
          rows.length
            ? html`
                <ol class="near">
                  ${rows.map(
                    (one) => html`
                      <li>
                        <a class="num near-when" href=${href("/session", { window: one.window, at: one.wall_us })}>
                          ${dayAndTime(one.wall_us)}
                        </a>
                        <span class="muted">${windowName(one.window)}</span>
                        <span class="near-words" lang="zh-CN"><${Marked} text=${one.evidence?.context ?? `【${one.heard}】`} /></span>
                        <span class="near-why">
                          <b>${title(one.rule)?.provision}</b>
                          ${" "}${title(one.rule) ? titleOf(/** @type {any} */ (title(one.rule))) : one.rule}
                          <br />
                          <span class="muted">${sentence(one, "reason")}</span>
                        </span>
                        <${Sureness} value=${one.sureness} />
                      </li>
                    `,
                  )}
                </ol>
              `
            : busy
              ? html`
                  <${Skeleton} lines=${6} />
                `
              : html`
                  <${Empty} title=${t("near.nothing")} />
                `
        }
        ${
          next &&
          html`
            <button class="button" disabled=${busy} onClick=${more}>${t("action.more")}</button>
          `
        }
      </section>
    </div>
  `;
}
