//! One device with a microphone for each of several windows.

use std::path::Path;
use std::time::Duration;

use sansheng::status::WindowState;

use crate::hall::{Hall, Microphone, RATE_HZ};
use crate::service::{Murmurs, Service, device, states, utterances, window};
use crate::{REFUSALS, recorded, write_recording};

const WINDOWS: u16 = 8;
const ARRAY: Microphone = Microphone { name: "array", rate_hz: RATE_HZ, channels: WINDOWS };
/// From the sentence at one window to the sentence at the next.
const STEP_S: f64 = 1.5;
/// A frame or two of the voice detector.
const TOLERANCE_S: f64 = 0.1;

/// The same sentence on every channel, on each [`STEP_S`] later than on the one before.
fn write_round(path: &Path) {
    let samples = |seconds: f64| (seconds * f64::from(RATE_HZ)) as usize;
    let clerk: Vec<f32> = recorded(REFUSALS).into_iter().step_by(2).collect();
    let sentence = &clerk[samples(4.6)..samples(6.6)];
    let length = samples(STEP_S * f64::from(WINDOWS)) + sentence.len();
    let sample = |at: usize, channel: u16| {
        let begins = samples(STEP_S * f64::from(channel));
        at.checked_sub(begins).and_then(|at| sentence.get(at)).copied().unwrap_or(0.0)
    };
    let frames = (0..length).flat_map(|at| (0..WINDOWS).map(move |channel| (at, channel)));
    write_recording(path, RATE_HZ, WINDOWS, frames.map(|(at, channel)| sample(at, channel)));
}

#[test]
fn a_device_that_windows_share_is_opened_once_and_each_hears_its_own_channel_only() {
    let name = "array::a_device_that_windows_share_is_opened_once_and_each_hears_its_own_channel_only";
    let Some(mut hall) = Hall::enter(name, &[ARRAY]) else { return };
    hall.open();
    let round = hall.file("round.wav");
    write_round(&round);
    let windows = (0..WINDOWS).map(|n| window(&n.to_string(), device("array"), n, None)).collect();
    let mut service = Service::start(windows, vec![Box::new(Murmurs)]);
    for of in 0..usize::from(WINDOWS) {
        service.until("the array", |told| states(told, of).contains(&WindowState::Live));
    }
    let mut playing = hall.play("array", &round);
    while !playing.has_ended() {
        service.listen(Duration::from_millis(100));
    }
    assert!(playing.finish(), "paplay failed");
    assert_eq!(hall.listeners(), 1, "one stream for all windows");
    service.listen(Duration::from_secs(3));
    let told = service.stop();

    let said: Vec<_> = (0..usize::from(WINDOWS)).map(|of| utterances(&told, of)).collect();
    assert!(said.iter().all(|said| said.len() == 1), "one sentence at each window: {said:?}");
    let starts_s: Vec<f64> = said.iter().map(|said| said[0].start.seconds()).collect();
    for (n, start_s) in starts_s.iter().enumerate() {
        let late_s = start_s - starts_s[0] - STEP_S * n as f64;
        assert!(late_s.abs() < TOLERANCE_S, "window {n}: {late_s:.3} s late: {starts_s:.2?}");
    }
}
