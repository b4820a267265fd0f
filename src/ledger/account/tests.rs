//! What belongs to whom, and that a stored score follows from the events before it.

use std::path::Path;

use super::*;
use crate::conduct::scene::EncounterKind;
use crate::conduct::{CompiledBook, Encounter, Evidence, Finding, FindingKind, Severity};
use crate::ledger::duty::{DutyKind, Roster};
use crate::ledger::event::{Body, ClockBody, Draft, DutyBody, GapBody, QuietBody, ReviewBody, Ruling};
use crate::ledger::journal::{Act, Aside};
use crate::ledger::score::{Coverage, Outcome, Review};
use crate::ledger::{Journal, Store};
use crate::toml_file::Source;
use crate::units::{ChannelIndex, SessionTime, Span};

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
title = "没时间"
severity = "major"
weight = 5
advice = "请稍等。"
cites = [{ standard = "S9", article = "一" }]
[[rule.phrase]]
say = "没时间"
"#;

const CALENDAR: &str = r#"
[[shift]]
id = "早"
start = "08:00"
end = "10:00"
[[person]]
id = "a"
name = "甲"
[[person]]
id = "b"
name = "乙"
[[assign]]
window = "1"
shift = "早"
clerk = "a"
[[assign]]
window = "2"
shift = "早"
clerk = "b"
"#;

/// 2026-11-23 08:00 in Shanghai.
const EIGHT_US: i64 = 1_795_392_000_000_000;
const MINUTE_US: i64 = 60_000_000;
const MINUTE: u64 = 60 * 16_000;

struct Hall {
    folder: tempfile::TempDir,
    journal: Journal,
    book: std::sync::Arc<CompiledBook>,
    roster: Roster,
}

impl Hall {
    /// Both windows are listened to from 08:00 on.
    fn new() -> Self {
        use crate::conduct::rulebook::{Rulebook, Setting, Source as Rules};
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), "an engine").unwrap();
        let rules = Rulebook::of_sources(vec![Rules::new("s.toml", RULES)], &Setting::default()).unwrap();
        let book = std::sync::Arc::new(CompiledBook::compile(rules).unwrap());
        let roster = Roster::parse(&Source::new("c.toml", CALENDAR), Path::new("")).unwrap();
        let mut hall = Self { folder, journal, book, roster };
        for window in ["1", "2"] {
            hall.tell(window, (0, 0), Body::Clock(ClockBody { wall_us: EIGHT_US }));
        }
        hall
    }

    /// Minutes of session time.
    fn tell(&mut self, window: &str, (from, to): (u64, u64), body: Body) {
        let session = Span { start: SessionTime(from * MINUTE), end: SessionTime(to * MINUTE) };
        let draft = Draft {
            window: Some(WindowId::new(window)),
            session: Some(session),
            wall_us: EIGHT_US + to as i64 * MINUTE_US,
            book: std::sync::Arc::clone(&self.book),
            body,
            original: None,
        };
        self.journal.append(&[draft]).unwrap();
    }

    fn listened(&mut self, window: &str, until: u64) {
        self.tell(window, (until, until), Body::Quiet(QuietBody { clerk: SessionTime(until * MINUTE) }));
    }

    fn encounter(&mut self, window: &str, from: u64, to: u64) {
        let encounter = Encounter {
            kind: EncounterKind::Counter,
            span: Span { start: SessionTime(from * MINUTE), end: SessionTime(to * MINUTE) },
            rings: 0,
            answered: None,
            ticket: None,
            served: true,
            interrupted: false,
        };
        self.tell(window, (from, to), Body::Encounter(Box::new(encounter)));
    }

    /// Gives its number.
    fn finding(&mut self, window: &str, at: u64, state: FindingState) -> u64 {
        let span = Span { start: SessionTime(at * MINUTE), end: SessionTime(at * MINUTE) };
        let finding = Finding {
            window: WindowId::new(window),
            kind: FindingKind::Forbidden,
            provision: "P53".into(),
            rule: "P53-no-time".into(),
            severity: Severity::Major,
            phrase: "没时间".into(),
            heard: "没时间".into(),
            channel: ChannelIndex(0),
            span,
            due: span.end,
            sureness: 0.75,
            state,
            cites: Vec::new(),
            reason: String::new(),
            reason_zh: String::new(),
            evidence: Evidence::default(),
            needs_review: false,
        };
        self.tell(window, (at, at), Body::Finding(Box::new(finding)));
        self.journal.last_seq()
    }

    fn act(&self, window: &str, body: Body) {
        let act = Act { window: Some(WindowId::new(window)), session: None, rulebook: None, body };
        Aside::open(self.folder.path()).unwrap().act(0, |_| Ok::<_, JournalFault>(vec![act])).unwrap();
    }

    fn signs(&self, kind: DutyKind, window: &str, clerk: &str, minute: i64) {
        let wall_us = EIGHT_US + minute * MINUTE_US;
        self.act(window, Body::Duty(DutyBody { kind, clerk: clerk.into(), by: clerk.into(), wall_us }));
    }

    fn reader(&self) -> Reader {
        Reader::open(self.folder.path()).unwrap()
    }

    fn accounts(&self) -> Vec<Account> {
        let reader = self.reader();
        let period = Period { from_us: EIGHT_US - 60 * MINUTE_US, until_us: EIGHT_US + 180 * MINUTE_US };
        let windows = ["1", "2"].map(WindowId::new);
        let plan = plan(&reader.rows(), &self.roster, &windows, period).unwrap();
        let parameters = Parameters { encounters_min: 1, ..Parameters::default() };
        let all = accounts(&reader, &reader.rows(), &plan, &parameters).unwrap();
        all.into_iter().filter(Account::is_of_interest).collect()
    }
}

