// Who is signed in, what hall this is, and what the whole page shares.
import { signal, computed } from "./vendor.js";
import { api, useCsrf, whenSignedOut } from "./api.js";
import { adopt, pref } from "./prefs.js";
import { lang } from "./i18n.js";

/** `undefined` until it is known, `null` when nobody is signed in. */
export const session = signal(/** @type {import("./types.js").Session|null|undefined} */ (undefined));
/** Facts of the hall; `null` until they are read. */
export const hall = signal(/** @type {import("./types.js").Hall|null} */ (null));
/** Why the hall could not be read, a sentence, or empty. */
export const hallTrouble = signal("");
/** "auto", "light" or "dark". */
export const theme = pref("theme", "auto");
/** "on" or "off": whether an alert is heard. */
export const soundOn = pref("sound", "off");
/** Server time less this browser's, in milliseconds. */
export const clockSkewMs = signal(0);
/** The present second by the server's clock, in microseconds; what counts time reads it. */
export const nowUs = signal(Date.now() * 1000);

export const role = computed(() => session.value?.person.role ?? null);

/** The same moment by the server's clock, not rounded. */
export const serverNowUs = () => (Date.now() + clockSkewMs.peek()) * 1000;

/** What each role may open; the server decides, this only spares people closed doors. */
const PAGES = {
  admin: ["/", "/review", "/session", "/scores", "/rules", "/health", "/people"],
  supervisor: ["/", "/review", "/session", "/scores", "/rules", "/health", "/people"],
  reviewer: ["/", "/review", "/session", "/rules"],
  clerk: ["/me"],
  integration: [],
  // A hall that keeps no journal knows no people: whoever comes sees what goes on, and nothing is kept of it.
  guest: ["/", "/health"],
};

/** @param {string} path */
export function mayOpen(path) {
  const pages = /** @type {Record<string, string[]>} */ (PAGES)[role.value ?? ""] ?? [];
  // Whoever has a staff number has a page of their own, whatever else they are.
  return pages.includes(path) || (path === "/me" && session.value?.person.staff != null);
}

/** The page a role begins with. */
export const firstPage = () => (role.peek() === "clerk" ? "/me" : "/");

/** @param {import("./types.js").Session|null} now */
export function signedIn(now) {
  if (!now) {
    session.value = null;
    return;
  }
  useCsrf(now.csrf);
  adopt(now.person.id, { lang: now.lang, sound: now.sound == null ? undefined : now.sound ? "on" : "off" });
  session.value = now;
  void loadHall();
}

export async function loadHall() {
  if (session.peek()?.must_change_password) return;
  try {
    const facts = await api.get("/hall");
    clockSkewMs.value = facts.now_us / 1000 - Date.now();
    hall.value = facts;
    hallTrouble.value = "";
  } catch (error) {
    hallTrouble.value = /** @type {Error} */ (error).message;
  }
}

export async function signOut() {
  await api.remove("/session").catch(() => {});
  session.value = null;
}

/** Kept on the server as well, so that other browsers follow; the page does not wait for it. @param {object} what */
function keep(what) {
  if (session.peek() && role.peek() !== "guest") api.put("/session/settings", what).catch(() => {});
}

/** @param {"zh"|"en"} to */
export function setLang(to) {
  lang.value = to;
  keep({ lang: to });
}

export function switchSound() {
  soundOn.value = soundOn.peek() === "on" ? "off" : "on";
  keep({ sound: soundOn.peek() === "on" });
}

/** Begins: asks who is signed in, and lets the shared clock tick. */
export async function startState() {
  whenSignedOut(() => (session.value = null));
  setInterval(() => (nowUs.value = serverNowUs()), 1000);
  try {
    // Asked by early.js already; asked again only where that failed on the way.
    const early = await /** @type {any} */ (globalThis).sanshengSession?.catch(() => null);
    signedIn(early?.ok ? await early.json() : early?.status === 401 ? null : await api.get("/session"));
  } catch {
    session.value = null;
  }
}

/** @param {string|null|undefined} id */
export function windowName(id) {
  return hall.value?.windows.find((one) => one.id === id)?.name ?? id ?? "";
}
