//! Tests: what is not known for sure accuses nobody; and what a scene holds.

use super::situations::{at, judge};
use super::tests::heard;
use super::*;
use crate::conduct::report::ReportKind;
use crate::conduct::scene::Scene;

#[test]
fn near_misses_and_half_heard_courtesy_are_never_missing() {
    for (greeting, farewell, missing) in [
        ("你好", "再见", vec![]),
        ("什么事", "慢走", vec!["P01 Unknown"]),
        ("您好", "谢谢您", vec!["P02 Unknown"]),
        ("您好", "", vec!["P02 Unknown"]),
    ] {
        let mut judge = judge();
        let mut out = Vec::new();
        judge.clerk_spoke(&heard(1.0, greeting), &[], Dbfs(-30.0), &mut out);
        judge.visitor_spoke(Span::new(at(3.0), at(5.0)), Dbfs(-30.0), None, &mut out);
        let mut last = heard(14.0, farewell);
        last.span.end = last.span.start.plus(16_000);
        judge.clerk_spoke(&last, &[], Dbfs(-30.0), &mut out);
        judge.finish(at(60.0), &mut out);
        let missed: Vec<String> = out
            .iter()
            .filter(|f| f.kind == FindingKind::Missing)
            .map(|f| format!("{} {:?}", f.provision, f.state))
            .collect();
        assert_eq!(missed, missing, "{greeting}, {farewell}");
    }
}

#[test]
fn what_was_not_heard_beside_the_words_leaves_an_apology_open() {
    for (lost, state) in [(false, FindingState::Confirmed), (true, FindingState::Unknown)] {
        let mut judge = judge();
        let mut out = Vec::new();
        judge.clerk_spoke(&heard(1.0, "您好"), &[], Dbfs(-30.0), &mut out);
        judge.visitor_spoke(Span::new(at(3.0), at(5.0)), Dbfs(-30.0), None, &mut out);
        if lost {
            judge.not_heard(Span::new(at(6.0), at(7.0)));
        }
        judge.clerk_spoke(&heard(7.2, "您还缺少一份证明"), &[], Dbfs(-30.0), &mut out);
        judge.quiet(at(20.0), at(20.0), &mut out);
        judge.finish(at(60.0), &mut out);
        let states: Vec<_> = out.iter().filter(|f| f.provision == "P12").map(|f| f.state).collect();
        assert_eq!(states, [state], "lost: {lost}");
    }
}

#[test]
fn what_rests_on_a_visitor_who_was_not_heard_is_unknown() {
    let told = |answer_s: f64, announced: &'static str, down: &[(f64, ReportKind)], microphone: bool| {
        let mut judge = judge();
        judge.seat(Roles::ByChannel, microphone);
        let mut out = Vec::new();
        for (time, kind) in down {
            judge.reported(Report { at: at(*time), kind: *kind, ticket: None });
        }
        judge.clerk_spoke(&heard(1.0, announced), &[], Dbfs(-30.0), &mut out);
        judge.visitor_spoke(Span::new(at(3.0), at(5.0)), Dbfs(-30.0), None, &mut out);
        for quarter in 21..=(answer_s * 4.0) as u32 {
            judge.quiet(at(f64::from(quarter) / 4.0), at(f64::from(quarter) / 4.0), &mut out);
        }
        judge.clerk_spoke(&heard(answer_s, "都办好了再见"), &[], Dbfs(-30.0), &mut out);
        judge.quiet(at(60.0), at(60.0), &mut out);
        judge.finish(at(80.0), &mut out);
        let missing = out.iter().filter(|f| f.kind == FindingKind::Missing);
        let of = missing.filter(|f| f.provision == "P11" || f.rule == "P03-answers-in-time");
        of.map(|f| format!("{} {:?}", f.provision, f.state)).collect::<Vec<String>>()
    };
    let (unheard, back) = (ReportKind::VisitorUnheard, ReportKind::VisitorHeard);
    // A late answer is a place, and none is seen where it is not known; an apology is owed, and stays open.
    for (answer_s, announced, provision, open) in
        [(19.0, "您好请讲", "P03", vec![]), (30.0, "您好请稍等", "P11", vec!["P11 Unknown".to_owned()])]
    {
        let state = |state: &str| vec![format!("{provision} {state}")];
        let told = |down: &[(f64, ReportKind)], microphone| told(answer_s, announced, down, microphone);
        assert_eq!(told(&[], true), state("Confirmed"));
        assert_eq!(told(&[(9.0, unheard), (12.0, back)], true), open, "down for a while");
        assert_eq!(told(&[(9.0, unheard)], true), open, "down to the end");
        assert_eq!(told(&[(0.0, unheard), (0.5, back)], true), state("Confirmed"), "down before");
        assert_eq!(told(&[], false), Vec::<String>::new(), "no microphone, no telling of a wait");
    }
}

