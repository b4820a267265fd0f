//! A hall with a morning in its journal: what was said, found, shown and kept is written as the service writes it.

use std::sync::Arc;
use std::sync::Mutex;

use sansheng::access::Role;
use sansheng::conduct::rulebook::{Rulebook, Setting, Source};
use sansheng::conduct::scene::EncounterKind;
use sansheng::conduct::{
    Citation, CompiledBook, Encounter, Evidence, Finding, FindingKind, FindingState, Severity,
};
use sansheng::ledger::event::{
    AlertBody, ClipBody, ClockBody, EvidenceBody, GapBody, HeardBody, LatencyBody, QuietBody, Real,
    VisitorSpoke,
};
use sansheng::ledger::{Body, Draft, Journal, Store};
use sansheng::phrase::{Source as Found, Step};
use sansheng::reports::HallReport;
use sansheng::runtime::live::Listener;
use sansheng::units::{ChannelIndex, SessionTime, Span, WindowId};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{self, Known, NOW_US};

const RULES: &str = r#"
[rulebook]
id = "small"
version = "1"
title = "小"
[[standard]]
id = "S9"
title = "标准"
year = 2026
[[standard.article]]
number = "一"
text = "不得说没时间。"
[[rule]]
id = "P53-no-time"
provision = "P53"
kind = "forbidden"
title = "冷漠：没时间"
title_en = "No time"
severity = "major"
weight = 5
advice = "请稍等。"
cites = [{ standard = "S9", article = "一" }]
[[rule.phrase]]
say = "没时间"
"#;

pub const SECOND: u64 = 16_000;

/// What the clip of a test holds.
pub const SOUND: &[u8] = b"fLaC and some sound";

/// The support's hall, at whose windows 0231 (1) and nobody (2) sit from eight to twelve, with a service that writes.
pub struct Hall {
    pub web: support::Hall,
    journal: Mutex<Journal>,
    book: Arc<CompiledBook>,
    bell: Arc<Mutex<Vec<Listener>>>,
    pub reported: Arc<Mutex<Vec<HallReport>>>,
}

impl Hall {
    pub fn start() -> Self {
        let (bell, reported) =
            (Arc::<Mutex<Vec<Listener>>>::default(), Arc::<Mutex<Vec<HallReport>>>::default());
        let (heard, taken) = (Arc::clone(&bell), Arc::clone(&reported));
        let web = support::Hall::with(|dashboard| {
            dashboard.on_commit =
                Arc::new(move |listener| heard.lock().expect("no test failed").push(listener));
            dashboard.report = Arc::new(move |report| {
                taken.lock().expect("no test failed").push(report);
                true
            });
            dashboard.config_file =
                dashboard.config.ledger.as_ref().map(|data| data.with_file_name("sansheng.toml"));
        });
        let shifts = web.folder.path().join("shifts.toml");
        let known = std::fs::read_to_string(&shifts).expect("a calendar");
        let assigned = "[[assign]]\nwindow = \"1\"\nshift = \"早\"\nclerk = \"0231\"\n";
        std::fs::write(&shifts, format!("{known}{assigned}")).expect("a calendar");
        let rules = Rulebook::of_sources(vec![Source::new("s.toml", RULES)], &Setting::default());
        let book = Arc::new(CompiledBook::compile(rules.expect("rules")).expect("rules"));
        let journal = Journal::open(&web.folder.path().join("data"), "of a test").expect("a journal");
        let hall = Self { web, journal: Mutex::new(journal), book, bell, reported };
        for window in ["1", "2"] {
            hall.tell(window, (0, 0), Body::Clock(ClockBody { wall_us: NOW_US }));
        }
        hall
    }

    /// Journals something of a stretch of seconds since eight, and rings, as the `ledger` thread does; gives its number.
    pub fn tell(&self, window: &str, (from_s, to_s): (u64, u64), body: Body) -> u64 {
        self.tell_all(window, &[((from_s, to_s), body)])
    }

    pub fn tell_all(&self, window: &str, bodies: &[((u64, u64), Body)]) -> u64 {
        let draft = |((from, to), body): &((u64, u64), Body)| Draft {
            window: Some(WindowId::new(window)),
            session: Some(span(*from, *to)),
            wall_us: NOW_US + *to as i64 * 1_000_000,
            book: Arc::clone(&self.book),
            body: body.clone(),
            original: None,
        };
        let drafts: Vec<Draft> = bodies.iter().map(draft).collect();
        let mut journal = self.journal.lock().expect("no test failed");
        journal.append(&drafts).expect("room for a journal");
        let seq = journal.last_seq();
        drop(journal);
        self.bell.lock().expect("no test failed").iter().for_each(|listener| listener());
        seq
    }

    /// 没时间 at a window, so many seconds after eight: what was heard, the finding, its alert. Gives the number of the finding.
    pub fn rude(&self, window: &str, at_s: u64) -> u64 {
        let alert = self.next_alert();
        let found = finding(window, at_s);
        let seq = self.tell_all(
            window,
            &[
                ((at_s, at_s + 1), Body::Heard(Box::new(heard(at_s, "没时间。")))),
                ((at_s, at_s + 1), Body::Finding(Box::new(found.clone()))),
                ((at_s, at_s + 1), Body::Alert(Box::new(shown(alert, found)))),
            ],
        );
        seq - 1
    }

