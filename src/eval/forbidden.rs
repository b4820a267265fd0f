//! Forbidden phrases: recall, precision and false alarms an hour, with every miss and false alarm by name.
//!
//! An alert is a confirmed finding of kind forbidden; held ones only explain misses. How alerts are paired with
//! the truth is told in `matching`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::interval::{HourlyRate, Share};
use super::matching::{match_alerts, overlap};
use super::strata::{Stratum, strata};
use super::transcription::{Speaking, heard_on, speaking};
use super::truth::{Forbidden, TruthFile};
use super::{Heard, Pair, seconds};
use crate::conduct::{Finding, FindingKind, FindingState};
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, Span};

/// How far around an item the transcript is quoted, in samples.
const AROUND: u64 = SAMPLE_RATE_HZ as u64;

/// How far from a miss a held finding still explains it, in samples.
const NEAR: i64 = 2 * SAMPLE_RATE_HZ as i64;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForbiddenScore {
    pub recall: Recall,
    /// Alerts that name what was said, of all alerts but duplicates.
    pub precision_strict: Share,
    /// Alerts on something forbidden, of all alerts but duplicates.
    pub precision_lenient: Share,
    /// Further alerts on a phrase already found.
    pub duplicates: u64,
    pub false_alarms: HourlyRate,
    pub false_alarms_by_group: Vec<GroupAlarms>,
    pub false_alarms_by_kind: Vec<KindAlarms>,
    /// Look-alikes that raised a false alarm, of all there are.
    pub innocents_alerted: Share,
    pub by_provision: Vec<ProvisionRecall>,
    pub by_condition: Vec<ConditionRecall>,
    pub misses: Vec<Miss>,
    pub confusions: Vec<Confusion>,
    pub false_alarm_list: Vec<FalseAlarm>,
}

/// Phrases found, of those said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Recall {
    /// Under the provision they break.
    pub strict: Share,
    /// Under that or any other.
    pub lenient: Share,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProvisionRecall {
    pub provision: String,
    #[serde(flatten)]
    pub recall: Recall,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionRecall {
    #[serde(flatten)]
    pub stratum: Stratum,
    #[serde(flatten)]
    pub recall: Recall,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupAlarms {
    pub group: String,
    #[serde(flatten)]
    pub rate: HourlyRate,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct KindAlarms {
    pub kind: AlarmKind,
    pub count: u64,
}

/// What a false alarm fell on; the first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlarmKind {
    /// The visitor's channel.
    Visitor,
    /// A look-alike that the truth lists.
    Innocent,
    /// A greeting or farewell of its own.
    Courtesy,
    /// The clerk's channel while only the visitor spoke.
    Crosstalk,
    /// Other speech on the channel.
    Speech,
    /// No speech at all.
    Silence,
}

/// A forbidden phrase that raised no alert.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Miss {
    pub file: String,
    pub channel: ChannelIndex,
    #[serde(serialize_with = "seconds")]
    pub span: Span,
    pub provision: String,
    pub text: String,
    /// What was heard on the channel within a second of it.
    pub heard: String,
    /// The nearest finding that was held back, preferably under the same provision.
    pub held: Option<HeldBack>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeldBack {
    pub provision: String,
    pub phrase: String,
    pub heard: String,
    pub sureness: f32,
    pub reason: String,
}

/// A forbidden phrase found under another provision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    pub file: String,
    #[serde(serialize_with = "seconds")]
    pub span: Span,
    pub provision: String,
    pub text: String,
    pub found_as: String,
    pub phrase: String,
    pub heard: String,
}

/// An alert on nothing forbidden.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FalseAlarm {
    pub file: String,
    pub channel: ChannelIndex,
    #[serde(serialize_with = "seconds")]
    pub span: Span,
    pub provision: String,
    pub phrase: String,
    pub heard: String,
    pub sureness: f32,
    pub reason: String,
    pub kind: AlarmKind,
    /// What was really said on the channel then.
    pub said: String,
}

pub(super) fn score(pairs: &[Pair]) -> ForbiddenScore {
    let mut tally = Tally::default();
    for pair in pairs {
        tally.add(pair);
    }
    tally.score()
}

