// The shapes that the API gives, as far as the pages read them. Times: `…_us` microseconds since 1970 UTC, `…_s` seconds.

/** @typedef {{id: number, name: string, role: string, staff: string|null, windows: string[]|null}} Me */
/** @typedef {{person: Me, csrf: string, lang: "zh"|"en", sound?: boolean, must_change_password: boolean}} Session */
/** @typedef {{id: string, name: string}} Named */
/**
 * @typedef {{hall: string, version: string, zone: string, now_us: number, rulebook: string, journal: boolean,
 *   windows: Named[], clerks: Named[], provisions: {id: string, title: string, title_en: string}[],
 *   budgets: Record<string, number>}} Hall
 */
/** @typedef {"heard"|"missing"|"unknown"|"pending"|"none"} Owed */
/** @typedef {{role: string, level_dbfs: number|null, speaking: boolean, state: string, reason: string|null}} Microphone */
/**
 * @typedef {{id: string, name: string, state: string, reason: string|null, microphones: Microphone[],
 *   encounter: null|{kind: "counter"|"telephone", since_us: number, duration_s: number, greeted: Owed, farewell: Owed, wait: Owed},
 *   words: string, tentative: string, words_us: number|null, score: null|{value: number|null, at_worst: number|null}, coverage: number|null,
 *   clerk: Named|null, lag_s: number, unheard_s: number, alerts: number, encounters_today: number}} WindowLive
 */
/** @typedef {{standard: string, title: string, article: string, quote: string, text?: string}} Cite */
/**
 * @typedef {{id: number, revision: number, finding: number|null, window: string, at_us: number, provision: string, rule: string,
 *   title: string, title_en: string, severity: string, kind: string, state: string, phrase: string|null, heard: string|null, context: string|null,
 *   sureness: number|null, latency_s: number, late: boolean, needs_review: boolean, article: Cite|null}} AlertLive
 */
/**
 * @typedef {{id: number, alert: number|null, window: string, wall_us: number, provision: string, rule: string, title: string, title_en: string,
 *   severity: string, kind: string, state: string, phrase: string|null, heard: string|null, sureness: number|null, clerk: Named|null, unassigned: string|null,
 *   review: string, overdue: boolean, needs_review: boolean, has_clip: boolean, read: boolean, group: number, strip?: number[]|null}} FindingRow
 */
/** @typedef {{ch: string, start_us: number, end_us: number, probability: number, in_phrase: boolean}} SpokenChar */
/** @typedef {{said: string|null, heard: string|null, cost: number, slot: boolean}} Aligned */
/** @typedef {{wording: string, ratio: number, beaten: boolean}} Decoy */
/**
 * @typedef {{url: string, start_us: number, end_us: number, silenced: [number, number][], gaps: ({start_us: number, end_us: number}|[number, number])[],
 *   peaks?: number[]|null}} Clip
 */
/** @typedef {{seq: number, what: "review"|"appeal"|"decision", ruling: string|null, who: string, wall_us: number, text: string|null, until_us: number|null}} Step */
/** @typedef {{review: boolean, appeal: boolean, decide: boolean, reason: string|null}} May */
/**
 * @typedef {FindingRow & {weight: number|null, advice: string, reason: string, evidence: null|{source: string, syllables: number, cost: number,
 *   cost_max: number, probability: number, ratio?: number, decoys: Decoy[], context: string}, cites: Cite[], explanation: Aligned[],
 *   transcript: SpokenChar[], clip: Clip|null, no_clip: string|null, clip_pending?: boolean, steps: Step[], deadline: null|{for: string, until_us: number}, may: May,
 *   unmaskable: boolean, encounter: null|{id: string, start_us: number, end_us: number}, rulebook: string}} Finding
 */
/**
 * @typedef {{id: number, event: number, is_finding: boolean, window: string|null, by: string, why: string, wall_us: number,
 *   standing: "waiting"|"granted"|"refused"|"over", kept: boolean, answered_by: string|null, answer: string|null, until_us: number|null,
 *   shown_us: number[], mine: boolean, may_answer: boolean, may_show: boolean}} Unmasking
 */
