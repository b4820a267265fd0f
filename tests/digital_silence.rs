//! A muted microphone, a device that was away and a sound server with nothing to play give digital silence, which no
//! hall has: who speaks after it must be told as well as if it had not been.

use std::path::Path;

use sansheng::capture::{AudioBlock, Recording};
use sansheng::pipeline::{Ear, Sound};
use sansheng::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, Span};
use sansheng::vad::VadConfig;

const ROLES: [(ChannelIndex, Role); 2] = [(ChannelIndex(0), Role::Clerk), (ChannelIndex(1), Role::Visitor)];
const CHANNELS: usize = ROLES.len();
/// The voice detector remembers what was before: after half a minute of silence it begins a tenth of a second early.
const TOLERANCE_S: f64 = 0.15;

fn frames(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLE_RATE_HZ)) as usize
}

/// Who speaks when.
fn speech(samples: Vec<f32>) -> Vec<(Role, Span)> {
    let channels = CHANNELS as u16;
    let mut ear =
        Ear::new(SAMPLE_RATE_HZ, channels, &ROLES, &VadConfig::default()).expect("settings in range");
    let mut sounds = Vec::new();
    ear.push(&AudioBlock { start: 0, rate_hz: SAMPLE_RATE_HZ, channels, samples }, &mut sounds);
    ear.finish(&mut sounds);
    let spoken = sounds.into_iter().filter_map(|sound| match sound {
        Sound::Speech(segment) => Some((segment.role, segment.speech)),
        _ => None,
    });
    let mut spoken: Vec<_> = spoken.collect();
    spoken.sort_by_key(|(_, span)| *span);
    spoken
}

#[test]
fn digital_silence_makes_nobody_speak_who_does_not_and_nobody_silent_who_speaks() {
    let mut recording = Recording::open(Path::new("tests/audio/counter-refusals.flac")).expect("a recording");
    let (mut block, mut samples) = (AudioBlock::default(), Vec::new());
    while recording.next_block(&mut block).expect("a sound recording") {
        samples.extend_from_slice(&block.samples);
    }
    let plain = speech(samples.clone());
    assert!(plain.len() >= 8, "{plain:?}");
    // At the start, and in a pause between clerk and visitor.
    for (at_s, silence_s) in [(0.0, 0.2), (0.0, 3.0), (0.0, 30.0), (12.5, 3.0), (12.5, 30.0)] {
        let at = frames(at_s) * CHANNELS;
        let silence = vec![0.0; frames(silence_s) * CHANNELS];
        let muted = speech([&samples[..at], &silence, &samples[at..]].concat());
        let moved = |(role, span): &(Role, Span)| {
            let later_s = if span.start.seconds() < at_s { 0.0 } else { silence_s };
            (*role, span.start.seconds() + later_s, span.end.seconds() + later_s)
        };
        let same = muted.len() == plain.len()
            && muted.iter().zip(plain.iter().map(moved)).all(|((role, span), (whose, start_s, end_s))| {
                let off_s = (span.start.seconds() - start_s).abs().max((span.end.seconds() - end_s).abs());
                *role == whose && off_s <= TOLERANCE_S
            });
        assert!(same, "{silence_s} s at {at_s} s:\n{muted:?}\nwithout:\n{plain:?}");
    }
}
