// The dashboard of a real hall in a browser: the service plays the bundled recordings, and somebody signs in, sees an alert, hears its
// clip, dismisses it, sees the score change and takes a report home. Then pictures of every page.
//   SANSHENG=target/debug/sansheng node --test tests/e2e/hall.test.mjs
// SANSHENG_ARTEFACTS names the folder of the pictures and of what was measured.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { differences } from "./contract.mjs";
import { clerkContext, connect, freePort, lineOf, openHall, openMock, signInFirst, until } from "./hall.mjs";

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
  await signInFirst(page, hall.address, hall, PASSWORD);
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

test("the made-up hall, by which the pages are made, answers as the service does", async () => {
  const mock = await openMock(await freePort());
  const real = (method, path, body) => page.evaluate(async ([method, path, body]) => {
    const { csrf } = await (await fetch("/api/v1/session")).json();
    return (await fetch(path, { method, body, headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf } })).json();
  }, [method, `/api/v1${path}`, body && JSON.stringify(body)]);
  const [now, day] = [Date.now() * 1000, new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)];
  const asked = [
    ...["/session", "/hall", "/wall", "/findings?kind=forbidden", "/encounters", `/scores?from=${day}&to=${day}`, "/rules", "/rules/hall", "/rules/near-misses", "/health", "/recordings", "/people", "/tokens", "/audit",
      `/timeline?window=2&from_us=${now - 1800e6}&to_us=${now}`].map((path) => ["GET", path]),
    ["POST", "/rules/try", { sentence: "我不管问别人去" }],
    ["POST", "/rules/check", { text: 'severity = "awful"\n' }],
  ];
  const found = [];
  const compare = async (method, path, body, made = path) => found.push(...differences(await real(method, path, body), await mock.ask(method, made, body)).map((one) => `${method} ${path} ${one}`));
  for (const [method, path, body] of asked) await compare(method, path, body);
  // A finding in full, of one that was said.
  const said = async (ask) => (await ask("GET", "/findings?kind=forbidden")).items[0].id;
  await compare("GET", `/findings/${await said(real)}`, undefined, `/findings/${await said(mock.ask)}`);
  await mock.stop();
  assert.deepEqual(found, []);
});

test("every page has its picture in both languages and themes, on a desk and in a hand, and nothing to complain of", async () => {
  const state = await page.context().storageState();
  const clerk = await clerkContext(hall, page, browser, { name: "李四", staff: "0305" }, PASSWORD);
  const pages = { wall: "/", review: "/review?view=all", session: "/session?window=2", scores: "/scores", rules: "/rules", health: "/health", me: "/me", people: "/people" };
  const screens = { "": { viewport: { width: 1440, height: 900 } }, "-phone": { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true } };
  for (const [name, path, screen] of Object.entries(pages).flatMap(([name, path]) => Object.keys(screens).map((screen) => [name, path, screen]))) {
    const context = await browser.newContext({ ...screens[screen], locale: "zh-CN", timezoneId: "Asia/Shanghai", storageState: name === "me" ? clerk : state });
    const shown = await context.newPage();
    let of = `${name}${screen}`;
    const complain = (what) => complaints.push(`${of}: ${what}`);
    shown.on("console", (message) => message.type() === "error" && complain(message.text()));
    shown.on("pageerror", (error) => complain(error.message));
    await shown.goto(hall.address + path, { waitUntil: "load" });
    await shown.waitForSelector("h1");
    // Charts are drawn, and there are words on the wall.
    await shown.waitForTimeout(name === "wall" ? 1_500 : 700);
    for (const lang of ["zh", "en"]) {
      // The button names the other language.
      const button = shown.locator(".switches .lang");
      if ((await button.innerText()) === (lang === "zh" ? "中文" : "EN")) await button.click();
      for (const theme of ["light", "dark"]) {
        of = `${name}${screen}-${lang}-${theme}`;
        await shown.emulateMedia({ colorScheme: theme });
        await shown.waitForTimeout(100);
        const wider = await shown.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wider > 0) complain(`${wider} px wider than the screen`);
        await shown.screenshot({ path: join(artefacts, `${of}.png`) });
      }
    }
    await context.close();
  }
  assert.deepEqual(complaints, []);
});
