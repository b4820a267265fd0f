// What was masked in a finding: asked for by one person, granted by another, shown to the first.
import { html, useEffect, useState } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { Marked, Trouble } from "../ui/parts.js";
import { useLoad } from "../ui/load.js";
import { api } from "../api.js";
import { toast, toastError } from "../ui/toast.js";
import { dayAndTime } from "../format.js";
import { t, tOf } from "../i18n.js";

/** Somebody else's answer is looked for so often. */
const LOOK_MS = 15_000;

/**
 * Sends a step, and says what came of it.
 * @param {string} path @param {object} body @param {string} told
 */
async function send(path, body, told) {
  try {
    const answer = await api.post(`/unmaskings${path}`, body);
    toast(told, { tone: "good" });
    return answer;
  } catch (error) {
    toastError(error);
    return null;
  }
}

/** Grant or refuse, with a word on why. @param {{request: import("../types.js").Unmasking, onDone: () => void}} props */
export function Answer({ request, onDone }) {
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const answer = async (/** @type {"grant"|"refuse"} */ step) => {
    setBusy(true);
    await send(`/${request.id}/${step}`, { why: why.trim() }, tOf("unmask-told", step));
    setBusy(false);
    onDone();
  };
  return html`
    <div class="row">
      <input
        class="input grow"
        aria-label=${t("unmask.answer")}
        placeholder=${t("unmask.answer")}
        value=${why}
        onInput=${(/** @type {any} */ event) => setWhy(event.target.value)}
      />
      <button class="button" disabled=${busy} onClick=${() => answer("refuse")}>${t("unmask.refuse")}</button>
      <button class="button primary" disabled=${busy} onClick=${() => answer("grant")}>${t("unmask.grant")}</button>
    </div>
  `;
}

/** A request in a line. @param {{request: import("../types.js").Unmasking}} props */
function Line({ request }) {
  return html`
    <p>
      <b>${request.by}</b>
      ${" "}
      <time class="muted num">${dayAndTime(request.wall_us)}</time>
      ${" "}
      <span class="chip">${tOf("unmasking", request.standing)}</span>
      <br />
      ${request.why}
    </p>
  `;
}

/** The card beside a finding of which something masked is kept. @param {{finding: import("../types.js").Finding}} props */
export function Unmask({ finding }) {
  const { data, error, again } = useLoad("/unmaskings", { event: finding.id }, { everyMs: LOOK_MS });
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [texts, setTexts] = useState(/** @type {{field: string, text: string}[]} */ ([]));
  useEffect(() => setTexts([]), [finding.id]);
  /** @type {import("../types.js").Unmasking[]} */
  const requests = data?.items ?? [];
  const mine = requests.find((one) => one.mine);
  const ask = async () => {
    setBusy(true);
    if (await send("", { event: finding.id, why: why.trim() }, tOf("unmask-told", "ask"))) setWhy("");
    setBusy(false);
    again();
  };
  const show = async () => {
    setBusy(true);
    const shown = await send(`/${mine?.id}/show`, {}, tOf("unmask-told", "show"));
    if (shown) setTexts(shown.fields);
    setBusy(false);
  };
  return html`
    <section class="panel unmask stack">
      <h2>${t("unmask.title")}</h2>
      <${Trouble} error=${error} retry=${again} />
      ${texts.map(
        (one) => html`
          <p class="unmasked" lang="zh-CN"><${Marked} text=${one.text} /></p>
        `,
      )}
      ${requests.map(
        (request) => html`
          <div key=${request.id} class="stack">
            <${Line} request=${request} />
            ${
              request.may_answer &&
              html`
                <${Answer} request=${request} onDone=${again} />
              `
            }
          </div>
        `,
      )}
      ${
        mine?.may_show &&
        html`
          <p class="muted">${t("unmask.until", { at: dayAndTime(mine.until_us ?? 0) })}</p>
          <button class="button primary" disabled=${busy} onClick=${show}>
            <${Icon} name="shield" size=${18} />
            ${t("unmask.show")}
          </button>
        `
      }
      ${
        data &&
        !mine &&
        html`
          <p class="muted">${t("unmask.lead")}</p>
          <div class="row">
            <input
              class="input grow"
              name="unmask-why"
              aria-label=${t("unmask.why")}
              placeholder=${t("unmask.why")}
              value=${why}
              onInput=${(/** @type {any} */ event) => setWhy(event.target.value)}
            />
            <button class="button" disabled=${busy || !why.trim()} onClick=${ask}>${t("unmask.ask")}</button>
          </div>
        `
      }
    </section>
  `;
}
