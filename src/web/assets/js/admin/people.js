// Who may use the pages, as what, and for which windows.
import { html, useState } from "../vendor.js";
import { Dialog, Field, Skeleton, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Secret, Sure } from "./dialogs.js";
import { useLoad } from "../ui/load.js";
import { api } from "../api.js";
import { toast, toastError } from "../ui/toast.js";
import { hall, session, windowName } from "../state.js";
import { dayAndTime } from "../format.js";
import { t, tOf } from "../i18n.js";

const ROLES = ["admin", "supervisor", "reviewer", "clerk"];

/** @param {{person: any|null, onClose: () => void, onSaved: (answer: any) => void}} props */
function Form({ person, onClose, onSaved }) {
  const [role, setRole] = useState(person?.role ?? "reviewer");
  const [windows, setWindows] = useState(/** @type {string[]|null} */ (person?.windows ?? null));
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const body = {
      name: form.get("name"),
      role,
      staff: String(form.get("staff") ?? "").trim() || null,
      windows,
      ...(person ? { active: form.get("active") === "on" } : {}),
    };
    try {
      onSaved(person ? await api.patch(`/people/${person.id}`, body) : await api.post("/people", body));
    } catch (refused) {
      setError(/** @type {Error} */ (refused));
    }
  };
  const all = hall.value?.windows ?? [];
  const toggle = (/** @type {string} */ id) =>
    setWindows(windows?.includes(id) ? windows.filter((one) => one !== id) : [...(windows ?? []), id]);
  return html`<${Dialog} title=${t(person ? "people.change" : "people.add")} onClose=${onClose}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("people.name")}><input class="input" name="name" required value=${person?.name ?? ""} autofocus /></${Field}>
    <${Field} label=${t("people.role")} hint=${t(`role-does.${role}`)}><select class="select" value=${role} onChange=${(/** @type {any} */ event) => setRole(event.target.value)}>${ROLES.map(
      (one) => html`
        <option value=${one} selected=${one === role}>${tOf("role", one)}</option>
      `,
    )}</select></${Field}>
    <${Field} label=${t("people.staff")} hint=${t("people.staff-hint")}><input class="input" name="staff" list="clerks" value=${person?.staff ?? ""} required=${role === "clerk"} /><datalist id="clerks">${(
      hall.value?.clerks ?? []
    ).map(
      (one) => html`
        <option value=${one.id}>${one.name}</option>
      `,
    )}</datalist></${Field}>
    <fieldset class="scope"><legend class="field-label">${t("people.windows")}</legend><label class="toggle"><input type="checkbox" checked=${windows == null} onChange=${() => setWindows(windows == null ? [] : null)} />${t("people.all-windows")}</label>
      ${
        windows != null &&
        html`
          <div class="scope-list">
            ${all.map(
              (one) => html`
                <label class="toggle">
                  <input type="checkbox" checked=${windows.includes(one.id)} onChange=${() => toggle(one.id)} />
                  ${one.name}
                </label>
              `,
            )}
          </div>
        `
      }</fieldset>
    ${
      person &&
      html`
        <label class="toggle">
          <input type="checkbox" name="active" checked=${person.active} />
          ${t("people.active")}
        </label>
      `
    }
    <${Trouble} error=${error} /><div class="row end"><button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button><button class="button primary">${t("action.save")}</button></div></form></${Dialog}>`;
}

export function People() {
  const { data, error, again } = useLoad("/people");
  const [editing, setEditing] = useState(/** @type {any} */ (undefined));
  const [secret, setSecret] = useState(/** @type {{title: string, value: string}|null} */ (null));
  const [leaving, setLeaving] = useState(/** @type {any} */ (null));
  const people = /** @type {import("../types.js").Person[]} */ (data?.items ?? data ?? []);
  const saved = (/** @type {any} */ answer) => {
    setEditing(undefined);
    again();
    if (answer?.password) setSecret({ title: t("people.password-of", { name: answer.person?.name ?? "" }), value: answer.password });
    else toast(t("action.saved"), { tone: "good" });
  };
  const reset = (/** @type {any} */ one) =>
    api
      .post(`/people/${one.id}/password`)
      .then((answer) => setSecret({ title: t("people.password-of", { name: one.name }), value: answer.password }), toastError);
  return html`
    <section class="panel">
      <div class="row apart">
        <h2>${t("people.title")}</h2>
        <button class="button primary" onClick=${() => setEditing(null)}>
          <${Icon} name="plus" size=${17} />
          ${t("people.add")}
        </button>
      </div>
      <${Trouble} error=${error} retry=${again} />
      ${
        !data
          ? html`
              <${Skeleton} lines=${5} />
            `
          : html`
              <div class="table-scroll stacked">
                <table>
                  <thead>
                    <tr>
                      <th>${t("people.name")}</th>
                      <th>${t("people.role")}</th>
                      <th>${t("people.staff")}</th>
                      <th>${t("people.windows")}</th>
                      <th>${t("people.last-seen")}</th>
                      <th></th>
                    </tr>
                  </thead>
                  <tbody>
                    ${people.map(
                      (one) => html`
                        <tr data-active=${one.active ? "yes" : "no"}>
                          <td class="whole">
                            <b>${one.name}</b>
                            ${
                              !one.active &&
                              html`
                                <span class="chip">${t("people.inactive")}</span>
                              `
                            }
                          </td>
                          <td data-name=${t("people.role")}>${tOf("role", one.role)}</td>
                          <td class="time" data-name=${t("people.staff")}>${one.staff ?? "–"}</td>
                          <td data-name=${t("people.windows")}>
                            ${one.windows == null ? t("people.all-windows") : one.windows.map(windowName).join("、") || "–"}
                          </td>
                          <td class="time" data-name=${t("people.last-seen")}>
                            ${one.last_seen_us ? dayAndTime(one.last_seen_us) : t("people.never")}
                          </td>
                          <td class="whole">
                            <span class="row end nowrap">
                              <button class="button small" onClick=${() => setEditing(one)}>${t("people.change")}</button>
                              <button class="button small" onClick=${() => reset(one)}>${t("people.reset")}</button>
                              <button
                                class="button small danger"
                                disabled=${one.id === session.value?.person.id}
                                onClick=${() => setLeaving(one)}
                              >
                                ${t("action.remove")}
                              </button>
                            </span>
                          </td>
                        </tr>
                      `,
                    )}
                  </tbody>
                </table>
              </div>
            `
      }
      ${
        editing !== undefined &&
        html`
          <${Form} person=${editing} onClose=${() => setEditing(undefined)} onSaved=${saved} />
        `
      }
      ${
        secret &&
        html`
          <${Secret} ...${secret} onClose=${() => setSecret(null)} />
        `
      }
      ${
        leaving &&
        html`
          <${Sure}
            title=${t("people.sure", { name: leaving.name })}
            text=${t("people.sure-text")}
            onClose=${() => setLeaving(null)}
            onYes=${() => api.remove(`/people/${leaving.id}`).then(again, toastError)}
          />
        `
      }
    </section>
  `;
}
