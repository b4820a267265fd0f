// Is the wall smooth? Measures the gaps between frames while every window changes ten times a second, and how soon the page is there.
//   PLAYWRIGHT=PATH/playwright-core/index.mjs node tests/e2e/frames.mjs [--windows 60] [--seconds 20]
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { once } from "node:events";

const { chromium } = await import(process.env.PLAYWRIGHT ?? "playwright-core");
const options = Object.fromEntries([...process.argv.slice(2).join(" ").matchAll(/--([\w-]+) (\S+)/g)].map(([, name, value]) => [name, value]));
const [windows, seconds, port] = [Number(options.windows ?? 60), Number(options.seconds ?? 20), 8795];
const server = spawn(process.execPath, [fileURLToPath(new URL("mock/server.mjs", import.meta.url)), "--port", String(port), "--windows", String(windows), "--alert-every", "2"]);
await once(server.stdout, "data");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.waitForSelector(".window");
  const shown = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType("navigation");
    return { loaded: navigation.loadEventEnd, painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime, cards: performance.now() };
  });
  await page.waitForTimeout(3000);
  // From the moment the server told an alert to the frame after it stands in the page; both clocks are this machine's.
  await page.evaluate(() => {
    window.seenMs = [];
    new MutationObserver((changes) => {
      if (!changes.some((change) => [...change.addedNodes].some((node) => node.classList?.contains("alert")))) return;
      requestAnimationFrame(() => setTimeout(() => window.seenMs.push(Date.now()), 0));
    }).observe(document.querySelector(".alert-list"), { childList: true });
    window.toldMs = [];
    const stream = new EventSource("/api/v1/stream");
    stream.addEventListener("alert", (event) => {
      const alert = JSON.parse(event.data);
      if (alert.revision === 1) window.toldMs.push(alert.at_us / 1000);
    });
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const read = async () => Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
  const before = await read();
  const { gaps, long } = await page.evaluate((ms) => new Promise((resolve) => {
    const gaps = [];
    let long = 0;
    new PerformanceObserver((list) => (long += list.getEntries().length)).observe({ entryTypes: ["longtask"] });
    const begin = performance.now();
    let last = begin;
    requestAnimationFrame(function frame(now) {
      gaps.push(now - last);
      last = now;
      if (now - begin < ms) requestAnimationFrame(frame);
      else resolve({ gaps: gaps.slice(1), long });
    });
  }), seconds * 1000);
  const after = await read();
  const delays = await page.evaluate(() => window.toldMs.map((told) => Math.min(...window.seenMs.filter((seen) => seen >= told)) - told).filter(Number.isFinite));
  gaps.sort((a, b) => a - b);
  const at = (share) => gaps[Math.min(gaps.length - 1, Math.floor(share * gaps.length))].toFixed(1);
  const spent = (name) => ((after[name] - before[name]) / seconds * 100).toFixed(1);
  console.log(`page: first paint ${shown.painted?.toFixed(0)} ms, load event ${shown.loaded.toFixed(0)} ms, cards by ${shown.cards.toFixed(0)} ms`);
  console.log(`${windows} windows, ${seconds} s: ${gaps.length} frames; gaps p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, longest ${gaps.at(-1).toFixed(1)} ms; long tasks ${long}`);
  console.log(`main thread: scripts ${spent("ScriptDuration")} %, style ${spent("RecalcStyleDuration")} %, layout ${spent("LayoutDuration")} %, all tasks ${spent("TaskDuration")} %, processor time ${spent("ThreadTime")} % (whole renderer ${spent("ProcessTime")} %); layouts ${((after.LayoutCount - before.LayoutCount) / seconds).toFixed(1)} a second`);
  console.log(`alerts: ${delays.length} on screen after ${delays.map((ms) => ms.toFixed(0)).join(", ")} ms`);
} finally {
  await browser.close();
  server.kill();
}
