//! What is taken out of a text and put back, and what nobody can do alone.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ledger::event::UnmaskBody;

const HOUR_US: i64 = 3_600_000_000;

#[test]
fn what_was_masked_fits_into_its_texts_again_and_into_no_others() {
    let texts = [
        ("/text", "电话13800138000，尾号8000", "电话＊＊＊＊＊＊＊＊＊＊＊，尾号＊＊＊＊"),
        ("/evidence/context", "张伟您好", "＊＊您好"),
        ("/reason", "x", "x"),
    ];
    let original = Original::between(texts).unwrap();
    let body = json!({
        "text": "电话＊＊＊＊＊＊＊＊＊＊＊，尾号＊＊＊＊", "evidence": {"context": "＊＊您好"}, "reason": "x"
    });
    let fields = original.fill(&body).unwrap();
    let filled: Vec<(&str, &str)> =
        fields.iter().map(|field| (field.field.as_str(), field.text.as_str())).collect();
    assert_eq!(filled, [("/text", "电话13800138000，尾号8000"), ("/evidence/context", "张伟您好")]);
    assert_eq!(fields[1].masked, "＊＊您好");
    for other in [json!({"text": "电话"}), json!({"text": 3}), json!([])] {
        assert!(original.fill(&other).is_none(), "{other}");
    }
    assert_eq!(Original::between([("/text", "您好", "您好")]), None);
    assert_eq!(format!("{original:?}"), "Original(3 pieces, not shown)");
}

fn ask(event: u64) -> Step {
    Step::Ask { event, why: "投诉".into() }
}

fn grant(request: u64) -> Step {
    Step::Grant { request, why: String::new(), hours: 24 }
}

fn refuse(request: u64) -> Step {
    Step::Refuse { request, why: String::new() }
}

fn show(request: u64) -> Step {
    Step::Show { request }
}

/// A journal of steps alone: the numbers of its events are their places, from 1.
#[derive(Default)]
struct Steps(Vec<(u64, i64, UnmaskBody)>);

impl Steps {
    fn requests(&self) -> Vec<Request> {
        requests(self.0.iter().map(|(seq, wall_us, body)| (*seq, None, *wall_us, body.clone())))
    }

    fn take(&mut self, step: &Step, who: &str, now_us: i64) -> Result<(), Refusal> {
        let requests = self.requests();
        let subject = match step.event(&requests)? {
            100 => Subject::Kept,
            101 => Subject::Without,
            _ => Subject::Absent,
        };
        let body = allow(&requests, subject, step, (who, now_us))?;
        self.0.push((self.0.len() as u64 + 1, now_us, body));
        Ok(())
    }
}

