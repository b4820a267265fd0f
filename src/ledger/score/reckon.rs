//! The formula.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::facts::{EncounterFact, Facts, FindingFact, Review};
use super::parameters::Parameters;
use super::points::Points;
use super::{Coverage, Effect, EncounterScore, Line, Outcome, ShiftScore, Unscored};
use crate::conduct::{FindingKind, FindingState, Severity};

/// The score of a shift.
pub fn score(facts: &Facts, parameters: &Parameters) -> ShiftScore {
    let encounters = each_once(&facts.encounters, |encounter| (encounter.start_us, &encounter.id), |e| &e.id);
    let findings = each_once(&facts.findings, |finding| (finding.start_us, &finding.id), |f| &f.id);
    let now = reckon(&encounters, &findings, parameters, false);
    let open = now.lines.iter().filter(|line| line.effect.is_open()).count() as u64;
    let points = now.capped(parameters);
    // Where nothing is open nothing can become worse.
    let at_worst = || match open {
        0 => points,
        _ => reckon(&encounters, &findings, parameters, true).capped(parameters),
    };
    let coverage = Coverage::of(facts.heard_ms, facts.unheard_ms);
    let outcome = match unscored(&coverage, now.served, parameters) {
        Some(why) => Outcome::Unscored { why },
        None => Outcome::Scored { points, at_worst: at_worst() },
    };
    ShiftScore {
        outcome,
        coverage,
        served: now.served,
        sum: now.sum,
        outside: now.outside,
        mean: now.mean(),
        critical: now.critical,
        courtesy: now.encounters.iter().map(|encounter| encounter.credit).sum::<Points>().shared(now.served),
        open,
        encounters: now.encounters,
        lines: now.lines,
        parameters: *parameters,
    }
}

/// The facts in an order of their own, each id once.
fn each_once<'f, F: Ord, K: Ord>(
    facts: &'f [F],
    key: impl Fn(&'f F) -> K,
    id: impl Fn(&'f F) -> &'f str,
) -> Vec<&'f F> {
    let mut once: Vec<&F> = facts.iter().collect();
    // Of one id, the least comes first and stays.
    once.sort_unstable_by(|one, two| id(one).cmp(id(two)).then_with(|| one.cmp(two)));
    once.dedup_by(|next, kept| id(next) == id(kept));
    once.sort_by_key(|fact| key(fact));
    once
}

/// What all encounters come to.
struct Reckoned {
    served: u64,
    sum: Points,
    outside: Points,
    critical: bool,
    encounters: Vec<EncounterScore>,
    lines: Vec<Line>,
}

impl Reckoned {
    fn mean(&self) -> Points {
        (self.sum - self.outside).not_below_zero().shared(self.served)
    }

    fn capped(&self, parameters: &Parameters) -> Points {
        match self.critical {
            true => self.mean().min(Points::whole(parameters.critical_cap)),
            false => self.mean(),
        }
    }
}

fn reckon(
    encounters: &[&EncounterFact],
    findings: &[&FindingFact],
    parameters: &Parameters,
    open_counts: bool,
) -> Reckoned {
    let served: HashSet<&str> =
        encounters.iter().filter(|encounter| encounter.served).map(|encounter| &*encounter.id).collect();
    let mut of = ByEncounter::new();
    for finding in findings {
        of.entry(finding.encounter.as_deref()).or_default().push(finding);
    }
    let mut reckoned = Reckoned {
        served: 0,
        sum: Points::ZERO,
        outside: Points::ZERO,
        critical: false,
        encounters: Vec::new(),
        lines: Vec::new(),
    };
    for encounter in encounters.iter().filter(|encounter| encounter.served) {
        let tally = Tally::of(belonging(&of, Some(&encounter.id)), parameters, open_counts, true);
        let points = tally.points();
        reckoned.served += 1;
        reckoned.sum = reckoned.sum + points;
        reckoned.critical |= tally.critical;
        reckoned.encounters.push(EncounterScore {
            encounter: encounter.id.clone(),
            kind: encounter.kind,
            grave: tally.grave,
            slight: tally.slight,
            credit: tally.credit,
            points,
        });
        reckoned.lines.extend(tally.lines);
    }
    // In order of their first finding: encounters in which nobody was served, and what belongs to none.
    let mut elsewhere: Vec<Option<&str>> = Vec::new();
    for finding in findings {
        let id = finding.encounter.as_deref();
        if !id.is_some_and(|id| served.contains(id)) && !elsewhere.contains(&id) {
            elsewhere.push(id);
        }
    }
    for id in elsewhere {
        // An encounter of their own, of which only what it lost is taken.
        let tally = Tally::of(belonging(&of, id), parameters, open_counts, false);
        reckoned.outside = reckoned.outside + (Points::FULL - tally.points());
        reckoned.critical |= tally.critical;
        reckoned.lines.extend(tally.lines);
    }
    reckoned
}

type ByEncounter<'f> = HashMap<Option<&'f str>, Vec<&'f FindingFact>>;

