// The tables under the charts. Every number of findings leads to the findings.
import { html, useState } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { Fill } from "../ui/parts.js";
import { href } from "../router.js";
import { windowName } from "../state.js";
import { count, dayName, percent, score } from "../format.js";
import { sentence, t, tOf, titleOf } from "../i18n.js";

/** Shifts shown at first; a month of a hall has hundreds. */
const SHIFTS_SHOWN = 30;

/** A number that leads to what it counts. @param {{n: number, to: Record<string, unknown>|null}} props */
export function Drill({ n, to }) {
  return n > 0 && to
    ? html`
        <a class="num" href=${href("/review", { view: "all", ...to })}>${count(n)}</a>
      `
    : html`
        <span class="num muted">${count(n)}</span>
      `;
}

/**
 * A table that is sorted by a press on a heading.
 * @typedef {{name: string, key: string, num?: boolean, show: (row: any) => any}} Column
 * @param {{columns: Column[], rows: any[], sort: string, label: string}} props
 */
export function Sorted({ columns, rows, sort, label }) {
  const [by, setBy] = useState({ key: sort, down: true });
  const sorted = [...rows].sort((a, b) => {
    const [x, y] = [a[by.key], b[by.key]];
    // What has no number stands last, whichever way it is sorted.
    if (x == null || y == null) return (x == null ? 1 : 0) - (y == null ? 1 : 0);
    const order = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "zh-CN");
    return by.down ? -order : order;
  });
  return html`
    <div class="table-scroll">
      <table aria-label=${label}>
        <thead>
          <tr>
            ${columns.map(
              (one) => html`
                <th class=${one.num ? "num" : ""} aria-sort=${by.key === one.key ? (by.down ? "descending" : "ascending") : "none"}>
                  <button class="sort" onClick=${() => setBy({ key: one.key, down: by.key === one.key ? !by.down : true })}>
                    ${one.name}
                    <i aria-hidden="true">${by.key === one.key ? (by.down ? "↓" : "↑") : ""}</i>
                  </button>
                </th>
              `,
            )}
          </tr>
        </thead>
        <tbody>
          ${sorted.map(
            (row) => html`
              <tr>
                ${columns.map(
                  (one) => html`
                    <td class=${one.num ? "num" : ""}>${one.show(row)}</td>
                  `,
                )}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** @param {{rows: import("../types.js").Scores["clerks"], nobody: import("../types.js").Sums|undefined, days: any}} props */
export function Clerks({ rows, nobody, days }) {
  // What nobody is charged with has its own line, and is asked for as `-`.
  const all =
    nobody && nobody.findings + nobody.credits > 0 ? [...rows, { ...nobody, id: "-", name: t("finding.nobody"), coverage: null }] : rows;
  /** @type {Column[]} */
  const columns = [
    {
      name: t("field.clerk"),
      key: "name",
      show: (row) =>
        row.id === "-"
          ? row.name
          : html`
              <a href=${href("/scores", { ...days, clerk: row.id })}>${row.name}</a>
              ${" "}
              <span class="muted num">${row.id}</span>
            `,
    },
    {
      name: t("scores.mean"),
      key: "mean",
      num: true,
      show: (row) => html`
        <b>${score(row.mean)}</b>
      `,
    },
    { name: t("scores.at-worst"), key: "at_worst", num: true, show: (row) => score(row.at_worst) },
    { name: t("scores.shifts"), key: "shifts", num: true, show: (row) => (row.id === "-" ? "–" : `${row.scored}/${row.shifts}`) },
    { name: t("scores.coverage"), key: "coverage", num: true, show: (row) => percent(row.coverage) },
    {
      name: t("scores.findings"),
      key: "findings",
      num: true,
      show: (row) => html`
        <${Drill} n=${row.findings} to=${{ ...days, clerk: row.id }} />
      `,
    },
    {
      name: t("scores.open"),
      key: "open",
      num: true,
      show: (row) => html`
        <${Drill} n=${row.open} to=${{ ...days, clerk: row.id, view: "" }} />
      `,
    },
    {
      name: t("scores.credits"),
      key: "credits",
      num: true,
      show: (row) => html`
        <${Drill} n=${row.credits} to=${{ ...days, clerk: row.id, kind: "credit" }} />
      `,
    },
  ];
  return html`
    <${Sorted} label=${t("scores.clerks")} rows=${all} sort="mean" columns=${columns} />
  `;
}

