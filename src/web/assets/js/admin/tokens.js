// What other programs sign in with: the queue system, the telephone exchange.
import { html, useState } from "../vendor.js";
import { Empty, Skeleton, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Secret, Sure } from "./dialogs.js";
import { useLoad } from "../ui/load.js";
import { api } from "../api.js";
import { toastError } from "../ui/toast.js";
import { dayAndTime } from "../format.js";
import { t } from "../i18n.js";

export function Tokens() {
  const { data, error, again } = useLoad("/tokens");
  const [name, setName] = useState("");
  const [secret, setSecret] = useState(/** @type {any} */ (null));
  const [leaving, setLeaving] = useState(/** @type {any} */ (null));
  const tokens = data?.items ?? data ?? [];
  const add = (/** @type {Event} */ event) => {
    event.preventDefault();
    api.post("/tokens", { name: name.trim() }).then((made) => {
      setName("");
      setSecret({ title: made.name ?? name, value: made.token });
      again();
    }, toastError);
  };
  return html`
    <section class="panel stack">
      <h2>${t("tokens.title")}</h2>
      <p class="muted">${t("tokens.lead")}</p>
      <${Trouble} error=${error} retry=${again} />
      <form class="row" onSubmit=${add}>
        <input
          class="input"
          required
          placeholder=${t("tokens.name")}
          aria-label=${t("tokens.name")}
          value=${name}
          onInput=${(/** @type {any} */ event) => setName(event.target.value)}
        />
        <button class="button primary">
          <${Icon} name="plus" size=${17} />
          ${t("tokens.add")}
        </button>
      </form>
      ${
        !data
          ? html`
              <${Skeleton} />
            `
          : tokens.length
            ? html`
                <div class="table-scroll">
                  <table>
                    <thead>
                      <tr>
                        <th>${t("tokens.name")}</th>
                        <th>${t("tokens.created")}</th>
                        <th>${t("tokens.used")}</th>
                        <th></th>
                      </tr>
                    </thead>
                    <tbody>
                      ${tokens.map(
                        (/** @type {any} */ one) => html`
                          <tr>
                            <td><b>${one.name}</b></td>
                            <td class="time">${one.created_us ? dayAndTime(one.created_us) : "–"}</td>
                            <td class="time">${one.last_seen_us ? dayAndTime(one.last_seen_us) : t("people.never")}</td>
                            <td>
                              <span class="row end">
                                <button class="button small danger" onClick=${() => setLeaving(one)}>${t("action.remove")}</button>
                              </span>
                            </td>
                          </tr>
                        `,
                      )}
                    </tbody>
                  </table>
                </div>
              `
            : html`
                <${Empty} icon="shield" title=${t("tokens.none")} />
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
            title=${t("tokens.sure", { name: leaving.name })}
            text=${t("tokens.sure-text")}
            onClose=${() => setLeaving(null)}
            onYes=${() => api.remove(`/tokens/${leaving.id}`).then(again, toastError)}
          />
        `
      }
    </section>
  `;
}
