//! Transcription: characters and syllables heard wrongly, by role, recording and condition.
//!
//! The reference of a channel is its utterances in order of time, the hypothesis everything heard on it: one
//! alignment a channel, so it does not matter how the speech was cut, and words of the other side that leak
//! into a microphone count as insertions.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;

use super::align::{ErrorCounts, compare_texts};
use super::strata::{Stratum, strata};
use super::truth::{Form, TruthFile, Utterance};
use super::{HeardUtterance, Pair};
use crate::mandarin::normalise;
use crate::units::{ChannelIndex, Role, Span};

/// Errors of some stretch of transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TextCounts {
    pub characters: ErrorCounts,
    /// Toneless; homophones agree.
    pub syllables: ErrorCounts,
    /// Characters heard on a channel while only another one spoke; most are insertions.
    pub crosstalk_characters: u64,
    /// Characters heard while nobody spoke.
    pub silence_characters: u64,
}

impl AddAssign for TextCounts {
    fn add_assign(&mut self, other: Self) {
        self.characters += other.characters;
        self.syllables += other.syllables;
        self.crosstalk_characters += other.crosstalk_characters;
        self.silence_characters += other.silence_characters;
    }
}

/// Of the speakers that were transcribed ([`Heard::transcribed`](super::Heard::transcribed)).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Transcription {
    pub pooled: TextCounts,
    pub by_role: Vec<RoleText>,
    pub by_condition: Vec<ConditionText>,
    pub by_channel: Vec<ChannelText>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoleText {
    pub role: Role,
    #[serde(flatten)]
    pub counts: TextCounts,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionText {
    pub role: Role,
    #[serde(flatten)]
    pub stratum: Stratum,
    #[serde(flatten)]
    pub counts: TextCounts,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelText {
    pub file: String,
    pub channel: ChannelIndex,
    pub role: Role,
    pub form: Form,
    #[serde(flatten)]
    pub counts: TextCounts,
}

pub(super) fn score(pairs: &[Pair]) -> Transcription {
    let mut out = Transcription::default();
    let mut roles: BTreeMap<Role, TextCounts> = BTreeMap::new();
    let mut conditions: BTreeMap<(Role, Stratum), TextCounts> = BTreeMap::new();
    for Pair { truth, heard } in pairs {
        let Some(utterances) = &truth.utterances else { continue };
        for (channel, role) in (0..).map(ChannelIndex).zip(truth.channels.iter().copied()) {
            if !heard.transcribed.contains(&role) {
                continue;
            }
            let counts = channel_counts(utterances, &heard.utterances, channel);
            out.pooled += counts;
            *roles.entry(role).or_default() += counts;
            for stratum in strata(truth, role, None) {
                *conditions.entry((role, stratum)).or_default() += counts;
            }
            let (file, form) = (truth.file.clone(), truth.form);
            out.by_channel.push(ChannelText { file, channel, role, form, counts });
        }
    }
    out.by_role = roles.into_iter().map(|(role, counts)| RoleText { role, counts }).collect();
    out.by_condition = conditions
        .into_iter()
        .map(|((role, stratum), counts)| ConditionText { role, stratum, counts })
        .collect();
    out
}

/// Everything heard on `channel`, in order of time.
pub(super) fn heard_on(heard: &[HeardUtterance], channel: ChannelIndex) -> Vec<&HeardUtterance> {
    let mut on_channel: Vec<&HeardUtterance> = heard.iter().filter(|u| u.channel == channel.0).collect();
    on_channel.sort_by(|a, b| {
        a.start_s.total_cmp(&b.start_s).then(a.end_s.total_cmp(&b.end_s)).then(a.text.cmp(&b.text))
    });
    on_channel
}

/// Who spoke during a stretch of a channel, going by the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaking {
    /// Somebody on the channel itself.
    Own,
    /// Only somebody on another one.
    Other,
    Nobody,
}

pub(super) fn speaking(truth: &TruthFile, channel: ChannelIndex, span: Span) -> Speaking {
    speaking_in(truth.utterances.as_deref().unwrap_or_default(), channel, span)
}

fn speaking_in(reference: &[Utterance], channel: ChannelIndex, span: Span) -> Speaking {
    let during = || reference.iter().filter(|u| u.span.overlaps(span));
    if during().any(|u| u.channel == channel) {
        Speaking::Own
    } else if during().next().is_some() {
        Speaking::Other
    } else {
        Speaking::Nobody
    }
}

fn channel_counts(reference: &[Utterance], heard: &[HeardUtterance], channel: ChannelIndex) -> TextCounts {
    let mut spoken: Vec<&Utterance> = reference.iter().filter(|u| u.channel == channel).collect();
    spoken.sort_by_key(|u| u.span);
    let heard = heard_on(heard, channel);
    let said: String = spoken.iter().map(|u| u.text.as_str()).collect::<Vec<_>>().join("，");
    let written: String = heard.iter().map(|u| u.text.as_str()).collect::<Vec<_>>().join("，");
    let (characters, syllables) = compare_texts(&said, &written);
    let length_while = |who: Speaking| {
        let during = heard.iter().filter(|u| speaking_in(reference, channel, u.span()) == who);
        during.map(|u| normalise(&u.text).chars().count() as u64).sum()
    };
    TextCounts {
        characters,
        syllables,
        crosstalk_characters: length_while(Speaking::Other),
        silence_characters: length_while(Speaking::Nobody),
    }
}
