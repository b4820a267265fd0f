// Time on the screen: which stretch is shown, and where a moment lies in it.

/** @typedef {{from: number, to: number}} View microseconds */

/** Nothing shorter is shown: below it there is nothing to see. */
const SHORTEST_US = 4e6;

/**
 * Zooms by `factor` (below 1: nearer) around a moment, within `whole`.
 * @param {View} view @param {number} factor @param {number} around @param {View} whole
 * @returns {View}
 */
export function zoom(view, factor, around, whole) {
  const lasts = Math.min(whole.to - whole.from, Math.max(SHORTEST_US, (view.to - view.from) * factor));
  const share = (around - view.from) / (view.to - view.from);
  return clamp({ from: around - share * lasts, to: around + (1 - share) * lasts }, whole);
}

/**
 * Moves by a share of what is shown.
 * @param {View} view @param {number} share @param {View} whole
 */
export function pan(view, share, whole) {
  const by = (view.to - view.from) * share;
  return clamp({ from: view.from + by, to: view.to + by }, whole);
}

/** @param {View} view @param {View} whole @returns {View} */
function clamp(view, whole) {
  const lasts = view.to - view.from;
  const from = Math.max(whole.from, Math.min(whole.to - lasts, view.from));
  return { from, to: from + lasts };
}

/** Where less than this share of the time has anything to show, that part is shown at first. */
const SPARSE = 0.5;
/** With so much beside it, and never less than a minute. */
const BESIDE = 0.06;
const FIRST_US = 60e6;

/**
 * What is shown at first of a time: all of it, or, where most of it was not listened to, the part that was.
 * @param {number[][]} listened spans, microseconds
 * @param {View} whole
 * @returns {View}
 */
export function firstView(listened, whole) {
  if (!listened.length) return whole;
  const from = Math.max(whole.from, Math.min(...listened.map(([start]) => start)));
  const to = Math.min(whole.to, Math.max(...listened.map(([, end]) => end)));
  if (to - from > (whole.to - whole.from) * SPARSE) return whole;
  const lasts = Math.min(whole.to - whole.from, Math.max(FIRST_US, (to - from) * (1 + 2 * BESIDE)));
  return clamp({ from: (from + to - lasts) / 2, to: (from + to + lasts) / 2 }, whole);
}

/**
 * Marks that would lie on each other are one mark of many. Each heap begins with its first and takes all that are too near to it.
 * @template {{wall_us: number}} T
 * @param {T[]} marks @param {(us: number) => number} x where a moment lies, pixels @param {number} apart pixels
 * @returns {T[][]} in the order of time
 */
export function heaps(marks, x, apart) {
  /** @type {T[][]} */
  const all = [];
  for (const mark of [...marks].sort((a, b) => a.wall_us - b.wall_us)) {
    const heap = all[all.length - 1];
    if (heap && x(mark.wall_us) - x(heap[0].wall_us) < apart) heap.push(mark);
    else all.push([mark]);
  }
  return all;
}

/** Distances between marks on the axis, seconds. */
const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800];

/**
 * Moments to mark on the axis: at most one each 90 pixels, at round times.
 * @param {View} view @param {number} width
 * @returns {{us: number, fine: boolean}[]} `fine`: seconds matter
 */
export function ticks(view, width) {
  const least = ((view.to - view.from) / 1e6 / width) * 90;
  const step = (STEPS_S.find((one) => one >= least) ?? 28_800) * 1e6;
  const marks = [];
  for (let us = Math.ceil(view.from / step) * step; us <= view.to; us += step) marks.push({ us, fine: step < 60e6 });
  return marks;
}
