//! A report as sheets of cells, which the table, CSV, XLSX and HTML all show.

use std::collections::BTreeMap;

use super::text::ReportLang;
use crate::ledger::account::Who;
use crate::ledger::duty::Vacancy;
use crate::ledger::report::{Counts, Report, ShiftLine, Sums};
use crate::ledger::score::{Outcome, Points, Unscored};

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Whole(u64),
    /// `None`: there is no score.
    Points(Option<Points>),
    /// A share in thousandths; `None` of nothing.
    Permille(Option<u16>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    pub title: &'static str,
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
}

/// What stands above everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    pub title: String,
    pub period: String,
    pub of: String,
    pub made: String,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// For people; a score to a tenth.
    pub fn told(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Whole(number) => number.to_string(),
            Self::Points(None) | Self::Permille(None) => "–".to_owned(),
            Self::Points(Some(points)) => tenths(*points),
            Self::Permille(Some(permille)) => format!("{}.{} %", permille / 10, permille % 10),
        }
    }
}

/// To the nearest tenth, halves up.
pub(super) fn tenths(points: Points) -> String {
    let tenths = (points.0 + 50).div_euclid(100);
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
}

/// Headings of what [`sums`] gives.
fn sums_head(lang: ReportLang) -> [&'static str; 13] {
    [
        lang.say("班次数", "Shifts"),
        lang.say("已评分", "Scored"),
        lang.say("平均得分", "Mean score"),
        lang.say("最低得分", "Lowest"),
        lang.say("待定全扣", "At worst"),
        lang.say("监听覆盖率", "Heard"),
        lang.say("接待次数", "Served"),
        lang.say("提示", "Notes"),
        lang.say("轻微", "Minor"),
        lang.say("严重", "Major"),
        lang.say("重大", "Critical"),
        lang.say("表扬", "Courtesy"),
        lang.say("待复核或申诉中", "Open"),
    ]
}

fn sums(sums: &Sums) -> Vec<Cell> {
    let Counts { accusing: [notes, minor, major, critical], credits, open, .. } = sums.counts;
    vec![
        Cell::Whole(sums.shifts),
        Cell::Whole(sums.scored),
        Cell::Points(sums.mean()),
        Cell::Points(sums.lowest),
        Cell::Points(sums.mean_at_worst()),
        Cell::Permille(sums.coverage().permille),
        Cell::Whole(sums.served),
        Cell::Whole(notes),
        Cell::Whole(minor),
        Cell::Whole(major),
        Cell::Whole(critical),
        Cell::Whole(credits),
        Cell::Whole(open),
    ]
}