fn belonging<'a, 'f>(of: &'a ByEncounter<'f>, id: Option<&'f str>) -> &'a [&'f FindingFact] {
    of.get(&id).map_or(&[], Vec::as_slice)
}

/// The findings of one encounter, added up.
#[derive(Default)]
struct Tally {
    grave: Points,
    slight: Points,
    credit: Points,
    critical: bool,
    lines: Vec<Line>,
}

impl Tally {
    /// `findings` in order of time.
    fn of(findings: &[&FindingFact], parameters: &Parameters, open_counts: bool, served: bool) -> Self {
        let mut tally = Self::default();
        let takes = |finding: &FindingFact| {
            let effect = effect(finding);
            finding.kind != FindingKind::Credit
                && (effect == Effect::Deducts || open_counts && effect.is_open())
        };
        for finding in findings {
            let (effect, points) = match effect(finding) {
                Effect::Credits => tally.credit(finding, parameters, served),
                _ if takes(finding) => {
                    let alike = findings.iter().filter(|other| takes(other) && comes_before(other, finding));
                    tally.deduct(finding, alike.count(), parameters)
                }
                effect => (effect, Points::ZERO),
            };
            tally.lines.push(line(finding, effect, points));
        }
        tally
    }

    fn credit(&mut self, finding: &FindingFact, parameters: &Parameters, served: bool) -> (Effect, Points) {
        if !served {
            return (Effect::CreditWithoutVisitor, Points::ZERO);
        }
        let left = Points::whole(parameters.credit_max) - self.credit;
        let points = Points::whole(finding.weight).min(left);
        self.credit = self.credit + points;
        let over = points == Points::ZERO && finding.weight > 0;
        (if over { Effect::CreditOverLimit } else { Effect::Credits }, points)
    }

    /// `alike`: findings of its rule that came before.
    fn deduct(&mut self, finding: &FindingFact, alike: usize, parameters: &Parameters) -> (Effect, Points) {
        let full = parameters.deduction(finding.severity, finding.weight);
        let (effect, points) = match alike {
            0 => (Effect::Deducts, full),
            1 => (Effect::DeductsAsRepeat, parameters.repeated(full)),
            _ => (Effect::RepeatedAgain, Points::ZERO),
        };
        match finding.severity {
            Severity::Note | Severity::Minor => self.slight = self.slight + points,
            Severity::Major | Severity::Critical => self.grave = self.grave + points,
        }
        self.critical |= finding.severity == Severity::Critical;
        (effect, -points)
    }

    fn points(&self) -> Points {
        let slight = (self.slight - self.credit).not_below_zero();
        (Points::FULL - self.grave - slight).not_below_zero()
    }
}

/// Whether `other` is a finding of the same rule that takes its points before `finding` does: the weightiest first, then
/// the earliest. A rule whose severity was changed during the shift is two rules.
fn comes_before(other: &FindingFact, finding: &FindingFact) -> bool {
    (&other.rule, other.severity) == (&finding.rule, finding.severity) && place(other) < place(finding)
}

fn place(finding: &FindingFact) -> (Reverse<u8>, i64, &str) {
    (Reverse(finding.weight), finding.start_us, &finding.id)
}

/// What a finding does by itself, before repetitions and limits.
fn effect(finding: &FindingFact) -> Effect {
    match (finding.state, finding.review) {
        (FindingState::Unknown, _) => Effect::Unknown,
        (FindingState::Held, _) => Effect::Held,
        (FindingState::Retracted, _) => Effect::Retracted,
        (FindingState::Confirmed, Review::Dismissed) => Effect::Dismissed,
        (FindingState::Confirmed, Review::Unreviewed) if finding.needs_review => Effect::AwaitsReview,
        (FindingState::Confirmed, _) if finding.kind == FindingKind::Credit => Effect::Credits,
        (FindingState::Confirmed, Review::Appealed) => Effect::UnderAppeal,
        (FindingState::Confirmed, Review::Unreviewed | Review::Upheld) => Effect::Deducts,
    }
}

fn line(finding: &FindingFact, effect: Effect, points: Points) -> Line {
    Line {
        finding: finding.id.clone(),
        encounter: finding.encounter.clone(),
        rule: finding.rule.clone(),
        provision: finding.provision.clone(),
        kind: finding.kind,
        severity: finding.severity,
        weight: finding.weight,
        effect,
        points,
    }
}

impl Coverage {
    /// Of times that were heard and not.
    pub fn of(heard_ms: u64, unheard_ms: u64) -> Self {
        let (heard, all) = (u128::from(heard_ms), u128::from(heard_ms) + u128::from(unheard_ms));
        let permille = (heard * 1_000).checked_div(all).and_then(|permille| u16::try_from(permille).ok());
        Self { heard_ms, unheard_ms, permille }
    }
}

fn unscored(coverage: &Coverage, served: u64, parameters: &Parameters) -> Option<Unscored> {
    let least_percent = parameters.coverage_min_percent;
    match coverage.permille {
        None | Some(0) => Some(Unscored::NothingHeard),
        Some(permille) if permille < least_percent * 10 => {
            Some(Unscored::TooLittleHeard { permille, least_percent })
        }
        Some(_) if served < u64::from(parameters.encounters_min) => {
            Some(Unscored::TooFewEncounters { served, least: parameters.encounters_min })
        }
        Some(_) => None,
    }
}
