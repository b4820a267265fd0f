//! The hall with a journal: what is shown is in it first, and what the judge took in, judged again, gives the same.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use sansheng::alert::AlertState;
use sansheng::asr::ScriptedRecogniser;
use sansheng::clock::Stopwatch;
use sansheng::conduct::scene::Roles;
use sansheng::conduct::{CompiledBook, Encounter, Finding, Report, ReportKind};
use sansheng::config::Config;
use sansheng::ledger::event::{RunStarted, Seat};
use sansheng::ledger::inputs::Judged;
use sansheng::ledger::{Body, Coalescer, Journal, JudgeInput, Kind, Query, Reader};
use sansheng::pipeline::{Mind, Settings};
use sansheng::runtime::live::{Evidence, Hall, HallEvent, Ledger};
use sansheng::units::{Dbfs, SAMPLE_RATE_HZ, SessionTime, Span, WindowId};

use crate::hall::{BOOK, Line, audio, port, several, unhurried, window};
use crate::parity::script_of;

const RUDE: &[Line] = &[
    (1, 0.5, 1.5, "请问这个在哪办"),
    (0, 2.0, 4.0, "我不管，问别人去"),
    (1, 4.6, 5.4, "那你帮我看看"),
    (0, 6.0, 7.0, "没视线"),
    (0, 8.0, 9.0, ""),
    (0, 40.0, 41.0, "您好，请坐"),
    (1, 42.0, 43.0, "我办证"),
    (0, 44.0, 45.5, "不知道"),
    (0, 46.0, 47.0, "我帮您查一下"),
];

fn started(config: &Config) -> RunStarted {
    let encounter = Settings::default().encounter;
    RunStarted {
        hall: config.hall.clone(),
        version: "of a test".to_owned(),
        windows: config
            .windows
            .iter()
            .map(|window| Seat {
                window: window.id.to_string(),
                roles: window.roles,
                visitor_heard: window.visitor.is_some(),
            })
            .collect(),
        idle: SessionTime::from_seconds(encounter.idle_s),
        farewell: SessionTime::from_seconds(encounter.farewell_s),
        wait: SessionTime::from_seconds(encounter.wait_s),
        broken_off: None,
        cut: None,
    }
}

/// Runs a hall of one window over `samples` into the journal of `folder`; what it told.
fn journalled(folder: &Path, samples: &[f32], look: impl Fn(&HallEvent) + Sync) -> Vec<HallEvent> {
    journalled_with(folder, (RUDE, samples), None, look)
}

/// The same of other lines; alerts with clips, if they are to have some.
pub fn journalled_with(
    folder: &Path,
    (lines, samples): (&[Line], &[f32]),
    evidence: Option<Evidence>,
    look: impl Fn(&HallEvent) + Sync,
) -> Vec<HallEvent> {
    let journal = Journal::open(folder, "scripted").expect("a journal");
    journalled_in(journal, None, (lines, samples), evidence, look)
}

/// The same into a journal; what is masked kept, if it is to be.
pub fn journalled_in(
    journal: Journal,
    keep_unmasked: Option<Duration>,
    (lines, samples): (&[Line], &[f32]),
    evidence: Option<Evidence>,
    look: impl Fn(&HallEvent) + Sync,
) -> Vec<HallEvent> {
    let mut config = unhurried(vec![window(0, (port("0"), 0), Some((port("0"), 1)))]);
    config.keep_unmasked = keep_unmasked;
    let (last_alert, started) = (journal.last_alert(), journal.started(started(&config)));
    let hall = Hall::new(config, Arc::clone(&BOOK), Stopwatch::start());
    let said = Arc::new(Mutex::new(Vec::new()));
    let say = {
        let said = Arc::clone(&said);
        Box::new(move |sentence: String| said.lock().expect("no test failed").push(sentence))
    };
    let hall = hall
        .journalled(Ledger { store: Box::new(journal), started, last_alert, say })
        .with_evidence(evidence);
    let news = hall.push_ports().remove(0).news;
    let (mut writer, reader) = sansheng::capture::ring(SAMPLE_RATE_HZ, 2, 120_000);
    for part in samples.chunks(320) {
        assert!(writer.has_room(part.len()));
        writer.push(part);
    }
    let opened = sansheng::capture::SourceNews::Opened {
        rate_hz: SAMPLE_RATE_HZ,
        channels: 2,
        reader,
        at: Duration::ZERO,
    };
    news.send(opened).expect("somebody listens");
    drop(writer);
    news.send(sansheng::capture::SourceNews::Ended).expect("somebody listens");
    let mut told = Vec::new();
    let ran = hall.run(several(&script_of(lines), 2), &mut |event| {
        look(&event);
        told.push(event);
    });
    ran.expect("no thread broke down");
    let said = said.lock().expect("no test failed");
    assert!(said.is_empty(), "{said:?}");
    told
}