fn with_sums(lang: ReportLang, first: &[&'static str]) -> Vec<&'static str> {
    first.iter().copied().chain(sums_head(lang)).collect()
}

/// The whole, and what is charged to nobody.
pub(super) fn overview(report: &Report, lang: ReportLang) -> Sheet {
    let row = |name: &str, of: &Sums| [vec![Cell::text(name)], sums(of)].concat();
    Sheet {
        title: lang.say("总览", "Overview"),
        head: with_sums(lang, &[lang.say("范围", "Of")]),
        rows: vec![
            row(lang.say("合计", "All"), &report.total),
            row(lang.say("其中：未归属（不计入任何人）", "of these, charged to nobody"), &report.unassigned),
        ],
    }
}

pub(super) fn clerks(report: &Report, lang: ReportLang) -> Sheet {
    let rows = report
        .clerks
        .iter()
        .map(|(person, of)| [vec![Cell::text(&person.name), Cell::text(&person.id)], sums(of)].concat());
    let nobody =
        [vec![Cell::text(lang.say("未归属", "Unassigned")), Cell::text("")], sums(&report.unassigned)];
    Sheet {
        title: lang.say("人员", "Clerks"),
        head: with_sums(lang, &[lang.say("姓名", "Name"), lang.say("工号", "Number")]),
        rows: rows.chain([nobody.concat()]).collect(),
    }
}

pub(super) fn windows(report: &Report, names: &BTreeMap<String, String>, lang: ReportLang) -> Sheet {
    let rows = report.windows.iter().map(|(window, of)| {
        let name = names.get(window.as_str()).map_or(window.as_str(), String::as_str);
        [vec![Cell::text(name)], sums(of)].concat()
    });
    Sheet {
        title: lang.say("窗口", "Windows"),
        head: with_sums(lang, &[lang.say("窗口", "Window")]),
        rows: rows.collect(),
    }
}

pub(super) fn provisions(report: &Report, titles: &BTreeMap<String, String>, lang: ReportLang) -> Sheet {
    let rows = report.provisions.iter().map(|(provision, of)| {
        let Counts { accusing, credits, unknown, dismissed, open } = of.counts;
        let title = titles.get(provision).cloned().unwrap_or_default();
        let counts = accusing.into_iter().chain([credits, unknown, of.upheld, dismissed, open]);
        let mut row = vec![Cell::text(provision), Cell::text(title)];
        row.extend(counts.map(Cell::Whole));
        row.push(Cell::Points(Some(of.points)));
        row
    });
    Sheet {
        title: lang.say("条款", "Provisions"),
        head: vec![
            lang.say("条款", "Provision"),
            lang.say("内容", "Rule"),
            lang.say("提示", "Notes"),
            lang.say("轻微", "Minor"),
            lang.say("严重", "Major"),
            lang.say("重大", "Critical"),
            lang.say("表扬", "Courtesy"),
            lang.say("无法判断", "Unknown"),
            lang.say("复核维持", "Upheld"),
            lang.say("复核撤销", "Dismissed"),
            lang.say("待定", "Open"),
            lang.say("得失分", "Points"),
        ],
        rows: rows.collect(),
    }
}

/// One line for each clerk's shift, and for what is charged to nobody.
pub(super) fn shifts(report: &Report, lang: ReportLang) -> Sheet {
    let rows = report.shifts.iter().map(|line| shift(line, lang));
    Sheet {
        title: lang.say("班次明细", "Shifts"),
        head: vec![
            lang.say("日期", "Day"),
            lang.say("班次", "Shift"),
            lang.say("窗口", "Window"),
            lang.say("姓名", "Name"),
            lang.say("工号", "Number"),
            lang.say("得分", "Score"),
            lang.say("待定全扣", "At worst"),
            lang.say("监听覆盖率", "Heard"),
            lang.say("接待次数", "Served"),
            lang.say("提示", "Notes"),
            lang.say("轻微", "Minor"),
            lang.say("严重", "Major"),
            lang.say("重大", "Critical"),
            lang.say("表扬", "Courtesy"),
            lang.say("待定", "Open"),
            lang.say("说明", "Remark"),
        ],
        rows: rows.collect(),
    }
}

fn shift(line: &ShiftLine, lang: ReportLang) -> Vec<Cell> {
    let (name, id, nobody) = match &line.who {
        Who::Clerk(person) => (person.name.clone(), person.id.clone(), None),
        Who::Nobody { why, .. } => (lang.say("未归属", "Unassigned").to_owned(), String::new(), Some(why)),
    };
    let (score, worst, why) = match line.outcome {
        Some(Outcome::Scored { points, at_worst }) => (Some(points), Some(at_worst), String::new()),
        Some(Outcome::Unscored { why }) => (None, None, unscored(why, lang)),
        None => (None, None, nobody.map(|why| vacant(why, lang)).unwrap_or_default()),
    };
    let windows: Vec<&str> = line.windows.iter().map(|window| window.as_str()).collect();
    let Counts { accusing, credits, open, .. } = line.sums.counts;
    let mut row = vec![
        Cell::Text(line.day.to_string()),
        Cell::text(line.shift.clone().unwrap_or_else(|| lang.say("班外", "none").to_owned())),
        Cell::Text(windows.join(" ")),
        Cell::Text(name),
        Cell::Text(id),
        Cell::Points(score),
        Cell::Points(worst),
        Cell::Permille(line.sums.coverage().permille),
        Cell::Whole(line.sums.served),
    ];
    row.extend(accusing.into_iter().chain([credits, open]).map(Cell::Whole));
    row.push(Cell::Text(why));
    row
}

fn unscored(why: Unscored, lang: ReportLang) -> String {
    match (lang, why) {
        (ReportLang::En, why) => format!("no score: {why}"),
        (ReportLang::Zh, why) => format!("不评分：{}", why.in_chinese()),
    }
}

fn vacant(why: &Vacancy, lang: ReportLang) -> String {
    match (lang, why) {
        (ReportLang::En, why) => why.to_string(),
        (ReportLang::Zh, Vacancy::NotPlanned) => "当时没有排班".to_owned(),
        (ReportLang::Zh, Vacancy::Nobody { .. }) => "该班次没有安排人员".to_owned(),
        (ReportLang::Zh, Vacancy::SignedOut { clerk }) => format!("{}已签退", clerk.name),
        (ReportLang::Zh, Vacancy::Elsewhere { clerk, window }) => {
            format!("{}当时在 {window} 窗口签到", clerk.name)
        }
        (ReportLang::Zh, Vacancy::Disputed { signed_in, planned }) => {
            format!("{}代班后未签退，排班为{}，有争议", signed_in.name, planned.name)
        }
    }
}
