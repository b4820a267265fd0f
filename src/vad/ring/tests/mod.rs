//! What rings and what does not, at many levels and in noise.

mod synth;

use super::*;
use crate::vad::level::LevelTracker;
use synth::{babble, cadence, level, mix, seconds, silence, sine, tune, voice, warble, white};

fn frames(samples: &[f32]) -> impl Iterator<Item = Frame> {
    samples.chunks_exact(FRAME_SAMPLES).enumerate().map(|(index, samples)| Frame {
        start: SessionTime((index * FRAME_SAMPLES) as u64),
        samples: std::array::from_fn(|n| samples[n]),
        level: Dbfs::rms(samples),
    })
}

/// The bursts of `samples`, and when each was told, in seconds.
fn bursts(samples: &[f32]) -> Vec<(RingBurst, f64)> {
    let (mut detector, mut levels) = (RingDetector::default(), LevelTracker::default());
    let mut found = Vec::new();
    for frame in frames(samples) {
        let floor = levels.push(frame.level).noise_floor;
        let quiet_until = detector.undecided_since();
        if let Some(burst) = detector.push(&frame, floor) {
            assert!(burst.span.start >= quiet_until, "{burst:?} begins before {quiet_until}");
            found.push((burst, frame.start.plus(FRAME_SAMPLES as u64).seconds()));
        }
    }
    found
}

/// Ten seconds and more of every kind of ring, from 1 s on, and the lengths of its period.
fn rings() -> Vec<(&'static str, Vec<f32>, Vec<f32>)> {
    let ring = |name, on_off: &[f32], tone: &dyn Fn(f32) -> f32| {
        let length_s = 1.0 + 3.0 * on_off.iter().sum::<f32>();
        (name, cadence(length_s, on_off, tone), on_off.to_vec())
    };
    let square = |hz: f32| move |t: f32| sine(hz, t).signum() + 1e-6;
    vec![
        ring("exchange, 450 Hz", &[1.0, 4.0], &|t| sine(450.0, t)),
        ring("425 Hz", &[1.0, 4.0], &|t| sine(425.0, t)),
        ring("425 Hz, switched 25 times a second", &[1.0, 4.0], &|t| {
            sine(425.0, t) * (1.0 + 0.9 * sine(25.0, t))
        }),
        ring("400 + 450 Hz, double", &[0.4, 0.2, 0.4, 2.0], &|t| sine(400.0, t) + sine(450.0, t)),
        ring("440 + 480 Hz", &[2.0, 4.0], &|t| sine(440.0, t) + sine(480.0, t)),
        ring("warble 1000/1333 Hz, 60 ms", &[1.0, 2.0], &warble(1_000.0, 1_333.0, 0.06)),
        ring("warble 800/1070 Hz, 25 ms", &[1.0, 4.0], &warble(800.0, 1_070.0, 0.025)),
        ring("warble 667/800 Hz, 40 ms", &[1.2, 2.4], &warble(667.0, 800.0, 0.04)),
        ring("warble 2000/2500 Hz, 100 ms", &[1.0, 4.0], &warble(2_000.0, 2_500.0, 0.1)),
        ring("warble 1400/1900 Hz, double", &[0.4, 0.2, 0.4, 2.0], &warble(1_400.0, 1_900.0, 0.04)),
        ring("electronic, 2100 Hz, double", &[0.4, 0.2, 0.4, 2.0], &|t| sine(2_100.0, t)),
        ring("electronic, square 1000 Hz", &[1.0, 4.0], &square(1_000.0)),
        ring("electronic, square 450 Hz", &[0.8, 1.6], &square(450.0)),
    ]
}

/// What is wrong with what was found of a ring of period `on_off` that was mixed with `kind`.
fn faults(found: &[(RingBurst, f64)], on_off: &[f32], kind: &str) -> Vec<String> {
    let period: f64 = on_off.iter().map(|part| f64::from(*part)).sum();
    let rung = period - f64::from(on_off[on_off.len() - 1]);
    // A vowel on the tone of the ring, as loud as it for a moment, hides where it began.
    let allowed = if kind == "hall" { 0.12 } else { 0.05 };
    let mut faults = Vec::new();
    if found.len() != 3 {
        let spans: Vec<_> =
            found.iter().map(|(burst, _)| (burst.span.start.seconds(), burst.span.end.seconds())).collect();
        faults.push(format!("{spans:?}"));
        return faults;
    }
    for (index, (burst, told)) in found.iter().enumerate() {
        let start = 1.0 + period * index as f64;
        let off = [burst.span.start.seconds() - start, burst.span.end.seconds() - start - rung];
        let late = told - start - rung;
        if off.iter().any(|off| off.abs() > allowed) || late > 0.5 {
            faults.push(format!("burst {index} off by {off:?}, told after {late}"));
        }
    }
    faults
}

