//! Microphones vanish with their sound server and come back with it; whoever is heard elsewhere does not notice.

use std::path::Path;
use std::time::Duration;

use sansheng::config::AudioSource;
use sansheng::runtime::live::HallEvent;
use sansheng::status::WindowState;

use crate::hall::{CHANNELS, Hall, RATE_HZ, microphone};
use crate::service::{Murmurs, Service, device, states, unheard, utterances, window};
use crate::{REFUSALS, bundled, recorded, write_recording};

/// Windows that hear microphones, and one that hears a recording.
const MICROPHONES: [usize; 2] = [0, 1];
const RECORDING: usize = 2;
/// Session time and run time, by the blocks in which sound comes.
const TOLERANCE_S: f64 = 0.3;

/// A sentence of the clerk's, 我不管，问别人去, to be played into a microphone.
fn write_sentence(path: &Path) {
    let at = |seconds: f64| (seconds * f64::from(RATE_HZ)) as usize * usize::from(CHANNELS);
    let sentence = &recorded(REFUSALS)[at(4.0)..at(7.0)];
    write_recording(path, RATE_HZ, CHANNELS, sentence.iter().copied());
}

#[test]
fn microphones_that_vanish_recover_by_themselves_and_other_windows_do_not_notice() {
    let name = "outage::microphones_that_vanish_recover_by_themselves_and_other_windows_do_not_notice";
    let Some(mut hall) = Hall::enter(name, &[microphone("mic1"), microphone("mic2")]) else { return };
    hall.open();
    let sentence = hall.file("sentence.wav");
    write_sentence(&sentence);
    let recording = AudioSource::File { path: bundled(REFUSALS), repeat: true };
    let windows = vec![
        window("1", device("mic1"), 0, Some(1)),
        window("2", device("mic2"), 0, None),
        window("3", recording, 0, Some(1)),
    ];
    let mut service = Service::start(windows, vec![Box::new(Murmurs)]);
    for of in [0, 1, RECORDING] {
        service.until("the start", |told| states(told, of).contains(&WindowState::Live));
    }
    speak(&hall, &mut service, &sentence);
    let before = service.behind();

    let killed_s = MICROPHONES.map(|of| service.session_s(of));
    hall.close();
    for of in MICROPHONES {
        service.until("the outage", |told| states(told, of).contains(&WindowState::Down));
    }
    service.listen(Duration::from_secs(2));
    let during = service.behind();
    hall.open();
    for of in MICROPHONES {
        service.until("the recovery", |told| states(told, of).ends_with(&[WindowState::Live]));
    }
    let back_s = MICROPHONES.map(|of| service.session_s(of));
    let said_before = MICROPHONES.map(|of| utterances(&service.told, of).len());
    speak(&hall, &mut service, &sentence);
    let after = service.behind();
    let told = service.stop();

    eprintln!("behind before {before:.3?}, during {during:.3?}, after {after:.3?}");
    for (n, of) in MICROPHONES.into_iter().enumerate() {
        let lost = unheard(&told, of);
        eprintln!("window {of}: killed {:.2} s, back {:.2} s, unheard {lost:?}", killed_s[n], back_s[n]);
        assert!(after[of].abs() < TOLERANCE_S && before[of].abs() < TOLERANCE_S, "{before:?} {after:?}");
        assert!(lost.windows(2).all(|pair| pair[0].end == pair[1].start), "one stretch, told once: {lost:?}");
        let (from_s, to_s) = (lost[0].start.seconds(), lost[lost.len() - 1].end.seconds());
        assert!((from_s - killed_s[n]).abs() < 2.0 * TOLERANCE_S, "from {from_s} for {}", killed_s[n]);
        assert!((to_s - back_s[n]).abs() < 2.0 * TOLERANCE_S, "to {to_s} for {}", back_s[n]);
        let total_s = account_unheard_s(&told, of);
        assert!((total_s - (to_s - from_s)).abs() < 1e-6, "{total_s} s for {from_s}–{to_s}");
        assert_eq!(states(&told, of), STATES, "window {of}");
        let said = utterances(&told, of);
        assert!(
            said.len() > said_before[n] && said.iter().all(|said| lost.iter().all(|l| !l.overlaps(*said)))
        );
    }
    assert_eq!(states(&told, RECORDING), [WindowState::Live, WindowState::Ended]);
    assert_eq!(unheard(&told, RECORDING), []);
    let off = [before, during, after].map(|behind| behind[RECORDING]);
    assert!(off.iter().all(|s| s.abs() < TOLERANCE_S), "{off:?}");
}

const STATES: [WindowState; 4] =
    [WindowState::Live, WindowState::Down, WindowState::Live, WindowState::Ended];

/// Plays the sentence into both microphones until both windows have heard it.
fn speak(hall: &Hall, service: &mut Service, sentence: &Path) {
    let heard = MICROPHONES.map(|of| utterances(&service.told, of).len());
    let playing = ["mic1", "mic2"].map(|microphone| hall.play(microphone, sentence));
    for of in MICROPHONES {
        service.until("the sentence", |told| utterances(told, of).len() > heard[of]);
    }
    assert!(playing.into_iter().all(|playing| playing.finish()), "paplay failed");
}

fn account_unheard_s(told: &[HallEvent], of: usize) -> f64 {
    let account = told.iter().find_map(|event| match event {
        HallEvent::Ended { window, account } if *window == of => Some(account),
        _ => None,
    });
    account.expect("the window ended").unheard_s
}
