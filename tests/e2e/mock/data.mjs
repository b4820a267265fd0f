// A made-up hall: windows, clerks, provisions, sentences, findings. Everything follows from one seed, so that two runs show
// the same hall and a picture of a page can be compared with the one before.

/** Random numbers that can be had again (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
const dice = random(20261122);
export const pick = (list, roll = dice) => list[Math.floor(roll() * list.length)];
const between = (low, high, roll = dice) => low + (high - low) * roll();

const BUSINESS = ["社保经办", "医保结算", "企业登记", "税务综合", "不动产登记", "户籍业务", "出入境", "公积金"];
export function makeWindows(n) {
  return Array.from({ length: n }, (_, at) => ({ id: String(at + 1), name: `${at + 1}号窗口 ${BUSINESS[at % BUSINESS.length]}` }));
}

const SURNAMES = ["张敏", "李建国", "王芳", "刘洋", "陈静", "杨帆", "赵磊", "黄丽娟", "周涛", "吴晓燕"];
export const CLERKS = SURNAMES.map((name, at) => ({ id: String(231 + at).padStart(4, "0"), name }));

const TITLES = { S0: "政务大厅窗口服务规范", "S1-A": "窗口工作人员服务用语规范", S2: "吉林市窗口單位工作人員行為禮儀標準", S4: "政务服务热线与窗口文明用语" };
const cite = (standard, article, quote) => ({ standard, title: TITLES[standard], article, quote, text: quote && `对前来办事的群众，不得说“${quote}”一类推诿、生硬、不耐烦的话。` });

/** id, title, title_en, severity, kind, weight, spoken, before, after, misheard, advice, cites */
export const PROVISIONS = [
  ["P30", "推诿：我不管，问别人去", "Sends the visitor to ask somebody else", "major", "forbidden", 5, "我不管问别人去", "这个", "", "我不管问别人去", "对不起，这项业务不在我这个窗口，请稍等，我帮您问一下其他同志。", [cite("S1-A", "第三条（六）", "我不管，问别人去"), cite("S2", "第十一條", "我不管")]],
  ["P31", "不耐烦：别啰嗦，快点讲", "Tells the visitor to stop rambling", "major", "forbidden", 5, "别啰嗦快点讲", "行了行了", "", "别落锁快点讲", "您别着急，请慢慢讲，我听着呢。", [cite("S1-A", "第三条（六）", "别啰嗦，快点讲")]],
  ["P53", "冷漠：没时间", "No time", "major", "forbidden", 5, "没时间", "我现在", "你等会儿再来", "没实践", "对不起，我手上还有一件业务，请您稍等几分钟，我马上给您看。", [cite("S2", "第十一條", "沒時間")]],
  ["P54", "生冷硬顶：训斥", "Scolds the visitor", "critical", "forbidden", 8, "你怎么这么笨", "说了三遍了", "", "你怎么这么本", "没关系，我再给您讲一遍。", [cite("S2", "第十一條", "諷刺挖苦"), cite("S4", "一 6", "")]],
  ["P33", "催促：要下班了", "Hurries: closing time", "minor", "forbidden", 3, "快点我要下班了", "材料拿来", "", "快点我要下班了", "还有一点时间，请您把材料给我，我先帮您看一下。", [cite("S1-A", "第三条（六）", "快点，要下班了")]],
  ["P46", "推诿：我不明白，你去问××", "Sends away: go and ask so-and-so", "minor", "forbidden", 3, "我不明白你去问三号窗口", "这段", "", "我不明白你去问三号串口", "这项业务由三号窗口办理，我带您过去。", [cite("S4", "六 4", "我不明白")]],
  ["P49", "急什么", "What is the hurry", "minor", "forbidden", 3, "急什么急", "后面还有人呢", "", "及什么急", "请您稍等，我马上为您办理。", [cite("S4", "二（四）5", "急什么")]],
  ["P01", "来有迎声", "Greets on arrival", "minor", "missing", 2, "[您|你]好 / [大家|各位|先生|女士]好 / [早上|下午]好", "", "", "身份证拿来", "您好，请问您办理什么业务？", [cite("S0", "第八条 2", "来有迎声"), cite("S1-A", "第三条（一）", "")]],
  ["P02", "走有送声", "Takes leave", "note", "missing", 1, "再见 / 再会 / 拜拜", "", "", "好了下一个", "请您拿好证件，请慢走。", [cite("S0", "第八条 2", "走有送声")]],
  ["P11", "久等致歉", "Apologises after a long wait", "note", "missing", 1, "让您久等了 / 不好意思久等", "", "", "签字", "让您久等了。", [cite("S4", "二（二）7", "")]],
  ["P62", "不打断对方", "Does not interrupt", "minor", "voice", 2, "", "", "", "", "请您把话说完，我再为您解答。", [cite("S0", "第三条", "不得随意打断")]],
  ["P21", "感谢配合", "Thanks for co-operation", "note", "credit", 1, "谢谢您的配合", "", "", "谢谢您的配合", "", [cite("S2", "第九條", "謝謝配合")]],
].map(([id, title, title_en, severity, kind, weight, phrase, before, after, heard, advice, cites]) => ({ id, title, title_en, severity, kind, weight, phrase, before, after, heard, advice, cites, rule: `${id}-${title_en.toLowerCase().replace(/[^a-z]+/g, "-").slice(0, 24)}` }));