    fn next_alert(&self) -> u64 {
        self.journal.lock().expect("no test failed").last_seq() + 1_000
    }

    /// The clip of the alert of a finding that was told last, written as the service writes it.
    pub fn clip(&self, window: &str, at_s: u64, alert: u64) {
        let file = format!("{alert:08}-{window}.flac");
        let clips = self.web.folder.path().join("data/clips");
        std::fs::create_dir_all(&clips).expect("a folder");
        std::fs::write(clips.join(&file), SOUND).expect("a clip");
        let sha256 = Sha256::digest(SOUND).iter().map(|byte| format!("{byte:02x}")).collect();
        let silenced = vec![((at_s - 3) * SECOND, (at_s - 2) * SECOND)];
        let clip = ClipBody {
            file,
            bytes: SOUND.len() as u64,
            sha256,
            silenced,
            gaps: Vec::new(),
            peaks: vec![0, 40, 100],
        };
        let body = EvidenceBody { alert, clip: Some(clip), why: None };
        self.tell(window, (at_s - 5, at_s + 4), Body::Evidence(Box::new(body)));
    }

    /// A visit with words of both sides.
    pub fn visit(&self, window: &str, from_s: u64, to_s: u64) -> u64 {
        let encounter = Encounter {
            kind: EncounterKind::Counter,
            span: span(from_s, to_s),
            rings: 0,
            answered: None,
            ticket: Some("A012".to_owned()),
            served: true,
            interrupted: false,
        };
        self.tell_all(
            window,
            &[
                ((from_s + 2, from_s + 4), Body::VisitorSpoke(VisitorSpoke { level_dbfs: Real(-30.0) })),
                ((to_s, to_s), Body::Quiet(QuietBody { clerk: SessionTime(to_s * SECOND) })),
                ((from_s, to_s), Body::Encounter(Box::new(encounter))),
            ],
        )
    }

    pub fn gap(&self, window: &str, from_s: u64, to_s: u64) -> u64 {
        self.tell(window, (from_s, to_s), Body::Gap(GapBody { why: "lost".to_owned() }))
    }

    /// Somebody who has just been added, signed in.
    pub fn known(&self, name: &str, role: Role) -> Known {
        let (person, _) = self.web.add(name, role);
        self.web.session(&person)
    }

    /// What is answered where something is to be had.
    pub fn get(&self, known: &Known, path: &str) -> Value {
        let answer = self.web.ask(known, "GET", path, None);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }
}

pub fn span(from_s: u64, to_s: u64) -> Span {
    Span { start: SessionTime(from_s * SECOND), end: SessionTime(to_s * SECOND) }
}

pub fn finding(window: &str, at_s: u64) -> Finding {
    let step =
        |said: char, heard: char| Step { said: Some(said), heard: Some(heard), cost: 0.0, slot: false };
    Finding {
        window: WindowId::new(window),
        kind: FindingKind::Forbidden,
        provision: "P53".to_owned(),
        rule: "P53-no-time".to_owned(),
        severity: Severity::Major,
        phrase: "没时间".to_owned(),
        heard: "没实践".to_owned(),
        channel: ChannelIndex(0),
        span: span(at_s, at_s + 1),
        due: SessionTime((at_s + 1) * SECOND),
        sureness: 0.97,
        state: FindingState::Confirmed,
        cites: vec![Citation { standard: "S9".to_owned(), article: "一".to_owned(), quote: String::new() }],
        reason: "said in these sounds".to_owned(),
        reason_zh: String::new(),
        evidence: Evidence {
            source: Some(Found::Syllables),
            steps: vec![step('没', '没'), step('时', '实'), step('间', '践')],
            context: "…【没实践】…".to_owned(),
            ..Evidence::default()
        },
        needs_review: false,
    }
}

fn heard(at_s: u64, text: &str) -> HeardBody {
    let start = at_s * SECOND;
    let times = (0..text.chars().count() as u64)
        .map(|place| (start + place * 4_000, start + (place + 1).min(3) * 4_000 + place / 3 * 4_000));
    HeardBody {
        channel: ChannelIndex(0),
        role: sansheng::units::Role::Clerk,
        text: text.to_owned(),
        times: times.collect(),
        probabilities: text.chars().map(|_| Real(0.5)).collect(),
        syllables: text.chars().map(|_| None).collect(),
        log_prob: Real(-0.1),
        goes_on: false,
        level_dbfs: Real(-25.0),
        scores: Vec::new(),
    }
}

pub fn shown(id: u64, finding: Finding) -> AlertBody {
    AlertBody {
        id,
        revision: 1,
        state: "confirmed".to_owned(),
        note: String::new(),
        finding,
        latency: LatencyBody { total_us: 830_000, ..LatencyBody::default() },
        budget: "forbidden".to_owned(),
        allowed_us: 1_500_000,
        late: false,
    }
}
