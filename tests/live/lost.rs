//! Time that is lost: what was said before it is heard, it is told once and in full, and it keeps nobody waiting.

use std::thread;
use std::time::Duration;

use sansheng::asr::ScriptedRecogniser;
use sansheng::capture::SourceNews;
use sansheng::clock::Stopwatch;
use sansheng::conduct::FindingKind;
use sansheng::runtime::live::{HallEvent, Unheard};
use sansheng::said::Bilingual;
use sansheng::status::WindowState::{Down, Ended, Live};
use sansheng::units::{Role, SAMPLE_RATE_HZ, Span};

use crate::hall::{Feed, Floor, Line, Told, audio, run, several, windows};

/// One utterance, and where its source breaks off: before the voice has been silent for long enough to cut it out.
const LINES: &[Line] = &[(0, 0.4, 1.4, "别啰嗦")];
const BREAK: usize = 1_450 * SAMPLE_RATE_HZ as usize / 1_000;

/// How a source is lost.
type BreakOff<'a> = dyn Fn(&Floor<'_>, Feed) + Sync + 'a;

fn ended(events: &[HallEvent]) -> bool {
    events.iter().any(|event| matches!(event, HallEvent::Ended { window: 0, .. }))
}

fn states(told: &Told, count: usize) {
    told.wait_for("a state of the window", |events| {
        let clerks = |e: &&HallEvent| matches!(e, HallEvent::State { window: 0, role: Role::Clerk, .. });
        events.iter().filter(clerks).count() >= count
    });
}

/// Unheard time of window 0, all of it lost by its source, as one stretch: how often it was told, from when, until when.
fn lost(told: &Told) -> (usize, f64, f64) {
    let spans: Vec<Span> = told
        .unheard(0)
        .into_iter()
        .map(|(span, why)| {
            assert_eq!(why, Unheard::Lost);
            span
        })
        .collect();
    assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start), "one stretch: {spans:?}");
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { panic!("nothing was told as lost") };
    let seconds: f64 = spans.iter().map(|span| span.seconds()).sum();
    assert!((told.account(0).unheard_s - seconds).abs() < 1e-9, "the account has it: {:?}", told.account(0));
    (spans.len(), first.start.seconds(), last.end.seconds())
}

