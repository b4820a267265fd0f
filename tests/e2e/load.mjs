// How late alerts come while nobody looks, and while a crowd does: the same hall, turn and turn about. Run by hand:
//   node tests/e2e/load.mjs PROGRAM [WINDOWS] [SECONDS] [TURNS]
// One stream is read all the time, which tells the delay of each alert as the service measured it.
// The crowd: 200 streams that are read, 8 that never are, and pages that are loaded one after the other. It runs on the same
// machine, of the lowest priority: what it takes of the processor beside the service's own work counts against the service.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { Agent, request } from "node:http";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, openHall } from "./hall.mjs";

const IDLE = 200;
const DEAF = 8;
/** Between two pages. */
const PAGE_MS = 250;
/** Before anything is measured. */
const WARM_MS = 30_000;
const PATHS = ["/", "/api/v1/session", "/api/v1/hall", "/api/v1/wall", "/api/v1/findings?limit=50", "/api/v1/encounters", "/api/v1/scores", "/api/v1/health", "/metrics"];
const SHARES = [0.5, 0.95, 0.99];
const AUDIO = new URL("../audio/", import.meta.url).pathname;

const [program, windows = "8", seconds = "60", turns = "2"] = process.argv.slice(2);
if (!program) throw new Error("name the program: target/release/sansheng");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// Pages leave their connections open, as browsers do.
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

function ask(hall, path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(hall.address + path, { agent, method, headers: { cookie: hall.cookie ?? "", ...headers } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part)).on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on("error", reject);
    asked.end(body && JSON.stringify(body));
  });
}

/** The first admin signs in, and changes the password. */
async function signIn(hall) {
  const json = { "content-type": "application/json" };
  const first = await ask(hall, "/api/v1/session", { method: "POST", headers: json, body: { name: hall.name, password: hall.password } });
  hall.cookie = first.headers["set-cookie"][0].split(";")[0];
  const fresh = "a measurement, no secret";
  const changed = await ask(hall, "/api/v1/session/password", { method: "PUT", headers: { ...json, "x-csrf-token": JSON.parse(first.text).csrf }, body: { old: hall.password, new: fresh } });
  if (changed.status >= 300) throw new Error(`the password was not changed: ${changed.text}`);
  const again = await ask(hall, "/api/v1/session", { method: "POST", headers: json, body: { name: hall.name, password: fresh } });
  hall.cookie = again.headers["set-cookie"][0].split(";")[0];
}

/** All samples of a scrape: name with labels, value. */
async function scrape(hall) {
  const samples = new Map();
  for (const line of (await ask(hall, "/metrics")).text.split("\n")) {
    const found = /^(\w+(?:\{[^}]*\})?) (\S+)/.exec(line);
    if (found) samples.set(found[1], Number(found[2]));
  }
  return samples;
}

const sum = (samples, pattern) => [...samples].reduce((all, [name, value]) => (pattern.test(name) ? all + value : all), 0);

