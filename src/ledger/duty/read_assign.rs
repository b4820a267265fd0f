//! `[[assign]]`: who sits at which window in which shift.

use super::calendar::Days;
use super::day_form;
use super::plan::{Assignment, Place, When};
use super::read::{Draft, WINDOW_REMEDY, read_pattern, window};
use crate::toml_file::{Document, Fields, Text, did_you_mean};
use crate::units::WindowId;

/// Longest stretch of days that one assignment may name.
const DAYS_MAX: i64 = 1_000;

/// The assignments of one table: every shift at every window.
pub(super) fn read_assignments(mut fields: Fields<'_, '_>, draft: &Draft) -> Vec<Assignment> {
    let doc = fields.doc;
    fields.name(format!("the assignment on line {}", doc.line(fields.at)));
    for key in ["window", "shift"] {
        if fields.is_without(key) {
            fields.missing(key, &format!("`{key} = \"…\"`, one or a list"));
        }
    }
    let windows: Vec<Option<WindowId>> =
        fields.texts("window").into_iter().map(|text| known_window(doc, text, draft)).collect();
    let shifts: Vec<Option<usize>> =
        fields.texts("shift").into_iter().map(|text| known_shift(doc, text, draft)).collect();
    let clerk = fields.needed_text("clerk", "`clerk = \"0231\"`, a staff number of [[person]]");
    if let Some(clerk) = clerk.filter(|clerk| !draft.people.contains_key(clerk.text)) {
        let meant = did_you_mean(clerk.text, draft.people.keys().map(String::as_str));
        let found = format!("nobody has the staff number {:?}{meant}", clerk.text);
        doc.error(clerk.at, &found, "add them as [[person]] above");
    }
    let when = read_when(&mut fields);
    let place = Place { file: doc.source.name.clone(), line: doc.line(fields.at) };
    fields.finish(&[]);
    let (Some(when), Some(clerk)) = (when, clerk) else { return Vec::new() };
    let clerk = Some(clerk.text.to_owned());
    let slots = windows
        .iter()
        .flatten()
        .flat_map(|window| shifts.iter().flatten().map(move |shift| (window, *shift)));
    slots
        .map(|(window, shift)| Assignment {
            window: window.clone(),
            shift,
            clerk: clerk.clone(),
            when: when.clone(),
            place: place.clone(),
        })
        .collect()
}

fn known_window(doc: &Document<'_>, text: Text<'_>, draft: &Draft) -> Option<WindowId> {
    let window = window(text.text, draft);
    if window.is_none() {
        doc.error(text.at, &format!("{:?} is no window's id", text.text), WINDOW_REMEDY);
    }
    window
}

fn known_shift(doc: &Document<'_>, text: Text<'_>, draft: &Draft) -> Option<usize> {
    let known = draft.shifts.iter().position(|shift| shift.id == text.text.trim());
    if known.is_none() {
        let meant = did_you_mean(text.text, draft.shifts.iter().map(|shift| shift.id.as_str()));
        doc.error(text.at, &format!("there is no shift {:?}{meant}", text.text), "add it as [[shift]] above");
    }
    known
}

/// `on`, or `days` with `from` and `until`.
fn read_when(fields: &mut Fields<'_, '_>) -> Option<When> {
    let (doc, on_at) = (fields.doc, fields.key_at("on"));
    let on = fields.texts("on");
    let pattern = ["days", "from", "until"].iter().any(|key| fields.has(key));
    let days = if fields.has("days") { read_pattern(fields) } else { Days::DAILY };
    fields.value("days");
    let (from, until) = (fields.date("from"), fields.date("until"));
    if !fields.has("on") {
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            let found = format!("{} ends before it begins", fields.of);
            doc.error(
                fields.key_at("until"),
                &found,
                "`until` is the first day on which it does not hold any more",
            );
        }
        return Some(When::Pattern { days, from, until });
    }
    if pattern {
        doc.error(
            on_at,
            &format!("{} has `on` and a pattern", fields.of),
            "keep `on` for single days, or `days`, `from` and `until`",
        );
    }
    let mut ranges = Vec::new();
    for text in on {
        match day_form::days(text.text) {
            Ok(days) if days.end().unix_days() - days.start().unix_days() < DAYS_MAX => ranges.push(days),
            Ok(_) => doc.error(
                text.at,
                &format!("{:?} is longer than {DAYS_MAX} days", text.text),
                "use `days` with `from` and `until`",
            ),
            Err(remedy) => {
                doc.error(text.at, &format!("{:?} among `on` of {}", text.text, fields.of), remedy)
            }
        }
    }
    Some(When::Named(ranges))
}