#[derive(Clone, Copy, Default)]
struct Found {
    said: u64,
    hits: u64,
    confused: u64,
}

impl Found {
    fn recall(self) -> Recall {
        Recall {
            strict: Share::new(self.hits, self.said),
            lenient: Share::new(self.hits + self.confused, self.said),
        }
    }
}

#[derive(Default)]
struct Tally {
    all: Found,
    provisions: BTreeMap<String, Found>,
    conditions: BTreeMap<Stratum, Found>,
    /// False alarms and seconds heard.
    groups: BTreeMap<String, (u64, f64)>,
    kinds: BTreeMap<AlarmKind, u64>,
    innocents: u64,
    innocents_alerted: u64,
    duplicates: u64,
    misses: Vec<Miss>,
    confusions: Vec<Confusion>,
    alarms: Vec<FalseAlarm>,
}

impl Tally {
    fn add(&mut self, Pair { truth, heard }: &Pair) {
        let alerts = alerts(&heard.findings);
        let matches = match_alerts(&truth.forbidden, &alerts);
        for phrase in &truth.forbidden {
            self.count(truth, phrase, |found| found.said += 1);
        }
        for (p, _) in &matches.hits {
            self.count(truth, &truth.forbidden[*p], |found| found.hits += 1);
        }
        for (p, a) in &matches.confused {
            let (phrase, alert) = (&truth.forbidden[*p], alerts[*a]);
            self.count(truth, phrase, |found| found.confused += 1);
            self.confusions.push(confusion(&truth.file, phrase, alert));
        }
        self.duplicates += matches.duplicates.len() as u64;
        self.misses.extend(matches.misses.iter().map(|p| miss(&truth.file, &truth.forbidden[*p], heard)));
        let wrong: Vec<&Finding> = matches.false_alarms.iter().map(|a| alerts[*a]).collect();
        self.add_false_alarms(truth, heard, &wrong);
    }

    fn add_false_alarms(&mut self, truth: &TruthFile, heard: &Heard, wrong: &[&Finding]) {
        let group = self.groups.entry(truth.group.clone()).or_default();
        group.0 += wrong.len() as u64;
        group.1 += heard.audio_s;
        self.innocents += truth.innocents.len() as u64;
        let alerted = truth.innocents.iter().filter(|innocent| {
            wrong.iter().any(|w| w.channel == innocent.channel && w.span.overlaps(innocent.span))
        });
        self.innocents_alerted += alerted.count() as u64;
        for alert in wrong {
            let alarm = false_alarm(truth, alert);
            *self.kinds.entry(alarm.kind).or_default() += 1;
            self.alarms.push(alarm);
        }
    }

    fn count(&mut self, truth: &TruthFile, phrase: &Forbidden, add: impl Fn(&mut Found)) {
        add(&mut self.all);
        add(self.provisions.entry(phrase.provision.clone()).or_default());
        let role = truth.role(phrase.channel).unwrap_or(Role::Clerk);
        for stratum in strata(truth, role, phrase.encounter) {
            add(self.conditions.entry(stratum).or_default());
        }
    }

    fn score(self) -> ForbiddenScore {
        let wrong = self.alarms.len() as u64;
        let right = self.all.hits + self.all.confused;
        let heard_s: f64 = self.groups.values().map(|(_, audio_s)| audio_s).sum();
        ForbiddenScore {
            recall: self.all.recall(),
            precision_strict: Share::new(self.all.hits, right + wrong),
            precision_lenient: Share::new(right, right + wrong),
            duplicates: self.duplicates,
            false_alarms: HourlyRate::new(wrong, heard_s / 3600.0),
            false_alarms_by_group: self
                .groups
                .into_iter()
                .map(|(group, (count, s))| GroupAlarms { group, rate: HourlyRate::new(count, s / 3600.0) })
                .collect(),
            false_alarms_by_kind: self
                .kinds
                .into_iter()
                .map(|(kind, count)| KindAlarms { kind, count })
                .collect(),
            innocents_alerted: Share::new(self.innocents_alerted, self.innocents),
            by_provision: self
                .provisions
                .into_iter()
                .map(|(provision, found)| ProvisionRecall { provision, recall: found.recall() })
                .collect(),
            by_condition: self
                .conditions
                .into_iter()
                .map(|(stratum, found)| ConditionRecall { stratum, recall: found.recall() })
                .collect(),
            misses: self.misses,
            confusions: self.confusions,
            false_alarm_list: self.alarms,
        }
    }
}

