// Scores, rules, health and what else comes as one big answer.
import { CLERKS, PROVISIONS, SENTENCES, pick, random } from "./data.mjs";

const DAY_US = 86_400e6;
const zoneDay = (us) => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" }).format(us / 1000);

/** What a table has of a scope. */
const sums = (some) => ({ mean: null, at_worst: null, lowest: null, shifts: 0, scored: 0, coverage: null, heard_h: 0, encounters: 0, findings: 0, note: 0, minor: 0, major: 0, critical: 0, credits: 0, unknown: 0, dismissed: 0, open: 0, ...some });

export function scores(windows, query, nowUs) {
  const roll = random(5);
  const to = query.get("to") ?? zoneDay(nowUs);
  const from = query.get("from") ?? to;
  const days = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to) && days.length < 100; ms += 86_400_000) {
    const weekend = [0, 6].includes(new Date(ms).getUTCDay());
    days.push({ day: new Date(ms).toISOString().slice(0, 10), score: weekend ? null : Number((96 + roll() * 3.4).toFixed(3)), coverage: weekend ? null : 0.9 + roll() * 0.09, findings: weekend ? 0 : Math.floor(roll() * 9), shifts: weekend ? 0 : windows.length * 2 });
  }
  const heat = windows.flatMap(({ id }) => Array.from({ length: 9 }, (_, at) => ({ window: id, hour: 9 + at, findings: roll() < 0.15 && at !== 3 ? 0 : Math.floor(roll() ** 2 * 9), heard_h: at === 3 ? 0 : 0.8 + roll() * 0.2 })));
  const row = (one) => ({ provision: one.id, title: one.title, title_en: one.title_en, findings: 1 + Math.floor(roll() * 22), points: Math.floor(roll() * 60), open: Math.floor(roll() * 4) });
  const shifts = days.filter((day) => day.shifts).slice(-6).reverse().flatMap(({ day }) => CLERKS.slice(0, 5).flatMap((clerk) => ["早", "午"].map((shift) => {
    const none = roll() < 0.12;
    return { day, shift, clerk, unassigned: null, windows: ["1"], at_worst: null, encounters: 12, findings: 1, open: 0, score: none ? null : Number((94 + roll() * 6).toFixed(3)), why_none: none ? "只听到班次的 61 %，低于 70 %" : null, coverage: none ? 0.61 : 0.9 + roll() * 0.1,
      lines: none ? [] : [{ finding: 5000, provision: "P01", rule: "P01-greeting", what: "来有迎声", effect: "deducts", points: -4 }, { finding: 4990, provision: "P21", rule: "P21-thanks", what: "感谢配合", effect: "credits", points: 1 }] };
  })));
  return {
    from, to, totals: sums({ mean: 97.412, at_worst: 96.05, coverage: 0.953, findings: 143, open: 21, encounters: 2214, shifts: 320, scored: 301, credits: 512 }), unassigned: sums({ findings: 6, open: 2, credits: 3 }),
    days, heat, provisions: PROVISIONS.filter((one) => one.kind !== "credit").map(row).sort((a, b) => b.findings - a.findings),
    courtesy: [["P21", "感谢配合", "Thanks for co-operation"], ["P04", "请坐", "Invites to sit"], ["P06", "十字文明用语", "The ten polite characters"], ["P18", "交付核对", "Hands over with a check"]].map(([provision, title, title_en]) => ({ provision, title, title_en, credits: 30 + Math.floor(roll() * 200), points: 60 })),
    clerks: CLERKS.map(({ id, name }) => { const mean = 93 + roll() * 6.5; return { ...sums({}), id, name, mean, at_worst: mean - roll() * 2, shifts: 20, scored: 18, coverage: 0.9 + roll() * 0.09, findings: Math.floor(roll() * 20), open: Math.floor(roll() * 4), credits: Math.floor(roll() * 60) }; }),
    windows: windows.map(({ id, name }) => ({ ...sums({}), id, name, findings: Math.floor(roll() * 30), open: Math.floor(roll() * 5), coverage: 0.88 + roll() * 0.11, encounters: 200 + Math.floor(roll() * 120) })), shifts,
  };
}