/** @param {{rows: import("../types.js").Scores["windows"], days: any}} props */
export function Windows({ rows, days }) {
  /** @type {Column[]} */
  const columns = [
    {
      name: t("field.window"),
      key: "id",
      show: (row) => html`
        <a href=${href("/scores", { ...days, window: row.id })}>${windowName(row.id)}</a>
      `,
    },
    { name: t("scores.encounters"), key: "encounters", num: true, show: (row) => count(row.encounters) },
    { name: t("scores.coverage"), key: "coverage", num: true, show: (row) => percent(row.coverage) },
    {
      name: t("scores.findings"),
      key: "findings",
      num: true,
      show: (row) => html`
        <${Drill} n=${row.findings} to=${{ ...days, window: row.id }} />
      `,
    },
    {
      name: t("scores.open"),
      key: "open",
      num: true,
      show: (row) => html`
        <${Drill} n=${row.open} to=${{ ...days, window: row.id, view: "" }} />
      `,
    },
  ];
  return html`
    <${Sorted} label=${t("scores.windows")} rows=${rows} sort="findings" columns=${columns} />
  `;
}

/** Bars instead of a chart: a title is read, a number is pressed. @param {{rows: any[], days: any, counts?: "findings"|"credits", tone?: string, label: string}} props */
export function Provisions({ rows, days, counts = "findings", tone, label }) {
  const most = Math.max(1, ...rows.map((one) => one[counts]));
  return html`
    <ol class="bars-list" aria-label=${label}>
      ${rows.map(
        (one) => html`
          <li>
            <span class="bars-name">
              <span class="chip provision">${one.provision}</span>
              ${" "}${titleOf(one)}
            </span>
            <span class="bar long"><${Fill} share=${one[counts] / most} tone=${tone} /></span>
            <${Drill} n=${one[counts]} to=${{ ...days, provision: one.provision }} />
            <span class="muted num bars-note">
              ${one.points ? t("scores.points", { n: Number(one.points.toFixed(1)) }) : ""}${one.open ? ` · ${t("scores.n-open", { n: one.open })}` : ""}
            </span>
          </li>
        `,
      )}
    </ol>
  `;
}

/** @param {{rows: import("../types.js").Scores["shifts"]}} props */
export function Shifts({ rows }) {
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(0, SHIFTS_SHOWN);
  return html`
    <div class="shifts">
      ${shown.map(
        (one) => html`
          <details class="shift">
            <summary>
              <span class="shift-day">${dayName(one.day)} · ${one.shift ?? t("scores.no-shift")}</span>
              <span>${one.clerk?.name ?? t("finding.nobody")}</span>
              <b class="num">${score(one.score)}</b>
              <span class="num muted">${percent(one.coverage)}</span>
              <span class="muted shift-why">
                ${sentence(one, "why_none") || (one.lines.length ? t("scores.n-lines", { n: one.lines.length }) : t("scores.no-lines"))}
              </span>
              <${Icon} name="down" size=${16} />
            </summary>
            ${
              one.lines.length > 0 &&
              html`
                <ul class="lines">
                  ${one.lines.map(
                    (line) => html`
                      <li>
                        <span>
                          ${
                            line.finding
                              ? html`
                                  <a href=${href("/review", { view: "all", id: line.finding })}>${line.what}</a>
                                `
                              : line.what
                          }${" "}
                          <small class="muted">${line.provision} · ${tOf("effect", line.effect)}</small>
                        </span>
                        <b class="num" data-tone=${line.points < 0 ? "bad" : "good"}>${line.points > 0 ? "+" : ""}${line.points}</b>
                      </li>
                    `,
                  )}
                </ul>
              `
            }
          </details>
        `,
      )}
      ${
        rows.length > SHIFTS_SHOWN &&
        !all &&
        html`
          <button class="button small" onClick=${() => setAll(true)}>${t("scores.all-shifts", { n: rows.length })}</button>
        `
      }
    </div>
  `;
}
