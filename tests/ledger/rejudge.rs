//! A journal judged by another rulebook: what appears, what vanishes, what changes, and the journal as it was.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use crate::program;
use crate::shift::{MIDNIGHT_US, Shift};
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, Source};
use sansheng::ledger::event::ShedBody;
use sansheng::ledger::{Aside, Body, Draft, Journal, Kind, Query, Reader, Store};
use sansheng::runtime::rejudge::{Change, Rejudged, Rejudging, rejudge};
use sansheng::units::WindowId;
use serde_json::Value;
use sha2::{Digest, Sha256};

static BOOK: LazyLock<Arc<CompiledBook>> = LazyLock::new(|| book(""));

/// The built-in rules with `added` on top.
fn book(added: &str) -> Arc<CompiledBook> {
    let sources = (!added.is_empty()).then(|| Source::new("new.toml", added));
    let rules = Rulebook::parse(sources.as_slice()).expect("sound rules");
    Arc::new(CompiledBook::compile(rules).expect("sound rules"))
}

/// 不管 is no longer forbidden, 没时间 is graver, and a phrase is new that the audio was never asked about.
const NEW: &str = r#"
[rulebook]
id = "trial"
version = "2"
title = "试行"
disable = ["P30-not-my-business"]
[[adjust]]
rule = "P53-no-time"
severity = "critical"
[[rule]]
id = "H01-photocopy"
provision = "H01"
kind = "forbidden"
title = "复印"
severity = "minor"
weight = 1
advice = "请您到自助机复印。"
cites = [{ standard = "S4", article = "一 6" }]
[[rule.phrase]]
say = "复印件我这里"
"#;

/// Three windows for a while; the seed is such that all that is looked for was said.
const DAY: Shift = Shift { windows: 3, seconds: 300, seed: 7, rude_one_in: 3, pause_tenths: 600 };

/// The journal of that day, for whoever only reads it.
static RECORD: LazyLock<tempfile::TempDir> = LazyLock::new(|| hall(DAY));

fn hall(shift: Shift) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let written = shift.write(folder.path(), &BOOK);
    assert!(written.findings > 0, "{written:?}");
    folder
}

fn judge(folder: &Path, book: &Arc<CompiledBook>, what: &Rejudging) -> Rejudged {
    rejudge(&Reader::open(folder).expect("a journal"), book, what).expect("a journal that can be read")
}

fn digest(folder: &Path) -> Vec<u8> {
    Sha256::digest(fs::read(folder.join("journal.db")).expect("a journal")).to_vec()
}

#[test]
fn the_rules_of_the_journal_find_again_what_is_in_it_and_nothing_is_written() {
    let folder = &*RECORD;
    let before = digest(folder.path());
    let one = judge(folder.path(), &BOOK, &Rejudging { threads: 1, ..Rejudging::default() });
    assert_eq!(one.differences, []);
    assert!(one.same > 20 && one.open == 0 && (one.runs, one.sessions) == (1, 3), "{one:?}");
    let (other, alone) = (book(NEW), Rejudging { threads: 1, ..Rejudging::default() });
    let many = Rejudging { threads: 5, ..Rejudging::default() };
    let of_one = judge(folder.path(), &other, &alone);
    assert_eq!(judge(folder.path(), &other, &many), of_one, "on more threads than windows");
    assert_eq!(digest(folder.path()), before, "the record is touched");
    assert!(Reader::open(folder.path()).expect("a journal").verify().expect("a journal").is_sound());
}

