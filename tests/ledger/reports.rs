//! Reports of long times: added up in parts, by several threads, they are what one look at the whole gives.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use crate::shift::{MIDNIGHT_US, Shift, Written, moved};
use sansheng::conduct::rulebook::Rulebook;
use sansheng::conduct::{CompiledBook, FindingKind, FindingState};
use sansheng::ledger::account::{AccountFault, Asked, accounts};
use sansheng::ledger::duty::Roster;
use sansheng::ledger::event::{ReviewBody, Ruling, RunEnded};
use sansheng::ledger::journal::{Act, Aside, JournalFault, Period};
use sansheng::ledger::report::{Report, report};
use sansheng::ledger::score::Parameters;
use sansheng::ledger::{Body, Draft, Journal, Reader, Store};
use sansheng::runtime::report as runtime;
use sansheng::toml_file::Source;
use sansheng::units::WindowId;

const DAY_US: i64 = 86_400_000_000;
const DAY: Shift = Shift { windows: 3, seconds: 420, seed: 7, rude_one_in: 3, pause_tenths: 50 };
/// On which days something is heard: on both sides of what is added up at once, and a month later.
const DAYS: [i64; 5] = [0, 6, 7, 8, 30];

/// Windows 0 and 1 have a clerk, who goes from one to the other in the night shift; nobody is planned at 2.
const CALENDAR: &str = r#"
[[shift]]
id = "早"
start = "07:55"
end = "08:03"
[[shift]]
id = "夜"
start = "08:03"
end = "07:00"
[[person]]
id = "a"
name = "甲"
[[person]]
id = "b"
name = "乙"
[[assign]]
window = "0"
shift = "早"
clerk = "a"
[[assign]]
window = "1"
shift = "早"
clerk = "b"
[[assign]]
window = "1"
shift = "夜"
clerk = "a"
"#;

static DAY_0: LazyLock<Vec<Draft>> = LazyLock::new(|| DAY.drafts(&BOOK, &mut Written::default()));

static BOOK: LazyLock<Arc<CompiledBook>> =
    LazyLock::new(|| Arc::new(CompiledBook::compile(Rulebook::builtin().unwrap()).unwrap()));

struct Hall {
    folder: tempfile::TempDir,
    roster: Roster,
    journal: Journal,
    book: Arc<CompiledBook>,
}

impl Hall {
    fn new(days: &[i64]) -> Self {
        let book = Arc::clone(&BOOK);
        let folder = tempfile::tempdir().unwrap();
        let hall = |wall_us, body| Draft {
            window: None,
            session: None,
            wall_us,
            book: Arc::clone(&book),
            body,
            original: None,
        };
        for day in days {
            let mut journal = Journal::open(folder.path(), "scripted").unwrap();
            let started = journal.started(DAY.started());
            let begin_us = MIDNIGHT_US + day * DAY_US;
            journal.append(&[hall(begin_us, Body::RunStarted(Box::new(started)))]).unwrap();
            let day: Vec<Draft> = DAY_0.iter().map(|draft| moved(draft, day * DAY_US)).collect();
            journal.append(&day).unwrap();
            journal.append(&[hall(begin_us + 500_000_000, Body::RunEnded(RunEnded::default()))]).unwrap();
        }
        let journal = Journal::open(folder.path(), "scripted").unwrap();
        let roster = Roster::parse(&Source::new("shifts.toml", CALENDAR), Path::new("")).unwrap();
        Self { folder, roster, journal, book }
    }

    fn reader(&self) -> Reader {
        Reader::open(self.folder.path()).unwrap()
    }

    fn period() -> Period {
        Period { from_us: MIDNIGHT_US - DAY_US, until_us: MIDNIGHT_US + 40 * DAY_US }
    }

