//! `sansheng demo`: recordings played as if they were live microphones, two windows at once.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::DemoArgs;
use super::error::CliError;
use super::setup::{Engine, recorded};
use super::{DONE, PARTLY, show};
use crate::conduct::FindingState;
use crate::pipeline::Settings;
use crate::runtime::{Event, Latency, Pace, run as run_pipeline};
use crate::units::WindowId;

/// Windows that are live at the same time.
const WINDOWS: usize = 2;

/// Recordings that come with the project, relative to its directory.
const BUNDLE: &str = "tests/audio";

pub(super) fn run(args: &DemoArgs) -> Result<u8, CliError> {
    let paths = if args.paths.is_empty() { bundled()? } else { args.paths.clone() };
    let mut recordings = recorded(&paths, args.channels, None)?;
    for (index, recording) in recordings.iter_mut().enumerate() {
        recording.window = WindowId::new(&format!("{}号窗口", index % WINDOWS + 1));
    }
    let Engine { book, recognisers, fingerprint } = Engine::new(&args.engine)?;
    eprintln!("{fingerprint}");
    let windows: Vec<WindowId> = recordings.iter().map(|r| r.window.clone()).collect();
    let mut failed = 0;
    let mut fault = None;
    run_pipeline(
        recordings,
        WINDOWS,
        Pace::RealTime,
        &Settings::default(),
        &book,
        recognisers,
        &mut |event| {
            failed += usize::from(matches!(event, Event::Failed { .. }));
            let line = match &event {
                Event::Opened { source, .. } => Some(format!(
                    "{:>7}  {}  listening to {}",
                    "",
                    windows[*source],
                    paths[*source].display()
                )),
                Event::Heard { source, hypothesis } if !hypothesis.chars.is_empty() => {
                    let time = show::clock(hypothesis.span.start);
                    Some(format!("{time}  {}  clerk: {}", windows[*source], hypothesis.text()))
                }
                Event::Judged { source, finding, latency } if finding.state != FindingState::Held => {
                    let time = show::clock(finding.span.start);
                    let late = latency.map(|l| format!("  {}", spelled(l))).unwrap_or_default();
                    Some(format!(
                        "{time}  {}  {}{late}",
                        windows[*source],
                        show::line(finding, book.rulebook())
                    ))
                }
                Event::Ended { source, account } => Some(format!(
                    "{:>7}  {}  end: {:.1} s, clerk speaking {:.1} s, not heard {:.1} s",
                    "", windows[*source], account.audio_s, account.clerk_speech_s, account.unheard_s
                )),
                Event::Warned { warning, .. } => {
                    eprintln!("sansheng: {warning}");
                    None
                }
                Event::Failed { error, .. } => {
                    eprintln!("sansheng: {error}");
                    None
                }
                Event::Heard { .. } | Event::Judged { .. } | Event::Progress { .. } => None,
            };
            if let Some(line) = line {
                fault = fault.take().or(writeln!(io::stdout(), "{line}").err());
            }
        },
    );
    match fault {
        Some(fault) => Err(fault.into()),
        None if failed == paths.len() => Err(CliError::NothingRead),
        None => Ok(if failed > 0 { PARTLY } else { DONE }),
    }
}

/// `latency 0.93 s (endpoint 0.48, queue 0.00, decode 0.44, judge 0.01)`
fn spelled(latency: Latency) -> String {
    let Latency { endpoint_s, queue_s, decode_s, judge_s, total_s } = latency;
    format!(
        "latency {total_s:.2} s (endpoint {endpoint_s:.2}, queue {queue_s:.2}, decode {decode_s:.2}, judge {judge_s:.2})"
    )
}

/// The bundled recordings: in the working directory, or in the one the program was built in.
fn bundled() -> Result<Vec<PathBuf>, CliError> {
    let here = PathBuf::from(BUNDLE);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(BUNDLE);
    let places = [&here, &built];
    let found = places.into_iter().find_map(|dir| {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(dir).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "flac"));
        paths.sort();
        (!paths.is_empty()).then_some(paths)
    });
    found.ok_or(CliError::NoBundle(here))
}
