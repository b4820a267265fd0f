// The charts, in the colours of the theme. ECharts is fetched when the first one is shown.
import { html, useEffect, useRef } from "../vendor.js";
import { theme } from "../state.js";
import { addDays } from "../format.js";
import { lang, t } from "../i18n.js";

/** @type {Promise<typeof import("../../vendor/echarts.js")>|null} */
let library = null;

/**
 * @param {{option: (colour: (name: string) => string) => any, label: string, onPick?: (at: any) => void, tall?: boolean}} props
 */
export function Chart({ option, label, onPick, tall }) {
  const box = useRef();
  const chart = useRef(/** @type {import("../../vendor/echarts.js").Chart|null} */ (null));
  const pick = useRef(onPick);
  pick.current = onPick;
  useEffect(() => {
    let gone = false;
    library ??= import("../../vendor/echarts.js");
    library.then(({ init }) => {
      if (gone) return;
      chart.current = init(box.current, null, { renderer: "canvas" });
      chart.current.on("click", (/** @type {any} */ at) => pick.current?.(at));
      draw();
    });
    const watch = new ResizeObserver(() => chart.current?.resize());
    watch.observe(box.current);
    return () => {
      gone = true;
      watch.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);
  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("ink-2") },
        aria: { enabled: true },
        ...option(colour),
      },
      true,
    );
  };
  useEffect(draw, [option, theme.value, lang.value]);
  return html`
    <div class=${tall ? "chart tall" : "chart"} ref=${box} role="img" aria-label=${label}></div>
  `;
}

/** Drawn on the canvas: a tooltip of elements would need inline styles. @param {(name: string) => string} colour */
export const tooltip = (colour) => ({
  renderMode: "richText",
  confine: true,
  backgroundColor: colour("surface"),
  borderColor: colour("line-strong"),
  textStyle: { color: colour("ink"), fontSize: 13 },
});

/** @param {(name: string) => string} colour */
export const axis = (colour) => ({
  axisLine: { lineStyle: { color: colour("line-strong") } },
  axisTick: { show: false },
  axisLabel: { color: colour("ink-3"), fontSize: 12 },
  splitLine: { lineStyle: { color: colour("line") } },
});

/** A trend shows at least so many days, a heat map so many hours: one alone says nothing of its neighbours. */
const DAYS_MIN = 7;
const HOURS_MIN = 9;

/**
 * Each day from the first that anything is known of to the last that was asked for, those without data as well.
 * @param {import("../types.js").Scores} scores
 * @returns {import("../types.js").Scores["days"]}
 */
export function everyDay({ days, from, to }) {
  if (!days.length) return days;
  const known = new Map(days.map((one) => [one.day, one]));
  const least = addDays(to, 1 - DAYS_MIN);
  const first = [from, days[0].day < least ? days[0].day : least].sort()[1];
  const all = [];
  for (let day = first; day <= to; day = addDays(day, 1))
    all.push(known.get(day) ?? { day, score: null, coverage: null, findings: 0, shifts: 0 });
  return all;
}

/** Hours of the day from the first to the last that anything was heard in, and enough beside them. @param {number[]} heard */
export function everyHour(heard) {
  const n = Math.max(HOURS_MIN, Math.max(...heard) - Math.min(...heard) + 1);
  const first = Math.min(Math.min(...heard), 24 - n);
  return Array.from({ length: n }, (_, at) => first + at);
}

/** Score and coverage, day by day. @param {import("../types.js").Scores["days"]} days */
export const trend = (days) => (/** @type {(name: string) => string} */ colour) => {
  const scored = days.map((one) => one.score).filter((one) => one != null);
  const least = Math.max(0, Math.floor(Math.min(...scored, 98)) - 2);
  return {
    grid: { left: 44, right: 50, top: 30, bottom: 26 },
    tooltip: {
      trigger: "axis",
      ...tooltip(colour),
      valueFormatter: (/** @type {number|null} */ value) => (value == null ? "–" : value.toFixed(1)),
    },
    xAxis: { type: "category", data: days.map((one) => one.day.slice(5)), ...axis(colour) },
    yAxis: [
      { type: "value", min: least, max: 100, name: t("scores.score"), nameTextStyle: { color: colour("ink-3") }, ...axis(colour) },
      {
        type: "value",
        min: 0,
        max: 100,
        name: t("scores.coverage"),
        nameTextStyle: { color: colour("ink-3") },
        ...axis(colour),
        splitLine: { show: false },
        axisLabel: { formatter: "{value} %", color: colour("ink-3") },
      },
    ],
    series: [
      // Days without a score leave a hole in the line: they were not bad, there was nothing to say.
      {
        name: t("scores.score"),
        type: "line",
        data: days.map((one) => one.score),
        symbolSize: 7,
        lineStyle: { width: 2.5 },
        color: colour("accent"),
        connectNulls: false,
        z: 3,
      },
      {
        name: t("scores.coverage"),
        type: "bar",
        yAxisIndex: 1,
        data: days.map((one) => (one.coverage == null ? null : one.coverage * 100)),
        color: colour("line-strong"),
        itemStyle: { opacity: 0.5 },
        barMaxWidth: 18,
      },
    ],
  };
};

/**
 * Findings by window and hour of day.
 * @param {import("../types.js").Scores["heat"]} heat @param {(id: string) => string} name
 */
export const heatMap = (heat, name) => (/** @type {(name: string) => string} */ colour) => {
  const hours = everyHour(heat.map((one) => one.hour));
  const windows = [...new Set(heat.map((one) => one.window))].reverse();
  const most = Math.max(4, ...heat.map((one) => one.findings));
  return {
    grid: { left: 112, right: 10, top: 6, bottom: 54 },
    tooltip: {
      ...tooltip(colour),
      formatter: (/** @type {any} */ at) =>
        t("scores.heat-cell", {
          window: name(windows[at.data.value[1]]),
          hour: hours[at.data.value[0]],
          n: at.data.value[2],
          heard: at.data.heard,
        }),
    },
    xAxis: { type: "category", data: hours.map((one) => `${one}:00`), ...axis(colour), splitArea: { show: false } },
    yAxis: {
      type: "category",
      data: windows.map(name),
      ...axis(colour),
      axisLabel: { color: colour("ink-2"), fontSize: 12, width: 100, overflow: "truncate" },
    },
    visualMap: {
      min: 0,
      max: most,
      calculable: false,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 90,
      itemWidth: 12,
      text: [String(most), "0"],
      textStyle: { color: colour("ink-3") },
      inRange: { color: [colour("surface"), colour("bad-soft"), colour("bad")] },
    },
    // What was not heard is not a quiet hour: it is left out.
    series: [
      {
        type: "heatmap",
        data: heat
          .filter((one) => one.heard_h > 0)
          .map((one) => ({
            value: [hours.indexOf(one.hour), windows.indexOf(one.window), one.findings],
            heard: one.heard_h.toFixed(1),
            window: one.window,
            hour: one.hour,
            // Dark on the paler half, pale on the darker: either can be read.
            label: { color: colour(one.findings > most * 0.8 ? "surface" : "ink") },
          })),
        label: { show: true, fontSize: 11, formatter: (/** @type {any} */ at) => at.data.value[2] || "" },
        itemStyle: { borderColor: colour("line"), borderWidth: 1 },
        emphasis: { itemStyle: { borderColor: colour("ink"), borderWidth: 2 } },
      },
    ],
  };
};
