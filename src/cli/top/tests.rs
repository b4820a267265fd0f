//! Pictures of made-up halls. `SANSHENG_GOLDEN=write cargo test --lib cli::top` writes those of `golden/` anew.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Modifier;

use super::*;
use crate::status::{
    AlertStatus, BudgetStatus, HallStatus, MicrophoneStatus, Overload, Percentiles, ShedCounts, WindowState,
    WindowStatus,
};
use crate::units::Role;

const STATES: [WindowState; 5] =
    [WindowState::Live, WindowState::Waiting, WindowState::Down, WindowState::Starting, WindowState::Ended];

fn window(number: u16) -> WindowStatus {
    let level = |n: u16| -f32::from(n * 7 % 66);
    let names = ["社保", "不动产登记", "Tax", ""];
    let microphones = [(Role::Clerk, number), (Role::Visitor, number + 3)];
    let count = usize::from(number % 3);
    WindowStatus {
        id: number.to_string(),
        name: format!("{number}号窗口 {}", names[usize::from(number % 4)]),
        state: STATES[usize::from(number % 5)],
        reason: (number % 5 == 2).then(|| "unplugged; tried again in 4 s".to_owned()),
        reason_zh: (number % 5 == 2).then(|| "已拔出；4 秒后重试".to_owned()),
        microphones: microphones[..count]
            .iter()
            .map(|&(role, n)| MicrophoneStatus {
                role,
                level_dbfs: level(n),
                speaking: n.is_multiple_of(2),
                state: WindowState::Live,
                reason: None,
                reason_zh: None,
            })
            .collect(),
        encounter_s: (number % 2 == 1).then(|| f64::from(number) * 61.0),
        on_telephone: number % 4 == 1,
        standing: Default::default(),
        lag_s: f64::from(number) * 0.4,
        words: "您好，请问您办理什么业务？".to_owned(),
        tentative: if number.is_multiple_of(2) { "请坐".to_owned() } else { String::new() },
        alerts: u64::from(number % 4),
        late: u64::from(number % 4 / 3),
        shed: ShedCounts { partials: u64::from(number), shortened: 1, unmonitored: 0 },
        audio_s: 3_600.0,
        unheard_s: 2.5,
        drift_ppm: (number % 3 == 1).then(|| 20.0 - f64::from(number)),
        latency: Percentiles { count: u64::from(number % 3), p50_s: 0.7, p95_s: 1.2, p99_s: 1.4, max_s: 1.6 },
    }
}

fn alert(number: u16) -> AlertStatus {
    let states = ["confirmed", "provisional", "retracted"];
    AlertStatus {
        id: u64::from(number),
        window: (number % 9 + 1).to_string(),
        published_unix_s: 1_900_000_000.0 - f64::from(number) * 300.0,
        provision: "P53".into(),
        rule: "P53-no-time".into(),
        kind: if number % 4 == 3 { "missing" } else { "forbidden" }.into(),
        severity: "major".into(),
        state: states[usize::from(number % 3)].into(),
        phrase: "没时间".into(),
        heard: if number % 4 == 3 { String::new() } else { "没事件".into() },
        latency_s: 0.9 + f64::from(number) * 0.2,
        late: number % 5 == 4,
    }
}

fn hall(windows: u16, alerts: u16) -> HallStatus {
    let budget = |name: &str, budget_s: f64, p95_s: f64, count: u64, late: u64| BudgetStatus {
        name: name.into(),
        budget_s,
        measured: Percentiles { count, p95_s, ..Percentiles::default() },
        late,
    };
    HallStatus {
        hall: "一楼大厅".into(),
        version: "0.1.0".into(),
        at_unix_s: 1_900_000_000.0,
        running_s: 5_025.0,
        load: 0.43,
        workers: 8,
        waiting: 3,
        resident_bytes: 700 << 20,
        overload: Overload::Context,
        windows: (1..=windows).map(window).collect(),
        alerts: (0..alerts).map(alert).collect(),
        stages: Vec::new(),
        budgets: vec![
            budget("forbidden", 1.5, 1.34, 17, 1),
            budget("greeting", 1.0, 1.2, 5, 0),
            budget("farewell", 1.0, 0.0, 0, 0),
        ],
        journal: None,
        evidence: None,
    }
}

fn drawn(picture: &Picture, view: &View, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal
        .draw(|frame| {
            let area = frame.area();
            screen::draw(frame.buffer_mut(), area, picture, view);
        })
        .unwrap();
    terminal.backend().buffer().clone()
}

fn up(hall: HallStatus) -> Picture {
    Picture { hall: Some(hall), link: Link::Up }
}

#[test]
fn halls_look_as_they_did() {
    let down = || Link::Down { reason: "http://127.0.0.1:8740: refused".into(), for_s: 12.4 };
    let with = |lang, change: fn(&mut View)| {
        let mut view = View::new(lang);
        change(&mut view);
        view
    };
    let plain_view: fn(&mut View) = |_| {};
    for (name, picture, view, (width, height)) in [
        ("zh-80x24", up(hall(9, 5)), with(Lang::Zh, plain_view), (80, 24)),
        ("en-80x24", up(hall(9, 5)), with(Lang::En, plain_view), (80, 24)),
        ("zh-160x40", up(hall(60, 30)), with(Lang::Zh, |v| v.window = 30), (160, 40)),
        (
            "en-alerts-120x30",
            up(hall(60, 30)),
            with(Lang::En, |v| (v.pane, v.alert) = (Pane::Alerts, 29)),
            (120, 30),
        ),
        ("en-filter-80x24", up(hall(60, 30)), with(Lang::En, |v| v.filter = "tax".into()), (80, 24)),
        ("zh-20x5", up(hall(9, 5)), with(Lang::Zh, plain_view), (20, 5)),
        ("zh-empty-80x24", up(hall(0, 0)), with(Lang::Zh, plain_view), (80, 24)),
        (
            "zh-lost-80x24",
            Picture { hall: Some(hall(2, 1)), link: down() },
            with(Lang::Zh, plain_view),
            (80, 24),
        ),
        ("en-nobody-80x24", Picture { hall: None, link: down() }, with(Lang::En, plain_view), (80, 24)),
    ] {
        let text = plain(&drawn(&picture, &view, width, height));
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/cli/top/golden/{name}.txt"));
        if env::var_os("SANSHENG_GOLDEN").is_some_and(|value| value == "write") {
            fs::write(&file, &text).unwrap();
        }
        let golden = fs::read_to_string(&file).unwrap_or_default();
        assert!(text == golden, "{name} looks like this now:\n{text}\nand did so:\n{golden}");
    }
}

