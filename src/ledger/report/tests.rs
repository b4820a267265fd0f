//! Sums that can be checked with a pencil.

use super::super::account::{Account, Key, Sat};
use super::super::duty::{Roster, Vacancy};
use super::super::journal::Period;
use super::super::score::{EncounterFact, Facts, Parameters, score};
use super::*;
use crate::conduct::Severity;
use crate::conduct::scene::EncounterKind;

/// 2026-11-23 09:00 in Shanghai.
const NINE_US: i64 = 1_795_395_600_000_000;

fn finding(id: &str, severity: Severity, state: FindingState, review: Review) -> FindingFact {
    FindingFact {
        id: id.into(),
        encounter: Some("e1".into()),
        start_us: NINE_US,
        rule: format!("R-{id}").into(),
        provision: "P30".into(),
        kind: if severity == Severity::Note { FindingKind::Credit } else { FindingKind::Forbidden },
        severity,
        weight: 2,
        state,
        needs_review: false,
        review,
    }
}

fn account(who: Who, windows: &[&str], findings: Vec<FindingFact>) -> Account {
    let period = Period { from_us: NINE_US, until_us: NINE_US + 3_600_000_000 };
    let sat = |id: &&str| Sat { window: WindowId::new(id), period };
    let encounter = EncounterFact {
        id: "e1".into(),
        kind: EncounterKind::Counter,
        start_us: NINE_US,
        end_us: NINE_US + 1,
        served: true,
    };
    let at = WindowId::new(windows[0]);
    let ids = findings.iter().map(|f| f.id.clone()).chain(["e1".into()]);
    let of = ids.map(|id| (id, at.clone())).collect();
    let facts = Facts { heard_ms: 3_000, unheard_ms: 1_000, encounters: vec![encounter], findings };
    let parameters = Parameters { encounters_min: 1, ..Parameters::default() };
    let scored = matches!(who, Who::Clerk(_)).then(|| score(&facts, &parameters));
    let key = Key { day: Date::new(2026, 11, 23).unwrap(), shift: Some("早".into()), who };
    Account { key, sat: windows.iter().map(sat).collect(), facts, windows: of, score: scored }
}

#[test]
fn everything_is_counted_once_and_what_belongs_to_nobody_apart() {
    use FindingState::{Confirmed, Retracted, Unknown};
    use Severity::{Major, Minor, Note};
    let clerk = |id: &str| Who::Clerk(Person { id: id.into(), name: id.into() });
    let nobody = Who::Nobody { window: WindowId::new("2"), why: Vacancy::NotPlanned };
    let accounts = [
        account(
            clerk("a"),
            &["1"],
            vec![
                finding("f1", Major, Confirmed, Review::Upheld),
                finding("f2", Minor, Confirmed, Review::Dismissed),
                finding("f3", Note, Confirmed, Review::Unreviewed),
                finding("f4", Minor, Unknown, Review::Unreviewed),
                finding("f5", Minor, Retracted, Review::Unreviewed),
                finding("f6", Minor, Confirmed, Review::Appealed),
            ],
        ),
        account(clerk("b"), &["1", "2"], vec![finding("f7", Minor, Confirmed, Review::Unreviewed)]),
        account(nobody, &["2"], vec![finding("f8", Major, Confirmed, Review::Unreviewed)]),
    ];
    let report = report(&accounts, &Roster::empty());
    let counts = report.total.counts;
    assert_eq!(counts.accusing, [0, 2, 2, 0]);
    assert_eq!((counts.credits, counts.unknown, counts.dismissed, counts.open), (1, 1, 1, 1));
    // 100 - 8 = 92, at worst 4 less, credit 2 against the slight; and 100 - 4 = 96.
    assert_eq!((report.total.shifts, report.total.scored, report.total.served), (2, 2, 3));
    assert_eq!(report.total.mean(), Some(Points::whole(94)));
    assert_eq!(report.total.mean_at_worst(), Some(Points::whole(93)));
    assert_eq!(report.total.lowest, Some(Points::whole(92)));
    assert_eq!(report.total.coverage().permille, Some(750));
    assert_eq!((report.unassigned.counts.accusations(), report.unassigned.heard_ms), (1, 3_000));
    let of = |id: &str| report.windows.iter().find(|(window, _)| window.as_str() == id).map(|(_, sums)| sums);
    let (one, two) = (of("1").unwrap(), of("2").unwrap());
    assert_eq!((one.served, one.counts.accusations(), one.heard_ms, one.shifts), (2, 3, 3_000, 1));
    assert_eq!((two.served, two.counts.accusations(), two.heard_ms, two.shifts), (1, 1, 3_000, 0));
    assert_eq!((report.heat[&WindowId::new("1")][9], report.heat[&WindowId::new("2")][9]), (3, 1));
    let (provision, of) = &report.provisions[0];
    assert_eq!((provision.as_str(), of.counts.accusations(), of.upheld), ("P30", 4, 1));
    assert_eq!(of.points, Points::whole(-8 - 4 + 2));
    let names: Vec<&str> = report.clerks.iter().map(|(person, _)| person.id.as_str()).collect();
    assert_eq!((names, report.shifts.len(), report.days.len()), (vec!["a", "b"], 3, 1));
}
