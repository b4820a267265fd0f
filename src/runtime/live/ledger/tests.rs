//! The thread between the judge and everybody who is shown something, over a disk that does as it is told.

use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::alert::{Alert, AlertId, AlertState, BudgetKind, LatencyAccount};
use crate::asr::Hypothesis;
use crate::conduct::rulebook::{Rulebook, Setting};
use crate::conduct::{CompiledBook, Evidence, Finding, FindingKind, FindingState, Severity};
use crate::config::{AudioSource, Config, Microphone, Window};
use crate::ledger::JudgeInput;
use crate::ledger::event::ShedBody;
use crate::runtime::watchdog::Hearts;
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span, WindowId};

const QUICK: Duration = Duration::from_millis(5);

/// What the disk does, and what is on it.
#[derive(Default)]
struct Disk {
    kinds: Vec<String>,
    drafts: Vec<Draft>,
    /// Room for so many events more.
    room: Option<usize>,
    /// Nothing can be written.
    refuses: bool,
    ballast: bool,
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Disk>>);

impl Store for Sink {
    fn append(&mut self, drafts: &[Draft]) -> Result<(), JournalFault> {
        let mut disk = self.0.lock().unwrap();
        let (path, detail) = ("journal.db".into(), "of a test".to_owned());
        if disk.refuses {
            return Err(JournalFault::Unwritable { path, detail });
        }
        if disk.room.is_some_and(|room| room < drafts.len()) {
            return Err(JournalFault::Full { path, detail });
        }
        disk.room = disk.room.map(|room| room - drafts.len());
        disk.kinds.extend(drafts.iter().map(|draft| draft.body.kind().to_string()));
        disk.drafts.extend(drafts.iter().cloned());
        Ok(())
    }

    fn drop_ballast(&mut self) -> bool {
        let mut disk = self.0.lock().unwrap();
        let dropped = std::mem::take(&mut disk.ballast);
        if dropped {
            disk.room = Some(20);
        }
        dropped
    }

    fn load_ballast(&mut self) -> bool {
        let mut disk = self.0.lock().unwrap();
        disk.ballast |= disk.room.is_none();
        disk.ballast
    }
}

/// A ledger's thread, its judge, and everything that came out.
struct Bench {
    sink: Sink,
    waiting: Arc<Waiting>,
    told: Arc<Mutex<Vec<String>>>,
    said: Arc<Mutex<Vec<String>>>,
    board: Arc<Board>,
}

fn run(test: impl FnOnce(&Bench)) -> Bench {
    let microphone = Microphone { source: AudioSource::Device("x".into()), channel: ChannelIndex(0) };
    let window = Window {
        id: WindowId::new("1"),
        name: "1".into(),
        clerk: microphone,
        visitor: None,
        roles: Default::default(),
    };
    let config = Config::of_windows("大厅", vec![window]);
    let watch = Stopwatch::start();
    let bench = Bench {
        sink: Sink::default(),
        waiting: Arc::default(),
        told: Arc::default(),
        said: Arc::default(),
        board: Arc::new(Board::new(&config, watch)),
    };
    let rules = Rulebook::of_sources(Vec::new(), &Setting::default()).unwrap();
    let book = Arc::new(CompiledBook::compile(rules).unwrap());
    let recorder = Recorder::new([WindowId::new("1")].into_iter(), &book, watch);
    let said = Arc::clone(&bench.said);
    let ledger = Ledger {
        store: Box::new(bench.sink.clone()),
        started: RunStarted {
            hall: "大厅".into(),
            version: String::new(),
            windows: Vec::new(),
            idle: SessionTime(0),
            farewell: SessionTime(0),
            wait: SessionTime(0),
            broken_off: None,
            cut: None,
        },
        last_alert: 0,
        say: Box::new(move |sentence| said.lock().unwrap().push(sentence)),
    };
    thread::scope(|scope| {
        let (told, board, waiting) = (Arc::clone(&bench.told), &bench.board, Arc::clone(&bench.waiting));
        let ledger = scope.spawn(move || {
            let mut tell = |event: HallEvent| told.lock().unwrap().push(name(&event));
            let mut keeper = Keeper::new(ledger, recorder, (board, watch), &mut tell);
            keeper.retry = QUICK;
            keeper.keep(&waiting, &Hearts::default().register("ledger"));
        });
        test(&bench);
        bench.waiting.close();
        ledger.join().unwrap();
    });
    bench
}

impl Bench {
    fn push(&self, event: HallEvent) {
        self.waiting.push(event);
    }

