// One window on the wall. Each part reads what it shows and nothing else, so that a moving level draws one bar anew and
// leaves the words, the chips and the other windows alone.
import { html, useComputed, useSignalEffect, useRef } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { shownUs, windowSignal } from "../live.js";
import { href } from "../router.js";
import { duration, percent, score, seconds } from "../format.js";
import { sentence, t } from "../i18n.js";

/** @typedef {import("../types.js").WindowLive} WindowLive */
/** @typedef {{live: import("../vendor.js").Signal<WindowLive>}} Props */

/** Levels are drawn from silence at this many dB below full scale to full scale. */
const QUIET_DBFS = -60;
/** Behind by less than this is not worth a word. */
const LAG_SHOWN_S = 2;

/**
 * What a window is doing, in one word of the vocabulary `wall.*`.
 * @param {WindowLive} one
 */
function doing(one) {
  if (one.state === "starting") return "starting";
  if (one.state === "ended") return "unmonitored";
  const clerk = one.microphones.find((microphone) => microphone.role === "clerk") ?? one.microphones[0];
  if (!clerk) return "unmonitored";
  if (one.state !== "live" || clerk.state === "down") return "down";
  if (!one.encounter) return "idle";
  return one.encounter.kind === "telephone" ? "phone" : "counter";
}

const DOING_ICONS = { idle: "minus", counter: "me", phone: "phone", down: "warn", unmonitored: "mute", starting: "dots" };

/** @param {Props} props */
function State({ live }) {
  const state = useComputed(() => doing(live.value));
  const since = useComputed(() => live.value.encounter?.since_us ?? 0);
  const clock = useComputed(() =>
    since.value && (state.value === "counter" || state.value === "phone") ? duration((shownUs.value - since.value) / 1e6) : "",
  );
  const lag = useComputed(() => (live.value.lag_s >= LAG_SHOWN_S ? t("wall.lag", { s: seconds(live.value.lag_s) }) : ""));
  return html`
    <span class="window-now">
      <span class="window-state" data-doing=${state.value}>
        <${Icon} name=${/** @type {any} */ (DOING_ICONS)[state.value]} size=${18} />
        <span>${t(`wall.${state.value}`)}</span>
        ${" "}
        <span class="num">${clock}</span>
      </span>
      <span class="num window-lag" data-tone="bad">${lag}</span>
    </span>
  `;
}

/** @param {Props & {role: string}} props */
function Meter({ live, role }) {
  const bar = useRef();
  const dot = useRef();
  useSignalEffect(() => {
    const microphone = live.value.microphones.find((one) => one.role === role);
    if (!bar.current) return;
    bar.current.parentElement.parentElement.dataset.absent = microphone ? "no" : "yes";
    const share = microphone?.level_dbfs == null ? 0 : Math.max(0, Math.min(1, 1 - microphone.level_dbfs / QUIET_DBFS));
    // Only the transform, and only where it changes: nothing is laid out again. (A layer for each bar, by `will-change`, costs a
    // machine without graphics hardware nearly twice the processor time.)
    const to = `scaleX(${share.toFixed(2)})`;
    if (bar.current.style.transform !== to) bar.current.style.transform = to;
    const speaking = microphone?.speaking ? "yes" : "no";
    if (dot.current.dataset.speaking !== speaking) dot.current.dataset.speaking = speaking;
  });
  return html`
    <span class="meter" data-role=${role}>
      <i class="speaking" ref=${dot} title=${t(`role.${role}`)}></i>
      <span class="meter-track"><span class="meter-fill" ref=${bar}></span></span>
    </span>
  `;
}

