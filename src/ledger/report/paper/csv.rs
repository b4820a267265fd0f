//! The shifts as CSV, in UTF-8 with a byte order mark, which Excel needs to read Chinese.

use super::Paper;
use super::sheet::{self, Cell};

pub(super) fn bytes(shown: &Paper) -> Vec<u8> {
    let sheet = sheet::shifts(&shown.report, shown.lang);
    let mut text = String::from("\u{feff}");
    line(&mut text, sheet.head.iter().map(|name| (*name).to_owned()));
    for row in &sheet.rows {
        line(&mut text, row.iter().map(cell));
    }
    text.into_bytes()
}

/// Scores to the thousandth, shares as percentages, so that a program can go on with them.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Points(points) => points.map(|points| points.to_string()).unwrap_or_default(),
        Cell::Permille(permille) => permille.map(|p| format!("{}.{}", p / 10, p % 10)).unwrap_or_default(),
        Cell::Whole(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
    }
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.map(|cell| quoted(&cell)).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// Quoted where it has to be; what a spreadsheet would take for a formula stays text.
fn quoted(cell: &str) -> String {
    let number = cell.parse::<f64>().is_ok();
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number { "'" } else { "" };
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{guard}{}\"", cell.replace('"', "\"\"")),
        false => format!("{guard}{cell}"),
    }
}