/// Findings and encounters of the journal, as they stand in it; and those that a mind finds in its inputs.
fn judged_again(folder: &Path) -> (Vec<String>, Vec<String>) {
    let reader = Reader::open(folder).expect("a journal");
    let kinds = vec![Kind::Finding, Kind::Encounter];
    let events = reader.events(&Query { kinds, ..Query::default() });
    let journalled = events.map(|event| event.expect("an event").body.expect("a body")).collect();
    let mut book_of = |reader: &Reader, rulebook: i64| {
        let (_, text) = reader.rulebook(rulebook)?;
        Ok(Arc::new(CompiledBook::compile(text.read().expect("rules")).expect("rules")))
    };
    let mut inputs = reader.inputs(1, &[], &mut book_of);
    let (mut mind, mut again) = (None, Vec::new());
    while let Some(taken) = inputs.next() {
        let taken = taken.expect("an input");
        let mut found = Vec::new();
        match taken.judged {
            Judged::Began { run, seat } => {
                let book = inputs.book(taken.event.rulebook).expect("a rulebook");
                let settings =
                    Settings { roles: seat.roles, encounter: run.encounter(), ..Settings::default() };
                let of_window = Mind::new(book, taken.window, &settings);
                mind = Some(of_window.hearing_visitor(seat.visitor_heard, &settings));
            }
            Judged::Input(input) => mind.as_mut().expect("it began").take(&input, &mut found),
            Judged::Rules | Judged::Missing => panic!("{taken:?}"),
        }
        again.extend(found.into_iter().map(|finding| json(Body::Finding(Box::new(finding)))));
        let closed: Vec<Encounter> = mind.iter_mut().flat_map(Mind::closed).collect();
        again.extend(closed.into_iter().map(|encounter| json(Body::Encounter(Box::new(encounter)))));
    }
    (journalled, again)
}

fn json(body: Body) -> String {
    body.to_json().expect("JSON")
}

#[test]
fn what_the_judge_took_in_judged_again_gives_the_findings_of_the_journal_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let told = journalled(folder.path(), &audio(RUDE, 2), |_| {});
    let (journalled, again) = judged_again(folder.path());
    assert!(journalled.len() >= 5, "there is something to compare: {journalled:#?}");
    assert_eq!(journalled, again);
    let shown: Vec<Finding> = told
        .into_iter()
        .filter_map(|event| match event {
            HallEvent::Found { finding, .. } => Some(finding),
            _ => None,
        })
        .collect();
    let shown: Vec<String> =
        shown.into_iter().map(|finding| json(Body::Finding(Box::new(finding)))).collect();
    let found: Vec<&String> = journalled.iter().filter(|body| body.contains("\"provision\"")).collect();
    assert_eq!(shown.iter().collect::<Vec<_>>(), found, "and they are what was told");
    let verdict = Reader::open(folder.path()).expect("a journal").verify().expect("it can be read");
    assert!(verdict.is_sound(), "{verdict:#?}");
}

/// Numbers and names, whole and in pieces, beside words that are judged.
const PRIVATE: &[Line] = &[
    (1, 0.5, 1.5, "请问这个在哪办"),
    (0, 2.0, 5.0, "您的电话是一三八零零，一三八零零零，我不管，问别人去"),
    (0, 8.0, 9.5, "号码是一三九"),
    (0, 10.5, 12.0, "一二三四"),
    (1, 12.5, 13.0, "对"),
    (0, 13.5, 15.5, "五六七八，不知道"),
    (0, 18.0, 20.0, "您叫张建国，没时间"),
    (0, 40.0, 41.0, "您好，请坐"),
    (0, 44.0, 45.5, "不知道"),
];

