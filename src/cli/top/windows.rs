//! The windows of the hall, a line each, and the chosen one in full.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::pen::{Pen, tail, width};
use super::screen::{BAD, BOLD, DIM, HEADING, ODD, PLAIN, duration, heading_style};
use super::view::{Pane, View, first_line};
use super::words::Lang;
use crate::status::{WindowState, WindowStatus};
use crate::units::Role;

/// Quietest level that a meter shows, dBFS; the loudest is 0.
const METER_FLOOR: f32 = -60.0;

/// Columns of a meter between its brackets.
const METER_COLUMNS: u16 = 8;

/// Words shorter than this say nothing.
const WORDS_MIN: u16 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Name,
    State,
    Meter(Role),
    Encounter,
    Lag,
    Alerts,
    Latency,
    Drift,
    Shed,
}

/// In the order of the screen: column, its width, and its rank, by which columns give way on a narrow screen.
const COLUMNS: [(Column, u16, u8); 10] = [
    (Column::Name, 15, 2),
    (Column::State, 6, 0),
    (Column::Meter(Role::Clerk), 12, 1),
    (Column::Meter(Role::Visitor), 12, 5),
    (Column::Encounter, 8, 6),
    (Column::Lag, 6, 3),
    (Column::Alerts, 6, 4),
    (Column::Latency, 10, 7),
    (Column::Drift, 8, 8),
    (Column::Shed, 9, 9),
];

/// Heading and rows.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, windows: &[&WindowStatus], all: usize, view: &View) {
    let id_columns = windows.iter().map(|window| width(&window.id)).max().unwrap_or(0).clamp(2, 8) as u16 + 1;
    let columns = fitting(area.width.saturating_sub(1 + id_columns));
    let rows = usize::from(area.height.saturating_sub(1));
    let chosen = view.window.min(windows.len().saturating_sub(1));
    let first = first_line(chosen, windows.len(), rows);
    let mut pen = Pen::new(buffer, area, 0);
    heading(&mut pen, &columns, id_columns, &counts(first, rows, windows.len(), all), view);
    for (row, window) in windows.iter().enumerate().skip(first).take(rows) {
        let mut pen = Pen::new(buffer, area, (row - first + 1) as u16);
        let here = row == chosen && view.pane == Pane::Windows;
        pen.field(if here { ">" } else { " " }, 1, BOLD);
        pen.field(&window.id, id_columns, if here { BOLD } else { PLAIN });
        for (column, columns) in &columns {
            cell(&mut pen, *column, *columns, window, view.lang);
        }
        words(&mut pen, window);
    }
}

/// The chosen window on two lines.
pub(super) fn detail(buffer: &mut Buffer, area: Rect, windows: &[&WindowStatus], view: &View) {
    let Some(window) = windows.get(view.window.min(windows.len().saturating_sub(1))) else { return };
    let lang = view.lang;
    let mut pen = Pen::new(buffer, area, 0);
    pen.put(&format!("  {} {}: ", window.id, window.name), BOLD);
    pen.put(lang.state(window.state), state_style(window.state)).skip(1);
    if let Some(reason) = &window.reason {
        let reason_zh = window.reason_zh.as_ref().unwrap_or(reason);
        pen.put(lang.say(reason_zh, reason), ODD).skip(1);
    }
    words(&mut pen, window);
    let mut pen = Pen::new(buffer, area, 1);
    let latency = window.latency;
    pen.put("  p50 p95 max ", DIM);
    if latency.count > 0 {
        let (p50, p95, max) = (latency.p50_s, latency.p95_s, latency.max_s);
        pen.put(&format!("{p50:.2} {p95:.2} {max:.2}s n={}", latency.count), PLAIN);
    } else {
        pen.put("-", PLAIN);
    }
    let shed = window.shed;
    let unheard = if window.unheard_s > 0.0 { ODD } else { PLAIN };
    pen.put(lang.say("  未听 ", "  unheard "), DIM);
    pen.put(&format!("{:.0}/{:.0}s", window.unheard_s, window.audio_s), unheard);
    pen.put(lang.say("  省略 ", "  shed "), DIM);
    pen.put(&format!("{}/{}/{}", shed.partials, shed.shortened, shed.unmonitored), PLAIN);
    pen.put(lang.say("  迟 ", "  late "), DIM);
    pen.put(&window.late.to_string(), if window.late > 0 { BAD } else { PLAIN });
    pen.put(lang.say("  时钟 ", "  clock "), DIM).put(&drift(window), PLAIN);
}

