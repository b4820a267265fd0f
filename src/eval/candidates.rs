//! Candidates: every forbidden phrase that was found or nearly found, what it rests on, and whether it was said. In:
//! `Truth`, `Heard`. Out: rows of CSV, for `scripts/calibrate.py`.

use std::fmt::Write;

use super::Heard;
use super::degrade::Condition;
use super::matching::overlap;
use super::truth::{Truth, TruthFile};
use crate::conduct::{Finding, FindingKind};
use crate::phrase::{Guards, Lexicon, Pattern, PhraseHit, PhraseSpec, Place, Source, Speech};
use crate::units::SAMPLE_RATE_HZ;

/// The names of the columns of [`candidates`].
pub const CANDIDATE_COLUMNS: &str = "condition,file,channel,start_s,end_s,provision,phrase,heard,state,source,syllables,\
     cost,cost_max,probability,ratio,decoys,decoy_margin,said";

/// One line for each finding of kind forbidden that the audio was asked about, or that is literal. Empty cells were
/// not asked. `condition` is how the recordings were degraded before they were heard.
pub fn candidates(condition: Condition, truth: &Truth, heard: &[Heard]) -> String {
    let mut rows = String::new();
    for file in &truth.files {
        let of_file = heard.iter().filter(|heard| heard.file == file.file);
        for finding in of_file.flat_map(|heard| &heard.findings) {
            rows.extend(row(file, finding).map(|row| format!("{condition},{row}\n")));
        }
    }
    rows
}

fn row(file: &TruthFile, finding: &Finding) -> Option<String> {
    let evidence = &finding.evidence;
    let source = evidence.source.filter(|_| finding.kind == FindingKind::Forbidden)?;
    let literal = matches!(source, Source::Characters | Source::Syllables);
    if !literal && evidence.ratio.is_none() {
        return None;
    }
    let number = |value: Option<f32>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let margin = evidence.decoys.iter().map(|decoy| decoy.ratio).reduce(f32::min);
    let (start_s, end_s) = (finding.span.start.seconds(), finding.span.end.seconds());
    let mut line = format!("{},{},{start_s:.2},{end_s:.2}", file.file, finding.channel.0);
    let _ = write!(line, ",{},{},{}", finding.provision, finding.phrase, finding.heard);
    let _ = write!(line, ",{},{source:?},{}", finding.state.name(), evidence.syllables);
    let _ = write!(line, ",{:.3},{:.3},{:.3}", evidence.cost, evidence.cost_max, evidence.probability);
    let _ = write!(line, ",{},{},{}", number(evidence.ratio), evidence.decoys.len(), number(margin));
    let _ = write!(line, ",{}", u8::from(was_said(file, finding)));
    Some(line)
}

/// Cost a syllable at which the truth's words are the phrase: one syllable in ten, or a particle, may differ.
const NEARLY: f32 = 0.1;

/// How far from the words of the truth they may be heard, samples.
const NEAR: i64 = SAMPLE_RATE_HZ as i64 / 2;

/// Whether the truth's own words hold the phrase, whoever said them.
fn was_said(file: &TruthFile, finding: &Finding) -> bool {
    let Ok(pattern) = Pattern::parse(&finding.phrase) else { return false };
    let (place, guards) = (Place::Anywhere, Guards::default());
    let spec = PhraseSpec { pattern, cost_max: Some(NEARLY), place, guards, decoys: Vec::new() };
    let Ok(lexicon) = Lexicon::compile(&[spec]) else { return false };
    let holds = |text: &str| lexicon.find(&Speech::from_text(text)).iter().any(PhraseHit::passed);
    let near = |span| overlap(finding.span, span) >= -NEAR;
    let said = file.utterances.iter().flatten().filter(|u| near(u.span)).map(|u| u.text.as_str());
    let forbidden = file.forbidden.iter().filter(|f| near(f.span)).map(|f| f.text.as_str());
    said.chain(forbidden).any(holds)
}
