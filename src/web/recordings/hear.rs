//! Hearing a recording that was handed in, in a process of its own: what a hostile file may do to a decoder stays outside of the
//! service, and its memory comes back whole. Thread: `jobs`, whose priority the process inherits; one reads each of its outputs.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::drawn::Lines;
use super::{Handed, Recordings, held};
use crate::conduct::CompiledBook;
use crate::said::{Bilingual, Why};
use crate::web::jobs::{JobFault, Progress};

/// How soon it is noticed that nobody wants the result any more.
const LOOK: Duration = Duration::from_millis(200);
/// Lines that wait.
const LINES_MAX: usize = 256;
/// Most bytes that are read of what is found.
const TEXT_MAX: u64 = 64 << 20;
/// Of what it says goes wrong, so much is kept.
const SAID_MAX: usize = 2_048;
/// A share that only a recording has that is done.
const NEARLY: f64 = 0.99;

/// By what a recording is heard.
pub(in crate::web) struct Hearing {
    pub model: String,
    pub rules: Vec<PathBuf>,
    pub clerk_channel: u16,
    pub visitor_channel: u16,
    /// For titles.
    pub book: Arc<CompiledBook>,
    /// What the clock shows where the recording begins, microseconds since the Unix epoch.
    pub from_us: i64,
    /// Whether the recording stays when it was heard, so that it can be listened to.
    pub stays: bool,
}

const GONE: Why = Why::new("the recording is gone: hand it in again", "录音已不在：请重新上传");
const STOPS: Why =
    Why::new("the service stops: hand the recording in again", "服务正在停止：请稍后重新上传录音");
const STOPPED: Why = Why::new("it was stopped: hand the recording in again", "已停止：如需要请重新上传录音");

/// Hears it; the result is a timeline.
pub(in crate::web) fn hear(
    recordings: &Recordings,
    handed: &Handed,
    hearing: &Hearing,
    progress: &Progress,
) -> Result<Value, JobFault> {
    let gone = || JobFault::said(GONE);
    let path = handed.path().ok_or_else(gone)?;
    let fault = |fault: &dyn std::fmt::Display| {
        let (en, zh) = (format!("it cannot be heard: {fault}"), format!("无法识别：{fault}"));
        JobFault::said(Bilingual::new(en, zh))
    };
    let program = program(recordings).map_err(|it| fault(&it))?;
    let mut command = Command::new(program);
    command.args(arguments(hearing)).arg(&path);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (out, said) = {
        let mut child = held(&recordings.0.child);
        if recordings.is_closed() {
            return Err(JobFault::said(STOPS));
        }
        let mut started = command.spawn().map_err(|it| fault(&it))?;
        goes_first_when_memory_runs_out(&started);
        let pipes = (started.stdout.take(), started.stderr.take());
        *child = Some(started);
        pipes
    };
    let said = said.map(|said| thread::spawn(move || last_said(said)));
    let mut lines = Lines::default();
    if let Some(out) = out {
        follow(&read_along(out), recordings, progress, &mut lines);
    }
    let ended = held(&recordings.0.child).take().map(|mut child| child.wait());
    let said = said.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if progress.is_cancelled() || recordings.is_closed() {
        return Err(JobFault::said(STOPPED));
    }
    if !lines.is_whole() {
        let status = ended.and_then(Result::ok).map_or_else(String::new, |status| status.to_string());
        let why = lines.problem().map(str::to_owned).or(said).unwrap_or(status);
        return Err(JobFault::new(&handed.named(&why)));
    }
    if !hearing.stays {
        handed.let_go();
    }
    let sound = handed.path().map(|_| format!("/api/v1/recordings/{}/sound", progress.job));
    let timeline = lines.draw(&handed.name, hearing, sound);
    serde_json::to_value(timeline).map_err(|it| fault(&it))
}

fn program(recordings: &Recordings) -> std::io::Result<PathBuf> {
    match &recordings.0.uploads.program {
        Some(program) => Ok(program.clone()),
        None => env::current_exe(),
    }
}

fn arguments(hearing: &Hearing) -> Vec<OsString> {
    let mut all: Vec<OsString> =
        ["replay", "--json", "--transcript", "--timeline", "--threads", "1"].map(OsString::from).into();
    let channels = [
        ("--clerk-channel", hearing.clerk_channel.to_string()),
        ("--visitor-channel", hearing.visitor_channel.to_string()),
        ("--model", hearing.model.clone()),
    ];
    all.extend(channels.into_iter().flat_map(|(name, value)| [name.into(), value.into()]));
    for path in &hearing.rules {
        all.extend(["--rules".into(), path.into()]);
    }
    all.push("--".into());
    all
}

fn goes_first_when_memory_runs_out(child: &Child) {
    // Nothing is lost where the system does not let it.
    #[cfg(target_os = "linux")]
    let _ = std::fs::write(format!("/proc/{}/oom_score_adj", child.id()), "1000");
    #[cfg(not(target_os = "linux"))]
    let _ = child;
}

/// Its lines, one by one; the end of them when it ends.
fn read_along(out: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = sync_channel(LINES_MAX);
    thread::spawn(move || {
        // What is not text ends it as its end does: then the result is not whole.
        for line in BufReader::new(out.take(TEXT_MAX)).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Takes its lines in until it ends, or nobody wants them any more.
fn follow(from: &Receiver<String>, recordings: &Recordings, progress: &Progress, lines: &mut Lines) {
    loop {
        match from.recv_timeout(LOOK) {
            Ok(line) => {
                if let Some(share) = lines.take(&line) {
                    progress.at(share.min(NEARLY));
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if (progress.is_cancelled() || recordings.is_closed())
            && let Some(child) = &mut *held(&recordings.0.child)
        {
            // It may have ended by itself.
            let _ = child.kill();
        }
    }
}

/// The last line that it said on standard error.
fn last_said(mut said: ChildStderr) -> Option<String> {
    let (mut kept, mut piece) = (Vec::new(), [0_u8; 1_024]);
    while let Ok(count @ 1..) = said.read(&mut piece) {
        kept.extend_from_slice(&piece[..count]);
        kept.drain(..kept.len().saturating_sub(SAID_MAX));
    }
    let text = String::from_utf8_lossy(&kept).into_owned();
    let last = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(last.strip_prefix("sansheng: ").unwrap_or(last).to_owned())
}