    fn disk(&self, change: impl FnOnce(&mut Disk)) {
        change(&mut self.sink.0.lock().unwrap());
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    fn said(&self, part: &str) -> usize {
        self.said.lock().unwrap().iter().filter(|sentence| sentence.contains(part)).count()
    }

    fn status(&self) -> JournalStatus {
        self.board.journal().unwrap_or_default()
    }

    fn wait_until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..20_000 {
            if done(self) {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("{what} never came: {:?}, said {:?}", self.told(), self.said.lock().unwrap());
    }
}

fn name(event: &HallEvent) -> String {
    match event {
        HallEvent::Alerted { alert, .. } => format!("alert {}", alert.id),
        HallEvent::Taken { .. } => "taken".to_owned(),
        HallEvent::Progress { .. } => "progress".to_owned(),
        HallEvent::Ended { .. } => "ended".to_owned(),
        other => format!("{other:?}"),
    }
}

fn alert(id: u64) -> HallEvent {
    let finding = Finding {
        window: WindowId::new("1"),
        kind: FindingKind::Forbidden,
        provision: "P53".into(),
        rule: "r".into(),
        severity: Severity::Major,
        phrase: "没时间".into(),
        heard: "没时间".into(),
        channel: ChannelIndex(0),
        span: Span::default(),
        due: SessionTime(0),
        sureness: 1.0,
        state: FindingState::Confirmed,
        cites: Vec::new(),
        reason: String::new(),
        reason_zh: String::new(),
        evidence: Evidence::default(),
        needs_review: false,
    };
    let alert = Alert {
        id: AlertId(id),
        revision: 1,
        state: AlertState::Confirmed,
        finding,
        note: String::new(),
        account: LatencyAccount::default(),
        first_published: Duration::ZERO,
        budget: BudgetKind::Forbidden,
        allowed: Duration::from_secs(1),
        late: false,
    };
    HallEvent::Alerted { window: 0, alert, original: None }
}

fn heard() -> HallEvent {
    let heard = Hypothesis {
        channel: ChannelIndex(0),
        role: Role::Clerk,
        span: Span::default(),
        chars: Vec::new(),
        mean_log_prob: 0.0,
        goes_on: false,
    };
    let input = JudgeInput::Clerk { heard, scores: Vec::new(), level: Dbfs::SILENCE };
    HallEvent::Taken { window: 0, input: Box::new(input), original: None }
}

fn progress() -> HallEvent {
    HallEvent::Progress { window: 0, until: SessionTime(0) }
}

#[test]
fn while_nothing_can_be_written_alerts_wait_and_what_is_for_the_eye_does_not() {
    let bench = run(|bench| {
        bench.wait_until("the run's first event", |bench| bench.status().events == 1);
        bench.disk(|disk| disk.refuses = true);
        bench.push(alert(1));
        bench.push(progress());
        bench.wait_until("the fault", |bench| bench.status().state == JournalState::Blocked);
        bench.push(alert(2));
        bench.push(progress());
        bench.wait_until("progress", |bench| bench.told().len() == 2);
        bench.wait_until("two that wait", |bench| bench.status().waiting >= 2);
        assert_eq!(bench.told(), ["progress", "progress"], "no alert is shown");
        assert!(bench.status().trouble().unwrap().contains("alerts wait: journal.db"));
        bench.disk(|disk| disk.refuses = false);
        bench.wait_until("the alerts", |bench| bench.told().len() == 4);
        bench.wait_until("good order", |bench| bench.status().trouble().is_none());
    });
    assert_eq!(bench.told(), ["progress", "progress", "alert 1", "alert 2"]);
    assert_eq!((bench.said("CANNOT BE WRITTEN"), bench.said("is written again")), (1, 1));
    bench.disk(|disk| assert_eq!(disk.kinds, ["run-started", "alert", "alert", "run-ended"]));
    assert_eq!((bench.status().lost, bench.status().waiting), (0, 0));
}

#[test]
fn on_a_full_disk_the_ballast_makes_room_for_alerts_and_what_was_said_is_left_out_and_told() {
    let bench = run(|bench| {
        bench.wait_until("the run's first event", |bench| bench.status().events == 1);
        bench.disk(|disk| disk.room = Some(0));
        bench.push(heard());
        bench.push(alert(1));
        bench.wait_until("the alert", |bench| bench.told().contains(&"alert 1".to_owned()));
        assert_eq!(bench.status().state, JournalState::Tight);
        bench.push(heard());
        bench.push(alert(2));
        bench.wait_until("the next", |bench| bench.told().contains(&"alert 2".to_owned()));
        assert_eq!(bench.status().shed, 2);
        bench.disk(|disk| disk.room = None);
        bench.wait_until("room", |bench| {
            // The thread looks after it when something comes.
            bench.push(progress());
            bench.status().state == JournalState::Writable
        });
        bench.push(heard());
        bench.wait_until("what is said", |bench| bench.told().contains(&"taken".to_owned()));
    });
    let shed = |draft: &Draft| match &draft.body {
        Body::Shed(ShedBody { events, .. }) => Some(*events),
        _ => None,
    };
    bench.disk(|disk| {
        assert_eq!(
            disk.kinds,
            ["run-started", "shed", "alert", "alert", "shed", "heard", "run-ended"],
            "what is missing is told where it is missing"
        );
        assert_eq!(disk.drafts.iter().filter_map(shed).collect::<Vec<_>>(), [0, 2]);
    });
    assert_eq!(
        (bench.said("NOT journalled until there is room"), bench.said("there is room for the journal again")),
        (1, 1)
    );
}

#[test]
fn alerts_that_never_came_in_are_named_at_the_end_and_counted() {
    let bench = run(|bench| {
        bench.wait_until("the run's first event", |bench| bench.status().events == 1);
        bench.disk(|disk| disk.refuses = true);
        bench.push(alert(1));
        bench.push(HallEvent::Ended { window: 0, account: Default::default() });
    });
    assert_eq!(bench.told(), ["ended"]);
    assert_eq!(bench.said("NOT JOURNALLED and not shown: window 1, 00:00.0, confirmed P53: 没时间"), 1);
    // The alert, and the end of the run.
    assert_eq!((bench.said("2 events of the record, 1 alerts"), bench.status().lost), (1, 2));
}

#[test]
fn what_waits_goes_into_one_commit_and_is_told_in_order() {
    let bench = run(|bench| {
        bench.disk(|disk| disk.refuses = true);
        bench.wait_until("the fault", |bench| bench.status().state == JournalState::Blocked);
        (1..=500).for_each(|id| bench.push(alert(id)));
        bench.disk(|disk| disk.refuses = false);
        bench.wait_until("all of them", |bench| bench.told().len() == 500);
    });
    assert_eq!(bench.told(), (1..=500).map(|id| format!("alert {id}")).collect::<Vec<_>>());
    assert!(bench.status().commits <= 4, "{:?}", bench.status());
}
