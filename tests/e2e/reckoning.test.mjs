// Times of the hall, and where a moment lies on the timeline.
//   node --test tests/e2e/reckoning.test.mjs
import { test } from "node:test";
import assert from "node:assert/strict";
import { hall } from "../../src/web/assets/js/state.js";
import { addDays, dayOf, dayStartUs, duration, localText, localUs, longDuration, size } from "../../src/web/assets/js/format.js";
import { pan, ticks, zoom } from "../../src/web/assets/js/session/view.js";

const inZone = (zone) => (hall.value = /** @type {any} */ ({ zone, windows: [], clerks: [], provisions: [] }));

test("a day begins at the hall's midnight, wherever the browser is", () => {
  for (const [zone, day, utc] of [["Asia/Shanghai", "2026-11-23", "2026-11-22T16:00:00Z"], ["UTC", "2026-11-23", "2026-11-23T00:00:00Z"], ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"], ["Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"]]) {
    inZone(zone);
    assert.equal(dayStartUs(day), Date.parse(utc) * 1000, `${zone} ${day}`);
    assert.equal(dayOf(dayStartUs(day)), day);
    assert.equal(dayOf(dayStartUs(day) - 1e6), addDays(day, -1));
  }
});

test("what a date field shows is what it means", () => {
  for (const zone of ["Asia/Shanghai", "America/New_York"]) {
    inZone(zone);
    const us = Date.parse("2026-07-01T03:04:05Z") * 1000;
    assert.equal(localUs(localText(us)), us, zone);
  }
});

test("days are added over the ends of months and years", () => {
  for (const [day, by, then] of [["2026-02-28", 1, "2026-03-01"], ["2026-01-01", -1, "2025-12-31"], ["2028-02-28", 1, "2028-02-29"]]) assert.equal(addDays(day, by), then);
});

test("durations and sizes are as people write them", () => {
  assert.deepEqual([0, 59.9, 134, 3723, -5].map(duration), ["00:00", "00:59", "02:14", "1:02:03", "00:00"]);
  assert.deepEqual([500, 1536, 441 * 1024 * 1024, null].map(size), ["500 B", "1.5 KiB", "441 MiB", "–"]);
  assert.match(longDuration(90_000), /1.*1/);
});

test("zooming keeps the moment under the pointer, and neither zooming nor moving leaves the whole", () => {
  const whole = { from: 0, to: 3600e6 };
  const near = zoom(whole, 0.5, 900e6, whole);
  assert.equal((900e6 - near.from) / (near.to - near.from), 0.25);
  assert.deepEqual(zoom(near, 100, 900e6, whole), whole);
  assert.ok(zoom(whole, 1e-9, 0, whole).to >= 4e6, "nothing shorter than four seconds");
  assert.deepEqual(pan(near, -9, whole), { from: 0, to: near.to - near.from });
  assert.equal(pan(near, 9, whole).to, whole.to);
});

test("marks on the axis stand at round times and leave room for their words", () => {
  for (const width of [300, 900, 1600]) {
    for (const lasts of [10e6, 60e6, 3600e6, 86_400e6]) {
      const marks = ticks({ from: 1_763_800_000e6, to: 1_763_800_000e6 + lasts }, width);
      for (let at = 1; at < marks.length; at++) assert.ok(((marks[at].us - marks[at - 1].us) / lasts) * width >= 89, `${width} ${lasts}`);
    }
  }
});
