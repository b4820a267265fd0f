// Listening to a clip: waveform, words that move along, one key. Nothing is fetched until somebody wants to hear it,
// since fetching is what the journal calls listening.
import { html, useEffect, useRef, useState } from "../vendor.js";
import { Icon } from "./icon.js";
import { drawWave, outlineOf, peaksOf } from "./wave.js";
import { toastError } from "./toast.js";
import { sound } from "../api.js";
import { theme } from "../state.js";
import { duration } from "../format.js";
import { t } from "../i18n.js";

const BARS = 120;
const RATES = [1, 0.75, 1.5];
/** Playing begins so long before the words in question. */
const LEAD_S = 1.5;

/**
 * @typedef {{url: string, start_us: number, end_us: number, silenced?: [number, number][], gaps?: any[], peaks?: number[]|null}} Clip
 * @typedef {{toggle: () => void, seekUs: (us: number) => void}} Control
 * @param {{clip: Clip, chars?: import("../types.js").SpokenChar[], speech?: import("../types.js").Span[], control?: {current: Control|null}, from_us?: number, onTime?: (us: number) => void}} props
 */
export function Player({ clip, chars = [], speech = [], control, from_us, onTime }) {
  const canvas = useRef();
  const head = useRef();
  const clock = useRef();
  const words = useRef();
  const audio = useRef(/** @type {HTMLAudioElement|null} */ (null));
  const [peaks, setPeaks] = useState(/** @type {number[]|null} */ (clip.peaks?.length ? clip.peaks.map((one) => one / 100) : null));
  // What moves the head was begun by an earlier drawing; it has to tell whoever listens now.
  const told = useRef(onTime);
  told.current = onTime;
  const [state, setState] = useState(/** @type {"idle"|"loading"|"playing"|"paused"} */ ("idle"));
  const [rate, setRate] = useState(1);
  const lasts = (clip.end_us - clip.start_us) / 1e6;
  const share = (/** @type {number} */ us) => (us - clip.start_us) / (clip.end_us - clip.start_us);
  const offence = chars.filter((one) => one.in_phrase);

  const draw = () => {
    if (!canvas.current) return;
    const span = (/** @type {any} */ one) =>
      /** @type {[number, number]} */ (Array.isArray(one) ? [share(one[0]), share(one[1])] : [share(one.start_us), share(one.end_us)]);
    drawWave(
      canvas.current,
      peaks ?? outlineOf([...chars.map((one) => [one.start_us, one.end_us]), ...speech], clip.start_us, clip.end_us, BARS),
      {
        faint: !peaks,
        marked: offence.length ? [[share(offence[0].start_us), share(offence[offence.length - 1].end_us)]] : [],
        hidden: [...(clip.silenced ?? []), ...(clip.gaps ?? [])].map(span),
      },
    );
  };
  // Drawn anew when the theme or the width changes: a canvas keeps its colours.
  useEffect(draw, [peaks, clip.url, theme.value]);
  useEffect(() => {
    const watch = new ResizeObserver(draw);
    watch.observe(canvas.current);
    return () => watch.disconnect();
  }, [peaks, clip.url]);

  /** Moves the head and the lit character, without drawing the component anew. */
  const show = () => {
    const at = audio.current?.currentTime ?? 0;
    const us = clip.start_us + at * 1e6;
    if (head.current) head.current.style.transform = `translateX(${Math.min(100, (at / lasts) * 100)}%)`;
    if (clock.current) clock.current.textContent = `${duration(at)} / ${duration(lasts)}`;
    for (const [index, node] of [...(words.current?.children ?? [])].entries()) {
      const one = chars[index];
      node.dataset.at = !audio.current ? "" : us >= one.end_us ? "past" : us >= one.start_us ? "now" : "";
    }
    told.current?.(us);
  };

  const fetchSound = async () => {
    setState("loading");
    const blob = await sound(clip.url);
    const player = new Audio(URL.createObjectURL(blob));
    player.preservesPitch = true;
    audio.current = player;
    player.onplay = () => setState("playing");
    player.onpause = () => setState("paused");
    player.onended = () => setState("paused");
    const first = from_us ?? offence[0]?.start_us;
    if (first) player.currentTime = Math.max(0, (first - clip.start_us) / 1e6 - LEAD_S);
    const context = new OfflineAudioContext(1, 1, 16_000);
    context.decodeAudioData(await blob.arrayBuffer()).then(
      (decoded) => setPeaks(peaksOf(decoded.getChannelData(0), BARS)),
      () => {},
    );
    return player;
  };
  const toggle = async () => {
    try {
      if (state === "loading") return;
      const player = audio.current ?? (await fetchSound());
      player.playbackRate = rate;
      if (player.ended) player.currentTime = 0;
      if (player.paused) await player.play();
      else player.pause();
    } catch (error) {
      setState("idle");
      toastError(error);
    }
  };
  const seekUs = async (/** @type {number} */ us) => {
    if (!audio.current) return;
    audio.current.currentTime = Math.max(0, Math.min(lasts, (us - clip.start_us) / 1e6));
    show();
  };
  useEffect(() => {
    if (control) control.current = { toggle, seekUs };
  });
  useEffect(() => {
    if (state !== "playing") return;
    let frame = requestAnimationFrame(function next() {
      show();
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [state]);
  useEffect(
    () => () => {
      // Another finding is shown: its predecessor falls silent and its memory is given back.
      audio.current?.pause();
      if (audio.current) URL.revokeObjectURL(audio.current.src);
      audio.current = null;
    },
    [clip.url],
  );

  /** @param {PointerEvent} event */
  const point = (event) => {
    const box = canvas.current.getBoundingClientRect();
    void seekUs(clip.start_us + ((event.clientX - box.left) / box.width) * (clip.end_us - clip.start_us));
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !audio.current) return;
    event.preventDefault();
    void seekUs(clip.start_us + (audio.current.currentTime + step) * 1e6);
  };
  const playing = state === "playing";
  return html`
    <div class="player" data-state=${state}>
      <div class="player-row">
        <button
          class="button primary icon-only play"
          onClick=${toggle}
          disabled=${state === "loading"}
          aria-label=${t(playing ? "player.pause" : "player.play")}
        >
          <${Icon} name=${playing ? "pause" : "play"} />
        </button>
        <div
          class="wave"
          tabindex="0"
          role="slider"
          aria-label=${t("player.position")}
          aria-valuemin="0"
          aria-valuemax=${Math.round(lasts)}
          aria-valuenow=${Math.round(audio.current?.currentTime ?? 0)}
          onKeyDown=${onKey}
          onPointerDown=${point}
          onPointerMove=${(/** @type {PointerEvent} */ event) => event.buttons === 1 && point(event)}
        >
          <canvas ref=${canvas}></canvas>
          <i class="wave-head" ref=${head}></i>
        </div>
      </div>
      ${
        chars.length > 0 &&
        html`
          <p class="spoken" ref=${words} lang="zh-CN">
            ${chars.map(
              (one) => html`
                <span
                  class=${one.in_phrase ? "in-phrase" : ""}
                  data-doubt=${one.probability < 0.5 ? "yes" : "no"}
                  title=${t("player.probability", { p: Math.round(one.probability * 100) })}
                  onClick=${() => seekUs(one.start_us)}
                >
                  ${one.ch}
                </span>
              `,
            )}
          </p>
        `
      }
      <p class="player-note muted">
        <span class="num" ref=${clock}>${duration(0)} / ${duration(lasts)}</span>
        <button
          class="button ghost small num"
          onClick=${() => {
            const next = RATES[(RATES.indexOf(rate) + 1) % RATES.length];
            setRate(next);
            if (audio.current) audio.current.playbackRate = next;
          }}
          aria-label=${`${t("player.rate")} ${rate}×`}
        >
          ${rate}×
        </button>
        <span>${state === "idle" ? t("player.journalled") : (clip.silenced?.length ?? 0) > 0 ? t("player.silenced") : ""}</span>
      </p>
    </div>
  `;
}