#[test]
fn nothing_personal_is_told_or_journalled_and_judged_again_the_masked_words_give_the_same() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let told = journalled_with(folder.path(), (PRIVATE, &audio(PRIVATE, 2)), None, |_| {});
    let reader = Reader::open(folder.path()).expect("a journal");
    let bodies: Vec<String> = reader
        .events(&Query::default())
        .filter_map(|event| event.expect("an event").body)
        .chain(told.iter().map(|event| format!("{event:?}")))
        .collect();
    for private in ["一三八", "八零零", "一三九", "二三四", "六七八", "张建国", "建国", "\"yi\",\"san\""]
    {
        let found = bodies.iter().find(|body| body.contains(private));
        assert_eq!(found, None, "{private}");
    }
    let words = |event: &HallEvent| match event {
        HallEvent::Words { settled, over: true, .. } => Some(settled.clone()),
        _ => None,
    };
    let shown: Vec<String> = told.iter().filter_map(words).collect();
    assert_eq!(shown[0], "您的电话是＊＊＊＊＊，＊＊＊＊＊＊，我不管，问别人去");
    assert_eq!(shown[1..5], ["号码是＊＊＊", "＊＊＊＊", "＊＊＊＊，不知道", "您叫＊＊＊，没时间"]);
    let (journalled, again) = judged_again(folder.path());
    assert!(journalled.iter().filter(|body| body.contains("\"confirmed\"")).count() >= 3, "{journalled:#?}");
    assert_eq!(journalled, again);
}

#[test]
fn whatever_is_told_is_in_the_journal_before_it_is_told() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let reader: Mutex<Option<Reader>> = Mutex::new(None);
    let checked = std::sync::atomic::AtomicUsize::new(0);
    journalled(folder.path(), &audio(RUDE, 2), |event| {
        let kind = match event {
            HallEvent::Alerted { .. } => Kind::Alert,
            HallEvent::Found { .. } => Kind::Finding,
            HallEvent::Closed { .. } => Kind::Encounter,
            HallEvent::Words { over: true, .. } => Kind::Heard,
            _ => return,
        };
        let mut reader = reader.lock().expect("no test failed");
        let reader = reader.get_or_insert_with(|| Reader::open(folder.path()).expect("a journal"));
        let found = reader.events(&Query { kinds: vec![kind], ..Query::default() }).any(|found| {
            match (found.expect("an event").read().expect("a body"), event) {
                (Some(Body::Alert(body)), HallEvent::Alerted { alert, .. }) => {
                    (body.id, body.revision, &body.finding) == (alert.id.0, alert.revision, &alert.finding)
                }
                (Some(Body::Finding(body)), HallEvent::Found { finding, .. }) => *body == *finding,
                (Some(Body::Encounter(body)), HallEvent::Closed { encounter, .. }) => *body == *encounter,
                (Some(Body::Heard(body)), HallEvent::Words { settled, .. }) => body.text == *settled,
                _ => false,
            }
        });
        assert!(found, "it is told before it is journalled: {event:?}");
        checked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(checked.into_inner() > 10);
}

#[test]
fn alerts_of_the_next_run_have_ids_of_their_own() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let ids = |told: Vec<HallEvent>| -> Vec<u64> {
        let alerts = told.into_iter().filter_map(|event| match event {
            HallEvent::Alerted { alert, .. } if alert.state != AlertState::Retracted => Some(alert.id.0),
            _ => None,
        });
        alerts.collect()
    };
    let first = ids(journalled(folder.path(), &audio(RUDE, 2), |_| {}));
    let second = ids(journalled(folder.path(), &audio(RUDE, 2), |_| {}));
    assert!(!first.is_empty() && first.iter().max() < second.iter().min(), "{first:?} {second:?}");
}

/// A step of a window's day, in tenths of a second.
#[derive(Clone, Copy, Debug)]
enum Step {
    Says { length: u64, words: usize },
    Visitor { length: u64 },
    Silence { length: u64 },
    Lost { length: u64 },
    Ring,
    Report { kind: usize },
}

const WORDS: [&str; 12] = [
    "您好，请坐",
    "我不管",
    "不知道",
    "我帮您查一下",
    "再见",
    "请稍等",
    "喂，您好",
    "对不起，您还缺少一份证明",
    "没时间",
    "身份证给我",
    "请慢走",
    "",
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (3..40_u64, 0..WORDS.len()).prop_map(|(length, words)| Step::Says { length, words }),
        3 => (3..40_u64).prop_map(|length| Step::Visitor { length }),
        4 => prop_oneof![2..40_u64, 100..2_400_u64].prop_map(|length| Step::Silence { length }),
        2 => prop_oneof![1..40_u64, 100..1_000_u64].prop_map(|length| Step::Lost { length }),
        1 => Just(Step::Ring),
        1 => (0..5_usize).prop_map(|kind| Step::Report { kind }),
    ]
}

