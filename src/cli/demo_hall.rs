//! The folder of a demonstration hall: what a hall has, made where it is not there yet, so that every command can be tried on it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::error::CliError;
use crate::capture::{AudioBlock, AudioFormat, Recording};
use crate::clock;
use crate::ledger::duty::{Duty, Roster};
use crate::units::{Date, WindowId};

/// Hours that the clerks of the demonstration are planned for, from when it is started.
const HOURS: u16 = 8;

/// After each recording: longer than the silence that closes a visit.
const PAUSE_S: u32 = 24;

/// Where the dashboard is.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8740);

/// The clerks: staff number and name.
const CLERKS: [(&str, &str); 4] = [("0231", "张三"), ("0305", "李四"), ("0412", "王芳"), ("0517", "赵敏")];

/// A hall's own rules, for the rules page to edit.
const RULES: &str = r#"# The hall's own rules: docs/rulebook.md
[rulebook]
id = "demo-hall"
version = "1"
title = "演示大厅补充规则"

[[rule]]
id = "H01-system-down"
provision = "H01"
kind = "forbidden"
title = "推给系统：系统坏了我有什么办法"
title_en = "Blaming the system"
severity = "minor"
weight = 2
advice = "系统暂时出了故障，我先给您登记，恢复后第一时间通知您。"
cites = [{ standard = "S4", article = "一 6" }]
[[rule.phrase]]
say = "系统坏了我有什么办法"
"#;

/// Makes the folder whole: configuration, calendar, rules; plans the clerks from now on where nobody is planned. What is there
/// stays as it is. Gives the configuration's path.
///
/// # Errors
/// A recording cannot be read, the folder cannot be written, or the calendar in it has faults.
pub(super) fn furnish(
    folder: &Path,
    recordings: &[PathBuf],
    listen: Option<SocketAddr>,
) -> Result<PathBuf, CliError> {
    let config = folder.join("sansheng.toml");
    if !config.exists() {
        write(&folder.join("rules/hall.toml"), RULES)?;
        write(&folder.join("shifts.toml"), &calendar())?;
        write(&folder.join("roster.csv"), "日期,班次,窗口,工号\n")?;
        write(&config, &configuration(folder, recordings, listen.unwrap_or(LISTEN))?)?;
    }
    plan_from_now(folder)?;
    Ok(config)
}

fn configuration(folder: &Path, recordings: &[PathBuf], listen: SocketAddr) -> Result<String, CliError> {
    let mut text = format!(
        "# A hall of recordings, made by `sansheng demo --hall`. Change what you like: what is here stays as it is.\n\
         hall = \"演示大厅\"\nmodel = \"base\"\nrules = [\"rules/hall.toml\"]\n\n\
         [ledger]\ndata = \"data\"\n\n[shifts]\nfile = \"shifts.toml\"\n\n\
         # A demonstration is short: scores without the least of encounters and of coverage that a real one wants.\n\
         [score]\nencounters_min = 1\ncoverage_min_percent = 0\n\n\
         [server]\nlisten = \"{listen}\"\n",
    );
    for (index, path) in recordings.iter().enumerate() {
        let number = index + 1;
        let (path, channels) = with_pause(path, &folder.join("recordings"))?;
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n[[window]]\nid = \"{number}\"\nname = \"{number}号窗口\"\nclerk = {}\nrepeat = true\n",
            toml::Value::String(format!("file:recordings/{}", path.display()))
        );
        if channels > 1 {
            text.push_str("visitor_channel = 1\n");
        }
    }
    Ok(text)
}

