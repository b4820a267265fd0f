//! Tables: cells and how they are drawn.

use comfy_table::{CellAlignment, Table, TableStyle, presets};

use super::{HourlyRate, Share};

/// One table.
pub(super) struct Sheet {
    pub title: &'static str,
    pub header: Vec<&'static str>,
    /// How many leading columns name the row; the others hold numbers.
    pub labels: usize,
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    pub fn draw(&self, style: TableStyle) -> Table {
        let mut table = Table::new();
        // Never fitted to a terminal: the same evaluation prints the same bytes everywhere.
        table.load_style(style).set_header(self.header.clone()).force_no_tty();
        for row in &self.rows {
            table.add_row(row.clone());
        }
        for column in table.column_iter_mut().skip(self.labels) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

/// A table as Markdown, without a heading.
pub(super) fn markdown(header: Vec<&'static str>, labels: usize, rows: Vec<Vec<String>>) -> String {
    format!("{}\n", Sheet { title: "", header, labels, rows }.draw(presets::ASCII_MARKDOWN))
}

/// `97.0 % (32/33) [84.7-99.5]`.
pub(super) fn share(share: Share) -> String {
    match bounds(share.low, share.high, |value| format!("{:.1}", 100.0 * value)) {
        Some(interval) => format!("{} ({}/{}) {interval}", percent(share.rate), share.count, share.of),
        None => "-".to_owned(),
    }
}

/// `12.42 (4 in 0.322 h) [3.38-31.81]`.
pub(super) fn hourly(rate: HourlyRate) -> String {
    match bounds(rate.low, rate.high, |value| format!("{value:.2}")) {
        Some(interval) => {
            format!("{} ({} in {:.3} h) {interval}", number(rate.per_hour, 2), rate.events, rate.hours)
        }
        None => "-".to_owned(),
    }
}

pub(super) fn bounds(low: Option<f64>, high: Option<f64>, show: impl Fn(f64) -> String) -> Option<String> {
    Some(format!("[{}-{}]", show(low?), show(high?)))
}

pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.1} %", 100.0 * value))
}

pub(super) fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
}
