// The clerk's own page: their scores, what was found, and the right to disagree.
import { html, useEffect, useMemo, useRef, useState } from "../vendor.js";
import { Empty, Skeleton, Tile, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Chart, everyDay, trend } from "../scores/charts.js";
import { Shifts } from "../scores/tables.js";
import { Range, daysOf } from "../scores/range.js";
import { FindingList } from "../review/list.js";
import { Detail } from "../review/detail.js";
import { useLoad, usePages } from "../ui/load.js";
import { useKeys } from "../keys.js";
import { route, setQuery } from "../router.js";
import { session } from "../state.js";
import { addDays, count, dayStartUs, percent, score } from "../format.js";
import { t } from "../i18n.js";

/** @param {{scores: import("../types.js").Scores}} props */
function Totals({ scores }) {
  const mine = scores.clerks[0];
  return html`
    <div class="tiles">
      <${Tile}
        label=${t("scores.mean")}
        value=${score(mine?.mean ?? scores.totals.mean)}
        note=${mine?.at_worst != null && mine.at_worst !== mine.mean ? t("scores.worst-note", { score: score(mine.at_worst) }) : ""}
      />
      <${Tile} label=${t("scores.coverage")} value=${percent(mine?.coverage ?? scores.totals.coverage)} note=${t("scores.coverage-note")} />
      <${Tile}
        label=${t("scores.findings")}
        value=${count(mine?.findings ?? 0)}
        note=${mine?.open ? t("scores.n-open", { n: mine.open }) : ""}
      />
      <${Tile} label=${t("scores.credits")} value=${count(mine?.credits ?? 0)} />
    </div>
  `;
}

/** How it went, day by day and shift by shift. @param {{scores: import("../types.js").Scores}} props */
function Course({ scores }) {
  const option = useMemo(() => trend(everyDay(scores)), [scores]);
  return html`
    <div class="two">
      <section class="panel">
        <h2>${t("scores.trend")}</h2>
        <${Chart} option=${option} label=${t("scores.trend")} />
      </section>
      <section class="panel">
        <h2>${t("scores.shifts")}</h2>
        <${Shifts} rows=${scores.shifts} />
      </section>
    </div>
  `;
}

export default function Me() {
  const query = route.value.query;
  const range = daysOf(query);
  const scores = useLoad("/me/scores", range);
  const list = usePages("/me/findings", { from_us: dayStartUs(range.from), to_us: dayStartUs(addDays(range.to, 1)) });
  const [control, field] = [useRef(), useRef()];
  const [chosen] = useState(new Set());
  const id = query.id ? Number(query.id) : null;
  const index = list.rows.findIndex((row) => row.id === id);
  const open = (/** @type {number|string} */ to) => setQuery({ id: to });
  const step = (/** @type {number} */ by) => {
    const next = list.rows[Math.max(0, Math.min(list.rows.length - 1, index + by))];
    if (next) open(next.id);
  };
  useEffect(() => {
    if (id == null && list.rows.length && matchMedia("(min-width: 900px)").matches) open(list.rows[0].id);
  }, [id, list.rows]);
  useKeys([
    { key: "j", label: t("keys.next"), run: () => step(1) },
    { key: "k", label: t("keys.previous"), run: () => step(-1) },
    { key: "space", label: t("keys.play"), run: () => control.current?.toggle() },
    { key: "a", label: t("review.appeal"), run: () => field.current?.focus() },
    { key: "Escape", label: t("keys.back"), run: () => open("") },
  ]);
  const change = (/** @type {number} */ of, /** @type {object} */ what) =>
    list.edit((all) => all.map((row) => (row.id === of ? { ...row, ...what } : row)));
  return html`
    <div class="page me">
      <div class="page-head">
        <h1>${t("me.title", { name: session.value?.person.name })}</h1>
        <${Range} people=${false} />
      </div>
      <p class="muted">${t("me.lead")}</p>
      <${Trouble} error=${scores.error} retry=${scores.again} />
      ${
        scores.data
          ? html`
              <${Totals} scores=${scores.data} />
            `
          : html`
              <section class="panel"><${Skeleton} lines=${2} /></section>
            `
      }
      <section
        class="panel me-findings"
        data-empty=${!list.rows.length && !list.busy ? "yes" : "no"}
        data-open=${id != null ? "yes" : "no"}
      >
        <div class="review-list">
          <${Trouble} error=${list.error} retry=${list.again} />
          ${
            !list.rows.length && !list.busy
              ? html`
                  <${Empty} title=${t("me.nothing")} />
                `
              : html`
                  <${FindingList}
                    rows=${list.rows}
                    current=${id}
                    chosen=${chosen}
                    busy=${list.busy}
                    onOpen=${open}
                    onChoose=${() => {}}
                    onEnd=${list.more}
                  />
                `
          }
        </div>
        <div class="review-detail">
          ${
            id != null &&
            html`
              <button class="button ghost back" onClick=${() => open("")}>
                <${Icon} name="left" />
                ${t("action.back")}
              </button>
              <${Detail}
                key=${id}
                id=${id}
                control=${control}
                field=${field}
                ruled=${null}
                onRule=${() => {}}
                onRead=${(/** @type {number} */ of) => change(of, { read: true })}
                onChanged=${(/** @type {any} */ finding) => change(finding.id, { review: finding.review })}
              />
            `
          }
        </div>
      </section>
      ${
        scores.data &&
        html`
          <${Course} scores=${scores.data} />
        `
      }
    </div>
  `;
}
