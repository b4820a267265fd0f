//! What stands in journals stays readable: every body as it was written once.

use super::*;
use crate::conduct::scene::{EncounterKind, Roles};
use crate::conduct::{Citation, DecoyScore, Evidence, FindingKind, FindingState, ReportKind, Severity};
use crate::ledger::duty::{DutyKind, Person};
use crate::ledger::score::{Facts, Parameters, score};
use crate::phrase::{HeldBack, Source, Step};
use crate::status::WindowState;
use crate::units::{ChannelIndex, Role, SessionTime};

fn span(start: u64, end: u64) -> Span {
    Span { start: SessionTime(start), end: SessionTime(end) }
}

fn finding() -> Finding {
    Finding {
        window: WindowId::new("3"),
        kind: FindingKind::Forbidden,
        provision: "P53".into(),
        rule: "P53-no-time".into(),
        severity: Severity::Major,
        phrase: "没时间".into(),
        heard: "没实践".into(),
        channel: ChannelIndex(0),
        span: span(399_872, 413_376),
        due: SessionTime(413_376),
        sureness: 0.1,
        state: FindingState::Held,
        cites: vec![Citation {
            standard: "S2".into(), article: "第十一條".into(), quote: "沒時間".into()
        }],
        reason: "said".into(),
        reason_zh: String::new(),
        evidence: Evidence {
            source: Some(Source::Syllables),
            steps: vec![Step { said: Some('没'), heard: None, cost: 0.25, slot: false }],
            syllables: 3,
            cost: 0.25,
            cost_max: 0.36,
            probability: 0.309,
            ratio: None,
            decoys: vec![DecoyScore { wording: "没时现".into(), ratio: -10.427 }],
            held_back: Some(HeldBack::Unlikely { ratio: -3.5, ratio_min: -1.0 }),
            context: "【没实践】".into(),
        },
        needs_review: true,
    }
}

const FINDING: &str = r#"{"window":"3","kind":"forbidden","provision":"P53","rule":"P53-no-time","severity":"major","phrase":"没时间","heard":"没实践","channel":0,"span":{"start":399872,"end":413376},"due":413376,"sureness":0.1,"state":"held","cites":[{"standard":"S2","article":"第十一條","quote":"沒時間"}],"reason":"said","evidence":{"source":"syllables","steps":[{"said":"没","heard":null,"cost":0.25,"slot":false}],"syllables":3,"cost":0.25,"cost_max":0.36,"probability":0.309,"ratio":null,"decoys":[{"wording":"没时现","ratio":-10.427}],"held_back":{"unlikely":{"ratio":-3.5,"ratio_min":-1.0}},"context":"【没实践】"},"needs_review":true}"#;

fn scored() -> ScoredBody {
    ScoredBody {
        clerk: Person { id: "0231".into(), name: "张三".into() },
        shift: "早".into(),
        day: "2026-11-23".into(),
        sat: vec![SatBody { window: "3".into(), from_us: 1, until_us: 2 }],
        upto: 7,
        score: score(&Facts::default(), &Parameters::default()),
    }
}

const SCORED: &str = r#"{"clerk":{"id":"0231","name":"张三"},"shift":"早","day":"2026-11-23","sat":[{"window":"3","from_us":1,"until_us":2}],"upto":7,"score":{"outcome":{"state":"unscored","why":{"reason":"nothing-heard"}},"coverage":{"heard_ms":0,"unheard_ms":0,"permille":null},"served":0,"sum":0,"outside":0,"mean":0,"critical":false,"courtesy":0,"open":0,"encounters":[],"lines":[],"parameters":{"note_factor":1,"minor_factor":2,"major_factor":4,"critical_factor":10,"repeat_percent":50,"credit_max":3,"critical_cap":59,"coverage_min_percent":70,"encounters_min":5}}}"#;