/// The inputs of a judge on such a day, silences a quarter of a second apart, as the ear tells them.
fn day(steps: &[Step]) -> Vec<JudgeInput> {
    let tenth = u64::from(SAMPLE_RATE_HZ) / 10;
    let (mut now, mut inputs) = (0, Vec::new());
    let span = |from: u64, length: u64| Span { start: SessionTime(from), end: SessionTime(from + length) };
    for step in steps {
        match *step {
            Step::Says { length, words } => {
                let (start_s, end_s) = (now as f64 / 16_000.0, (now + length * tenth) as f64 / 16_000.0);
                let script = ScriptedRecogniser::new(&[(0, start_s, end_s, WORDS[words])]);
                let spoken = span(now, length * tenth);
                let segment = sansheng::vad::SpeechSegment {
                    channel: Default::default(),
                    role: sansheng::units::Role::Clerk,
                    span: spoken,
                    speech: spoken,
                    samples: vec![0.0; spoken.samples() as usize],
                    level: Dbfs(-25.0),
                    ends_in_silence: true,
                };
                let heard = sansheng::pipeline::hear(&segment, &mut script.clone(), &BOOK).expect("a script");
                inputs.push(JudgeInput::Clerk {
                    heard: heard.hypothesis,
                    scores: heard.scores,
                    level: heard.level,
                });
                now += length * tenth;
            }
            Step::Visitor { length } => {
                inputs.push(JudgeInput::Visitor { span: span(now, length * tenth), level: Dbfs(-30.0) });
                now += length * tenth;
            }
            Step::Silence { length } | Step::Lost { length } => {
                let until = now + length * tenth;
                while now < until {
                    let piece = (tenth * 5 / 2).min(until - now);
                    if matches!(step, Step::Lost { .. }) {
                        let why = JudgeInput::LOST.to_owned();
                        inputs.push(JudgeInput::Gap { span: span(now, piece), why });
                    }
                    now += piece;
                    inputs.push(JudgeInput::Quiet { until: SessionTime(now), clerk: SessionTime(now) });
                }
            }
            Step::Ring => {
                inputs.push(JudgeInput::Ring(span(now, 10 * tenth)));
                now += 10 * tenth;
            }
            Step::Report { kind } => {
                let kind = ReportKind::ALL[kind];
                inputs.push(JudgeInput::Reported(Report { at: SessionTime(now), kind, ticket: None }));
            }
        }
    }
    inputs.push(JudgeInput::Ended { at: SessionTime(now), lost: 0 });
    inputs
}

/// What a mind makes of inputs: everything it finds, in order; and the inputs, as they are journalled.
fn judge(inputs: &[JudgeInput]) -> (Vec<String>, Vec<JudgeInput>) {
    let settings = Settings { roles: Roles::ByChannel, ..Settings::default() };
    let mut mind =
        Mind::new(Arc::clone(&BOOK), WindowId::new("1"), &settings).hearing_visitor(true, &settings);
    let (mut coalescer, mut kept, mut all, mut open) = (Coalescer::default(), Vec::new(), Vec::new(), None);
    for input in inputs {
        let mut found = Vec::new();
        mind.take(input, &mut found);
        let closed: Vec<Encounter> = mind.closed().collect();
        let acted = !found.is_empty() || !closed.is_empty() || mind.encounter() != open;
        if matches!(input, JudgeInput::Quiet { .. }) {
            open = mind.encounter();
        }
        coalescer.take(input.clone(), acted, &mut kept);
        all.extend(found.into_iter().map(|finding| json(Body::Finding(Box::new(finding)))));
        all.extend(closed.into_iter().map(|encounter| json(Body::Encounter(Box::new(encounter)))));
    }
    coalescer.flush(&mut kept);
    (all, kept)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn silences_put_together_change_nothing_that_is_found(steps in proptest::collection::vec(step(), 1..24)) {
        let inputs = day(&steps);
        let (found, kept) = judge(&inputs);
        let (again, kept_again) = judge(&kept);
        prop_assert_eq!(found, again);
        prop_assert!(kept.len() <= inputs.len() && kept_again.len() <= kept.len());
    }
}
