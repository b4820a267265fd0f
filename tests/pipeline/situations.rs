//! What is known beside the sound: reports of the hall, the visitor's words, and who speaks on one microphone.

use std::sync::Arc;

use sansheng::asr::{Recogniser, ScriptedRecogniser};
use sansheng::conduct::scene::Roles;
use sansheng::conduct::{Finding, FindingState, Report, ReportKind};
use sansheng::pipeline::Settings;
use sansheng::units::{SessionTime, WindowId};

use crate::support::{CLERK, Line, Tape, Told, VISITOR, accusations, missing};

const RUDE_VISITOR: &[Line] = &[
    (CLERK, 0.5, 1.5, "您好，请坐"),
    (VISITOR, 2.0, 3.5, "别啰嗦，快点讲"),
    (CLERK, 4.0, 5.0, "没时间"),
    (VISITOR, 5.5, 6.5, "我不管，问别人去"),
    (CLERK, 7.0, 8.0, "再见"),
];

fn told(lines: &[Line], settings: &Settings) -> Told {
    let script = ScriptedRecogniser::new(lines);
    let recognisers = (0..2).map(|_| Box::new(script.clone()) as Box<dyn Recogniser>).collect();
    Tape::new(&[lines]).run_as(settings, 1, recognisers).remove(0)
}

#[test]
fn the_visitors_words_change_no_finding_and_are_not_told() {
    let deaf = told(RUDE_VISITOR, &Settings::default());
    let heard = told(RUDE_VISITOR, &Settings { visitor_words: true, ..Settings::default() });
    assert_eq!(accusations(&deaf.findings), ["P53 没时间"]);
    assert_eq!(heard.findings, deaf.findings);
    assert_eq!(heard.words, deaf.words, "nobody asked to see the visitor's words");
}

#[test]
fn one_microphone_for_both_charges_nobody() {
    // Both on the clerk's microphone.
    let lines: Vec<Line> = RUDE_VISITOR.iter().map(|line| (CLERK, line.1, line.2, line.3)).collect();
    let by_channel = told(&lines, &Settings::default());
    assert_eq!(accusations(&by_channel.findings).len(), 2, "{:?}", by_channel.findings);
    for roles in [Roles::Unknown, Roles::ByLevel] {
        let shared = told(&lines, &Settings { roles, ..Settings::default() });
        let charges = |f: &&Finding| f.state == FindingState::Confirmed;
        assert_eq!(shared.findings.iter().find(charges), None, "{roles:?}");
        assert!(shared.findings.iter().all(|f| f.needs_review), "{roles:?}: {:?}", shared.findings);
        assert!(
            shared.findings.iter().any(|f| f.provision == "P53"),
            "it is on record: {:?}",
            shared.findings
        );
    }
}

#[test]
fn a_visit_lasts_as_long_as_its_ticket_and_owes_what_it_owes_then() {
    let lines: &[Line] = &[
        (CLERK, 1.0, 2.0, "今天真热"),
        (CLERK, 5.0, 6.0, "您好，请坐"),
        (VISITOR, 6.5, 7.5, "我办证"),
        (CLERK, 8.0, 9.0, "办好了"),
    ];
    let report = |at: f64, kind| {
        (
            WindowId::new("0"),
            Report { at: SessionTime::from_seconds(at), kind, ticket: Some("A1".to_owned()) },
        )
    };
    let reports = vec![
        report(10.0, ReportKind::TicketFinished),
        report(4.0, ReportKind::TicketCalled),
        (WindowId::new("other"), Report { at: SessionTime(0), kind: ReportKind::Ring, ticket: None }),
    ];
    let told = told(lines, &Settings { reports: Arc::new(reports), ..Settings::default() });
    let spans: Vec<_> =
        told.encounters.iter().map(|e| (e.span.start.seconds(), e.ticket.as_deref(), e.served)).collect();
    // What was said before the first ticket is inferred from speech.
    assert!(spans.len() == 2 && spans[1] == (4.0, Some("A1"), true), "{:?}", told.encounters);
    assert_eq!(told.encounters[1].span.end.seconds(), 10.0);
    assert_eq!(missing(&told.findings), ["p02 confirmed"], "{:?}", told.findings);
}
