// The wall: every window as it is now, and the alerts beside it.
import { html } from "../vendor.js";
import { Card } from "../wall/card.js";
import { Alerts } from "../wall/alerts.js";
import { Empty, Skeleton } from "../ui/parts.js";
import { useKeys } from "../keys.js";
import { link, windowIds } from "../live.js";
import { t } from "../i18n.js";

/** How many windows fit before the cards have to become smaller. */
const HUGE_MAX = 4;
const LARGE_MAX = 9;
const MEDIUM_MAX = 24;
const SMALL_MAX = 40;

/** To the next alert, or from none to the newest; Enter opens it, as any link. @param {number} by */
function stepAlert(by) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".alert-link")]);
  const at = all.findIndex((one) => one === document.activeElement);
  all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
}

export default function Wall() {
  useKeys([
    { key: "j", label: t("keys.next-alert"), run: () => stepAlert(1) },
    { key: "k", label: t("keys.previous-alert"), run: () => stepAlert(-1) },
  ]);
  const ids = windowIds.value;
  const density = ids.length <= HUGE_MAX ? "huge" : ids.length <= LARGE_MAX ? "large" : ids.length <= MEDIUM_MAX ? "medium" : "small";
  // While the link is lost the wall is shown as a memory, not as the present.
  return html`
    <div class="wall-page" data-link=${link.value}>
      <h1 class="for-readers">${t("nav.wall")}</h1>
      ${
        ids.length
          ? html`
              <section class="wall" data-density=${density} data-tight=${ids.length > SMALL_MAX ? "yes" : "no"} aria-label=${t("nav.wall")}>
                ${ids.map(
                  (id) => html`
                    <${Card} key=${id} id=${id} />
                  `,
                )}
              </section>
            `
          : link.value === "live"
            ? html`
                <${Empty} icon="wall" title=${t("wall.empty")} />
              `
            : html`
                <section class="panel wall"><${Skeleton} lines=${6} /></section>
              `
      }
      <${Alerts} />
    </div>
  `;
}
