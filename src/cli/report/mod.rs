//! `sansheng report`: what a time came to, on the terminal, as CSV, as a workbook, or as a page to print.

mod charts;
mod csv;
mod html;
mod sheet;
#[cfg(test)]
mod tests;
mod text;
mod workbook;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};

use super::DONE;
use super::error::CliError;
use super::hall_files::{HallFiles, day_and_minute};
use super::score::ScopeArgs;
use super::show::{COLUMNS, is_terminal};
use crate::clock;
use crate::conduct::rulebook::{Rulebook, Setting};
use crate::ledger::account::accounts;
use crate::ledger::report::{Report, report};
use sheet::{Heading, Sheet};
use text::ReportLang;

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    scope: ScopeArgs,
    /// The whole hall, as where no clerk, window or shift is named
    #[arg(long, conflicts_with_all = ["clerk", "window", "shift"])]
    hall: bool,
    /// Write a file: .csv, .xlsx or .html, as its name ends [default: tables on standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Language of the report
    #[arg(long, value_enum, default_value_t)]
    lang: ReportLang,
}

/// All that a report shows.
struct Shown {
    heading: Heading,
    report: Report,
    /// Names of windows, by id, and what provisions say.
    windows: BTreeMap<String, String>,
    provisions: BTreeMap<String, String>,
    lang: ReportLang,
}

pub(super) fn run(args: &ReportArgs) -> Result<u8, CliError> {
    let form = args.out.as_deref().map(|path| Form::of(path).map(|form| (path, form))).transpose()?;
    let hall = HallFiles::load(&args.scope.hall)?;
    let shown = gather(args, &hall)?;
    match form {
        None => print(&shown)?,
        Some((path, form)) => {
            let bytes = match form {
                Form::Csv => csv::bytes(&shown),
                Form::Workbook => {
                    workbook::bytes(&shown).map_err(|fault| CliError::Workbook(fault.to_string()))?
                }
                Form::Page => html::page(&shown).into_bytes(),
            };
            let fault = |fault| CliError::Unwritten { path: path.to_owned(), fault };
            fs::write(path, bytes).map_err(fault)?;
        }
    }
    Ok(DONE)
}

enum Form {
    Csv,
    Workbook,
    Page,
}

impl Form {
    fn of(path: &Path) -> Result<Self, CliError> {
        match path.extension().and_then(|end| end.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("xlsx") => Ok(Self::Workbook),
            Some("html") => Ok(Self::Page),
            _ => Err(CliError::Unfit(format!(
                "{}: name a file that ends in .csv, .xlsx or .html",
                path.display()
            ))),
        }
    }
}

fn gather(args: &ReportArgs, hall: &HallFiles) -> Result<Shown, CliError> {
    let (reader, lang) = (hall.reader()?, args.lang);
    let period = args.scope.of.period(hall)?;
    let all = reader.at_once(|rows| {
        let plan = args.scope.of.plan(hall, &reader, period)?;
        Ok::<_, CliError>(accounts(&reader, rows, &plan, &hall.config.score)?)
    })?;
    let roster = hall.roster_or_none();
    let windows: BTreeMap<String, String> =
        hall.config.windows.iter().map(|window| (window.id.to_string(), window.name.clone())).collect();
    let (first, last) = (roster.day(period.from_us), roster.day(period.until_us - 1));
    let of = &args.scope.of;
    let mut of_what: Vec<String> = Vec::new();
    if let Some(who) = &of.clerk {
        let id = hall.person(who);
        let name = roster.person_named(&id).map_or(String::new(), |person| person.name.clone());
        of_what.push(format!("{} {name} {id}", lang.say("人员", "clerk")).trim().to_owned());
    }
    for (label, value) in [(lang.say("窗口", "window"), &of.window), (lang.say("班次", "shift"), &of.shift)]
    {
        of_what.extend(value.iter().map(|value| format!("{label} {value}")));
    }
    let whole = || lang.say("全厅", "the whole hall").to_owned();
    let heading = Heading {
        title: format!("{} {}", hall.config.hall, lang.say("窗口服务规范报告", "window service report")),
        period: format!("{first} {} {last}", lang.say("至", "to")),
        of: if of_what.is_empty() { whole() } else { of_what.join(lang.say("，", ", ")) },
        made: day_and_minute(&roster, clock::unix_micros()),
    };
    Ok(Shown { heading, report: report(&all, &roster), windows, provisions: titles(hall), lang })
}

/// What provisions say: the title of the first rule of each. A rulebook with faults leaves them out of the report.
fn titles(hall: &HallFiles) -> BTreeMap<String, String> {
    let setting = Setting { hall: Some(hall.config.hall.clone()), ..Setting::on(clock::today()) };
    let mut titles = BTreeMap::new();
    for rule in Rulebook::load(&hall.config.rules, &setting).iter().flat_map(|book| book.rules()) {
        titles.entry(rule.provision.clone()).or_insert_with(|| rule.title.clone());
    }
    titles
}

fn print(shown: &Shown) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Shown { heading, report, lang, .. } = shown;
    writeln!(out, "{}\n{}  {}", heading.title, heading.period, heading.of)?;
    for sheet in [
        sheet::overview(report, *lang),
        sheet::clerks(report, *lang),
        sheet::windows(report, &shown.windows, *lang),
        sheet::provisions(report, &shown.provisions, *lang),
    ] {
        writeln!(out, "\n{}\n{}", sheet.title, table(&sheet))?;
    }
    Ok(())
}

fn table(sheet: &Sheet) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(sheet.head.clone());
    if !is_terminal() {
        table.set_width(COLUMNS);
    }
    for row in &sheet.rows {
        table.add_row(row.iter().map(|cell| cell.told()));
    }
    table
}
