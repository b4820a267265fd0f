// What is looked for in the inbox. Everything stands in the address, so that a view can be sent to a colleague.
import { html, useEffect, useRef, useState } from "../vendor.js";
import { Select } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { route, setQuery } from "../router.js";
import { hall, nowUs } from "../state.js";
import { addDays, dayOf, dayStartUs } from "../format.js";
import { t, tOf, titleOf } from "../i18n.js";

/** What the inbox shows at first, and what else; each is a value of `review`, or everything. */
export const VIEWS = ["unreviewed", "appealed", "upheld", "dismissed", "all"];
const SEVERITIES = ["critical", "major", "minor", "note"];
const KINDS = ["forbidden", "missing", "voice", "credit"];
/** What there is to review: praise is shown where it is asked for. */
const PROBLEMS = "forbidden,missing,voice";
const STATES = ["confirmed", "unknown"];
const PERIODS = { today: 0, "last-7": 6, "last-30": 29 };
const SEARCH_AFTER_MS = 300;

/** The present second changes every second; what is asked of the server only has to change with the day. */
const today = () => dayOf(nowUs.peek());

/**
 * The query of the API for a query of the page.
 * @param {Record<string, string>} query
 */
export function toApi(query) {
  const { view = "unreviewed", period, from, to } = query;
  const days = period && period in PERIODS ? [addDays(today(), -(/** @type {any} */ (PERIODS)[period])), today()] : [from, to];
  // A provision or words that are looked for may be those of praise.
  const kind = query.kind || (query.provision || query.q ? "all" : PROBLEMS);
  return {
    // Named one by one: an address may carry anything, and the server takes nothing that it does not know.
    ...Object.fromEntries(["severity", "provision", "window", "clerk", "state", "unread", "q", "order"].map((name) => [name, query[name]])),
    kind: kind === "all" ? "" : kind,
    review: view === "all" ? "" : view,
    from_us: days[0] ? dayStartUs(days[0]) : "",
    // The last day is included: up to the midnight that ends it.
    to_us: days[1] ? dayStartUs(addDays(days[1], 1)) : "",
  };
}

/** @param {{unread: number|null, unreviewed: number|null, fresh: number, onFresh: () => void, search: {current: any}}} props */
export function Filters({ unread, unreviewed, fresh, onFresh, search }) {
  const query = route.value.query;
  const [text, setText] = useState(query.q ?? "");
  const [more, setMore] = useState(false);
  const timer = useRef(0);
  useEffect(() => setText(query.q ?? ""), [query.q]);
  /** @param {string} value */
  const type = (value) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ q: value }), SEARCH_AFTER_MS);
  };
  /** @param {string} name */
  const set = (name) => (/** @type {string} */ value) => setQuery({ [name]: value, ...(name === "period" ? { from: "", to: "" } : {}) });
  const any = (/** @type {string} */ key) => /** @type {[string, string]} */ (["", t(key)]);
  const used = ["severity", "provision", "window", "clerk", "kind", "state", "period", "from", "q", "unread"].filter((name) => query[name]);
  return html`
    <div class="filters" role="search">
      <div class="row filters-first">
        <div class="segmented" role="group" aria-label=${t("review.view")}>
          ${VIEWS.map(
            (view) => html`
              <button
                aria-pressed=${(query.view ?? "unreviewed") === view ? "true" : "false"}
                onClick=${() => setQuery({ view: view === "unreviewed" ? "" : view })}
              >
                ${tOf("view", view)}${
                  view === "unreviewed" && unreviewed != null
                    ? html`
                        ${" "}
                        <b class="num">${unreviewed}</b>
                      `
                    : ""
                }
              </button>
            `,
          )}
        </div>
        <label class="toggle">
          <input
            type="checkbox"
            checked=${query.unread === "1"}
            onChange=${(/** @type {any} */ event) => setQuery({ unread: event.target.checked ? "1" : "" })}
          />
          ${t("review.unread")}${" "}
          <b class="num">${unread ?? ""}</b>
        </label>
        ${
          fresh > 0 &&
          html`
            <button class="button small fresh" onClick=${onFresh}>
              ${t("review.fresh", { n: fresh })}${" "}
              <kbd>r</kbd>
            </button>
          `
        }
        <label class="search grow">
          <${Icon} name="search" size=${17} />
          <span class="for-readers">${t("review.search")}</span>
          <input
            ref=${search}
            class="input"
            type="search"
            value=${text}
            placeholder=${t("review.search-hint")}
            onInput=${(/** @type {any} */ event) => type(event.target.value)}
          />
        </label>
        <button class="button small filters-more" aria-expanded=${more ? "true" : "false"} onClick=${() => setMore(!more)}>
          ${t("review.filters")}${used.length ? ` (${used.length})` : ""}
        </button>
      </div>
      <div class="row filters-rest" data-open=${more ? "yes" : "no"}>
        <${Select}
          label=${t("field.severity")}
          value=${query.severity ?? ""}
          onPick=${set("severity")}
          options=${[any("any.severity"), ...SEVERITIES.map((one) => [one, tOf("severity", one)])]}
        />
        <${Select}
          label=${t("field.provision")}
          value=${query.provision ?? ""}
          onPick=${set("provision")}
          options=${[any("any.provision"), ...(hall.value?.provisions ?? []).map((one) => [one.id, `${one.id} ${titleOf(one)}`])]}
        />
        <${Select}
          label=${t("field.window")}
          value=${query.window ?? ""}
          onPick=${set("window")}
          options=${[any("any.window"), ...(hall.value?.windows ?? []).map((one) => [one.id, one.name])]}
        />
        <${Select}
          label=${t("field.clerk")}
          value=${query.clerk ?? ""}
          onPick=${set("clerk")}
          options=${[any("any.clerk"), ...(hall.value?.clerks ?? []).map((one) => [one.id, `${one.name} ${one.id}`])]}
        />
        <${Select}
          label=${t("field.kind")}
          value=${query.kind ?? ""}
          onPick=${set("kind")}
          options=${[any("any.problem"), ...KINDS.map((one) => [one, tOf("kind", one)]), ["all", t("any.praise-too")]]}
        />
        <${Select}
          label=${t("field.state")}
          value=${query.state ?? ""}
          onPick=${set("state")}
          options=${[any("any.state"), ...STATES.map((one) => [one, tOf("state", one)])]}
        />
        <${Select}
          label=${t("field.period")}
          value=${query.period ?? (query.from ? "days" : "")}
          onPick=${set("period")}
          options=${[any("any.period"), ...Object.keys(PERIODS).map((one) => [one, tOf("period", one)]), ...(query.from ? [["days", `${query.from} – ${query.to ?? ""}`]] : [])]}
        />
        <${Select}
          label=${t("field.order")}
          value=${query.order ?? ""}
          onPick=${set("order")}
          options=${[
            ["", t("order.newest")],
            ["oldest", t("order.oldest")],
            ["severity", t("order.severity")],
          ]}
        />
        ${
          used.length > 0 &&
          html`
            <button class="button ghost small" onClick=${() => setQuery(Object.fromEntries(used.map((name) => [name, ""])))}>
              ${t("review.clear")}
            </button>
          `
        }
      </div>
    </div>
  `;
}
