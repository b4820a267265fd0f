//! `sansheng report`: what a time came to, on the terminal, as CSV, as a workbook, or as a page to print.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use comfy_table::Table;

use super::DONE;
use super::error::CliError;
use super::hall_files::HallFiles;
use super::score::ScopeArgs;
use super::show::new_table;
use crate::clock;
use crate::conduct::rulebook::{Rulebook, Setting};
use crate::ledger::report::paper::{Form, Heading, Paper, ReportLang, Sheet};
use crate::runtime::report::{Reporting, report};
use crate::units::WindowId;

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
    lang: Lang,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Lang {
    #[default]
    Zh,
    En,
}

pub(super) fn run(args: &ReportArgs) -> Result<u8, CliError> {
    let form = args.out.as_deref().map(|path| form_of(path).map(|form| (path, form))).transpose()?;
    let hall = HallFiles::load(&args.scope.hall)?;
    let paper = gather(args, &hall)?;
    match form {
        None => print(&paper)?,
        Some((path, form)) => {
            let fault = |fault| CliError::Unwritten { path: path.to_owned(), fault };
            fs::write(path, paper.bytes(form)?).map_err(fault)?;
        }
    }
    Ok(DONE)
}

fn form_of(path: &Path) -> Result<Form, CliError> {
    let unfit =
        || CliError::Unfit(format!("{}: name a file that ends in .csv, .xlsx or .html", path.display()));
    path.extension().and_then(|end| end.to_str()).and_then(Form::of_ending).ok_or_else(unfit)
}

fn gather(args: &ReportArgs, hall: &HallFiles) -> Result<Paper, CliError> {
    let lang = match args.lang {
        Lang::Zh => ReportLang::Zh,
        Lang::En => ReportLang::En,
    };
    let (reader, roster, now_us) = (hall.reader()?, hall.roster_or_none(), clock::unix_micros());
    let asked = args.scope.of.asked(hall);
    let period = asked.period(&roster, now_us)?;
    let in_hall: Vec<WindowId> = hall.windows().collect();
    let reporting = Reporting {
        asked: &asked,
        period,
        roster: &roster,
        windows: &in_hall,
        parameters: &hall.config.score,
        threads: 0,
    };
    let report = report(&reader, &reporting)?;
    let windows = hall.config.windows.iter().map(|window| (window.id.to_string(), window.name.clone()));
    Ok(Paper {
        heading: Heading::new(&hall.config.hall, &asked, &roster, period, now_us, lang),
        report,
        windows: windows.collect(),
        provisions: titles(hall),
        lang,
    })
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

fn print(paper: &Paper) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let heading = &paper.heading;
    writeln!(out, "{}\n{}  {}", heading.title, heading.period, heading.of)?;
    for sheet in paper.sheets() {
        writeln!(out, "\n{}\n{}", sheet.title, table(&sheet))?;
    }
    Ok(())
}

fn table(sheet: &Sheet) -> Table {
    let mut table = new_table(sheet.head.clone());
    for row in &sheet.rows {
        table.add_row(row.iter().map(|cell| cell.told()));
    }
    table
}
