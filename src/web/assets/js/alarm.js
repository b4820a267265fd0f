// What an alert does besides being shown: a short sound, if wanted, and a sentence for screen readers.
import { signal, computed } from "./vendor.js";
import { onEvent } from "./live.js";
import { soundOn, windowName } from "./state.js";
import { t, titleOf } from "./i18n.js";
import { say } from "./ui/toast.js";

/** Two tones, lower and longer the graver it is; nothing has to be loaded for it. */
/** @type {Record<string, number[]>} */
const TONES = { critical: [660, 520], major: [740, 590], minor: [880, 784], note: [988, 988] };

/** @type {AudioContext|null} */
let context = null;
/** Browsers let a page sound only after somebody has touched it. */
const touched = signal(navigator.userActivation?.hasBeenActive ?? false);
/** Alerts should be heard and cannot be yet: a wall that came up by itself has to say so. */
export const soundWaits = computed(() => soundOn.value === "on" && !touched.value);

/** @param {string} severity */
export function beep(severity) {
  if (!touched.peek() && !navigator.userActivation?.hasBeenActive) return;
  try {
    context ??= new AudioContext();
    void context.resume();
    const begin = context.currentTime + 0.01;
    (TONES[severity] ?? TONES.minor).forEach((hz, at) => {
      const tone = new OscillatorNode(/** @type {AudioContext} */ (context), { type: "sine", frequency: hz });
      const loud = new GainNode(/** @type {AudioContext} */ (context), { gain: 0 });
      const from = begin + at * 0.16;
      loud.gain.setValueAtTime(0, from);
      loud.gain.linearRampToValueAtTime(0.18, from + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.001, from + 0.3);
      tone.connect(loud).connect(/** @type {AudioContext} */ (context).destination);
      tone.start(from);
      tone.stop(from + 0.32);
    });
  } catch {
    // A machine without a sound card shows its alerts all the same.
  }
}

export function startAlarm() {
  // After whatever was pressed has done what it says: it may be shown as something else then.
  const touch = () => setTimeout(() => (touched.value = true));
  for (const kind of ["click", "keydown"]) addEventListener(kind, touch, { once: true, capture: true });
  onEvent((kind, alert) => {
    if (kind !== "alert" || alert.revision !== 1 || alert.kind === "credit") return;
    if (soundOn.peek() === "on") beep(alert.severity);
    say(t("alert.spoken", { window: windowName(alert.window), title: titleOf(alert), phrase: alert.phrase ?? "" }));
  });
}
