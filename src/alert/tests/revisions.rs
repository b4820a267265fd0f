//! Random revisions: whatever the recogniser makes of them, one occurrence has one alert.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Occurrences of one utterance: 0.8 s of speech every 3 s, whose times wander by 0.2 s, and which may be cited by a
/// longer phrase. Further apart than one occurrence can wander, so that it is clear which is which.
const EVERY_S: f64 = 3.0;
const LASTS_S: f64 = 0.8;
const LONGER_S: f64 = 0.7;

/// What one decode makes of one occurrence.
#[derive(Clone, Copy, Debug)]
struct Sight {
    seen: Seen,
    /// Tenths of a second off.
    off: i8,
    rule: u8,
    wording: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Not,
    Held,
    Tentative,
    Verified,
    Committed,
}

/// An utterance: decodes while it lasts, then its final (`None`: its end was never heard), and which of its
/// findings are withdrawn later.
#[derive(Clone, Debug)]
struct Spoken {
    partials: Vec<Vec<Sight>>,
    last: Option<Vec<Sight>>,
    withdrawn: Vec<bool>,
}

impl Sight {
    /// The finding for occurrence `index`. Only `heard` says which occurrence it is, and the desk never looks at that.
    fn finding(self, window: &str, utterance: u64, index: usize) -> Finding {
        let from_s = utterance as f64 * 100.0 + 1.0 + index as f64 * EVERY_S + f64::from(self.off) / 10.0;
        let rule = ["a", "b", "c"][usize::from(self.rule)];
        let state = if self.seen == Seen::Held { FindingState::Held } else { FindingState::Confirmed };
        Finding {
            window: WindowId::new(window),
            phrase: ["不知道", "不知道，问别人去"][usize::from(self.wording)].to_owned(),
            heard: format!("{utterance}/{index}"),
            state,
            ..finding(rule, from_s, from_s + LASTS_S + f64::from(self.wording) * LONGER_S)
        }
    }
}

fn sights(occurrences: usize) -> impl Strategy<Value = Vec<Sight>> {
    let seen = prop_oneof![
        2 => Just(Seen::Not),
        1 => Just(Seen::Held),
        1 => Just(Seen::Tentative),
        1 => Just(Seen::Verified),
        3 => Just(Seen::Committed),
    ];
    let sight = (seen, -2..=2_i8, 0..3_u8, 0..2_u8).prop_map(|(seen, off, rule, wording)| Sight {
        seen,
        off,
        rule,
        wording,
    });
    proptest::collection::vec(sight, occurrences)
}

fn spoken() -> impl Strategy<Value = Spoken> {
    (1..4_usize).prop_flat_map(|occurrences| {
        let partials = proptest::collection::vec(sights(occurrences), 0..8);
        let last = prop_oneof![4 => sights(occurrences).prop_map(Some), 1 => Just(None)];
        let withdrawn = proptest::collection::vec(proptest::bool::weighted(0.2), occurrences);
        (partials, last, withdrawn).prop_map(|(partials, last, withdrawn)| Spoken {
            partials,
            last,
            withdrawn,
        })
    })
}

/// What should be shown of one occurrence, kept apart from the desk.
#[derive(Clone, Copy, Debug, Default)]
struct Expected {
    state: Option<AlertState>,
    misses: u8,
}

impl Expected {
    fn partial(&mut self, seen: Seen) {
        match (seen, self.state) {
            (Seen::Verified | Seen::Committed, _) => *self = Self { state: Some(Provisional), misses: 0 },
            (Seen::Tentative, _) => self.misses = 0,
            (Seen::Not | Seen::Held, Some(Provisional)) if self.misses == 1 => {
                *self = Self { state: Some(Retracted), misses: 0 };
            }
            (Seen::Not | Seen::Held, _) => self.misses += u8::from(self.state == Some(Provisional)),
        }
    }

    fn last(&mut self, seen: Seen) {
        self.state = match (seen, self.state) {
            (Seen::Not | Seen::Held, None) => None,
            (Seen::Not | Seen::Held, Some(_)) => Some(Retracted),
            _ => Some(Confirmed),
        };
    }
}

/// What people see: every alert as it was published last.
#[derive(Default)]
struct Shown(BTreeMap<String, Alert>);

impl Shown {
    /// Checks each revision against the one before.
    fn take(&mut self, out: &mut Vec<Alert>) -> Result<(), TestCaseError> {
        for alert in out.drain(..) {
            let occurrence = format!("{} {}", alert.finding.window, alert.finding.heard);
            let before = self.0.insert(occurrence.clone(), alert.clone());
            let Some(before) = before else {
                prop_assert_eq!(alert.revision, 1);
                let others = self.0.iter().filter(|(other, _)| **other != occurrence);
                prop_assert!(
                    others.into_iter().all(|(_, other)| other.id != alert.id),
                    "id {} is taken",
                    alert.id
                );
                continue;
            };
            prop_assert_eq!(alert.id, before.id, "a second alert for {}", occurrence);
            prop_assert_eq!(alert.revision, before.revision + 1);
            let visible = |a: &Alert| {
                (
                    a.state,
                    a.note.clone(),
                    a.finding.rule.clone(),
                    a.finding.phrase.clone(),
                    a.finding.heard.clone(),
                )
            };
            prop_assert_ne!(visible(&alert), visible(&before), "nothing changed");
            let timing = |a: &Alert| (a.account, a.first_published, a.budget, a.late);
            prop_assert_eq!(timing(&alert), timing(&before));
        }
        Ok(())
    }

