//! A telephone that rings at the clerk's: it is told, it is nobody's speech, and who speaks over it is heard.

use std::f64::consts::TAU;

use sansheng::capture::AudioBlock;
use sansheng::pipeline::{Ear, Sound};
use sansheng::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, Span};
use sansheng::vad::VadConfig;

use crate::voice;

const RATE: f64 = SAMPLE_RATE_HZ as f64;
/// Rings begin at these times and last a second.
const RINGS_S: [f64; 3] = [2.0, 7.0, 12.0];
const LENGTH_S: f64 = 16.0;

/// One microphone: rings of the exchange's tone, and speech from and to these times.
fn audio(speech: &[(f64, f64)]) -> Vec<f32> {
    let mut samples = vec![0.0; (LENGTH_S * RATE) as usize];
    voice::room(&mut samples, 5);
    for (start_s, end_s) in speech {
        voice::speak(&mut samples, *start_s, *end_s);
    }
    for (n, sample) in samples.iter_mut().enumerate() {
        let t = n as f64 / RATE;
        if RINGS_S.iter().any(|start| (*start..*start + 1.0).contains(&t)) {
            *sample += 0.03 * (TAU * 450.0 * t).sin() as f32;
        }
    }
    samples
}

/// What the ear tells, with partials every `step_ms` where that is given, and whether it ever took somebody to speak.
fn heard(samples: &[f32], frames: usize, step_ms: Option<u32>) -> (Vec<Sound>, bool) {
    let roles = [(ChannelIndex(0), Role::Clerk)];
    let mut ear = Ear::new(SAMPLE_RATE_HZ, 1, &roles, &VadConfig::default()).expect("sound settings");
    if let Some(step_ms) = step_ms {
        ear = ear.with_partials(step_ms);
    }
    let (mut sounds, mut start, mut spoke) = (Vec::new(), 0, false);
    for part in samples.chunks(frames) {
        let block = AudioBlock { start, rate_hz: SAMPLE_RATE_HZ, channels: 1, samples: part.to_vec() };
        ear.push(&block, &mut sounds);
        spoke |= ear.activity()[0].speaking;
        start += part.len() as u64;
    }
    ear.finish(&mut sounds);
    (sounds, spoke)
}

fn rung(sounds: &[Sound]) -> Vec<Span> {
    let rings =
        sounds.iter().filter_map(|sound| if let Sound::Ring(span) = sound { Some(*span) } else { None });
    rings.collect()
}

fn spoken(sounds: &[Sound]) -> Vec<(f64, f64)> {
    let speech = sounds.iter().filter_map(|sound| match sound {
        Sound::Speech(segment) => Some((segment.speech.start.seconds(), segment.speech.end.seconds())),
        _ => None,
    });
    speech.collect()
}

#[test]
fn a_ring_alone_is_told_and_is_not_speech() {
    let (sounds, spoke) = heard(&audio(&[]), 256, None);
    assert!(spoke, "the voice detector never took the ring for a voice: this shows nothing");
    assert_eq!(spoken(&sounds), []);
    let rung = rung(&sounds);
    assert_eq!(rung.len(), RINGS_S.len(), "{rung:?}");
    for (span, start_s) in rung.iter().zip(RINGS_S) {
        let off = [span.start.seconds() - start_s, span.end.seconds() - start_s - 1.0];
        assert!(off.iter().all(|off| off.abs() < 0.05), "{off:?}");
    }
}

#[test]
fn speech_before_after_and_over_a_ring_is_heard() {
    for speech in [(0.5, 1.9), (3.3, 4.6), (2.5, 4.0), (1.0, 2.5), (1.0, 4.0), (7.1, 7.9)] {
        let (sounds, _) = heard(&audio(&[speech]), 4_096, None);
        let spoken = spoken(&sounds);
        let [(start_s, end_s)] = spoken[..] else { panic!("{speech:?}: {spoken:?}") };
        assert!(start_s < speech.0 + 0.15 && end_s > speech.1 - 0.15, "{speech:?} is cut: {spoken:?}");
        // Of a ring under the voice some may stay, and of no other.
        let under = |ring: &&f64| **ring < speech.1 && speech.0 < **ring + 1.0;
        let first = RINGS_S.iter().filter(under).fold(speech.0, |first, ring| first.min(*ring));
        let last = RINGS_S.iter().filter(under).fold(speech.1, |last, ring| last.max(*ring + 1.0));
        assert!(start_s > first - 0.3 && end_s < last + 0.3, "{speech:?} grew: {spoken:?}");
        let alone = RINGS_S.iter().filter(|start| **start + 1.0 < speech.0 || **start > speech.1).count();
        assert!(rung(&sounds).len() >= alone, "{speech:?}: {:?}", rung(&sounds));
    }
}

#[test]
fn quiet_is_never_told_of_a_time_in_which_a_ring_began_that_is_told_later() {
    for speech in [&[][..], &[(2.5, 4.0)], &[(0.5, 1.9), (8.2, 9.0)]] {
        let (sounds, _) = heard(&audio(speech), 256, None);
        let mut until = 0;
        for sound in &sounds {
            match sound {
                Sound::Quiet(quiet) => {
                    assert!(quiet.until.0 >= until, "time ran backwards at {}", quiet.until);
                    until = quiet.until.0;
                }
                Sound::Ring(span) => assert!(until <= span.start.0, "quiet until {until}, {span:?}"),
                _ => {}
            }
        }
        assert!(!rung(&sounds).is_empty());
    }
}

#[test]
fn any_split_into_blocks_gives_the_same_sounds_while_it_rings() {
    let samples = audio(&[(2.5, 4.0), (9.0, 10.0)]);
    for step_ms in [None, Some(1_000)] {
        let (whole, _) = heard(&samples, samples.len(), step_ms);
        assert!(rung(&whole).len() >= 2 && spoken(&whole).len() == 2, "{:?}", spoken(&whole));
        for frames in [1, 160, 4_096] {
            assert!(heard(&samples, frames, step_ms).0 == whole, "blocks of {frames}");
        }
    }
}

#[test]
fn what_is_told_of_speech_in_progress_is_the_beginning_of_what_follows() {
    for step_ms in [200, 1_000] {
        let (sounds, _) = heard(&audio(&[(1.0, 2.5), (7.5, 9.0), (13.4, 14.5)]), 256, Some(step_ms));
        let mut partials = 0;
        for (index, sound) in sounds.iter().enumerate() {
            let Sound::Partial(partial) = sound else { continue };
            partials += 1;
            let next = sounds[index..].iter().find_map(|sound| match sound {
                Sound::Speech(segment) => Some(segment.span.start),
                _ => None,
            });
            assert_eq!(next, Some(partial.segment.span.start), "a partial of speech that never came");
        }
        assert!(partials > 2, "{partials} partials");
    }
}
