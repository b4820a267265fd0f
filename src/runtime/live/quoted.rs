//! What was masked in what a finding and an alert quote, by its place in their bodies.

use crate::alert::Alert;
use crate::conduct::Finding;
use crate::ledger::unmask::Original;

/// Of a finding, as it was and as it is shown; `None` where nothing was masked.
pub(super) fn of_finding(was: &Finding, is: &Finding) -> Option<Original> {
    let fields =
        ["/phrase", "/heard", "/reason", "/evidence/context"].into_iter().zip(texts(was)).zip(texts(is));
    Original::between(fields.map(|((field, was), is)| (field, was, is)))
}

pub(super) fn of_alert(was: &Alert, is: &Alert) -> Option<Original> {
    let paths = ["/finding/phrase", "/finding/heard", "/finding/reason", "/finding/evidence/context"];
    let fields = paths.into_iter().zip(texts(&was.finding)).zip(texts(&is.finding));
    let fields = fields.map(|((field, was), is)| (field, was, is));
    Original::between(fields.chain([("/note", was.note.as_str(), is.note.as_str())]))
}

fn texts(finding: &Finding) -> [&str; 4] {
    [&finding.phrase, &finding.heard, &finding.reason, &finding.evidence.context]
}
