//! The screen as a whole: which lines belong to what, the header, and what is said where there is no hall yet.
//! A pure function of picture, view and size.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::pen::{Pen, width};
use super::view::{Link, Pane, Picture, View};
use super::words::Lang;
use super::{alerts, windows};
use crate::status::{BudgetStatus, HallStatus, Overload};

pub(super) const PLAIN: Style = Style::new();
pub(super) const DIM: Style = Style::new().add_modifier(Modifier::DIM);
pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
pub(super) const HEADING: Style = Style::new().add_modifier(Modifier::REVERSED);
pub(super) const BAD: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
pub(super) const ODD: Style = Style::new().fg(Color::Yellow);

/// How many lines each part of the screen has, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Load and memory.
    pub machine: u16,
    pub budgets: u16,
    /// Without their heading.
    pub windows: u16,
    pub detail: u16,
    /// Without their heading.
    pub alerts: u16,
    pub keys: u16,
}

impl Plan {
    /// Title, two headings and a line each come first, then keys, header and detail; lists share what is left.
    pub fn new(height: u16, windows: usize, alerts: usize) -> Self {
        let mut free = height.saturating_sub(5);
        let mut take = |lines: u16| {
            let taken = if free >= lines { lines } else { 0 };
            free -= taken;
            taken
        };
        let (keys, machine, budgets) = (take(1), take(1), take(1));
        let detail = if height >= 12 { take(2) } else { 0 };
        let rows = free + 2;
        let needed = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX).max(1);
        // A third for the alerts, more where the windows leave it and less where there are fewer.
        let least = (rows / 3).clamp(1, needed(alerts).max(1));
        let windows = needed(windows).min(rows - least);
        Self { machine, budgets, windows, detail, alerts: rows - windows, keys }
    }

    /// Rows of the pane that has the keys.
    pub fn page(self, pane: Pane) -> usize {
        usize::from(if pane == Pane::Windows { self.windows } else { self.alerts })
    }
}

/// Draws everything.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture, view: &View) {
    title(&mut Pen::new(buffer, area, 0), picture, view);
    let Some(hall) = &picture.hall else {
        unreachable_line(&mut Pen::new(buffer, area, 2), picture, view);
        return;
    };
    let (shown, told) = (view.windows(hall), view.alerts(hall));
    let plan = Plan::new(area.height, shown.len(), told.len());
    let mut y = 1;
    if plan.machine > 0 {
        let mut pen = Pen::new(buffer, area, y);
        match picture.link {
            Link::Up => machine_line(&mut pen, hall, view),
            _ => unreachable_line(&mut pen, picture, view),
        }
        y += 1;
    }
    if plan.budgets > 0 {
        budget_line(&mut Pen::new(buffer, area, y), &hall.budgets, view);
        y += 1;
    }
    let part = |y: u16, lines: u16| Rect { y: area.y.saturating_add(y), height: lines, ..area };
    windows::draw(buffer, part(y, plan.windows + 1), &shown, hall.windows.len(), view);
    y += plan.windows + 1;
    if plan.detail > 0 {
        windows::detail(buffer, part(y, plan.detail), &shown, view);
        y += plan.detail;
    }
    alerts::draw(buffer, part(y, plan.alerts + 1), &told, hall, view);
    if plan.keys > 0 {
        keys_line(&mut Pen::new(buffer, area, y + plan.alerts + 1), view);
    }
}

/// A heading is marked where its pane has the keys.
pub(super) fn heading_style(view: &View, pane: Pane) -> Style {
    if view.pane == pane { HEADING.add_modifier(Modifier::BOLD) } else { HEADING }
}

