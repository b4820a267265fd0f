// Which page is shown. The address is the truth: whatever can be linked to stands in it.
import { signal } from "./vendor.js";

/** @typedef {{path: string, query: Record<string, string>}} Route */

/** @returns {Route} */
function read() {
  const path = location.pathname.replace(/\/+$/, "") || "/";
  return { path, query: Object.fromEntries(new URLSearchParams(location.search)) };
}

/** The page and its query. */
export const route = signal(read());

/**
 * The address of a page; what is empty is left out.
 * @param {string} path
 * @param {Record<string, unknown>} [query]
 */
export function href(path, query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== "" && value != null && value !== false);
  const text = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/**
 * Goes to a page. `replace` where the step is not worth a Back of its own.
 * @param {string} path
 * @param {Record<string, unknown>} [query]
 * @param {boolean} [replace]
 */
export function go(path, query, replace = false) {
  const to = href(path, query);
  if (to === location.pathname + location.search) return;
  const from = location.pathname;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  route.value = read();
  if (location.pathname === from) return;
  // Another page begins at its top, and whoever reads with the keyboard or by ear is taken into it.
  scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
}

/**
 * Changes some of the query of the page that is shown.
 * @param {Record<string, unknown>} changes
 * @param {boolean} [replace]
 */
export function setQuery(changes, replace = true) {
  go(route.peek().path, { ...route.peek().query, ...changes }, replace);
}

/** Follows Back, Forward and every plain click on a link of these pages. */
export function startRouter() {
  addEventListener("popstate", () => (route.value = read()));
  document.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname.startsWith("/api/") || url.pathname.startsWith("/assets/")) return;
    // Within the page that is shown the browser knows the way.
    if (url.hash && url.pathname === location.pathname) return;
    event.preventDefault();
    go(url.pathname, Object.fromEntries(url.searchParams));
  });
}
