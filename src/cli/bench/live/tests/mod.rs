//! What the parts of the benchmark owe each other, on made-up truths, and the whole of it on one recording.

mod laying_out;
mod playing;
mod scoring;

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::layout::Said;
use crate::eval::{Conditions, Encounter, EncounterKind, Forbidden, Form, Truth, TruthFile, Utterance};
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span};

fn span(start_s: f64, end_s: f64) -> Span {
    Span::new(SessionTime::from_seconds(start_s), SessionTime::from_seconds(end_s))
}

fn samples(seconds: f64) -> u64 {
    (seconds * f64::from(SAMPLE_RATE_HZ)) as u64
}

fn phrase(provision: &str, start_s: f64, end_s: f64) -> Forbidden {
    Forbidden {
        provision: provision.to_owned(),
        channel: ChannelIndex(0),
        span: span(start_s, end_s),
        text: String::new(),
        encounter: None,
    }
}

fn said(provision: &str, start_s: f64, end_s: f64, utterance_end_s: f64) -> Said {
    let utterance_end = SessionTime::from_seconds(utterance_end_s);
    Said { phrase: phrase(provision, start_s, end_s), utterance_end, whole: true }
}

/// A file whose clerk and visitor speak at these times.
fn file(name: &str, clerk: &[(f64, f64)], visitor: &[(f64, f64)], encounters: &[(f64, f64)]) -> TruthFile {
    let said = |channel, times: &[(f64, f64)]| {
        let utterance = |(from, to): &(f64, f64)| Utterance {
            channel: ChannelIndex(channel),
            span: span(*from, *to),
            text: "好".to_owned(),
        };
        times.iter().map(utterance).collect::<Vec<_>>()
    };
    let served = |(from, to): &(f64, f64)| Encounter {
        kind: EncounterKind::Counter,
        span: span(*from, *to),
        opened: SessionTime::from_seconds(*from),
        greeting: true,
        farewell: true,
    };
    TruthFile {
        file: name.to_owned(),
        group: "made up".to_owned(),
        form: Form::Recording,
        channels: vec![Role::Clerk, Role::Visitor],
        conditions: Conditions::default(),
        utterances: Some([said(0, clerk), said(1, visitor)].concat()),
        encounters: Some(encounters.iter().map(served).collect()),
        forbidden: Vec::new(),
        missing: Vec::new(),
        innocents: Vec::new(),
    }
}

fn clip(name: &str, from_s: f64, to_s: f64) -> TruthFile {
    let forbidden = vec![phrase("P30", from_s, to_s)];
    let channels = vec![Role::Clerk];
    TruthFile { form: Form::Clip, channels, forbidden, ..file(name, &[(from_s, to_s)], &[], &[]) }
}

fn truth(files: Vec<TruthFile>) -> Truth {
    Truth { corpus: "made up".to_owned(), root: PathBuf::new(), annotated_missing: BTreeSet::new(), files }
}
