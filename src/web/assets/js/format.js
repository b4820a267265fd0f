// Numbers and times as people read them. Times are the hall's, wherever the browser is.
import { hall } from "./state.js";
import { lang, t } from "./i18n.js";

const zone = () => hall.value?.zone ?? "Asia/Shanghai";
const locale = () => (lang.value === "en" ? "en-GB" : "zh-CN");

/** Formatters are slow to make and are asked for by the thousand. */
const made = new Map();
/** @param {Intl.DateTimeFormatOptions} how */
function formatter(how) {
  const key = JSON.stringify([how, locale(), zone()]);
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(locale(), { ...how, timeZone: zone(), hourCycle: "h23" }));
  return /** @type {Intl.DateTimeFormat} */ (made.get(key));
}

/** @param {number} us */
export const clockTime = (us) => formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(us / 1000);
/** @param {number} us */
export const hourMinute = (us) => formatter({ hour: "2-digit", minute: "2-digit" }).format(us / 1000);
/** @param {number} us */
export const dayAndTime = (us) =>
  formatter({ month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(us / 1000);

/** As short as it can be understood: without the day where it is today. @param {number} us */
export const shortTime = (us) =>
  dayOf(us) === dayOf(Date.now() * 1000)
    ? clockTime(us)
    : formatter({ month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).format(us / 1000);

/** The day of the hall, `YYYY-MM-DD`. @param {number} us */
export function dayOf(us) {
  const key = `day ${zone()}`;
  if (!made.has(key))
    made.set(key, new Intl.DateTimeFormat("en-CA", { timeZone: zone(), year: "numeric", month: "2-digit", day: "2-digit" }));
  return made.get(key).format(us / 1000);
}

/** A day with its weekday. @param {string} day */
export function dayName(day) {
  return formatter({ month: "numeric", day: "numeric", weekday: "short" }).format(dayStartUs(day) / 1000 + 43_200_000);
}

/** How far the hall's clock is from UTC at a moment. @param {number} ms */
function offsetMs(ms) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone(),
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(ms);
  const of = (/** @type {string} */ type) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - Math.floor(ms / 1000) * 1000;
}

/** Midnight of a day of the hall. @param {string} day `YYYY-MM-DD` */
export function dayStartUs(day) {
  return localUs(`${day}T00:00:00`);
}

/** A moment of the hall's clock. @param {string} text `YYYY-MM-DDTHH:MM[:SS]` */
export function localUs(text) {
  const asUtc = Date.parse(`${text}${text.length === 16 ? ":00" : ""}Z`);
  // Twice, since the offset may change between the two (summer time).
  const guess = asUtc - offsetMs(asUtc);
  return (asUtc - offsetMs(guess)) * 1000;
}

/** What a datetime-local field wants. @param {number} us */
export const localText = (us) => `${dayOf(us)}T${formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(us / 1000)}`;

/** @param {string} day @param {number} by */
export const addDays = (day, by) => new Date(Date.parse(`${day}T12:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);

/** 02:14, or 1:02:14. @param {number} s */
export function duration(s) {
  const whole = Math.max(0, Math.floor(s));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return h ? `${h}:${two(m)}:${two(whole % 60)}` : `${two(m)}:${two(whole % 60)}`;
}

/** A long stretch in the two units that matter. @param {number} s */
export function longDuration(s) {
  const [d, h, m] = [Math.floor(s / 86_400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  return d ? t("unit.days", { d, h }) : h ? t("unit.hours", { h, m }) : t("unit.minutes", { m });
}

/** @param {number|null|undefined} s */
export const seconds = (s, digits = 1) => (s == null ? "–" : `${s.toFixed(digits)} s`);
/** @param {number|null|undefined} share */
export const percent = (share, digits = 0) => (share == null ? "–" : `${(share * 100).toFixed(digits)} %`);
/** @param {number|null|undefined} value */
export const score = (value) => (value == null ? "–" : value.toFixed(1));
/** @param {number|null|undefined} n */
export const count = (n) => (n == null ? "–" : n.toLocaleString("en-US"));

/** @param {number|null|undefined} bytes */
export function size(bytes) {
  if (bytes == null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  let value = bytes;
  while (value >= 1024 && at < units.length - 1) [value, at] = [value / 1024, at + 1];
  return `${value.toFixed(value < 10 && at ? 1 : 0)} ${units[at]}`;
}
