// How the program itself is doing: what is wrong first, in sentences; then the numbers.
import { html } from "../vendor.js";
import { Fill, Skeleton, Tile, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Latency } from "../ui/latency.js";
import { useLoad } from "../ui/load.js";
import { hall, windowName } from "../state.js";
import { count, dayAndTime, longDuration, percent, seconds, size } from "../format.js";
import { sentence, t, tOf } from "../i18n.js";

/** Often enough to watch, seldom enough to cost nothing. */
const EVERY_MS = 3000;

/** @param {{list: import("../types.js").Trouble[]}} props */
function Troubles({ list }) {
  const text = (/** @type {any} */ one) => (typeof one === "string" ? one : sentence(one, "message"));
  if (!list.length)
    return html`
      <section class="all-well">
        <${Icon} name="check" size=${22} />
        <strong>${t("health.well")}</strong>
      </section>
    `;
  return html`
    <section class="panel troubles" role="alert">
      <h2>${t("health.trouble", { n: list.length })}</h2>
      <ul class="stack close">
        ${list.map(
          (one) => html`
            <li>
              <${Icon} name="warn" size=${18} />
              <span>${text(one)}</span>
            </li>
          `,
        )}
      </ul>
    </section>
  `;
}

/** What nothing was measured of has no time. @param {{latency: any}} one */
const measured = (one) => one.latency ?? { p50: null, p95: null, p99: null };

