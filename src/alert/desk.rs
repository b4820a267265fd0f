//! The desk of one window: gives what is found an identity, and publishes revisions.

use std::sync::Arc;

use super::matching::{Known, pair};
use super::{Alert, AlertIds, AlertState, BudgetTable, LatencyAccount, Moments, Preview};
use crate::conduct::rulebook::Rulebook;
use crate::conduct::{Finding, FindingKind, FindingState};
use crate::units::Span;

/// Alerts that may still be revised, a window. A turn takes back what was said in it and no more, and is far shorter.
const REVISABLE_MAX: usize = 256;

/// Partial decodes in a row that have to go without an alert's words before it is retracted. One is a flicker.
const MISSES_MAX: u8 = 2;

/// Keeps the alerts of one window.
///
/// Utterances are numbered by the caller, upwards; each is previewed any number of times, then [`settle`]d or
/// [`unheard`].
///
/// - A preview alerts when it [is sure](Preview::is_sure). One that is not keeps an alert alive, but changes nothing.
/// - An alert whose words are missing from two previews in a row is retracted; from one, it stays.
/// - The final decides: it confirms, or retracts with a reason. Of an utterance whose end is never heard the alerts
///   stay provisional, with a note.
/// - What comes back after it was retracted keeps its id, also where a cut moved it into the next utterance. Only
///   what the record itself took back is over for good.
///
/// [`settle`]: Self::settle
/// [`unheard`]: Self::unheard
pub struct AlertDesk {
    ids: AlertIds,
    budgets: Arc<BudgetTable>,
    entries: Vec<Entry>,
    /// The last utterance that is over.
    closed: Option<u64>,
}

/// An alert, as it was published last.
struct Entry {
    alert: Alert,
    /// Where its words were heard last: wandering times are followed, and not published.
    place: Span,
    /// The utterance its words were heard in last.
    utterance: u64,
    misses: u8,
    /// A finding of the record stands behind it: it is that finding's alert for good.
    recorded: bool,
}

impl AlertDesk {
    pub fn new(ids: AlertIds, budgets: Arc<BudgetTable>) -> Self {
        Self { ids, budgets, entries: Vec::new(), closed: None }
    }

    /// Goes on under another rulebook: what is announced from here on is held to these budgets.
    pub fn adopt(&mut self, book: &Rulebook) {
        self.budgets = Arc::new(self.budgets.for_rules(book));
    }

    /// Takes all that would be found if `utterance` ended with the words heard so far, held back or not. Of an
    /// utterance that is over nothing is taken. Nor are withdrawals of earlier findings: the final makes them.
    pub fn preview(&mut self, utterance: u64, previews: &[Preview], moments: &Moments, out: &mut Vec<Alert>) {
        if self.closed.is_some_and(|closed| utterance <= closed) {
            return;
        }
        let accusing: Vec<&Preview> = previews.iter().filter(|p| accuses(&p.finding)).collect();
        let findings: Vec<&Finding> = accusing.iter().map(|preview| &preview.finding).collect();
        let paired = self.paired(utterance, &findings);
        let mut heard = vec![false; self.entries.len()];
        for (preview, entry) in accusing.iter().zip(paired) {
            let Some(index) = entry else {
                if preview.is_sure() {
                    self.open(utterance, &preview.finding, AlertState::Provisional, moments, out);
                }
                continue;
            };
            heard[index] = true;
            let entry = &mut self.entries[index];
            entry.heard(utterance, preview.finding.span);
            if preview.is_sure() {
                entry.revise(AlertState::Provisional, &preview.finding, "", out);
            }
        }
        for (entry, _) in self.entries.iter_mut().zip(heard).filter(|(_, heard)| !heard) {
            if entry.utterance == utterance && entry.alert.state == AlertState::Provisional {
                entry.misses += 1;
                if entry.misses >= MISSES_MAX {
                    let held = previews.iter().map(|preview| &preview.finding);
                    entry.retract(held, "not heard any more while the utterance went on", out);
                }
            }
        }
    }

    /// Takes what the record says once `utterance` was heard to its end, with all else that was found in the same step:
    /// what is missing, and withdrawals of earlier findings.
    pub fn settle(&mut self, utterance: u64, findings: &[Finding], moments: &Moments, out: &mut Vec<Alert>) {
        self.record(utterance, findings, moments, out);
        for entry in self.entries.iter_mut().filter(|e| e.utterance == utterance && !e.recorded) {
            if entry.alert.state == AlertState::Provisional {
                entry.retract(findings.iter(), "not heard when the whole utterance was", out);
            }
        }
        self.close(utterance);
    }

    /// Takes findings that no utterance led to: what is missing when time has passed.
    pub fn announce(&mut self, findings: &[Finding], moments: &Moments, out: &mut Vec<Alert>) {
        self.record(self.closed.unwrap_or(0), findings, moments, out);
    }