#[test]
fn nobody_is_charged_where_it_is_not_known_who_spoke() {
    for (roles, before, state, review) in [
        (Roles::ByChannel, 0, FindingState::Confirmed, false),
        (Roles::Unknown, 0, FindingState::Unknown, true),
        (Roles::ByLevel, 0, FindingState::Unknown, true),
        (Roles::ByLevel, 12, FindingState::Confirmed, true),
    ] {
        let mut judge = judge();
        judge.seat(roles, false);
        let mut out = Vec::new();
        for n in 0..before {
            let (near, start) = (n % 2 == 0, f64::from(n) * 3.0);
            let level = if near { -28.0 } else { -44.0 };
            judge.clerk_spoke(&heard(start, "没什么"), &[], Dbfs(level), &mut out);
        }
        assert!(judge.foresee(&heard(40.0, "别啰嗦"), &[]).is_empty() != (roles == Roles::ByChannel));
        judge.clerk_spoke(&heard(40.0, "别啰嗦"), &[], Dbfs(-28.0), &mut out);
        judge.clerk_spoke(&heard(44.0, "没时间"), &[], Dbfs(-44.0), &mut out);
        judge.finish(at(90.0), &mut out);
        let of =
            |provision: &str| out.iter().find(|f| f.provision == provision && f.state != FindingState::Held);
        let loud = of("P31").unwrap();
        assert_eq!((loud.state, loud.needs_review), (state, review), "{roles:?}: {}", loud.reason);
        assert_eq!(loud.reason.contains("one microphone hears both"), review, "{}", loud.reason);
        let far = of("P53").map(|f| f.state);
        let told_apart = before > 0;
        assert_eq!(far, (!told_apart).then_some(state), "{roles:?}: the far voice is the visitor's");
        if roles != Roles::ByChannel {
            let charged =
                out.iter().filter(|f| f.kind == FindingKind::Missing && f.state == FindingState::Confirmed);
            assert_eq!(charged.count(), 0, "{roles:?}: somebody unknown spoke: {out:?}");
        }
    }
}

#[test]
fn a_scene_holds_turns_levels_and_what_is_settled() {
    let mut judge = judge();
    let mut out = Vec::new();
    for n in 0..9 {
        judge.clerk_spoke(&heard(f64::from(n) * 3.0, "这个这个"), &[], Dbfs(-30.0), &mut out);
    }
    judge.visitor_spoke(Span::new(at(28.0), at(31.0)), Dbfs(-40.0), None, &mut out);
    judge.clerk_spoke(&heard(30.0, "你听我说别啰嗦"), &[], Dbfs(-18.0), &mut out);
    judge.clerk_spoke(&heard(31.6, "快点讲"), &[], Dbfs(-18.0), &mut out);
    judge.quiet(at(33.0), at(33.0), &mut out);
    let scene = judge.scribe.scene().unwrap();
    assert_eq!((scene.start, scene.until, scene.end), (at(0.0), at(33.0), None));
    let [.., visitor, clerk] = &scene.turns[..] else { panic!("turns: {:?}", scene.turns) };
    assert_eq!((visitor.role, visitor.understood, visitor.over), (Role::Visitor, false, true));
    assert_eq!((clerk.role, clerk.span, clerk.over), (Role::Clerk, Span::new(at(30.0), at(32.2)), false));
    assert_eq!(clerk.speech.text(0..clerk.speech.len()), "你听我说别啰嗦快点讲");
    let chars: Vec<usize> = clerk.utterances.iter().map(|u| u.chars).collect();
    assert_eq!(chars, [7, 3]);
    let above = clerk.utterances[0].above_usual_db.unwrap();
    assert!((above - 12.0).abs() <= 0.5, "{above}");
    assert!(clerk.hits.iter().any(|hit| hit.passed()), "{:?}", clerk.hits);
    assert!(scene.turns.iter().is_sorted_by_key(|turn| turn.span.start));
    judge.quiet(at(40.0), at(40.0), &mut out);
    assert!(judge.scribe.scene().unwrap().turns.iter().all(|turn| turn.over));
}

#[test]
fn a_visit_without_end_fills_no_memory() {
    let mut judge = judge();
    let mut out = Vec::new();
    let mut most = 0;
    for n in 0..1_200 {
        judge.clerk_spoke(&heard(f64::from(n) * 3.0, "这个"), &[], Dbfs(-30.0), &mut out);
        most = most.max(judge.scribe.scene().map_or(0, |scene: &Scene| scene.turns.len()));
    }
    assert!((100..=500).contains(&most), "{most} turns");
    let scene = judge.scribe.scene().unwrap();
    assert!(
        scene.unheard_in(Span::new(scene.start, scene.start.plus(16_000))),
        "its beginning is another scene's"
    );
}
