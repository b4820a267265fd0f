// A window between two times: who spoke, what was found, what was not heard. A link leads to a moment.
import { html, useEffect, useMemo, useRef, useState } from "../vendor.js";
import { Empty, Select, Skeleton, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { Player } from "../ui/player.js";
import { toast } from "../ui/toast.js";
import { copy } from "../ui/copy.js";
import { Timeline } from "../session/timeline.js";
import { Conversation, FindingsBeside } from "../session/conversation.js";
import { Upload } from "../session/upload.js";
import { firstView, pan, zoom } from "../session/view.js";
import { useLoad } from "../ui/load.js";
import { useKeys } from "../keys.js";
import { route, setQuery } from "../router.js";
import { hall, role, serverNowUs, windowName } from "../state.js";
import { clockTime, dayAndTime, localText, localUs } from "../format.js";
import { sentence, t, tOf } from "../i18n.js";

const SPANS_H = [0.5, 1, 2, 4, 8, 24];
const HOUR_US = 3600e6;
/** How far the cursor falls behind what is heard. */
const FOLLOW_US = 0.2e6;
/** More gaps than this are listed when somebody asks. */
const GAPS_SHOWN = 5;
/** A link to a moment shows so much around it. */
const AROUND_US = 60e6;
/** Begun at a whole minute, so that the same address shows the same hour. */
const wholeMinute = (/** @type {number} */ us) => Math.floor(us / 60e6) * 60e6;

/** From the address, else the last hour. @param {Record<string, string>} query */
function spanOf(query) {
  const at = Number(query.at) || null;
  const hours = Number(query.hours) || 1;
  const from = Number(query.from) || wholeMinute(at ? at - (hours * HOUR_US) / 2 : serverNowUs() - hours * HOUR_US);
  return { at, hours, from_us: from, to_us: from + hours * HOUR_US };
}

/**
 * Finds what can be heard at a moment: the clip of a finding, or a recording. Clips overlap: that of the finding that is shown goes
 * first, then the one that is heard already.
 * @param {import("../types.js").Timeline} data @param {number} us @param {number|null} finding @param {string|undefined} heard its address
 */
function soundAt(data, us, finding, heard) {
  const there = [...data.clips.map((one) => ({ ...one, url: `/api/v1/findings/${one.finding}/clip` })), ...data.recording].filter(
    (one) => us >= one.start_us && us <= one.end_us,
  );
  return there.find((one) => "finding" in one && one.finding === finding) ?? there.find((one) => one.url === heard) ?? there[0] ?? null;
}

export default function SessionPage() {
  const query = route.value.query;
  const [window, setWindow] = useState(query.window ?? hall.value?.windows[0]?.id ?? "1");
  const picked = query.window ?? window;
  // "Latest" is another hour each time it is asked for.
  const [round, setRound] = useState(0);
  const span = useMemo(() => spanOf(query), [query.from, query.hours, query.at == null || query.from ? "" : query.at, round]);
  const latest = () => {
    setQuery({ from: "", at: "" });
    setRound((n) => n + 1);
    again();
  };
  useKeys([{ key: "r", label: t("session.now"), run: latest }]);
  const [replayed, setReplayed] = useState(/** @type {{data: any, name: string}|null} */ (null));
  const {
    data: loaded,
    error,
    busy,
    again,
  } = useLoad(replayed ? null : "/timeline", { window: picked, from_us: span.from_us, to_us: span.to_us });
  const [sending, setSending] = useState(false);
  const data = /** @type {import("../types.js").Timeline|null} */ (replayed?.data ?? loaded);
  return html`
    <div class="page session-page">
      <div class="page-head">
        <h1>${t("nav.session")}</h1>
        <div class="row">
          ${
            replayed
              ? html`
                  <span class="chip">${replayed.name}</span>
                  <button class="button small" onClick=${() => setReplayed(null)}>${t("session.back-to-hall")}</button>
                `
              : html`
                  <${Select}
                    label=${t("field.window")}
                    value=${picked}
                    onPick=${(/** @type {string} */ id) => {
                      setWindow(id);
                      setQuery({ window: id, at: "" });
                    }}
                    options=${(hall.value?.windows ?? []).map((one) => [one.id, one.name])}
                  />
                  <span class="row together">
                    <button
                      class="button icon-only"
                      aria-label=${t("session.earlier")}
                      title=${t("session.earlier")}
                      onClick=${() => setQuery({ from: span.from_us - span.hours * HOUR_US, at: "" })}
                    >
                      <${Icon} name="left" size=${18} />
                    </button>
                    <input
                      class="input"
                      type="datetime-local"
                      step="1"
                      aria-label=${t("session.from")}
                      value=${localText(span.from_us)}
                      onChange=${(/** @type {any} */ event) => event.target.value && setQuery({ from: localUs(event.target.value), at: "" })}
                    />
                    <button
                      class="button icon-only"
                      aria-label=${t("session.later")}
                      title=${t("session.later")}
                      onClick=${() => setQuery({ from: span.from_us + span.hours * HOUR_US, at: "" })}
                    >
                      <${Icon} name="right" size=${18} />
                    </button>
                  </span>
                  <${Select}
                    label=${t("session.span")}
                    value=${String(span.hours)}
                    onPick=${(/** @type {string} */ hours) => setQuery({ hours })}
                    options=${SPANS_H.map((one) => [String(one), t("session.hours", { n: one })])}
                  />
                  <button class="button" onClick=${latest}>${t("session.now")}</button>
                `
          }
          ${
            role.value !== "reviewer" &&
            html`
              <button class="button" onClick=${() => setSending(true)}>
                <${Icon} name="upload" size=${18} />
                ${t("upload.title")}
              </button>
            `
          }
        </div>
      </div>
      <${Trouble} error=${error} retry=${again} />
      ${
        data
          ? html`
              <${Stretch}
                key=${`${data.window} ${data.from_us} ${data.to_us}`}
                data=${data}
                at=${span.at}
                name=${replayed?.name ?? windowName(picked)}
                inJournal=${!replayed}
              />
            `
          : busy
            ? html`
                <section class="panel"><${Skeleton} lines=${9} /></section>
              `
            : html`
                <${Empty} icon="session" title=${t("session.nothing")} />
              `
      }
      ${
        sending &&
        html`
          <${Upload}
            onClose=${() => setSending(false)}
            onDone=${(/** @type {any} */ timeline, /** @type {string} */ name) => {
              setReplayed({ data: timeline, name });
              setSending(false);
            }}
          />
        `
      }
    </div>
  `;
}

/** @param {{data: import("../types.js").Timeline, at: number|null, name: string, inJournal: boolean}} props */
function Stretch({ data, at, name, inJournal }) {
  const whole = { from: data.from_us, to: data.to_us };
  const [view, setView] = useState(at ? pan({ from: at - AROUND_US, to: at + AROUND_US }, 0, whole) : firstView(data.listened, whole));
  const [cursor, setCursor] = useState(at);
  const [current, setCurrent] = useState(
    /** @type {number|null} */ (at ? (data.findings.find((one) => Math.abs(one.wall_us - at) < 1e6)?.id ?? null) : null),
  );
  const [width, setWidth] = useState(900);
  const control = useRef();
  const middle = cursor ?? (view.from + view.to) / 2;
  /** @param {number} us */
  const place = (us) => {
    setCursor(us);
    setQuery({ at: Math.round(us), from: data.from_us });
    control.current?.seekUs(us);
  };
  /** @param {number} id */
  const openFinding = (id) => {
    const one = data.findings.find((each) => each.id === id);
    setCurrent(id);
    if (!one) return;
    place(one.wall_us);
    if (one.wall_us < view.from || one.wall_us > view.to)
      setView(pan({ from: one.wall_us - AROUND_US, to: one.wall_us + AROUND_US }, 0, whole));
  };
  const ordered = useMemo(() => [...data.findings].sort((a, b) => a.wall_us - b.wall_us), [data]);
  const step = (/** @type {number} */ by) => {
    const index = ordered.findIndex((one) => one.id === current);
    const next = ordered[index < 0 ? 0 : Math.max(0, Math.min(ordered.length - 1, index + by))];
    if (next) openFinding(next.id);
  };
  useEffect(() => {
    if (cursor != null && (cursor < view.from || cursor > view.to)) control.current = null;
  }, [cursor]);
  useKeys([
    { key: "j", label: t("keys.next"), run: () => step(1) },
    { key: "k", label: t("keys.previous"), run: () => step(-1) },
    { key: "space", label: t("keys.play"), run: () => control.current?.toggle() },
    { key: "+", label: t("keys.nearer"), run: () => setView(zoom(view, 0.5, middle, whole)) },
    { key: "=", label: "", hidden: true, run: () => setView(zoom(view, 0.5, middle, whole)) },
    { key: "-", label: t("keys.farther"), run: () => setView(zoom(view, 2, middle, whole)) },
    { key: "0", label: t("keys.whole"), run: () => setView(whole) },
    { key: "ArrowLeft", label: t("keys.left"), run: () => setView(pan(view, -0.25, whole)) },
    { key: "ArrowRight", label: t("keys.right"), run: () => setView(pan(view, 0.25, whole)) },
  ]);
  const before = useRef(/** @type {string|undefined} */ (undefined));
  const heard = cursor == null ? null : soundAt(data, cursor, current, before.current);
  before.current = heard?.url;
  /** The cursor and the conversation follow what is heard, in steps that the eye takes for smooth. @param {number} us */
  const follow = (us) => {
    if (Math.abs(us - (cursor ?? 0)) < FOLLOW_US || !heard || us < heard.start_us || us >= heard.end_us) return;
    setCursor(us);
    if (us > view.to) setView(pan(view, 0.8, whole));
  };
  const share = async () => ((await copy(location.href)) ? toast(t("session.copied"), { tone: "good" }) : toast(location.href));
  return html`
    <section class="panel timeline-panel">
      <div class="row apart">
        <h2>
          ${name}${" "}
          <span class="muted num">${clockTime(view.from)} – ${clockTime(view.to)}</span>
        </h2>
        <div class="row">
          <button
            class="button small icon-only"
            aria-label=${t("keys.farther")}
            title="−"
            onClick=${() => setView(zoom(view, 2, middle, whole))}
          >
            <${Icon} name="minus" size=${16} />
          </button>
          <button
            class="button small icon-only"
            aria-label=${t("keys.nearer")}
            title="+"
            onClick=${() => setView(zoom(view, 0.5, middle, whole))}
          >
            <${Icon} name="plus" size=${16} />
          </button>
          <button class="button small" onClick=${() => setView(whole)}>${t("keys.whole")}</button>
          <button class="button small" disabled=${cursor == null} onClick=${share}>
            <${Icon} name="link" size=${16} />
            ${t("session.link")}
          </button>
        </div>
      </div>
      <${Timeline}
        data=${data}
        view=${view}
        setView=${setView}
        cursor=${cursor}
        onCursor=${place}
        onFinding=${openFinding}
        current=${current}
        width=${width}
        setWidth=${setWidth}
      />
      <ul class="legend">
        <li data-of="clerk">${t("role.clerk")}</li>
        <li data-of="visitor">${t("session.visitor-masked")}</li>
        <li data-of="silence">${t("session.silence")}</li>
        <li data-of="gap">${t("session.unheard")}</li>
        <li data-of="clip">${t("lane.clips")}</li>
      </ul>
      <div class="session-player">
        ${
          heard
            ? html`
                <${Player}
                  key=${heard.url}
                  clip=${heard}
                  speech=${data.clerk.filter(([from, to]) => to > heard.start_us && from < heard.end_us)}
                  control=${control}
                  from_us=${cursor ?? heard.start_us}
                  onTime=${follow}
                />
              `
            : html`
                <p class="muted row">
                  <${Icon} name="sound" size=${18} />
                  ${t(cursor == null ? "session.click" : "session.no-sound", { at: cursor ? dayAndTime(cursor) : "" })}
                </p>
              `
        }
      </div>
    </section>
    <div class="session-columns">
      <section class="panel">
        <h2>${t("session.conversation")}</h2>
        <${Conversation} data=${data} view=${view} cursor=${cursor} onCursor=${place} current=${current} onFinding=${openFinding} />
      </section>
      <section class="panel">
        <h2>
          ${t("session.findings")}${" "}
          <span class="muted num">${data.findings.length}</span>
        </h2>
        <${FindingsBeside} data=${data} onFinding=${openFinding} current=${current} inJournal=${inJournal} />
        ${
          data.gaps.length > 0 &&
          html`
            <details class="apart-top" open=${data.gaps.length <= GAPS_SHOWN}>
              <summary>
                <h3>
                  ${t("session.unheard")}${" "}
                  <span class="num">${data.gaps.length}</span>
                </h3>
              </summary>
              <ul class="gaps">
                ${data.gaps.map(
                  (gap) => html`
                    <li class="row">
                      <time class="num">${clockTime(gap.start_us)} – ${clockTime(gap.end_us)}</time>
                      <span class="muted">${tOf("gap", sentence(gap, "why"))}</span>
                    </li>
                  `,
                )}
              </ul>
            </details>
          `
        }
      </section>
    </div>
  `;
}
