//! Session time of an ear whose sources come, go, and run by clocks of their own.

use sansheng::capture::AudioBlock;
use sansheng::conduct::ReportKind;
use sansheng::pipeline::{Ear, Quiet, Sound};
use sansheng::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span};
use sansheng::vad::VadConfig;

const FRAME: u64 = 256;

fn ear() -> Ear {
    let roles = [(ChannelIndex(0), Role::Clerk)];
    Ear::new(SAMPLE_RATE_HZ, 1, &roles, &VadConfig::default()).expect("sound settings")
}

fn silence(start: u64, samples: usize) -> AudioBlock {
    AudioBlock { start, rate_hz: SAMPLE_RATE_HZ, channels: 1, samples: vec![0.0; samples] }
}

#[test]
fn a_clock_that_is_corrected_from_the_first_stream_on_moves_session_time_by_whole_frames() {
    for frames in [-7_i64, -1, 1, 7] {
        let (mut ear, mut out) = (ear(), Vec::new());
        ear.push(&silence(0, 1_024), &mut out);
        ear.slip(0, frames);
        ear.push(&silence(1_024, 100 * FRAME as usize), &mut out);
        let expected = (1_024 + 100 * FRAME).saturating_add_signed(frames * FRAME as i64);
        assert_eq!((ear.heard_until().0, ear.side_until(0).0), (expected, expected), "{frames} frames");
        // A gap is told where it is in session time.
        out.clear();
        ear.push(&silence(1_024 + 100 * FRAME + 1_600, 10), &mut out);
        let gap = Span::new(SessionTime(expected), SessionTime(expected + 1_600));
        assert!(out.contains(&Sound::Gap(gap)), "{frames} frames: {out:?}");
    }
}

#[test]
fn a_correction_that_was_not_made_yet_is_forgotten_with_its_stream() {
    let (mut ear, mut out) = (ear(), Vec::new());
    ear.push(&silence(0, 2_560), &mut out);
    ear.slip(0, -5);
    ear.open(0, SAMPLE_RATE_HZ, 1, ChannelIndex(0)).expect("a format like before");
    ear.push(&silence(0, 2_560), &mut out);
    assert_eq!(ear.heard_until(), SessionTime(5_120));
}

#[test]
fn the_end_is_that_of_the_last_sample_whether_the_source_is_closed_first_or_not() {
    for closed in [false, true] {
        let (mut ear, mut out) = (ear(), Vec::new());
        ear.push(&silence(0, 1_000), &mut out);
        if closed {
            ear.close(0, &mut out);
        }
        ear.finish(&mut out);
        assert_eq!(ear.heard_until(), SessionTime(1_000), "closed first: {closed}");
        assert_eq!(
            out.last(),
            Some(&Sound::Quiet(Quiet { until: SessionTime(1_000), clerk: SessionTime(1_000) }))
        );
    }
}

#[test]
fn a_visitors_microphone_that_falls_silent_is_told_when_it_goes_and_when_it_is_back() {
    let roles = [(ChannelIndex(0), Role::Clerk), (ChannelIndex(0), Role::Visitor)];
    let mut ear = Ear::unopened(&roles, &VadConfig::default()).expect("sound settings");
    let mut out = Vec::new();
    for side in [0, 1] {
        ear.open(side, SAMPLE_RATE_HZ, 1, ChannelIndex(0)).expect("a format that is heard");
    }
    ear.push_side(0, &silence(0, 400 * FRAME as usize), &mut out);
    ear.push_side(1, &silence(0, 100 * FRAME as usize), &mut out);
    ear.close(1, &mut out);
    ear.absent(1, SessionTime(150 * FRAME), &mut out);
    ear.absent(1, SessionTime(200 * FRAME), &mut out);
    ear.open(1, SAMPLE_RATE_HZ, 1, ChannelIndex(0)).expect("a format that is heard");
    ear.push_side(1, &silence(0, 50 * FRAME as usize), &mut out);
    // Samples that the source dropped on its way.
    ear.push_side(1, &silence(80 * FRAME, 50 * FRAME as usize), &mut out);
    let noted: Vec<(ReportKind, u64)> = out
        .iter()
        .filter_map(|sound| match sound {
            Sound::Noted(report) => Some((report.kind, report.at.0 / FRAME)),
            _ => None,
        })
        .collect();
    let expected = [
        (ReportKind::VisitorUnheard, 100),
        (ReportKind::VisitorHeard, 200),
        (ReportKind::VisitorUnheard, 250),
        (ReportKind::VisitorHeard, 280),
    ];
    assert_eq!(noted, expected);
    assert!(
        !out.iter().any(|sound| matches!(sound, Sound::Gap(_))),
        "the clerk was heard throughout: {out:?}"
    );
}
