//! Charts as inline SVG: they print as sharp as text, and need no script.

use std::fmt::Write as _;

use super::Paper;
use super::html::escaped;
use super::sheet::tenths;
use super::text::ReportLang;
use crate::ledger::report::{Counts, Sums, in_order};
use crate::units::{Date, WindowId};

/// A page's width, in units of the drawings.
const WIDE: f64 = 720.0;

/// More days than these are drawn week by week.
const DAYS_MAX: usize = 62;

/// More windows than these are drawn close together, so that they have room on a page.
const WINDOWS_MAX: usize = 16;

const INK: &str = "#1f2933";
const LINE: &str = "#1d4e89";
const SHARE: &str = "#c9d6e3";
const SEVERITIES: [&str; 4] = ["#b8c4ce", "#f0b45a", "#d9662e", "#9b1c1c"];

/// Mean score over the time, from what is a little below the lowest; below it how much was heard.
pub(super) fn trend(shown: &Paper) -> String {
    let points = by_days_or_weeks(&shown.report.days);
    let left = 36.0;
    let step = (WIDE - left - 6.0) / points.len().max(1) as f64;
    let means = points.iter().filter_map(|(_, sums)| sums.mean()).map(|mean| mean.0 as f64 / 1_000.0);
    let (from, tick) = scale(means.fold(100.0, f64::min));
    let score = Axis { top: 10.0, tall: 112.0, from };
    let heard = Axis { top: 138.0, tall: 32.0, from: 0.0 };
    let mut svg = open(190.0, shown.lang.say("平均得分与监听覆盖率", "Mean score and share heard"));
    score.ticks(&mut svg, left, (tick, ""));
    heard.ticks(&mut svg, left, (100.0, "%"));
    let (mut line, mut pen) = (String::new(), 'M');
    let each = points.len().div_ceil(12).max(1);
    for (n, (label, sums)) in points.iter().enumerate() {
        let x = left + step * (n as f64 + 0.5);
        if let Some(permille) = sums.coverage().permille {
            let at = heard.y(f64::from(permille) / 10.0);
            let (wide, high) = (step * 0.7, heard.y(0.0) - at);
            let _ = write!(
                svg,
                r##"<rect x="{:.1}" y="{at:.1}" width="{wide:.1}" height="{high:.1}" fill="{SHARE}"/>"##,
                x - wide / 2.0
            );
        }
        match sums.mean() {
            Some(mean) => {
                let at = score.y(mean.0 as f64 / 1_000.0);
                let _ = write!(line, "{pen}{x:.1} {at:.1} ");
                let _ = write!(svg, r##"<circle cx="{x:.1}" cy="{at:.1}" r="2.4" fill="{LINE}"/>"##);
                pen = 'L';
            }
            // A gap in the line: there was no score.
            None => pen = 'M',
        }
        if n % each == 0 {
            text(&mut svg, (x, 184.0), "middle", label);
        }
    }
    let _ = write!(svg, r##"<path d="{line}" fill="none" stroke="{LINE}" stroke-width="1.8"/></svg>"##);
    let legend = [
        (LINE, shown.lang.say("平均得分", "mean score")),
        (SHARE, shown.lang.say("监听覆盖率", "share heard")),
    ];
    svg + &key(&legend)
}

/// Where an axis of scores begins, and the distance of its ticks: as few tens as show the lowest, with five ticks or so.
pub(super) fn scale(lowest: f64) -> (f64, f64) {
    let from = ((lowest / 10.0).floor() * 10.0).clamp(0.0, 90.0);
    let tick = [2.0, 5.0, 10.0, 20.0].into_iter().find(|tick| (100.0 - from) / tick <= 5.0);
    (from, tick.unwrap_or(20.0))
}

/// Hundredths, from `from` at the bottom to 100 at the top.
struct Axis {
    top: f64,
    tall: f64,
    from: f64,
}

impl Axis {
    fn y(&self, value: f64) -> f64 {
        let share = (value - self.from) / (100.0 - self.from);
        self.top + self.tall * (1.0 - share.clamp(0.0, 1.0))
    }

    fn ticks(&self, svg: &mut String, left: f64, (each, unit): (f64, &str)) {
        let mut tick = 100.0;
        while tick >= self.from {
            let at = self.y(tick);
            let _ = write!(
                svg,
                r##"<line x1="{left}" x2="{WIDE}" y1="{at:.1}" y2="{at:.1}" stroke="#e3e8ed"/>"##
            );
            text(svg, (left - 6.0, at + 3.5), "end", &format!("{tick}{unit}"));
            tick -= each;
        }
    }
}

/// Findings that accuse, of each window by the hour.
pub(super) fn heat(shown: &Paper) -> String {
    let heat = &shown.report.heat;
    let hours = || heat.values().flat_map(|hours| hours.iter().enumerate().filter(|(_, n)| **n > 0));
    let (first, last) = (hours().map(|(hour, _)| hour).min(), hours().map(|(hour, _)| hour).max());
    let (Some(first), Some(last)) = (first, last) else { return none(shown.lang) };
    let most = hours().map(|(_, count)| *count).max().unwrap_or(1) as f64;
    let (left, high) = (110.0, if heat.len() > WINDOWS_MAX { 15.0 } else { 20.0 });
    let wide = (WIDE - left) / (last - first + 1) as f64;
    // Of the letters in the middle of a row.
    let base = high / 2.0 + 4.0;
    let mut rows: Vec<_> = heat.iter().collect();
    rows.sort_by_key(|(window, _)| in_order(window));
    let title = shown.lang.say("各窗口每小时的问题数", "Findings by window and hour");
    let mut svg = open(high * (heat.len() as f64 + 1.0) + 4.0, title);
    for hour in first..=last {
        let x = left + wide * ((hour - first) as f64 + 0.5);
        text(&mut svg, (x, high - 5.0), "middle", &format!("{hour}:00"));
    }
    for (row, (window, hours)) in rows.into_iter().enumerate() {
        let y = high * (row as f64 + 1.0);
        text(&mut svg, (left - 6.0, y + base), "end", &name_of(shown, window));
        for (hour, count) in hours.iter().enumerate().take(last + 1).skip(first) {
            let x = left + wide * (hour - first) as f64;
            let share = *count as f64 / most;
            let _ = write!(
                svg,
                r##"<rect x="{x:.1}" y="{y:.1}" width="{:.1}" height="{:.1}" fill="#b3261e" fill-opacity="{:.2}" stroke="#fff"/>"##,
                wide - 1.0,
                high - 1.0,
                0.04 + 0.8 * share
            );
            if *count > 0 {
                let ink = if share > 0.55 { "#fff" } else { INK };
                let _ = write!(
                    svg,
                    r##"<text x="{:.1}" y="{:.1}" text-anchor="middle" fill="{ink}">{count}</text>"##,
                    x + wide / 2.0,
                    y + base
                );
            }
        }
    }
    svg + "</svg>"
}

/// Findings that accuse, of each provision, the most first.
pub(super) fn provisions(shown: &Paper) -> String {
    let mut all: Vec<(&String, &Counts)> =
        shown.report.provisions.iter().map(|(provision, of)| (provision, &of.counts)).collect();
    all.retain(|(_, counts)| counts.accusations() > 0);
    all.sort_by_key(|(provision, counts)| (std::cmp::Reverse(counts.accusations()), *provision));
    all.truncate(20);
    let Some(most) = all.first().map(|(_, counts)| counts.accusations() as f64) else {
        return none(shown.lang);
    };
    let (left, high) = (230.0, 20.0);
    let mut svg =
        open(high * all.len() as f64 + 4.0, shown.lang.say("各条款的问题数", "Findings by provision"));
    for (row, (provision, counts)) in all.iter().enumerate() {
        let y = high * row as f64;
        let title = shown.provisions.get(*provision).map_or("", String::as_str);
        let name: String = format!("{provision} {title}").chars().take(20).collect();
        text(&mut svg, (left - 6.0, y + 14.0), "end", &name);
        let mut x = left;
        for (count, colour) in counts.accusing.iter().zip(SEVERITIES) {
            let wide = (WIDE - left - 40.0) * *count as f64 / most;
            if *count > 0 {
                let _ = write!(
                    svg,
                    r##"<rect x="{x:.1}" y="{:.1}" width="{wide:.1}" height="{:.1}" fill="{colour}"/>"##,
                    y + 3.0,
                    high - 6.0
                );
            }
            x += wide;
        }
        text(&mut svg, (x + 5.0, y + 14.0), "start", &counts.accusations().to_string());
    }
    let names = [
        shown.lang.say("提示", "note"),
        shown.lang.say("轻微", "minor"),
        shown.lang.say("严重", "major"),
        shown.lang.say("重大", "critical"),
    ];
    let legend: Vec<(&str, &str)> = SEVERITIES.into_iter().zip(names).collect();
    svg + "</svg>" + &key(&legend)
}

/// What share of each window's shifts was heard; of many windows in two columns.
pub(super) fn coverage(shown: &Paper) -> String {
    let all: Vec<_> =
        shown.report.windows.iter().filter(|(_, sums)| sums.coverage().permille.is_some()).collect();
    if all.is_empty() {
        return none(shown.lang);
    }
    let columns = if all.len() > WINDOWS_MAX { 2 } else { 1 };
    let (rows, wide, left, high) = (all.len().div_ceil(columns), WIDE / columns as f64, 110.0, 16.0);
    let mut svg = open(high * rows as f64 + 4.0, shown.lang.say("监听覆盖率", "Share heard"));
    for (place, (window, sums)) in all.iter().enumerate() {
        let (x, y) = ((place / rows) as f64 * wide + left, (place % rows) as f64 * high);
        let permille = sums.coverage().permille.unwrap_or(0);
        text(&mut svg, (x - 6.0, y + 12.0), "end", &name_of(shown, window));
        let whole = wide - left - 60.0;
        let heard = whole * f64::from(permille) / 1_000.0;
        let _ = write!(
            svg,
            r##"<rect x="{x:.1}" y="{0:.1}" width="{whole:.1}" height="{1:.1}" fill="#eef2f5"/><rect x="{x:.1}" y="{0:.1}" width="{heard:.1}" height="{1:.1}" fill="{LINE}"/>"##,
            y + 3.0,
            high - 6.0
        );
        let told = format!("{}.{} %", permille / 10, permille % 10);
        text(&mut svg, (x + whole + 6.0, y + 12.0), "start", &told);
    }
    svg + "</svg>"
}

/// As people call it, as far as there is room for it.
fn name_of(shown: &Paper, window: &WindowId) -> String {
    let name = shown.windows.get(window.as_str()).map_or(window.as_str(), String::as_str);
    match name.chars().count() {
        0..=9 => name.to_owned(),
        _ => name.chars().take(8).chain(['…']).collect(),
    }
}

/// Label and sums of each day, or of each week from the first day on.
fn by_days_or_weeks(days: &[(Date, Sums)]) -> Vec<(String, Sums)> {
    let short = |day: &Date| day.to_string().split_at(5).1.to_owned();
    if days.len() <= DAYS_MAX {
        return days.iter().map(|(day, sums)| (short(day), sums.clone())).collect();
    }
    let Some(first) = days.first().map(|(day, _)| day.unix_days()) else { return Vec::new() };
    let mut weeks: Vec<(i64, String, Sums)> = Vec::new();
    for (day, sums) in days {
        let week = (day.unix_days() - first) / 7;
        if weeks.last().is_none_or(|(last, ..)| *last != week) {
            weeks.push((week, short(day), Sums::default()));
        }
        if let Some((_, _, all)) = weeks.last_mut() {
            all.add(sums);
        }
    }
    weeks.into_iter().map(|(_, label, sums)| (label, sums)).collect()
}

fn open(tall: f64, title: &str) -> String {
    format!(
        r##"<svg viewBox="0 0 {WIDE} {tall}" role="img" aria-label="{0}" font-size="11"><title>{0}</title>"##,
        escaped(title)
    )
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    let _ = write!(
        svg,
        r##"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="{INK}">{}</text>"##,
        escaped(words)
    );
}

fn key(entries: &[(&str, &str)]) -> String {
    let entry = |(colour, name): &(&str, &str)| {
        format!(r##"<span><i style="background:{colour}"></i>{}</span>"##, escaped(name))
    };
    format!(r##"<p class="key">{}</p>"##, entries.iter().map(entry).collect::<String>())
}

fn none(lang: ReportLang) -> String {
    format!("<p class=\"none\">{}</p>", lang.say("本期无数据", "nothing in this time"))
}

/// A number in large type with what it is.
pub(super) fn figure(label: &str, value: Option<crate::ledger::score::Points>) -> String {
    number(label, &value.map_or_else(|| "–".to_owned(), tenths))
}

pub(super) fn number(label: &str, value: &str) -> String {
    format!("<div><b>{}</b><span>{}</span></div>", escaped(value), escaped(label))
}
