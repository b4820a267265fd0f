//! Calendars and rosters as halls write them, and who sits at a window then.

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use sansheng::ledger::duty::{Duty, DutyEvent, DutyKind, KnownBy, Roster, Vacancy};
use sansheng::toml_file::Source;
use sansheng::units::WindowId;
use tempfile::TempDir;

const CALENDAR: &str = r#"
holidays = "2026-10-01..2026-10-07"
make_up = "2026-10-10 as fri"
[[shift]]
id = "早"
start = "08:30"
end = "12:00"
days = "workdays"
[[shift]]
id = "中"
start = "12:00"
end = "17:00"
days = "workdays"
[[shift]]
id = "夜"
start = "22:00"
end = "06:00"
[[person]]
id = "01"
name = "张三"
[[person]]
id = "02"
name = "李四"
[[person]]
id = "03"
name = "王五"
"#;

/// Mornings 01, afternoons 02, nights from Monday to Friday 03, all at window 1.
const ASSIGNED: &str = r#"
[[assign]]
window = "1"
shift = "早"
clerk = "01"
[[assign]]
window = "1"
shift = "中"
clerk = "02"
[[assign]]
window = "1"
shift = "夜"
clerk = "03"
days = "mon-fri"
"#;

fn parse(added: &str) -> Result<Roster, Vec<String>> {
    let source = Source::new("s.toml", &format!("{CALENDAR}{added}"));
    Roster::parse(&source, Path::new("")).map_err(|faults| faults.0.iter().map(ToString::to_string).collect())
}

/// Microseconds of a moment on the clocks of Shanghai, eight hours before Greenwich's.
fn at(day: &str, time: &str) -> i64 {
    let (hour, minute) = time.split_once(':').unwrap();
    let minutes = hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap();
    let day = day.parse::<sansheng::units::Date>().unwrap();
    ((day.unix_days() * 1_440 + minutes - 480) * 60) * 1_000_000
}

/// `01` by the plan, `01!` by a sign-in, `?` and why.
fn who(roster: &Roster, window: &str, day: &str, time: &str) -> String {
    match roster.on_duty(&WindowId::new(window), at(day, time)) {
        Duty::Clerk(duty) if duty.known_by == KnownBy::Plan => duty.clerk.id,
        Duty::Clerk(duty) => format!("{}!", duty.clerk.id),
        Duty::Unassigned(vacancy) => match vacancy {
            Vacancy::NotPlanned => "? not planned".into(),
            Vacancy::Nobody { shift } => format!("? nobody in {shift}"),
            Vacancy::SignedOut { clerk } => format!("? {} signed out", clerk.id),
            Vacancy::Elsewhere { clerk, window } => format!("? {} at {window}", clerk.id),
            Vacancy::Disputed { signed_in, planned } => format!("? {} or {}", signed_in.id, planned.id),
        },
    }
}

#[test]
fn the_plan_says_who_sits_at_a_window_and_where_nobody_does() {
    let day_off = "[[assign]]\nwindow = \"1\"\nshift = \"早\"\nclerk = \"03\"\non = \"2026-11-24\"\n";
    let roster = parse(&format!("{ASSIGNED}{day_off}")).unwrap();
    for (window, day, time, expected) in [
        // A Monday; a shift has its first minute and not its last.
        ("1", "2026-11-23", "08:29", "? not planned"),
        ("1", "2026-11-23", "08:30", "01"),
        ("1", "2026-11-23", "11:59", "01"),
        ("1", "2026-11-23", "12:00", "02"),
        ("1", "2026-11-23", "17:00", "? not planned"),
        ("2", "2026-11-23", "09:00", "? not planned"),
        // Over midnight, and into the weekend.
        ("1", "2026-11-23", "23:59", "03"),
        ("1", "2026-11-24", "05:59", "03"),
        ("1", "2026-11-23", "05:59", "? not planned"),
        ("1", "2026-11-28", "05:00", "03"),
        ("1", "2026-11-28", "23:00", "? not planned"),
        // Somebody else on that day.
        ("1", "2026-11-24", "09:00", "03"),
        ("1", "2026-11-25", "09:00", "01"),
        // A holiday, a make-up Saturday, a Saturday.
        ("1", "2026-10-01", "09:00", "? not planned"),
        ("1", "2026-10-10", "09:00", "01"),
        ("1", "2026-10-10", "23:00", "03"),
        ("1", "2026-10-17", "09:00", "? not planned"),
    ] {
        assert_eq!(who(&roster, window, day, time), expected, "{window} {day} {time}");
    }
}

