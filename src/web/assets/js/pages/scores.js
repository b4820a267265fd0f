// Scores and what they are made of: by day, window and hour, provision, clerk, shift. Each number leads to its findings.
import { html, useMemo } from "../vendor.js";
import { Empty, Skeleton, Tile, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Chart, everyDay, heatMap, trend } from "../scores/charts.js";
import { Clerks, Provisions, Shifts, Windows } from "../scores/tables.js";
import { Range, daysOf } from "../scores/range.js";
import { useLoad } from "../ui/load.js";
import { address } from "../api.js";
import { go, href, route } from "../router.js";
import { hall, theme, windowName } from "../state.js";
import { count, percent, score } from "../format.js";
import { lang, t } from "../i18n.js";

/** @param {{totals: import("../types.js").Sums, nobody: number, days: any}} props */
function Totals({ totals, nobody, days }) {
  return html`
    <div class="tiles">
      <${Tile}
        label=${t("scores.mean")}
        value=${score(totals.mean)}
        note=${totals.at_worst != null && totals.at_worst !== totals.mean ? t("scores.worst-note", { score: score(totals.at_worst) }) : ""}
      />
      <${Tile} label=${t("scores.coverage")} value=${percent(totals.coverage, 1)} note=${t("scores.coverage-note")} />
      <${Tile}
        label=${t("scores.findings")}
        value=${count(totals.findings)}
        note=${nobody ? t("scores.nobody-note", { n: nobody }) : ""}
        href=${href("/review", { view: "all", ...days })}
      />
      <${Tile} label=${t("scores.open")} value=${count(totals.open)} note=${t("scores.open-note")} href=${href("/review", days)} />
      <${Tile}
        label=${t("scores.encounters")}
        value=${count(totals.encounters)}
        note=${t("scores.shifts-note", { scored: totals.scored, shifts: totals.shifts })}
      />
      <${Tile}
        label=${t("scores.credits")}
        value=${count(totals.credits)}
        href=${href("/review", { view: "all", kind: "credit", ...days })}
      />
    </div>
  `;
}

/** @param {string} clerk */
const nameOf = (clerk) => hall.value?.clerks.find((one) => one.id === clerk)?.name ?? clerk;

/** On paper as on a light screen: the charts are drawn in the colours of the theme. */
async function printPage() {
  const before = theme.peek();
  theme.value = "light";
  await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
  print();
  theme.value = before;
}

/** @param {{query: Record<string, unknown>}} props */
function Downloads({ query }) {
  const to = (/** @type {string} */ ending) => address(`/report.${ending}`, { ...query, lang: lang.value });
  return html`
    <div class="row">
      <a class="button small" href=${to("xlsx")} download>
        <${Icon} name="download" size=${16} />
        XLSX
      </a>
      <a class="button small" href=${to("csv")} download>
        <${Icon} name="download" size=${16} />
        CSV
      </a>
      <a class="button small" href=${to("html")} download>
        <${Icon} name="download" size=${16} />
        HTML
      </a>
      <button class="button small wide-only" onClick=${printPage}>
        <${Icon} name="print" size=${16} />
        ${t("scores.print")}
      </button>
    </div>
  `;
}

export default function Scores() {
  const { clerk, window, shift, ...rest } = route.value.query;
  const range = daysOf(rest);
  const query = { ...range, clerk, window, shift };
  const { data, error, busy, again } = useLoad("/scores", query);
  const scores = /** @type {import("../types.js").Scores|null} */ (data);
  // What a number leads to is narrowed as the page is.
  const days = { ...range, clerk, window };
  const all = useMemo(() => (scores ? everyDay(scores) : []), [scores]);
  // The calendar's names, as far as they occur; the one that is asked for stays, whatever else is not shown then.
  const shifts = [...new Set([shift, ...(scores?.shifts ?? []).map((one) => one.shift)].filter(Boolean))].sort();
  const trendOption = useMemo(() => trend(all), [all]);
  const heatOption = useMemo(() => scores && heatMap(scores.heat, windowName), [scores]);
  return html`
    <div class="page scores" aria-busy=${busy ? "true" : "false"}>
      <div class="page-head">
        <h1>${t("nav.scores")}</h1>
        <${Downloads} query=${query} />
      </div>
      <${Range} shifts=${shifts} />
      <p class="on-paper">
        ${[hall.value?.hall, `${range.from} – ${range.to}`, clerk && nameOf(clerk), window && windowName(window), shift].filter(Boolean).join(" · ")}
      </p>
      <${Trouble} error=${error} retry=${again} />
      ${
        !scores
          ? html`
              <section class="panel"><${Skeleton} lines=${9} /></section>
            `
          : html`
              <${Totals} totals=${scores.totals} nobody=${scores.unassigned?.findings ?? 0} days=${days} />
              <div class="two">
                <section class="panel">
                  <h2>${t("scores.trend")}</h2>
                  <${Chart}
                    option=${trendOption}
                    label=${t("scores.trend")}
                    onPick=${(/** @type {any} */ at) => {
                      const day = all[at.dataIndex]?.day;
                      if (day) go("/scores", { ...query, from: day, to: day });
                    }}
                  />
                </section>
                <section class="panel">
                  <h2>${t("scores.heat")}</h2>
                  ${
                    scores.heat.length
                      ? html`
                          <${Chart}
                            option=${heatOption}
                            label=${t("scores.heat")}
                            onPick=${(/** @type {any} */ at) => at.data?.window && go("/review", { view: "all", ...days, window: at.data.window })}
                          />
                        `
                      : html`
                          <${Empty} icon="scores" title=${t("scores.nothing")} />
                        `
                  }
                </section>
              </div>
              <div class="two">
                <section class="panel">
                  <h2>${t("scores.provisions")}</h2>
                  ${
                    scores.provisions.length
                      ? html`
                          <${Provisions} rows=${scores.provisions} days=${days} tone="bad" label=${t("scores.provisions")} />
                        `
                      : html`
                          <${Empty} title=${t("scores.no-findings")} />
                        `
                  }
                </section>
                <section class="panel">
                  <h2>${t("scores.courtesy")}</h2>
                  ${
                    scores.courtesy.length
                      ? html`
                          <${Provisions} rows=${scores.courtesy} days=${days} counts="credits" label=${t("scores.courtesy")} />
                        `
                      : html`
                          <p class="muted">${t("scores.nothing")}</p>
                        `
                  }
                  <h2 class="apart-top">${t("scores.windows")}</h2>
                  <${Windows} rows=${scores.windows} days=${range} />
                </section>
              </div>
              <section class="panel">
                <h2>${t("scores.clerks")}</h2>
                <${Clerks} rows=${scores.clerks} nobody=${scores.unassigned} days=${range} />
              </section>
              <section class="panel">
                <h2>
                  ${t("scores.shifts")}${" "}
                  <span class="muted num">${scores.shifts.length}</span>
                </h2>
                <${Shifts} rows=${scores.shifts} />
              </section>
            `
      }
    </div>
  `;
}
