//! Ablation: what is found with each lever off, in one table.

use serde::Serialize;

use super::Evaluation;
use super::tables::{hourly, markdown, share};

/// What was found with some lever off.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AblationRow {
    /// What was off, as reports name it.
    pub off: String,
    pub evaluation: Evaluation,
}

/// One row a run, as Markdown.
pub fn ablation_table(rows: &[AblationRow]) -> String {
    let header = vec![
        "lever off",
        "recall, provision right",
        "recall, any provision",
        "false alarms an hour",
        "innocents alerted",
        "visitor charges",
        "required speech: right",
    ];
    let rows = rows.iter().map(|AblationRow { off, evaluation }| {
        let Evaluation { forbidden, visitor, decisions, .. } = evaluation;
        vec![
            off.clone(),
            share(forbidden.recall.strict),
            share(forbidden.recall.lenient),
            hourly(forbidden.false_alarms),
            share(forbidden.innocents_alerted),
            visitor.charges.events.to_string(),
            share(decisions.pooled.correct),
        ]
    });
    markdown(header, 1, rows.collect())
}
