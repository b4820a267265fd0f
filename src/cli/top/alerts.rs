//! The newest alerts, a line each. State and lateness are told in words, never by colour alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::pen::{Pen, width};
use super::screen::{BAD, BOLD, DIM, PLAIN, heading_style};
use super::view::{Pane, View, first_line};
use crate::status::{AlertStatus, HallStatus};

/// Columns of the screen below which only age, state, window and words are shown.
const NARROW: u16 = 60;

const AGE: u16 = 5;
const STATE: u16 = 10;
const LATE: u16 = 5;
const LATENCY: u16 = 7;
const PROVISION: u16 = 4;
const KIND: u16 = 10;
const SEVERITY: u16 = 9;

/// Heading and rows.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, alerts: &[&AlertStatus], hall: &HallStatus, view: &View) {
    let rows = usize::from(area.height.saturating_sub(1));
    let chosen = view.alert.min(alerts.len().saturating_sub(1));
    let first = first_line(chosen, alerts.len(), rows);
    let windows = alerts.iter().map(|alert| width(&alert.window)).max().unwrap_or(0).clamp(4, 8) as u16 + 1;
    heading(&mut Pen::new(buffer, area, 0), windows, area.width, alerts.len(), view);
    if alerts.is_empty() {
        Pen::new(buffer, area, 1).put(view.lang.say("  没有告警", "  no alerts"), DIM);
    }
    for (row, alert) in alerts.iter().enumerate().skip(first).take(rows) {
        let mut pen = Pen::new(buffer, area, (row - first + 1) as u16);
        let here = row == chosen && view.pane == Pane::Alerts;
        pen.field(if here { ">" } else { " " }, 1, BOLD);
        line(&mut pen, alert, hall, windows, area.width, view);
    }
}

fn heading(pen: &mut Pen<'_>, windows: u16, columns: u16, count: usize, view: &View) {
    let (lang, style) = (view.lang, heading_style(view, Pane::Alerts));
    pen.field(if view.pane == Pane::Alerts { ">" } else { " " }, 1, style);
    pen.field(lang.say("前", "AGO"), AGE, style);
    pen.field(&format!("{} {count}", lang.say("告警", "ALERTS")), STATE, style);
    pen.field("", LATE, style).field(lang.say("窗口", "WIN"), windows, style);
    if columns >= NARROW {
        pen.field(lang.say("延迟", "DELAY"), LATENCY, style).field(
            lang.say("条", "PROV"),
            PROVISION + 1,
            style,
        );
        pen.field(lang.say("类别", "KIND"), KIND, style);
    }
    if columns >= 2 * NARROW {
        pen.field(lang.say("轻重", "SEVERITY"), SEVERITY, style);
    }
    pen.field(lang.say("用语 \"听到\"", "PHRASE \"heard\""), pen.left(), style);
}

fn line(pen: &mut Pen<'_>, alert: &AlertStatus, hall: &HallStatus, windows: u16, columns: u16, view: &View) {
    let lang = view.lang;
    let retracted = alert.state == "retracted";
    let words = if retracted { DIM.add_modifier(Modifier::CROSSED_OUT) } else { PLAIN };
    pen.field(&age(hall.at_unix_s, alert.published_unix_s), AGE - 1, DIM).skip(1);
    pen.field(&lang.alert(&alert.state), STATE - 1, state_style(&alert.state)).skip(1);
    pen.field(if alert.late { lang.say("迟", "LATE") } else { "" }, LATE - 1, BAD).skip(1);
    pen.field(&alert.window, windows - 1, BOLD).skip(1);
    if columns >= NARROW {
        let latency = format!("{:.2}s", alert.latency_s.clamp(0.0, 999.0));
        pen.field(&latency, LATENCY - 1, if alert.late { BAD } else { PLAIN }).skip(1);
        pen.field(&alert.provision, PROVISION, words).skip(1);
        pen.field(lang.kind(&alert.kind), KIND - 1, words).skip(1);
    }
    if columns >= 2 * NARROW {
        pen.field(lang.severity(&alert.severity), SEVERITY - 1, words).skip(1);
    }
    pen.put(&alert.phrase, words);
    if !alert.heard.is_empty() {
        pen.put(&format!(" \"{}\"", alert.heard), words);
    }
}

/// `12s`, `5m`, `3h`, `2d`; nothing where a time is not known.
fn age(now_unix_s: f64, then_unix_s: f64) -> String {
    if now_unix_s <= 0.0 || then_unix_s <= 0.0 {
        return String::new();
    }
    // Saturates: clocks may have been set in between.
    match (now_unix_s - then_unix_s) as u64 {
        seconds @ 0..100 => format!("{seconds}s"),
        seconds @ 100..6_000 => format!("{}m", seconds / 60),
        seconds @ 6_000..172_800 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

fn state_style(state: &str) -> Style {
    match state {
        "provisional" => Style::new().fg(Color::Yellow),
        "confirmed" => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        "retracted" => DIM,
        _ => PLAIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_four_columns() {
        for (seconds, told) in [
            (0.0, "0s"),
            (99.9, "99s"),
            (100.0, "1m"),
            (5_999.0, "99m"),
            (6_000.0, "1h"),
            (9e9, "104166d"),
            (-5.0, "0s"),
        ] {
            assert_eq!(age(1e10, 1e10 - seconds), told);
        }
        assert_eq!((age(0.0, 5.0), age(5.0, 0.0)), (String::new(), String::new()));
    }
}
