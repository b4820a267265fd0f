// Signing in, and choosing a new password where one is due.
import { html, useState } from "../vendor.js";
import { Field, Trouble } from "../ui/parts.js";
import { toast } from "../ui/toast.js";
import { api, Problem } from "../api.js";
import { go } from "../router.js";
import { firstPage, session, setLang, signedIn } from "../state.js";
import { lang, t } from "../i18n.js";

/** Beside this module, whatever version stands in the address. */
const ICON = new URL("../../icon.svg", import.meta.url).href;
/** Shorter ones are refused by the server as well. */
const PASSWORD_MIN = 10;

/** @param {SubmitEvent} event @returns {Record<string, string>} */
const valuesOf = (event) => /** @type {any} */ (Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target))));

function Enter() {
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  const [busy, setBusy] = useState(false);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      signedIn(await api.post("/session", valuesOf(event)));
      if (location.pathname === "/sign-in") go(firstPage(), {}, true);
    } catch (refused) {
      const wait = refused instanceof Problem && refused.retryAfterS;
      setError(wait ? new Error(t("session.wait", { s: wait })) : /** @type {Error} */ (refused));
    } finally {
      setBusy(false);
    }
  };
  return html`<form onSubmit=${submit}>
    <${Field} label=${t("session.name")}><input class="input" name="name" autocomplete="username" required autofocus /></${Field}>
    <${Field} label=${t("session.password")}><input class="input" name="password" type="password" autocomplete="current-password" required /></${Field}>
    <${Trouble} error=${error} />
    <button class="button primary" disabled=${busy}>${t("session.sign-in")}</button></form>`;
}

function Change() {
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  const forced = session.value?.must_change_password;
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const { old, fresh, again } = valuesOf(event);
    if (fresh !== again) return setError(new Error(t("session.not-the-same")));
    try {
      await api.put("/session/password", { old, new: fresh });
      // Read anew: the server may have ended every other session and given another token.
      signedIn(await api.get("/session"));
      toast(t("session.changed"), { tone: "good" });
      go(firstPage(), {}, true);
    } catch (refused) {
      setError(/** @type {Error} */ (refused));
    }
  };
  return html`<form onSubmit=${submit}>
    ${
      forced &&
      html`
        <p>${t("session.must-change")}</p>
      `
    }
    <${Field} label=${t("session.old-password")}><input class="input" name="old" type="password" autocomplete="current-password" required autofocus /></${Field}>
    <${Field} label=${t("session.new-password")} hint=${t("session.password-hint", { n: PASSWORD_MIN })}><input class="input" name="fresh" type="password" autocomplete="new-password" minlength=${PASSWORD_MIN} required /></${Field}>
    <${Field} label=${t("session.again")}><input class="input" name="again" type="password" autocomplete="new-password" minlength=${PASSWORD_MIN} required /></${Field}>
    <${Trouble} error=${error} />
    <button class="button primary">${t("session.change-password")}</button>
    ${
      !forced &&
      html`
        <button type="button" class="button" onClick=${() => history.back()}>${t("action.cancel")}</button>
      `
    }</form>`;
}

/** @param {{change: boolean}} props */
export function SignIn({ change }) {
  return html`
    <main class="sign-in" id="main">
      <div class="sign-in-box panel">
        <div class="sign-in-name">
          <img src=${ICON} alt="" />
          <div class="grow">
            <h1>${t("app.name")}</h1>
            <p class="muted">${t("app.motto")}</p>
          </div>
          <button class="button ghost lang" onClick=${() => setLang(lang.value === "zh" ? "en" : "zh")}>
            ${lang.value === "zh" ? "EN" : "中文"}
          </button>
        </div>
        ${
          change
            ? html`
                <${Change} />
              `
            : html`
                <${Enter} />
              `
        }
      </div>
    </main>
  `;
}