    fn state(&self, window: &str, utterance: u64, index: usize) -> Option<&Alert> {
        self.0.get(&format!("{window} {utterance}/{index}"))
    }
}

/// Plays one utterance to a desk and checks what is shown after every decode.
fn play(
    desk: &mut AlertDesk,
    window: &str,
    utterance: u64,
    spoken: &Spoken,
    shown: &mut Shown,
) -> Result<(), TestCaseError> {
    let mut out = Vec::new();
    let mut expected = vec![Expected::default(); spoken.withdrawn.len()];
    let check = |expected: &[Expected], shown: &Shown| {
        for (index, expected) in expected.iter().enumerate() {
            let state = shown.state(window, utterance, index).map(|alert| alert.state);
            prop_assert_eq!(state, expected.state, "{} {}/{}", window, utterance, index);
        }
        Ok(())
    };
    for sights in &spoken.partials {
        let previews: Vec<Preview> = (sights.iter().enumerate())
            .filter(|(_, sight)| sight.seen != Seen::Not)
            .map(|(index, sight)| Preview {
                finding: sight.finding(window, utterance, index),
                committed: sight.seen == Seen::Committed,
                verified: sight.seen == Seen::Verified,
            })
            .collect();
        desk.preview(utterance, &previews, &at(1.0), &mut out);
        shown.take(&mut out)?;
        sights.iter().zip(&mut expected).for_each(|(sight, expected)| expected.partial(sight.seen));
        check(&expected, shown)?;
    }
    let Some(last) = &spoken.last else {
        desk.unheard(utterance, "overload", &mut out);
        shown.take(&mut out)?;
        check(&expected, shown)?;
        let provisional = shown.0.values().filter(|alert| alert.state == Provisional);
        for alert in provisional {
            prop_assert!(alert.note.contains("overload"), "{:?}", alert);
        }
        return Ok(());
    };
    let findings: Vec<Finding> = (last.iter().enumerate())
        .filter(|(_, sight)| sight.seen != Seen::Not)
        .map(|(index, sight)| sight.finding(window, utterance, index))
        .collect();
    desk.settle(utterance, &findings, &at(2.0), &mut out);
    shown.take(&mut out)?;
    last.iter().zip(&mut expected).for_each(|(sight, expected)| expected.last(sight.seen));
    check(&expected, shown)?;
    for (index, sight) in
        last.iter().enumerate().filter(|(index, _)| expected[*index].state == Some(Confirmed))
    {
        let recorded = shown.state(window, utterance, index).map(|alert| &alert.finding);
        prop_assert_eq!(recorded, Some(&sight.finding(window, utterance, index)));
    }
    desk.preview(utterance, &[], &at(3.0), &mut out);
    desk.preview(utterance, &[], &at(3.0), &mut out);
    prop_assert!(out.is_empty(), "the utterance is over");
    Ok(())
}

/// Findings of the record that are withdrawn in a later turn.
fn withdrawals(window: &str, utterance: u64, spoken: &Spoken) -> Vec<Finding> {
    let last = spoken.last.iter().flatten().enumerate();
    let accused = last.filter(|(_, sight)| !matches!(sight.seen, Seen::Not | Seen::Held));
    let withdrawn = accused.filter(|(index, _)| spoken.withdrawn[*index]);
    let findings = withdrawn.map(|(index, sight)| sight.finding(window, utterance, index));
    findings.map(|finding| Finding { state: FindingState::Retracted, ..finding }).collect()
}

proptest! {
    #[test]
    fn whatever_the_recogniser_revises_one_occurrence_has_one_alert_and_the_record_decides(
        hall in proptest::collection::vec((spoken(), spoken()), 1..4),
    ) {
        let ids = AlertIds::default();
        let mut desks = [(); 2].map(|()| AlertDesk::new(ids.clone(), Arc::new(BudgetTable::default())));
        let mut shown = Shown::default();
        for (utterance, (one, other)) in (0_u64..).zip(&hall) {
            for ((desk, window), spoken) in desks.iter_mut().zip(["1", "2"]).zip([one, other]) {
                play(desk, window, 2 * utterance, spoken, &mut shown)?;
                let withdrawn = withdrawals(window, 2 * utterance, spoken);
                let mut out = Vec::new();
                desk.settle(2 * utterance + 1, &withdrawn, &at(4.0), &mut out);
                prop_assert_eq!(out.len(), withdrawn.len());
                for (alert, finding) in out.iter().zip(&withdrawn) {
                    prop_assert_eq!((alert.state, &alert.finding), (Retracted, finding));
                }
                shown.take(&mut out)?;
            }
        }
    }
}
