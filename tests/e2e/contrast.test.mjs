// Every pair of ink and ground that the style sheets use has the contrast that WCAG AA asks for, in both themes.
//   node --test tests/e2e/contrast.test.mjs
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const css = readFileSync(new URL("../../src/web/assets/css/tokens.css", import.meta.url), "utf8");
const block = (selector) => {
  const from = css.indexOf(selector);
  assert.ok(from >= 0, selector);
  return Object.fromEntries([...css.slice(from, css.indexOf("}", from)).matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
};
const light = block(":root {");
const dark = block(':root[data-theme="dark"]');

/** Relative luminance, WCAG 2.2. */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** Ink, and the grounds it is written on. 4.5 : 1. */
const TEXT = {
  ink: ["ground", "surface", "sunk", "accent-soft", "mark", "minor-soft"],
  "ink-2": ["ground", "surface", "sunk", "accent-soft", "bad-soft", "minor-soft"],
  "ink-3": ["ground", "surface", "sunk", "accent-soft"],
  accent: ["ground", "surface", "accent-soft", "sunk"],
  "accent-ink": ["accent"],
  good: ["surface", "good-soft", "ground"],
  bad: ["surface", "bad-soft", "ground", "sunk"],
  major: ["surface", "major-soft"],
  minor: ["surface", "minor-soft"],
  note: ["surface", "note-soft"],
  "mark-ink": ["mark"],
  // White or black on a filled chip, pin or message.
  surface: ["bad", "minor", "major", "note", "good"],
  ground: ["ink"],
};
/** What is seen and not read: edges of fields, meters, bars. 3 : 1. */
const SHAPES = { "line-strong": ["surface", "ground"], level: ["surface"], "level-2": ["surface"], accent: ["sunk"], bad: ["sunk"] };

for (const [theme, colours] of Object.entries({ light, dark })) {
  for (const [wanted, pairs] of [[4.5, TEXT], [3, SHAPES]]) {
    for (const [ink, grounds] of Object.entries(pairs)) {
      for (const ground of grounds) {
        test(`${theme}: ${ink} on ${ground} is at least ${wanted}`, () => {
          const has = contrast(colours[ink], colours[ground]);
          assert.ok(has >= wanted, `${has.toFixed(2)}`);
        });
      }
    }
  }
}

test("the dark theme of the system is the dark theme of the switch", () => {
  assert.deepEqual(block(":root:not([data-theme])"), dark);
});