#[test]
fn it_takes_two_people_and_is_shown_to_whoever_asked_while_its_time_lasts() {
    let who = |text: &str| text.to_owned();
    let day = 24 * HOUR_US;
    type Attempts<'a> = &'a [(Step, &'a str, i64)];
    let cases: [(Attempts<'_>, Result<(), Refusal>); 18] = [
        (&[(ask(100), "张", 0), (grant(1), "李", 5), (show(1), "张", 5 + day)], Ok(())),
        (
            &[(ask(100), "张", 0), (grant(1), "李", 5), (show(1), "张", 6 + day)],
            Err(Refusal::Over { until_us: 5 + day }),
        ),
        (&[(ask(100), "张", 0), (grant(1), " 张 ", 0)], Err(Refusal::OwnRequest { by: who("张") })),
        (&[(ask(100), "张", 0), (refuse(1), "张", 0)], Err(Refusal::OwnRequest { by: who("张") })),
        (&[(ask(100), "张", 0), (show(1), "张", 0)], Err(Refusal::Waiting)),
        (
            &[(ask(100), "张", 0), (grant(1), "李", 0), (show(1), "李", 0)],
            Err(Refusal::NotTheirs { by: who("张") }),
        ),
        (
            &[(ask(100), "张", 0), (refuse(1), "李", 0), (show(1), "张", 0)],
            Err(Refusal::Refused { by: who("李") }),
        ),
        (
            &[(ask(100), "张", 0), (refuse(1), "李", 0), (grant(1), "王", 0)],
            Err(Refusal::Answered { by: who("李") }),
        ),
        (
            &[(ask(100), "张", 0), (grant(1), "李", 0), (refuse(1), "王", 0)],
            Err(Refusal::Answered { by: who("李") }),
        ),
        (&[(grant(1), "李", 0)], Err(Refusal::NoRequest(1))),
        (&[(ask(100), "张", 0), (show(2), "张", 0)], Err(Refusal::NoRequest(2))),
        (&[(ask(100), " ", 0)], Err(Refusal::Nameless)),
        (&[(Step::Ask { event: 100, why: " ".into() }, "张", 0)], Err(Refusal::WithoutReason)),
        (&[(ask(101), "张", 0)], Err(Refusal::Without(101))),
        (&[(ask(102), "张", 0)], Err(Refusal::NoEvent(102))),
        (&[(ask(100), "张", 0), (ask(100), "张", 0)], Err(Refusal::Asked { request: 1, by: who("张") })),
        // Two who ask may each grant what the other asked for, and anew once it is over.
        (&[(ask(100), "张", 0), (ask(100), "李", 0), (grant(1), "李", 0), (grant(2), "张", 0)], Ok(())),
        (&[(ask(100), "张", 0), (grant(1), "李", 0), (ask(100), "张", day + 1)], Ok(())),
    ];
    for (attempts, expected) in cases {
        let mut steps = Steps::default();
        let mut last = Ok(());
        for (step, who, now_us) in attempts {
            assert_eq!(last, Ok(()), "{attempts:?}");
            last = steps.take(step, who, *now_us);
        }
        assert_eq!(last, expected, "{attempts:?}");
    }
}

#[test]
fn what_was_deleted_between_the_grant_and_the_showing_is_not_shown() {
    let mut steps = Steps::default();
    steps.take(&ask(100), "张", 0).unwrap();
    let requests = steps.requests();
    for step in [grant(1), show(1)] {
        let refused = allow(&requests, Subject::Without, &step, ("李", 0));
        assert!(refused.is_err(), "{step:?}");
    }
    steps.take(&grant(1), "李", 0).unwrap();
    let refused = allow(&steps.requests(), Subject::Without, &show(1), ("张", 0));
    assert_eq!(refused, Err(Refusal::Without(100)));
}

proptest! {
    /// Whatever is tried: nothing is ever shown to anybody whom another person did not let see it within the day before.
    #[test]
    fn no_sequence_of_attempts_shows_anything_to_one_alone(
        attempts in proptest::collection::vec((0..4, 0..3_usize, 0..12_u64, 0..20_i64), 0..40),
    ) {
        let people = ["张", "李", "王"];
        let (mut steps, mut now_us) = (Steps::default(), 0);
        for (kind, person, request, hours) in attempts {
            now_us += hours * HOUR_US;
            let step = match kind { 0 => ask(100), 1 => grant(request), 2 => refuse(request), _ => show(request) };
            let _ = steps.take(&step, people[person], now_us);
        }
        for (_, shown_us, body) in &steps.0 {
            let UnmaskBody::Show { request, by, .. } = body else { continue };
            let asked = steps.0.iter().any(|(seq, _, body)| {
                seq == request && matches!(body, UnmaskBody::Ask { by: asker, .. } if asker == by)
            });
            let granted = steps.0.iter().any(|(_, at, body)| match body {
                UnmaskBody::Grant { request: of, by: granter, .. } => {
                    of == request && granter != by && at <= shown_us && shown_us - at <= 24 * HOUR_US
                }
                _ => false,
            });
            prop_assert!(asked && granted, "{:?}", steps.0);
        }
    }
}