/** What is said on an ordinary day. */
export const SENTENCES = ["您好请问您办什么业务", "请把身份证给我看一下", "请您在这里签个字", "这份材料需要复印两份旁边有自助复印机", "系统有点慢请您稍等",
  "好的已经给您办好了", "请拿好您的证件请慢走", "这个要到五号窗口办理我帮您取个号", "让您久等了", "您的申请我们五个工作日内答复您", "不用再跑一趟网上也能查进度",
  "对不起刚才没有听清楚请您再说一遍", "缴费可以扫这个码", "医保卡带了吗", "根据规定还缺一份证明我写给您"];

const US = 1e6;
const REVIEWS = ["unreviewed", "unreviewed", "unreviewed", "unreviewed", "upheld", "dismissed", "appealed"];

/** Loudness of a clip in 48 steps, as speech has it. */
function strip(roll) {
  return Array.from({ length: 48 }, (_, at) => Math.round(100 * Math.max(0.03, Math.abs(Math.sin(at * 0.7 + roll() * 2)) * (Math.sin(at / 48 * Math.PI) ** 0.5) * (roll() > 0.18 ? between(0.4, 1, roll) : 0.05))));
}

export function makeFindings(windows, nowUs, n = 240) {
  const rows = [];
  let at = nowUs;
  for (let id = 5000; rows.length < n; id -= Math.ceil(between(1, 6))) {
    const provision = pick(PROVISIONS);
    const grouped = rows.length && dice() < 0.16;
    at -= (grouped ? 1.2 : between(20, rows.length < 4 ? 600 : 3600)) * US;
    const wall_us = Math.floor(at);
    const last = rows[rows.length - 1];
    const unassigned = dice() < 0.06 ? "no shift of the calendar and no sign-in covers this moment" : null;
    const review = provision.kind === "credit" ? "unreviewed" : rows.length < 14 ? "unreviewed" : pick(REVIEWS);
    // The second window always has something to show in the last hour.
    const window = grouped ? last.window : rows.length < 4 ? windows[1].id : pick(windows).id;
    const loud = provision.kind === "missing" ? null : strip(dice);
    rows.push({
      id, alert: 6000 - rows.length, window, wall_us, provision: provision.id, rule: provision.rule, title: provision.title, title_en: provision.title_en,
      severity: provision.severity, kind: provision.kind, state: dice() < 0.06 ? "unknown" : "confirmed", phrase: provision.phrase, heard: provision.heard,
      sureness: Number(between(0.58, 0.995).toFixed(3)), clerk: unassigned ? null : CLERKS[(Number(window) - 1) % CLERKS.length], unassigned,
      review, overdue: review === "appealed" && dice() < 0.3, needs_review: provision.kind === "voice", has_clip: provision.kind !== "missing",
      read: rows.length > 9 && dice() < 0.7, group: grouped ? last.group : id, strip: loud,
    });
  }
  return rows;
}