#[test]
fn what_was_said_before_the_source_was_lost_is_heard_however_late_that_is_known() {
    let samples = audio(LINES, 1);
    let away_s = 4.0;
    let gone = |floor: &Floor<'_>, feed: Feed| {
        floor.news("0", SourceNews::Waiting { reason: Bilingual::same("the link broke") });
        floor.watch.wait_until(1.45 + away_s);
        drop(feed);
        floor
            .news("0", SourceNews::Down { reason: Bilingual::same("it does not come back"), retry_in: None });
    };
    let leaps = |floor: &Floor<'_>, mut feed: Feed| {
        floor.watch.wait_until(1.45 + away_s);
        feed.writer.skip_to(BREAK as u64 + (away_s * f64::from(SAMPLE_RATE_HZ)) as u64);
        feed.say(&[0.0; SAMPLE_RATE_HZ as usize / 10]);
    };
    let ways: [(&str, &BreakOff<'_>); 2] =
        [("the link breaks for good", &gone), ("the source leaps", &leaps)];
    for (way, break_off) in ways {
        let mut config = windows(1);
        config.hearing.lag_max = Duration::from_secs(2);
        let told = run(config, several(&ScriptedRecogniser::new(LINES), 1), |floor| {
            let mut feed = floor.open("0", 1);
            feed.say_in_real_time(&samples[..BREAK], SAMPLE_RATE_HZ);
            break_off(floor, feed);
            floor.told.wait_for("what was said", |events| {
                events.iter().any(|event| matches!(event, HallEvent::Words { over: true, .. }))
            });
        });
        assert_eq!(told.accusations(0), ["P31 别啰嗦"], "{way}");
        let (_, from_s, until_s) = lost(&told);
        assert!((1.4..1.5).contains(&from_s) && until_s - from_s > away_s - 1.0, "{way}: {from_s} {until_s}");
    }
}

#[test]
fn a_window_that_is_down_is_told_once_and_its_lost_time_when_it_is_over() {
    let told = run(windows(1), several(&ScriptedRecogniser::new(LINES), 1), |floor| {
        let samples = audio(LINES, 1);
        floor.open("0", 1).say_in_real_time(&samples[..8_000], SAMPLE_RATE_HZ);
        for _ in 0..3 {
            floor.news("0", SourceNews::Down { reason: Bilingual::same("unplugged"), retry_in: None });
            thread::sleep(Duration::from_millis(400));
        }
        let shown_s = || floor.view.status().windows[0].unheard_s;
        floor.wait_until("the lost time in the picture of the hall", || shown_s() > 0.7);
        assert_eq!(floor.told.unheard(0), [], "it goes on");
        floor.open("0", 1).say_in_real_time(&samples[8_000..40_000], SAMPLE_RATE_HZ);
        floor.told.wait_for("the lost time", |events| {
            events.iter().any(|event| matches!(event, HallEvent::Unheard { .. }))
        });
    });
    assert_eq!(told.states(0), [Live, Down, Live, Ended]);
    assert_eq!(lost(&told).0, 1);
}

#[test]
fn a_leap_over_minutes_is_told_by_the_minute() {
    let told = run(windows(1), several(&ScriptedRecogniser::new(LINES), 1), |floor| {
        let mut feed = floor.open("0", 1);
        feed.say(&[0.0; 24_000]);
        feed.writer.skip_to(130 * 16_000);
        feed.say(&[0.0; 24_000]);
    });
    assert_eq!(lost(&told), (3, 1.5, 130.0));
    assert_eq!(told.account(0).audio_s, 131.5);
}

#[test]
fn a_source_that_runs_ahead_of_the_clock_does_not_keep_the_run_from_stopping() {
    let patience = Duration::from_secs(30);
    run(windows(1), several(&ScriptedRecogniser::new(&[]), 1), |floor| {
        thread::scope(|scope| {
            let racing = scope.spawn(|| {
                // More than anybody can listen to, for as long as anybody does.
                let (mut feed, watch) = (floor.open("0", 1), Stopwatch::start());
                while !feed.writer.is_closed() && watch.elapsed() < patience {
                    (0..100).for_each(|_| feed.writer.push(&[0.0; 1_600]));
                    thread::sleep(Duration::from_millis(1));
                }
                watch.elapsed()
            });
            floor.wait_until("a start", || floor.view.status().windows[0].audio_s > 0.0);
            floor.stop.ask();
            let took = racing.join().expect("it pushes, no more");
            assert!(took < patience, "it was listened to for {took:?}");
        });
    });
}

#[test]
fn what_was_kept_at_the_other_end_when_the_run_was_stopped_is_on_record_as_lost() {
    let samples = audio(LINES, 1);
    let told = run(windows(1), several(&ScriptedRecogniser::new(LINES), 1), |floor| {
        let mut feed = floor.open("0", 1);
        feed.say_in_real_time(&samples[..BREAK], SAMPLE_RATE_HZ);
        floor.news("0", SourceNews::Waiting { reason: Bilingual::same("the link broke") });
        states(floor.told, 2);
        floor.watch.wait_until(3.5);
        floor.stop.ask();
        floor.told.wait_for("the end of the window", ended);
    });
    let (told_times, from_s, until_s) = lost(&told);
    assert_eq!((told_times, from_s), (1, 1.45));
    assert!(until_s > 3.0, "{until_s}");
    assert_eq!(told.accusations(0), ["P31 别啰嗦"]);
}

#[test]
fn what_is_missing_after_a_late_link_is_late_by_its_capture() {
    let lines: &[Line] = &[(0, 0.3, 1.2, "身份证"), (0, 2.0, 2.8, "别啰嗦"), (0, 5.4, 6.4, "办好了")];
    let samples = audio(lines, 1);
    let late_s = 5.0;
    let told = run(windows(1), several(&ScriptedRecogniser::new(lines), 1), |floor| {
        let mut feed = floor.open("0", 1);
        feed.say(&samples[..1_600]);
        states(floor.told, 1);
        floor.news("0", SourceNews::Waiting { reason: Bilingual::same("the link broke") });
        floor.watch.wait_until(samples.len() as f64 / 16_000.0 + late_s);
        feed.say(&samples[1_600..]);
    });
    let missing: Vec<_> =
        told.alerts(0).into_iter().filter(|alert| alert.finding.kind == FindingKind::Missing).collect();
    assert!(!missing.is_empty());
    for alert in missing {
        let account = alert.account;
        assert!(account.capture_s > late_s - 0.5 && account.endpoint_s < 3.0, "{account:?}");
    }
}
