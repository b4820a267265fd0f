//! Reading `truth.json`: fields are checked one by one, so that every fault is reported with its place.
//! Fields that are not known are left alone: a truth file may carry notes of its own.

use std::path::PathBuf;

use serde_json::Value;

use super::json_node::{Node, Reader};
use super::truth::{
    ANNOTATED_MISSING, Conditions, Encounter, EncounterKind, Forbidden, Form, Innocent, Missing, Truth,
    TruthFault, TruthFile, Utterance, group_of, repeated,
};
use crate::units::{ChannelIndex, Role, SessionTime, Span};

/// How far an item may reach beyond the stated length of its file: rounding, not a wrong unit.
const BEYOND_END_S: f64 = 0.5;

/// Provisions that the flags of an encounter hold; as `missing` violations they only repeat them.
const HELD_BY_FLAGS: [&str; 3] = ["P01", "P02", "P08"];

/// The truth in `text`, or everything wrong with it.
pub(super) fn parse(text: &str, root: PathBuf) -> Result<Truth, Vec<TruthFault>> {
    let document: Value = serde_json::from_str(text.trim_start_matches('\u{FEFF}')).map_err(|error| {
        vec![TruthFault {
            place: format!("line {}, column {}", error.line(), error.column()),
            found: format!("no JSON ({error})"),
            remedy: "write the file as docs/evaluation.md describes".to_owned(),
        }]
    })?;
    let top = Node::top(&document);
    let mut reader = Reader::default();
    let recordings = reader.list(&top, "recordings").unwrap_or_default();
    let clips = reader.list(&top, "phrases").unwrap_or_default();
    if recordings.is_empty() && clips.is_empty() && reader.is_clean() {
        reader.fault(&top, "neither recordings nor phrases", "list at least one recording or clip");
    }
    let mut files: Vec<TruthFile> =
        recordings.iter().filter_map(|node| recording(&mut reader, node)).collect();
    files.extend(clips.iter().filter_map(|node| clip(&mut reader, node)));
    let corpus = reader.optional_text(&top, "corpus").unwrap_or_else(|| "truth".to_owned());
    let annotated_missing = match reader.list(&top, "annotated_missing") {
        Some(nodes) => nodes.iter().filter_map(|node| reader.provision_here(node)).collect(),
        None => ANNOTATED_MISSING.iter().map(|id| (*id).to_owned()).collect(),
    };
    let mut faults = reader.into_faults();
    let places = recordings
        .iter()
        .chain(&clips)
        .filter_map(|node| Some((node.get("file")?.value.as_str()?, node.place_of("file"))));
    faults.extend(repeated(places));
    if faults.is_empty() { Ok(Truth { corpus, root, annotated_missing, files }) } else { Err(faults) }
}

fn recording(reader: &mut Reader, node: &Node) -> Option<TruthFile> {
    let file = reader.file(node);
    let listed = reader.list(node, "channels").unwrap_or_default();
    if listed.is_empty() {
        let remedy = "say who is on each channel: [{\"role\": \"clerk\"}, {\"role\": \"visitor\"}]";
        reader.fault_at(node.place_of("channels"), "no channel", remedy);
    }
    let channels: Vec<Role> = listed.iter().filter_map(|channel| reader.role(channel)).collect();
    let bounds = Bounds { channels: listed.len(), length_s: reader.optional_number(node, "duration_s") };
    let utterances = reader.list(node, "utterances").map(|all| {
        all.iter()
            .filter_map(|one| {
                let (place, text) = (bounds.place(reader, one), reader.text(one, "text"));
                let (channel, span) = place?;
                Some(Utterance { channel, span, text: text? })
            })
            .collect()
    });
    let listed = reader.list(node, "encounters");
    let known: Vec<Option<Encounter>> =
        listed.iter().flatten().map(|one| encounter(reader, one, &bounds)).collect();
    let (forbidden, missing) = violations(reader, node, &bounds, &known);
    let encounters = listed.is_some().then(|| known.into_iter().flatten().collect());
    let innocents = reader
        .list(node, "innocents")
        .unwrap_or_default()
        .iter()
        .filter_map(|one| {
            let (place, text) = (bounds.place(reader, one), reader.text(one, "text"));
            let (channel, span) = place?;
            Some(Innocent { channel, span, text: text?, courtesy: false })
        })
        .collect();
    let conditions = conditions(reader, node);
    let file = file?;
    let group = group_of(&file);
    let form = Form::Recording;
    Some(TruthFile {
        file,
        group,
        form,
        channels,
        conditions,
        utterances,
        encounters,
        forbidden,
        missing,
        innocents,
    })
}

fn clip(reader: &mut Reader, node: &Node) -> Option<TruthFile> {
    let file = reader.file(node);
    let bounds = Bounds { channels: 1, length_s: reader.optional_number(node, "duration_s") };
    let span = bounds.span(reader, node);
    let text = reader.text(node, "text");
    let provision = match node.get("provision") {
        Some(given) if !given.value.is_null() => Some(reader.provision(node)?),
        _ => None,
    };
    let courtesy = reader.optional_text(node, "group").as_deref() == Some("courtesy");
    let conditions = conditions(reader, node);
    let (file, span, text) = (file?, span?, text?);
    let channel = ChannelIndex(0);
    let whole =
        Span::new(SessionTime(0), span.end.max(SessionTime::from_seconds(bounds.length_s.unwrap_or(0.0))));
    let (mut forbidden, mut innocents) = (Vec::new(), Vec::new());
    match provision {
        Some(provision) => {
            forbidden.push(Forbidden { provision, channel, span, text: text.clone(), encounter: None })
        }
        None => innocents.push(Innocent { channel, span: whole, text: text.clone(), courtesy }),
    }
    Some(TruthFile {
        group: "phrases".to_owned(),
        file,
        form: Form::Clip,
        channels: vec![Role::Clerk],
        conditions,
        utterances: Some(vec![Utterance { channel, span, text }]),
        encounters: None,
        forbidden,
        missing: Vec::new(),
        innocents,
    })
}

