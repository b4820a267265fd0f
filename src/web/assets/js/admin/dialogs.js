// Two questions that several lists ask: a secret that is shown once, and whether somebody is sure.
import { html } from "../vendor.js";
import { Dialog } from "../ui/parts.js";
import { copy } from "../ui/copy.js";
import { toast } from "../ui/toast.js";
import { t } from "../i18n.js";

/** @param {{title: string, value: string, onClose: () => void}} props */
export function Secret({ title, value, onClose }) {
  const take = async () => (await copy(value)) && toast(t("action.copied"), { tone: "good" });
  return html`<${Dialog} title=${title} onClose=${onClose}><p>${t("secret.once")}</p><p class="secret mono">${value}</p><div class="row end"><button class="button" onClick=${take}>${t("action.copy")}</button><button class="button primary" onClick=${onClose}>${t("action.close")}</button></div></${Dialog}>`;
}

/** @param {{title: string, text: string, onClose: () => void, onYes: () => void}} props */
export function Sure({ title, text, onClose, onYes }) {
  return html`<${Dialog} title=${title} onClose=${onClose}><p>${text}</p><div class="row end"><button class="button" onClick=${onClose}>${t("action.cancel")}</button><button class="button danger" onClick=${() => (onYes(), onClose())}>${t("action.remove")}</button></div></${Dialog}>`;
}