#[test]
fn what_another_rulebook_finds_appears_vanishes_and_changes_with_its_words() {
    let folder = &*RECORD;
    let judged = judge(folder.path(), &book(NEW), &Rejudging::default());
    let of = |change: Change| judged.differences.iter().filter(move |d| d.change == change);
    let (appeared, vanished, changed) =
        (of(Change::Appears).count(), of(Change::Vanishes).count(), of(Change::Changes).count());
    assert!(appeared > 0 && vanished > 0 && changed > 0, "{appeared} {vanished} {changed}");
    for difference in of(Change::Appears) {
        let now = difference.now.as_ref().expect("it is found now");
        assert_eq!((now.rule.as_str(), now.heard.as_str()), ("H01-photocopy", "复印件我这里"));
        assert!(difference.text_alone && difference.before.is_none(), "the audio was never asked");
    }
    for difference in of(Change::Vanishes) {
        let before = difference.before.as_ref().expect("it was found then");
        assert_eq!((before.rule.as_str(), difference.now.is_none()), ("P30-not-my-business", true));
    }
    for difference in of(Change::Changes) {
        let before = difference.before.as_ref().expect("it was found then");
        assert_eq!((before.rule.as_str(), &difference.differs[..]), ("P53-no-time", &["severity"][..]));
    }
    assert!(judged.differences.is_sorted_by_key(|difference| difference.wall_us));
    let tally = judged.rules["H01-photocopy"];
    assert_eq!((tally.before, tally.now, tally.appear), (0, appeared as u64, appeared as u64));
    let tally = judged.rules["P30-not-my-business"];
    assert_eq!((tally.before, tally.now, tally.vanish), (vanished as u64, 0, vanished as u64));
}

#[test]
fn findings_are_told_by_when_they_were_said_and_at_which_window() {
    let folder = &*RECORD;
    let new = book(NEW);
    let all = judge(folder.path(), &new, &Rejudging::default());
    let cut = MIDNIGHT_US + 150 * 1_000_000;
    let early = judge(folder.path(), &new, &Rejudging { until_us: Some(cut), ..Rejudging::default() });
    let late = judge(folder.path(), &new, &Rejudging { from_us: Some(cut), ..Rejudging::default() });
    let halves = [early.differences, late.differences].concat();
    assert_eq!(halves, all.differences, "each is in one half");
    assert!(
        halves.first().is_some_and(|d| d.wall_us < cut) && halves.last().is_some_and(|d| d.wall_us >= cut)
    );
    assert_eq!(early.same + late.same, all.same);
    let windows = vec![WindowId::new("1")];
    let one = judge(folder.path(), &new, &Rejudging { windows, ..Rejudging::default() });
    let of_one = |d: &&sansheng::runtime::rejudge::Difference| {
        d.finding().is_some_and(|finding| finding.window.as_str() == "1")
    };
    assert!(one.differences.iter().eq(all.differences.iter().filter(of_one)), "one window by itself");
    assert_eq!(one.sessions, 1);
}

#[test]
fn what_was_forgotten_is_no_difference() {
    let folder = hall(Shift { windows: 1, seconds: 600, ..DAY });
    let reader = Reader::open(folder.path()).expect("a journal");
    let heard = reader.events(&Query { kinds: vec![Kind::Heard], ..Query::default() });
    let seqs: Vec<u64> = heard.map(|event| event.expect("an event").seq).collect();
    let whole = judge(folder.path(), &BOOK, &Rejudging::default());
    // The greeting, without which one would be missing, and words here and there.
    let forgotten: Vec<(u64, u64)> = seqs.iter().step_by(30).map(|seq| (*seq, *seq)).collect();
    let mut aside = Aside::open(folder.path()).expect("a journal");
    let gone = aside.forget(&forgotten, "asked for", Vec::new(), MIDNIGHT_US).expect("room");
    assert_eq!(gone, forgotten.len() as u64);
    let judged = judge(folder.path(), &BOOK, &Rejudging::default());
    assert_eq!(judged.differences, []);
    assert!(judged.open > 0 && judged.same > 0, "{judged:?}");
    assert!(judged.open + judged.same >= whole.same, "each is compared or counted: {judged:?}");
    assert!(judged.same < whole.same, "{judged:?}");
}