    /// From one look at all findings.
    fn whole(&self, asked: &Asked) -> Report {
        let reader = self.reader();
        let all = reader.at_once(|rows| {
            let plan = asked.plan(rows, &self.roster, [], Self::period())?;
            accounts(&reader, rows, &plan, &Parameters::default())
        });
        let all: Result<_, AccountFault> = all;
        report(&all.unwrap(), &self.roster)
    }

    fn in_parts(&self, asked: &Asked, threads: usize) -> Report {
        let parameters = Parameters::default();
        let what = runtime::Reporting {
            asked,
            period: Self::period(),
            roster: &self.roster,
            windows: &[WindowId::new("9")],
            parameters: &parameters,
            threads,
        };
        runtime::report(&self.reader(), &what).unwrap()
    }

    fn dismiss(&self, finding: u64, wall_us: i64) {
        let ruling = Ruling::Dismissed;
        let (by, reason) = ("主任".into(), "是引用".into());
        let review = ReviewBody { finding, ruling, by, reason, appeal_until_us: wall_us };
        let act = Act { window: None, session: None, rulebook: None, body: Body::Review(review) };
        Aside::open(self.folder.path()).unwrap().act(wall_us, |_| Ok::<_, JournalFault>(vec![act])).unwrap();
    }
}

/// Without the window that only the configuration has, where nothing was heard.
fn without_9(mut report: Report) -> Report {
    report.windows.retain(|(window, _)| window.as_str() != "9");
    report.shifts.retain(|shift| shift.windows != [WindowId::new("9")]);
    report
}

#[test]
fn a_report_in_parts_is_that_of_the_whole_whatever_is_asked_and_however_many_threads_add_it_up() {
    let hall = Hall::new(&DAYS);
    let all = Asked::default();
    let before = hall.whole(&all);
    let (counts, heard) = (before.total.counts, before.total.heard_ms);
    assert!(counts.accusations() > 30 && counts.credits > 30 && heard > 0, "{counts:?}");
    assert_eq!((before.clerks.len(), before.windows.len()), (2, 3));
    assert!(before.unassigned.counts.accusations() > 0, "window 2 is nobody's");
    let rows = hall.reader();
    let accusing: BTreeMap<u64, i64> = rows
        .rows()
        .findings(Hall::period())
        .unwrap()
        .iter()
        .filter(|finding| finding.kind == FindingKind::Forbidden && finding.state == FindingState::Confirmed)
        .map(|finding| (finding.id, finding.wall_us))
        .collect();
    // One in the middle and the last of all are dismissed, long after.
    for id in [accusing.keys().nth(accusing.len() / 2), accusing.keys().last()] {
        hall.dismiss(*id.unwrap(), MIDNIGHT_US + 39 * DAY_US);
    }
    let after = hall.whole(&all);
    assert_eq!(after.total.counts.dismissed, before.total.counts.dismissed + 2);
    for asked in [
        all,
        Asked { clerk: Some("a".into()), ..Asked::default() },
        Asked { shift: Some("夜".into()), window: Some("1".into()), ..Asked::default() },
    ] {
        let whole = hall.whole(&asked);
        assert!(!whole.shifts.is_empty(), "{asked:?}");
        for threads in [1, 3] {
            assert_eq!(without_9(hall.in_parts(&asked, threads)), whole, "{asked:?}, {threads} threads");
        }
    }
}

#[test]
fn readers_of_one_moment_see_nothing_that_came_later() {
    let mut hall = Hall::new(&[]);
    let reader = hall.reader();
    let readers = reader.together(3).unwrap();
    let seq = hall.journal.last_seq();
    let ended = Body::RunEnded(RunEnded::default());
    let book = Arc::clone(&hall.book);
    hall.journal
        .append(&[Draft { window: None, session: None, wall_us: 1, book, body: ended, original: None }])
        .unwrap();
    let seen: Vec<u64> = readers.iter().map(|reader| reader.rows().last_seq().unwrap()).collect();
    assert_eq!(seen, [seq; 3]);
    assert_eq!(reader.rows().last_seq().unwrap(), seq + 1);
}