export function rules() {
  const text = (one) => `[[rule]]\nid = "${one.rule}"\nprovision = "${one.id}"\nkind = "${one.kind}"\ntitle = "${one.title}"\nseverity = "${one.severity}"\nweight = ${one.weight}\nadvice = "${one.advice}"\n\n[[rule.phrase]]\nsay = ["${one.phrase}"]\nunless.turn = ["@apology", "@please", "@offer"]\n`;
  return { version: "builtin 2026.11.2 + hall 2026.3", files: [{ name: "forbidden.toml", standard: null, editable: false }, { name: "courtesy.toml", standard: null, editable: false }, { name: "hall.toml", standard: null, editable: true }],
    rules: PROVISIONS.map((one, at) => ({ id: one.rule, provision: one.id, kind: one.kind, form: { missing: "required", voice: "composed" }[one.kind] ?? one.kind, title: one.title, title_en: one.title_en, severity: one.severity, weight: one.weight, advice: one.advice, cites: one.cites,
      patterns: [...one.phrase.split(" / "), one.kind === "forbidden" && `[你|您|]${one.phrase}[吧|]`, one.before && `${one.before}${one.phrase}`].filter(Boolean).map((say) => ({ part: "said", say })), scope: { windows: [], halls: [], encounters: null }, effective: "", needs_review: one.kind === "voice", file: one.kind === "missing" ? "courtesy.toml" : "forbidden.toml", line: 17 + at * 23, text: text(one) })) };
}

export const HALL_RULES = `[rulebook]
id = "our-hall"
version = "2026.3"
title = "本厅补充规则"
disable = ["P47-read-it-yourself"]

[sets]
self_service = ["自助机", "[扫|刷]码", "@soft"]

[[rule]]
id = "H01-go-online"
provision = "H01"
kind = "forbidden"
title = "推诿：上网办去"
title_en = "Sends the visitor to the internet"
severity = "minor"
weight = 2
advice = "这项业务也可以网上办，我给您写一下网址，您愿意在这里办也可以。"
cites = [{ standard = "S4", article = "一 6" }]
[[rule.phrase]]
say = ["[你|您|]上网办去", "[你|您|]自己上网办"]
place = "clause"
unless = { turn = ["@self_service"] }
`;

export function tryRule(sentence) {
  const near = PROVISIONS.filter((one) => one.phrase && one.kind !== "missing" && [...one.phrase].filter((ch) => sentence.includes(ch)).length >= Math.min(4, one.phrase.length)).slice(0, 3);
  const held = sentence.includes("帮您");
  const step = (said, heard) => `${said} shuo\t${heard ? `${heard} ting` : "－ "}\t${said === heard ? "0.00\tsame" : heard ? "0.06\talike" : "0.80\tnot heard"}`;
  const judged = (one, at) => ({ rule: one.rule, provision: one.id, title: one.title, heard: one.heard, needs_review: false, outcome: one.kind === "credit" ? "credit" : at || held ? "held" : "found",
    reason: at || held ? "said in these sounds; held back: 我帮您 is said in the same turn" : "said in these words", reason_zh: at || held ? "同一句里有“我帮您”（@offer）" : "说的就是这几个字" });
  return { pinyin: [...sentence].map((_, at) => ["wo", "bu", "guan", "wen", "bie", "ren", "qu"][at % 7]).join(" "), findings: near.map(judged), fulfilled: sentence.includes("您好") ? ["P01-greets-on-arrival"] : [], rulebook: "builtin 2026.11.2",
    hits: near.map((one, at) => ({ ...(({ needs_review, ...rest }) => rest)(judged(one, at)), kind: one.kind, part: "said", phrase: one.phrase, cost: 0.06 * at, cost_max: 0.36, alignment: [...one.phrase].map((said, i) => step(said, [...one.heard][i])) })) };
}

