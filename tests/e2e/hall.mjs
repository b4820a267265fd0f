// What the test of a real hall needs besides a browser: the service itself, and its stream as another program reads it.
import { spawn } from "node:child_process";
import { createServer, get } from "node:http";
import { once } from "node:events";

/** How long the service may take until it says its address: it reads a model first. */
const START_MS = 120_000;
/** A ruling is sent some seconds after it is made, so that it can be taken back. */
const RULED_MS = 20_000;

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
 * Starts the demonstration hall in `folder`; gives its address, the first admin's name and password, and how it is stopped.
 */
export async function openHall(program, folder, port) {
  const service = spawn(program, ["demo", "--hall", folder, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "ignore", "pipe"] });
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

/** The scores of today and yesterday, as the page may ask for them. */
export function scoreOf(page) {
  return page.evaluate(async () => {
    const day = (back) => new Date(Date.now() + 8 * 3_600_000 - back * 86_400_000).toISOString().slice(0, 10);
    return (await fetch(`/api/v1/scores?from=${day(1)}&to=${day(0)}`)).json();
  });
}

/** Dismisses the finding that is open; gives it once the service has it. */
export async function dismissFirst(page, reason) {
  const id = Number(new URL(page.url()).searchParams.get("id"));
  const asked = () => page.evaluate(async (id) => (await fetch(`/api/v1/findings/${id}`)).json(), id);
  await page.fill(".actions textarea", reason);
  await page.click(".actions .primary");
  const until = Date.now() + RULED_MS;
  for (;;) {
    const finding = await asked();
    if (finding.review === "dismissed") return { id, clerk: finding.clerk?.id };
    if (Date.now() > until) throw new Error(`finding ${id} is ${finding.review}`);
    await page.waitForTimeout(250);
  }
}