fn name(account: &Account) -> String {
    match &account.key.who {
        Who::Clerk(person) => person.id.clone(),
        Who::Nobody { window, .. } => format!("nobody at {window}"),
    }
}

#[test]
fn what_happened_belongs_to_whoever_sat_there_and_what_belongs_to_nobody_is_there_too() {
    let mut hall = Hall::new();
    hall.encounter("1", 10, 20);
    hall.finding("1", 15, FindingState::Confirmed);
    hall.finding("1", 16, FindingState::Held);
    hall.encounter("1", 70, 80);
    let late = hall.finding("1", 75, FindingState::Confirmed);
    // After the shift, and at the other window after its clerk left.
    let after = hall.finding("1", 130, FindingState::Confirmed);
    let left = hall.finding("2", 90, FindingState::Unknown);
    hall.listened("1", 140);
    hall.listened("2", 60);
    hall.tell("1", (30, 36), Body::Gap(GapBody { why: "lost".into() }));
    // At nine the clerk of window 2 takes over window 1.
    hall.signs(DutyKind::SignOut, "2", "b", 59);
    hall.signs(DutyKind::SignIn, "1", "b", 60);
    let all = hall.accounts();
    let told: Vec<_> = all
        .iter()
        .map(|account| {
            let findings: Vec<&str> = account.facts.findings.iter().map(|f| &*f.id).collect();
            let (served, facts) = (account.facts.encounters.len(), &account.facts);
            (name(account), findings.join(" "), served, facts.heard_ms / 60_000, facts.unheard_ms / 60_000)
        })
        .collect();
    let line =
        |who: &str, found: String, served, heard, unheard| (who.to_owned(), found, served, heard, unheard);
    let expected = [
        // No shift is planned from seven to eight and from ten to eleven; the window was heard for 20 minutes of it.
        line("nobody at 1", format!("f{after}"), 0, 20, 100),
        line("nobody at 2", format!("f{left}"), 0, 1, 60),
        // From 08:00 to 09:00, six minutes of it lost; 04 and on: finding and encounter.
        line("a", "f4".to_owned(), 1, 54, 6),
        // 59 minutes at window 2, an hour at window 1.
        line("b", format!("f{late}"), 1, 119, 0),
    ];
    assert_eq!(told, expected);
    let why = all.iter().map(|account| match &account.key.who {
        Who::Nobody { why, .. } => why.to_string(),
        Who::Clerk(person) => person.name.clone(),
    });
    assert_eq!(why.collect::<Vec<_>>(), ["no shift is planned then", "乙 signed out", "甲", "乙"]);
    let of_a = &all[2].facts.findings[0];
    assert_eq!((of_a.weight, of_a.encounter.as_deref()), (5, Some("e3")));
    assert!(all[1].score.is_none() && all[2].score.is_some());
}

#[test]
fn a_stored_score_is_computed_again_from_the_events_before_it_whatever_came_after() {
    let mut hall = Hall::new();
    hall.encounter("1", 10, 20);
    let finding = hall.finding("1", 15, FindingState::Confirmed);
    hall.listened("1", 140);
    let store = |hall: &Hall| {
        let (reader, later) = (hall.reader(), EIGHT_US + 200 * MINUTE_US);
        let acts = to_store(&reader, &hall.accounts(), reader.rows().last_seq().unwrap(), later).unwrap();
        let count = acts.len();
        let mut aside = Aside::open(hall.folder.path()).unwrap();
        aside.act(later, |_| Ok::<_, JournalFault>(acts)).unwrap();
        count
    };
    let points = |hall: &Hall| {
        let all = hall.accounts();
        let of_a = all.iter().find(|account| name(account) == "a").and_then(|account| account.score.clone());
        match of_a.map(|score| score.outcome) {
            Some(Outcome::Scored { points, .. }) => points.0,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(points(&hall), 80_000);
    assert_eq!((store(&hall), store(&hall)), (2, 0), "both clerks', and nothing twice");
    let review = ReviewBody {
        finding,
        ruling: Ruling::Dismissed,
        by: "王".into(),
        reason: "听错".into(),
        appeal_until_us: 0,
    };
    hall.act("1", Body::Review(review));
    // What the calendar or the parameters say later changes nothing of what is stored.
    hall.signs(DutyKind::SignIn, "1", "b", 119);
    assert_eq!(points(&hall), 100_000);
    assert_eq!((store(&hall), store(&hall)), (2, 0), "scores that changed are stored anew");
    let checked = check(&hall.reader()).unwrap();
    let agree: Vec<_> = checked.iter().map(|one| (one.stored.clerk.id.as_str(), one.agrees)).collect();
    assert_eq!(agree, [("a", true), ("b", true), ("a", true), ("b", true)]);
    let reviews: Vec<_> =
        hall.accounts().iter().flat_map(|one| one.facts.findings.clone()).map(|f| f.review).collect();
    assert_eq!(reviews, [Review::Dismissed]);
    // One that does not follow is found.
    let mut forged = checked[0].stored.clone();
    forged.score.coverage = Coverage::of(1, 1);
    hall.act("1", Body::Score(Box::new(forged)));
    assert_eq!(check(&hall.reader()).unwrap().iter().filter(|one| !one.agrees).count(), 1);
    assert!(hall.reader().verify().unwrap().is_sound());
}
