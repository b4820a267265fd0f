//! Dues: the occasions at which the standard demands words, and the findings that belong to them.
//!
//! Greetings and farewells are due at every encounter, so it is known where they were said; apologies (P11 to P14)
//! where the truth marks that one is missing. Where one was made the truth does not say, but its words do: such a due
//! is *inferred*. A finding belongs to the due of its provision whose stretch it shares most time with:
//!
//! | provision | stretch |
//! |---|---|
//! | P01, P08 | from 1 s before to 15 s after the encounter opens |
//! | P02 | 8 s around its end |
//! | P07 | first ring to answer, 1 s on either side |
//! | others | the clerk's turn, 1 s on either side |
//!
//! A call that was opened improperly is held against P08 alone: a P01 finding there is neither right nor wrong.

use super::matching::overlap;
use super::truth::{Encounter, EncounterKind, Missing, TruthFile, Utterance};
use crate::conduct::{Finding, FindingKind, FindingState};
use crate::mandarin::normalise;
use crate::units::{Role, SAMPLE_RATE_HZ, Span};

/// How long after its opening an encounter may still be greeted, s.
const OPENING_S: u64 = 15;
/// How far from its end a farewell may be reported missing, s.
const ENDING_S: u64 = 8;
/// What times may be off by, s.
const SLACK_S: u64 = 1;

/// Silence that parts two turns of the clerk, s.
const TURN_GAP_S: f64 = 2.0;
/// Silence of the clerk after which a word about the wait is due, s. No standard names a length; what the recordings
/// hold are pauses of over 20 s and of a few seconds.
const WAIT_S: f64 = 20.0;
/// Share of a silence that the visitor may fill without it being something else than a wait.
const WAIT_TALK_MAX: f64 = 0.5;

const APOLOGY: Words = &["对不起", "抱歉", "不好意思", "请原谅", "请谅解", "请见谅"];
const REASON: Words = &["根据", "按照", "规定", "因为", "由于", "不符合"];
const ABOUT_THE_WAIT: Words = &["久等"];

/// Any of some words.
type Words = &'static [&'static str];

/// Words that have to go with others.
struct Accompanied {
    provision: &'static str,
    triggers: Words,
    /// Something of each has to stand in the same turn.
    needed: &'static [Words],
}

const ACCOMPANIED: [Accompanied; 3] = [
    Accompanied { provision: "P12", triggers: &["缺少", "不齐", "没带"], needed: &[APOLOGY] },
    Accompanied {
        provision: "P13", triggers: &["不能办", "无法受理", "办不了"], needed: &[APOLOGY, REASON]
    },
    Accompanied { provision: "P14", triggers: &["故障", "坏了", "死机", "断网"], needed: &[APOLOGY] },
];

/// One occasion at which words were due.
pub(super) struct Due<'a> {
    pub provision: &'a str,
    /// Where findings about it lie.
    pub stretch: Span,
    /// The place of the omission itself, for reports.
    pub span: Span,
    pub text: &'a str,
    pub outcome: Outcome,
    /// Known from the words of the truth only, not from its marks.
    pub inferred: bool,
    /// Confirmed and undecided findings.
    pub reported: Vec<&'a Finding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Said,
    LeftOut,
    /// Findings here are neither right nor wrong.
    Excused,
}

impl Due<'_> {
    pub fn confirmed(&self) -> Option<&Finding> {
        self.reported.iter().copied().find(|f| f.state == FindingState::Confirmed)
    }
}

/// What the truth states.
pub(super) fn stated<'a>(file: &'a TruthFile, encounters: &[Encounter]) -> Vec<Due<'a>> {
    let mut dues = Vec::new();
    let outcome = |said| if said { Outcome::Said } else { Outcome::LeftOut };
    for (index, encounter) in encounters.iter().enumerate() {
        let opening = Span::new(encounter.opened, encounter.opened);
        let ending = Span::new(encounter.span.end, encounter.span.end);
        let call = encounter.kind == EncounterKind::Telephone;
        let greeted =
            if call && !encounter.greeting { Outcome::Excused } else { outcome(encounter.greeting) };
        dues.push(due("P01", opening, SLACK_S, OPENING_S, greeted));
        dues.push(due("P02", ending, ENDING_S, ENDING_S, outcome(encounter.farewell)));
        if call {
            let late = file.missing.iter().any(|m| m.provision == "P07" && m.encounter == Some(index));
            let ringing = Span::new(encounter.span.start, encounter.opened);
            dues.push(due("P07", ringing, SLACK_S, SLACK_S, outcome(!late)));
            dues.push(due("P08", opening, SLACK_S, OPENING_S, outcome(encounter.greeting)));
        }
    }
    // Calls answered late are counted with their encounter above.
    let told = |m: &&Missing| m.provision != "P07" || m.encounter.is_none();
    for missing in file.missing.iter().filter(told) {
        let text = missing.text.as_str();
        dues.push(Due { text, ..due(&missing.provision, missing.span, SLACK_S, SLACK_S, Outcome::LeftOut) });
    }
    dues
}

