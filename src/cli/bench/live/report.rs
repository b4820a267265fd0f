//! Figures as tables, for a terminal or in Markdown, and as JSON.

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::figures::Figures;
use super::session::Sample;
use crate::eval::{HourlyRate, Share};
use crate::status::Percentiles;

/// From so long a run on, samples are told minute by minute.
const MINUTES_MIN_S: u32 = 180;

struct Sheet {
    title: &'static str,
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

pub(super) fn text(figures: &Figures) -> String {
    let draw = |sheet: &Sheet| format!("{}\n{}\n", sheet.title, table(sheet, presets::UTF8_BORDERS_ONLY));
    sheets(figures).iter().map(draw).collect::<Vec<_>>().join("\n") + &notes(figures)
}

/// The tables under headings of the second level.
pub(super) fn markdown(figures: &Figures) -> String {
    let draw = |sheet: &Sheet| format!("## {}\n\n{}\n", sheet.title, table(sheet, presets::ASCII_MARKDOWN));
    let engine = format!("Engine: `{}`\n\n", figures.setting.fingerprint);
    engine + &sheets(figures).iter().map(draw).collect::<Vec<_>>().join("\n") + &notes(figures)
}

fn table(sheet: &Sheet, style: comfy_table::TableStyle) -> Table {
    let mut table = Table::new();
    table.load_style(style).set_header(sheet.header.clone()).force_no_tty();
    for row in &sheet.rows {
        table.add_row(row.clone());
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn sheets(figures: &Figures) -> Vec<Sheet> {
    let mut sheets = vec![setting(figures), found(figures), latency(figures), work(figures), cost(figures)];
    if figures.setting.seconds >= MINUTES_MIN_S {
        sheets.push(minutes(&figures.samples));
    }
    sheets
}

fn row(label: &str, value: String) -> Vec<String> {
    vec![label.to_owned(), value]
}

fn setting(figures: &Figures) -> Sheet {
    let setting = &figures.setting;
    let least = setting.duty.iter().copied().fold(f64::INFINITY, f64::min);
    let most = setting.duty.iter().copied().fold(0.0, f64::max);
    let duty = format!(
        "{:.1} % ({:.1} to {:.1}), asked for {:.1} %",
        setting.mean_duty_percent(),
        100.0 * least,
        100.0 * most,
        100.0 * setting.duty_asked
    );
    let heard = figures.work.clerk_speech_s / (setting.windows as f64 * f64::from(setting.seconds));
    Sheet {
        title: "Run",
        header: vec!["setting", "value"],
        rows: vec![
            row("windows", setting.windows.to_string()),
            row("seconds", setting.seconds.to_string()),
            row("seed", setting.seed.to_string()),
            row("recognisers / cores", format!("{} / {}", setting.recognisers, setting.cores)),
            row("partial step", format!("{:.1} s", setting.partial_step.as_secs_f64())),
            row("clerk speaking, by the truth (clips whole)", duty),
            row("clerk speaking, by its utterances alone", format!("{:.1} %", 100.0 * setting.words)),
            row("clerk speaking, as it was cut out", format!("{:.1} %", 100.0 * heard)),
        ],
    }
}

fn found(figures: &Figures) -> Sheet {
    let score = &figures.score;
    let found = score.latency.count;
    let of = |count: u64| format!("{count} of {found}");
    Sheet {
        title: "Forbidden phrases",
        header: vec!["measure", "value"],
        rows: vec![
            row("found, provision right", share(score.recall)),
            row("found, any provision", share(score.recall_any)),
            row("not counted (cut by the start, or in the last 3 s)", score.not_counted.to_string()),
            row("false alarms an hour", hourly(score.false_alarms)),
            row("duplicate alerts", score.duplicates.to_string()),
            row("alerts taken back", score.retracted.to_string()),
            row("published before the utterance ended", of(score.early)),
            row("late, from the true end", of(score.late)),
            row("late, by the runtime's account", of(score.late_by_account)),
        ],
    }
}

fn latency(figures: &Figures) -> Sheet {
    let score = &figures.score;
    let budget = format!("{:.2}", figures.setting.budgets.forbidden.as_secs_f64());
    let line = |label: &str, p: &Percentiles, budget: &str, late: Option<u64>| {
        let mut cells = vec![label.to_owned(), p.count.to_string()];
        cells.extend([p.p50_s, p.p95_s, p.p99_s, p.max_s].map(|value| number(p.count, value)));
        cells.extend([budget.to_owned(), late.map_or_else(String::new, |late| late.to_string())]);
        cells
    };
    let mut rows = vec![
        line("forbidden, from the true end", &score.latency, &budget, Some(score.late)),
        line("forbidden, by the runtime's account", &score.account, &budget, Some(score.late_by_account)),
    ];
    rows.extend(score.stages.iter().map(|stage| line(&format!("  {}", stage.name), &stage.took, "", None)));
    rows.push(line("end as heard, from the true end", &score.heard_end, "", None));
    rows.extend(score.missing.iter().map(|missing| {
        let label = format!("missing ({}), from when it was due", missing.budget);
        line(&label, &missing.latency, &format!("{:.2}", missing.allowed_s), Some(missing.late))
    }));
    Sheet {
        title: "Latency to first publication, seconds",
        header: vec!["what", "alerts", "p50", "p95", "p99", "max", "budget", "late"],
        rows,
    }
}

fn work(figures: &Figures) -> Sheet {
    let work = &figures.work;
    let shed = |kind: &str| work.shed.get(kind).copied().unwrap_or(0).to_string();
    let unheard = |why: &str| format!("{:.1}", work.unheard_s.get(why).copied().unwrap_or(0.0));
    Sheet {
        title: "Work",
        header: vec!["measure", "value"],
        rows: vec![
            row("decodes of utterances that were over", work.finals.to_string()),
            row("decodes while they went on, or at a pause", work.partials.to_string()),
            row("seconds decoding / verifying", format!("{:.1} / {:.1}", work.decode_s, work.verify_s)),
            row("shed: partial decodes", shed("partial")),
            row("shed: context", shed("context")),
            row("shed: verifications", shed("verification")),
            row("shed: utterances", shed("utterance")),
            row("seconds unheard: overload", unheard("overload")),
            row("seconds unheard: lost by the source", unheard("lost")),
            row("seconds unheard: recogniser failed", unheard("failed")),
        ],
    }
}

fn cost(figures: &Figures) -> Sheet {
    let cost = &figures.cost;
    Sheet {
        title: "Cost",
        header: vec!["measure", "value"],
        rows: vec![
            row("processor seconds", format!("{:.1}", cost.cpu_s)),
            row("processor seconds a second", format!("{:.3}", cost.cpu_per_second)),
            row("of it a window", format!("{:.4}", cost.cpu_per_second_and_window)),
            row(
                "load of the recognisers, mean / highest",
                format!("{:.2} / {:.2}", cost.load_mean, cost.load_max),
            ),
            row("jobs waiting, most", cost.waiting_max.to_string()),
            row("lag, highest", format!("{:.2} s", cost.lag_max_s)),
            row("resident memory at the end", megabytes(cost.resident_end_bytes)),
            row("resident memory, peak", megabytes(cost.resident_peak_bytes)),
        ],
    }
}

fn minutes(samples: &[Sample]) -> Sheet {
    let mut rows = Vec::new();
    for minute in 0.. {
        let of: Vec<&Sample> = samples.iter().filter(|s| (s.at_s / 60.0) as u64 == minute).collect();
        let (Some(first), Some(last)) = (of.first(), of.last()) else { break };
        let mean = |value: fn(&Sample) -> f64| of.iter().map(|s| value(s)).sum::<f64>() / of.len() as f64;
        let lag_max_s = of.iter().map(|s| s.lag_s).fold(0.0, f64::max);
        let resident = of.iter().map(|s| s.resident_bytes).max().unwrap_or(0);
        let cpu = (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s).max(1e-9);
        rows.push(vec![
            (minute + 1).to_string(),
            megabytes(resident),
            if of.len() > 1 { format!("{cpu:.2}") } else { "-".to_owned() },
            format!("{:.2}", mean(|s| s.load)),
            format!("{:.2}", mean(|s| s.lag_s)),
            format!("{lag_max_s:.2}"),
        ]);
    }
    Sheet {
        title: "Minute by minute",
        header: vec![
            "minute",
            "resident, peak",
            "processor s a second",
            "load",
            "lag, mean s",
            "lag, highest s",
        ],
        rows,
    }
}

fn notes(figures: &Figures) -> String {
    let setting = &figures.setting;
    let mut notes = String::new();
    let off = setting.mean_duty_percent() / 100.0 - setting.duty_asked;
    if off.abs() > 0.02 {
        let kind = if off < 0.0 { "sparse" } else { "dense" };
        notes.push_str(&format!(
            "\nThe recordings are too {kind} for a clerk who speaks {:.0} % of {} s: {:.1} % were reached.\n",
            100.0 * setting.duty_asked,
            setting.seconds,
            setting.mean_duty_percent()
        ));
    }
    if !figures.score.missed.is_empty() {
        notes.push_str("\nNot found, or taken back:\n\n");
        figures.score.missed.iter().for_each(|missed| notes.push_str(&format!("- {missed}\n")));
    }
    if !figures.score.told_late.is_empty() {
        notes.push_str("\nMissing or otherwise not as it should be, and told late:\n\n");
        figures.score.told_late.iter().for_each(|late| notes.push_str(&format!("- {late}\n")));
    }
    notes
}

const RUN_COLUMNS: [&str; 13] = [
    "windows",
    "duty",
    "phrases",
    "found",
    "p50 s",
    "p95 s",
    "max s",
    "unheard s",
    "partials shed",
    "contexts shed",
    "load",
    "CPU/s",
    "kept",
];

pub(super) fn run_header(markdown: bool) -> String {
    if !markdown {
        return RUN_COLUMNS.map(|column| format!("{column:>14}")).concat();
    }
    format!("| {} |\n|{}", RUN_COLUMNS.join(" | "), "---:|".repeat(RUN_COLUMNS.len()))
}

/// A run as a line of the table of a search.
pub(super) fn run_line(figures: &Figures, markdown: bool) -> String {
    let Figures { score, work, cost, setting, .. } = figures;
    let shed = |kind: &str| work.shed.get(kind).copied().unwrap_or(0).to_string();
    let cells = [
        setting.windows.to_string(),
        format!("{:.1} %", setting.mean_duty_percent()),
        score.recall_any.of.to_string(),
        score.recall_any.count.to_string(),
        format!("{:.2}", score.latency.p50_s),
        format!("{:.2}", score.latency.p95_s),
        format!("{:.2}", score.latency.max_s),
        format!("{:.1}", work.all_unheard_s()),
        shed("partial"),
        shed("context"),
        format!("{:.2}", cost.load_mean),
        format!("{:.2}", cost.cpu_per_second),
        if figures.is_kept() { "yes" } else { "no" }.to_owned(),
    ];
    match markdown {
        true => format!("| {} |", cells.join(" | ")),
        false => cells.map(|cell| format!("{cell:>14}")).concat(),
    }
}

/// What a search found, in a sentence or two.
pub(super) fn capacity(found: usize, runs: &[Figures]) -> String {
    let Some(best) = runs.iter().find(|run| run.setting.windows == found) else {
        return "\nNot even one window is kept up with.".to_owned();
    };
    let shed = match best.work.shed.is_empty() {
        true => "nothing was shed".to_owned(),
        false => {
            let shed = best.work.shed.iter().map(|(what, count)| format!("{count} x {what}"));
            format!("shed: {}", shed.collect::<Vec<_>>().join(", "))
        }
    };
    format!(
        "\nCapacity: {found} windows (p95 {:.2} s of {:.2} s allowed, nothing unmonitored; {shed}).",
        best.score.latency.p95_s,
        best.setting.budgets.forbidden.as_secs_f64()
    )
}

pub(super) fn capacity_json(found: usize, runs: &[Figures]) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Search<'a> {
        capacity: usize,
        runs: &'a [Figures],
    }
    serde_json::to_string_pretty(&Search { capacity: found, runs })
}

fn share(share: Share) -> String {
    match (share.rate, share.low, share.high) {
        (Some(rate), Some(low), Some(high)) => format!(
            "{:.1} % ({}/{}) [{:.1}-{:.1}]",
            100.0 * rate,
            share.count,
            share.of,
            100.0 * low,
            100.0 * high
        ),
        _ => "-".to_owned(),
    }
}

fn hourly(rate: HourlyRate) -> String {
    match (rate.per_hour, rate.low, rate.high) {
        (Some(per_hour), Some(low), Some(high)) => {
            format!("{per_hour:.2} ({} in {:.3} h) [{low:.2}-{high:.2}]", rate.events, rate.hours)
        }
        _ => "-".to_owned(),
    }
}

fn number(count: u64, value: f64) -> String {
    if count == 0 { "-".to_owned() } else { format!("{value:.2}") }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
