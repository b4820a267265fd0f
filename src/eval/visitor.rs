//! Visitor: was the clerk charged with the visitor's words?
//!
//! A *charge* is a false alarm of a forbidden phrase, or a confirmed finding of words missing after a trigger (P11 to P14)
//! where none were due, that lies on the visitor's microphone, or shares more time with what the visitor says than with
//! what the clerk says. A finding that names what the clerk really said is none, whoever talks at the same time.

use serde::Serialize;

use super::Pair;
use super::dues;
use super::forbidden::alerts;
use super::interval::{HourlyRate, Share};
use super::matching::match_alerts;
use super::truth::{Truth, TruthFile, Utterance};
use crate::conduct::{Finding, FindingKind, FindingState};
use crate::units::{Role, Span};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VisitorScore {
    /// Charges an hour of recordings in which a visitor is known to speak.
    pub charges: HourlyRate,
    /// Stretches of the visitor's speech that were charged to the clerk.
    pub utterances: Share,
    /// Forbidden words and look-alikes by the visitor that were.
    pub look_alikes: Share,
    pub list: Vec<VisitorCharge>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VisitorCharge {
    pub file: String,
    #[serde(serialize_with = "super::seconds")]
    pub span: Span,
    pub kind: FindingKind,
    pub provision: String,
    pub phrase: String,
    pub heard: String,
    /// What the visitor said then.
    pub said: String,
}

pub(super) fn score(truth: &Truth, pairs: &[Pair]) -> VisitorScore {
    let (mut audio_s, mut list) = (0.0, Vec::new());
    let (mut utterances, mut look_alikes) = ([0; 2], [0; 2]);
    for pair in pairs {
        let file = pair.truth;
        let speech = || by(file, Role::Visitor);
        if speech().next().is_none() && !file.channels.contains(&Role::Visitor) {
            continue;
        }
        audio_s += pair.heard.audio_s;
        let charges = charges(truth, pair);
        let charged = |span: Span| u64::from(charges.iter().any(|charge| charge.span.overlaps(span)));
        for utterance in speech() {
            utterances = [utterances[0] + charged(utterance.span), utterances[1] + 1];
        }
        let theirs = file.innocents.iter().filter(|i| file.role(i.channel) == Some(Role::Visitor));
        for innocent in theirs {
            look_alikes = [look_alikes[0] + charged(innocent.span), look_alikes[1] + 1];
        }
        list.extend(charges.into_iter().map(|charge| listed(file, charge)));
    }
    VisitorScore {
        charges: HourlyRate::new(list.len() as u64, audio_s / 3600.0),
        utterances: Share::new(utterances[0], utterances[1]),
        look_alikes: Share::new(look_alikes[0], look_alikes[1]),
        list,
    }
}

/// The charges in one file, in order of time.
pub(super) fn charges<'a>(truth: &Truth, pair: &'a Pair) -> Vec<&'a Finding> {
    let file = pair.truth;
    let alerts = alerts(&pair.heard.findings);
    let matches = match_alerts(&file.forbidden, &alerts);
    let mut wrong: Vec<&Finding> = matches.false_alarms.iter().map(|a| alerts[*a]).collect();
    if let Some(encounters) = &file.encounters {
        let mut dues = dues::stated(file, encounters);
        let inferred = dues::inferred(file, &dues);
        dues.extend(inferred);
        let strays = dues::assign(&mut dues, &pair.heard.findings);
        // What is owed at a moment, such as a greeting, lies on nobody's words.
        let on_words = |f: &&Finding| f.state == FindingState::Confirmed && f.span.samples() > 0;
        let annotated = |f: &&Finding| truth.annotated_missing.contains(&f.provision);
        wrong.extend(strays.into_iter().filter(on_words).filter(annotated));
    }
    wrong.retain(|finding| on_visitor(file, finding));
    wrong.sort_by(|a, b| a.span.cmp(&b.span).then_with(|| a.provision.cmp(&b.provision)));
    wrong
}

fn on_visitor(file: &TruthFile, finding: &Finding) -> bool {
    let shared = |role| by(file, role).map(|u| u.span.shared(finding.span)).sum::<u64>();
    file.role(finding.channel) == Some(Role::Visitor) || shared(Role::Visitor) > shared(Role::Clerk)
}

fn by(file: &TruthFile, role: Role) -> impl Iterator<Item = &Utterance> {
    file.utterances.iter().flatten().filter(move |u| file.role(u.channel) == Some(role))
}

fn listed(file: &TruthFile, charge: &Finding) -> VisitorCharge {
    let said = by(file, Role::Visitor).filter(|u| u.span.overlaps(charge.span));
    VisitorCharge {
        file: file.file.clone(),
        span: charge.span,
        kind: charge.kind,
        provision: charge.provision.clone(),
        phrase: charge.phrase.clone(),
        heard: charge.heard.clone(),
        said: said.map(|u| u.text.as_str()).collect::<Vec<_>>().join(" / "),
    }
}