fn bodies() -> Vec<(Body, String)> {
    let started = RunStarted {
        hall: "大厅".into(),
        version: "0.1.0".into(),
        windows: vec![Seat { window: "3".into(), roles: Roles::ByLevel, visitor_heard: false }],
        idle: SessionTime(320_000),
        farewell: SessionTime(96_000),
        wait: SessionTime(2_880_000),
        broken_off: Some(4),
        cut: Some(HeadBody { seq: 9, hash: "ab".into() }),
    };
    let heard = HeardBody {
        channel: ChannelIndex(1),
        role: Role::Clerk,
        text: "没,".into(),
        times: vec![(1, 2), (2, 2)],
        probabilities: vec![Real(0.1), Real(f32::NAN)],
        syllables: vec![Some("mei".into()), None],
        log_prob: Real(-0.5),
        goes_on: true,
        level_dbfs: Real(f32::NEG_INFINITY),
        scores: vec![ScoreBody {
            phrase: 7,
            rule: "P53-no-time".into(),
            role: "said".into(),
            pattern: "没时间".into(),
            units: (0, 1),
            ratio: Some(Real(-1.5)),
            decoys: vec![("美".into(), Real(2.0))],
        }],
    };
    let encounter = Encounter {
        kind: EncounterKind::Telephone,
        span: span(1, 2),
        rings: 2,
        answered: Some(SessionTime(2)),
        ticket: None,
        served: true,
        interrupted: false,
    };
    let alert = AlertBody {
        id: 12,
        revision: 2,
        state: "retracted".into(),
        note: "n".into(),
        finding: finding(),
        latency: LatencyBody { total_us: 1_000, ..LatencyBody::default() },
        budget: "forbidden".into(),
        allowed_us: 1_500_000,
        late: false,
    };
    let state = WindowStateBody {
        role: Role::Visitor,
        state: WindowState::Down,
        reason: Some("gone".into()),
        reason_zh: Some("已断开".into()),
    };
    let clip = ClipBody {
        file: "00000003-1.flac".into(),
        bytes: 9,
        sha256: "ab".into(),
        silenced: vec![(1, 2)],
        gaps: vec![(3, 4)],
        peaks: vec![0, 100],
    };
    let evidence = EvidenceBody { alert: 3, clip: Some(clip), why: None };
    let gone = RetentionBody {
        what: "clips".into(),
        why: "age".into(),
        files: vec!["f".into()],
        bytes: 3,
        seqs: Vec::new(),
    };
    let access = AccessBody {
        what: AccessBody::EXPORT.into(),
        alert: Some(3),
        finding: Some(2),
        file: Some("f".into()),
        who: "w".into(),
        why: "y".into(),
        why_zh: None,
    };
    let all = vec![
        (Body::RunStarted(Box::new(started)), r#"{"hall":"大厅","version":"0.1.0","windows":[{"window":"3","roles":"bylevel","visitor_heard":false}],"idle":320000,"farewell":96000,"wait":2880000,"broken_off":4,"cut":{"seq":9,"hash":"ab"}}"#.to_owned()),
        (Body::RunEnded(RunEnded { lost: 3 }), r#"{"lost":3}"#.to_owned()),
        (Body::Clock(ClockBody { wall_us: -5 }), r#"{"wall_us":-5}"#.to_owned()),
        (Body::Heard(Box::new(heard)), r#"{"channel":1,"role":"clerk","text":"没,","times":[[1,2],[2,2]],"probabilities":[0.1,"nan"],"syllables":["mei",null],"log_prob":-0.5,"goes_on":true,"level_dbfs":"-inf","scores":[{"phrase":7,"rule":"P53-no-time","role":"said","pattern":"没时间","units":[0,1],"ratio":-1.5,"decoys":[["美",2.0]]}]}"#.to_owned()),
        (Body::VisitorSpoke(VisitorSpoke { level_dbfs: Real(-30.0) }), r#"{"level_dbfs":-30.0}"#.to_owned()),
        (Body::Ring(RingBody {}), "{}".to_owned()),
        (Body::Report(ReportBody { kind: ReportKind::TicketCalled, ticket: Some("A1".into()) }), r#"{"kind":"ticket-called","ticket":"A1"}"#.to_owned()),
        (Body::Gap(GapBody { why: "lost".into() }), r#"{"why":"lost"}"#.to_owned()),
        (Body::Quiet(QuietBody { clerk: SessionTime(8) }), r#"{"clerk":8}"#.to_owned()),
        (Body::Ended(EndedBody { lost: 6 }), r#"{"lost":6}"#.to_owned()),
        (Body::Encounter(Box::new(encounter)), r#"{"kind":"telephone","span":{"start":1,"end":2},"rings":2,"answered":2,"ticket":null,"served":true,"interrupted":false}"#.to_owned()),
        (Body::Finding(Box::new(finding())), FINDING.to_owned()),
        (Body::Alert(Box::new(alert)), format!(r#"{{"id":12,"revision":2,"state":"retracted","note":"n","finding":{FINDING},"latency":{{"capture_us":0,"endpoint_us":0,"queue_us":0,"decode_us":0,"verify_us":0,"publish_us":0,"total_us":1000,"clamped":false}},"budget":"forbidden","allowed_us":1500000,"late":false}}"#)),
        (Body::Shed(ShedBody { what: "journal".into(), events: 2 }), r#"{"what":"journal","events":2}"#.to_owned()),
        (Body::WindowState(state), r#"{"role":"visitor","state":"down","reason":"gone","reason_zh":"已断开"}"#.to_owned()),
        (Body::Rules(RulesBody { version: "v".into() }), r#"{"version":"v"}"#.to_owned()),
        (Body::Forgotten(ForgottenBody { seqs: vec![(2, 5)], why: "w".into() }), r#"{"seqs":[[2,5]],"why":"w"}"#.to_owned()),
        (Body::Evidence(Box::new(evidence)), r#"{"alert":3,"clip":{"file":"00000003-1.flac","bytes":9,"sha256":"ab","silenced":[[1,2]],"gaps":[[3,4]],"peaks":[0,100]},"why":null}"#.to_owned()),
        (Body::Retention(gone), r#"{"what":"clips","why":"age","files":["f"],"bytes":3}"#.to_owned()),
        (Body::Access(access), r#"{"what":"export","alert":3,"finding":2,"file":"f","who":"w","why":"y"}"#.to_owned()),
        (
            Body::Duty(DutyBody { kind: DutyKind::SignIn, clerk: "0231".into(), by: "王".into(), wall_us: 5 }),
            r#"{"kind":"sign-in","clerk":"0231","by":"王","wall_us":5}"#.to_owned(),
        ),
        (
            Body::Review(ReviewBody { finding: 3, ruling: Ruling::Upheld, by: "王".into(), reason: "r".into(), appeal_until_us: 9 }),
            r#"{"finding":3,"ruling":"upheld","by":"王","reason":"r","appeal_until_us":9}"#.to_owned(),
        ),
        (
            Body::Appeal(AppealBody { finding: 3, by: "0231".into(), text: "t".into(), decide_until_us: 9 }),
            r#"{"finding":3,"by":"0231","text":"t","decide_until_us":9}"#.to_owned(),
        ),
        (
            Body::Decision(DecisionBody { finding: 3, ruling: Ruling::Dismissed, by: "赵".into(), reason: "r".into() }),
            r#"{"finding":3,"ruling":"dismissed","by":"赵","reason":"r"}"#.to_owned(),
        ),
        (Body::Score(Box::new(scored())), SCORED.to_owned()),
        (
            Body::Unmask(UnmaskBody::Ask { event: 7, by: "张".into(), why: "y".into() }),
            r#"{"step":"ask","event":7,"by":"张","why":"y"}"#.to_owned(),
        ),
    ];
    assert_eq!(all.len(), Kind::ALL.len(), "every kind has an example");
    all
}

#[test]
fn every_kind_is_written_as_it_always_was_and_reads_back_the_same() {
    for (body, json) in bodies() {
        let kind = body.kind();
        assert_eq!(body.to_json().unwrap(), json, "{kind}");
        assert_eq!(Body::parse(kind, &json).unwrap(), body, "{kind}");
        assert_eq!(Kind::parse(kind.name()), Some(kind));
    }
}

#[test]
fn steps_of_unmasking_and_deleted_originals_are_written_as_they_always_were() {
    let (by, seqs) = (|| "李".to_owned(), vec![(4, 9)]);
    let gone =
        RetentionBody { what: "originals".into(), why: "age".into(), files: Vec::new(), bytes: 3, seqs };
    let grant = UnmaskBody::Grant { request: 8, event: 7, by: by(), why: String::new(), until_us: 9 };
    for (body, json) in [
        (Body::Retention(gone), r#"{"what":"originals","why":"age","files":[],"bytes":3,"seqs":[[4,9]]}"#),
        (Body::Unmask(grant), r#"{"step":"grant","request":8,"event":7,"by":"李","why":"","until_us":9}"#),
        (
            Body::Unmask(UnmaskBody::Refuse { request: 8, event: 7, by: by(), why: "n".into() }),
            r#"{"step":"refuse","request":8,"event":7,"by":"李","why":"n"}"#,
        ),
        (
            Body::Unmask(UnmaskBody::Show { request: 8, event: 7, by: by() }),
            r#"{"step":"show","request":8,"event":7,"by":"李"}"#,
        ),
    ] {
        assert_eq!(body.to_json().unwrap(), json);
        assert_eq!(Body::parse(body.kind(), json).unwrap(), body);
    }
}

#[test]
fn every_kind_is_documented() {
    let documented = include_str!("../../../docs/journal.md");
    for kind in Kind::ALL {
        assert!(documented.contains(&format!("\n| `{kind}` |")), "{kind} is not in docs/journal.md");
    }
}

#[test]
fn a_body_that_does_not_fit_is_refused_by_the_number_of_its_event() {
    let event = |kind: &str, body: Option<&str>| Event {
        seq: 77,
        run: 1,
        kind: kind.into(),
        window: None,
        session: None,
        wall_us: 0,
        engine: 1,
        rulebook: 1,
        body: body.map(str::to_owned),
    };
    let fault = event("quiet", Some("{\"clerk\":-1}")).read().unwrap_err();
    assert!(fault.to_string().starts_with("event 77 (quiet) cannot be read"), "{fault}");
    assert_eq!(event("quiet", None).read(), Ok(None), "forgotten");
    assert_eq!(event("of-a-later-version", Some("?")).read(), Ok(None));
}

#[test]
fn numbers_of_the_recogniser_read_back_to_the_last_bit() {
    let mut bits = 0x9e37_79b9_u32;
    for _ in 0..20_000 {
        bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let real = Real(f32::from_bits(bits));
        let json = serde_json::to_string(&real).unwrap();
        let back: Real = serde_json::from_str(&json).unwrap();
        assert!(back == real && (real.0.is_nan() || back.0.to_bits() == bits), "{json}");
    }
}