/// The columns that fit beside the words, the least of them first to go.
fn fitting(width: u16) -> Vec<(Column, u16)> {
    let mut free = width.saturating_sub(WORDS_MIN);
    let mut ranked = COLUMNS;
    ranked.sort_by_key(|(_, _, rank)| *rank);
    let mut kept = Vec::new();
    for (column, columns, _) in ranked {
        // One that does not fit ends it: the next in rank would take its place without being as useful.
        let Some(rest) = free.checked_sub(columns) else { break };
        free = rest;
        kept.push(column);
    }
    let mut fitting: Vec<(Column, u16)> = COLUMNS
        .into_iter()
        .filter(|(column, _, _)| kept.contains(column))
        .map(|(column, columns, _)| (column, columns))
        .collect();
    if let Some((Column::Name, columns)) = fitting.first_mut() {
        *columns += (free / 3).min(13);
    }
    fitting
}

/// `1-12/60`, and of how many where a filter hides some.
fn counts(first: usize, rows: usize, shown: usize, all: usize) -> String {
    let last = (first + rows).min(shown);
    let hidden = if shown < all { format!(" ({all})") } else { String::new() };
    format!("{}-{last}/{shown}{hidden}", (first + 1).min(last))
}

fn heading(pen: &mut Pen<'_>, columns: &[(Column, u16)], id_columns: u16, counts: &str, view: &View) {
    let (lang, style) = (view.lang, heading_style(view, Pane::Windows));
    let mark = if view.pane == Pane::Windows { ">" } else { " " };
    let named = matches!(columns.first(), Some((Column::Name, _)));
    let first = lang.say("窗口", "WINDOW");
    if !named {
        pen.field(mark, 1, style).field(lang.say("号", "ID"), id_columns, style);
    }
    for (column, columns) in columns {
        let (text, columns) = match column {
            Column::Name => {
                pen.field(mark, 1, style);
                (format!("{first} {counts}"), columns + id_columns)
            }
            Column::State => (lang.say("状态", "STATE").to_owned(), *columns),
            Column::Meter(Role::Clerk) => (lang.say("工作人员", "CLERK dBFS").to_owned(), *columns),
            Column::Meter(Role::Visitor) => (lang.say("群众", "VISITOR").to_owned(), *columns),
            Column::Encounter => (lang.say("接待", "VISIT").to_owned(), *columns),
            Column::Lag => (lang.say("滞后", "LAG").to_owned(), *columns),
            Column::Alerts => (lang.say("告警", "ALERT").to_owned(), *columns),
            Column::Latency => ("p50/p95".to_owned(), *columns),
            Column::Drift => (lang.say("时钟", "CLOCK").to_owned(), *columns),
            Column::Shed => (lang.say("省略", "SHED").to_owned(), *columns),
        };
        pen.field(&text, columns, style);
    }
    pen.field(lang.say("最近的话", "LAST WORDS"), pen.left(), style);
}

fn cell(pen: &mut Pen<'_>, column: Column, columns: u16, window: &WindowStatus, lang: Lang) {
    // Every column ends in a blank, so that neighbours never touch.
    let (text, style) = match column {
        Column::Meter(role) => return meter(pen, window, role, lang),
        Column::Name => (window.name.clone(), PLAIN),
        Column::State => (lang.state(window.state).to_owned(), state_style(window.state)),
        Column::Encounter => {
            let call = if window.on_telephone { lang.say("话", "T ") } else { "" };
            (window.encounter_s.map_or_else(|| "-".into(), |s| format!("{call}{}", duration(s))), PLAIN)
        }
        Column::Lag => (format!("{:.1}s", window.lag_s.clamp(0.0, 999.0)), lag_style(window.lag_s)),
        Column::Alerts if window.late > 0 => (format!("{}/{}", window.alerts, window.late), ODD),
        Column::Alerts => (window.alerts.to_string(), PLAIN),
        Column::Latency if window.latency.count == 0 => ("-".to_owned(), PLAIN),
        Column::Latency => (format!("{:.2}/{:.2}", window.latency.p50_s, window.latency.p95_s), PLAIN),
        Column::Drift => (drift(window), PLAIN),
        Column::Shed => {
            let shed = window.shed;
            let style = if shed.unmonitored > 0 { BAD } else { PLAIN };
            (format!("{}/{}/{}", shed.partials, shed.shortened, shed.unmonitored), style)
        }
    };
    pen.field(&text, columns - 1, style).skip(1);
}

