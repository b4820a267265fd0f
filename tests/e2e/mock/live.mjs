// The hall as it goes on: windows that speak, levels that move ten times a second, an alert now and then, over one event stream.
import { CLERKS, PROVISIONS, SENTENCES, pick, random } from "./data.mjs";

const roll = random(7);
const US = 1e6;
const nowUs = () => Date.now() * 1000;

export class Live {
  constructor(windows, alertEveryS, shed) {
    this.shed = shed;
    this.windows = windows.map((one, at) => this.begin(one, at));
    this.alerts = [];
    this.clients = new Set();
    this.log = [];
    this.seq = 90_000;
    this.alertEveryS = alertEveryS;
    this.nextAlert = nowUs() + 4 * US;
    for (let at = 0; at < 6; at++) this.alert(nowUs() - (6 - at) * 47 * US);
    setInterval(() => this.tick(), 100);
  }

  begin(one, at) {
    const state = at % 8 === 6 ? "down" : at % 8 === 7 ? "ended" : "live";
    return { ...one, state, reason: state === "down" ? "声卡 hw:2 读不到数据：可能被拔掉，每 5 秒重试一次" : null,
      microphones: state === "ended" ? [] : [{ role: "clerk", level_dbfs: -60, speaking: false, state: state === "down" ? "down" : "live", reason: null }, { role: "visitor", level_dbfs: -60, speaking: false, state: "live", reason: null }],
      encounter: null, words: "", tentative: "", words_us: null, score: at % 5 === 4 ? { value: null, at_worst: null } : { value: 99.6 - at * 0.7, at_worst: at % 3 ? 99.6 - at * 0.7 : 97.1 - at * 0.7 },
      coverage: state === "live" ? 0.93 + (at % 7) / 100 : 0.41, clerk: at % 8 === 7 ? null : CLERKS[at % CLERKS.length], lag_s: at === 3 ? 3.4 : 0.2, unheard_s: 0, alerts: at % 4 === 1 ? 2 : 0, encounters_today: 4 + at,
      plan: { until: 0, sentence: "", shown: 0 } };
  }

  /** One window, a tenth of a second later. */
  move(one) {
    if (one.state !== "live") return;
    const now = nowUs();
    const clerk = one.microphones[0];
    const visitor = one.microphones[1];
    if (!one.encounter && roll() < 0.006) {
      one.encounter = { kind: roll() < 0.2 ? "telephone" : "counter", since_us: now - Math.floor(roll() * 150) * US, duration_s: 0, greeted: "pending", wait: "none", farewell: "pending" };
      one.encounters_today += 1;
    } else if (one.encounter && roll() < 0.002) one.encounter = null;
    if (one.encounter) {
      one.encounter.duration_s = (now - one.encounter.since_us) / US;
      if (one.encounter.greeted === "pending" && roll() < 0.02) one.encounter.greeted = pick(["heard", "heard", "heard", "missing", "unknown"], roll);
      if (one.encounter.wait === "none" && roll() < 0.002) one.encounter.wait = pick(["pending", "heard", "missing"], roll);
    }
    const plan = one.plan;
    if (plan.shown < plan.sentence.length && one.encounter) {
      plan.shown += roll() < 0.5 ? 1 : 0;
      clerk.speaking = true;
      clerk.level_dbfs = -34 + roll() * 16;
      const settled = Math.max(0, plan.shown - 4);
      one.words = plan.sentence.slice(0, settled);
      one.tentative = plan.sentence.slice(settled, plan.shown);
      one.words_us = now;
      if (plan.shown === plan.sentence.length) [one.words, one.tentative] = [plan.sentence, ""];
    } else {
      clerk.speaking = false;
      clerk.level_dbfs = -58 + roll() * 6;
      if (one.encounter && roll() < 0.03) [plan.sentence, plan.shown] = [pick(SENTENCES, roll), 0];
    }
    visitor.speaking = !clerk.speaking && !!one.encounter && roll() < 0.8;
    visitor.level_dbfs = visitor.speaking ? -38 + roll() * 14 : -59 + roll() * 4;
  }

  alert(at_us = nowUs()) {
    const provision = pick(PROVISIONS.filter((one) => one.kind !== "credit" && one.kind !== "voice"), roll);
    const one = pick(this.windows.filter((each) => each.state === "live"), roll);
    one.alerts += 1;
    const id = 7000 + this.alerts.length;
    const latency_s = 0.45 + roll() * 0.9;
    const alert = { id, revision: 1, finding: 5000, window: one.id, at_us: Math.round(at_us), provision: provision.id, rule: provision.rule, title: provision.title, title_en: provision.title_en, severity: provision.severity, kind: provision.kind,
      state: provision.kind === "missing" || at_us < nowUs() - US ? "confirmed" : "tentative", phrase: provision.phrase, heard: provision.heard, context: `${provision.before}【${provision.heard}】${provision.after}`, sureness: 0.7 + roll() * 0.29,
      latency_s, late: latency_s > 1.25, needs_review: false, article: (({ standard, title, article, quote }) => ({ standard, title, article, quote }))(provision.cites[0]) };
    this.alerts.unshift(alert);
    this.tell("alert", alert);
    if (alert.state === "tentative") setTimeout(() => {
      const next = { ...alert, revision: 2, state: roll() < 0.2 ? "retracted" : "confirmed" };
      this.alerts[this.alerts.findIndex((each) => each.id === id)] = next;
      this.tell("alert", next);
    }, 2500);
  }

  /** Tells everybody, and keeps it for those who come back. */
  tell(event, data) {
    const id = ++this.seq;
    this.log.push({ id, event, data });
    if (this.log.length > 500) this.log.shift();
    for (const client of this.clients) client.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  shown() {
    return this.windows.map(({ plan, ...one }) => one);
  }

  tick() {
    for (const one of this.windows) this.move(one);
    if (this.alertEveryS && nowUs() > this.nextAlert) {
      this.alert();
      this.nextAlert = nowUs() + this.alertEveryS * US;
    }
    const data = JSON.stringify({ at_us: nowUs(), windows: this.shown().filter((one) => one.state === "live") });
    for (const client of this.clients) client.write(`event: wall\ndata: ${data}\n\n`);
  }

  wall() {
    return { at_us: nowUs(), load: 0.41, overload: this.shed !== "none", shed: this.shed, windows: this.shown(), alerts: this.alerts.slice(0, 50) };
  }

  join(response, after) {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": here\n\n");
    for (const { id, event, data } of this.log.filter((one) => after && one.id > after)) response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    this.clients.add(response);
    response.on("close", () => this.clients.delete(response));
  }
}
