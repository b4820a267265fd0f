// Waveforms: loudness of a recording as bars, drawn on a canvas.

/**
 * Loudness in `n` steps, 0 to 1, the loudest being 1.
 * @param {Float32Array} samples
 * @param {number} n
 * @returns {number[]}
 */
export function peaksOf(samples, n) {
  const step = samples.length / n;
  const peaks = Array.from({ length: n }, (_, at) => {
    let most = 0;
    const end = Math.min(samples.length, Math.floor((at + 1) * step));
    for (let i = Math.floor(at * step); i < end; i++) most = Math.max(most, Math.abs(samples[i]));
    return most;
  });
  const loudest = Math.max(...peaks, 1e-6);
  return peaks.map((one) => one / loudest);
}

/**
 * What stands in for the waveform while the clip has not been listened to: speech where there was some.
 * @param {number[][]} spans start and end of each word or stretch
 * @param {number} start
 * @param {number} end
 * @param {number} n
 */
export function outlineOf(spans, start, end, n) {
  const outline = new Array(n).fill(0.03);
  for (const [first, last] of spans) {
    const [from, to] = [((first - start) / (end - start)) * n, ((last - start) / (end - start)) * n];
    for (let at = Math.max(0, Math.floor(from)); at < Math.min(n, to); at++) {
      outline[at] = Math.max(outline[at], 0.25 + 0.35 * Math.sin(Math.PI * Math.min(1, Math.max(0, (at - from) / (to - from)))));
    }
  }
  return outline;
}

/** A canvas knows no custom properties: the colours are looked up when it is drawn. @param {Element} element */
export function colours(element) {
  const style = getComputedStyle(element);
  return (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
}

/** Makes a canvas as sharp as the screen; returns its context and size in CSS pixels. @param {HTMLCanvasElement} canvas */
export function sharp(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { pen, width, height };
}

/**
 * Draws loudness as bars around the middle, those in `marked` (shares of the width) in the colour of an offence.
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} peaks
 * @param {{marked?: [number, number][], hidden?: [number, number][], faint?: boolean}} how
 */
export function drawWave(canvas, peaks, how = {}) {
  const { pen, width, height } = sharp(canvas);
  const colour = colours(canvas);
  const within = (/** @type {[number, number][]|undefined} */ spans, /** @type {number} */ share) =>
    spans?.some(([from, to]) => share >= from && share <= to);
  pen.clearRect(0, 0, width, height);
  for (const [from, to] of how.marked ?? []) {
    pen.fillStyle = colour("mark");
    pen.fillRect(from * width, 0, (to - from) * width, height);
  }
  for (const [from, to] of how.hidden ?? []) {
    // Hatched: silenced or lost, so that silence is not taken for nobody speaking.
    pen.fillStyle = colour("sunk");
    pen.fillRect(from * width, 0, (to - from) * width, height);
    pen.strokeStyle = colour("line-strong");
    pen.beginPath();
    for (let x = from * width - height; x < to * width; x += 7) {
      const [x0, x1] = [Math.max(x, from * width), Math.min(x + height, to * width)];
      if (x1 > x0) (pen.moveTo(x0, height - (x0 - x)), pen.lineTo(x1, height - (x1 - x)));
    }
    pen.globalAlpha = 0.5;
    pen.stroke();
    pen.globalAlpha = 1;
  }
  const pitch = width / peaks.length;
  const thick = Math.max(1, Math.min(3, pitch * 0.62));
  peaks.forEach((peak, at) => {
    const share = (at + 0.5) / peaks.length;
    pen.fillStyle = within(how.marked, share) ? colour("bad") : how.faint ? colour("line-strong") : colour("level");
    const tall = Math.max(1.5, peak * (height - 6));
    pen.fillRect(at * pitch + (pitch - thick) / 2, (height - tall) / 2, thick, tall);
  });
}
