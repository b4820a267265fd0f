// The frame around every page: navigation, the hall's name, the link to the service, and what a person may switch.
import { html, useEffect, useState } from "./vendor.js";
import { Icon } from "./ui/icon.js";
import { Dialog } from "./ui/parts.js";
import { lang, t, tOf } from "./i18n.js";
import { bindings, helpOpen, useKeys } from "./keys.js";
import { link, load, lostSinceMs, shed } from "./live.js";
import { route, go } from "./router.js";
import { hall, hallTrouble, mayOpen, nowUs, role, session, setLang, signOut, soundOn, switchSound, theme } from "./state.js";
import { clockTime, duration, percent } from "./format.js";
import { beep, soundWaits } from "./alarm.js";

/** Path, name, key after `g`. The name is icon and word at once. */
const PLACES = [
  ["/", "wall", "w"],
  ["/review", "review", "r"],
  ["/session", "session", "s"],
  ["/scores", "scores", "c"],
  ["/rules", "rules", "u"],
  ["/health", "health", "h"],
  ["/me", "me", "m"],
  ["/people", "people", "p"],
];

function Navigation() {
  const here = route.value.path;
  const places = PLACES.filter(([path]) => mayOpen(path));
  // Where there is one place to be, a bar that leads to it is in the way on a phone.
  return html`
    <nav class="rail" aria-label=${t("nav.label")} data-alone=${places.length < 2 ? "yes" : "no"}>
      <a class="brand" href="/" aria-label="三声 Sansheng"><${Icon} name="session" size=${26} /></a>
      ${places.map(
        ([path, name, key]) => html`
          <a class="place" href=${path} aria-current=${here === path ? "page" : null} title=${`${t(`nav.${name}`)} (g ${key})`}>
            <${Icon} name=${name} size=${22} />
            <span>${t(`nav.${name}`)}</span>
          </a>
        `,
      )}
    </nav>
  `;
}

/** Said loudly: what is shown below is not what goes on now. */
function LinkBanner() {
  if (link.value !== "lost") return null;
  const since = Math.max(0, (nowUs.value - lostSinceMs.value * 1000) / 1e6);
  return html`
    <div class="banner" data-tone="bad" role="alert">
      <${Icon} name="warn" size=${20} />
      <strong>${t("link.lost")}</strong>
      <span class="num">${t("link.lost-since", { since: duration(since) })}</span>
    </div>
  `;
}

function LinkBadge() {
  const state = link.value;
  return html`
    <span class="link-badge" data-state=${state} role="status">
      <i aria-hidden="true"></i>
      ${t(`link.${state}`)}
    </span>
  `;
}

/** Words that come late are the ordinary first step, and no reason for alarm. */
const loadText = () => `${shed.value === "none" ? t("wall.load") : tOf("overload", shed.value)} ${percent(load.value)}`;
const isOverloaded = () => shed.value === "context" || shed.value === "unmonitored";

const THEMES = ["auto", "light", "dark"];
const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };

function SoundSwitch() {
  // Any touch of the page is enough; this says so where somebody will look for the sound.
  if (soundWaits.value)
    return html`
      <button
        class="button small sound-waits"
        title=${t("switch.sound-waits")}
        aria-label=${t("switch.sound-waits")}
        onClick=${() => beep("note")}
      >
        <${Icon} name="mute" size=${17} />
        <span class="wide-only">${t("switch.sound-waits")}</span>
      </button>
    `;
  return html`
    <button
      class="button ghost icon-only"
      aria-pressed=${soundOn.value === "on" ? "true" : "false"}
      title=${t("switch.sound")}
      aria-label=${t("switch.sound")}
      onClick=${switchSound}
    >
      <${Icon} name=${soundOn.value === "on" ? "sound" : "mute"} />
    </button>
  `;
}

function Switches() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length];
  return html`
    <div class="switches">
      ${
        role.value !== "clerk" &&
        html`
          <${SoundSwitch} />
        `
      }
      <button
        class="button ghost icon-only"
        title=${t(`theme.${theme.value}`)}
        aria-label=${t(`theme.${theme.value}`)}
        onClick=${() => (theme.value = next)}
      >
        <${Icon} name=${/** @type {any} */ (THEME_ICONS)[theme.value]} />
      </button>
      <button
        class="button ghost lang"
        onClick=${() => setLang(lang.value === "zh" ? "en" : "zh")}
        lang=${lang.value === "zh" ? "en" : "zh-CN"}
      >
        ${lang.value === "zh" ? "EN" : "中文"}
      </button>
      <button
        class="button ghost icon-only wide-only"
        title=${t("switch.keys")}
        aria-label=${t("switch.keys")}
        onClick=${() => (helpOpen.value = true)}
      >
        <${Icon} name="keyboard" />
      </button>
      <${PersonMenu} />
    </div>
  `;
}