/** @param {Props} props */
function Words({ live }) {
  const words = useComputed(() => live.value.words);
  const tentative = useComputed(() => live.value.tentative);
  const trouble = useComputed(() => (live.value.state === "live" ? "" : sentence(live.value, "reason")));
  const quiet = useComputed(() => !live.value.encounter && !live.value.words && !live.value.tentative);
  const served = useComputed(() => live.value.encounters_today);
  if (trouble.value)
    return html`
      <p class="window-words trouble-words" title=${trouble.value}>${trouble.value}</p>
    `;
  if (quiet.value)
    return html`
      <p class="window-words quiet-words">${served.value > 0 ? t("wall.served", { n: served.value }) : ""}</p>
    `;
  // The newest words stand at the end; what is too long loses its beginning.
  return html`
    <p class="window-words" lang="zh-CN">
      <span>
        <span class="settled">${words}</span>
        <span class="tentative">${tentative}</span>
      </span>
    </p>
  `;
}

const OWED_ICONS = { heard: "check", missing: "cross", unknown: "question", pending: "dots" };

/** @param {Props & {of: "greeted"|"wait"|"farewell"}} props */
function Owed({ live, of }) {
  const value = useComputed(() => live.value.encounter?.[of] ?? "none");
  const name = t(`owed.${of}`);
  return html`
    <span class="owed-chip" data-owed=${value.value} title=${`${name}: ${t(`owed.${value.value}`)}`}>
      <span class="owed-mark">
        ${
          value.value !== "none" &&
          html`
            <${Icon} name=${/** @type {any} */ (OWED_ICONS)[value.value]} size=${14} />
          `
        }
      </span>
      ${name}
      <span class="for-readers">${t(`owed.${value.value}`)}</span>
    </span>
  `;
}

/** @param {Props} props */
function Foot({ live }) {
  const clerk = useComputed(() => live.value.clerk?.name ?? t("wall.nobody"));
  const value = useComputed(() => score(live.value.score?.value));
  const worst = useComputed(() =>
    live.value.score && live.value.score.at_worst !== live.value.score.value
      ? t("wall.at-worst", { score: score(live.value.score.at_worst) })
      : "",
  );
  const coverage = useComputed(() => percent(live.value.coverage));
  const alerts = useComputed(() => live.value.alerts);
  return html`
    <footer class="window-foot">
      <span class="foot-clerk">
        <${Icon} name="me" size=${15} />
        <span>${clerk}</span>
      </span>
      <span class="foot-score" title=${t("wall.score")}>
        <b class="num">${value}</b>
        ${" "}
        <small class="num">${worst}</small>
      </span>
      <span class="num foot-coverage" title=${t("wall.coverage")}>
        <${Icon} name="sound" size=${15} />
        <span class="for-readers">${t("wall.coverage")}</span>
        ${coverage}
      </span>
      <span class="foot-alerts num" data-some=${alerts.value > 0 ? "yes" : "no"} title=${t("wall.alerts-today")}>
        <${Icon} name="bell" size=${15} />
        ${alerts}
      </span>
    </footer>
  `;
}

/** @param {{id: string}} props */
export function Card({ id }) {
  const live = windowSignal(id);
  const name = useComputed(() => live.value.name);
  const alerts = useComputed(() => (live.value.alerts > 0 ? "yes" : "no"));
  const state = useComputed(() => doing(live.value));
  // "1号窗口 社保经办" is a number to look for and a word to read.
  const [first, ...rest] = name.value.split(/\s+/);
  return html`
    <article class="window" data-doing=${state.value} data-alerts=${alerts.value}>
      <header class="window-head">
        <a class="window-name" href=${href("/session", { window: id })}>
          <b>${first}</b>
          <span>${rest.join(" ")}</span>
        </a>
        <${State} live=${live} />
      </header>
      <div class="meters">
        <${Meter} live=${live} role="clerk" />
        <${Meter} live=${live} role="visitor" />
      </div>
      <${Words} live=${live} />
      <div class="owed-row">
        <${Owed} live=${live} of="greeted" />
        <${Owed} live=${live} of="wait" />
        <${Owed} live=${live} of="farewell" />
      </div>
      <${Foot} live=${live} />
    </article>
  `;
}
