//! Microphones that come, go, wait and come back: their window knows, and the others do not notice.

use std::thread;
use std::time::Duration;

use sansheng::asr::ScriptedRecogniser;
use sansheng::capture::SourceNews;
use sansheng::runtime::live::{HallEvent, Unheard};
use sansheng::said::Bilingual;
use sansheng::status::WindowState::{self, Down, Ended, Live, Waiting};
use sansheng::units::{Role, SAMPLE_RATE_HZ, SessionTime, Span};

use crate::hall::{Line, Told, audio, port, run, several, unhurried, voice_of, window, windows};
use crate::overload::Slow;

/// Neither greeted nor taken leave of.
const CURT: [(f64, f64, &str); 3] = [(0.3, 1.2, "身份证"), (2.0, 2.8, "别啰嗦"), (5.4, 6.4, "办好了")];
const BOTH_MISSING: [&str; 2] = ["p01 confirmed", "p02 confirmed"];
const BOTH_UNKNOWN: [&str; 2] = ["p01 unknown", "p02 unknown"];

/// The same words at `count` windows, each on the channel of its own.
fn curt(count: u16) -> Vec<Line> {
    (0..count).flat_map(|channel| CURT.map(|(start, end, text)| (channel, start, end, text))).collect()
}

fn seconds(from: f64, to: f64) -> Span {
    Span::new(SessionTime::from_seconds(from), SessionTime::from_seconds(to))
}

fn ended(events: &[HallEvent], of: usize) -> bool {
    events.iter().any(|event| matches!(event, HallEvent::Ended { window, .. } if *window == of))
}

fn state_came(told: &Told, window: usize, count: usize) {
    told.wait_for("a state of the window", |events| {
        let states = events
            .iter()
            .filter(|e| matches!(e, HallEvent::State { window: of, role: Role::Clerk, .. } if *of == window));
        states.count() >= count
    });
}

#[test]
fn a_microphone_that_goes_and_comes_back_as_another_leaves_a_gap_and_its_neighbour_hears_all() {
    let lines = curt(2);
    let (samples, alone) = (audio(&lines, 2), voice_of(&lines, 1, 8.4));
    let told = run(windows(2), several(&ScriptedRecogniser::new(&lines), 2), |floor| {
        thread::scope(|scope| {
            scope.spawn(|| floor.open("0", 2).say_in_real_time(&samples, SAMPLE_RATE_HZ));
            // The other breaks off in its second utterance, and comes back with three channels at 48 kHz.
            let mut feed = floor.open("1", 2);
            feed.say_in_real_time(&samples[..2 * 38_400], SAMPLE_RATE_HZ);
            drop(feed);
            floor.news("1", SourceNews::Down { reason: Bilingual::same("unplugged"), retry_in: None });
            state_came(floor.told, 1, 2);
            thread::sleep(Duration::from_millis(1_200));
            let rest = alone[62_400..].iter().flat_map(|sample| [[0.0, *sample, 0.0]; 3]).flatten();
            floor.open_at_rate("1", 48_000, 3).say_in_real_time(&rest.collect::<Vec<f32>>(), 48_000);
        });
    });
    assert_eq!((told.states(0), told.unheard(0)), (vec![Live, Ended], vec![]));
    assert_eq!(
        (told.missing(0), told.accusations(0)),
        (BOTH_MISSING.map(str::to_owned).to_vec(), vec!["P31 别啰嗦".into()])
    );
    assert_eq!(told.states(1), [Live, Down, Live, Ended]);
    assert_eq!(told.missing(1), BOTH_UNKNOWN);
    let gaps: Vec<Span> = told.unheard(1).into_iter().map(|(span, _)| span).collect();
    assert!(gaps.windows(2).all(|pair| pair[0].end == pair[1].start), "one stretch: {gaps:?}");
    let (first, last) = (gaps[0].start.seconds(), gaps[gaps.len() - 1].end.seconds());
    assert!((2.39..2.43).contains(&first) && last - first > 0.5, "from the break on: {first} {last}");
    let lost: f64 = gaps.iter().map(|span| span.seconds()).sum();
    assert!((told.account(1).unheard_s - lost).abs() < 1e-9);
}

