//! The tables of a report, before they are drawn.

use super::report::fell_on;
use super::report_judging::{by_condition, decisions, encounters, visitor};
use super::tables::{Sheet, bounds, hourly, number, percent, share};
use super::{
    Dimension, ErrorCounts, Evaluation, Form, HourlyRate, Recall, RequiredRow, SpeedRow, Stratum, TextCounts,
};
use crate::units::Role;

/// Every table that has rows, in the order a reader asks: what was found, at what cost, how it was heard.
pub(super) fn sheets(evaluation: &Evaluation) -> Vec<Sheet> {
    let mut sheets = vec![
        summary(evaluation),
        by_condition(evaluation),
        recall_by_provision(evaluation),
        false_alarms(evaluation),
        false_alarms_by_kind(evaluation),
        visitor(evaluation),
        decisions(evaluation),
        required(evaluation),
        encounters(evaluation),
        transcription(evaluation),
        transcription_by_channel(evaluation),
        speed(evaluation),
        decoding(evaluation),
    ];
    sheets.retain(|sheet| !sheet.rows.is_empty());
    sheets
}

fn summary(evaluation: &Evaluation) -> Sheet {
    let Evaluation { files, forbidden, visitor, decisions, encounters, transcription, speed, .. } =
        evaluation;
    let two = |first, second| format!("{} / {}", share(first), share(second));
    let mut rows = vec![
        vec!["files heard / in the truth".to_owned(), format!("{} / {}", files.heard, files.in_truth)],
        vec!["files heard in part only".to_owned(), files.failed.to_string()],
        vec!["recall, provision right".to_owned(), share(forbidden.recall.strict)],
        vec!["recall, any provision".to_owned(), share(forbidden.recall.lenient)],
        vec!["precision, provision right".to_owned(), share(forbidden.precision_strict)],
        vec!["precision, any provision".to_owned(), share(forbidden.precision_lenient)],
        vec!["false alarms an hour".to_owned(), hourly(forbidden.false_alarms)],
        vec!["duplicate alerts".to_owned(), forbidden.duplicates.to_string()],
        vec!["innocent look-alikes alerted".to_owned(), share(forbidden.innocents_alerted)],
        vec!["visitor's speech charged to the clerk".to_owned(), share(visitor.utterances)],
        vec![
            "required-speech decisions, correct / unknown".to_owned(),
            two(decisions.pooled.correct, decisions.pooled.unknown),
        ],
        vec!["encounters, start and end within 2 s".to_owned(), share(encounters.pooled.matched)],
    ];
    for row in &transcription.by_role {
        let name = role(row.role);
        rows.push(vec![format!("character error rate, {name}"), percent(row.counts.characters.rate())]);
        rows.push(vec![format!("syllable error rate, {name}"), percent(row.counts.syllables.rate())]);
    }
    rows.push(vec!["times real time".to_owned(), number(speed.run.and_then(|run| run.times_real_time), 1)]);
    Sheet { title: "Summary (95 % intervals in brackets)", header: vec!["measure", "value"], labels: 1, rows }
}

fn recall_by_provision(evaluation: &Evaluation) -> Sheet {
    let rows = evaluation.forbidden.by_provision.iter().map(|row| {
        let mut cells = vec![row.provision.clone()];
        cells.extend(recall(row.recall));
        cells
    });
    Sheet {
        title: "Forbidden phrases found, by provision",
        header: vec!["provision", "said", "provision right", "any provision"],
        labels: 1,
        rows: rows.collect(),
    }
}

fn false_alarms(evaluation: &Evaluation) -> Sheet {
    let line = |label: &str, rate: HourlyRate| {
        let interval = bounds(rate.low, rate.high, |value| format!("{value:.2}"));
        vec![
            label.to_owned(),
            format!("{:.3}", rate.hours),
            rate.events.to_string(),
            number(rate.per_hour, 2),
            interval.unwrap_or_else(|| "-".to_owned()),
        ]
    };
    let score = &evaluation.forbidden;
    let mut rows: Vec<_> = score.false_alarms_by_group.iter().map(|row| line(&row.group, row.rate)).collect();
    if !rows.is_empty() {
        rows.push(line("all", score.false_alarms));
    }
    Sheet {
        title: "False alarms, by group",
        header: vec!["group", "hours", "false alarms", "an hour", "95 % interval"],
        labels: 1,
        rows,
    }
}

fn false_alarms_by_kind(evaluation: &Evaluation) -> Sheet {
    let rows = evaluation.forbidden.false_alarms_by_kind.iter();
    let rows = rows.map(|row| vec![fell_on(row.kind).to_owned(), row.count.to_string()]).collect();
    Sheet { title: "False alarms, by what they fell on", header: vec!["on", "false alarms"], labels: 1, rows }
}