/// Column at which a text begins on the line that holds `line`.
fn column_of(buffer: &Buffer, line: &str, text: &str) -> usize {
    let drawn = plain(buffer);
    let found = drawn.lines().find(|l| l.contains(line)).unwrap_or_else(|| panic!("no {line} in\n{drawn}"));
    pen::width(&found[..found.find(text).unwrap_or_else(|| panic!("no {text} in {found}"))])
}

#[test]
fn columns_align_whatever_the_names_of_the_windows() {
    let mut hall = hall(4, 0);
    for (window, name) in hall.windows.iter_mut().zip(["一", "不动产登记与交易窗口", "Tax", ""]) {
        window.name = format!("{}号{name}", window.id);
        window.state = WindowState::Live;
    }
    for (width, lang) in [(80, Lang::Zh), (81, Lang::En), (97, Lang::Zh), (200, Lang::En)] {
        let buffer = drawn(&up(hall.clone()), &View::new(lang), width, 24);
        let state = lang.state(WindowState::Live);
        let columns: Vec<usize> = ["1号", "2号", "3号", "4号"].map(|n| column_of(&buffer, n, state)).into();
        assert_eq!(columns, vec![columns[0]; 4], "{width}");
    }
}

#[test]
fn what_is_not_settled_is_dimmer_and_marked() {
    let mut hall = hall(1, 0);
    hall.windows[0].tentative = "请坐".into();
    let buffer = drawn(&up(hall), &View::new(Lang::Zh), 160, 24);
    let row = (0..24).find(|y| buffer[(0, *y)].symbol() == ">" && *y > 3).expect("the chosen window");
    let dim = |symbol: &str| {
        let cell = (0..160).map(|x| &buffer[(x, row)]).find(|cell| cell.symbol() == symbol).unwrap();
        cell.modifier.contains(Modifier::DIM)
    };
    assert!(dim("坐") && !dim("您"));
    assert!(plain(&buffer).contains("业务？..请坐"));
}

#[test]
fn states_of_alerts_differ_without_colour() {
    for lang in [Lang::Zh, Lang::En] {
        let text = plain(&drawn(&up(hall(1, 5)), &View::new(lang), 80, 24));
        for sign in ["! ", "? ", "x ", lang.say("迟", "LATE")] {
            assert!(text.contains(sign), "{sign} in\n{text}");
        }
    }
}

#[test]
fn an_older_service_that_tells_less_is_shown() {
    let hall: HallStatus = serde_json::from_str(r#"{"hall":"大厅","windows":[{"id":"1"}]}"#).unwrap();
    let text = plain(&drawn(&up(hall), &View::new(Lang::En), 80, 24));
    assert!(text.contains("大厅") && text.contains("start"), "{text}");
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::MAX),
        -1e9..1e9_f64,
        -100.0..10.0_f64
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the service says and however large the terminal is, something is drawn.
    #[test]
    fn no_hall_and_no_size_makes_it_panic(
        (width, height) in (20..=250_u16, 5..=80_u16),
        (windows, alerts) in (0..=60_u16, 0..=50_u16),
        numbers in proptest::collection::vec(number(), 8),
        text in "[ -~一-龥　…\u{7}\u{1b}\u{200d}é👨‍👩‍👧]{0,40}",
        (chosen, alert, filter, english) in (0..99_usize, 0..99_usize, "[1-9社q]{0,1}", any::<bool>()),
    ) {
        let mut hall = hall(windows, alerts);
        hall.hall = text.clone();
        (hall.load, hall.running_s, hall.at_unix_s) = (numbers[0], numbers[1], numbers[2]);
        for window in hall.windows.iter_mut().take(20) {
            (window.lag_s, window.encounter_s, window.drift_ppm) = (numbers[3], Some(numbers[4]), Some(numbers[5]));
            window.latency.p50_s = numbers[6];
            window.microphones.iter_mut().for_each(|m| m.level_dbfs = numbers[7] as f32);
            (window.words, window.tentative, window.name) = (text.clone(), text.clone(), text.clone());
            window.id = text.clone();
        }
        for alert in hall.alerts.iter_mut().take(20) {
            (alert.phrase, alert.state, alert.window) = (text.clone(), text.clone(), text.clone());
            (alert.published_unix_s, alert.latency_s) = (numbers[3], numbers[4]);
        }
        let mut view = View::new(if english { Lang::En } else { Lang::Zh });
        (view.window, view.alert, view.filter) = (chosen, alert, filter);
        let buffer = drawn(&up(hall), &view, width, height);
        let drawn = plain(&buffer);
        prop_assert!(drawn.contains("sansheng") || width < 60);
        prop_assert!(!drawn.contains(['\u{1b}', '\u{7}']), "control characters reach the terminal");
    }
}
