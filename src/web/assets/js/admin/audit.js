// Who looked at or listened to what, and when.
import { html } from "../vendor.js";
import { Empty, Skeleton, Trouble } from "../ui/parts.js";
import { Range, daysOf } from "../scores/range.js";
import { usePages } from "../ui/load.js";
import { href, route } from "../router.js";
import { windowName } from "../state.js";
import { dayAndTime } from "../format.js";
import { sentence, t, tOf } from "../i18n.js";

export function Audit() {
  const { from, to } = daysOf(route.value.query);
  const { rows, error, busy, next, more, again } = usePages("/audit", { from, to });
  return html`
    <section class="panel stack">
      <h2>${t("audit.title")}</h2>
      <${Range} people=${false} />
      <${Trouble} error=${error} retry=${again} />
      ${
        rows.length
          ? html`
              <div class="table-scroll stacked">
                <table>
                  <thead>
                    <tr>
                      <th>${t("audit.when")}</th>
                      <th>${t("audit.who")}</th>
                      <th>${t("audit.what")}</th>
                      <th>${t("field.window")}</th>
                      <th>${t("audit.finding")}</th>
                      <th>${t("audit.why")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${rows.map(
                      (one) => html`
                        <tr>
                          <td class="time" data-name=${t("audit.when")}>${dayAndTime(one.wall_us)}</td>
                          <td data-name=${t("audit.who")}>${one.who_name && one.who_name !== one.who ? `${one.who_name} ${one.who}` : one.who}</td>
                          <td data-name=${t("audit.what")}>${tOf("access", one.what)}</td>
                          <td data-name=${t("field.window")}>${one.window ? windowName(one.window) : "–"}</td>
                          <td class="time" data-name=${t("audit.finding")}>
                            ${
                              one.finding
                                ? html`
                                    <a href=${href("/review", { view: "all", id: one.finding })}>${one.finding}</a>
                                  `
                                : (one.alert ?? "–")
                            }
                          </td>
                          <td data-name=${t("audit.why")}>${sentence(one, "why") || "–"}</td>
                        </tr>
                      `,
                    )}
                  </tbody>
                </table>
              </div>
            `
          : busy
            ? html`
                <${Skeleton} lines=${6} />
              `
            : html`
                <${Empty} icon="shield" title=${t("audit.nothing")} />
              `
      }
      ${
        next &&
        html`
          <button class="button" disabled=${busy} onClick=${more}>${t("action.more")}</button>
        `
      }
    </section>
  `;
}
