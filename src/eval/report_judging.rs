//! Tables and lists of what was judged beyond single phrases: by condition, visitors, required speech, encounters.

use super::report::{headline, quoted};
use super::report_sheets::{recall, stratum};
use super::tables::{Sheet, hourly, number, share};
use super::{
    Decisions, EncounterCounts, EncounterKind, EncounterNote, EncounterOutcome, Evaluation, HeardEncounter,
    Spread, VisitorCharge,
};
use crate::units::{SessionTime, Span};

pub(super) fn by_condition(evaluation: &Evaluation) -> Sheet {
    let rows = evaluation.by_condition.iter().map(|row| {
        let mut cells = stratum(&row.stratum);
        let none = || ["0".to_owned(), "-".to_owned(), "-".to_owned()];
        cells.extend(row.recall.map_or_else(none, recall));
        cells.extend([hourly(row.false_alarms), share(row.decided_rightly), share(row.undecided)]);
        cells
    });
    Sheet {
        title: "By condition: forbidden phrases found, false alarms, required speech",
        header: vec![
            "split by",
            "condition",
            "said",
            "provision right",
            "any provision",
            "false alarms an hour",
            "required: right",
            "required: unknown",
        ],
        labels: 2,
        rows: rows.collect(),
    }
}

pub(super) fn visitor(evaluation: &Evaluation) -> Sheet {
    let score = &evaluation.visitor;
    let rows = vec![
        vec!["charges an hour with a visitor".to_owned(), hourly(score.charges)],
        vec!["stretches of the visitor's speech charged".to_owned(), share(score.utterances)],
        vec!["forbidden words by the visitor charged".to_owned(), share(score.look_alikes)],
    ];
    let heard = score.charges.hours > 0.0;
    Sheet {
        title: "The visitor's words charged to the clerk",
        header: vec!["measure", "value"],
        labels: 1,
        rows: if heard { rows } else { Vec::new() },
    }
}

pub(super) fn decisions(evaluation: &Evaluation) -> Sheet {
    let line = |label: &str, decisions: &Decisions| {
        let Decisions { said, said_inferred, left_out, not_due, correct, wrong, unknown } = *decisions;
        let said = match said_inferred {
            0 => said.to_string(),
            inferred => format!("{said} ({inferred} inferred)"),
        };
        let counts = [said, left_out.to_string(), not_due.to_string()];
        let mut cells = vec![label.to_owned()];
        cells.extend(counts);
        cells.extend([correct, wrong, unknown].map(share));
        cells
    };
    let score = &evaluation.decisions;
    let mut rows: Vec<_> =
        score.by_provision.iter().map(|row| line(&row.provision, &row.decisions)).collect();
    if !rows.is_empty() {
        rows.push(line("all", &score.pooled));
    }
    Sheet {
        title: "Required speech, decisions",
        header: vec!["provision", "said", "left out", "not due", "correct", "wrong", "unknown"],
        labels: 1,
        rows,
    }
}

pub(super) fn encounters(evaluation: &Evaluation) -> Sheet {
    let line = |label: &str, counts: &EncounterCounts| {
        let number_of = |count: u64| count.to_string();
        let spread = |spread: Spread| match spread.median_s {
            Some(median_s) => {
                format!("{median_s:+.2} / {} / {}", number(spread.p95_s, 2), number(spread.max_s, 2))
            }
            None => "-".to_owned(),
        };
        vec![
            label.to_owned(),
            number_of(counts.matched.of),
            share(counts.matched),
            number_of(counts.missed),
            number_of(counts.split),
            number_of(counts.merged),
            number_of(counts.off),
            number_of(counts.invented),
            share(counts.start_within),
            share(counts.end_within),
            share(counts.kind_right),
            spread(counts.start_error),
            spread(counts.end_error),
        ]
    };
    let score = &evaluation.encounters;
    let mut rows: Vec<_> = score.by_group.iter().map(|row| line(&row.label, &row.counts)).collect();
    if !rows.is_empty() {
        rows.push(line("all", &score.pooled));
    }
    Sheet {
        title: "Encounters (errors in s: median / 95 % / most)",
        header: vec![
            "of",
            "encounters",
            "start and end within 2 s",
            "missed",
            "split",
            "merged",
            "off",
            "invented",
            "start within 2 s",
            "end within 2 s",
            "kind right",
            "start error",
            "end error",
        ],
        labels: 1,
        rows,
    }
}

pub(super) fn charge(charge: &VisitorCharge) -> String {
    let VisitorCharge { file, span, provision, phrase, heard, said, .. } = charge;
    let head = headline(file, *span, &format!("{provision} {phrase}"));
    format!("{head}\n    heard      {}\n    visitor    {}", quoted(heard), quoted(said))
}

pub(super) fn encounter(note: &EncounterNote) -> String {
    let outcome = match note.outcome {
        EncounterOutcome::Matched => "of another kind",
        EncounterOutcome::Missed => "missed",
        EncounterOutcome::Split => "split",
        EncounterOutcome::Merged => "merged with another",
        EncounterOutcome::Off => "off",
        EncounterOutcome::Invented => "invented",
    };
    let head = headline(&note.file, note.span, &format!("{} {outcome}", kind(note.kind)));
    match note.heard {
        Some(HeardEncounter { kind: as_kind, start_s, end_s }) => {
            let at = |s| SessionTime::from_seconds(s);
            let span = Span { start: at(start_s), end: at(end_s) };
            format!("{head}\n    heard      {} - {}  {}", span.start, span.end, kind(as_kind))
        }
        None => head,
    }
}

fn kind(kind: EncounterKind) -> &'static str {
    match kind {
        EncounterKind::Counter => "counter",
        EncounterKind::Telephone => "telephone",
    }
}