/// `0:42`, `12:05`, `3:04:05`.
pub(super) fn duration(seconds: f64) -> String {
    // Saturates: nothing negative, infinite or undefined passes.
    let whole = seconds as u64;
    let (hours, minutes, seconds) = (whole / 3_600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

fn title(pen: &mut Pen<'_>, picture: &Picture, view: &View) {
    let lang = view.lang;
    let link = match &picture.link {
        Link::Connecting => lang.say("正在连接", "connecting"),
        Link::Up => "",
        Link::Down { .. } => lang.say("连不上", "UNREACHABLE"),
    };
    let name = match &picture.hall {
        Some(hall) => {
            let up = lang.say("运行", "up");
            format!(" {}  sansheng {}  {up} {}", hall.hall, hall.version, duration(hall.running_s))
        }
        None => " sansheng".to_owned(),
    };
    let link_columns = u16::try_from(width(link)).unwrap_or(0);
    let name_columns = pen.left().saturating_sub(link_columns + 1);
    pen.field(&name, name_columns, HEADING.add_modifier(Modifier::BOLD));
    pen.field(link, link_columns, HEADING.fg(Color::Red)).field("", 1, HEADING);
}

fn unreachable_line(pen: &mut Pen<'_>, picture: &Picture, view: &View) {
    match &picture.link {
        Link::Up => {}
        Link::Connecting => {
            pen.put(view.lang.say(" 正在连接服务", " connecting to the service"), PLAIN);
        }
        Link::Down { reason, for_s } => {
            let since = match view.lang {
                Lang::Zh => format!(" 服务已 {for_s:.0} 秒连不上，继续重试: "),
                Lang::En => format!(" no answer for {for_s:.0} s, still trying: "),
            };
            pen.put(&since, BAD).put(reason, PLAIN);
        }
    }
}

fn machine_line(pen: &mut Pen<'_>, hall: &HallStatus, view: &View) {
    let lang = view.lang;
    let percent = (hall.load * 100.0).clamp(0.0, 999.0);
    let load = if percent >= 90.0 { BAD } else { PLAIN };
    pen.put(lang.say(" 负载 ", " load "), DIM).put(&format!("{percent:.0}%"), load);
    pen.put(&format!(" x{}", hall.workers), PLAIN);
    pen.put(lang.say("  排队 ", "  waiting "), DIM).put(&hall.waiting.to_string(), PLAIN);
    if hall.resident_bytes > 0 {
        let mebibytes = hall.resident_bytes / (1 << 20);
        pen.put(lang.say("  内存 ", "  memory "), DIM).put(&format!("{mebibytes} MiB"), PLAIN);
    }
    let overload = match hall.overload {
        Overload::None => PLAIN,
        Overload::Partials | Overload::Context => ODD,
        Overload::Unmonitored => BAD,
    };
    pen.put(lang.say("  过载 ", "  overload "), DIM).put(lang.overload(hall.overload), overload);
}

/// `禁语 1.34/1.50s`: the 95th percentile against the budget, how many alerts, how many late.
fn budget_line(pen: &mut Pen<'_>, budgets: &[BudgetStatus], view: &View) {
    let lang = view.lang;
    pen.put(" p95 ", DIM);
    for budget in budgets {
        let measured = budget.measured;
        let name = lang.budget(&budget.name);
        let over = measured.p95_s > budget.budget_s;
        let value = if measured.count == 0 { "-".to_owned() } else { format!("{:.2}", measured.p95_s) };
        pen.put(&format!("{name} "), DIM).put(&value, if over { BAD } else { PLAIN });
        pen.put(&format!("/{:.2}s n={}", budget.budget_s, measured.count), PLAIN);
        if budget.late > 0 {
            pen.put(&format!(" {}={}", lang.say("迟", "late"), budget.late), BAD);
        }
        pen.skip(2);
    }
}

fn keys_line(pen: &mut Pen<'_>, view: &View) {
    let lang = view.lang;
    if view.typing {
        pen.put(lang.say(" 筛选: ", " filter: "), BOLD).put(&view.filter, PLAIN).put("_", BOLD);
        return;
    }
    if !view.filter.is_empty() {
        pen.put(lang.say(" 筛选: ", " filter: "), BOLD).put(&view.filter, PLAIN);
        pen.put(lang.say("  (Esc 取消)", "  (Esc clears)"), DIM);
    }
    pen.put(
        lang.say(
            " q 退出  Tab 换栏  上下/PgUp/PgDn 滚动  / 筛选",
            " q quit  Tab pane  arrows PgUp PgDn scroll  / filter",
        ),
        DIM,
    );
}
