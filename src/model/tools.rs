//! The package and hub clients of the machine: `pip`, `hf`. They bring their own network settings (index, mirror,
//! proxy, certificates); nothing here names a host. Thread: the caller's, which waits for them.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::error::ModelError;
use super::progress::{Progress, Stage};

/// A running client is looked at soon, then less and less often, in the end this often.
const LOOK_EVERY_MAX: Duration = Duration::from_millis(100);
const LOOK_FIRST: Duration = Duration::from_millis(2);
/// Of what a failed client wrote, the end is read.
const LOG_TAIL_BYTES: u64 = 8_192;
const SAID_CHARS_MAX: usize = 300;

/// Where programs are looked for.
#[derive(Clone, Debug)]
pub struct Tools {
    search_path: OsString,
}

/// A program and the arguments that come before all others.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    program: PathBuf,
    leading: Vec<&'static str>,
}

/// What a client is asked to do.
pub(super) struct Task<'a> {
    /// For people: `pip could not {what}`.
    pub what: &'a str,
    /// Where its files appear, partial ones included; its log goes there as well.
    pub dir: &'a Path,
    /// 0 where nobody knows.
    pub bytes: u64,
}

impl Tools {
    /// Along the `PATH` of this process.
    pub fn of_process() -> Self {
        Self::along(env::var_os("PATH").unwrap_or_default())
    }

    /// Along `search_path`, written as `PATH` is.
    pub fn along(search_path: impl Into<OsString>) -> Self {
        Self { search_path: search_path.into() }
    }

    pub fn search_path(&self) -> &OsStr {
        &self.search_path
    }

    /// The first `pip` that runs.
    pub(super) fn pip(&self) -> Result<Tool, ModelError> {
        let named = |name| self.find(name).map(|program| Tool { program, leading: Vec::new() });
        let module = self.find("python3").map(|program| Tool { program, leading: vec!["-m", "pip"] });
        let candidates = [named("pip"), named("pip3"), module];
        candidates.into_iter().flatten().find(Tool::runs).ok_or(ModelError::NoTool {
            what: "pip",
            remedy: "install it (on Debian: apt-get install python3-pip)",
        })
    }

    /// The hub's command-line client: the machine's own, else one in a Python environment kept in `venv`.
    pub(super) fn hub_client(
        &self,
        venv: &Path,
        scratch: &Path,
        progress: &mut dyn Progress,
    ) -> Result<Tool, ModelError> {
        let named = |name| self.find(name).map(|program| Tool { program, leading: Vec::new() });
        let kept =
            || clients().map(|name| Tool { program: venv.join("bin").join(name), leading: Vec::new() });
        if let Some(tool) = clients().map(named).into_iter().flatten().chain(kept()).find(Tool::runs) {
            return Ok(tool);
        }
        let python = self.find("python3").ok_or(ModelError::NoTool {
            what: "the hub client `hf`",
            remedy: "install it, or python3 with which it can be installed (on Debian: apt-get install python3-venv)",
        })?;
        progress.say(&format!("no hub client found: installing huggingface_hub into {}", venv.display()));
        let mut make = Command::new(&python);
        make.args(["-m", "venv", "--clear"]).arg(venv);
        let task = Task {
            what: "make a Python environment (on Debian: apt-get install python3-venv)",
            dir: scratch,
            bytes: 0,
        };
        run("python3", make, &task, progress)?;
        let mut install = Command::new(venv.join("bin/python"));
        install.args([
            "-m",
            "pip",
            "install",
            "--no-input",
            "--disable-pip-version-check",
            "huggingface_hub",
        ]);
        run("pip", install, &Task { what: "install huggingface_hub", dir: scratch, bytes: 0 }, progress)?;
        kept().into_iter().find(Tool::runs).ok_or(ModelError::NoTool {
            what: "the hub client `hf`",
            remedy: "install huggingface_hub by hand",
        })
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        env::split_paths(&self.search_path).map(|dir| dir.join(name)).find(|path| is_executable(path))
    }
}

impl Tool {
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.leading);
        command
    }

    fn runs(&self) -> bool {
        let quiet = || Stdio::null();
        let mut command = self.command();
        command.arg("--help").stdin(quiet()).stdout(quiet()).stderr(quiet());
        command.status().is_ok_and(|status| status.success())
    }
}

fn clients() -> [&'static str; 2] {
    ["hf", "huggingface-cli"]
}

/// Runs `command` to its end; meanwhile `progress` sees the files in the task's directory grow.
pub(super) fn run(
    tool: &str,
    mut command: Command,
    task: &Task<'_>,
    progress: &mut dyn Progress,
) -> Result<(), ModelError> {
    let log = task.dir.join("client.log");
    let write = || ModelError::io("write", &log, task.bytes);
    let file = File::create(&log).map_err(write())?;
    let again = file.try_clone().map_err(write())?;
    // Its temporary files count as progress, share our disk, and go when we go.
    command.env("TMPDIR", task.dir).env("NO_COLOR", "1").stdin(Stdio::null()).stdout(file).stderr(again);
    let failed =
        |said: String| ModelError::ToolFailed { tool: tool.to_owned(), task: task.what.to_owned(), said };
    let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
    if task.bytes > 0 {
        progress.stage(Stage::Download, task.bytes);
    }
    let mut pause = LOOK_FIRST;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => progress.at(bytes_under(task.dir).min(task.bytes)),
            Err(e) => return Err(failed(e.to_string())),
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LOOK_EVERY_MAX);
    };
    if status.success() {
        return Ok(());
    }
    let tail = tail_of(&log);
    if tail.contains("No space left on device") || tail.contains("Disk quota exceeded") {
        return Err(ModelError::no_space(task.dir.to_owned(), task.bytes));
    }
    Err(failed(said_last(&tail).unwrap_or_else(|| status.to_string())))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// What cannot be looked at counts as nothing: files come and go under a running client.
fn bytes_under(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => bytes_under(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

fn tail_of(log: &Path) -> String {
    let read = || {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(LOG_TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    read().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The last line that calls itself an error, else the last line.
fn said_last(tail: &str) -> Option<String> {
    let lines = || tail.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().rfind(|line| line.to_lowercase().contains("error"));
    Some(error.or(lines().next_back())?.chars().take(SAID_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_client_said_is_its_last_error_or_its_last_line() {
        let cases = [
            ("", None),
            ("a\n\nb\n", Some("b")),
            ("x\nERROR: no such package\n[notice] a new version is out\n", Some("ERROR: no such package")),
        ];
        for (tail, said) in cases {
            assert_eq!(said_last(tail).as_deref(), said);
        }
    }
}
