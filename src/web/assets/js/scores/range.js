// Which days, whom and where; kept in the address.
import { html } from "../vendor.js";
import { Select } from "../ui/parts.js";
import { route, setQuery } from "../router.js";
import { hall, nowUs } from "../state.js";
import { addDays, dayOf } from "../format.js";
import { t, tOf } from "../i18n.js";

const today = () => dayOf(nowUs.peek());

/** First day of the month of a day. @param {string} day */
const monthStart = (day) => `${day.slice(0, 7)}-01`;
/** Monday of the week of a day. @param {string} day */
const weekStart = (day) => addDays(day, -((new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7));

/** @type {Record<string, () => [string, string]>} */
const PRESETS = {
  today: () => [today(), today()],
  week: () => [weekStart(today()), today()],
  month: () => [monthStart(today()), today()],
  "last-month": () => {
    const last = addDays(monthStart(today()), -1);
    return [monthStart(last), last];
  },
};

/** The days that are asked for: of the address, else the last four weeks. @param {Record<string, string>} query */
export function daysOf(query) {
  return { from: query.from || addDays(today(), -27), to: query.to || today() };
}

/** @param {{people?: boolean, shifts?: string[]}} props `people`: whether clerk, window and one of `shifts` may be chosen */
export function Range({ people = true, shifts = [] }) {
  const query = route.value.query;
  const { from, to } = daysOf(query);
  /** @param {string} name */
  const set = (name) => (/** @type {any} */ value) => setQuery({ [name]: value?.target ? value.target.value : value });
  return html`
    <div class="row range">
      <div class="segmented" role="group" aria-label=${t("field.period")}>
        ${Object.entries(PRESETS).map(([name, days]) => {
          const [first, last] = days();
          return html`
            <button aria-pressed=${first === from && last === to ? "true" : "false"} onClick=${() => setQuery({ from: first, to: last })}>
              ${tOf("period", name)}
            </button>
          `;
        })}
      </div>
      <span class="row range-days">
        <input class="input num" type="date" aria-label=${t("range.from")} value=${from} max=${to} onChange=${set("from")} />
        <span class="muted">–</span>
        <input class="input num" type="date" aria-label=${t("range.to")} value=${to} min=${from} max=${today()} onChange=${set("to")} />
      </span>
      ${
        people &&
        html`
          <${Select}
            label=${t("field.clerk")}
            value=${query.clerk ?? ""}
            onPick=${set("clerk")}
            options=${[["", t("any.clerk")], ...(hall.value?.clerks ?? []).map((one) => [one.id, `${one.name} ${one.id}`])]}
          />
          <${Select}
            label=${t("field.window")}
            value=${query.window ?? ""}
            onPick=${set("window")}
            options=${[["", t("any.window")], ...(hall.value?.windows ?? []).map((one) => [one.id, one.name])]}
          />
          ${
            shifts.length
              ? html`
                  <${Select}
                    label=${t("field.shift")}
                    value=${query.shift ?? ""}
                    onPick=${set("shift")}
                    options=${[["", t("any.shift")], ...shifts.map((one) => [one, one])]}
                  />
                `
              : null
          }
        `
      }
    </div>
  `;
}
