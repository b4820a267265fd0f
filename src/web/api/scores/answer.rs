//! The answer, as it is sent. Points are points, not thousandths; shares are from 0 to 1.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::gather::Gathered;
use crate::conduct::{FindingKind, FindingState};
use crate::ledger::account::{Account, Who};
use crate::ledger::report::{Counts, Report, Sums, report};
use crate::ledger::score::{Coverage, Effect, Line, Outcome, Points, Review};
use crate::web::api::findings::in_chinese;
use crate::web::hub::Hub;

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScoresBody {
    /// The first and the last day.
    from: String,
    to: String,
    scope: ScoreScope,
    totals: SumsBody,
    /// Of `totals`, what is charged to nobody.
    unassigned: SumsBody,
    days: Vec<DaySums>,
    /// Hours in which something was heard or found.
    heat: Vec<Heat>,
    provisions: Vec<ProvisionBody>,
    /// The same of courtesy.
    courtesy: Vec<CourtesyBody>,
    clerks: Vec<ClerkSums>,
    windows: Vec<WindowSums>,
    shifts: Vec<ShiftBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ScoreScope {
    clerk: Option<String>,
    window: Option<String>,
    shift: Option<String>,
    /// The windows that one may see; null: all.
    windows: Option<Vec<String>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SumsBody {
    /// Mean of the scores; null where there is none.
    mean: Option<f64>,
    /// The same if everything open is decided against the clerks.
    at_worst: Option<f64>,
    lowest: Option<f64>,
    /// Shifts of clerks, and those of them that have a score.
    shifts: u64,
    scored: u64,
    /// Share of the planned time that was heard.
    coverage: Option<f64>,
    heard_h: f64,
    encounters: u64,
    /// Findings that accuse: confirmed, not dismissed, no courtesy.
    findings: u64,
    /// Of these, by severity.
    note: u64,
    minor: u64,
    major: u64,
    critical: u64,
    credits: u64,
    unknown: u64,
    dismissed: u64,
    /// Awaits a review or a decision.
    open: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct DaySums {
    day: String,
    /// The mean of the day.
    score: Option<f64>,
    #[serde(flatten)]
    sums: SumsBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct Heat {
    window: String,
    /// Of the hall's day, 0 to 23.
    hour: usize,
    findings: u64,
    /// Hours heard in this hour of all the days.
    heard_h: f64,
}

#[derive(Debug, Serialize, ToSchema)]
struct ProvisionBody {
    provision: String,
    title: String,
    title_en: String,
    findings: u64,
    /// Taken in clerks' shifts, before caps; below zero.
    points: f64,
    open: u64,
    upheld: u64,
    dismissed: u64,
    unknown: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct CourtesyBody {
    provision: String,
    title: String,
    title_en: String,
    credits: u64,
    points: f64,
}

#[derive(Debug, Serialize, ToSchema)]
struct ClerkSums {
    id: String,
    name: String,
    #[serde(flatten)]
    sums: SumsBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct WindowSums {
    id: String,
    name: String,
    #[serde(flatten)]
    sums: SumsBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct ShiftBody {
    day: String,
    /// Null: outside of all shifts.
    shift: Option<String>,
    /// Null: charged to nobody.
    clerk: Option<ClerkName>,
    /// Why nobody is charged.
    unassigned: Option<String>,
    unassigned_zh: Option<String>,
    windows: Vec<String>,
    score: Option<f64>,
    at_worst: Option<f64>,
    /// Why there is no score.
    why_none: Option<String>,
    why_none_zh: Option<String>,
    coverage: Option<f64>,
    encounters: u64,
    findings: u64,
    open: u64,
    /// Everything that made the score.
    lines: Vec<LineBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ClerkName {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct LineBody {
    /// Number of the finding, as in `/api/v1/findings/{id}`.
    finding: Option<u64>,
    provision: String,
    rule: String,
    /// The rule's title, as the rules in force have it; else its id.
    what: String,
    #[schema(value_type = String)]
    effect: Effect,
    points: f64,
}

impl ScoresBody {
    pub fn of(gathered: &Gathered, hub: &Hub) -> Self {
        let report = report(&gathered.accounts, &gathered.roster);
        let (from, to) = gathered.days();
        let asked = &gathered.asked;
        let titles = Titles::of(hub);
        let credited = courtesy(&gathered.accounts);
        let name = |id: &str| {
            let window = hub.config().windows.iter().find(|window| window.id.as_str() == id);
            window.map_or_else(|| id.to_owned(), |window| window.name.clone())
        };
        let clerks = report.clerks.iter().map(|(person, of)| ClerkSums {
            id: person.id.clone(),
            name: person.name.clone(),
            sums: SumsBody::of(of),
        });
        let windows = report.windows.iter().map(|(id, of)| WindowSums {
            id: id.to_string(),
            name: name(id.as_str()),
            sums: SumsBody::of(of),
        });
        let days = report.days.iter().map(|(day, of)| DaySums {
            day: day.to_string(),
            score: of.mean().map(points),
            sums: SumsBody::of(of),
        });
        let shifts = gathered.accounts.iter().filter(|account| account.is_of_interest());
        Self {
            from: from.to_string(),
            to: to.to_string(),
            scope: ScoreScope {
                clerk: asked.clerk.clone(),
                window: asked.window.clone(),
                shift: asked.shift.clone(),
                windows: asked.among.clone(),
            },
            totals: SumsBody::of(&report.total),
            unassigned: SumsBody::of(&report.unassigned),
            days: days.collect(),
            heat: heat(&report, gathered),
            provisions: provisions(&report, &credited, &titles),
            courtesy: credited
                .iter()
                .map(|(provision, (credits, earned))| {
                    let (title, title_en) = titles.of_provision(provision);
                    let provision = (*provision).to_owned();
                    CourtesyBody { provision, title, title_en, credits: *credits, points: points(*earned) }
                })
                .collect(),
            clerks: clerks.collect(),
            windows: windows.collect(),
            shifts: shifts.map(|account| shift(account, &titles)).collect(),
        }
    }
}

impl SumsBody {
    fn of(sums: &Sums) -> Self {
        let Counts { accusing: [note, minor, major, critical], credits, unknown, dismissed, open } =
            sums.counts;
        Self {
            mean: sums.mean().map(points),
            at_worst: sums.mean_at_worst().map(points),
            lowest: sums.lowest.map(points),
            shifts: sums.shifts,
            scored: sums.scored,
            coverage: share(sums.coverage()),
            heard_h: sums.heard_ms as f64 / 3_600_000.0,
            encounters: sums.served,
            findings: sums.counts.accusations(),
            note,
            minor,
            major,
            critical,
            credits,
            unknown,
            dismissed,
            open,
        }
    }
}

/// What rules and provisions are called by the rules in force.
struct Titles {
    provisions: BTreeMap<String, (String, String)>,
    rules: BTreeMap<String, String>,
}

impl Titles {
    fn of(hub: &Hub) -> Self {
        let (mut provisions, mut rules) = (BTreeMap::new(), BTreeMap::new());
        for rule in hub.book().rulebook().rules() {
            let titles = || (rule.title.clone(), rule.title_en.clone());
            provisions.entry(rule.provision.clone()).or_insert_with(titles);
            rules.insert(rule.id.clone(), rule.title.clone());
        }
        Self { provisions, rules }
    }

    fn of_provision(&self, provision: &str) -> (String, String) {
        self.provisions.get(provision).cloned().unwrap_or_default()
    }
}

/// Courtesy and what it earned, by provision.
fn courtesy(accounts: &[Account]) -> BTreeMap<&str, (u64, Points)> {
    let mut of: BTreeMap<&str, (u64, Points)> = BTreeMap::new();
    for account in accounts {
        for finding in &account.facts.findings {
            let counts = finding.state == FindingState::Confirmed && finding.review != Review::Dismissed;
            if counts && finding.kind == FindingKind::Credit {
                of.entry(&finding.provision).or_default().0 += 1;
            }
        }
        let lines = account.score.iter().flat_map(|score| &score.lines);
        for line in lines.filter(|line| line.kind == FindingKind::Credit) {
            let earned = &mut of.entry(&line.provision).or_default().1;
            *earned = *earned + line.points;
        }
    }
    of
}

fn provisions(
    report: &Report,
    courtesy: &BTreeMap<&str, (u64, Points)>,
    titles: &Titles,
) -> Vec<ProvisionBody> {
    let all = report.provisions.iter().map(|(provision, of)| {
        let (title, title_en) = titles.of_provision(provision);
        let earned = courtesy.get(provision.as_str()).map_or(Points::ZERO, |(_, earned)| *earned);
        ProvisionBody {
            provision: provision.clone(),
            title,
            title_en,
            findings: of.counts.accusations(),
            points: points(of.points - earned),
            open: of.counts.open,
            upheld: of.upheld,
            dismissed: of.counts.dismissed,
            unknown: of.counts.unknown,
        }
    });
    // Those that are nothing but courtesy stand there.
    let told = |one: &ProvisionBody| {
        one.findings + one.open + one.upheld + one.dismissed + one.unknown > 0 || one.points != 0.0
    };
    let mut all: Vec<ProvisionBody> = all.filter(told).collect();
    all.sort_by(|one, two| two.findings.cmp(&one.findings).then_with(|| one.provision.cmp(&two.provision)));
    all
}

fn heat(report: &Report, gathered: &Gathered) -> Vec<Heat> {
    let mut windows: Vec<_> = report.heat.keys().chain(gathered.hours.keys()).collect();
    windows.sort();
    windows.dedup();
    let mut all = Vec::new();
    for window in windows {
        for hour in 0..24 {
            let findings = report.heat.get(window).map_or(0, |hours| hours[hour]);
            let heard_us = gathered.hours.get(window).map_or(0, |hours| hours[hour]);
            if findings > 0 || heard_us > 0 {
                let heard_h = heard_us as f64 / 3_600_000_000.0;
                all.push(Heat { window: window.to_string(), hour, findings, heard_h });
            }
        }
    }
    all
}

fn shift(account: &Account, titles: &Titles) -> ShiftBody {
    let (clerk, vacancy) = match &account.key.who {
        Who::Clerk(person) => (Some(ClerkName { id: person.id.clone(), name: person.name.clone() }), None),
        Who::Nobody { why, .. } => (None, Some(why)),
    };
    let (score, at_worst, unscored) = match account.score.as_ref().map(|score| score.outcome) {
        Some(Outcome::Scored { points: score, at_worst }) => {
            (Some(points(score)), Some(points(at_worst)), None)
        }
        Some(Outcome::Unscored { why }) => (None, None, Some(why)),
        None => (None, None, None),
    };
    let mut windows: Vec<String> = account.sat.iter().map(|sat| sat.window.to_string()).collect();
    windows.sort();
    windows.dedup();
    let facts = &account.facts;
    let accuses = facts.findings.iter().filter(|finding| {
        let counts = finding.state == FindingState::Confirmed && finding.review != Review::Dismissed;
        counts && finding.kind != FindingKind::Credit
    });
    ShiftBody {
        day: account.key.day.to_string(),
        shift: account.key.shift.clone(),
        clerk,
        unassigned: vacancy.map(ToString::to_string),
        unassigned_zh: vacancy.map(in_chinese),
        windows,
        score,
        at_worst,
        why_none: unscored.map(|why| why.to_string()),
        why_none_zh: unscored.map(|why| why.in_chinese()),
        coverage: share(Coverage::of(facts.heard_ms, facts.unheard_ms)),
        encounters: facts.encounters.iter().filter(|encounter| encounter.served).count() as u64,
        findings: accuses.count() as u64,
        open: account.score.as_ref().map_or(0, |score| score.open),
        lines: account.score.iter().flat_map(|score| &score.lines).map(|line| told(line, titles)).collect(),
    }
}

fn told(line: &Line, titles: &Titles) -> LineBody {
    LineBody {
        finding: line.finding.strip_prefix('f').and_then(|seq| seq.parse().ok()),
        provision: line.provision.to_string(),
        rule: line.rule.to_string(),
        what: titles.rules.get(&*line.rule).map_or(&*line.rule, String::as_str).to_owned(),
        effect: line.effect,
        points: points(line.points),
    }
}

fn points(points: Points) -> f64 {
    points.0 as f64 / 1_000.0
}

fn share(coverage: Coverage) -> Option<f64> {
    coverage.permille.map(|permille| f64::from(permille) / 1_000.0)
}
