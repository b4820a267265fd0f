// What a person likes: language, theme, sound. Kept in this browser, for each person by themselves.
import { signal, effect } from "./vendor.js";

/** Whose preferences are in use; the empty name is nobody's, before signing in. */
let owner = "";
/** @type {Array<{name: string, value: import("./vendor.js").Signal<string>, fallback: string}>} */
const all = [];

/** @param {string} key */
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows keep nothing: the preference lasts as long as the page.
  }
}

/**
 * A preference as a signal; setting it keeps it.
 * @param {string} name
 * @param {string} fallback
 */
export function pref(name, fallback) {
  const value = signal(read(`sansheng.${name}`) ?? fallback);
  all.push({ name, value, fallback });
  effect(() => {
    // The plain key is the one used last: early.js reads it before anybody is known.
    write(`sansheng.${name}`, value.value);
    if (owner) write(`sansheng.${name}.${owner}`, value.value);
  });
  return value;
}

/**
 * Takes up what this person chose before on this browser, else what the server knows of them.
 * @param {number} id
 * @param {Record<string, string|undefined>} known
 */
export function adopt(id, known) {
  owner = "";
  for (const { name, value } of all) {
    const kept = read(`sansheng.${name}.${id}`) ?? known[name];
    if (kept != null) value.value = kept;
  }
  owner = String(id);
}