fn required(evaluation: &Evaluation) -> Sheet {
    let optional = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let rows = evaluation.required.by_provision.iter().map(|row| {
        let RequiredRow { missing, found, missing_unknown, wrong, duplicates, .. } = row;
        vec![
            row.provision.clone(),
            optional(row.said),
            optional(row.heard),
            optional(row.said_unknown),
            missing.to_string(),
            found.to_string(),
            missing_unknown.to_string(),
            wrong.to_string(),
            duplicates.to_string(),
            share(row.recall),
            share(row.precision),
            share(row.unknown),
        ]
    });
    Sheet {
        title: "Required speech, findings",
        header: vec![
            "provision",
            "said",
            "of it heard",
            "of it undecided",
            "left out",
            "of it reported",
            "of it undecided",
            "wrongly reported",
            "duplicate",
            "recall",
            "precision",
            "findings undecided",
        ],
        labels: 1,
        rows: rows.collect(),
    }
}

const TEXT_COLUMNS: [&str; 7] =
    ["characters", "CER", "sub / del / ins", "syllable errors", "sub / del / ins", "crosstalk", "in silence"];

fn transcription(evaluation: &Evaluation) -> Sheet {
    let text = &evaluation.transcription;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut push = |speaker: &str, by: [String; 2], counts: TextCounts| {
        let [dimension, condition] = by;
        let mut cells = vec![speaker.to_owned(), dimension, condition];
        cells.extend(text_cells(counts));
        rows.push(cells);
    };
    let all = || ["-".to_owned(), "all".to_owned()];
    if text.by_role.len() > 1 {
        push("both", all(), text.pooled);
    }
    for row in &text.by_role {
        push(role(row.role), all(), row.counts);
    }
    for row in &text.by_condition {
        let by = [dimension(row.stratum.dimension).to_owned(), row.stratum.label.clone()];
        push(role(row.role), by, row.counts);
    }
    let mut header = vec!["speaker", "split by", "condition"];
    header.extend(TEXT_COLUMNS);
    Sheet { title: "Transcription", header, labels: 3, rows }
}

/// Whole recordings only: clips are too short for rates of their own. JSON has them all.
fn transcription_by_channel(evaluation: &Evaluation) -> Sheet {
    let channels = evaluation.transcription.by_channel.iter().filter(|row| row.form == Form::Recording);
    let rows = channels.map(|row| {
        let mut cells = vec![row.file.clone(), role(row.role).to_owned()];
        cells.extend(text_cells(row.counts));
        cells
    });
    let mut header = vec!["recording", "speaker"];
    header.extend(TEXT_COLUMNS);
    Sheet { title: "Transcription, by recording", header, labels: 2, rows: rows.collect() }
}

fn speed(evaluation: &Evaluation) -> Sheet {
    let audio_s = evaluation.speed.total.times.audio_s;
    let rows = evaluation.speed.run.iter().map(|speed| {
        vec![
            format!("{audio_s:.1}"),
            format!("{:.1}", speed.run.wall_s),
            number(speed.run.cpu_s, 1),
            speed.run.threads.to_string(),
            number(speed.times_real_time, 1),
            number(speed.times_real_time_per_thread, 1),
            number(speed.times_real_time_per_core, 1),
        ]
    });
    let header =
        vec!["audio s", "wall s", "CPU s", "threads", "x real time", "x a thread", "x a core (audio / CPU)"];
    Sheet { title: "Speed of the whole run", header, labels: 0, rows: rows.collect() }
}

fn decoding(evaluation: &Evaluation) -> Sheet {
    let line = |row: &SpeedRow| {
        vec![
            row.label.clone(),
            format!("{:.1}", row.times.audio_s),
            format!("{:.1}", row.times.decode_s),
            number(row.decode_rtf, 3),
            percent(row.match_share),
        ]
    };
    let speed = &evaluation.speed;
    let mut rows: Vec<_> = speed.by_group.iter().map(line).collect();
    if !rows.is_empty() {
        rows.push(line(&speed.total));
    }
    Sheet {
        title: "Time in the recogniser",
        header: vec!["group", "audio s", "decode s", "decode RTF", "matching share"],
        labels: 1,
        rows,
    }
}

pub(super) fn stratum(stratum: &Stratum) -> Vec<String> {
    vec![dimension(stratum.dimension).to_owned(), stratum.label.clone()]
}

pub(super) fn recall(recall: Recall) -> [String; 3] {
    [recall.strict.of.to_string(), share(recall.strict), share(recall.lenient)]
}

fn text_cells(counts: TextCounts) -> [String; 7] {
    let TextCounts { characters, syllables, crosstalk_characters, silence_characters } = counts;
    [
        characters.reference.to_string(),
        percent(characters.rate()),
        kinds(characters),
        percent(syllables.rate()),
        kinds(syllables),
        crosstalk_characters.to_string(),
        silence_characters.to_string(),
    ]
}

fn kinds(counts: ErrorCounts) -> String {
    format!("{} / {} / {}", counts.substitutions, counts.deletions, counts.insertions)
}

fn dimension(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Group => "group",
        Dimension::Noise => "noise",
        Dimension::Reverberation => "reverberation",
        Dimension::Setting => "setting",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Clerk => "clerk",
        Role::Visitor => "visitor",
    }
}
