// Draws the lanes of a timeline on a canvas: a shift has thousands of stretches, too many to be elements.
import { colours, sharp } from "../ui/wave.js";
import { ticks } from "./view.js";
import { clockTime, hourMinute } from "../format.js";

/** Top and height of each lane in pixels; the labels beside them use the same. */
export const LANES = { axis: [0, 22], encounters: [28, 24], clerk: [58, 34], visitor: [98, 26], findings: [130, 34], clips: [170, 12] };
export const HEIGHT = 190;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../types.js").Timeline} data
 * @param {import("./view.js").View} view
 */
export function drawLanes(canvas, data, view) {
  const { pen, width, height } = sharp(canvas);
  const colour = colours(canvas);
  const x = (/** @type {number} */ us) => ((us - view.from) / (view.to - view.from)) * width;
  /**
   * @param {import("../types.js").Span[]} spans @param {[number, number]} lane @param {string} fill
   * @param {(pen: CanvasRenderingContext2D, x: number, w: number) => void} [decorate]
   */
  const bars = (spans, [top, tall], fill, decorate) => {
    pen.fillStyle = colour(fill);
    for (const [from, to] of spans) {
      if (to < view.from || from > view.to) continue;
      const [left, right] = [Math.max(-2, x(from)), Math.min(width + 2, x(to))];
      // What is shorter than a pixel is still there.
      pen.fillRect(left, top, Math.max(1.2, right - left), tall);
      decorate?.(pen, left, right - left);
    }
  };
  const lane = (/** @type {keyof typeof LANES} */ name) => /** @type {[number, number]} */ (LANES[name]);
  pen.clearRect(0, 0, width, height);

  // What nobody listened to is not silence: it is hatched through all lanes.
  pen.fillStyle = colour("sunk");
  pen.fillRect(0, 24, width, height - 24);
  bars(data.listened, [24, height - 24], "surface");
  pen.strokeStyle = colour("line-strong");
  for (const gap of data.gaps) {
    const [left, right] = [x(gap.start_us), x(gap.end_us)];
    if (right < 0 || left > width) continue;
    pen.fillStyle = colour("sunk");
    pen.fillRect(left, 24, right - left, height - 24);
    pen.save();
    pen.beginPath();
    pen.rect(left, 24, right - left, height - 24);
    pen.clip();
    pen.beginPath();
    for (let at = Math.max(left, 0) - height; at < Math.min(right, width); at += 9) (pen.moveTo(at, height), pen.lineTo(at + height, 0));
    pen.globalAlpha = 0.45;
    pen.stroke();
    pen.restore();
  }

  pen.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  pen.textBaseline = "middle";
  for (const { us, fine } of ticks(view, width)) {
    pen.fillStyle = colour("line");
    pen.fillRect(x(us), 20, 1, height);
    pen.fillStyle = colour("ink-3");
    pen.fillText(fine ? clockTime(us) : hourMinute(us), x(us) + 5, 11);
  }
  const [, encounterTall] = lane("encounters");
  for (const one of data.encounters) {
    const [left, right] = [Math.max(-4, x(one.start_us)), Math.min(width + 4, x(one.end_us))];
    if (right < 0 || left > width) continue;
    pen.fillStyle = colour(one.kind === "telephone" ? "note-soft" : "accent-soft");
    pen.beginPath();
    pen.roundRect(left + 0.5, lane("encounters")[0], Math.max(2, right - left - 1), encounterTall, 4);
    pen.fill();
    if (right - left > 56) {
      pen.fillStyle = colour(one.kind === "telephone" ? "note" : "accent");
      pen.fillText(
        `${one.kind === "telephone" ? "☎ " : ""}${one.ticket ?? ""}`,
        Math.max(4, left + 7),
        lane("encounters")[0] + 12.5,
        right - left - 12,
      );
    }
  }
  bars(data.silences, [lane("clerk")[0], lane("visitor")[0] + lane("visitor")[1] - lane("clerk")[0]], "minor-soft");
  bars(data.clerk, lane("clerk"), "level");
  // The visitor's speech is only known to have been there: a muted bar with a line through it.
  bars(data.visitor, lane("visitor"), "level-2", (ink, left, wide) => {
    ink.fillStyle = colour("surface");
    ink.fillRect(left, lane("visitor")[0] + lane("visitor")[1] / 2 - 1, wide, 2);
    ink.fillStyle = colour("level-2");
  });
  bars(
    data.clips.map((one) => [one.start_us, one.end_us]),
    lane("clips"),
    "note",
  );
  bars(
    data.recording.map((one) => [one.start_us, one.end_us]),
    [lane("clips")[0] + 14, 4],
    "accent",
  );
}

/**
 * The whole time in little, with the stretch that is shown.
 * @param {HTMLCanvasElement} canvas
 * @param {import("../types.js").Timeline} data
 * @param {import("./view.js").View} view
 */
export function drawOverview(canvas, data, view) {
  const { pen, width, height } = sharp(canvas);
  const colour = colours(canvas);
  const x = (/** @type {number} */ us) => ((us - data.from_us) / (data.to_us - data.from_us)) * width;
  pen.fillStyle = colour("sunk");
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = colour("level");
  for (const [from, to] of data.clerk) pen.fillRect(x(from), height * 0.35, Math.max(0.6, x(to) - x(from)), height * 0.4);
  for (const one of data.findings) {
    pen.fillStyle = colour(one.kind === "credit" ? "good" : "bad");
    pen.fillRect(x(one.wall_us) - 1, 2, 2.5, height - 4);
  }
  pen.strokeStyle = colour("accent");
  pen.lineWidth = 2;
  pen.strokeRect(x(view.from) + 1, 1, Math.max(4, x(view.to) - x(view.from) - 2), height - 2);
}
