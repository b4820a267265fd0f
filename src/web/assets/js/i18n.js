// The two languages. Every text of the pages stands in words.js once, Chinese and English side by side.
import { WORDS } from "./words.js";
import { pref } from "./prefs.js";

/** @typedef {"zh"|"en"} Lang */

/** The language in use. */
export const lang = pref("lang", "zh");

/**
 * The text of a key, with `{name}` filled from `values`.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 * @returns {string}
 */
export function t(key, values) {
  const pair = WORDS[key];
  // A missing text must be seen, and must not take the page down.
  if (!pair) return key;
  const text = pair[lang.value === "en" ? 1 : 0];
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")) : text;
}

/**
 * The text of one value of an enumeration, `group.value`; a value from a newer server is shown as it is.
 * @param {string} group
 * @param {string|null|undefined} value
 */
export function tOf(group, value) {
  if (value == null) return "";
  return WORDS[`${group}.${value}`] ? t(`${group}.${value}`) : value;
}

/**
 * A sentence of the server in the language in use: `name` is English, `name_zh` beside it, where there is one, Chinese.
 * @param {any} thing
 * @param {string} name
 * @returns {string}
 */
export function sentence(thing, name) {
  return (lang.value === "zh" && thing?.[`${name}_zh`]) || thing?.[name] || "";
}

/**
 * The title of a rule or provision in the language in use.
 * @param {{title?: string|null, title_en?: string|null}} thing
 */
export function titleOf(thing) {
  return (lang.value === "en" && thing.title_en) || thing.title || "";
}