#[test]
fn every_kind_of_ring_is_found_at_any_level_and_in_noise_10_db_below() {
    let mut wrong = Vec::new();
    for (name, ring, on_off) in rings() {
        let length_s = ring.len() as f32 / 16_000.0;
        let beside = |kind: &str| match kind {
            "hall" => level(babble(length_s, 3), -10.0),
            "hiss" => level(white(length_s, 5), -10.0),
            _ => level(white(length_s, 7), -40.0),
        };
        for (kind, db) in
            [("room", -12.0), ("room", -30.0), ("room", -50.0), ("hiss", -30.0), ("hall", -30.0)]
        {
            let sound = level(mix(&level(ring.clone(), 0.0), &beside(kind)), db);
            let faults = faults(&bursts(&sound), &on_off, kind);
            wrong.extend(faults.into_iter().map(|fault| format!("{name}, {kind}, {db} dB: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Sounds that are no ring, or become none.
fn others() -> Vec<(&'static str, Vec<f32>)> {
    let scale = [262.0, 294.0, 330.0, 349.0, 392.0, 440.0, 494.0, 523.0].map(|hz| (hz, 0.4));
    let rested = [440.0, 392.0, 523.0, 440.0, 330.0].map(|hz| [(hz, 0.5), (0.0, 0.15)]).concat();
    let long = [440.0, 523.0, 392.0, 349.0, 440.0, 494.0].map(|hz| (hz, 1.2));
    let (flute, organ, reed) =
        ([1.0, 0.1].as_slice(), [1.0, 0.5, 0.3, 0.2].as_slice(), [0.6, 1.0, 0.8].as_slice());
    let sung = [0.7_f32, 0.5, 0.4, 0.5, 0.2];
    let dtmf = |t: f32| {
        let (low, high) = [(697.0, 1_209.0), (852.0, 1_336.0), (941.0, 1_477.0)][(t / 0.2) as usize % 3];
        if t % 0.2 < 0.1 { sine(low, t) + sine(high, t) } else { 0.0 }
    };
    let ding_dong = |decay| tune(&[[(660.0, 0.6), (523.0, 0.9), (0.0, 2.0)]; 3].concat(), flute, decay, 0.0);
    let hum = |t| [1.0, 3.0, 5.0, 7.0, 9.0].map(|k: f32| sine(50.0 * k, t) / k).iter().sum();
    vec![
        ("scale on a flute", tune(&scale, flute, 0.0, 0.0)),
        ("scale on an organ", tune(&scale, organ, 0.0, 0.0)),
        ("scale on a piano", tune(&scale, organ, 4.0, 0.0)),
        ("tune with rests", tune(&rested, flute, 0.0, 0.0)),
        ("long notes", tune(&long, flute, 0.0, 0.0)),
        ("long notes with vibrato", tune(&long, reed, 0.0, 0.01)),
        ("sung vowel", tune(&[(0.0, 1.0), (440.0, 1.0), (0.0, 2.0)], &sung, 0.0, 0.012)),
        ("sung vowel that glides", tune_glide(330.0, 360.0, &sung)),
        ("humming", tune_glide(450.0, 462.0, &[1.0])),
        ("one talker", voice(20.0, 220.0, 9)),
        ("a hall of talkers", babble(20.0, 11)),
        ("hiss", white(10.0, 13)),
        ("dialling tone", seconds(10.0, |t| if t > 1.0 { sine(450.0, t) } else { 0.0 })),
        ("busy tone", cadence(15.0, &[0.35, 0.35], |t| sine(450.0, t))),
        ("congestion tone", cadence(15.0, &[0.7, 0.7], |t| sine(450.0, t))),
        ("keys of a telephone", seconds(4.0, dtmf)),
        ("one key held", cadence(10.0, &[1.0, 4.0], |t| sine(770.0, t) + sine(1_336.0, t))),
        ("mains hum", seconds(20.0, hum)),
        ("mains hum that comes and goes", cadence(20.0, &[4.0, 2.0], hum)),
        ("chime of a queue caller", ding_dong(4.0)),
        ("chime without decay", ding_dong(0.0)),
        ("beep of a reader", cadence(10.0, &[0.2, 3.0], |t| sine(2_000.0, t))),
        ("three beeps", cadence(12.0, &[0.3, 0.2, 0.3, 0.2, 0.3, 3.0], |t| sine(1_000.0, t))),
        ("a bell", tune(&[(0.0, 1.0), (880.0, 2.0), (0.0, 1.0)], &[1.0, 0.0, 0.3], 3.0, 0.0)),
        ("a siren", seconds(10.0, |t| (std::f32::consts::TAU * (700.0 * t - 60.0 * sine(0.5, t))).sin())),
    ]
}

/// One second of a tone that glides.
fn tune_glide(from: f32, to: f32, overtones: &[f32]) -> Vec<f32> {
    let glide = |t: f32| from * t + (to - from) * t * t / 2.0;
    let tone = |t: f32| -> f32 {
        (1..).zip(overtones).map(|(k, gain)| gain * (std::f32::consts::TAU * k as f32 * glide(t)).sin()).sum()
    };
    [silence(1.0), seconds(1.0, tone), silence(2.0)].concat()
}

#[test]
fn what_is_no_ring_is_not_taken_for_one() {
    for (name, sound) in others() {
        for (db, hiss) in [(-15.0, -60.0), (-35.0, -75.0), (-35.0, -50.0)] {
            let beside = level(white(sound.len() as f32 / 16_000.0 + 1.0, 17), hiss);
            let sound = [mix(&level(sound.clone(), db), &beside), level(white(1.0, 19), hiss)].concat();
            assert_eq!(bursts(&sound), [], "{name} at {db} dB over {hiss} dB");
        }
    }
}

#[test]
fn a_voice_over_a_ring_leaves_it_a_ring_that_is_not_alone() {
    let ring = level(cadence(11.0, &[1.0, 4.0], |t| sine(450.0, t)), -30.0);
    let room = level(white(11.0, 23), -60.0);
    let mut talk = level(voice(11.0, 180.0, 31), -32.0);
    for (n, sample) in talk.iter_mut().enumerate() {
        // Over the end of the first ring and after it, and not near the second.
        let t = n as f32 / 16_000.0;
        *sample *= if (1.6..2.6).contains(&t) { 1.0 } else { 0.0 };
    }
    let found = bursts(&mix(&mix(&ring, &talk), &room));
    let [(first, _), (second, _)] = found[..] else { panic!("{found:?}") };
    let alone = |burst: &RingBurst, from_s: f64, to_s: f64| {
        let frames = (from_s / 0.016) as u64..(to_s / 0.016) as u64;
        let count = frames.end - frames.start;
        frames.filter(|n| burst.is_alone_in(SessionTime(n * 256))).count() as f64 / count as f64
    };
    assert!(alone(&first, 1.05, 1.5) > 0.9, "before the voice: {}", alone(&first, 1.05, 1.5));
    assert!(alone(&first, 1.7, 2.5) < 0.3, "under the voice: {}", alone(&first, 1.7, 2.5));
    assert_eq!(alone(&second, 6.0, 7.0), 1.0, "without a voice");
    assert_eq!(alone(&second, 5.0, 5.9) + alone(&second, 7.4, 8.0), 0.0, "outside");
}

#[test]
fn a_ring_that_the_session_ends_in_is_told() {
    let sound = level(cadence(1.9, &[1.0, 4.0], |t| sine(450.0, t)), -30.0);
    let (mut detector, mut told) = (RingDetector::default(), None);
    for frame in frames(&sound) {
        told = told.or(detector.push(&frame, Dbfs(-75.0)));
    }
    assert_eq!(told, None);
    let burst = detector.finish().expect("a ring of 0.9 s");
    assert!((burst.span.start.seconds() - 1.0).abs() < 0.03 && (burst.span.end.seconds() - 1.9).abs() < 0.03);
}

#[test]
fn samples_that_are_no_numbers_and_missing_audio_break_nothing() {
    let mut sound = level(cadence(16.0, &[1.0, 4.0], |t| sine(450.0, t)), -30.0);
    sound[6 * 16_000..6 * 16_000 + 3_000].fill(f32::NAN);
    let (mut detector, mut found) = (RingDetector::default(), Vec::new());
    for mut frame in frames(&sound) {
        // A gap of a second after 12.6 s.
        if frame.start.seconds() > 12.6 {
            frame.start = frame.start.plus(16_000);
        }
        found.extend(detector.push(&frame, Dbfs(-75.0)));
    }
    let starts: Vec<i32> =
        found.iter().map(|burst| (burst.span.start.seconds() * 10.0).round() as i32).collect();
    assert_eq!(starts, [10, 62, 110]);
}

#[test]
fn rings_between_digital_silences_are_found_though_no_noise_floor_is_known() {
    let sound = level(cadence(16.0, &[1.0, 4.0], |t| sine(450.0, t)), -30.0);
    assert_eq!(bursts(&sound).len(), 3);
}

#[test]
fn a_ring_that_the_session_begins_in_is_told() {
    let sound = level(cadence(6.0, &[1.0, 4.0], |t| sine(450.0, t)), -30.0);
    let found = bursts(&sound[16_000 + 1_600..]);
    let [(burst, _)] = found[..] else { panic!("{found:?}") };
    assert!(burst.span.start.seconds() < 0.1 && (burst.span.end.seconds() - 0.9).abs() < 0.03, "{burst:?}");
}
