// The wall: every window as it is now, and the alerts beside it.
import { html } from "../vendor.js";
import { Card } from "../wall/card.js";
import { Alerts } from "../wall/alerts.js";
import { Empty, Skeleton } from "../ui/parts.js";
import { link, windowIds } from "../live.js";
import { t } from "../i18n.js";

/** How many windows fit before the cards have to become smaller. */
const HUGE_MAX = 4;
const LARGE_MAX = 9;
const MEDIUM_MAX = 24;
const SMALL_MAX = 40;

export default function Wall() {
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
