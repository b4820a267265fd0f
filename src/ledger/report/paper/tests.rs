//! What whoever opens the files finds in them.

use std::io::Read as _;

use super::*;
use crate::ledger::account::{Account, Key, Sat, Who};
use crate::ledger::duty::{Person, Vacancy};
use crate::ledger::report::report;
use crate::ledger::score::{EncounterFact, Facts, Parameters, score};
use crate::units::WindowId;

/// One clerk's shift of which too little was heard, and a time that is nobody's.
fn shown(lang: ReportLang) -> Paper {
    let account = |who: Who| {
        let facts = Facts {
            heard_ms: 500,
            unheard_ms: 500,
            encounters: Vec::<EncounterFact>::new(),
            findings: Vec::new(),
        };
        let scored = matches!(who, Who::Clerk(_)).then(|| score(&facts, &Parameters::default()));
        let sat = Sat { window: WindowId::new("3"), period: Period { from_us: 0, until_us: 1_000_000 } };
        let key = Key { day: Date::from_unix_days(20_780), shift: Some("早".into()), who };
        Account { key, sat: vec![sat], facts, windows: Default::default(), score: scored }
    };
    let clerk = Person { id: "0231".into(), name: "=<张,三>".into() };
    let nobody = Who::Nobody { window: WindowId::new("3"), why: Vacancy::NotPlanned };
    let accounts = [account(Who::Clerk(clerk)), account(nobody)];
    let heading = Heading {
        title: "一楼<大厅> 报告".into(),
        period: "2026-11-01 至 2026-11-30".into(),
        of: "全厅".into(),
        made: "2026-12-01 09:00".into(),
    };
    Paper {
        heading,
        report: report(&accounts, &Roster::empty()),
        windows: BTreeMap::from([("3".to_owned(), "3号窗口".to_owned())]),
        provisions: BTreeMap::new(),
        lang,
    }
}

#[test]
fn csv_has_its_mark_and_nothing_in_it_is_a_formula() {
    let text = String::from_utf8(csv::bytes(&shown(ReportLang::Zh))).unwrap();
    let mut lines = text.split("\r\n");
    assert!(lines.next().unwrap().starts_with("\u{feff}日期,班次,窗口,姓名,工号,得分,"), "{text}");
    let clerk = lines.next().unwrap();
    assert!(clerk.starts_with("2026-11-23,早,3,\"'=<张,三>\",0231,,,50.0,"), "{clerk}");
    assert!(clerk.ends_with("不评分：覆盖率 50.0 %，不足 70 %"), "{clerk}");
    assert!(lines.next().unwrap().contains("未归属") && text.contains("当时没有排班"), "{text}");
}

#[test]
fn the_page_needs_nothing_else_and_shows_coverage_and_what_is_nobodys() {
    for (lang, nobody, heard) in
        [(ReportLang::Zh, "未归属", "监听覆盖率"), (ReportLang::En, "Unassigned", "Heard")]
    {
        let page = html::page(&shown(lang));
        for outside in ["<script", "http:", "https:", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains(nobody) && page.contains(heard) && page.contains("<svg"), "{page}");
        assert!(page.contains("一楼&lt;大厅&gt; 报告") && page.contains("=&lt;张,三&gt;"), "{page}");
        assert!(page.contains("@page{size:A4"), "{page}");
    }
}

#[test]
fn the_workbook_has_its_sheets_is_set_up_for_a4_and_is_signed() {
    let bytes = workbook::bytes(&shown(ReportLang::Zh)).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let book = part("xl/workbook.xml");
    for name in ["总览", "人员", "窗口", "条款", "班次明细"] {
        assert!(book.contains(&format!("name=\"{name}\"")), "{book}");
    }
    let sheet = part("xl/worksheets/sheet5.xml");
    assert!(sheet.contains("paperSize=\"9\"") && sheet.contains("orientation=\"landscape\""), "{sheet}");
    assert!(sheet.contains("fitToHeight=\"0\""), "{sheet}");
    assert!(sheet.contains("<autoFilter ref=\"A3:P5\"/>"), "{sheet}");
    let texts = part("xl/sharedStrings.xml");
    assert!(texts.contains("制表人：") && texts.contains("统计期间：2026-11-01 至 2026-11-30"), "{texts}");
}

#[test]
fn points_are_told_to_the_nearest_tenth() {
    use crate::ledger::score::Points;
    for (points, told) in [(97_249, "97.2"), (97_250, "97.3"), (-50, "0.0"), (-10_000, "-10.0"), (0, "0.0")] {
        assert_eq!(sheet::tenths(Points(points)), told);
    }
}

#[test]
fn an_axis_of_scores_begins_below_the_lowest_and_has_few_ticks() {
    for (lowest, axis) in [
        (100.0, (90.0, 2.0)),
        (97.0, (90.0, 2.0)),
        (89.9, (80.0, 5.0)),
        (70.0, (70.0, 10.0)),
        (55.0, (50.0, 10.0)),
        (49.0, (40.0, 20.0)),
        (0.0, (0.0, 20.0)),
    ] {
        assert_eq!(charts::scale(lowest), axis, "{lowest}");
    }
}

#[test]
fn windows_stand_in_the_order_of_their_numbers_and_many_of_them_beside_each_other() {
    let mut paper = shown(ReportLang::Zh);
    let heard = paper.report.windows[0].1.clone();
    for (count, columns) in [(16, 1), (17, 2)] {
        let mut ids: Vec<WindowId> =
            (1..=count).rev().map(|n: u32| WindowId::new(&format!("A{n}"))).collect();
        ids.sort_by_key(crate::ledger::report::in_order);
        assert_eq!((ids[1].as_str(), ids[9].as_str()), ("A2", "A10"));
        paper.report.heat = ids.iter().map(|id| (id.clone(), [1; 24])).collect();
        paper.report.windows = ids.into_iter().map(|id| (id, heard.clone())).collect();
        for chart in [charts::coverage(&paper), charts::heat(&paper)] {
            let place =
                |name: &str| chart.find(&format!(">{name}<")).unwrap_or_else(|| panic!("{name}: {chart}"));
            assert!(place("A2") < place("A9") && place("A9") < place("A10"), "{chart}");
        }
        // The last one starts the second column no lower than the first one's last row.
        let tall = format!("viewBox=\"0 0 720 {}\"", 16 * 17_u32.min(count).div_ceil(columns) + 4);
        assert!(charts::coverage(&paper).contains(&tall), "{tall}");
    }
}

#[test]
fn a_long_name_of_a_window_does_not_leave_the_drawing() {
    let mut paper = shown(ReportLang::Zh);
    paper.windows.insert("3".into(), "出入境管理综合受理一号窗口".into());
    assert!(charts::coverage(&paper).contains(">出入境管理综合受…<"));
}