/// `[||||| -32]*`: level in dBFS, and a star while the voice speaks.
fn meter(pen: &mut Pen<'_>, window: &WindowStatus, role: Role, lang: Lang) {
    let Some(microphone) = window.microphones.iter().find(|microphone| microphone.role == role) else {
        pen.field("-", METER_COLUMNS + 2, DIM).skip(2);
        return;
    };
    // The clerk's is told in the column of the window's state.
    let absent = matches!(microphone.state, WindowState::Waiting | WindowState::Down);
    if absent && role == Role::Visitor {
        pen.field(lang.state(microphone.state), METER_COLUMNS + 2, state_style(microphone.state)).skip(2);
        return;
    }
    let level = microphone.level_dbfs;
    // What is written over the bar's end; below the noise of any microphone there is nothing to read.
    let number = if level > -100.0 { format!("{:.0}", level.min(9.0)) } else { "--".to_owned() };
    let written = METER_COLUMNS.saturating_sub(width(&number) as u16);
    let lit = ((level - METER_FLOOR) / -METER_FLOOR * f32::from(METER_COLUMNS)).ceil();
    pen.put("[", BOLD);
    for cell in 0..METER_COLUMNS {
        let on = f32::from(cell) < lit;
        if cell >= written {
            let symbol = number.chars().nth(usize::from(cell - written)).unwrap_or(' ');
            pen.put(symbol.encode_utf8(&mut [0; 4]), if on { level_style(cell) } else { DIM });
        } else {
            pen.put(if on { "|" } else { " " }, level_style(cell));
        }
    }
    pen.put("]", BOLD).put(if microphone.speaking { "*" } else { " " }, BOLD).skip(1);
}

/// From blue at -60 dBFS over green and yellow to red near full scale.
fn level_style(cell: u16) -> Style {
    let colour = match cell {
        0 | 1 => Color::Blue,
        2..=5 => Color::Green,
        6 => Color::Yellow,
        _ => Color::Red,
    };
    Style::new().fg(colour)
}

/// Between words that are settled and those that are not: for eyes and terminals that do not see the dimming.
const UNSETTLED: &str = "..";

/// The end of what was said, what is not settled dimmer and slanted.
fn words(pen: &mut Pen<'_>, window: &WindowStatus) {
    let columns = usize::from(pen.left());
    let unsettled = if window.tentative.is_empty() { "" } else { UNSETTLED };
    let tentative = tail(&format!("{unsettled}{}", window.tentative), columns);
    let settled = tail(&window.words, columns - width(&tentative).min(columns));
    pen.put(&settled, PLAIN).put(&tentative, DIM.add_modifier(Modifier::ITALIC));
}

fn drift(window: &WindowStatus) -> String {
    window.drift_ppm.map_or_else(|| "-".into(), |ppm| format!("{:+.0}ppm", ppm.clamp(-9_999.0, 9_999.0)))
}

fn state_style(state: WindowState) -> Style {
    match state {
        WindowState::Live => Style::new().fg(Color::Green),
        WindowState::Starting | WindowState::Waiting => ODD,
        WindowState::Down => BAD.add_modifier(HEADING.add_modifier),
        WindowState::Ended => DIM,
    }
}

fn lag_style(lag_s: f64) -> Style {
    match lag_s {
        lag if lag >= 5.0 => BAD,
        lag if lag >= 2.0 => ODD,
        _ => PLAIN,
    }
}