/** Delays of the alerts that come, each once, as the service measured them up to their first publication. */
function listen(hall) {
  const delays = new Map();
  let text = "";
  const asked = request(`${hall.address}/api/v1/stream`, { headers: { cookie: hall.cookie } }, (answer) => {
    answer.setEncoding("utf8").on("error", () => {}).on("data", (part) => {
      const events = (text + part).split("\n\n");
      text = events.pop();
      for (const event of events) {
        const data = /^event: alert$/m.test(event) && /^data: (.*)$/m.exec(event);
        const alert = data && JSON.parse(data[1]);
        if (alert && alert.kind === "forbidden" && !delays.has(alert.id)) delays.set(alert.id, alert.latency_s);
      }
    });
  });
  asked.on("error", () => {}).end();
  return { delays, close: () => asked.destroy() };
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;

function stream(hall, read, after) {
  const socket = connect(Number(new URL(hall.address).port), "127.0.0.1");
  const crowd = { socket, bytes: 0, cut: false };
  socket.on("error", () => {}).on("close", () => (crowd.cut = true));
  socket.write(`GET /api/v1/stream${after} HTTP/1.1\r\nHost: localhost\r\nCookie: ${hall.cookie}\r\n\r\n`);
  if (read) socket.on("data", (part) => (crowd.bytes += part.length));
  return crowd;
}

/** Loads pages until it is told to stop; gives how long each took. */
async function browse(hall, stop) {
  const took = [];
  for (let at = 0; !stop.over; at++) {
    const since = performance.now();
    const answer = await ask(hall, PATHS[at % PATHS.length]);
    if (answer.status !== 200) throw new Error(`${PATHS[at % PATHS.length]} answered ${answer.status}`);
    took.push(performance.now() - since);
    await pause(PAGE_MS);
  }
  return took;
}

async function turn(hall, crowded, seen) {
  const stop = { over: false };
  const idle = crowded ? Array.from({ length: IDLE }, () => stream(hall, true, "")) : [];
  const deaf = crowded ? Array.from({ length: DEAF }, () => stream(hall, false, "?after=1")) : [];
  const pages = crowded ? browse(hall, stop) : Promise.resolve([]);
  await pause(2_000);
  const heard = listen(hall);
  const before = await scrape(hall);
  await pause(Number(seconds) * 1_000);
  const after = await scrape(hall);
  stop.over = true;
  seen.pages.push(...(await pages));
  heard.close();
  seen.delays.push(...heard.delays.values());
  for (const [name, pattern] of Object.entries(COUNTED)) seen.counted[name] = (seen.counted[name] ?? 0) + sum(after, pattern) - sum(before, pattern);
  seen.load.push(sum(after, /^sansheng_load_ratio/));
  if (crowded) {
    const read = idle.reduce((all, one) => all + one.bytes, 0);
    console.error(`  ${idle.filter((one) => !one.cut).length} of ${IDLE} streams are there still, ${(read / IDLE / 1024).toFixed(0)} KiB each`);
  }
  for (const one of [...idle, ...deaf]) one.socket.destroy();
  await pause(2_000);
}

const COUNTED = {
  late: /^sansheng_alerts_late_total/,
  decodes: /^sansheng_decodes_total/,
  "decode s": /^sansheng_decode_seconds_total/,
  "unheard s": /^sansheng_unheard_seconds_total/,
  shed: /^sansheng_shed_total/,
};

const folder = mkdtempSync(join(tmpdir(), "load-"));
const audio = readdirSync(AUDIO).filter((name) => name.endsWith(".flac")).map((name) => join(AUDIO, name));
const files = Array.from({ length: Number(windows) }, (_, at) => audio[at % audio.length]);
const hall = await openHall(program, join(folder, "hall"), await freePort(), files);
setPriority(19);
try {
  await signIn(hall);
  await pause(WARM_MS);
  const both = [false, true].map((crowded) => ({ crowded, delays: [], counted: {}, load: [], pages: [] }));
  for (let at = 0; at < Number(turns); at++) {
    for (const seen of both) {
      console.error(`turn ${at + 1}, ${seen.crowded ? "with a crowd" : "alone"}`);
      await turn(hall, seen.crowded, seen);
    }
  }
  console.log("| | alerts | p50 s | p95 s | p99 s | longest s | late | decodes | s a decode | unheard s | shed | load |");
  console.log("|---|---|---|---|---|---|---|---|---|---|---|---|");
  for (const { crowded, delays, counted, load } of both) {
    delays.sort((a, b) => a - b);
    const times = [...SHARES, 1].map((share) => quantile(delays, share).toFixed(2)).join(" | ");
    const a = (counted["decode s"] / counted.decodes).toFixed(3);
    const mean = (load.reduce((all, one) => all + one, 0) / load.length).toFixed(2);
    console.log(`| ${crowded ? "with a crowd" : "alone"} | ${delays.length} | ${times} | ${counted.late} | ${counted.decodes} | ${a} | ${counted["unheard s"].toFixed(1)} | ${counted.shed} | ${mean} |`);
  }
  const pages = both[1].pages.sort((a, b) => a - b);
  console.log(`\n${pages.length} answers in the crowd: p50 ${pages[Math.floor(pages.length / 2)].toFixed(0)} ms, p95 ${pages[Math.floor(pages.length * 0.95)].toFixed(0)} ms, longest ${pages.at(-1).toFixed(0)} ms`);
} finally {
  agent.destroy();
  await hall.stop();
  rmSync(folder, { recursive: true });
}
