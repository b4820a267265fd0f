//! Report: an [`Evaluation`] as text for a terminal, as Markdown for a record, as JSON for programs.
//!
//! The text adds to the tables every miss and false alarm; the Markdown quotes nothing that was said, so it can
//! be kept beside the code when the recordings must not be.

use std::fmt::Write as _;

use comfy_table::presets;

use super::report_judging::{charge, encounter};
use super::report_sheets::sheets;
use super::{AlarmKind, Evaluation, FalseAlarm, HeldBack, Miss, RequiredNote};
use crate::units::Span;

impl Evaluation {
    /// Tables, then each miss, confusion and false alarm, then the notes.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for sheet in sheets(self) {
            push(&mut out, &format!("{}\n{}\n", sheet.title, sheet.draw(presets::UTF8_BORDERS_ONLY)));
        }
        self.push_lists(&mut out);
        out
    }

    /// The tables only, under headings of the second level.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for sheet in sheets(self) {
            push(&mut out, &format!("## {}\n\n{}\n", sheet.title, sheet.draw(presets::ASCII_MARKDOWN)));
        }
        out
    }

    /// Everything, indented.
    ///
    /// # Errors
    /// None that the data can cause; the serialiser's signature has one.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    fn push_lists(&self, out: &mut String) {
        let score = &self.forbidden;
        push_list(out, "Missed", score.misses.iter().map(miss));
        let confused = score.confusions.iter().map(|c| {
            let head = headline(&c.file, c.span, &format!("{} {}", c.provision, c.text));
            format!("{head}\n    found as   {} {}\n    heard      {}", c.found_as, c.phrase, quoted(&c.heard))
        });
        push_list(out, "Found under another provision", confused);
        push_list(out, "False alarms", score.false_alarm_list.iter().map(false_alarm));
        push_list(out, "Visitor's words charged to the clerk", self.visitor.list.iter().map(charge));
        push_list(out, "Required words missing and not reported", self.required.missed.iter().map(required));
        let wrong = self.required.false_findings.iter().map(required);
        push_list(out, "Required words wrongly reported missing", wrong);
        let undecided = self.decisions.undecided.iter().map(required);
        push_list(out, "Required words left undecided", undecided);
        let encounters = self.encounters.faults.iter().map(encounter);
        push_list(out, "Encounters not where, or not what, they were", encounters);
        push_list(out, "Notes", self.notes.iter().map(|note| format!("  {note}")));
    }
}

fn push(out: &mut String, block: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(block);
}

fn push_list(out: &mut String, title: &str, items: impl ExactSizeIterator<Item = String>) {
    if items.len() == 0 {
        return;
    }
    push(out, &format!("{title} ({})\n", items.len()));
    for item in items {
        out.push_str(&item);
        out.push('\n');
    }
}

pub(super) fn headline(file: &str, span: Span, what: &str) -> String {
    format!("  {file}  {} - {}  {what}", span.start, span.end)
}

fn miss(miss: &Miss) -> String {
    let mut out = headline(&miss.file, miss.span, &format!("{} {}", miss.provision, miss.text));
    out.push_str("\n    heard      ");
    out.push_str(quoted(&miss.heard));
    if let Some(HeldBack { provision, phrase, heard, sureness, reason }) = &miss.held {
        let heard = quoted(heard);
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n    held back  {provision} {phrase}, heard {heard}, sureness {sureness:.2}: {reason}"
        );
    }
    out
}

fn false_alarm(alarm: &FalseAlarm) -> String {
    let FalseAlarm { provision, phrase, sureness, reason, .. } = alarm;
    let head = headline(&alarm.file, alarm.span, &format!("{provision} {phrase}"));
    let (heard, said) = (quoted(&alarm.heard), quoted(&alarm.said));
    let on = fell_on(alarm.kind);
    format!(
        "{head}\n    on         {on}\n    heard      {heard}\n    said       {said}\n    sureness   {sureness:.2}: {reason}"
    )
}

fn required(note: &RequiredNote) -> String {
    let mut out = headline(&note.file, note.span, &format!("{} {}", note.provision, note.text));
    if !note.reason.is_empty() {
        let _ = write!(out, "\n    finding    {}", note.reason);
    }
    out
}

/// What a false alarm of `kind` fell on, in words.
pub(super) fn fell_on(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Visitor => "the visitor's channel",
        AlarmKind::Innocent => "an innocent look-alike",
        AlarmKind::Courtesy => "a greeting or farewell",
        AlarmKind::Crosstalk => "the visitor, heard at the clerk's microphone",
        AlarmKind::Speech => "other speech of the clerk",
        AlarmKind::Silence => "silence or noise",
    }
}

pub(super) fn quoted(text: &str) -> &str {
    if text.is_empty() { "(nothing)" } else { text }
}
