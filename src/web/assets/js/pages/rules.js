// The rulebook: read it, try it, change the hall's part of it, see what that would have done.
import { html, useRef } from "../vendor.js";
import { Skeleton, Tabs, Trouble } from "../ui/parts.js";
import { Browse } from "../rules/browse.js";
import { Try } from "../rules/try.js";
import { Edit } from "../rules/edit.js";
import { Near } from "../rules/near.js";
import { useLoad } from "../ui/load.js";
import { useKeys } from "../keys.js";
import { route, setQuery } from "../router.js";
import { role } from "../state.js";
import { t, tOf } from "../i18n.js";

export default function Rules() {
  const { data, error, again } = useLoad("/rules");
  const search = useRef();
  const tab = route.value.query.tab ?? "browse";
  // A reviewer reads and tries; changing rules is for whoever answers for them.
  const tabs = role.value === "reviewer" ? ["browse", "try"] : ["browse", "try", "edit", "near"];
  useKeys([{ key: "/", label: t("keys.search"), run: () => search.current?.focus() }]);
  return html`
    <div class="page rules">
      <div class="page-head">
        <h1>${t("nav.rules")}</h1>
        <span class="muted">${data ? t("rules.version", { version: data.version }) : ""}</span>
      </div>
      <${Tabs}
        label=${t("nav.rules")}
        value=${tab}
        onPick=${(/** @type {string} */ to) => setQuery({ tab: to === "browse" ? "" : to })}
        tabs=${tabs.map((one) => [one, tOf("rules-tab", one)])}
      />
      <${Trouble} error=${error} retry=${again} />
      ${
        !data
          ? html`
              <section class="panel"><${Skeleton} lines=${9} /></section>
            `
          : tab === "try"
            ? html`
                <${Try} rules=${data.rules} />
              `
            : tab === "edit"
              ? html`
                  <${Edit} />
                `
              : tab === "near"
                ? html`
                    <${Near} rules=${data.rules} />
                  `
                : html`
                    <${Browse} book=${data} search=${search} />
                  `
      }
    </div>
  `;
}