/** @param {{health: import("../types.js").Health}} props */
function Windows({ health }) {
  const shed = (/** @type {Record<string, number>} */ of) =>
    Object.entries(of)
      .filter(([, n]) => n > 0)
      .map(([what, n]) => `${tOf("shed", what)} ${n}`)
      .join("，");
  return html`
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th>${t("field.window")}</th>
            <th>${t("field.state")}</th>
            <th class="num">p50</th>
            <th class="num">p95</th>
            <th class="num">p99</th>
            <th class="num">${t("health.lag")}</th>
            <th class="num">${t("health.unheard")}</th>
            <th>${t("health.shed")}</th>
            <th class="num">${t("health.drift")}</th>
          </tr>
        </thead>
        <tbody>
          ${health.windows.map(
            (one) => html`
              <tr>
                <td>${windowName(one.id)}</td>
                <td>
                  <span class="device" data-state=${one.state}>
                    <${Icon} name=${one.state === "live" ? "check" : one.state === "down" ? "warn" : "minus"} size=${15} />
                    ${tOf("device", one.state)}
                  </span>
                  ${" "}
                  <span class="muted">${sentence(one, "reason")}</span>
                </td>
                <td class="num">${seconds(measured(one).p50, 2)}</td>
                <td class="num">${seconds(measured(one).p95, 2)}</td>
                <td class="num">${seconds(measured(one).p99, 2)}</td>
                <td class="num" data-tone=${one.lag_s > 2 ? "bad" : null}>${seconds(one.lag_s)}</td>
                <td class="num" data-tone=${one.unheard_s > 0 ? "bad" : null}>${seconds(one.unheard_s, 0)}</td>
                <td class="muted">${shed(one.shed) || "–"}</td>
                <td class="num">${one.drift_ppm == null ? "–" : `${one.drift_ppm.toFixed(0)} ppm`}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** @param {{health: import("../types.js").Health}} props */
function Keeping({ health }) {
  const { journal, disk, clips } = health;
  const used = disk ? 1 - disk.free_bytes / disk.total_bytes : 0;
  return html`
    <section class="panel">
      <h2>${t("health.keeping")}</h2>
      ${
        disk &&
        html`
          <p class="row apart">
            <span>${t("health.disk-free", { free: size(disk.free_bytes), total: size(disk.total_bytes) })}</span>
            <span class="num">${percent(used)}</span>
          </p>
          <span class="bar long"><${Fill} share=${used} tone=${used > 0.9 ? "bad" : ""} /></span>
        `
      }
      <dl class="facts apart-top">
        ${
          journal
            ? html`
                <dt>${t("health.journal")}</dt>
                <dd class="num">${t("health.events", { n: count(journal.events) })} · ${size(journal.bytes)}</dd>
                <dt>${t("health.verified")}</dt>
                <dd data-tone=${journal.verified_faults ? "bad" : null}>
                  ${journal.verified_us ? dayAndTime(journal.verified_us) : t("health.never")}
                  ${journal.verified_faults ? ` · ${t("health.verified-faults", { n: journal.verified_faults })}` : ""}
                </dd>
                <dt>${t("health.head")}</dt>
                <dd class="mono">${journal.head}</dd>
                <dt>${t("health.path")}</dt>
                <dd class="mono">${journal.path}</dd>
                ${
                  journal.trouble &&
                  html`
                    <dt data-tone="bad">${t("health.journal-trouble")}</dt>
                    <dd data-tone="bad">${sentence(journal, "trouble")}</dd>
                  `
                }
              `
            : html`
                <dt>${t("health.journal")}</dt>
                <dd>${t("health.no-journal")}</dd>
              `
        }
        ${
          clips &&
          html`
            <dt>${t("health.clips")}</dt>
            <dd class="num">${count(clips.count)} · ${size(clips.bytes)}</dd>
          `
        }
      </dl>
    </section>
  `;
}

export default function HealthPage() {
  const { data, error, again } = useLoad("/health", {}, { everyMs: EVERY_MS });
  const health = /** @type {import("../types.js").Health|null} */ (data);
  if (!health)
    return html`
      <div class="page">
        <h1>${t("nav.health")}</h1>
        ${
          error
            ? html`
                <${Trouble} error=${error} retry=${again} />
              `
            : html`
                <section class="panel"><${Skeleton} lines=${9} /></section>
              `
        }
      </div>
    `;
  const features = Array.isArray(health.cpu.features) ? health.cpu.features.join(" ") : health.cpu.features;
  const down = health.windows.filter((one) => one.state === "down").length;
  return html`
    <div class="page health">
      <div class="page-head">
        <h1>${t("nav.health")}</h1>
        <span class="muted num">${t("health.uptime", { time: longDuration(health.uptime_s) })}</span>
      </div>
      <${Trouble} error=${error} retry=${again} />
      <${Troubles} list=${health.trouble} />
      <div class="tiles">
        <${Tile}
          label=${t("health.load")}
          value=${percent(health.load)}
          tone=${health.load > 0.9 ? "bad" : undefined}
          note=${t("health.workers", { n: health.workers, cores: health.cpu.cores })}
        />
        <${Tile}
          label=${t("health.windows-live")}
          value=${`${health.windows.filter((one) => one.state === "live").length}/${health.windows.length}`}
          tone=${down ? "bad" : undefined}
          note=${down ? t("health.n-down", { n: down }) : ""}
        />
        <${Tile}
          label=${t("health.late")}
          value=${count(health.budgets.reduce((sum, one) => sum + one.late, 0))}
          note=${t("health.late-note", { n: count(health.budgets.reduce((sum, one) => sum + one.count, 0)) })}
        />
        <${Tile} label=${t("health.memory")} value=${size(health.resident_bytes)} />
      </div>
      <div class="two">
        <section class="panel">
          <h2>${t("health.budgets")}</h2>
          <div class="stack">
            ${health.budgets.map(
              (one) => html`
                <${Latency}
                  key=${one.kind}
                  name=${tOf("budget", one.kind)}
                  p50=${one.p50}
                  p95=${one.p95}
                  p99=${one.p99}
                  budget=${one.budget_s}
                  note=${t("health.budget-note", { n: count(one.count), late: count(one.late) })}
                />
              `,
            )}
          </div>
          <p class="legend-line muted">${t("health.legend")}</p>
        </section>
        <section class="panel">
          <h2>${t("health.stages")}</h2>
          <div class="stack close">
            ${health.stages.map(
              (one) => html`
                <${Latency}
                  key=${one.name}
                  name=${tOf("stage", one.name)}
                  p50=${one.p50}
                  p95=${one.p95}
                  p99=${null}
                  budget=${null}
                  scale=${Math.max(...health.stages.map((each) => each.p95), 0.1)}
                />
              `,
            )}
          </div>
        </section>
      </div>
      <section class="panel">
        <h2>${t("health.windows")}</h2>
        <${Windows} health=${health} />
      </section>
      <div class="two">
        <${Keeping} health=${health} />
        <section class="panel">
          <h2>${t("health.versions")}</h2>
          <dl class="facts">
            <dt>${t("app.name")}</dt>
            <dd>${health.version}</dd>
            <dt>${t("health.engine")}</dt>
            <dd>${health.engine}</dd>
            <dt>${t("health.model")}</dt>
            <dd>${health.model}</dd>
            <dt>${t("health.rulebook")}</dt>
            <dd>${health.rulebook}</dd>
            <dt>${t("health.cpu")}</dt>
            <dd>${health.cpu.cores} × ${features}</dd>
            <dt>${t("health.zone")}</dt>
            <dd>${hall.value?.zone ?? ""}</dd>
          </dl>
        </section>
      </div>
    </div>
  `;
}