export const provisionOf = (id) => PROVISIONS.find((one) => one.id === id);

/** The words of a finding with the moments of every character. */
export function transcriptOf(row) {
  const provision = provisionOf(row.provision);
  const text = [["系统有点慢", 0], [provision.before, 0], [provision.heard, 1], [provision.after, 0]];
  const chars = [];
  let at = row.wall_us - 3.4 * US;
  for (const [part, in_phrase] of text) {
    for (const ch of part) {
      const lasts = between(0.13, 0.24) * US;
      chars.push({ ch, start_us: Math.round(at), end_us: Math.round(at + lasts), probability: Number(between(in_phrase ? 0.35 : 0.6, 0.99).toFixed(3)), in_phrase: !!in_phrase });
      at += lasts;
    }
    at += 0.35 * US;
  }
  return chars;
}

/** The whole of a finding. */
export function detailOf(row, steps) {
  const provision = provisionOf(row.provision);
  const spoken = row.kind === "forbidden" || row.kind === "credit";
  const clip = row.has_clip ? { url: `/api/v1/findings/${row.id}/clip`, start_us: row.wall_us - 5 * US, end_us: row.wall_us + 5 * US, silenced: [[row.wall_us + 2.6 * US, row.wall_us + 3.7 * US]], gaps: [],
    peaks: row.strip ?? [] } : null;
  const said = [...provision.phrase];
  const heard = [...provision.heard];
  const open = row.review === "unreviewed" && row.kind !== "credit" && row.state === "confirmed";
  return {
    ...row, weight: provision.weight, advice: provision.advice, cites: provision.cites, rulebook: "builtin 2026.11.2",
    reason: row.kind === "missing" ? "none of 15 phrases was heard within 10 s of the start, and nothing near it" : "said in these sounds, as a clause of its own, and no guard holds",
    reason_zh: row.kind === "missing" ? "开头 10 秒内没有听到 15 种说法中的任何一种，也没有相近的" : "说的就是这几个音，独立成句，旁边没有使它无害的词",
    evidence: spoken ? { source: "syllables", syllables: said.length, cost: 0.12, cost_max: 0.36, probability: 0.61, ratio: -0.42,
      decoys: [{ wording: `${provision.phrase.slice(0, -1)}现`, ratio: 10.4, beaten: true }, { wording: `${provision.phrase.slice(0, 1)}西${provision.phrase.slice(2)}`, ratio: 13.9, beaten: true }, { wording: `内${provision.phrase.slice(1)}`, ratio: 2.1, beaten: true }],
      context: `系统有点慢 ${provision.before}【${provision.heard}】${provision.after}` } : null,
    explanation: spoken ? said.map((one, at) => ({ said: one, heard: heard[at] ?? null, cost: one === heard[at] ? 0 : 0.06, slot: false })) : [],
    transcript: row.kind === "missing" ? [] : transcriptOf(row), clip, no_clip: clip ? null : "what was missing has no words, and no clip", no_clip_zh: "没说的话没有录音",
    steps, deadline: row.review === "appealed" ? { for: "decision", until_us: row.wall_us + 15 * 86400 * US } : row.review === "upheld" ? { for: "appeal", until_us: row.wall_us + 7 * 86400 * US } : null,
    may: { review: open, appeal: false, decide: row.review === "appealed", reason: open || row.review === "appealed" ? null : "已有复核结论，不能再次复核" },
    unmaskable: row.kind === "forbidden",
    encounter: { id: row.id + 1, start_us: row.wall_us - 80 * US, end_us: row.wall_us + 140 * US },
  };
}
