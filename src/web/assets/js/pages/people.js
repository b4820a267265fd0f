// Whoever administers: people, programs, what is sent out, and who looked at what.
import { html } from "../vendor.js";
import { Tabs } from "../ui/parts.js";
import { People } from "../admin/people.js";
import { Tokens } from "../admin/tokens.js";
import { Webhooks } from "../admin/webhooks.js";
import { Audit } from "../admin/audit.js";
import { Unmaskings } from "../admin/unmaskings.js";
import { route, setQuery } from "../router.js";
import { role } from "../state.js";
import { t, tOf } from "../i18n.js";

export default function PeoplePage() {
  // A supervisor sees who listened; people and tokens are the administrator's.
  const tabs = role.value === "admin" ? ["people", "tokens", "webhooks", "unmask", "audit"] : ["webhooks", "unmask", "audit"];
  const wanted = route.value.query.tab ?? tabs[0];
  const tab = tabs.includes(wanted) ? wanted : tabs[0];
  return html`
    <div class="page">
      <div class="page-head"><h1>${t("nav.people")}</h1></div>
      <${Tabs}
        label=${t("nav.people")}
        value=${tab}
        onPick=${(/** @type {string} */ to) => setQuery({ tab: to === tabs[0] ? "" : to })}
        tabs=${tabs.map((one) => [one, tOf("admin-tab", one)])}
      />
      ${
        tab === "people"
          ? html`
              <${People} />
            `
          : tab === "tokens"
            ? html`
                <${Tokens} />
              `
            : tab === "webhooks"
              ? html`
                  <${Webhooks} />
                `
              : tab === "unmask"
                ? html`
                    <${Unmaskings} />
                  `
                : html`
                    <${Audit} />
                  `
      }
    </div>
  `;
}
