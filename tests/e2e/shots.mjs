// Pictures of every page in both languages and themes, wide and narrow; fails on anything the console complains of.
//   PLAYWRIGHT=PATH/playwright-core/index.mjs node tests/e2e/shots.mjs --out DIR [--base http://127.0.0.1:8790] [--only review] [--quick yes]
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const { chromium } = await import(process.env.PLAYWRIGHT ?? "playwright-core");
const options = Object.fromEntries([...process.argv.slice(2).join(" ").matchAll(/--([\w-]+) (\S+)/g)].map(([, name, value]) => [name, value]));
const base = options.base ?? "http://127.0.0.1:8790";
const out = options.out ?? "shots";
mkdirSync(out, { recursive: true });

/** Name, address, and what to do before the picture is taken. */
const PAGES = [
  ["wall", "/", async (page) => page.waitForTimeout(3500)],
  ["review", "/review?view=all", async (page) => { await page.waitForSelector(".finding"); await page.waitForTimeout(400); }],
  ["review-playing", "/review?view=all&kind=forbidden", async (page) => { await page.click(".finding-open"); await page.waitForSelector(".play"); await page.click(".play"); await page.waitForTimeout(1900); }],
  ["session", "/session?window=2", async (page) => { await page.waitForSelector(".lanes-canvas"); await page.waitForTimeout(400); const pin = page.locator(".pin").last(); if (await pin.count()) await pin.click({ force: true }); await page.waitForTimeout(500); }],
  ["scores", "/scores", async (page) => { await page.waitForSelector(".chart canvas"); await page.waitForTimeout(600); }],
  ["rules", "/rules", async (page) => page.waitForSelector(".rule")],
  ["rules-try", "/rules?tab=try", async (page) => { await page.click(".panel .button.small"); await page.waitForSelector(".hit"); }],
  ["rules-edit", "/rules?tab=edit", async (page) => { await page.fill(".editor-text", (await page.inputValue(".editor-text")).replace('severity = "minor"', 'severity = "awful"')); await page.waitForSelector(".fault"); }],
  ["rules-near", "/rules?tab=near", async (page) => page.waitForSelector(".near")],
  ["health", "/health", async (page) => page.waitForSelector(".latency-row")],
  ["me", "/me", async (page) => { await page.waitForSelector(".chart canvas"); await page.waitForTimeout(600); }, "张敏"],
  ["people", "/people", async (page) => page.waitForSelector("tbody tr"), "admin"],
  ["people-audit", "/people?tab=audit", async (page) => page.waitForSelector("tbody tr"), "admin"],
  ["webhooks", "/people?tab=webhooks", async (page) => page.click("[aria-expanded]:has-text('送达记录'), [aria-expanded]:has-text('Deliveries')"), "admin"],
  ["help", "/review?view=all", async (page) => { await page.waitForSelector(".finding"); await page.keyboard.press("?"); await page.waitForSelector(".keys"); }],
  ["sign-in", "/", async (page) => page.waitForSelector(".sign-in"), null],
];
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const complaints = [];

for (const [name, path, ready, person = "王主任"] of PAGES.filter(([name]) => !options.only || options.only.split(",").includes(name))) {
  // One person is signed in at a time: see mock/server.mjs.
  await fetch(`${base}/api/v1/session`, person ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name: person, password: "x" }) } : { method: "DELETE" });
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const lang of options.quick ? ["zh"] : ["zh", "en"]) {
      for (const theme of options.quick ? ["light"] : ["light", "dark"]) {
        const context = await browser.newContext({ viewport, colorScheme: theme, locale: lang === "zh" ? "zh-CN" : "en-GB", timezoneId: "Asia/Shanghai", hasTouch: size === "narrow" });
        await context.addInitScript(([lang, theme]) => { for (const id of ["", ".1", ".2", ".3", ".4"]) { localStorage.setItem(`sansheng.lang${id}`, lang); localStorage.setItem(`sansheng.theme${id}`, theme); } }, [lang, theme]);
        const page = await context.newPage();
        const complain = (what) => complaints.push(`${name} ${size} ${lang} ${theme}: ${what}`);
        page.on("console", (message) => ["error", "warning"].includes(message.type()) && !(name === "sign-in" && message.text().includes("401")) && complain(message.text()));
        page.on("pageerror", (error) => complain(error.stack));
        try {
          await page.goto(base + path, { waitUntil: "load" });
          await ready(page);
        } catch (error) {
          complain(error.message.split("\n")[0]);
        }
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wider > 0) complain(`the page is ${wider} px wider than the screen`);
        await page.screenshot({ path: join(out, `${name}-${size}-${lang}-${theme}.png`) });
        await context.close();
      }
    }
  }
}
await browser.close();
console.log(complaints.length ? complaints.join("\n") : "no complaints");
process.exitCode = complaints.length ? 1 : 0;
