// A recording is sent, and replayed before one's eyes; what was found in it is shown like any other session.
import { html, useRef, useState } from "../vendor.js";
import { Icon } from "../ui/icon.js";
import { Dialog, Fill, Trouble } from "../ui/parts.js";
import { useJob, useLoad } from "../ui/load.js";
import { upload } from "../api.js";
import { sentence, t } from "../i18n.js";
import { dayAndTime, duration, percent } from "../format.js";

/** In bytes, as the service takes it. */
const LARGEST = 256 * 1024 * 1024;

/** @param {{onClose: () => void, onDone: (timeline: any, name: string) => void}} props */
export function Upload({ onClose, onDone }) {
  const [job, setJob] = useState(/** @type {{id: string, name: string}|null} */ (null));
  const [sent, setSent] = useState(/** @type {number|null} */ (null));
  const [heard, setHeard] = useState(0);
  const [error, setError] = useState(/** @type {Error|null} */ (null));
  const [over, setOver] = useState(false);
  const field = useRef();
  const earlier = useLoad("/recordings");
  useJob(job?.id ?? null, (now) => {
    setHeard(now.progress ?? 0);
    if (now.state === "done") onDone(now.result, job?.name ?? "");
    if (now.state === "failed") {
      setError(new Error(sentence(now, "problem")));
      setJob(null);
      setSent(null);
    }
  });
  /** @param {File|undefined} file */
  const send = async (file) => {
    if (!file) return;
    setError(null);
    // The service would cut it off in the middle, of which a browser tells no reason.
    if (file.size > LARGEST) return setError(new Error(t("upload.too-large")));
    setSent(0);
    try {
      const begun = await upload(file, setSent);
      setSent(1);
      setJob({ id: begun.id ?? begun.job, name: file.name });
    } catch (refused) {
      setError(/** @type {Error} */ (refused));
      setSent(null);
    }
  };
  const past = earlier.data?.items ?? [];
  return html`<${Dialog} title=${t("upload.title")} onClose=${onClose}>
    <label class="drop" data-over=${over ? "yes" : "no"} onDragOver=${(/** @type {DragEvent} */ event) => (event.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)}
      onDrop=${(/** @type {DragEvent} */ event) => (event.preventDefault(), setOver(false), send(event.dataTransfer?.files[0]))}><${Icon} name="upload" size=${28} /><span>${t("upload.drop")}</span><span class="muted">${t("upload.formats")}</span>
      <input ref=${field} class="for-readers" type="file" accept="audio/*,.wav,.flac,.mp3,.ogg" disabled=${sent != null} onChange=${() => send(field.current.files[0])} /></label>
    <${Trouble} error=${error} />
    ${
      sent != null &&
      html`
        <div class="stack close" role="status">
          <span class="row apart">
            <span>${t(sent < 1 ? "upload.sending" : "upload.hearing")}</span>
            <b class="num">${percent(sent < 1 ? sent : heard)}</b>
          </span>
          <span class="bar long"><${Fill} share=${sent < 1 ? sent : heard} /></span>
        </div>
      `
    }
    ${
      past.length > 0 &&
      html`
        <h3>${t("upload.earlier")}</h3>
        <ul class="stack close">
          ${past.map(
            (/** @type {any} */ one) => html`
              <li class="row apart">
                <button class="button ghost small" onClick=${() => setJob({ id: one.id, name: one.name })}>${one.name}</button>
                <span class="muted num">${one.at_us ? dayAndTime(one.at_us) : ""} ${one.duration_s ? duration(one.duration_s) : ""}</span>
              </li>
            `,
          )}
        </ul>
      `
    }
  </${Dialog}>`;
}
