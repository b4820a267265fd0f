//! The report as one page that needs nothing else: no script, no font, no network. It prints on A4.

use super::Paper;
use super::charts;
use super::sheet::{self, Cell, Sheet};

/// Lines of shifts that a page shows; all of them are in the workbook.
const SHIFTS_MAX: usize = 400;

const STYLE: &str = "
@page{size:A4;margin:13mm 12mm 15mm;@bottom-center{content:counter(page) ' / ' counter(pages);font-size:10px;color:#52606d}}
*{box-sizing:border-box}
body{font:13px/1.5 'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif;color:#1f2933;
margin:0 auto;padding:16px;max-width:1000px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
header{border-bottom:3px solid #1d4e89;padding-bottom:6px}
h1{font-size:24px;letter-spacing:1px;color:#1d4e89;margin:0 0 2px}
h2{font-size:15px;margin:20px 0 6px;padding-left:7px;border-left:4px solid #1d4e89;line-height:1.3;break-after:avoid;break-inside:avoid}
.of{color:#52606d;margin:0}
.figures{display:grid;grid-template-columns:repeat(6,1fr);gap:8px;margin:14px 0;padding-right:1px}
.figures div{border:1px solid #c5ced6;border-radius:4px;padding:6px 8px}
.figures b{display:block;font-size:20px;line-height:1.2;color:#1d4e89}.figures span{color:#52606d;font-size:11px}
section{break-inside:avoid}svg{width:100%;height:auto;display:block}
.key{margin:2px 0 0;font-size:11px}.key span{margin-right:14px}.key i{display:inline-block;width:10px;height:10px;margin-right:4px}
.none{color:#52606d}
table{border-collapse:collapse;width:100%;font-size:11px}
th,td{border:1px solid #c5ced6;padding:2px 5px;text-align:right;font-variant-numeric:tabular-nums}
th{background:#e8eef4;font-weight:600;text-align:center}th span{display:inline-block;max-width:5.2em}
td{white-space:nowrap}td.t{text-align:left;white-space:normal;min-width:4.5em}tbody tr:nth-child(even){background:#f6f8fa}
thead{display:table-header-group}tr{break-inside:avoid}
.sign{margin-top:28px;display:flex;justify-content:space-between;break-inside:avoid}
.sign span{border-bottom:1px solid #1f2933;padding-right:120px}
@media print{body{padding:0;max-width:none}table{font-size:10px;line-height:1.4}.sign{margin-top:20px}}
";

pub(super) fn page(shown: &Paper) -> String {
    let Paper { heading, report, lang, .. } = shown;
    let total = &report.total;
    let figures = [
        charts::figure(lang.say("平均得分", "mean score"), total.mean()),
        charts::figure(lang.say("待定全扣时", "at worst"), total.mean_at_worst()),
        charts::number(lang.say("监听覆盖率", "heard"), &Cell::Permille(total.coverage().permille).told()),
        charts::number(lang.say("接待次数", "served"), &total.served.to_string()),
        charts::number(lang.say("待复核或申诉中", "open"), &total.counts.open.to_string()),
        charts::number(
            lang.say("未归属的问题", "charged to nobody"),
            &report.unassigned.counts.accusations().to_string(),
        ),
    ];
    let section = |title: &str, body: &str| format!("<section><h2>{}</h2>{body}</section>", escaped(title));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{} {}</title><style>{STYLE}</style></head>\
         <body><header><h1>{}</h1><p class=\"of\">{}　{}　{}{}</p></header><div class=\"figures\">{}</div>",
        lang.tag(),
        escaped(&heading.title),
        escaped(&heading.period),
        escaped(&heading.title),
        escaped(&heading.period),
        escaped(&heading.of),
        lang.say("制表 ", "made "),
        escaped(&heading.made),
        figures.concat()
    );
    for (title, chart) in [
        (lang.say("趋势", "Trend"), charts::trend(shown)),
        (lang.say("问题最多的条款", "Findings by provision"), charts::provisions(shown)),
        (lang.say("各窗口监听覆盖率", "Share heard at each window"), charts::coverage(shown)),
        (lang.say("问题出现的窗口与时段", "Findings by window and hour"), charts::heat(shown)),
    ] {
        page.push_str(&section(title, &chart));
    }
    for sheet in [
        sheet::overview(report, *lang),
        sheet::clerks(report, *lang),
        sheet::windows(report, &shown.windows, *lang),
        sheet::provisions(report, &shown.provisions, *lang),
    ] {
        page.push_str(&format!("<h2>{}</h2>{}", escaped(sheet.title), table(&sheet)));
    }
    let shifts = sheet::shifts(report, *lang);
    if shifts.rows.len() <= SHIFTS_MAX {
        page.push_str(&format!("<h2>{}</h2>{}", escaped(shifts.title), table(&shifts)));
    } else {
        let more = lang.say(
            "班次明细见 Excel 报表（--out report.xlsx）",
            "the shifts are in the workbook (--out report.xlsx)",
        );
        page.push_str(&format!("<p class=\"none\">{more}</p>"));
    }
    let signs = [lang.say("制表人", "Made by"), lang.say("审核人", "Checked by"), lang.say("日期", "Date")];
    let signs: String = signs.iter().map(|who| format!("<span>{who}</span>")).collect();
    page.push_str(&format!("<p class=\"sign\">{signs}</p></body></html>\n"));
    page
}

fn table(sheet: &Sheet) -> String {
    let head: String =
        sheet.head.iter().map(|name| format!("<th><span>{}</span></th>", escaped(name))).collect();
    let row = |row: &Vec<Cell>| {
        let cells = row.iter().map(|cell| {
            let class = if matches!(cell, Cell::Text(_)) { " class=\"t\"" } else { "" };
            format!("<td{class}>{}</td>", escaped(&cell.told()))
        });
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let rows: String = sheet.rows.iter().map(row).collect();
    format!("<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
