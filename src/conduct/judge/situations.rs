//! Tests: what rings, reports and silences make of an encounter, and what is owed in it then.

use std::sync::LazyLock;

use super::tests::heard;
use super::*;
use crate::conduct::ReportKind::{self, CallAnswered, CallEnded, TicketCalled, TicketFinished};
use crate::conduct::rulebook::Rulebook;

static BOOK: LazyLock<Arc<CompiledBook>> = LazyLock::new(|| {
    let rules = Rulebook::builtin().expect("the built-in rules are sound");
    Arc::new(CompiledBook::compile(rules).expect("the built-in rules compile"))
});

/// Something that happens, in seconds.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// The clerk, five characters a second.
    Clerk(f64, &'static str),
    Visitor(f64, f64),
    /// Words at the second time, in a voice that noise makes begin at the first.
    Noisy(f64, f64, &'static str),
    /// A burst of one second.
    Ring(f64),
    Hall(f64, ReportKind),
}
use Act::{Clerk, Hall, Noisy, Ring, Visitor};

/// What became of a script.
struct Told {
    /// `counter 1-9`, with what is special about it.
    encounters: Vec<String>,
    /// `P01 Confirmed`.
    missing: Vec<String>,
    findings: Vec<Finding>,
}

pub(super) fn at(seconds: f64) -> SessionTime {
    SessionTime::from_seconds(seconds)
}

pub(super) fn judge() -> Judge {
    let mut judge = Judge::new(Arc::clone(&BOOK), WindowId::new("1"), EncounterConfig::default());
    judge.seat(Roles::ByChannel, true);
    judge
}

/// The script, with time told four times a second, until a minute after its end or until `end_s`.
fn play(judge: &mut Judge, script: &[Act], end_s: f64) -> Told {
    let mut out = Vec::new();
    let mut now = 0.0;
    let mut encounters = Vec::new();
    let start = |act: &Act| match act {
        Clerk(start, _) | Visitor(start, _) | Noisy(start, _, _) | Ring(start) | Hall(start, _) => *start,
    };
    for act in script {
        while now + 0.25 <= start(act) {
            now += 0.25;
            judge.quiet(at(now), at(now), &mut out);
        }
        match act {
            Clerk(start, text) => judge.clerk_spoke(&heard(*start, text), &[], Dbfs(-30.0), &mut out),
            Noisy(from, start, text) => {
                let words = heard(*start, text);
                let span = Span { start: at(*from), ..words.span };
                judge.clerk_spoke(&Hypothesis { span, ..words }, &[], Dbfs(-30.0), &mut out);
            }
            Visitor(start, end) => {
                judge.visitor_spoke(Span::new(at(*start), at(*end)), Dbfs(-30.0), None, &mut out);
            }
            Ring(start) => judge.ring(Span::new(at(*start), at(*start + 1.0)), &mut out),
            Hall(time, kind) => {
                judge.reported(Report { at: at(*time), kind: *kind, ticket: Some("A1".to_owned()) });
            }
        }
        encounters.extend(judge.closed());
    }
    while now < end_s {
        now += 0.25;
        judge.quiet(at(now), at(now), &mut out);
    }
    judge.finish(at(now), &mut out);
    encounters.extend(judge.closed());
    // What a visit owes: the rules of calls have tests of their own.
    let of_visits = |f: &&Finding| ["P01", "P02"].contains(&f.provision.as_str());
    let missed = out.iter().filter(|f| f.kind == FindingKind::Missing).filter(of_visits);
    Told {
        encounters: encounters.iter().map(shown).collect(),
        missing: missed.map(|f| format!("{} {:?}", f.provision, f.state)).collect(),
        findings: out,
    }
}

fn shown(encounter: &Encounter) -> String {
    let Encounter { kind, span, rings, answered, served, interrupted, .. } = encounter;
    let mut shown = format!("{kind:?} {:.1}-{:.1}", span.start.seconds(), span.end.seconds()).to_lowercase();
    if *kind == EncounterKind::Telephone {
        let answered = answered.map_or("nobody".to_owned(), |at| format!("{:.1}", at.seconds()));
        shown.push_str(&format!(" rings {rings} answered {answered}"));
    }
    if *kind == EncounterKind::Counter && !served {
        shown.push_str(" nobody served");
    }
    if *interrupted {
        shown.push_str(" interrupted");
    }
    shown
}

/// What it shows, what happens, the encounters told, and what is missing of them.
type Case<'a> = (&'a str, &'a [Act], &'a [&'a str], &'a [&'a str]);

#[test]
fn calls_and_visits_are_told_apart() {
    let cases: &[Case] = &[
        (
            "a call starts with its first ring and owes no counter's greeting",
            &[
                Ring(1.0),
                Ring(6.0),
                Clerk(9.0, "这里是社保窗口请讲"),
                Visitor(11.5, 14.0),
                Clerk(15.0, "好的再见"),
            ],
            &["telephone 1.0-15.8 rings 2 answered 9.0"],
            &[],
        ),
        (
            "a syllable over and over is what recognisers write for music, and no visit",
            &[Clerk(1.0, "诶诶诶"), Clerk(6.0, "轮轮轮"), Clerk(11.0, "三三三三三")],
            &["counter 1.0-12.0 nobody served"],
            &[],
        ),
        (
            "who answers in a hall so loud that his voice seems to begin before the ring",
            &[Ring(1.0), Ring(6.0), Noisy(0.5, 9.0, "这里是社保窗口请讲"), Visitor(11.5, 14.0)],
            &["telephone 1.0-14.0 rings 2 answered 8.9"],
            &["P02 Confirmed"],
        ),
        (
            "what the clerk says to somebody else while nobody answers owes the caller nothing",
            &[Ring(1.0), Ring(6.0), Visitor(7.5, 8.5), Noisy(5.0, 5.2, "把窗户关上吧")],
            &["telephone 1.0-7.0 rings 2 answered nobody", "counter 7.5-8.5 nobody served"],
            &[],
        ),
        (
            "who talks while it rings on has not answered",
            &[Ring(1.0), Clerk(3.0, "又来电话"), Ring(6.0), Clerk(8.0, "您好请讲"), Visitor(9.5, 11.0)],
            &["telephone 1.0-11.0 rings 2 answered 8.0"],
            &["P02 Confirmed"],
        ),
        (
            "a call that nobody takes ends with its last ring",
            &[Ring(1.0), Ring(6.0), Ring(11.0), Ring(16.0)],
            &["telephone 1.0-17.0 rings 4 answered nobody"],
            &[],
        ),
        (
            "two calls that nobody takes are two",
            &[Ring(1.0), Ring(6.0), Ring(30.0)],
            &["telephone 1.0-7.0 rings 2 answered nobody", "telephone 30.0-31.0 rings 1 answered nobody"],
            &[],
        ),
        (
            "a visit goes on through a ring that nobody answers",
            &[
                Clerk(1.0, "您好请坐"),
                Visitor(3.0, 5.0),
                Ring(6.0),
                Ring(11.0),
                Visitor(12.5, 21.0),
                Clerk(22.0, "办好了"),
                Clerk(25.0, "再见"),
            ],
            &["telephone 6.0-12.0 rings 2 answered nobody", "counter 1.0-25.4"],
            &[],
        ),
        (
            "a ring after the farewell is for the next encounter",
            &[
                Clerk(1.0, "您好请坐"),
                Visitor(3.0, 5.0),
                Clerk(6.0, "再见"),
                Ring(8.0),
                Clerk(10.0, "您好这里是社保窗口"),
                Visitor(13.0, 14.0),
                Clerk(15.0, "再见"),
            ],
            &["counter 1.0-6.4", "telephone 8.0-15.4 rings 1 answered 10.0"],
            &[],
        ),
        (
            "a cough before a call is no visit that the call came into",
            &[
                Visitor(1.0, 1.4),
                Ring(3.0),
                Clerk(5.0, "您好这里是社保窗口"),
                Visitor(8.0, 9.0),
                Clerk(10.0, "再见"),
            ],
            &["counter 1.0-1.4 nobody served", "telephone 3.0-10.4 rings 1 answered 5.0"],
            &[],
        ),
        (
            "a cough long before a visit is not its beginning",
            &[Visitor(1.0, 1.4), Visitor(10.0, 12.0), Clerk(13.0, "您好"), Clerk(18.0, "再见")],
            &["counter 1.0-1.4 nobody served", "counter 10.0-18.4"],
            &[],
        ),
        (
            "a greeting that is answered late is",
            &[Clerk(1.0, "您好"), Visitor(10.0, 12.0), Clerk(13.0, "好的"), Clerk(18.0, "再见")],
            &["counter 1.0-18.4"],
            &[],
        ),
        (
            "a visitor who comes while it rings in vain opens a visit",
            &[Ring(1.0), Visitor(3.0, 4.5), Visitor(12.0, 13.0), Clerk(14.0, "您好"), Clerk(18.0, "再见")],
            &["telephone 1.0-2.0 rings 1 answered nobody", "counter 3.0-18.4"],
            &[],
        ),
    ];
    for (case, script, encounters, missing) in cases {
        let told = play(&mut judge(), script, 60.0);
        assert_eq!(told.encounters, *encounters, "{case}");
        assert_eq!(told.missing, *missing, "{case}");
    }
}

#[test]
fn a_visit_that_a_call_comes_into_is_never_judged_for_what_it_could_not_say() {
    let before = [Visitor(1.0, 3.0), Clerk(4.0, "身份证"), Ring(6.0), Clerk(8.0, "喂这里是社保窗口")];
    let call = [Visitor(11.0, 13.0), Clerk(14.0, "好的再见")];
    let with = |more: &[Act]| [&before[..], &call[..], more].concat();
    for (case, script, encounters, missing) in [
        (
            "it resumes",
            with(&[Clerk(18.0, "我们继续"), Visitor(20.0, 21.0), Clerk(22.0, "办好了")]),
            vec!["telephone 6.0-14.8 rings 1 answered 8.0", "counter 1.0-22.6 interrupted"],
            vec!["P01 Unknown", "P02 Unknown"],
        ),
        (
            "it resumes and ends as it should",
            with(&[Clerk(18.0, "我们继续"), Visitor(20.0, 21.0), Clerk(22.0, "办好了再见")]),
            vec!["telephone 6.0-14.8 rings 1 answered 8.0", "counter 1.0-23.0 interrupted"],
            vec!["P01 Unknown"],
        ),
        (
            "the visitor has gone meanwhile",
            with(&[]),
            vec!["telephone 6.0-14.8 rings 1 answered 8.0", "counter 1.0-4.6 interrupted"],
            vec!["P01 Unknown", "P02 Unknown"],
        ),
    ] {
        let told = play(&mut judge(), &script, 240.0);
        assert_eq!(told.encounters, encounters, "{case}");
        assert_eq!(told.missing, missing, "{case}");
        let reasons: Vec<&str> = told
            .findings
            .iter()
            .filter(|f| ["P01", "P02"].contains(&f.provision.as_str()) && f.kind == FindingKind::Missing)
            .map(|f| f.reason.as_str())
            .collect();
        assert!(reasons.iter().all(|reason| reason.contains("telephone call")), "{case}: {reasons:?}");
        for finding in &told.findings {
            let chinese = !finding.reason_zh.is_ascii();
            assert_eq!(chinese, !finding.reason.is_empty(), "{case}: {finding:?}");
        }
    }
}

#[test]
fn a_clerk_who_may_have_taken_the_call_owes_nothing_for_sure() {
    let script = [
        Visitor(1.0, 3.0),
        Clerk(4.0, "身份证"),
        Ring(6.0),
        Clerk(8.0, "马上给你"),
        Visitor(10.0, 11.0),
        Clerk(12.0, "办好了"),
    ];
    let told = play(&mut judge(), &script, 60.0);
    assert_eq!(told.encounters, ["counter 1.0-12.6"]);
    assert_eq!(told.missing, ["P01 Unknown", "P02 Unknown"]);
    let reason = told.findings.iter().find(|f| f.provision == "P02").map(|f| f.reason.as_str());
    assert!(reason.is_some_and(|reason| reason.contains("rang")), "{reason:?}");
}

#[test]
fn where_the_hall_reports_tickets_they_decide() {
    let cases: &[(&str, &[Act], &[&str])] = &[
        (
            "a visit lasts from the call of its ticket to its end",
            &[
                Hall(2.0, TicketCalled),
                Clerk(5.0, "您好"),
                Visitor(7.0, 9.0),
                Clerk(10.0, "再见"),
                Hall(13.0, TicketFinished),
            ],
            &["counter 2.0-13.0"],
        ),
        (
            "no silence ends it, and no farewell",
            &[
                Hall(2.0, TicketCalled),
                Clerk(5.0, "您好再见"),
                Visitor(7.0, 9.0),
                Clerk(60.0, "您好"),
                Clerk(64.0, "再见"),
                Hall(70.0, TicketFinished),
            ],
            &["counter 2.0-70.0"],
        ),
        (
            "the next ticket ends the visit before it, where its end is not told with its last word",
            &[
                Hall(2.0, TicketCalled),
                Clerk(5.0, "您好"),
                Visitor(7.0, 9.0),
                Clerk(10.0, "再见"),
                Hall(20.0, TicketCalled),
                Clerk(22.0, "您好"),
                Visitor(24.0, 25.0),
                Clerk(26.0, "再见"),
                Hall(28.0, TicketFinished),
            ],
            &["counter 2.0-10.4", "counter 20.0-28.0"],
        ),
        (
            "what is said between tickets is no visit",
            &[
                Hall(2.0, TicketCalled),
                Clerk(5.0, "您好"),
                Visitor(7.0, 9.0),
                Clerk(10.0, "再见"),
                Hall(12.0, TicketFinished),
                Clerk(30.0, "今天真热"),
                Clerk(34.0, "是啊"),
                Visitor(36.0, 37.0),
            ],
            &["counter 2.0-12.0"],
        ),
        (
            "a ticket that nobody answers to serves nobody",
            &[Hall(2.0, TicketCalled), Hall(30.0, TicketFinished)],
            &["counter 2.0-30.0 nobody served"],
        ),
        (
            "a reported answer needs no ring, and a reported end no farewell",
            &[
                Hall(2.0, CallAnswered),
                Clerk(2.5, "您好"),
                Visitor(4.0, 6.0),
                Clerk(7.0, "再见"),
                Hall(9.0, CallEnded),
            ],
            &["telephone 2.0-9.0 rings 0 answered 2.0"],
        ),
        (
            "a reported ring that is heard as well is one",
            &[
                Hall(1.2, ReportKind::Ring),
                Ring(1.0),
                Ring(6.0),
                Hall(6.1, ReportKind::Ring),
                Hall(8.0, CallAnswered),
                Clerk(8.2, "您好"),
                Clerk(12.0, "再见"),
            ],
            &["telephone 1.0-12.4 rings 2 answered 8.0"],
        ),
    ];
    for (case, script, encounters) in cases {
        let told = play(&mut judge(), script, 90.0);
        assert_eq!(told.encounters, *encounters, "{case}");
    }
}

#[test]
fn a_farewell_said_just_after_the_ticket_is_finished_counts() {
    for (words, missing) in [("再见", vec![]), ("放这里", vec!["P02 Confirmed"])] {
        let script = [
            Hall(2.0, TicketCalled),
            Clerk(5.0, "您好"),
            Visitor(7.0, 9.0),
            Clerk(12.0, "身份证"),
            Hall(13.0, TicketFinished),
            Clerk(14.5, words),
        ];
        let told = play(&mut judge(), &script, 60.0);
        assert_eq!(told.missing, missing, "{words}: {:?}", told.findings);
    }
}

#[test]
fn a_visitor_who_comes_right_after_a_farewell_is_the_next_one_if_greeted() {
    let script = |words| {
        [
            Clerk(1.0, "您好请坐"),
            Visitor(3.0, 5.0),
            Clerk(6.0, "再见"),
            Visitor(9.5, 11.0),
            Clerk(11.5, words),
            Visitor(14.0, 15.0),
            Clerk(16.0, "再见"),
        ]
    };
    let told = play(&mut judge(), &script("您好请讲"), 60.0);
    assert_eq!(told.encounters, ["counter 1.0-6.4", "counter 9.5-16.4"]);
    assert_eq!(play(&mut judge(), &script("厕所在那边"), 60.0).encounters, ["counter 1.0-16.4"]);
}