function PersonMenu() {
  const [open, setOpen] = useState(false);
  const person = session.value?.person;
  useEffect(() => {
    if (!open) return;
    const close = () => setOpen(false);
    addEventListener("click", close);
    return () => removeEventListener("click", close);
  }, [open]);
  if (!person || person.role === "guest") return null;
  return html`
    <div class="menu-place">
      <button
        class="button ghost person"
        aria-expanded=${open ? "true" : "false"}
        aria-haspopup="menu"
        onClick=${(/** @type {Event} */ e) => (e.stopPropagation(), setOpen(!open))}
      >
        <span class="avatar" aria-hidden="true">${person.name.slice(0, 1)}</span>
        <span class="wide-only">${person.name}</span>
      </button>
      ${
        open &&
        html`
          <div class="menu" role="menu">
            <p class="menu-head">
              <strong>${person.name}</strong>
              <span class="muted">${t(`role.${person.role}`)}${person.staff ? ` · ${person.staff}` : ""}</span>
            </p>
            <a class="menu-item" role="menuitem" href="/sign-in?change=1">
              <${Icon} name="shield" size=${18} />
              ${t("session.change-password")}
            </a>
            <button class="menu-item" role="menuitem" onClick=${signOut}>
              <${Icon} name="out" size=${18} />
              ${t("session.sign-out")}
            </button>
          </div>
        `
      }
    </div>
  `;
}

function TopBar() {
  return html`
    <header class="top">
      <div class="top-name">
        <strong>${hall.value?.hall ?? "三声"}</strong>
        <span class="muted wide-only">${t("app.name")} ${hall.value?.version ?? ""}</span>
      </div>
      <div class="top-facts">
        ${
          role.value !== "clerk" &&
          html`
            <${LinkBadge} />
          `
        }
        ${
          load.value != null &&
          link.value === "live" &&
          html`
            <span class=${isOverloaded() ? "chip overdue" : "num wide-only"} role="status" title=${loadText()}>
              ${loadText()}
            </span>
          `
        }
        <span class="num clock wide-only">${clockTime(nowUs.value)}</span>
      </div>
      <${Switches} />
    </header>
  `;
}

/** All keys that are known where the reader is. */
function Help() {
  if (!helpOpen.value) return null;
  const groups = [...bindings.value]
    .reverse()
    .map((keys) => keys.current.filter((one) => !one.hidden))
    .filter((keys) => keys.length);
  return html`<${Dialog} title=${t("switch.keys")} onClose=${() => (helpOpen.value = false)}>
    <div class="key-groups">${groups.map(
      (keys) => html`
        <dl class="keys">
          ${keys.map(
            (one) => html`
              <div>
                <dt>
                  ${one.key.split(" ").map(
                    (k) => html`
                      <kbd>${tOf("key", k)}</kbd>
                    `,
                  )}
                </dt>
                <dd>${one.label}</dd>
              </div>
            `,
          )}
        </dl>
      `,
    )}</div>
  </${Dialog}>`;
}

/** @param {{children: any}} props */
export function Shell({ children }) {
  useKeys([
    ...PLACES.filter(([path]) => mayOpen(path)).map(([path, name, key]) => ({
      key: `g ${key}`,
      label: t(`nav.${name}`),
      run: () => go(path),
    })),
    ...(role.value === "clerk"
      ? []
      : [{ key: "m", label: t("switch.sound"), run: () => (soundWaits.peek() ? beep("note") : switchSound()) }]),
    { key: "?", label: t("switch.keys"), run: () => (helpOpen.value = !helpOpen.value) },
    // Only while there is something to close: the page has an Escape of its own.
    ...(helpOpen.value ? [{ key: "Escape", label: t("action.close"), hidden: true, run: () => (helpOpen.value = false) }] : []),
  ]);
  return html`
    <div class="shell">
      <a class="skip" href="#main">${t("nav.skip")}</a>
      <${Navigation} />
      <div class="stage">
        <${TopBar} />
        <${LinkBanner} />
        ${
          hallTrouble.value &&
          html`
            <div class="banner" data-tone="bad" role="alert">
              <${Icon} name="warn" size=${20} />
              ${hallTrouble.value}
            </div>
          `
        }
        <main id="main" tabindex="-1">${children}</main>
      </div>
      <${Help} />
    </div>
  `;
}
