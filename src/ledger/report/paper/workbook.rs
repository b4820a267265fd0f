//! The report as a workbook, ready to be printed on A4 and signed. The only file that uses `rust_xlsxwriter`.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::Paper;
use super::sheet::{self, Cell, Heading, Sheet};
use super::text::ReportLang;

/// Columns are no wider than this, in characters of the standard width.
const WIDTH_MAX: usize = 40;

/// A4 in the numbering of Excel.
const A4: u8 = 9;

struct Formats {
    title: Format,
    note: Format,
    head: Format,
    text: Format,
    whole: Format,
    points: Format,
    share: Format,
    /// Of what there is not.
    none: Format,
}

pub(super) fn bytes(shown: &Paper) -> Result<Vec<u8>, XlsxError> {
    let Paper { report, lang, .. } = shown;
    let mut workbook = Workbook::new();
    let formats = Formats::new();
    for sheet in [
        sheet::overview(report, *lang),
        sheet::clerks(report, *lang),
        sheet::windows(report, &shown.windows, *lang),
        sheet::provisions(report, &shown.provisions, *lang),
        sheet::shifts(report, *lang),
    ] {
        write(workbook.add_worksheet(), &sheet, &shown.heading, &formats, *lang)?;
    }
    workbook.save_to_buffer()
}

impl Formats {
    fn new() -> Self {
        let cell = || Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter);
        Self {
            title: Format::new().set_bold().set_font_size(16).set_align(FormatAlign::Center),
            note: Format::new(),
            head: cell()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_background_color(Color::RGB(0x00E8_EEF4)),
            text: cell().set_text_wrap(),
            whole: cell().set_num_format("#,##0"),
            points: cell().set_num_format("#,##0.0"),
            none: cell().set_align(FormatAlign::Right),
            share: cell().set_num_format("0.0%"),
        }
    }
}

fn write(
    to: &mut Worksheet,
    sheet: &Sheet,
    heading: &Heading,
    formats: &Formats,
    lang: ReportLang,
) -> Result<(), XlsxError> {
    let last = column(sheet.head.len().saturating_sub(1));
    to.set_name(sheet.title)?;
    let title = format!("{} · {}", heading.title, sheet.title);
    to.merge_range(0, 0, 0, last.max(1), &title, &formats.title)?;
    to.set_row_height(0, 28)?;
    let period = format!(
        "{}{}    {}{}    {}{}",
        lang.say("统计期间：", "Period: "),
        heading.period,
        lang.say("范围：", "Of: "),
        heading.of,
        lang.say("制表时间：", "Made: "),
        heading.made
    );
    to.write_with_format(1, 0, period, &formats.note)?;
    for (at, name) in sheet.head.iter().enumerate() {
        to.write_with_format(2, column(at), *name, &formats.head)?;
        let widest = sheet.rows.iter().filter_map(|row| row.get(at)).map(|cell| width(&cell.told())).max();
        let wide = widest.unwrap_or(0).max(width(name).min(10)).clamp(6, WIDTH_MAX) + 2;
        to.set_column_width(column(at), wide as f64)?;
    }
    let mut row = 3;
    for cells in &sheet.rows {
        for (at, cell) in cells.iter().enumerate() {
            write_cell(to, (row, column(at)), cell, formats)?;
        }
        row += 1;
    }
    if row > 3 {
        to.autofilter(2, 0, row - 1, last)?;
    }
    let signed = lang.say(
        "制表人：______________    审核人：______________    日期：______________",
        "Made by: ______________    Checked by: ______________    Date: ______________",
    );
    to.write_with_format(row + 1, 0, signed, &formats.note)?;
    set_up_page(to, lang)
}

fn write_cell(
    to: &mut Worksheet,
    (row, at): (u32, u16),
    cell: &Cell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => to.write_with_format(row, at, text, &formats.text)?,
        Cell::Whole(number) => to.write_with_format(row, at, *number as f64, &formats.whole)?,
        Cell::Points(Some(points)) => {
            to.write_with_format(row, at, points.0 as f64 / 1_000.0, &formats.points)?
        }
        Cell::Permille(Some(share)) => {
            to.write_with_format(row, at, f64::from(*share) / 1_000.0, &formats.share)?
        }
        Cell::Points(None) | Cell::Permille(None) => {
            to.write_with_format(row, at, cell.told(), &formats.none)?
        }
    };
    Ok(())
}

/// A4 across, as wide as the page, the heading on every page.
fn set_up_page(to: &mut Worksheet, lang: ReportLang) -> Result<(), XlsxError> {
    to.set_paper_size(A4)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3);
    to.set_footer(lang.say("&C第 &P 页，共 &N 页", "&CPage &P of &N"));
    to.set_freeze_panes(3, 0)?;
    to.set_repeat_rows(0, 2)?;
    Ok(())
}

/// In characters of the standard width: Chinese takes two.
fn width(text: &str) -> usize {
    text.chars().map(|ch| if ch.is_ascii() { 1 } else { 2 }).sum()
}

fn column(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}
