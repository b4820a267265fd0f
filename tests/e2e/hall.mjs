// What the test of a real hall needs besides a browser: the service itself, and its stream as another program reads it.
import { spawn } from "node:child_process";
import { createServer, get } from "node:http";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How long the service may take until it says its address: it reads a model first. */
const START_MS = 120_000;

/** A port that nobody listens on now. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Starts the demonstration hall in `folder`, of these recordings or else those that are bundled; gives its address, the first admin's name and password, and how it is stopped.
 */
export async function openHall(program, folder, port, recordings = []) {
  const service = spawn(program, ["demo", "--hall", folder, "--listen", `127.0.0.1:${port}`, ...recordings], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const found = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the service did not start: ${said}`)), START_MS);
    service.on("exit", (code) => reject(new Error(`the service ended with ${code}: ${said}`)));
    service.stderr.on("data", (chunk) => {
      said += chunk;
      const address = /(http:\/\/127\.0\.0\.1:\d+)/.exec(said);
      const password = /sign in as (\S+) with the password (\S+), which/.exec(said);
      if (address && password) {
        clearTimeout(late);
        resolve({ address: address[1], name: password[1], password: password[2] });
      }
    });
  });
  return {
    ...found,
    stop: async () => {
      service.kill("SIGTERM");
      if (service.exitCode === null) await once(service, "exit");
    },
  };
}

/** The made-up hall of mock/server.mjs, with its admin signed in. */
export async function openMock(port) {
  const server = spawn(process.execPath, [fileURLToPath(new URL("mock/server.mjs", import.meta.url)), "--port", String(port), "--person", "admin"], { stdio: ["ignore", "pipe", "inherit"] });
  await once(server.stdout, "data");
  return {
    ask: async (method, path, body) => (await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { method, body: body && JSON.stringify(body), headers: { "Content-Type": "application/json" } })).json(),
    stop: async () => {
      server.kill();
      await once(server, "exit");
    },
  };
}

/** The stream, read beside the page: `next` gives the next alert that is told. */
export function connect(hall, cookies) {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const waiting = [];
  const told = [];
  let text = "";
  const request = get(`${hall.address}/api/v1/stream`, { headers: { cookie } }, (response) => {
    response.setEncoding("utf8");
    response.on("data", (chunk) => {
      text += chunk;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        const data = /^data: ?(.*)$/m.exec(event);
        if (!/^event: ?alert$/m.test(event) || !data) continue;
        const alert = JSON.parse(data[1]);
        waiting.length ? waiting.shift()(alert) : told.push(alert);
      }
    });
  });
  request.on("error", () => {});
  return {
    next: () => (told.length ? Promise.resolve(told.shift()) : new Promise((resolve) => waiting.push(resolve))),
    close: () => request.destroy(),
  };
}

/** Asks again and again, until it is as wished. */
export async function until(ask, wished, patienceMs) {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await ask();
    if (wished(found)) return found;
    if (Date.now() > end) throw new Error(`not in time: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/**
 * What the finding takes from the score of its shift, and what the lines of that shift come to. Without an id that which is open.
 */
export function lineOf(page, id) {
  const finding = id ?? Number(new URL(page.url()).searchParams.get("id"));
  return page.evaluate(async (finding) => {
    const day = (back) => new Date(Date.now() + 8 * 3_600_000 - back * 86_400_000).toISOString().slice(0, 10);
    const { shifts } = await (await fetch(`/api/v1/scores?from=${day(1)}&to=${day(0)}`)).json();
    for (const { score, lines } of shifts) {
      const line = lines.find((one) => one.finding === finding);
      if (line) return { ...line, score };
    }
    return null;
  }, finding);
}

/** Somebody signs in for the first time, with a password that has to be changed, and chooses another. */
export async function signInFirst(page, address, { name, password }, chosen) {
  await page.goto(address);
  await page.fill(".sign-in [name=name]", name);
  await page.fill(".sign-in [name=password]", password);
  await page.click(".sign-in .primary");
  await page.fill(".sign-in [name=old]", password);
  await page.fill(".sign-in [name=fresh]", chosen);
  await page.fill(".sign-in [name=again]", chosen);
  await page.click(".sign-in .primary");
}

/** Somebody is made a clerk, signs in for the first time and chooses a password; gives what a browser keeps of that. */
export async function clerkContext(hall, page, browser, { name, staff }, password) {
  const made = await page.evaluate(async (person) => {
    const { csrf } = await (await fetch("/api/v1/session")).json();
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
    return (await fetch("/api/v1/people", { method: "POST", headers, body: JSON.stringify(person) })).json();
  }, { name, role: "clerk", staff, windows: null });
  const context = await browser.newContext();
  const theirs = await context.newPage();
  await signInFirst(theirs, hall.address, { name, password: made.password }, password);
  await theirs.waitForSelector("h1");
  const state = await context.storageState();
  await context.close();
  return state;
}
