//! A recording as a timeline. In: lines of `replay --json --transcript --timeline` (docs/json.md). Out: what the page shows.

use serde::Deserialize;

use super::hear::Hearing;
use crate::conduct::scene::EncounterKind;
use crate::conduct::{FindingKind, FindingState, Severity};
use crate::web::api::{EncounterItem, FindingItem, Gap, Sound, Timeline, Turn, joined, sentences, silences};

/// A finding belongs to an encounter that ended so long before, at most.
const AFTER_S: f64 = 10.0;

/// What was found in a recording.
#[derive(Debug, Default)]
pub(super) struct Lines {
    turns: Vec<Said>,
    visitor: Vec<Stretch>,
    unheard: Vec<Lost>,
    findings: Vec<Found>,
    encounters: Vec<Met>,
    problem: Option<String>,
    /// Its length in seconds, once it was heard to its end.
    audio_s: Option<f64>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    Progress {
        heard_s: f64,
        audio_s: Option<f64>,
    },
    Transcript(Said),
    Visitor(Stretch),
    Unheard(Lost),
    Finding(Box<Found>),
    Encounter(Met),
    Problem {
        message: String,
        fatal: bool,
    },
    Account {
        audio_s: f64,
    },
    /// Types may come that nobody here knows.
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Stretch {
    start_s: f64,
    end_s: f64,
}

#[derive(Debug, Deserialize)]
struct Said {
    role: String,
    start_s: f64,
    end_s: f64,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Lost {
    start_s: f64,
    end_s: f64,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Found {
    kind: FindingKind,
    provision: String,
    rule: String,
    title: String,
    severity: Severity,
    phrase: String,
    heard: String,
    start_s: f64,
    end_s: f64,
    sureness: f64,
    state: FindingState,
    needs_review: bool,
}

#[derive(Debug, Deserialize)]
struct Met {
    kind: EncounterKind,
    start_s: f64,
    end_s: f64,
    rings: usize,
    answered_s: Option<f64>,
    ticket: Option<String>,
    served: bool,
    interrupted: bool,
}

impl Lines {
    /// Takes a line in; gives the share of the recording that is heard where the line tells it.
    pub fn take(&mut self, line: &str) -> Option<f64> {
        match serde_json::from_str(line) {
            Ok(Line::Progress { heard_s, audio_s: Some(audio_s) }) if audio_s > 0.0 => {
                return Some(heard_s / audio_s);
            }
            Ok(Line::Progress { .. } | Line::Other) => {}
            Ok(Line::Transcript(said)) => self.turns.push(said),
            Ok(Line::Visitor(stretch)) => self.visitor.push(stretch),
            Ok(Line::Unheard(lost)) => self.unheard.push(lost),
            Ok(Line::Finding(found)) => self.findings.push(*found),
            Ok(Line::Encounter(met)) => self.encounters.push(met),
            Ok(Line::Problem { message, fatal: true }) => self.problem = Some(message),
            Ok(Line::Problem { .. }) => {}
            Ok(Line::Account { audio_s }) => self.audio_s = Some(audio_s),
            Err(fault) => tracing::warn!("a line of a replay cannot be read: {fault}"),
        }
        None
    }

    /// Whether it was heard, to the end of what can be read of it.
    pub fn is_whole(&self) -> bool {
        self.audio_s.is_some()
    }

    /// Why it could not be heard.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    pub fn draw(self, name: &str, hearing: &Hearing, sound: Option<String>) -> Timeline {
        let clock = Clock(hearing.from_us);
        let lost_until_s = self.unheard.iter().map(|lost| lost.end_s).fold(0.0, f64::max);
        let audio_us = clock.at(self.audio_s.unwrap_or_default());
        let mut line = Timeline {
            window: name.to_owned(),
            from_us: hearing.from_us,
            to_us: audio_us.max(clock.at(lost_until_s)),
            listened: vec![(hearing.from_us, audio_us)],
            visitor: self.visitor.iter().map(|it| (clock.at(it.start_s), clock.at(it.end_s))).collect(),
            ..Timeline::default()
        };
        for (said, segment) in self.turns.into_iter().filter(|said| said.role == "clerk").zip(1..) {
            let (start_us, end_us) = (clock.at(said.start_s), clock.at(said.end_s));
            line.clerk.push((start_us, end_us));
            line.turns.push(Turn { role: "clerk", start_us, end_us, text: Some(said.text), segment });
        }
        for lost in self.unheard {
            let (why, why_zh) = sentences(lost.reason);
            line.gaps.push(Gap {
                start_us: clock.at(lost.start_s),
                end_us: clock.at(lost.end_s),
                why,
                why_zh,
            });
        }
        joined(&mut line.clerk);
        joined(&mut line.visitor);
        line.silences = silences(&line);
        let met = self.encounters.iter().filter(|met| met.is_told());
        line.encounters = met.zip(1..).map(|(met, id)| met.item(id, name, &self.findings, clock)).collect();
        line.findings = findings(&self.findings, name, hearing);
        let whole = |url| Sound { start_us: hearing.from_us, end_us: audio_us, url };
        line.recording = sound.map(whole).into_iter().collect();
        line
    }
}

#[derive(Clone, Copy)]
struct Clock(i64);

impl Clock {
    fn at(self, seconds: f64) -> i64 {
        self.0.saturating_add((seconds * 1e6).round() as i64)
    }
}

impl Met {
    /// A word in an empty hall is no visit.
    fn is_told(&self) -> bool {
        self.served || self.kind == EncounterKind::Telephone || self.ticket.is_some()
    }

    fn item(&self, id: u64, name: &str, findings: &[Found], clock: Clock) -> EncounterItem {
        let whole = self.start_s..=self.end_s + AFTER_S;
        EncounterItem {
            id,
            window: name.to_owned(),
            kind: self.kind.name(),
            start_us: clock.at(self.start_s),
            end_us: clock.at(self.end_s),
            rings: Some(self.rings),
            answered_us: self.answered_s.map(|at| clock.at(at)),
            ticket: self.ticket.clone(),
            served: self.served,
            interrupted: Some(self.interrupted),
            findings: findings.iter().filter(|found| whole.contains(&found.start_s)).count(),
            clerk: None,
        }
    }
}

/// Numbered from 1: they are in no journal.
fn findings(all: &[Found], name: &str, hearing: &Hearing) -> Vec<FindingItem> {
    let (mut group, mut reaches_s) = (0, f64::NEG_INFINITY);
    let rules = hearing.book.rulebook();
    all.iter()
        .zip(1..)
        .map(|(found, id)| {
            if found.start_s >= reaches_s {
                group = id;
            }
            reaches_s = reaches_s.max(found.end_s);
            FindingItem {
                id,
                alert: None,
                window: name.to_owned(),
                wall_us: Clock(hearing.from_us).at(found.start_s),
                provision: found.provision.clone(),
                rule: found.rule.clone(),
                title: found.title.clone(),
                title_en: rules.rule(&found.rule).map_or_else(String::new, |rule| rule.title_en.clone()),
                severity: found.severity.name(),
                kind: found.kind.name(),
                state: found.state.name(),
                phrase: Some(found.phrase.clone()),
                heard: Some(found.heard.clone()),
                sureness: Some(found.sureness),
                clerk: None,
                unassigned: None,
                unassigned_zh: None,
                review: "unreviewed",
                overdue: false,
                needs_review: found.needs_review,
                has_clip: false,
                strip: None,
                read: true,
                group,
            }
        })
        .collect()
}
