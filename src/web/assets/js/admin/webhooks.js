// Where alerts are sent on to, and what became of what was sent.
import { html, useState } from "../vendor.js";
import { Dialog, Empty, Field, Skeleton, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Secret, Sure } from "./dialogs.js";
import { useLoad } from "../ui/load.js";
import { api } from "../api.js";
import { toastError } from "../ui/toast.js";
import { dayAndTime } from "../format.js";
import { sentence, t, tOf } from "../i18n.js";

const TEMPLATES = ["json", "wecom", "dingtalk"];
const SEVERITIES = ["minor", "major", "critical"];

/** @param {{onClose: () => void, onMade: (answer: any) => void}} props */
function Form({ onClose, onMade }) {
  const [template, setTemplate] = useState("json");
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const given = (/** @type {string} */ name) => String(form.get(name) ?? "").trim() || null;
    api
      .post("/webhooks", {
        name: given("name"),
        url: given("url"),
        template,
        secret: given("secret"),
        severity: given("severity"),
        words: form.get("words") === "on",
        ca: given("ca"),
      })
      .then(onMade, setError);
  };
  return html`<${Dialog} title=${t("webhooks.add")} onClose=${onClose}><form class="stack" onSubmit=${submit}><${Field} label=${t("webhooks.name")}><input class="input" name="name" maxlength="64" required autofocus /></${Field}>
    <${Field} label=${t("webhooks.template")}><select class="select" value=${template} onChange=${(/** @type {any} */ event) => setTemplate(event.target.value)}>${TEMPLATES.map(
      (one) => html`
        <option value=${one}>${tOf("webhook", one)}</option>
      `,
    )}</select></${Field}>
    <${Field} label=${t("webhooks.url")} hint=${t("webhooks.url-hint")}><input class="input" name="url" type="url" required /></${Field}>
    ${template === "dingtalk" && html`<${Field} label=${t("webhooks.secret")} hint=${t("webhooks.secret-hint")}><input class="input" name="secret" autocomplete="off" required /></${Field}>`}
    <${Field} label=${t("webhooks.severity")}><select class="select" name="severity"><option value="">${t("webhooks.all")}</option>${SEVERITIES.map(
      (one) => html`
        <option value=${one}>${t("webhooks.from", { severity: tOf("severity", one) })}</option>
      `,
    )}</select></${Field}>
    <label class="toggle"><input type="checkbox" name="words" />${t("webhooks.words")}</label>
    ${template === "json" && html`<${Field} label=${t("webhooks.ca")} hint=${t("webhooks.ca-hint")}><textarea class="textarea mono" name="ca" rows="3" spellcheck="false" placeholder="-----BEGIN CERTIFICATE-----"></textarea></${Field}>`}
    <${Trouble} error=${error} /><div class="row end"><button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button><button class="button primary">${t("action.save")}</button></div></form></${Dialog}>`;
}

/** @param {{id: number}} props */
function Deliveries({ id }) {
  const { data, error } = useLoad(`/webhooks/${id}/deliveries`, {}, { everyMs: 5000 });
  if (error)
    return html`
      <${Trouble} error=${error} />
    `;
  return html`
    <div class="table-scroll">
      <table>
        <tbody>
          ${(data?.items ?? data ?? []).map(
            (/** @type {any} */ one) => html`
              <tr>
                <td class="time">${dayAndTime(one.at_us)}</td>
                <td class="time">${one.status ?? "–"}</td>
                <td>${tOf("delivery", one.outcome)}</td>
                <td class="num muted">${t("webhooks.tries", { n: one.tries })}</td>
                <td class="muted">${sentence(one, "problem")}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

export function Webhooks() {
  const { data, error, again } = useLoad("/webhooks");
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState(/** @type {any} */ (null));
  const [leaving, setLeaving] = useState(/** @type {any} */ (null));
  const [open, setOpen] = useState(/** @type {number|null} */ (null));
  const hooks = data?.items ?? data ?? [];
  return html`
    <section class="panel stack">
      <div class="row apart">
        <h2>${t("webhooks.title")}</h2>
        <button class="button primary" onClick=${() => setAdding(true)}>
          <${Icon} name="plus" size=${17} />
          ${t("webhooks.add")}
        </button>
      </div>
      <p class="muted">${t("webhooks.lead")}</p>
      <${Trouble} error=${error} retry=${again} />
      ${
        !data
          ? html`
              <${Skeleton} />
            `
          : hooks.length
            ? html`
                <ul class="stack">
                  ${hooks.map(
                    (/** @type {any} */ one) => html`
                      <li class="hook">
                        <div class="row apart">
                          <span class="stack close">
                            <b>${one.name}</b>
                            <span class="mono">${one.url}</span>
                            <span class="muted">
                              ${tOf("webhook", one.template)}${" · "}
                              ${one.severity ? t("webhooks.from", { severity: tOf("severity", one.severity) }) : t("webhooks.all")}
                              ${one.words ? ` · ${t("webhooks.with-words")}` : ""}${one.private_ca ? ` · ${t("webhooks.private-ca")}` : ""}
                            </span>
                          </span>
                          <span class="row">
                            <button
                              class="button small"
                              aria-expanded=${open === one.id ? "true" : "false"}
                              onClick=${() => setOpen(open === one.id ? null : one.id)}
                            >
                              ${t("webhooks.deliveries")}
                            </button>
                            <button class="button small danger" onClick=${() => setLeaving(one)}>${t("action.remove")}</button>
                          </span>
                        </div>
                        ${
                          open === one.id &&
                          html`
                            <${Deliveries} id=${one.id} />
                          `
                        }
                      </li>
                    `,
                  )}
                </ul>
              `
            : html`
                <${Empty} icon="link" title=${t("webhooks.none")} />
              `
      }
      ${
        adding &&
        html`
          <${Form}
            onClose=${() => setAdding(false)}
            onMade=${(/** @type {any} */ made) => {
              setAdding(false);
              again();
              if (made?.secret) setSecret({ title: t("webhooks.secret"), value: made.secret });
            }}
          />
        `
      }
      ${
        secret &&
        html`
          <${Secret} ...${secret} onClose=${() => setSecret(null)} />
        `
      }${
        leaving &&
        html`
          <${Sure}
            title=${t("webhooks.sure")}
            text=${`${leaving.name} · ${leaving.url}`}
            onClose=${() => setLeaving(null)}
            onYes=${() => api.remove(`/webhooks/${leaving.id}`).then(again, toastError)}
          />
        `
      }
    </section>
  `;
}
