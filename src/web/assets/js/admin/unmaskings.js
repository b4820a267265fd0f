// Requests to see what was masked: those that wait for somebody else than who asked, and what came of the others.
import { html } from "../vendor.js";
import { Empty, Skeleton, Trouble } from "../ui/parts.js";
import { Answer } from "../review/unmask.js";
import { useLoad } from "../ui/load.js";
import { href } from "../router.js";
import { windowName } from "../state.js";
import { dayAndTime } from "../format.js";
import { t, tOf } from "../i18n.js";

/** New requests are looked for so often. */
const LOOK_MS = 15_000;

export function Unmaskings() {
  const { data, error, again } = useLoad("/unmaskings", { all: true }, { everyMs: LOOK_MS });
  /** @type {import("../types.js").Unmasking[]} */
  const requests = data?.items ?? [];
  // What waits stands above what is over.
  const rows = [...requests.filter((one) => one.may_answer), ...requests.filter((one) => !one.may_answer)];
  return html`
    <section class="panel stack">
      <h2>${t("unmask.requests")}</h2>
      <p class="muted">${t("unmask.requests-lead")}</p>
      <${Trouble} error=${error} retry=${again} />
      ${
        rows.length
          ? html`
              <div class="table-scroll">
                <table>
                  <thead>
                    <tr>
                      <th>${t("audit.when")}</th>
                      <th>${t("audit.who")}</th>
                      <th>${t("field.window")}</th>
                      <th>${t("unmask.event")}</th>
                      <th>${t("audit.why")}</th>
                      <th>${t("unmask.standing")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${rows.map(
                      (one) => html`
                        <tr key=${one.id}>
                          <td class="time">${dayAndTime(one.wall_us)}</td>
                          <td>${one.by}</td>
                          <td>${one.window ? windowName(one.window) : "–"}</td>
                          <td class="time">
                            ${
                              one.is_finding
                                ? html`
                                    <a href=${href("/review", { view: "all", id: one.event })}>${one.event}</a>
                                  `
                                : one.event
                            }
                          </td>
                          <td>${one.why}</td>
                          <td>
                            ${
                              one.may_answer
                                ? html`
                                    <${Answer} request=${one} onDone=${again} />
                                  `
                                : html`
                                    <span class="chip">${one.kept ? tOf("unmasking", one.standing) : t("unmask.gone")}</span>
                                    ${" "}${one.answered_by ?? ""}
                                  `
                            }
                          </td>
                        </tr>
                      `,
                    )}
                  </tbody>
                </table>
              </div>
            `
          : data
            ? html`
                <${Empty} icon="shield" title=${t("unmask.none")} />
              `
            : html`
                <${Skeleton} lines=${4} />
              `
      }
    </section>
  `;
}