#[test]
fn what_the_journal_had_no_room_for_is_no_difference() {
    let folder = hall(Shift { windows: 1, ..DAY });
    let mut journal = Journal::open(folder.path(), "scripted").expect("a journal");
    let reader = Reader::open(folder.path()).expect("a journal");
    let events: Vec<_> = reader.events(&Query::default()).map(|event| event.expect("an event")).collect();
    let read = |event: &sansheng::ledger::Event| event.read().expect("a body").expect("a body");
    let shed = |events| Body::Shed(ShedBody { what: ShedBody::JOURNAL.to_owned(), events });
    let (mut drafts, mut left_out) = (Vec::new(), 0);
    // The same day once more, in a second run, without what was said in the middle of it.
    for (place, event) in events.iter().enumerate() {
        let (window, session, wall_us) = (event.window.clone(), event.session, event.wall_us);
        let middle = (events.len() / 3..events.len() * 2 / 3).contains(&place);
        let draft = |body| Draft {
            window: window.clone(),
            session,
            wall_us,
            book: Arc::clone(&BOOK),
            body,
            original: None,
        };
        let hall = |body| Draft { window: None, session: None, ..draft(body) };
        match Kind::parse(&event.kind) {
            Some(Kind::Heard | Kind::Quiet | Kind::VisitorSpoke) if middle => {
                drafts.extend((left_out == 0).then(|| hall(shed(0))));
                left_out += 1;
            }
            _ => {
                drafts.extend((!middle && left_out > 0).then(|| hall(shed(std::mem::take(&mut left_out)))));
                drafts.push(draft(read(event)));
            }
        }
    }
    journal.append(&drafts).expect("room for a journal");
    drop(journal);
    let judged = judge(folder.path(), &BOOK, &Rejudging::default());
    assert_eq!((judged.runs, judged.sessions), (2, 2));
    assert_eq!(judged.differences, []);
    assert!(judged.open > 0, "{judged:?}");
}

/// Exit code, standard output and standard error of `sansheng rejudge`.
fn program(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    program::run(&[&["rejudge"], arguments].concat(), folder)
}

#[test]
fn the_command_prints_differences_with_words_and_a_summary_by_rule() {
    let folder = &*RECORD;
    fs::write(folder.path().join("new.toml"), NEW).expect("room for a file");
    let (code, out, err) = program(&["--data", ".", "--rules", "new.toml"], folder.path());
    assert_eq!(code, Some(0), "{err}");
    for said in
        ["appears*", "vanishes", "major → critical", "复印件我这里", "by the text alone", "2026-11-22 0"]
    {
        assert!(out.contains(said), "{said}: {out}");
    }
    let (code, out, err) = program(&["--data", ".", "--rules", "new.toml", "--json"], folder.path());
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let judged = judge(folder.path(), &book(NEW), &Rejudging::default());
    let differences: Vec<&Value> = lines.iter().filter(|line| line["type"] == "difference").collect();
    assert_eq!(differences.len(), judged.differences.len());
    let appeared = differences.iter().find(|line| line["change"] == "appears").expect("something appears");
    assert_eq!((&appeared["now"]["heard"], &appeared["text_alone"]), (&"复印件我这里".into(), &true.into()));
    let last = lines.last().expect("a summary");
    assert_eq!(
        (&last["type"], &last["same"], &last["sessions"]),
        (&"rejudged".into(), &judged.same.into(), &3.into())
    );
    let (code, out, err) = program(&["--data", "."], folder.path());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains(" findings stay, 0 differ, by "), "without --rules, the built-in ones: {out}");
}

#[test]
fn a_folder_without_a_journal_and_rules_with_a_fault_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (code, _, err) = program(&["--data", "none"], folder.path());
    assert_eq!(code, Some(1));
    assert!(err.contains("none/journal.db: there is no journal here"), "{err}");
    let folder = hall(Shift { windows: 1, seconds: 60, ..DAY });
    fs::write(folder.path().join("bad.toml"), "[rulebook]\nid = 3\n").expect("room for a file");
    let (code, _, err) = program(&["--data", ".", "--rules", "bad.toml"], folder.path());
    assert_eq!(code, Some(1));
    assert!(err.contains("bad.toml:2"), "{err}");
}