#[test]
fn sign_ins_and_sign_outs_go_before_the_plan() {
    use DutyKind::{SignIn, SignOut};
    type Event = (&'static str, DutyKind, &'static str, &'static str);
    type Case<'c> = (&'c [Event], &'c [(&'c str, &'c str)]);
    let roster = parse(ASSIGNED).unwrap();
    // What happened on a Monday; who sits at window 1 at these times.
    let cases: &[Case] = &[
        // A confirmation of the plan, nobody signs out.
        (
            &[("08:20", SignIn, "1", "01")],
            &[("08:19", "? not planned"), ("08:20", "01!"), ("11:59", "01!"), ("12:00", "02")],
        ),
        // Somebody stands in, and signs out.
        (
            &[("08:25", SignIn, "1", "03"), ("11:50", SignOut, "1", "03")],
            &[("08:30", "03!"), ("11:49", "03!"), ("11:50", "? 03 signed out"), ("12:00", "02")],
        ),
        // Somebody stands in, and does not: the next is not charged until signing in.
        (
            &[("08:25", SignIn, "1", "03"), ("14:00", SignIn, "1", "02")],
            &[
                ("11:59", "03!"),
                ("12:00", "? 03 or 02"),
                ("14:00", "02!"),
                ("16:59", "02!"),
                ("17:00", "? not planned"),
            ],
        ),
        // The clerk of the plan leaves, and comes back.
        (
            &[("10:00", SignOut, "1", "01"), ("10:30", SignIn, "1", "01")],
            &[
                ("09:59", "01"),
                ("10:00", "? 01 signed out"),
                ("10:29", "? 01 signed out"),
                ("10:30", "01!"),
                ("12:00", "02"),
            ],
        ),
        // The clerk of the plan sits elsewhere, until signing out there.
        (
            &[("09:00", SignIn, "2", "01"), ("11:00", SignOut, "2", "01")],
            &[("08:59", "01"), ("09:00", "? 01 at 2"), ("10:59", "? 01 at 2"), ("11:00", "01")],
        ),
        // A second one at the window takes it over.
        (
            &[("08:30", SignIn, "1", "01"), ("09:30", SignIn, "1", "02")],
            &[("09:29", "01!"), ("09:30", "02!"), ("12:00", "02")],
        ),
        // Whoever does not sit there signs out: nothing.
        (&[("09:00", SignOut, "1", "03")], &[("09:00", "01")]),
        // Outside of all shifts, until the next one begins.
        (&[("18:00", SignIn, "1", "02")], &[("18:00", "02!"), ("21:59", "02!"), ("22:00", "03")]),
        // Somebody of no roster.
        (&[("09:00", SignIn, "1", "99")], &[("09:00", "99!")]),
        // Both in one moment: out before in.
        (&[("10:00", SignIn, "1", "02"), ("10:00", SignOut, "1", "01")], &[("10:00", "02!")]),
        // Leaving at the end of the shift leaves the next one alone.
        (&[("17:05", SignOut, "1", "02")], &[("17:05", "? not planned"), ("22:00", "03")]),
    ];
    for (events, times) in cases {
        let events: Vec<DutyEvent> = events
            .iter()
            .map(|(time, kind, window, clerk)| DutyEvent {
                wall_us: at("2026-11-23", time),
                kind: *kind,
                window: WindowId::new(window),
                clerk: (*clerk).into(),
            })
            .collect();
        let told = roster.with_duty_events(&events);
        for (time, expected) in *times {
            assert_eq!(who(&told, "1", "2026-11-23", time), *expected, "{time} after {events:?}");
        }
        assert_eq!(who(&told, "1", "2026-11-24", "09:00"), "01", "the next day follows the plan");
    }
}

#[test]
fn each_fault_of_a_calendar_names_its_line_what_was_found_and_the_remedy() {
    let lines = CALENDAR.lines().count();
    let twice = ASSIGNED.replacen("01", "03", 1);
    // What is added; in which of its lines the fault is; words that it says.
    for (added, line, words) in [
        ("[[shift]]\nid = \"早\"\nstart = \"1:00\"\nend = \"2:00\"".to_owned(), 2, "the shift \"早\" stands twice"),
        ("[[shift]]\nid = \"x\"\nstart = \"25:00\"\nend = \"2:00\"".into(), 3, "write a time of day from 00:00 to 24:00"),
        ("[[shift]]\nid = \"x\"\nstart = \"2:00\"\nend = \"2:00\"".into(), 1, "the shift is of no length"),
        ("[[shift]]\nid = \"x\"\nstart = \"2:00\"".into(), 1, "shift `x` has no `end`; add `end = \"12:00\"`"),
        (
            "[[shift]]\nid = \"x\"\nstart = \"1:00\"\nend = \"2:00\"\ndays = \"workday\"".into(),
            5,
            "did you mean `workdays`?",
        ),
        ("[[person]]\nid = \"01\"\nname = \"赵六\"".into(), 2, "\"01\" stands twice"),
        ("[[assign]]\nwindow = \"三\"\nshift = \"早\"\nclerk = \"01\"".into(), 2, "\"三\" is no window's id; write the id"),
        ("[[assign]]\nwindow = \"1\"\nshift = \"晚\"\nclerk = \"01\"".into(), 3, "there is no shift \"晚\", did you mean"),
        ("[[assign]]\nwindow = \"1\"\nshift = \"早\"\nclerk = \"1\"".into(), 4, "nobody has the staff number \"1\", did you mean"),
        ("[[assign]]\nshift = \"早\"\nclerk = \"01\"".into(), 1, "has no `window`; add"),
        ("[[assign]]\nwindow = \"1\"\nshift = \"早\"\nclerk = \"01\"\non = \"11-23\"".into(), 5, "write a day as 2026-10-01"),
        (
            "[[assign]]\nwindow = \"1\"\nshift = \"早\"\nclerk = \"01\"\non = \"2026-11-23\"\ndays = \"mon\"".into(),
            5,
            "has `on` and a pattern; keep `on`",
        ),
        (
            "[[assign]]\nwindow = \"1\"\nshift = \"早\"\nclerk = \"01\"\nfrom = \"2026-11-23\"\nuntil = \"2026-11-23\"".into(),
            6,
            "ends before it begins",
        ),
        (
            "[[assign]]\nwindow = \"1\"\nshift = \"早\"\nclerk = \"01\"\non = \"1000-01-01..9000-01-01\"".into(),
            5,
            "longer than 1000 days",
        ),
        ("[[asign]]".into(), 1, "unknown key `asign` in the file, did you mean `assign`?"),
        // Contradictions name both lines.
        (format!("{ASSIGNED}{twice}"), 16, &format!("window 1 has 03 in shift 早 on 2026-09-16, and line {} says: window 1 has 01; keep one", lines + 2)),
        (
            format!("{ASSIGNED}[[shift]]\nid = \"长\"\nstart = \"11:00\"\nend = \"13:00\"\n[[assign]]\nwindow = \"1\"\nshift = \"长\"\nclerk = \"03\""),
            19,
            "from 11:00, and line",
        ),
    ] {
        let faults = parse(&added).expect_err(&added);
        let place = format!("s.toml:{}:", lines + line);
        let told = faults.iter().any(|fault| fault.starts_with(&place) && fault.contains(words));
        assert!(told, "{added}\nno {place} … {words} in {faults:#?}");
    }
    for (head, words) in [
        ("zone = \"Asia/Jinan\"", "s.toml:1:8: error: `zone` is \"Asia/Jinan\"; name a zone"),
        ("holidays = \"2026-10-07..2026-10-01\"", "write the earlier day first"),
        ("make_up = \"2026-10-10 as friday\"", "write the weekday as mon"),
        ("holidays = \"2026-10-10\"\nmake_up = \"2026-10-10\"", "2026-10-10 is a holiday and a make-up day"),
        ("rosters = \"none.csv\"", "none.csv: error: the file cannot be read"),
        ("[windows]\n\"三号\" = \"三\"", "s.toml:2:1: error: window \"三号\" is no window's id"),
    ] {
        let faults = Roster::parse(&Source::new("s.toml", head), Path::new("")).expect_err(head).to_string();
        assert!(faults.contains(words), "{head}\n{faults}");
    }
}

#[test]
fn what_is_odd_is_warned_of_and_used() {
    let both = "[[assign]]\nwindow = \"2\"\nshift = \"早\"\nclerk = \"01\"\n";
    for (added, words) in [
        (format!("{ASSIGNED}{both}"), "nobody sits at two windows at a time"),
        (format!("{both}{both}"), "remove one of the two"),
    ] {
        let roster = parse(&added).unwrap();
        let warned: Vec<String> = roster.warnings().iter().map(ToString::to_string).collect();
        assert!(warned.len() == 1 && warned[0].contains(words), "{warned:#?}");
    }
    let unlike = format!("{CALENDAR}{ASSIGNED}").replace(" as fri", "");
    let roster = Roster::parse(&Source::new("s.toml", &unlike), Path::new("")).unwrap();
    assert!(
        roster.warnings()[0].found.contains("does not say which one 2026-10-10 is worked like"),
        "{roster:?}"
    );
}

/// The calendar with a sheet beside it.
fn with_sheet(sheet: &[u8]) -> Result<Roster, String> {
    let desk = TempDir::new().unwrap();
    fs::write(desk.path().join("r.csv"), sheet).unwrap();
    let text = format!("rosters = \"r.csv\"\n{CALENDAR}{ASSIGNED}");
    let folder = desk.path().display().to_string();
    Roster::parse(&Source::new("s.toml", &text), desk.path())
        .map_err(|faults| faults.to_string().replace(&format!("{folder}/"), ""))
}

#[test]
fn a_roster_is_read_in_every_encoding_and_form_that_spreadsheets_write() {
    let rows = "十一月排班表,,,,\n日期,班次,窗口,工号,姓名\n2026/11/23,早,1号窗口,03,\"王五\"\n2026年11月24日,早,１,,王五\n";
    let (gbk, ..) = encoding_rs::GBK.encode(rows);
    let english = "Date,Shift,Counter,Staff ID,Name,Remark\n46349,早,1,03,,x\n2026-11-24,早,1,03,,\n";
    let tabs = rows.replace(',', "\t");
    let crlf = rows.replace('\n', "\r\n");
    for sheet in [
        rows.as_bytes(),
        &[b"\xEF\xBB\xBF", rows.as_bytes()].concat(),
        &gbk,
        english.as_bytes(),
        tabs.as_bytes(),
        rows.replace(',', ";").as_bytes(),
        crlf.as_bytes(),
    ] {
        let roster = with_sheet(sheet).unwrap();
        assert_eq!(who(&roster, "1", "2026-11-23", "09:00"), "03");
        assert_eq!(who(&roster, "1", "2026-11-24", "09:00"), "03");
        assert_eq!(
            who(&roster, "1", "2026-11-25", "09:00"),
            "01",
            "the pattern holds where no row says otherwise"
        );
    }
}

#[test]
fn rows_say_who_is_off_who_is_new_that_nobody_is_there_and_other_times() {
    let rows = "日期,班次,窗口,工号,姓名\n2026-11-23,休,,01,张三\n2026-11-23,早,1,,\n2026-11-24,9:00-16:00,1,07,赵六\n\
                2026-11-28,早,2,7.0,赵六\n,,,,\n";
    let faults = with_sheet(rows.as_bytes()).unwrap_err();
    assert!(
        faults.contains("r.csv:5:1: error: nobody has the staff number \"7\", did you mean \"07\"?"),
        "{faults}"
    );
    let roster = with_sheet(rows.replace("7.0", "07").as_bytes()).unwrap();
    for (window, day, time, expected) in [
        ("1", "2026-11-23", "09:00", "? nobody in 早"),
        ("1", "2026-11-23", "13:00", "02"),
        // Other times on that day take the place of both patterns.
        ("1", "2026-11-24", "08:45", "? not planned"),
        ("1", "2026-11-24", "09:30", "07"),
        ("1", "2026-11-24", "12:30", "07"),
        ("2", "2026-11-28", "09:00", "07"),
    ] {
        assert_eq!(who(&roster, window, day, time), expected, "{window} {day} {time}");
    }
}

#[test]
fn each_fault_of_a_roster_names_its_line_what_was_found_and_the_remedy() {
    let head = "日期,班次,窗口,工号,姓名\n";
    for (row, words) in [
        ("11月23日,早,1,01,张三", "2:1: error: the day is \"11月23日\"; write the year as well"),
        ("23/11/2026,早,1,01,张三", "the year first"),
        (",早,1,01,张三", "the day is \"\""),
        ("2026-11-23,晚,1,01,张三", "there is no shift \"晚\", did you mean"),
        ("2026-11-23,早,三号窗口,01,张三", "the window is \"三号窗口\"; write the id"),
        ("2026-11-23,早,1,01,李四", "staff number 01 is 李四 here and 张三 elsewhere"),
        ("2026-11-23,早,1,1,张三", "leading zeros"),
        ("2026-11-23,早,1,,赵六", "no staff number is known of 赵六"),
        (
            "2026-11-23,早,1,09,张三\n2026-11-23,中,1,,张三",
            "3:1: error: 张三 may be 01 or 09; write the staff number",
        ),
        (
            "2026-11-23,早,1,01,张三\n2026-11-23,早,1,02,李四",
            "3:1: error: window 1 has 02 in shift 早 on 2026-11-23, and line 2 says: window 1 has 01; keep one",
        ),
        (
            "2026-11-23,早,1,01,张三\n2026-11-23,11:00-13:00,1,02,李四",
            "3:1: error: window 1 has 02 on 2026-11-23 from 11:00",
        ),
        ("2026-11-23,\n早,1,01,张三", "the day is \"早\""),
    ] {
        let faults = with_sheet(format!("{head}{row}").as_bytes()).expect_err(row);
        assert!(faults.contains(words) && faults.contains("r.csv:"), "{row}\n{faults}");
    }
    let faults = with_sheet("a,b\n1,2\n".as_bytes()).unwrap_err();
    assert!(
        faults.contains("r.csv:1:1: error: no row has the headings of a roster; write a row 日期,班次"),
        "{faults}"
    );
    assert!(with_sheet(b"").unwrap_err().contains("no row has the headings"));
    assert!(with_sheet(b"PK\x03\x04").unwrap_err().contains("a workbook of Excel"));
}

/// The fenced block of a page that is marked with `language`.
fn block<'p>(page: &'p str, language: &str) -> &'p str {
    let fence = format!("```{language}\n");
    page.split(&fence).nth(1).and_then(|rest| rest.split("```").next()).unwrap()
}