#[test]
fn lost_samples_leave_a_gap_of_their_length_and_what_was_due_in_it_open() {
    let lines = curt(2);
    let samples = audio(&lines, 2);
    let told = run(windows(2), several(&ScriptedRecogniser::new(&lines), 2), |floor| {
        floor.open("0", 2).say(&samples);
        let mut feed = floor.open("1", 2);
        feed.say(&samples[..2 * 24_000]);
        feed.writer.skip_to(48_000);
        feed.say(&samples[2 * 48_000..]);
    });
    assert_eq!((told.missing(0), told.unheard(0)), (BOTH_MISSING.map(str::to_owned).to_vec(), vec![]));
    assert_eq!(told.unheard(1), [(seconds(1.5, 3.0), Unheard::Lost)]);
    assert_eq!(told.missing(1)[0], "p01 unknown", "{:?}", told.missing(1));
    assert_eq!((told.account(1).unheard_s, told.account(1).audio_s), (1.5, told.account(0).audio_s));
}

#[test]
fn a_link_that_breaks_and_is_mended_costs_nothing() {
    let lines = curt(1);
    let samples = audio(&lines, 1);
    let script = ScriptedRecogniser::new(&lines);
    let whole = run(windows(1), several(&script, 1), |floor| floor.open("0", 1).say(&samples));
    let told = run(windows(1), several(&script, 1), |floor| {
        let mut feed = floor.open("0", 1);
        feed.say(&samples[..30_000]);
        state_came(floor.told, 0, 1);
        floor.news("0", SourceNews::Waiting { reason: Bilingual::same("the link broke") });
        state_came(floor.told, 0, 2);
        feed.say(&samples[30_000..]);
        state_came(floor.told, 0, 3);
    });
    assert_eq!(told.states(0), [Live, Waiting, Live, Ended]);
    assert_eq!((told.findings(0), told.unheard(0)), (whole.findings(0), vec![]));
    assert_eq!(told.account(0).audio_s, whole.account(0).audio_s);
}

#[test]
fn speech_that_waited_at_the_other_end_of_a_link_is_not_given_up_for_its_age() {
    let lines = curt(1);
    let samples = audio(&lines, 1);
    let mut config = windows(1);
    config.hearing.lag_max = Duration::from_secs(4);
    // Busy with the first words when the next come.
    let slow = Slow { script: ScriptedRecogniser::new(&lines), takes: Duration::from_millis(200) };
    let told = run(config, vec![Box::new(slow)], |floor| {
        let mut feed = floor.open("0", 1);
        feed.say(&samples[..1_600]);
        state_came(floor.told, 0, 1);
        floor.news("0", SourceNews::Waiting { reason: Bilingual::same("the link broke") });
        // Until the first and the second words are older than speech may get.
        floor.watch.wait_until(7.5);
        feed.say(&samples[1_600..]);
    });
    assert_eq!((told.unheard(0), told.words(0).len()), (vec![], 3));
    assert_eq!(told.accusations(0), ["P31 别啰嗦"]);
}

#[test]
fn a_visitors_microphone_that_never_comes_or_ends_early_does_not_silence_the_clerk() {
    let lines: &[Line] = &[(0, 0.4, 1.4, "别啰嗦")];
    let samples = audio(lines, 1);
    for ends in [false, true] {
        let clerks = window(0, (port("0"), 0), Some((port("visitor"), 0)));
        let told = run(unhurried(vec![clerks]), several(&ScriptedRecogniser::new(lines), 1), |floor| {
            if ends {
                floor.open("visitor", 1).say(&[0.0; 1_600]);
                floor.news("visitor", SourceNews::Ended);
            }
            floor.open("0", 1).say(&samples);
            floor.told.wait_for("what the clerk said", |events| {
                events.iter().any(|event| matches!(event, HallEvent::Alerted { .. }))
            });
        });
        assert_eq!((told.accusations(0), told.unheard(0)), (vec!["P31 别啰嗦".into()], vec![]));
    }
}

