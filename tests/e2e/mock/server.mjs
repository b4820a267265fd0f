// A stand-in for the service: serves the pages with the policy they will run under, and a made-up hall behind the same API.
//   node tests/e2e/mock/server.mjs [--port 8790] [--windows 8] [--alert-every 20] [--person 王主任] [--shed context]
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { makeWindows } from "./data.mjs";
import { Live } from "./live.mjs";
import { PEOPLE, Refusal, makeApi } from "./routes.mjs";

const ASSETS = fileURLToPath(new URL("../../../src/web/assets/", import.meta.url));
const PAGES = ["/", "/review", "/session", "/scores", "/rules", "/health", "/me", "/people", "/sign-in"];
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".md": "text/plain; charset=utf-8" };

const options = Object.fromEntries([...process.argv.slice(2).join(" ").matchAll(/--([\w-]+) (\S+)/g)].map(([, name, value]) => [name, value]));
const windows = makeWindows(Number(options.windows ?? 8));
const live = new Live(windows, Number(options["alert-every"] ?? 20), options.shed ?? "none");
const routes = makeApi(windows, live);
/** Who is signed in: one for everybody, as this is for one developer. Empty: nobody. */
let person = PEOPLE.find((one) => one.name === (options.person ?? "王主任")) ?? null;

const sessionOf = () => ({ person: (({ id, name, role, staff, windows }) => ({ id, name, role, staff, windows }))(person), csrf: "mock", lang: "zh", must_change_password: person.name === "赵离任" });

function session(method, path, body) {
  if (method === "POST") {
    person = PEOPLE.find((one) => one.name === body.name) ?? null;
    if (!person || body.password === "wrong") throw new Refusal(401, "wrong-password", "name or password is wrong", "姓名或密码不对");
  } else if (method === "DELETE") person = null;
  if (method === "DELETE" || path !== "/session") return {};
  if (!person) throw new Refusal(401, "not-signed-in", "nobody is signed in", "尚未登录");
  return sessionOf();
}

async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const bytes = Buffer.concat(parts);
  return request.headers["content-type"]?.includes("json") && bytes.length ? JSON.parse(bytes) : bytes;
}

async function answer(request, response) {
  const url = new URL(request.url, "http://localhost");
  const send = (status, type, bytes, more = {}) => response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": POLICY, "Cache-Control": "no-cache", ...more }).end(bytes);
  if (PAGES.includes(url.pathname)) return send(200, TYPES[".html"], await readFile(join(ASSETS, "index.html")));
  if (url.pathname.startsWith("/assets/-/")) {
    const path = normalize(join(ASSETS, url.pathname.slice("/assets/-/".length)));
    if (!path.startsWith(ASSETS)) return send(404, "text/plain", "");
    return readFile(path).then((bytes) => send(200, TYPES[extname(path)] ?? "application/octet-stream", bytes), () => send(404, "text/plain", ""));
  }
  if (!url.pathname.startsWith("/api/v1/")) return send(404, "text/plain", "");
  const path = url.pathname.slice("/api/v1".length);
  try {
    const body = await readBody(request);
    if (path.startsWith("/session")) return send(200, "application/json", JSON.stringify(session(request.method, path, body)));
    if (!person) throw new Refusal(401, "not-signed-in", "nobody is signed in", "尚未登录");
    if (path === "/stream") return live.join(response, Number(request.headers["last-event-id"] ?? url.searchParams.get("after") ?? 0));
    for (const [method, pattern, run] of routes) {
      const match = method === request.method && path.match(pattern);
      if (!match) continue;
      const result = run({ match, path, query: url.searchParams, body, person });
      return Buffer.isBuffer(result) ? send(200, path.endsWith("clip") ? "audio/wav" : "text/html", result) : send(200, "application/json", JSON.stringify(result));
    }
    throw new Refusal(404, "not-found", `there is no ${request.method} ${path}`, `没有 ${request.method} ${path}`);
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    const { status = 500, problem = "bug", message, message_zh } = error;
    send(status, "application/problem+json", JSON.stringify({ problem, message, message_zh }));
  }
}

const port = Number(options.port ?? 8790);
createServer(answer).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/`));
