// The API of the made-up hall: every route that the pages ask for.
import { CLERKS, PROVISIONS, SENTENCES, detailOf, makeFindings, provisionOf, transcriptOf } from "./data.mjs";
import { HALL_RULES, health, rules, scores, timeline, tryRule } from "./tables.mjs";
import { speech } from "./sound.mjs";

const US = 1e6;
const nowUs = () => Math.floor(Date.now() * 1000);

export class Refusal extends Error {
  constructor(status, problem, message, message_zh) {
    super(message);
    Object.assign(this, { status, problem, message_zh });
  }
}

const PEOPLE = [
  { id: 1, name: "王主任", role: "supervisor", staff: null, windows: null, active: true },
  { id: 2, name: "admin", role: "admin", staff: null, windows: null, active: true },
  { id: 3, name: "李复核", role: "reviewer", staff: null, windows: ["1", "2", "3"], active: true },
  { id: 4, name: "张敏", role: "clerk", staff: "0231", windows: null, active: true },
  { id: 5, name: "赵离任", role: "reviewer", staff: null, windows: null, active: false },
].map((one, at) => ({ ...one, last_seen_us: at === 4 ? null : nowUs() - at * 5400 * US }));

export function makeApi(windows, live, persons = PEOPLE) {
  const rows = makeFindings(windows, nowUs() - 60 * US);
  const steps = new Map();
  const jobs = new Map();
  const tokens = [{ id: 1, name: "排队叫号机", created_us: nowUs() - 40 * 86_400 * US, last_seen_us: nowUs() - 8 * US }];
  const webhooks = [{ id: 1, name: "值班室", url: "https://duty.hall.example/alerts", template: "json", secret: null, signed: true, severity: "major", kinds: [], windows: [], states: [], words: false, private_ca: true, created_us: nowUs() }];
  let hallText = HALL_RULES;
  const unmaskings = [];
  const asked = (event, by, why) => { const id = 90_000 + unmaskings.length; unmaskings.push({ id, event, is_finding: true, window: find(event).window, by, why, wall_us: nowUs(), standing: "waiting", kept: true, answered_by: null, answer: null, until_us: null, shown_us: [] }); return unmaskings.at(-1); };
  const seenBy = (one, person) => ({ ...one, mine: one.by === person.name, may_answer: one.standing === "waiting" && one.by !== person.name && person.role !== "reviewer", may_show: one.standing === "granted" && one.by === person.name });
  const unmasking = (id) => unmaskings.find((one) => one.id === Number(id)) ?? (() => { throw new Refusal(404, "not-found", "there is nothing here", "没有找到"); })();
  const stepsOf = (row) => {
    if (!steps.has(row.id)) {
      const list = [];
      if (row.review !== "unreviewed") list.push({ seq: row.id * 10, what: "review", ruling: row.review === "dismissed" ? "dismissed" : "upheld", who: "李复核", wall_us: row.wall_us + 3600 * US, text: row.review === "dismissed" ? "录音里是来访者说的" : null, until_us: row.wall_us + 7 * 86_400 * US });
      if (row.review === "appealed") list.push({ seq: row.id * 10 + 1, what: "appeal", ruling: null, who: row.clerk?.name ?? "", wall_us: row.wall_us + 7200 * US, text: "当时在核对材料，没有说这句话，请复听录音。", until_us: row.wall_us + 15 * 86_400 * US });
      steps.set(row.id, list);
    }
    return steps.get(row.id);
  };
  const find = (id) => rows.find((row) => row.id === Number(id)) ?? (() => { throw new Refusal(404, "not-found", `there is no finding ${id}`, `没有编号为 ${id} 的问题`); })();
  const step = (row, what, ruling, text) => {
    stepsOf(row).push({ seq: nowUs(), what, ruling, who: "王主任", wall_us: nowUs(), text: text || null, until_us: null });
    row.review = what === "appeal" ? "appealed" : ruling;
    live.tell(what, { seq: live.seq + 1, kind: what, window: row.window, wall_us: nowUs(), body: { finding: row.id, ruling } });
    return detailOf(row, stepsOf(row));
  };
  const list = (query, of = rows) => {
    const has = (name) => query.get(name);
    const text = has("q");
    let found = of.filter((row) => (!has("from_us") || row.wall_us >= Number(has("from_us"))) && (!has("to_us") || row.wall_us < Number(has("to_us"))) && (!has("window") || row.window === has("window")) && (!has("clerk") || row.clerk?.id === has("clerk"))
      && ["severity", "provision", "kind", "state", "review"].every((name) => !has(name) || has(name).split(",").includes(row[name])) && (!has("unread") || !row.read) && (!text || `${row.phrase}${row.heard}${row.title}${row.provision}`.includes(text)));
    const rank = { critical: 0, major: 1, minor: 2, note: 3 };
    if (has("order") === "oldest") found = [...found].reverse();
    if (has("order") === "severity") found = [...found].sort((a, b) => rank[a.severity] - rank[b.severity] || b.wall_us - a.wall_us);
    const [at, limit] = [Number(has("after") ?? 0), Number(has("limit") ?? 50)];
    return { items: found.slice(at, at + limit), next: at + limit < found.length ? String(at + limit) : null, unread: of.filter((row) => !row.read).length, open: of.filter((row) => row.needs_review).length, unreviewed: of.filter((row) => row.review === "unreviewed").length };
  };
  const job = (result, lastsMs = 2500) => {
    const id = jobs.size + 1;
    jobs.set(id, { began: Date.now(), lastsMs, result });
    return { id, state: "running" };
  };
  const difference = (row, extra = {}) => ({ window: row.window, wall_us: row.wall_us, text_alone: false, before: row, now: row, differs: [], ...extra });

  return [
    ["GET", /^\/hall$/, () => ({ hall: "滨河区政务服务中心", version: "0.5.0", zone: "Asia/Shanghai", now_us: nowUs(), rulebook: "builtin 2026.11.2 + hall 2026.3", journal: true, windows, clerks: CLERKS, provisions: PROVISIONS.map(({ id, title, title_en }) => ({ id, title, title_en })), budgets: { forbidden_s: 1.5, greeting_s: 2.5, farewell_s: 2 } })],
    ["GET", /^\/wall$/, () => live.wall()],
    ["GET", /^\/(me\/)?findings$/, ({ query, path, person }) => list(query, path.startsWith("/me") ? rows.filter((row) => row.clerk?.id === (person.staff)) : rows)],
    ["GET", /^\/findings\/(\d+)$/, ({ match, person }) => { const row = find(match[1]); const whole = detailOf(row, stepsOf(row)); if (person.role === "clerk") whole.unmaskable = false; if (person.role === "clerk") whole.may = { review: false, appeal: row.review !== "appealed" && row.review !== "dismissed", decide: false, reason: null }; return whole; }],
    ["GET", /^\/findings\/(\d+)\/clip$/, ({ match }) => { const row = find(match[1]); const clip = detailOf(row, []).clip; return speech(clip.start_us, clip.end_us, transcriptOf(row).map((one) => [one.start_us, one.end_us]), clip.silenced); }],
    ["PUT", /^\/findings\/(\d+)\/read$/, ({ match, body }) => { find(match[1]).read = body.read; return {}; }],
    ["POST", /^\/findings\/(\d+)\/(review|appeal|decision)$/, ({ match, body }) => { const row = find(match[1]); if (match[2] === "review" && row.review !== "unreviewed") throw new Refusal(409, "refused", "it was reviewed already", "这条已经复核过了"); return step(row, match[2], body.ruling ?? null, body.reason ?? body.text); }],
    ["POST", /^\/reviews$/, ({ body }) => { const done = []; const refused = []; for (const id of body.ids) { const row = find(id); if (row.review === "unreviewed" && row.kind !== "credit") { step(row, "review", body.ruling, body.reason); done.push(id); } else refused.push({ id, message: "已经复核过了" }); } return { done, refused }; }],
    ["GET", /^\/unmaskings$/, ({ query, person }) => ({ items: unmaskings.map((one) => seenBy(one, person)).filter((one) => (!query.get("event") || one.event === Number(query.get("event"))) && (one.mine || person.role !== "reviewer") && (query.get("all") || ["waiting", "granted"].includes(one.standing))).reverse() })],
    ["POST", /^\/unmaskings$/, ({ body, person }) => seenBy(asked(body.event, person.name, body.why), person)],
    ["POST", /^\/unmaskings\/(\d+)\/(grant|refuse)$/, ({ match, body, person }) => { const one = unmasking(match[1]); if (one.by === person.name) throw new Refusal(409, "refused", "somebody else has to answer", "申请人就是您本人：须由他人批复"); Object.assign(one, { standing: match[2] === "grant" ? "granted" : "refused", answered_by: person.name, answer: body.why, until_us: match[2] === "grant" ? nowUs() + 86_400 * US : null }); return seenBy(one, person); }],
    ["POST", /^\/unmaskings\/(\d+)\/show$/, ({ match, person }) => { const one = unmasking(match[1]); if (!seenBy(one, person).may_show) throw new Refusal(409, "refused", "nobody has granted it yet", "尚未批准：须由他人批准"); one.shown_us.push(nowUs()); const context = detailOf(find(one.event), []).evidence.context; return { request: seenBy(one, person), fields: [{ field: "/evidence/context", masked: context, text: `${context}，电话13800138000` }] }; }],
    ["GET", /^\/encounters$/, ({ query }) => ({ items: timeline(windows, rows, query).encounters.slice(0, 50), next: null })],
    ["GET", /^\/timeline$/, ({ query }) => timeline(windows, rows, query)],
    ["GET", /^\/(me\/)?scores$/, ({ query, path }) => { const all = scores(windows, query, nowUs()); return path.startsWith("/me") ? { ...all, clerks: all.clerks.slice(0, 1), shifts: all.shifts.filter((one) => one.clerk.id === "0231") } : all; }],
    ["GET", /^\/rules$/, () => rules()],
    ["POST", /^\/rules\/try$/, ({ body }) => tryRule(body.sentence)],
    ["GET", /^\/rules\/hall$/, () => ({ text: hallText, path: "rules/hall.toml", hash: String(hallText.length) })],
    ["POST", /^\/rules\/check$/, ({ body }) => ({ faults: body.text.split("\n").flatMap((line, at) => (/severity = "(?!note|minor|major|critical)/.test(line) ? [{ line: at + 1, column: 12, level: "error", what: `severity is ${line.slice(11)}, which there is not`, remedy: "write note, minor, major or critical" }] : [])) })],
    ["PUT", /^\/rules\/hall$/, ({ body }) => { if (body.hash !== String(hallText.length)) throw new Refusal(409, "changed", "somebody changed the rules meanwhile", "规则在此期间被别人改过"); hallText = body.text; return { text: hallText, hash: String(hallText.length) }; }],
    ["POST", /^\/rules\/what-if$/, () => job({ appear: rows.slice(3, 9).map((row) => difference(row, { before: null, text_alone: true })), vanish: rows.slice(12, 15).map((row) => difference(row, { now: null })), change: rows.slice(20, 22).map((row) => difference(row, { now: { ...row, severity: "critical" }, differs: ["severity"] })), same: 131 })],
    ["GET", /^\/jobs\/(\w+)$/, ({ match }) => { const one = jobs.get(Number(match[1])); const progress = Math.min(1, (Date.now() - one.began) / one.lastsMs); return { state: progress < 1 ? "running" : "done", progress, result: progress < 1 ? null : one.result, problem: null }; }],
    ["GET", /^\/rules\/near-misses$/, () => ({ items: rows.filter((row) => row.kind === "forbidden").slice(0, 30).map((row, at) => ({ window: row.window, wall_us: row.wall_us, rule: row.rule, phrase: row.phrase, heard: row.heard, sureness: row.sureness - 0.3, reason: at % 2 ? "同一句里有“我帮您”（@offer）" : "录音更像“别落索”，不像这句忌语", evidence: { context: `您${provisionOf(row.provision).before}【${row.heard}】的话我帮您查` } })), next: null })],
    ["POST", /^\/recordings$/, ({ query }) => job({ ...timeline(windows, rows, new URLSearchParams({ window: "1", from_us: String(nowUs() - 1800 * US), to_us: String(nowUs()) })), name: query.get("name") }, 6000)],
    ["GET", /^\/recordings$/, () => ({ items: [{ id: 9, name: "3号窗口-上午.flac", at_us: nowUs() - 7200 * US, duration_s: 5400 }], next: null })],
    ["GET", /^\/health$/, () => health(windows)],
    ["GET", /^\/people$/, () => ({ items: persons, next: null })],
    ["POST", /^\/people$/, ({ body }) => { const one = { id: persons.length + 1, active: true, last_seen_us: null, ...body }; persons.push(one); return { person: one, password: "trLk-92mp-QxHs" }; }],
    ["PATCH", /^\/people\/(\d+)$/, ({ match, body }) => Object.assign(persons.find((one) => one.id === Number(match[1])), body)],
    ["DELETE", /^\/people\/(\d+)$/, ({ match }) => { persons.splice(persons.findIndex((one) => one.id === Number(match[1])), 1); return {}; }],
    ["POST", /^\/people\/(\d+)\/password$/, () => ({ password: "mGfr-40zz-LqAe" })],
    ["GET", /^\/tokens$/, () => ({ items: tokens, next: null })],
    ["POST", /^\/tokens$/, ({ body }) => { const one = { id: tokens.length + 1, name: body.name, created_us: nowUs(), last_seen_us: null }; tokens.push(one); return { ...one, token: "ss_4f9c1b7e20d84a6f" }; }],
    ["DELETE", /^\/tokens\/(\d+)$/, ({ match }) => { tokens.splice(tokens.findIndex((one) => one.id === Number(match[1])), 1); return {}; }],
    ["GET", /^\/webhooks$/, () => ({ items: webhooks, next: null })],
    ["POST", /^\/webhooks$/, ({ body }) => { const { ca, ...what } = body; const one = { id: webhooks.length + 1, signed: true, kinds: [], windows: [], states: [], created_us: nowUs(), ...what, private_ca: Boolean(ca), secret: null }; webhooks.push(one); return { ...one, secret: body.secret ?? "8b1f55" }; }],
    ["DELETE", /^\/webhooks\/(\d+)$/, ({ match }) => { webhooks.splice(webhooks.findIndex((one) => one.id === Number(match[1])), 1); return {}; }],
    ["GET", /^\/webhooks\/(\d+)\/deliveries$/, () => ({ items: Array.from({ length: 8 }, (_, at) => ({ seq: 900 - at, at_us: nowUs() - at * 600 * US, outcome: at === 3 ? "failed" : "delivered", tries: at === 3 ? 4 : 1, status: at === 3 ? 503 : 200, problem: at === 3 ? "it answered 503: see its log" : null, problem_zh: at === 3 ? "对方应答 503：请查看对方日志" : null, next_us: null })), next: null })],
    ["GET", /^\/audit$/, () => ({ items: Array.from({ length: 25 }, (_, at) => ({ seq: 91_000 - at, wall_us: nowUs() - at * 900 * US, who: ["王主任", "李复核", "张敏"][at % 3], what: ["export", "listen", "listen", "sign-in"][at % 4], alert: at % 4 === 3 ? null : rows[at].alert, file: null, window: at % 4 === 3 ? null : rows[at].window, why: at % 4 ? "" : "复核" })), next: null })],
    ["GET", /^\/report\.(csv|xlsx|html)$/, ({ match }) => Buffer.from(match[1] === "csv" ? "\ufeffday,shift,clerk,score\n" : `<!doctype html><title>${SENTENCES[0]}</title>`)],
  ];
}

export { PEOPLE };