/** @typedef {[number, number]} Span start and end, microseconds */
/** @typedef {{role: string, start_us: number, end_us: number, text: string|null, segment: number}} Turn */
/**
 * @typedef {{id: string, window: string, kind: string, start_us: number, end_us: number, rings: number, answered_us: number|null, ticket: string|null,
 *   served: boolean, interrupted: boolean, findings: number, clerk: Named|null}} Encounter
 */
/**
 * @typedef {{window: string, from_us: number, to_us: number, listened: Span[], clerk: Span[], visitor: Span[], silences: Span[], turns: Turn[],
 *   findings: FindingRow[], gaps: {start_us: number, end_us: number, why: string}[], encounters: Encounter[],
 *   clips: {finding: number, start_us: number, end_us: number}[], recording: {start_us: number, end_us: number, url: string}[]}} Timeline
 */
/** @typedef {{state: "running"|"done"|"failed", progress: number, result: any, problem: string|{message: string, message_zh?: string}|null}} Job */
/** @typedef {{finding: number|null, provision: string, rule: string, what: string, effect: string, points: number}} ScoreLine */
/**
 * @typedef {{mean: number|null, at_worst: number|null, shifts: number, scored: number, coverage: number|null, encounters: number, findings: number,
 *   open: number, credits: number, unknown: number, dismissed: number}} Sums
 */
/** @typedef {{provision: string, title: string, title_en: string, points: number}} Shown */
/**
 * @typedef {{from: string, to: string, totals: Sums, unassigned: Sums,
 *   days: {day: string, score: number|null, coverage: number|null, findings: number, shifts: number}[],
 *   heat: {window: string, hour: number, findings: number, heard_h: number}[],
 *   provisions: (Shown & {findings: number, open: number})[], courtesy: (Shown & {credits: number})[],
 *   clerks: (Sums & Named)[], windows: (Sums & Named)[],
 *   shifts: {day: string, shift: string|null, clerk: Named|null, unassigned: string|null, windows: string[], score: number|null, at_worst: number|null,
 *     why_none: string|null, coverage: number|null, encounters: number, findings: number, open: number, lines: ScoreLine[]}[]}} Scores
 */
/**
 * @typedef {{id: string, provision: string, kind: string, form: string, title: string, title_en: string, severity: string, weight: number, advice: string,
 *   cites: Cite[], patterns: {part: string, say: string}[], scope: any, effective: string, needs_review: boolean, file: string|null, line: number|null, text: string|null}} Rule
 */
/** @typedef {{line: number, column: number, level: string, what: string, remedy: string}} Fault */
/** @typedef {{kind: string, budget_s: number, p50: number|null, p95: number|null, p99: number|null, count: number, late: number}} Budget */
/**
 * @typedef {{version: string, engine: string, model: string, rulebook: string, uptime_s: number, cpu: {cores: number, features: string[]|string},
 *   load: number, workers: number, resident_bytes: number, budgets: Budget[], stages: {name: string, p50: number, p95: number}[],
 *   windows: {id: string, state: string, reason: string|null, lag_s: number, shed: Record<string, number>, drift_ppm: number|null, unheard_s: number,
 *     latency: {count: number, p50: number|null, p95: number|null, p99: number|null}}[],
 *   journal: null|{events: number, bytes: number, path: string, head: string, verified_us: number|null, verified_faults: number|null, trouble: string|null},
 *   disk: null|{free_bytes: number, total_bytes: number}, clips: null|{count: number, bytes: number}, trouble: Trouble[]}} Health
 */
/** @typedef {string|{message: string, message_zh?: string}} Trouble */
/** @typedef {{id: number, name: string, role: string, staff: string|null, windows: string[]|null, active: boolean, last_seen_us: number|null}} Person */

export {};
