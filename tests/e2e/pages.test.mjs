// The pages as people use them, in a browser, before the made-up hall: signing in, ruling by key, taking back, a broken link.
//   PLAYWRIGHT=PATH/playwright-core/index.mjs node --test tests/e2e/pages.test.mjs
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const { chromium } = await import(process.env.PLAYWRIGHT ?? "playwright-core");
const PORT = 8797;
const base = `http://127.0.0.1:${PORT}`;
let server;
let browser;
/** What the console complained of, and what was asked of the server, since the page was opened. */
let complaints = [];
let asked = [];

async function serve(person, ...more) {
  server = spawn(process.execPath, [fileURLToPath(new URL("mock/server.mjs", import.meta.url)), "--port", String(PORT), "--alert-every", "1", ...(person ? ["--person", person] : []), ...more]);
  await once(server.stdout, "data");
}
async function stop() {
  server.kill();
  await once(server, "exit");
}
async function open(path, size = { width: 1440, height: 900 }) {
  const context = await browser.newContext({ viewport: size, locale: "zh-CN", timezoneId: "Asia/Shanghai" });
  const page = await context.newPage();
  [complaints, asked] = [[], []];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await page.goto(base + path);
  return page;
}
const finding = async (id) => (await fetch(`${base}/api/v1/findings/${id}`)).json();
const currentId = (page) => Number(new URL(page.url()).searchParams.get("id"));

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  await serve("王主任");
});
after(async () => {
  await browser.close();
  server.kill();
});

