// The dashboard of a real hall in a browser: the service plays the bundled recordings, and somebody signs in, sees an alert, hears its
// clip, dismisses it, sees the score change and takes a report home. Then pictures of every page.
//   SANSHENG=target/debug/sansheng node --test tests/e2e/hall.test.mjs
// SANSHENG_ARTEFACTS names the folder of the pictures and of what was measured.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { clerkContext, connect, freePort, lineOf, openHall, until } from "./hall.mjs";

const { chromium } = await import(process.env.PLAYWRIGHT ?? "playwright-core");
const program = resolve(process.env.SANSHENG ?? "target/debug/sansheng");
const artefacts = process.env.SANSHENG_ARTEFACTS ?? "target/e2e";
const PASSWORD = "a long one for the test";
/** The model hears slowly in a debug build on a busy machine. */
const PATIENCE_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), "sansheng-e2e-"));
const measured = {};
let hall;
let browser;
let page;
const complaints = [];

before(async () => {
  mkdirSync(artefacts, { recursive: true });
  hall = await openHall(program, join(folder, "hall"), await freePort());
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", timezoneId: "Asia/Shanghai", acceptDownloads: true });
  page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
});

after(async () => {
  writeFileSync(join(artefacts, "measured.json"), `${JSON.stringify(measured, null, 2)}\n`);
  await browser?.close();
  await hall?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("the first admin signs in with the password that was printed once, and chooses another", async () => {
  await page.goto(hall.address);
  await page.fill(".sign-in [name=name]", hall.name);
  await page.fill(".sign-in [name=password]", hall.password);
  await page.click(".sign-in .primary");
  await page.fill(".sign-in [name=old]", hall.password);
  await page.fill(".sign-in [name=fresh]", PASSWORD);
  await page.fill(".sign-in [name=again]", PASSWORD);
  await page.click(".sign-in .primary");
  await page.waitForSelector(".window >> nth=2");
  // Nobody was signed in when the page was opened: that one answer of 401 is the ordinary one.
  assert.deepEqual(complaints.splice(0).filter((one) => !one.includes("401")), []);
});

test("an alert of what is said comes onto the wall soon after it is told", async () => {
  // When a card of an alert comes into the page, by the page's own clock, which is this machine's.
  await page.evaluate(() => {
    window.seen = [];
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".alert") || node.querySelector?.(".alert")) window.seen.push(Date.now());
    }).observe(document.body, { childList: true, subtree: true });
  });
  const told = connect(hall, await page.context().cookies());
  await page.waitForSelector(".alert mark", { timeout: PATIENCE_MS });
  await page.waitForFunction(() => window.seen.length > 0, null, { timeout: PATIENCE_MS });
  const first = await told.next();
  const seen = await page.evaluate(() => window.seen);
  const delay = Math.min(...seen.map((at) => at - first.at_us / 1000).filter((ms) => ms > -5));
  measured.alert_on_screen_ms = Math.round(delay);
  told.close();
  assert.ok(Number.isFinite(delay), "the alert that was told was seen");
  assert.match(await page.locator(".link-badge").innerText(), /实时/);
  assert.deepEqual(complaints, []);
});

test("a page is there quickly", async () => {
  const loads = [];
  for (let turn = 0; turn < 5; turn += 1) {
    await page.goto(hall.address, { waitUntil: "load" });
    await page.waitForSelector(".window");
    loads.push(await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd));
  }
  measured.page_load_ms = loads.map(Math.round);
  assert.ok(loads.every((ms) => ms > 0));
});

test("its clip is heard, it is dismissed, and the score that it took from is given back", async () => {
  await page.goto(`${hall.address}/review?view=all&kind=forbidden&order=oldest`);
  await page.waitForSelector(".finding", { timeout: PATIENCE_MS });
  await page.click(".finding-open");
  await page.waitForSelector(".play", { timeout: PATIENCE_MS });
  await page.click(".play");
  await page.waitForSelector(".player[data-state=playing]");
  // A visit is scored once it is over.
  const before = await until(() => lineOf(page), (line) => line?.points < 0 && line.score != null, PATIENCE_MS);
  await page.fill(".actions textarea", "是在转述别人的话");
  await page.click(".actions .primary");
  // A ruling is sent some seconds after it is made, so that it can be taken back.
  const after = await until(() => lineOf(page, before.finding), (line) => line?.effect === "dismissed", PATIENCE_MS);
  assert.equal(after.points, 0, JSON.stringify([before, after]));
  assert.equal(typeof after.score, "number");
  assert.deepEqual(complaints, []);
});

test("the report is taken home as a workbook", async () => {
  await page.goto(`${hall.address}/scores`);
  await page.waitForSelector(".chart canvas");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download]:has-text('XLSX')")]);
  const file = join(folder, "report.xlsx");
  await download.saveAs(file);
  const { readFileSync } = await import("node:fs");
  assert.equal(readFileSync(file).subarray(0, 2).toString(), "PK");
});

test("every page has its picture in both languages and themes, and nothing to complain of", async () => {
  const state = await page.context().storageState();
  const clerk = await clerkContext(hall, page, browser, { name: "李四", staff: "0305" }, PASSWORD);
  const pages = { wall: "/", review: "/review?view=all", session: "/session?window=2", scores: "/scores", rules: "/rules", health: "/health", me: "/me", people: "/people" };
  for (const [name, path] of Object.entries(pages)) {
    for (const lang of ["zh", "en"]) {
      for (const theme of ["light", "dark"]) {
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: theme, locale: "zh-CN", timezoneId: "Asia/Shanghai", storageState: name === "me" ? clerk : state });
        await context.addInitScript(([lang, theme]) => {
          for (const id of ["", ".1", ".2"]) {
            localStorage.setItem(`sansheng.lang${id}`, lang);
            localStorage.setItem(`sansheng.theme${id}`, theme);
          }
        }, [lang, theme]);
        const shown = await context.newPage();
        shown.on("console", (message) => message.type() === "error" && complaints.push(`${name} ${lang} ${theme}: ${message.text()}`));
        shown.on("pageerror", (error) => complaints.push(`${name} ${lang} ${theme}: ${error.message}`));
        await shown.goto(hall.address + path, { waitUntil: "load" });
        await shown.waitForSelector("h1");
        await shown.waitForTimeout(name === "wall" ? 1_500 : 700);
        await shown.screenshot({ path: join(artefacts, `${name}-${lang}-${theme}.png`) });
        await context.close();
      }
    }
  }
  assert.deepEqual(complaints, []);
});
