// Times of the hall, where a moment lies on the timeline, and wordings as people read them.
//   node --test tests/e2e/reckoning.test.mjs
import { test } from "node:test";
import assert from "node:assert/strict";
import { hall } from "../../src/web/assets/js/state.js";
import { addDays, dayOf, dayStartUs, duration, localText, localUs, longDuration, size } from "../../src/web/assets/js/format.js";
import { firstView, heaps, pan, ticks, zoom } from "../../src/web/assets/js/session/view.js";
import { alignedOf, exampleOf, owedWords, piecesOf } from "../../src/web/assets/js/pattern.js";
import { everyDay, everyHour } from "../../src/web/assets/js/scores/charts.js";

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

test("a time of which little was listened to opens where it was", () => {
  const whole = { from: 0, to: 3600e6 };
  assert.deepEqual(firstView([], whole), whole);
  assert.deepEqual(firstView([[0, 1000e6], [2000e6, 3000e6]], whole), whole, "most of it was listened to");
  const view = firstView([[3300e6, 3600e6]], whole);
  assert.equal(view.to, whole.to);
  assert.ok(view.from < 3300e6 && view.from > 3200e6, JSON.stringify(view));
  assert.equal(firstView([[3590e6, 3600e6]], whole).from, 3540e6, "never less than a minute");
});

test("findings that would lie on each other are one mark, and none is lost", () => {
  const marks = [0, 3, 10, 100, 104, 131].map((wall_us) => ({ wall_us }));
  const found = heaps([...marks].reverse(), (us) => us, 26);
  assert.deepEqual(found.map((heap) => heap.map((one) => one.wall_us)), [[0, 3, 10], [100, 104], [131]]);
});

test("a wording of the rulebook is read as people say it", () => {
  for (const [pattern, example] of [["[您|你]好", "您好"], ["[再|]请您稍等[一下|]", "请您稍等"], ["我不明白，你去问××", "我不明白，你去问××"], ["再见", "再见"], ["[]", ""]]) assert.equal(exampleOf(pattern), example, pattern);
  assert.equal(owedWords("[您|你]好 / [大家|各位]好 / [你|您|]好"), "您好 / 大家好 / 好");
  assert.equal(owedWords(null), "");
  assert.deepEqual(piecesOf("[你|您|]去"), [{ any: ["你", "您"], optional: true }, { text: "去" }]);
});

test("a step of an alignment is read as the service writes it", () => {
  assert.deepEqual(alignedOf("时 shi\t事 shi\t0.00\tsame sound"), { said: "时", heard: "事", cost: 0, slot: false });
  assert.deepEqual(alignedOf("不 bu\t－ \t0.80\tnot heard"), { said: "不", heard: null, cost: 0.8, slot: false });
  assert.deepEqual(alignedOf("×× \t三 san\t0.00\tslot"), { said: null, heard: "三", cost: 0, slot: true });
});

test("a trend has its empty days and a heat map its empty hours", () => {
  const day = (name) => ({ day: name, score: 97, coverage: 0.9, findings: 1, shifts: 2 });
  const one = everyDay(/** @type {any} */ ({ days: [day("2026-11-23")], from: "2026-10-27", to: "2026-11-23" }));
  assert.deepEqual([one.length, one[0].day, one[0].score, one[6].score], [7, "2026-11-17", null, 97]);
  const two = everyDay(/** @type {any} */ ({ days: [day("2026-11-02"), day("2026-11-20")], from: "2026-11-01", to: "2026-11-23" }));
  assert.deepEqual([two.length, two[0].day, two.filter((each) => each.score).length], [22, "2026-11-02", 2]);
  assert.equal(everyDay(/** @type {any} */ ({ days: [day("2026-11-23")], from: "2026-11-23", to: "2026-11-23" })).length, 1, "no day that was not asked for");
  for (const [heard, first, n] of [[[9, 16], 9, 9], [[22], 15, 9], [[0, 23], 0, 24], [[8, 9], 8, 9]]) assert.deepEqual([everyHour(heard)[0], everyHour(heard).length], [first, n]);
});