#[test]
fn the_documented_calendar_and_roster_can_be_used_and_are_shown() {
    let page = include_str!("../../docs/calendar.md");
    let desk = TempDir::new().unwrap();
    let file = desk.path().join("shifts.toml");
    fs::write(&file, block(page, "toml")).unwrap();
    fs::write(desk.path().join("roster-2026-11.csv"), block(page, "csv")).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_sansheng")).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let path = file.to_str().unwrap();
    let (code, told) = run(&["shifts", "check", path]);
    assert_eq!(code, Some(0), "{told}");
    let summary =
        "shifts 4, people 2, windows 2, assignments 5 by day from 2026-11-23 to 2026-12-02, 2 by pattern";
    assert!(told.contains(summary), "{told}");
    let (code, told) = run(&["shifts", "show", path, "--on", "2026-11-25"]);
    assert_eq!(code, Some(0), "{told}");
    let rows: Vec<String> =
        told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(rows[0], "2026-11-25 wed workday");
    assert!(rows.contains(&"1 早 08:30 12:00 0231 张三".to_owned()), "{rows:#?}");
    assert!(rows.contains(&"3 12:00-17:00 12:00 17:00 - unassigned".to_owned()), "{rows:#?}");
    let (_, told) = run(&["shifts", "show", path, "--on", "2027-01-01"]);
    assert_eq!(told, "2027-01-01 fri holiday\nnobody planned at 1, 3\n");
    fs::write(&file, "[[shift]]\n").unwrap();
    let (code, told) = run(&["shifts", "check", path]);
    assert!(code == Some(1) && told.starts_with("the roster has 3 faults:\n"), "{told}");
}