/// The findings that count as alerts, in an order of their own: results do not depend on how they came.
pub(super) fn alerts(findings: &[Finding]) -> Vec<&Finding> {
    let counts = |f: &&Finding| f.kind == FindingKind::Forbidden && f.state == FindingState::Confirmed;
    let mut alerts: Vec<&Finding> = findings.iter().filter(counts).collect();
    alerts.sort_by(|a, b| {
        let key = |f: &'_ Finding| (f.span, f.channel);
        key(a).cmp(&key(b)).then_with(|| a.provision.cmp(&b.provision)).then_with(|| a.phrase.cmp(&b.phrase))
    });
    alerts
}

fn confusion(file: &str, phrase: &Forbidden, alert: &Finding) -> Confusion {
    Confusion {
        file: file.to_owned(),
        span: phrase.span,
        provision: phrase.provision.clone(),
        text: phrase.text.clone(),
        found_as: alert.provision.clone(),
        phrase: alert.phrase.clone(),
        heard: alert.heard.clone(),
    }
}

fn miss(file: &str, phrase: &Forbidden, heard: &Heard) -> Miss {
    let around = Span::new(phrase.span.start.minus(AROUND), phrase.span.end.plus(AROUND));
    let nearby =
        heard_on(&heard.utterances, phrase.channel).into_iter().filter(|u| u.span().overlaps(around));
    Miss {
        file: file.to_owned(),
        channel: phrase.channel,
        span: phrase.span,
        provision: phrase.provision.clone(),
        text: phrase.text.clone(),
        heard: nearby.map(|u| u.text.as_str()).collect::<Vec<_>>().join(" / "),
        held: nearest_held(phrase, &heard.findings),
    }
}

fn nearest_held(phrase: &Forbidden, findings: &[Finding]) -> Option<HeldBack> {
    let held = findings.iter().filter(|f| {
        f.kind == FindingKind::Forbidden
            && f.state != FindingState::Confirmed
            && f.channel == phrase.channel
            && overlap(f.span, phrase.span) >= -NEAR
    });
    let nearest = held.min_by(|a, b| {
        let key = |f: &Finding| (f.provision != phrase.provision, -overlap(f.span, phrase.span), f.span);
        key(a).cmp(&key(b)).then_with(|| a.phrase.cmp(&b.phrase)).then_with(|| a.reason.cmp(&b.reason))
    })?;
    Some(HeldBack {
        provision: nearest.provision.clone(),
        phrase: nearest.phrase.clone(),
        heard: nearest.heard.clone(),
        sureness: nearest.sureness,
        reason: nearest.reason.clone(),
    })
}

fn false_alarm(truth: &TruthFile, alert: &Finding) -> FalseAlarm {
    let said = truth.utterances.iter().flatten();
    let said = said.filter(|u| u.channel == alert.channel && u.span.overlaps(alert.span));
    FalseAlarm {
        file: truth.file.clone(),
        channel: alert.channel,
        span: alert.span,
        provision: alert.provision.clone(),
        phrase: alert.phrase.clone(),
        heard: alert.heard.clone(),
        sureness: alert.sureness,
        reason: alert.reason.clone(),
        kind: alarm_kind(truth, alert),
        said: said.map(|u| u.text.as_str()).collect::<Vec<_>>().join(" / "),
    }
}

fn alarm_kind(truth: &TruthFile, alert: &Finding) -> AlarmKind {
    if truth.role(alert.channel) == Some(Role::Visitor) {
        return AlarmKind::Visitor;
    }
    let mut innocents = truth.innocents.iter();
    if let Some(innocent) = innocents.find(|i| i.channel == alert.channel && i.span.overlaps(alert.span)) {
        return if innocent.courtesy { AlarmKind::Courtesy } else { AlarmKind::Innocent };
    }
    match speaking(truth, alert.channel, alert.span) {
        Speaking::Own => AlarmKind::Speech,
        Speaking::Other => AlarmKind::Crosstalk,
        Speaking::Nobody => AlarmKind::Silence,
    }
}
