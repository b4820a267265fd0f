//! `sansheng eval`: hears labelled recordings and scores what came out.

use std::io::{self, Write};
use std::path::PathBuf;

use super::args::EvalArgs;
use super::error::CliError;
use super::progress::ProgressBar;
use super::setup::Engine;
use super::{DONE, PARTLY};
use crate::clock::{Stopwatch, cpu_seconds};
use crate::eval::{CANDIDATE_COLUMNS, Heard, HeardUtterance, Run, Truth, candidates, evaluate};
use crate::pipeline::Settings;
use crate::runtime::{Event, Recorded, replay as hear_recordings};
use crate::units::{ChannelIndex, Role, WindowId};

pub(super) fn run(args: &EvalArgs) -> Result<u8, CliError> {
    let mut code = DONE;
    let mut rows = format!("{CANDIDATE_COLUMNS}\n");
    for path in &args.truth {
        let mut truth = Truth::load(path)?;
        if let Some(only) = &args.only {
            truth.files.retain(|file| file.file.contains(only.as_str()));
            if truth.files.is_empty() {
                return Err(CliError::NothingSelected(only.clone()));
            }
        }
        let (heard, run) = hear(&truth, args)?;
        if heard.iter().any(|h| h.error.is_some()) {
            code = PARTLY;
        }
        rows.push_str(&candidates(&truth, &heard));
        let evaluation = evaluate(&truth, &heard).timed(run);
        let text = match (args.markdown, args.json) {
            (true, _) => evaluation.markdown(),
            (_, true) => evaluation.json()?,
            _ => evaluation.text(),
        };
        writeln!(io::stdout(), "{text}")?;
    }
    if let Some(path) = &args.candidates {
        std::fs::write(path, rows)?;
    }
    Ok(code)
}

/// Every recording of the truth through the pipeline, as fast as it goes.
fn hear(truth: &Truth, args: &EvalArgs) -> Result<(Vec<Heard>, Run), CliError> {
    let engine = Engine::without(&args.engine, args.ablation())?;
    let paths: Vec<PathBuf> = truth.files.iter().map(|file| truth.audio_path(file)).collect();
    let recordings = truth.files.iter().zip(&paths).map(|(file, path)| {
        let on = |role| file.channels.iter().position(|r| *r == role).map(|i| ChannelIndex(i as u16));
        Recorded {
            path: path.clone(),
            window: WindowId::new(&file.file),
            clerk: on(Role::Clerk).unwrap_or_default(),
            visitor: on(Role::Visitor),
        }
    });
    let transcribed = if args.visitor { vec![Role::Clerk, Role::Visitor] } else { vec![Role::Clerk] };
    let mut heard: Vec<Heard> = truth.files.iter().map(|file| blank(&file.file, &transcribed)).collect();
    let without_roles = args.ablation().roles;
    let settings = Settings { hear_visitor: args.visitor, without_roles, ..Settings::default() };
    let bar = ProgressBar::new(&paths);
    let threads = engine.recognisers.len();
    let recordings = recordings.collect();
    let (watch, cpu_before_s) = (Stopwatch::start(), cpu_seconds());
    hear_recordings(recordings, threads, &settings, &engine.book, engine.recognisers, &mut |event| {
        bar.follow(&event);
        match event {
            Event::Heard { source, hypothesis } if !hypothesis.chars.is_empty() => {
                heard[source].utterances.push(HeardUtterance {
                    channel: hypothesis.channel.0,
                    role: hypothesis.role,
                    start_s: hypothesis.span.start.seconds(),
                    end_s: hypothesis.span.end.seconds(),
                    text: hypothesis.text(),
                });
            }
            Event::Judged { source, finding } => finding.settle_into(&mut heard[source].findings),
            Event::Warned { source, warning } => heard[source].warnings.push(warning),
            Event::Failed { source, error } => heard[source].error = Some(error),
            Event::Ended { source, account } => {
                let effort = account.effort;
                let of = &mut heard[source];
                of.audio_s = account.audio_s;
                of.decode_s = effort.decode_s + effort.verify_s + effort.match_s;
                of.match_s = effort.match_s;
            }
            Event::Opened { .. } | Event::Heard { .. } | Event::Progress { .. } => {}
        }
    });
    let cpu_s = cpu_seconds().zip(cpu_before_s).map(|(now, before)| now - before);
    let run = Run { wall_s: watch.elapsed().as_secs_f64(), cpu_s, threads };
    bar.finish();
    heard.iter_mut().for_each(|h| h.utterances.sort_by(|a, b| a.start_s.total_cmp(&b.start_s)));
    Ok((heard, run))
}

fn blank(file: &str, transcribed: &[Role]) -> Heard {
    Heard {
        file: file.to_owned(),
        findings: Vec::new(),
        utterances: Vec::new(),
        audio_s: 0.0,
        decode_s: 0.0,
        match_s: 0.0,
        transcribed: transcribed.to_vec(),
        warnings: Vec::new(),
        error: None,
    }
}
