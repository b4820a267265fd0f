//! How far segments lie from the truth.

use sansheng::vad::SpeechSegment;

use crate::truth::{Interval, Recording};

/// A segment and the time at which it was emitted.
pub struct Heard {
    pub segment: SpeechSegment,
    pub at_s: f64,
}

/// Errors of one channel, summed over recordings.
#[derive(Default)]
pub struct Errors {
    pub utterances: usize,
    /// At least 90 % inside exactly one segment.
    pub whole: usize,
    /// Touched by more than one segment.
    pub split: usize,
    /// Less than half inside segments.
    pub missed: usize,
    /// Segments that hold two utterances or more of the channel.
    pub merged: usize,
    /// Lost before the first and after the last segment of an utterance that was not missed.
    pub onset_lost_ms: Vec<f64>,
    pub offset_lost_ms: Vec<f64>,
    /// From the end of an utterance to the emission of its last segment.
    pub delay_ms: Vec<f64>,
    /// Utterances of the other channel, and those heard on this one for 0.3 s or more.
    pub foreign: usize,
    pub leaked: usize,
    /// Segments without speech of this channel or the other: of telephone rings, and of nothing.
    pub ring_segments: usize,
    pub empty_segments: usize,
    /// Time in which nobody speaks, and how much of it was taken for speech.
    pub idle_s: f64,
    pub idle_speech_s: f64,
}

impl Errors {
    /// Adds the errors of `heard`, all of channel `channel` and in order, on `recording`.
    pub fn add(&mut self, recording: &Recording, channel: usize, heard: &[Heard]) {
        let of = |own: bool| -> Vec<Interval> {
            recording.utterances.iter().filter(|u| (u.channel == channel) == own).map(|u| u.spoken).collect()
        };
        let (own, foreign) = (of(true), of(false));
        let spans: Vec<Interval> = heard.iter().map(|h| interval(h.segment.span)).collect();
        let speech: Vec<Interval> = heard.iter().map(|h| interval(h.segment.speech)).collect();

        for &utterance in &own {
            self.add_utterance(utterance, heard, &spans);
        }
        self.merged +=
            spans.iter().filter(|s| own.iter().filter(|u| s.shared(**u) > 0.1).count() > 1).count();

        let own_wide: Vec<Interval> = own.iter().map(|u| u.widened(0.3, 0.5)).collect();
        self.foreign += foreign.len();
        self.leaked += foreign.iter().filter(|u| alone(**u, &speech, &own_wide) >= 0.3).count();

        let anyone: Vec<Interval> =
            own_wide.iter().copied().chain(foreign.iter().map(|u| u.widened(0.3, 0.5))).collect();
        self.idle_s +=
            recording.seconds() - covered(Interval { start_s: 0.0, end_s: recording.seconds() }, &anyone);
        for &spoken in &speech {
            self.idle_speech_s += spoken.seconds() - covered(spoken, &anyone);
            if covered(spoken, &anyone) == 0.0 {
                let ring = recording.rings.iter().any(|ring| ring.widened(0.0, 0.3).shared(spoken) > 0.0);
                if ring { self.ring_segments += 1 } else { self.empty_segments += 1 }
            }
        }
    }

    fn add_utterance(&mut self, utterance: Interval, heard: &[Heard], spans: &[Interval]) {
        self.utterances += 1;
        let touching: Vec<usize> = (0..spans.len()).filter(|&i| spans[i].shared(utterance) > 0.1).collect();
        let share = covered(utterance, spans) / utterance.seconds();
        let (Some(&first), Some(&last)) = (touching.first(), touching.last()) else {
            self.missed += 1;
            return;
        };
        if share < 0.5 {
            self.missed += 1;
            return;
        }
        self.split += usize::from(touching.len() > 1);
        self.whole += usize::from(touching.len() == 1 && share >= 0.9);
        self.onset_lost_ms.push((spans[first].start_s - utterance.start_s).max(0.0) * 1e3);
        self.offset_lost_ms.push((utterance.end_s - spans[last].end_s).max(0.0) * 1e3);
        self.delay_ms.push((heard[last].at_s - utterance.end_s) * 1e3);
    }
}

/// The value that `share` of `values` do not exceed.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// Seconds of `whole` inside any of `parts`.
fn covered(whole: Interval, parts: &[Interval]) -> f64 {
    let mut parts: Vec<Interval> = parts.iter().copied().filter(|part| part.shared(whole) > 0.0).collect();
    parts.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    let (mut sum, mut from) = (0.0, whole.start_s);
    for part in parts {
        let rest = Interval { start_s: from, end_s: whole.end_s };
        sum += part.shared(rest);
        from = from.max(part.end_s).min(whole.end_s);
    }
    sum
}

/// Seconds of `whole` inside `parts` and outside `except`.
fn alone(whole: Interval, parts: &[Interval], except: &[Interval]) -> f64 {
    parts
        .iter()
        .filter(|part| part.shared(whole) > 0.0)
        .map(|part| {
            let both =
                Interval { start_s: part.start_s.max(whole.start_s), end_s: part.end_s.min(whole.end_s) };
            both.seconds() - covered(both, except)
        })
        .sum()
}

fn interval(span: sansheng::units::Span) -> Interval {
    Interval { start_s: span.start.seconds(), end_s: span.end.seconds() }
}
