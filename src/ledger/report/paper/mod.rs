//! A report as a file: CSV, a workbook, or a page to print. In: a report and what names it. Out: bytes, and sheets of cells for
//! whoever shows them otherwise. Thread: any; pure. Allocates: per report.

mod charts;
mod csv;
mod html;
mod sheet;
#[cfg(test)]
mod tests;
mod text;
mod workbook;

use std::collections::BTreeMap;

use thiserror::Error;

use super::Report;
use crate::ledger::account::Asked;
use crate::ledger::duty::{CivilMinute, Roster};
use crate::ledger::journal::Period;
use crate::units::Date;

pub use sheet::{Cell, Heading, Sheet};
pub use text::ReportLang;

/// All that a report shows.
#[derive(Clone, Debug)]
pub struct Paper {
    pub heading: Heading,
    pub report: Report,
    /// Names of windows, by id, and what provisions say.
    pub windows: BTreeMap<String, String>,
    pub provisions: BTreeMap<String, String>,
    pub lang: ReportLang,
}

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The shifts.
    Csv,
    /// XLSX.
    Workbook,
    /// HTML.
    Page,
}

/// The workbook cannot be made.
#[derive(Debug, Error)]
#[error("the workbook cannot be made: {0}: ask for less of the time, or for .csv")]
pub struct WorkbookFault(String);

impl Form {
    /// By how the name of a file ends.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Workbook),
            "html" => Some(Self::Page),
            _ => None,
        }
    }
}

impl Heading {
    /// Above a report on `asked` of a hall, made at `now_us`.
    pub fn new(
        hall: &str,
        asked: &Asked,
        roster: &Roster,
        period: Period,
        now_us: i64,
        lang: ReportLang,
    ) -> Self {
        let (first, last) = (roster.day(period.from_us), roster.day(period.until_us - 1));
        let mut of_what: Vec<String> = Vec::new();
        if let Some(id) = &asked.clerk {
            let name = roster.person_named(id).map_or(String::new(), |person| person.name.clone());
            of_what.push(format!("{} {name} {id}", lang.say("人员", "clerk")).trim().to_owned());
        }
        for (label, value) in
            [(lang.say("窗口", "window"), &asked.window), (lang.say("班次", "shift"), &asked.shift)]
        {
            of_what.extend(value.iter().map(|value| format!("{label} {value}")));
        }
        let whole = || lang.say("全厅", "the whole hall").to_owned();
        Self {
            title: format!("{hall} {}", lang.say("窗口服务规范报告", "window service report")),
            period: format!("{first} {} {last}", lang.say("至", "to")),
            of: if of_what.is_empty() { whole() } else { of_what.join(lang.say("，", ", ")) },
            made: day_and_minute(roster, now_us),
        }
    }
}

impl Paper {
    /// # Errors
    /// [`WorkbookFault`] where a sheet does not hold what it has to.
    pub fn bytes(&self, form: Form) -> Result<Vec<u8>, WorkbookFault> {
        match form {
            Form::Csv => Ok(csv::bytes(self)),
            Form::Workbook => workbook::bytes(self).map_err(|fault| WorkbookFault(fault.to_string())),
            Form::Page => Ok(html::page(self).into_bytes()),
        }
    }

    /// The whole, clerks, windows and provisions; the shifts are in the files.
    pub fn sheets(&self) -> [Sheet; 4] {
        [
            sheet::overview(&self.report, self.lang),
            sheet::clerks(&self.report, self.lang),
            sheet::windows(&self.report, &self.windows, self.lang),
            sheet::provisions(&self.report, &self.provisions, self.lang),
        ]
    }
}

/// `2026-11-23 09:05`, by the hall's clocks.
pub fn day_and_minute(roster: &Roster, wall_us: i64) -> String {
    let minute: CivilMinute = roster.civil(wall_us);
    let day = Date::from_unix_days(minute.unix_days()).to_string();
    format!("{day} {minute}")
}