export function health(windows) {
  return { version: "0.5.0", engine: "whisper.cpp 1.7.6", model: "base-q8", rulebook: "builtin 2026.11.2 + hall 2026.3", uptime_s: 356_400, cpu: { cores: 8, features: ["avx2", "fma", "f16c"] }, load: 0.41, workers: 8, resident_bytes: 462e6,
    budgets: [{ kind: "forbidden", budget_s: 1.5, p50: 0.71, p95: 1.28, p99: 1.62, count: 1204, late: 17 }, { kind: "greeting", budget_s: 2.5, p50: 0.95, p95: 2.11, p99: 2.4, count: 322, late: 0 }, { kind: "farewell", budget_s: 2, p50: 0.02, p95: 0.4, p99: 1.1, count: 208, late: 0 }],
    stages: [["capture", 0.0, 0.01], ["endpoint", 0.26, 0.37], ["queue", 0.01, 0.36], ["decode", 0.31, 0.96], ["verify", 0.02, 0.12], ["publish", 0.0, 0.01]].map(([name, p50, p95]) => ({ name, p50, p95 })),
    windows: windows.map(({ id }, at) => ({ id, state: at % 8 === 6 ? "down" : at % 8 === 7 ? "ended" : "live", reason: at % 8 === 6 ? "声卡 hw:2 读不到数据" : null, lag_s: at === 3 ? 3.4 : 0.2, shed: { partials: at * 3, shortened: at === 3 ? 2 : 0, unmonitored: 0 }, drift_ppm: -12 + at * 3, unheard_s: at === 6 ? 812 : 0, latency: at === 4 ? { count: 0, p50: null, p95: null, p99: null } : { count: 40, p50: 0.6 + at * 0.03, p95: 1.1 + at * 0.06, p99: 1.4 + at * 0.05 } })),
    journal: { events: 1_204_331, bytes: 812e6, path: "data/journal.db", head: "9f2c41d07be1aa30c5", verified_us: Date.now() * 1000 - 3600e6, verified_faults: 0, trouble: null }, disk: { free_bytes: 84e9, total_bytes: 256e9 }, clips: { count: 2931, bytes: 1.4e9 },
    trouble: [{ message: "window 7: the sound card hw:2 gives no data: it may be unplugged; plug it in, it is tried again every 5 s", message_zh: "7号窗口：声卡 hw:2 读不到数据，可能被拔掉；请插好，程序每 5 秒重试一次" }, { message: "window 4 is 3.4 s behind: the recognisers are busy; if this lasts, choose a smaller model or more cores", message_zh: "4号窗口落后 3.4 秒：识别忙不过来；若持续如此，请换小一些的模型或更多的处理器核心" }] };
}

export function timeline(windows, rows, query) {
  const [window, from_us, to_us] = [query.get("window") ?? "1", Number(query.get("from_us")), Number(query.get("to_us"))];
  const roll = random(Number(window) * 13);
  const out = { window, from_us, to_us, listened: [], clerk: [], visitor: [], silences: [], turns: [], findings: rows.filter((row) => row.window === window && row.wall_us >= from_us && row.wall_us <= to_us), gaps: [], encounters: [], clips: [], recording: [] };
  const end = Math.min(to_us, Date.now() * 1000);
  let at = from_us + 20e6;
  let segment = 1;
  out.listened.push([from_us, Math.min(end, from_us + 1500e6)], [Math.min(end, from_us + 1590e6), end]);
  out.gaps.push({ start_us: from_us + 1500e6, end_us: from_us + 1590e6, why: "lost" });
  while (at < end) {
    const start = at;
    for (let turn = 0; turn < 6 + roll() * 10 && at < end; turn++) {
      const clerk = turn % 2 === 0;
      const stop = at + (1.5 + roll() * 5) * 1e6;
      out[clerk ? "clerk" : "visitor"].push([Math.round(at), Math.round(stop)]);
      if (clerk) out.turns.push({ role: "clerk", start_us: Math.round(at), end_us: Math.round(stop), text: pick(SENTENCES, roll), segment: segment++ });
      const pause = roll() < 0.12 ? 9e6 + roll() * 18e6 : 0.4e6 + roll() * 1.6e6;
      if (pause > 8e6) out.silences.push([Math.round(stop), Math.round(stop + pause)]);
      at = stop + pause;
    }
    out.encounters.push({ id: segment, window, kind: roll() < 0.15 ? "telephone" : "counter", start_us: Math.round(start), end_us: Math.round(at), rings: 0, answered_us: null, ticket: `A${String(segment % 300).padStart(3, "0")}`, served: true, interrupted: false, findings: 0, clerk: CLERKS[(Number(window) - 1) % 10] });
    at += (8 + roll() * 90) * 1e6;
  }
  for (const row of out.findings) {
    out.turns.push({ role: "clerk", start_us: row.wall_us - 1e6, end_us: row.wall_us + 2e6, text: row.heard ?? "", segment: segment++ });
    if (row.has_clip) out.clips.push({ finding: row.id, start_us: row.wall_us - 5e6, end_us: row.wall_us + 5e6 });
  }
  out.turns.sort((a, b) => a.start_us - b.start_us);
  return out;
}
export { DAY_US, zoneDay };