/// A copy with a pause behind it, so that each time through is a visit of its own; gives its name and its channels. The pause
/// has the least noise there is: a microphone that gives nothing but zeros is a broken one.
fn with_pause(path: &Path, folder: &Path) -> Result<(PathBuf, u16), CliError> {
    let mut recording = Recording::open(path)?;
    let AudioFormat { rate_hz, channels, .. } = recording.format();
    let name = Path::new(path.file_stem().unwrap_or_default()).with_extension("wav");
    let copy = folder.join(&name);
    let spec =
        WavSpec { channels, sample_rate: rate_hz, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let fault = |fault: hound::Error| CliError::Degraded { path: copy.clone(), fault };
    fs::create_dir_all(folder).map_err(|fault| unwritten(folder, fault))?;
    let mut writer = WavWriter::create(&copy, spec).map_err(fault)?;
    let mut block = AudioBlock::default();
    while recording.next_block(&mut block)? {
        for sample in &block.samples {
            writer.write_sample((sample * 32_767.0).round() as i16).map_err(fault)?;
        }
    }
    for n in 0..PAUSE_S * rate_hz * u32::from(channels) {
        writer.write_sample((n.wrapping_mul(2_654_435_761) >> 30) as i16 - 1).map_err(fault)?;
    }
    writer.finalize().map_err(fault)?;
    Ok((name, channels))
}

fn calendar() -> String {
    let mut text = String::from("zone = \"Asia/Shanghai\"\nrosters = [\"roster.csv\"]\n");
    for (id, name) in CLERKS {
        let _ = write!(text, "\n[[person]]\nid = \"{id}\"\nname = \"{name}\"\n");
    }
    text
}

/// A row for each window at which nobody is planned now.
fn plan_from_now(folder: &Path) -> Result<(), CliError> {
    let (calendar, roster_file) = (folder.join("shifts.toml"), folder.join("roster.csv"));
    if !calendar.exists() || !roster_file.exists() {
        return Ok(());
    }
    let roster = Roster::load(&calendar)?;
    let now = clock::unix_micros();
    let civil = roster.civil(now);
    let day = Date::from_unix_days(civil.unix_days());
    let begin = civil.minute_of_day();
    let end = (begin + HOURS * 60) % (24 * 60);
    let mut rows = String::new();
    let windows = window_count(folder);
    for (number, (clerk, _)) in (1..=windows).zip(CLERKS.iter().cycle()) {
        if let Duty::Unassigned(_) = roster.on_duty(&WindowId::new(&number.to_string()), now) {
            let _ = writeln!(
                rows,
                "{day},{:02}:{:02}-{:02}:{:02},{number},{clerk}",
                begin / 60,
                begin % 60,
                end / 60,
                end % 60
            );
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let before = fs::read_to_string(&roster_file).map_err(|fault| unwritten(&roster_file, fault))?;
    write(&roster_file, &(before + &rows))
}

/// Windows of the configuration, faulty or not: its reader tells what is wrong with it.
fn window_count(folder: &Path) -> usize {
    let text = fs::read_to_string(folder.join("sansheng.toml")).unwrap_or_default();
    text.lines().filter(|line| line.trim() == "[[window]]").count()
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    made.map_err(|fault| unwritten(path, fault))
}

fn unwritten(path: &Path, fault: io::Error) -> CliError {
    CliError::Unwritten { path: path.to_owned(), fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn recordings() -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio");
        ["counter-refusals.flac", "counter-rude-visitor.flac"].map(|name| folder.join(name)).to_vec()
    }

    #[test]
    fn a_hall_is_made_once_and_its_clerks_sit_there_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = furnish(folder.path(), &recordings(), None).unwrap();
        let config = Config::load(&file).unwrap();
        assert_eq!(config.windows.len(), 2);
        assert!(config.windows.iter().all(|window| window.visitor.is_some()));
        let roster = Roster::load(config.shifts.as_deref().unwrap()).unwrap();
        for window in &config.windows {
            assert!(
                matches!(roster.on_duty(&window.id, clock::unix_micros()), Duty::Clerk(_)),
                "{}",
                window.id
            );
        }
        let planned = fs::read_to_string(folder.path().join("roster.csv")).unwrap();
        fs::write(&file, fs::read_to_string(&file).unwrap().replace("演示大厅", "别的大厅")).unwrap();
        furnish(folder.path(), &recordings(), None).unwrap();
        assert_eq!(Config::load(&file).unwrap().hall, "别的大厅", "what is there stays");
        assert_eq!(
            fs::read_to_string(folder.path().join("roster.csv")).unwrap(),
            planned,
            "they are planned already"
        );
    }

    #[test]
    fn the_halls_own_rules_are_sound() {
        use crate::conduct::rulebook::{Rulebook, Source};
        Rulebook::parse(&[Source::new("hall.toml", RULES)]).unwrap();
    }
}