fn conditions(reader: &mut Reader, node: &Node) -> Conditions {
    let Some(node) = node.get("conditions") else { return Conditions::default() };
    Conditions {
        snr_db: reader.optional_number(&node, "snr_db"),
        snr_db_visitor: reader.optional_number(&node, "snr_db_visitor"),
        rt60_s: reader.optional_number(&node, "rt60"),
    }
}

fn encounter(reader: &mut Reader, node: &Node, bounds: &Bounds) -> Option<Encounter> {
    let span = bounds.span(reader, node);
    let kind = match reader.text(node, "kind")?.as_str() {
        "counter" => EncounterKind::Counter,
        "telephone" => EncounterKind::Telephone,
        other => {
            reader.fault_at(node.place_of("kind"), format!("`{other}`"), "write counter or telephone");
            return None;
        }
    };
    let answered = reader.optional_number(node, "answered_s").map(SessionTime::from_seconds);
    let (greeting, farewell) = (reader.flag(node, "greeting"), reader.flag(node, "farewell"));
    let span = span?;
    let opened = answered.unwrap_or(span.start);
    if opened < span.start || opened > span.end {
        let found = format!("{:.3} s", opened.seconds());
        reader.fault_at(node.place_of("answered_s"), found, "give a time inside the encounter");
        return None;
    }
    Some(Encounter { kind, span, opened, greeting: greeting?, farewell: farewell? })
}

/// The banned and the missing ones, without those that the encounters' flags already say.
///
/// `encounters` holds `None` for one that is faulty.
fn violations(
    reader: &mut Reader,
    node: &Node,
    bounds: &Bounds,
    encounters: &[Option<Encounter>],
) -> (Vec<Forbidden>, Vec<Missing>) {
    let (mut forbidden, mut missing) = (Vec::new(), Vec::new());
    for one in reader.list(node, "violations").unwrap_or_default() {
        let (provision, kind) = (reader.provision(&one), reader.text(&one, "kind"));
        let place = bounds.place(reader, &one);
        let encounter = reader.optional_index(&one, "encounter");
        if let Some(index) = encounter.filter(|index| *index >= encounters.len()) {
            let found = format!("{index} where {} are listed", encounters.len());
            let remedy = "count the recording's encounters from 0, or leave it out";
            reader.fault_at(one.place_of("encounter"), found, remedy);
            continue;
        }
        let text = reader.optional_text(&one, "text").unwrap_or_default();
        let (Some(provision), Some((channel, span)), Some(kind)) = (provision, place, kind) else { continue };
        match kind.as_str() {
            "banned" => forbidden.push(Forbidden { provision, channel, span, text, encounter }),
            "missing" if HELD_BY_FLAGS.contains(&provision.as_str()) => {
                check_flag(reader, &one, &provision, encounter.map(|index| &encounters[index]));
            }
            "missing" => missing.push(Missing { provision, span, text, encounter }),
            other => reader.fault_at(one.place_of("kind"), format!("`{other}`"), "write banned or missing"),
        }
    }
    (forbidden, missing)
}

/// A greeting cannot be both heard and missing.
fn check_flag(reader: &mut Reader, node: &Node, provision: &str, encounter: Option<&Option<Encounter>>) {
    let Some(encounter) = encounter else {
        let remedy = "say by `encounter` which one lacks it, with its `greeting` or `farewell` false";
        return reader.fault(node, format!("{provision} missing from no encounter"), remedy);
    };
    let Some(encounter) = encounter else { return };
    let (said, flag) = match provision {
        "P02" => (encounter.farewell, "farewell"),
        _ => (encounter.greeting, "greeting"),
    };
    if said {
        let found = format!("{provision} missing, where the encounter's `{flag}` is true");
        reader.fault(node, found, "correct one of the two");
    }
}

/// What the places inside one file are checked against.
struct Bounds {
    channels: usize,
    length_s: Option<f64>,
}

impl Bounds {
    fn place(&self, reader: &mut Reader, node: &Node) -> Option<(ChannelIndex, Span)> {
        let (channel, span) = (reader.index(node, "channel"), self.span(reader, node));
        let channel = channel?;
        if channel >= self.channels.max(1) {
            let found = format!("{channel} of {} channel(s)", self.channels);
            reader.fault_at(node.place_of("channel"), found, "count the file's channels from 0");
            return None;
        }
        Some((ChannelIndex(u16::try_from(channel).ok()?), span?))
    }

    fn span(&self, reader: &mut Reader, node: &Node) -> Option<Span> {
        let (start_s, end_s) = (reader.seconds(node, "start_s"), reader.seconds(node, "end_s"));
        let (start_s, end_s) = (start_s?, end_s?);
        if end_s < start_s {
            let found = format!("{end_s} s, before its start at {start_s} s");
            reader.fault_at(node.place_of("end_s"), found, "give the end after the start");
            return None;
        }
        if let Some(length_s) = self.length_s.filter(|length_s| end_s > length_s + BEYOND_END_S) {
            let found = format!("{end_s} s in a file of {length_s} s");
            reader.fault_at(
                node.place_of("end_s"),
                found,
                "give times in seconds from the start of the file",
            );
            return None;
        }
        Some(Span::new(SessionTime::from_seconds(start_s), SessionTime::from_seconds(end_s)))
    }
}
