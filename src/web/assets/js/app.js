// Begins. In: the address. Out: the page that belongs to it.
import { html, render, effect, useEffect, useState, useErrorBoundary } from "./vendor.js";
import { lang, t, tOf } from "./i18n.js";
import { startKeys } from "./keys.js";
import { startLive, stopLive } from "./live.js";
import { route, startRouter, go } from "./router.js";
import { firstPage, mayOpen, session, startState, theme } from "./state.js";
import { Shell } from "./shell.js";
import { Empty, Trouble } from "./ui/parts.js";
import { Toasts } from "./ui/toast.js";
import { SignIn } from "./pages/sign-in.js";
import { startAlarm } from "./alarm.js";

/** The wall comes with the frame; the others when they are first opened. */
const PAGES = {
  "/": () => import("./pages/wall.js"),
  "/review": () => import("./pages/review.js"),
  "/session": () => import("./pages/session.js"),
  "/scores": () => import("./pages/scores.js"),
  "/rules": () => import("./pages/rules.js"),
  "/health": () => import("./pages/health.js"),
  "/me": () => import("./pages/me.js"),
  "/people": () => import("./pages/people.js"),
};

/** @param {{path: string}} props */
function Page({ path }) {
  const [page, setPage] = useState(/** @type {{path: string, View: any}|null} */ (null));
  const [error, reset] = useErrorBoundary();
  const [missing, setMissing] = useState(/** @type {Error|null} */ (null));
  useEffect(() => {
    setMissing(null);
    if (error) reset();
    const load = /** @type {Record<string, () => Promise<any>>} */ (PAGES)[path];
    load?.().then((module) => setPage({ path, View: module.default }), setMissing);
  }, [path]);
  if (error || missing)
    return html`
      <${Trouble} error=${new Error(t("error.page", { what: (error ?? missing)?.message }))} retry=${() => location.reload()} />
    `;
  if (!(path in PAGES))
    return html`
      <${Empty} icon="question" title=${t("error.no-page")} />
    `;
  if (!mayOpen(path))
    return html`
      <${Empty} icon="shield" title=${t("error.not-for-you")} />
    `;
  return page?.path === path
    ? html`
        <${page.View} />
      `
    : null;
}

function App() {
  const now = session.value;
  const { path, query } = route.value;
  if (now === undefined) return null;
  if (!now || now.must_change_password || path === "/sign-in")
    return html`
      <${SignIn} change=${!!now && (now.must_change_password || query.change === "1")} />
      <${Toasts} />
    `;
  return html`<${Shell}><${Page} path=${path} /></${Shell}><${Toasts} />`;
}

effect(() => {
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
effect(() => {
  document.documentElement.lang = lang.value === "en" ? "en" : "zh-CN";
  const { path } = route.value;
  document.title = `${tOf("nav", path.slice(1) || "wall")} · ${t("app.name")}`;
});
effect(() => {
  const now = session.value;
  // A clerk follows no wall: their page reads what is theirs when it is opened.
  if (now && !now.must_change_password && now.person.role !== "clerk") startLive();
  else stopLive();
  if (now && !now.must_change_password && route.peek().path === "/" && firstPage() !== "/") go(firstPage(), {}, true);
});

startRouter();
startKeys();
startAlarm();
void startState().then(() =>
  render(
    html`
      <${App} />
    `,
    /** @type {Element} */ (document.getElementById("app")),
  ),
);