#[test]
fn a_visitors_broken_link_holds_the_clerk_back_for_a_second_and_is_told_and_heard_again_when_mended() {
    let lines: &[Line] = &[(0, 0.4, 1.4, "别啰嗦"), (0, 6.0, 7.0, "我不管")];
    let samples = audio(lines, 1);
    let visitors = |events: &[HallEvent]| -> Vec<WindowState> {
        let states = events.iter().filter_map(|event| match event {
            HallEvent::State { role: Role::Visitor, state, .. } => Some(*state),
            _ => None,
        });
        states.collect()
    };
    let clerks = window(0, (port("0"), 0), Some((port("visitor"), 0)));
    let told = run(unhurried(vec![clerks]), several(&ScriptedRecogniser::new(lines), 1), |floor| {
        let mut visitor = floor.open("visitor", 1);
        let mut clerk = floor.open("0", 1);
        visitor.say(&[0.0; 1_600]);
        clerk.say(&samples[..1_600]);
        floor.told.wait_for("both microphones", |events| visitors(events) == [Live]);
        floor.news("visitor", SourceNews::Waiting { reason: Bilingual::same("the link broke") });
        clerk.say_in_real_time(&samples[1_600..40_000], SAMPLE_RATE_HZ);
        floor.told.wait_for("the clerk's words while the visitor's link is broken", |events| {
            events.iter().any(|event| matches!(event, HallEvent::Alerted { .. }))
        });
        assert_eq!(floor.told.look(visitors), [Live, Waiting]);
        // What was kept at the other end comes too late; it has caught up when this is over.
        visitor.say(&[0.0; 6 * 16_000]);
        floor.told.wait_for("the mended link", |events| visitors(events).len() >= 4);
        clerk.say(&samples[40_000..]);
        visitor.say(&[0.0; 4 * 16_000]);
    });
    assert_eq!(told.look(visitors)[..3], [Live, Waiting, Live]);
    assert_eq!(told.accusations(0), ["P31 别啰嗦", "P30 我不管"]);
    assert_eq!(told.unheard(0), []);
}

#[test]
fn a_window_whose_source_is_over_is_judged_to_its_end_while_others_go_on() {
    let lines = curt(2);
    let samples = audio(&lines, 2);
    let told = run(windows(2), several(&ScriptedRecogniser::new(&lines), 1), |floor| {
        let mut other = floor.open("1", 2);
        other.say(&samples[..2 * 30_000]);
        floor.open("0", 2).say(&samples[..2 * 120_000]);
        floor.news("0", SourceNews::Ended);
        floor.told.wait_for("the end of the first window", |events| ended(events, 0));
        assert!(!floor.told.look(|events| ended(events, 1)));
        other.say(&samples[2 * 30_000..]);
    });
    assert_eq!((told.missing(0), told.words(0).len()), (BOTH_MISSING.map(str::to_owned).to_vec(), 3));
    assert_eq!((told.account(0).audio_s, told.words(1).len()), (7.5, 3));
}

#[test]
fn a_channel_that_the_source_does_not_have_is_named_and_no_window_waits_for_it() {
    let lines: &[Line] = &[(0, 0.5, 1.5, "别啰嗦")];
    let hall = vec![window(0, (port("both"), 0), None), window(1, (port("both"), 5), None)];
    let told = run(unhurried(hall), several(&ScriptedRecogniser::new(lines), 1), |floor| {
        floor.open("both", 1).say(&audio(lines, 1));
    });
    assert_eq!((told.accusations(0), told.states(0)), (vec!["P31 别啰嗦".to_owned()], vec![Live, Ended]));
    assert_eq!((told.states(1), told.account(1).segments), (vec![Down, Ended], 0));
    let reasons = told.look(|events| {
        let reasons = events.iter().filter_map(|event| match event {
            HallEvent::State { window: 1, reason, .. } => reason.clone().map(|reason| reason.en),
            _ => None,
        });
        reasons.collect::<String>()
    });
    assert!(reasons.contains("channel 5 is asked for, the source has 1"), "{reasons}");
}