    /// The end of `utterance` will never be heard; `why` is for people.
    pub fn unheard(&mut self, utterance: u64, why: &str, out: &mut Vec<Alert>) {
        for entry in self.entries.iter_mut().filter(|entry| entry.utterance == utterance) {
            if entry.alert.state == AlertState::Provisional {
                let note =
                    format!("the end of the utterance was not heard ({why}): neither confirmed nor refuted");
                entry.revise(AlertState::Provisional, &entry.alert.finding.clone(), &note, out);
            }
        }
        self.close(utterance);
    }

    fn close(&mut self, utterance: u64) {
        self.closed = self.closed.max(Some(utterance));
        let surplus = self.entries.len().saturating_sub(REVISABLE_MAX);
        self.entries.drain(..surplus);
    }

    fn record(&mut self, utterance: u64, findings: &[Finding], moments: &Moments, out: &mut Vec<Alert>) {
        let accusing: Vec<&Finding> = findings.iter().filter(|finding| accuses(finding)).collect();
        for (finding, entry) in accusing.iter().zip(self.paired(utterance, &accusing)) {
            let index = match entry {
                Some(index) => {
                    self.entries[index].revise(AlertState::Confirmed, finding, "", out);
                    index
                }
                None => self.open(utterance, finding, AlertState::Confirmed, moments, out),
            };
            self.entries[index].heard(utterance, finding.span);
            self.entries[index].recorded = true;
        }
        for finding in findings {
            match (finding.state, finding.kind) {
                (FindingState::Confirmed, FindingKind::Missing | FindingKind::Voice) => {
                    let index = self.open(utterance, finding, AlertState::Confirmed, moments, out);
                    self.entries[index].recorded = true;
                }
                (FindingState::Retracted, _) => {
                    let revised = |e: &&mut Entry| e.recorded && finding.revises(&e.alert.finding);
                    if let Some(entry) = self.entries.iter_mut().find(revised) {
                        entry.revise(AlertState::Retracted, finding, &finding.reason, out);
                    }
                }
                _ => {}
            }
        }
    }

    /// For each of `findings` in `utterance`, the entry that it is about.
    fn paired(&self, utterance: u64, findings: &[&Finding]) -> Vec<Option<usize>> {
        let open: Vec<usize> = (0..self.entries.len()).filter(|i| !self.entries[*i].recorded).collect();
        let known: Vec<Known<'_>> = open.iter().map(|i| self.entries[*i].known(utterance)).collect();
        pair(&known, findings).into_iter().map(|entry| entry.map(|i| open[i])).collect()
    }

    /// Publishes a new alert and gives the index of its entry.
    fn open(
        &mut self,
        utterance: u64,
        finding: &Finding,
        state: AlertState,
        moments: &Moments,
        out: &mut Vec<Alert>,
    ) -> usize {
        let account = LatencyAccount::new(moments.clock.run_time(finding.due), moments);
        let (budget, allowed) = self.budgets.of(finding);
        let alert = Alert {
            id: self.ids.next(),
            revision: 1,
            state,
            finding: finding.clone(),
            note: String::new(),
            account,
            first_published: moments.published,
            budget,
            allowed,
            late: account.total_s > allowed.as_secs_f64(),
        };
        out.push(alert.clone());
        self.entries.push(Entry { alert, place: finding.span, utterance, misses: 0, recorded: false });
        self.entries.len() - 1
    }
}

impl Entry {
    fn known(&self, utterance: u64) -> Known<'_> {
        let Finding { channel, rule, .. } = &self.alert.finding;
        Known { channel: *channel, rule, place: self.place, wanders: self.utterance == utterance }
    }

    fn heard(&mut self, utterance: u64, place: Span) {
        self.utterance = utterance;
        self.place = place;
        self.misses = 0;
    }

    /// Publishes another revision if people would see a difference.
    fn revise(&mut self, state: AlertState, finding: &Finding, note: &str, out: &mut Vec<Alert>) {
        let (shown, now) = (&self.alert.finding, finding);
        let same = self.alert.state == state
            && self.alert.note == note
            && (&shown.rule, &shown.phrase, &shown.heard) == (&now.rule, &now.phrase, &now.heard);
        if same {
            return;
        }
        self.alert.state = state;
        self.alert.finding = finding.clone();
        self.alert.note = note.to_owned();
        self.alert.revision += 1;
        out.push(self.alert.clone());
    }

    /// Takes the alert back: for what held its words back among `findings`, else `otherwise`.
    fn retract<'a>(
        &mut self,
        findings: impl Iterator<Item = &'a Finding>,
        otherwise: &str,
        out: &mut Vec<Alert>,
    ) {
        let mut held = findings.filter(|finding| finding.state == FindingState::Held);
        let here = held.find(|f| f.channel == self.alert.finding.channel && f.span.overlaps(self.place));
        let note = here.map_or(otherwise, |finding| &finding.reason);
        let finding = Finding { state: FindingState::Retracted, ..self.alert.finding.clone() };
        self.revise(AlertState::Retracted, &finding, note, out);
    }
}

/// Whether `finding` is an accusation of words that were said.
fn accuses(finding: &Finding) -> bool {
    finding.kind == FindingKind::Forbidden && finding.state == FindingState::Confirmed
}
