use super::*;
use crate::conduct::rulebook::Setting;
use crate::conduct::{FindingKind, Severity};
use crate::units::{ChannelIndex, SessionTime, Span, WindowId};

const OWN: &str = r#"
[rulebook]
id = "own"
version = "1"
title = "本厅"
[[rule]]
id = "H01-own"
provision = "H01"
kind = "forbidden"
title = "念咒"
severity = "minor"
weight = 2
advice = "请讲普通话。"
cites = [{ standard = "S4", article = "一 6" }]
[[rule.phrase]]
say = "芝麻开门"
"#;

fn book(own: &[std::path::PathBuf]) -> Arc<CompiledBook> {
    Arc::new(CompiledBook::compile(Rulebook::load(own, &Setting::default()).unwrap()).unwrap())
}

fn named(book: &Arc<CompiledBook>) -> Named {
    Named {
        id: "1".into(),
        name: "1".into(),
        source: "push".into(),
        recording: false,
        visitor_apart: false,
        down: false,
        broken: false,
        book: Arc::clone(book),
        before: None,
    }
}

#[test]
fn what_was_found_by_a_rule_that_is_gone_keeps_its_title_and_weight() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, OWN).unwrap();
    let (with, without) = (book(&[path]), book(&[]));
    let finding = Finding {
        window: WindowId::new("1"),
        kind: FindingKind::Forbidden,
        provision: "H01".into(),
        rule: "H01-own".into(),
        severity: Severity::Minor,
        phrase: "芝麻开门".into(),
        heard: "芝麻开门".into(),
        channel: ChannelIndex(0),
        span: Span::default(),
        due: SessionTime(0),
        sureness: 1.0,
        state: FindingState::Confirmed,
        cites: Vec::new(),
        reason: String::new(),
        reason_zh: String::new(),
        evidence: Default::default(),
        needs_review: false,
    };
    let event = HallEvent::Found { window: 0, finding, original: None };
    // One window has gone over to the new rules, the other has not yet.
    let mut windows = [named(&with), named(&with)];
    windows[0].note(&HallEvent::Rules { window: 0, book: Arc::clone(&without) });
    for window in &windows {
        let line = HallLine::new(&event, &window.id, &window.source, window.rules_of(&event), 0.0).unwrap();
        let line = serde_json::to_value(&line).unwrap();
        assert_eq!((&line["title"], &line["weight"]), (&"念咒".into(), &2.into()));
    }
    let version = |window: &Named| {
        window.rules_of(&HallEvent::Progress { window: 0, until: SessionTime(0) }).version().to_owned()
    };
    assert_ne!(version(&windows[0]), version(&windows[1]), "each window has rules of its own");
}

#[test]
fn only_a_recording_can_break_off() {
    for (recording, broken) in [(true, true), (false, false)] {
        let mut window = Named { recording, ..named(&book(&[])) };
        for state in [WindowState::Live, WindowState::Down, WindowState::Ended] {
            window.note(&HallEvent::State { window: 0, role: Role::Clerk, state, reason: None });
        }
        assert_eq!(window.broken, broken);
    }
}