proptest! {
    #[test]
    fn no_sheet_and_no_calendar_makes_the_reader_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        cells in proptest::collection::vec(
            proptest::sample::select(&["日期", "班次", "窗口", "工号", "姓名", "2026-11-23", "46349", "早", "1", "\"", ",", "\n", "9:00-9:00", "休"][..]),
            0..60,
        ),
    ) {
        let _ = with_sheet(&bytes);
        let _ = with_sheet(cells.join(",").as_bytes());
        let _ = Roster::parse(&Source::new("s.toml", &String::from_utf8_lossy(&bytes)), Path::new(""));
    }

    #[test]
    fn the_order_of_events_means_nothing_and_nobody_sits_in_two_places(
        events in proptest::collection::vec((0..48_i64, any::<bool>(), 1..4_u8, 1..4_u8), 0..10),
        time in 0..48_i64,
    ) {
        let events: Vec<DutyEvent> = events
            .into_iter()
            .map(|(half_hours, is_in, window, clerk)| DutyEvent {
                wall_us: at("2026-11-23", "00:00") + half_hours * 1_800_000_000,
                kind: if is_in { DutyKind::SignIn } else { DutyKind::SignOut },
                window: WindowId::new(&window.to_string()),
                clerk: format!("0{clerk}"),
            })
            .collect();
        let roster = parse(ASSIGNED).unwrap();
        let (one, other) = events.split_at(events.len() / 2);
        let told = roster.with_duty_events(&events);
        prop_assert_eq!(&roster.with_duty_events(other).with_duty_events(one), &told);
        let now = at("2026-11-23", "00:00") + time * 1_800_000_000;
        let mut clerks: Vec<String> = (1..4)
            .filter_map(|window| match told.on_duty(&WindowId::new(&window.to_string()), now) {
                Duty::Clerk(duty) => Some(duty.clerk.id),
                Duty::Unassigned(_) => None,
            })
            .collect();
        let all = clerks.len();
        clerks.sort();
        clerks.dedup();
        prop_assert_eq!(clerks.len(), all);
    }
}