test("the wall follows the hall, and an alert comes in with its words marked", async () => {
  const page = await open("/");
  await page.waitForSelector(".window >> nth=7");
  const first = await page.locator(".alert").count();
  await page.waitForFunction((n) => document.querySelectorAll(".alert").length > n, first);
  await page.waitForSelector(".alert mark");
  assert.match(await page.locator(".link-badge").innerText(), /实时/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("j goes to the newest alert, Enter opens it, m switches the sound", async () => {
  const page = await open("/");
  await page.waitForSelector(".alert");
  await page.keyboard.press("m");
  await page.waitForSelector(".switches [aria-pressed=true]");
  await page.keyboard.press("m");
  await page.keyboard.press("j");
  assert.equal(await page.evaluate(() => document.activeElement?.className), "alert-link");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/review?id=**");
  await page.waitForSelector(".detail");
  await page.context().close();
});

test("a broken link is said, the wall is greyed, and both are over when the service is back", async () => {
  const page = await open("/");
  await page.waitForSelector(".link-badge[data-state=live]");
  await stop();
  await page.waitForSelector(".banner:has-text('连接中断，正在重连')");
  assert.equal(await page.locator(".wall-page").getAttribute("data-link"), "lost");
  await serve("王主任");
  await page.waitForSelector(".link-badge[data-state=live]", { timeout: 20_000 });
  assert.equal(await page.locator(".banner").count(), 0);
  await page.context().close();
});

test("nothing is fetched to be heard before somebody presses space", async () => {
  const page = await open("/review?view=all&kind=forbidden");
  await page.waitForSelector(".play");
  await page.waitForTimeout(500);
  assert.deepEqual(asked.filter((one) => one.includes("/clip")), []);
  await page.keyboard.press("Space");
  await page.waitForSelector(".player[data-state=playing]");
  assert.equal(asked.filter((one) => one.includes("/clip")).length, 1);
  await page.waitForSelector(".spoken [data-at=now]");
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("space plays what was pressed, and the cursor follows what is heard", async () => {
  const page = await open("/review?view=all&kind=forbidden");
  await page.waitForSelector(".play");
  await page.click(".finding-open >> nth=1");
  await page.waitForSelector(".play");
  await page.keyboard.press("Space");
  await page.waitForSelector(".player[data-state=playing]");
  await page.goto(`${base}/session?window=2`);
  await page.waitForSelector(".turn-finding");
  await page.click(".turn-finding >> nth=0");
  await page.waitForSelector(".play");
  await page.keyboard.press("Space");
  await page.waitForSelector(".player[data-state=playing]");
  const first = await page.locator(".cursor b").innerText();
  await page.waitForFunction((before) => document.querySelector(".cursor b")?.textContent !== before, first);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("j and k go through the list, u upholds after a moment, z takes it back before", async () => {
  const page = await open("/review?kind=forbidden&state=confirmed");
  await page.waitForSelector(".actions .danger");
  const first = currentId(page);
  await page.keyboard.press("j");
  const second = currentId(page);
  assert.notEqual(second, first);
  await page.keyboard.press("k");
  assert.equal(currentId(page), first);
  await page.waitForSelector(".actions .danger");
  await page.keyboard.press("u");
  await page.waitForSelector(".toast");
  assert.equal(currentId(page), second, "the next one is shown at once");
  await page.keyboard.press("z");
  await page.waitForTimeout(4500);
  assert.equal((await finding(first)).review, "unreviewed");
  await page.keyboard.press("k");
  await page.waitForSelector(".actions .danger");
  await page.keyboard.press("u");
  await page.waitForTimeout(4800);
  assert.equal((await finding(first)).review, "upheld");
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("d asks for a reason, and Enter dismisses with it", async () => {
  const page = await open("/review?kind=forbidden&state=confirmed");
  await page.waitForSelector(".actions .danger");
  const id = currentId(page);
  assert.ok(await page.locator(".actions .primary").isDisabled(), "without a reason nothing is dismissed");
  await page.keyboard.press("d");
  await page.keyboard.type("是同事说的");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(4800);
  const after = await finding(id);
  assert.equal(after.review, "dismissed");
  assert.equal(after.steps.at(-1).text, "是同事说的");
  await page.context().close();
});

test("several are dismissed at once, and the list says so", async () => {
  const page = await open("/review?kind=forbidden&state=confirmed");
  await page.waitForSelector(".actions .danger");
  const ids = [currentId(page)];
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  ids.push(currentId(page));
  await page.fill(".bulk input", "重复");
  await page.click(".bulk .primary");
  await page.waitForSelector(".toast");
  for (const id of ids) assert.equal((await finding(id)).review, "dismissed");
  await page.context().close();
});

test("keys pressed quicker than the page is painted act on what they reached", async () => {
  const page = await open("/review?kind=forbidden&state=confirmed");
  await page.waitForSelector(".actions .danger");
  const chosen = await page.evaluate(async () => {
    for (const key of ["x", "j", "x", "j", "x"]) {
      document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      await new Promise((next) => setTimeout(next));
    }
    await new Promise((next) => setTimeout(next, 100));
    return document.querySelectorAll(".finding input:checked").length;
  });
  assert.equal(chosen, 3);
  await page.context().close();
});

test("hundreds of findings scroll with few rows in the page", async () => {
  const page = await open("/review?view=all");
  await page.waitForSelector(".finding");
  for (let times = 0; times < 12; times++) await page.locator(".finding-box").evaluate((box) => (box.scrollTop += 1600)).then(() => page.waitForTimeout(120));
  const [top, rows] = await page.evaluate(() => [document.querySelector(".finding-box").scrollTop, document.querySelectorAll(".finding").length]);
  assert.ok(top > 10_000, `more was read as it was scrolled: ${top}`);
  assert.ok(rows < 40, `${rows} rows`);
  await page.context().close();
});

test("the language is kept, and every page has a heading", async () => {
  const page = await open("/health");
  await page.click(".button.lang");
  await page.waitForSelector("h1:has-text('Health')");
  await page.reload();
  await page.waitForSelector("h1:has-text('Health')");
  for (const path of ["/", "/review", "/session", "/scores", "/rules", "/people"]) {
    await page.goto(base + path);
    await page.waitForSelector("h1", { state: "attached" });
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("g and a letter goes to a page, ? shows the keys, Escape closes them", async () => {
  const page = await open("/");
  await page.waitForSelector(".window");
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await page.waitForURL("**/health");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open] .keys");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.context().close();
});

test("rules with a fault are not saved; a recording is heard with progress", async () => {
  const page = await open("/rules?tab=edit");
  await page.waitForSelector(".editor-text");
  await page.fill(".editor-text", (await page.inputValue(".editor-text")).replace('"minor"', '"awful"'));
  await page.waitForSelector(".fault");
  assert.ok(await page.locator(".panel .button.primary").first().isDisabled());
  await page.goto(`${base}/session`);
  await page.click("text=上传录音");
  await page.setInputFiles("input[type=file]", { name: "a.wav", mimeType: "audio/wav", buffer: Buffer.alloc(2000) });
  await page.waitForSelector("dialog .bar");
  await page.waitForSelector(".session-page .chip:has-text('a.wav')", { timeout: 20_000 });
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a rule shows its wordings, and a sentence what would be made of it", async () => {
  const page = await open("/rules");
  await page.waitForSelector(".patterns li");
  for (const text of await page.locator(".patterns li").allInnerTexts()) assert.ok(text.trim(), "a wording is empty");
  assert.ok(await page.locator(".choice").count(), "choices are set apart");
  await page.goto(`${base}/rules?tab=try`);
  await page.fill(".input.big", "我不管问别人去");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".hit[data-outcome=found] mark");
  assert.match(await page.locator(".alignment").first().innerText(), /我\s+不\s+管/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the inbox holds what there is to review; praise comes where it is asked for", async () => {
  const page = await open("/review");
  await page.waitForSelector(".finding");
  assert.equal(await page.locator(".finding[data-kind=credit]").count(), 0);
  await page.goto(`${base}/review?kind=credit&view=all`);
  await page.waitForSelector(".finding[data-kind=credit]");
  await page.goto(`${base}/review?provision=P21&view=all`);
  await page.waitForSelector(".finding[data-kind=credit]");
  await page.context().close();
});

test("the first Tab and Enter lead past the navigation, and another page begins at its top", async () => {
  const page = await open("/scores");
  await page.waitForSelector(".chart canvas");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  await page.evaluate(() => scrollTo(0, 500));
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await page.waitForSelector(".latency-row");
  assert.deepEqual(await page.evaluate(() => [scrollY, document.activeElement?.id]), [0, "main"]);
  await page.context().close();
});

test("a wall that nobody has touched says that it cannot be heard yet", async () => {
  const page = await open("/");
  await page.evaluate(() => localStorage.setItem("sansheng.sound.1", "on"));
  await page.reload();
  await page.waitForSelector(".sound-waits");
  await page.click(".sound-waits");
  await page.waitForSelector(".sound-waits", { state: "detached" });
  assert.equal(await page.locator(".switches [aria-pressed]").getAttribute("aria-pressed"), "true", "one press is for hearing, not for silence");
  await page.context().close();
});

test("a link to a moment is copied where the browser gives no clipboard", async () => {
  const page = await open("/session?window=2");
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await page.waitForSelector(".pin");
  await page.locator(".pin").last().click({ force: true });
  await page.click(".timeline-panel .row.apart .button:has-text('链接')");
  await page.waitForSelector(".toast[data-tone=good]");
  await page.context().close();
});

test("on a telephone a finding is heard and ruled on with a thumb, and what is said about it covers neither", async () => {
  const page = await open("/review?kind=forbidden&state=confirmed", { width: 390, height: 844 });
  await page.click(".finding-open >> nth=2");
  await page.click(".play", { timeout: 5000 });
  await page.waitForSelector(".player[data-state=playing]");
  const id = currentId(page);
  await page.click(".actions .danger", { timeout: 5000 });
  await page.waitForSelector(".toast");
  assert.notEqual(currentId(page), id, "the next one is shown");
  const [toast, actions] = await Promise.all([page.locator(".toast").boundingBox(), page.locator(".actions").boundingBox()]);
  assert.ok(toast.y + toast.height < actions.y, JSON.stringify([toast, actions]));
  await page.keyboard.press("z");
  await page.context().close();
});

test("on a telephone no page is wider than the screen, and nothing that is pressed is small", async () => {
  for (const path of ["/", "/review?view=all", "/session?window=2", "/scores", "/rules", "/rules?tab=try", "/health", "/people?tab=audit"]) {
    const page = await open(path, { width: 390, height: 844 });
    await page.waitForSelector("h1", { state: "attached" });
    await page.waitForTimeout(400);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, path);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll("main button, main select, main input:not([type=checkbox])")]
        .map((one) => ({ name: one.className, box: one.getBoundingClientRect() }))
        .filter(({ box }) => box.width && (box.width < 24 || box.height < 24))
        .map(({ name, box }) => `${name} ${Math.round(box.width)}×${Math.round(box.height)}`));
    assert.deepEqual(small, [], path);
    await page.context().close();
  }
});

test("on a telephone what an overloaded machine gives up is said beside the switches, not over them", async () => {
  await stop();
  await serve("王主任", "--shed", "context");
  const page = await open("/", { width: 390, height: 844 });
  await page.waitForSelector(".top .overdue");
  for (const said of ["过载", "Overload"]) {
    assert.match(await page.locator(".top .overdue").innerText(), new RegExp(said));
    const [facts, switches] = await page.evaluate(() => [".top-facts", ".switches"].map((one) => document.querySelector(one).getBoundingClientRect()).map(({ left, right }) => ({ left, right })));
    assert.ok(facts.right <= switches.left && switches.right <= 390, JSON.stringify([facts, switches]));
    assert.ok((await page.locator(".top .overdue").boundingBox()).width >= 60);
    // Pressed as people do: whatever lies over it would take the press.
    await page.click(".switches .lang");
  }
  await page.context().close();
  await stop();
  await serve("王主任");
});

test("sixty windows are seen at once, and three are large", async () => {
  for (const [windows, fits] of [[60, 102], [3, 300]]) {
    await stop();
    await serve("王主任", "--windows", String(windows));
    const page = await open("/", { width: 1920, height: 1080 });
    await page.waitForSelector(`.window >> nth=${windows - 1}`);
    const boxes = await page.evaluate(() => [...document.querySelectorAll(".window")].map((one) => one.getBoundingClientRect()).map(({ bottom, height }) => ({ bottom, height })));
    assert.ok(boxes.every(({ bottom }) => bottom <= 1080), `the last one ends at ${boxes.at(-1).bottom}`);
    assert.ok(boxes[0].height >= fits, `${windows}: ${boxes[0].height}`);
    await page.context().close();
  }
});

test("what was masked is shown to whoever asked, once another person has granted it", async () => {
  const become = (name) => fetch(`${base}/api/v1/session`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name, password: "x" }) });
  await stop();
  await serve("李复核");
  const page = await open("/review?view=all&kind=forbidden");
  await page.waitForSelector(".unmask");
  const id = currentId(page);
  assert.ok(await page.locator(".unmask .button").isDisabled(), "not without saying what for");
  await page.fill("[name=unmask-why]", "投诉 2026-118");
  await page.click(".unmask .button");
  await page.waitForSelector(".unmask .chip:has-text('待批复')");
  assert.equal(await page.locator(".unmask .button").count(), 0, "nobody answers a request of their own");
  await become("王主任");
  await page.goto(`${base}/people?tab=unmask`);
  await page.waitForSelector("td:has-text('投诉 2026-118')");
  await page.click("td .button.primary");
  await page.waitForSelector("td .chip:has-text('已批准')");
  await become("李复核");
  await page.goto(`${base}/review?view=all&kind=forbidden&id=${id}`);
  await page.waitForSelector(".unmask .button.primary");
  assert.ok(!(await page.innerText(".detail")).includes("13800138000"));
  assert.deepEqual(asked.filter((one) => one.endsWith("/show")), [], "nothing is shown before somebody presses");
  await page.click(".unmask .button.primary");
  await page.waitForSelector(".unmasked:has-text('13800138000')");
  assert.equal(asked.filter((one) => one.endsWith("/show")).length, 1);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("signing in: a wrong password is said, a first password has to be changed", async () => {
  await stop();
  await serve("nobody");
  const page = await open("/review");
  await page.fill("[name=name]", "王主任");
  await page.fill("[name=password]", "wrong");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".trouble:has-text('姓名或密码不对')");
  await page.fill("[name=name]", "赵离任");
  await page.fill("[name=password]", "first-password");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[name=fresh]");
  await page.context().close();
});

test("a clerk sees their own page and no other", async () => {
  await stop();
  await serve("张敏");
  const page = await open("/");
  await page.waitForURL("**/me**");
  await page.waitForSelector(".finding");
  assert.equal(await page.locator(".place").count(), 1);
  await page.goto(`${base}/health`);
  await page.waitForSelector(".empty");
  assert.deepEqual(asked.filter((one) => one.includes("/health") && one.includes("/api/")), []);
  await page.context().close();
});
