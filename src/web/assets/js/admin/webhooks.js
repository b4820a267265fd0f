// Where alerts are sent on to, and what became of what was sent.
import { html, useState } from "../vendor.js";
import { Dialog, Empty, Field, Skeleton, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Secret, Sure } from "./dialogs.js";
import { useLoad } from "../ui/load.js";
import { api } from "../api.js";
import { toastError } from "../ui/toast.js";
import { count, dayAndTime } from "../format.js";
import { t, tOf } from "../i18n.js";

const KINDS = ["plain", "wecom", "dingtalk"];
const EVENTS = ["alert", "finding", "review", "appeal", "decision", "gap", "window-state"];

/** @param {{onClose: () => void, onMade: (answer: any) => void}} props */
function Form({ onClose, onMade }) {
  const [events, setEvents] = useState(["alert"]);
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    api.post("/webhooks", { url: form.get("url"), kind: form.get("kind"), events }).then(onMade, setError);
  };
  return html`<${Dialog} title=${t("webhooks.add")} onClose=${onClose}><form class="stack" onSubmit=${submit}><${Field} label=${t("webhooks.url")} hint=${t("webhooks.url-hint")}><input class="input" name="url" type="url" required autofocus /></${Field}>
    <${Field} label=${t("webhooks.kind")}><select class="select" name="kind">${KINDS.map(
      (one) => html`
        <option value=${one}>${tOf("webhook", one)}</option>
      `,
    )}</select></${Field}>
    <fieldset class="scope"><legend class="field-label">${t("webhooks.events")}</legend><div class="scope-list">${EVENTS.map(
      (one) => html`
        <label class="toggle">
          <input
            type="checkbox"
            checked=${events.includes(one)}
            onChange=${() => setEvents(events.includes(one) ? events.filter((each) => each !== one) : [...events, one])}
          />
          ${tOf("event", one)}
        </label>
      `,
    )}</div></fieldset>
    <${Trouble} error=${error} /><div class="row end"><button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button><button class="button primary" disabled=${!events.length}>${t("action.save")}</button></div></form></${Dialog}>`;
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
                <td>${tOf("event", one.event)}</td>
                <td class="time">${one.status ?? "–"}</td>
                <td>${tOf("delivery", one.state)}</td>
                <td class="num muted">${t("webhooks.tries", { n: one.tries })}</td>
                <td class="muted">${one.message ?? ""}</td>
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
                            <b class="mono">${one.url}</b>
                            <span class="muted">
                              ${tOf("webhook", one.kind)}${" · "}
                              ${(one.events ?? []).map((/** @type {string} */ event) => tOf("event", event)).join("、")}
                            </span>
                          </span>
                          <span class="row">
                            <span class="num muted">
                              ${t("webhooks.counts", { done: count(one.delivered), failed: count(one.failed) })}
                            </span>
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
            text=${leaving.url}
            onClose=${() => setLeaving(null)}
            onYes=${() => api.remove(`/webhooks/${leaving.id}`).then(again, toastError)}
          />
        `
      }
    </section>
  `;
}
