//! What is masked, kept for two people or not at all: a hall in which a clerk reads out a number.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sansheng::config::Config;
use sansheng::ledger::evidence::{Clips, EvidenceConfig};
use sansheng::ledger::unmask::Step;
use sansheng::ledger::{Aside, Journal, Key, Kind, Query, Reader};
use sansheng::runtime::live::{Evidence, HallEvent, Texts};

use crate::hall::{Line, audio};
use crate::journalled::journalled_in;

const NUMBER: &str = "一三八零零一三八零零零";
const READ_OUT: &[Line] = &[
    (1, 0.5, 1.5, "我的电话您记一下"),
    (0, 2.0, 6.0, "电话一三八零零一三八零零零，我不管，问别人去"),
    (0, 40.0, 41.0, "您好，请坐"),
];

fn holds(folder: &Path) -> bool {
    let bytes = |file: &str| fs::read(folder.join(file)).unwrap_or_default();
    String::from_utf8_lossy(&[bytes("journal.db"), bytes("journal.db-wal")].concat()).contains("一三八")
}

/// The folder of a run, with what it told.
fn run(key: Option<&Key>, keep: Option<Duration>) -> (tempfile::TempDir, Vec<HallEvent>) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let journal = Journal::open_with(folder.path(), "scripted", key).expect("a journal");
    let told = journalled_in(journal, keep, (READ_OUT, &audio(READ_OUT, 2)), None, |_| {});
    assert!(!format!("{told:?}").contains(NUMBER), "nobody is told it");
    (folder, told)
}

/// The events that something is kept of, and how many it is kept of in all.
fn kept(folder: &Path, key: Option<&Key>) -> (Vec<(u64, Kind)>, u64) {
    let reader = Reader::open_with(folder, key).expect("a journal");
    let masked = reader.events(&Query::default()).filter_map(|event| {
        let event = event.expect("an event");
        let names_it = event.body.as_deref().is_some_and(|body| body.contains(r#""original":"#));
        Some((event.seq, Kind::parse(&event.kind)?)).filter(|_| names_it)
    });
    (masked.collect(), reader.rows().originals().expect("a journal"))
}

#[test]
fn without_the_option_nothing_of_a_number_is_in_the_journal_with_a_key_or_without() {
    let key = Key::of(&[7; 32]);
    for key in [None, Some(&key)] {
        let (folder, _) = run(key, None);
        assert!(!holds(folder.path()));
        assert_eq!(kept(folder.path(), key), (Vec::new(), 0));
    }
}

#[test]
fn with_it_two_people_see_the_number_of_what_was_heard_and_of_what_quotes_it() {
    let key = Key::of(&[7; 32]);
    let (folder, _) = run(Some(&key), Some(Duration::from_secs(86_400)));
    assert!(!holds(folder.path()), "it is sealed");
    let (masked, count) = kept(folder.path(), Some(&key));
    assert_eq!(masked.len() as u64, count);
    let kinds: Vec<Kind> = masked.iter().map(|(_, kind)| *kind).collect();
    assert!([Kind::Heard, Kind::Finding, Kind::Alert].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let mut journal = Aside::open_with(folder.path(), Some(&key)).expect("a journal");
    for (event, kind) in masked {
        let ask = Step::Ask { event, why: "投诉".to_owned() };
        let request = journal.unmask(&ask, "张三", 1).expect("it is kept").seq;
        let grant = Step::Grant { request, why: String::new(), hours: 1 };
        journal.unmask(&grant, "李四", 2).expect("another person");
        let shown = journal.unmask(&Step::Show { request }, "张三", 3).expect("it is granted").shown;
        let fields = shown.expect("a showing").fields;
        let texts: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
        assert!(texts.iter().any(|text| text.contains(NUMBER)), "{kind}: {texts:?}");
        assert!(fields.iter().all(|field| field.masked.contains('＊')), "{kind}");
    }
    let verdict =
        Reader::open_with(folder.path(), Some(&key)).expect("a journal").verify().expect("a verdict");
    assert!(verdict.is_sound(), "{verdict:?}");
}

#[test]
fn a_service_that_is_to_keep_nothing_any_more_deletes_what_another_run_kept_and_says_so() {
    let key = Key::of(&[7; 32]);
    let (folder, _) = run(Some(&key), Some(Duration::from_secs(86_400)));
    assert!(kept(folder.path(), Some(&key)).1 > 0);
    let clips = Clips::of(folder.path()).with_key(Some(&key));
    clips.prepare().expect("a folder for clips");
    let journal = Aside::open_with(folder.path(), Some(&key)).expect("a journal");
    let evidence = Evidence {
        clips,
        recordings: None,
        config: EvidenceConfig { clips: false, ..Config::of_windows("厅", Vec::new()).evidence },
        journal: Reader::open_with(folder.path(), Some(&key)).expect("a journal"),
        texts: Some(Texts { keep: None, keep_originals: Some(Duration::ZERO), journal }),
    };
    let journal = Journal::open_with(folder.path(), "scripted", Some(&key)).expect("a journal");
    journalled_in(journal, None, (&READ_OUT[2..], &audio(&READ_OUT[2..], 2)), Some(evidence), |_| {});
    let (masked, count) = kept(folder.path(), Some(&key));
    assert!(count == 0 && !masked.is_empty(), "the events stay, and name what they had");
    let reader = Reader::open_with(folder.path(), Some(&key)).expect("a journal");
    let verdict = reader.verify().expect("a verdict");
    assert!(verdict.is_sound(), "{verdict:?}");
    let said = reader.events(&Query { kinds: vec![Kind::Retention], ..Query::default() });
    let said: Vec<String> = said.filter_map(|event| event.expect("an event").body).collect();
    assert!(said.len() == 1 && said[0].contains(r#""what":"originals""#), "{said:?}");
}