/// Where the words of the truth show that what was due was said: an apology in the clerk's turn that tells what is
/// missing, refused or broken, and a word about a long wait. `stated` wins where both speak of the same turn.
pub(super) fn inferred<'a>(file: &'a TruthFile, stated: &[Due]) -> Vec<Due<'a>> {
    let mut dues = Vec::new();
    for turn in clerk_turns(file) {
        let text = normalise(&turn.words.iter().map(|u| u.text.as_str()).collect::<String>());
        let holds = |any: Words| any.iter().any(|word| text.contains(word));
        for Accompanied { provision, triggers, needed } in ACCOMPANIED {
            if holds(triggers) && needed.iter().all(|any| holds(any)) {
                dues.push(said(provision, &turn));
            }
        }
        if turn.after_wait && holds(ABOUT_THE_WAIT) {
            dues.push(said("P11", &turn));
        }
    }
    let known = |due: &Due| {
        stated.iter().any(|other| other.provision == due.provision && overlap(other.span, due.span) >= 0)
    };
    dues.retain(|due| !known(due));
    dues
}

/// Gives every confirmed and every undecided finding of missing words to its due, in order of time; returns those that
/// belong to none.
pub(super) fn assign<'a>(dues: &mut [Due<'a>], findings: &'a [Finding]) -> Vec<&'a Finding> {
    let decides = |f: &&Finding| matches!(f.state, FindingState::Confirmed | FindingState::Unknown);
    let mut findings: Vec<&Finding> =
        findings.iter().filter(|f| f.kind == FindingKind::Missing).filter(decides).collect();
    findings.sort_by(|a, b| a.span.cmp(&b.span).then_with(|| a.provision.cmp(&b.provision)));
    let mut strays = Vec::new();
    for finding in findings {
        match nearest(dues, finding) {
            Some(due) => due.reported.push(finding),
            None => strays.push(finding),
        }
    }
    strays
}

fn due(provision: &str, span: Span, before_s: u64, after_s: u64, outcome: Outcome) -> Due<'_> {
    let stretch = widened(span, before_s, after_s);
    Due { provision, stretch, span, text: "", outcome, inferred: false, reported: Vec::new() }
}

fn said<'a>(provision: &'a str, turn: &ClerkTurn<'a>) -> Due<'a> {
    let text = turn.words.first().map_or("", |first| first.text.as_str());
    let due = due(provision, turn.span, SLACK_S, SLACK_S, Outcome::Said);
    Due { text, inferred: true, ..due }
}

fn widened(span: Span, before_s: u64, after_s: u64) -> Span {
    let rate = u64::from(SAMPLE_RATE_HZ);
    Span::new(span.start.minus(before_s * rate), span.end.plus(after_s * rate))
}

/// The due that shares most time with the finding, the earlier of equals; touching counts, for findings
/// without length.
fn nearest<'d, 'a>(dues: &'d mut [Due<'a>], finding: &Finding) -> Option<&'d mut Due<'a>> {
    let index = (0..dues.len())
        .filter(|i| dues[*i].provision == finding.provision && overlap(dues[*i].stretch, finding.span) >= 0)
        .max_by_key(|i| (overlap(dues[*i].stretch, finding.span), std::cmp::Reverse(*i)))?;
    dues.get_mut(index)
}

/// What the clerk said without the visitor or a silence in between, as the truth writes it.
struct ClerkTurn<'a> {
    span: Span,
    words: Vec<&'a Utterance>,
    /// It ended a wait.
    after_wait: bool,
}

fn clerk_turns(file: &TruthFile) -> Vec<ClerkTurn<'_>> {
    let mut utterances: Vec<&Utterance> = file.utterances.iter().flatten().collect();
    utterances.sort_by_key(|u| u.span);
    let mut turns: Vec<ClerkTurn> = Vec::new();
    // Samples that the visitor spoke since the clerk did.
    let mut visitor = 0;
    for utterance in utterances {
        if file.role(utterance.channel) != Some(Role::Clerk) {
            visitor += utterance.span.samples();
            continue;
        }
        let silence = turns.last().map(|turn| overlap(turn.span, utterance.span).saturating_neg());
        let silence_s = silence.unwrap_or(0) as f64 / f64::from(SAMPLE_RATE_HZ);
        match turns.last_mut().filter(|_| visitor == 0 && silence_s < TURN_GAP_S) {
            Some(turn) => {
                turn.span.end = turn.span.end.max(utterance.span.end);
                turn.words.push(utterance);
            }
            None => {
                let talked = visitor as f64 / f64::from(SAMPLE_RATE_HZ) > WAIT_TALK_MAX * silence_s;
                let after_wait = silence_s >= WAIT_S && !talked;
                turns.push(ClerkTurn { span: utterance.span, words: vec![utterance], after_wait });
            }
        }
        visitor = 0;
    }
    turns
}
