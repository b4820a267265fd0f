//! What can be written on the command line.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::backup::{BackupArgs, RestoreArgs};
use super::doctor::DoctorArgs;
use super::eval::EvalArgs;
use super::evidence::EvidenceCommand;
use super::hall_files::HallArgs;
use super::journal::JournalCommand;
use super::key::KeyCommand;
use super::people::PeopleCommand;
use super::rejudge::RejudgeArgs;
use super::report::ReportArgs;
use super::review::ReviewCommand;
use super::score::ScoreArgs;
use super::situation::SituationArgs;
use super::top::Lang;
use crate::units::Date;

/// Hears what is said at service counters and cites the article it breaks.
#[derive(Debug, Parser)]
#[command(name = "sansheng", version, about, max_term_width = 110, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Say more on standard error (-v, -vv)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 could not be done; 2 wrong usage; 3 done, but some recordings could not be read \
     or only in part, some audio never reached the hub, or some lines could not be written";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Listen to the windows of a hall and alert, until stopped
    Run(RunArgs),
    /// Hear recordings again and print what is found in them
    Replay(ReplayArgs),
    /// Play the bundled recordings as live microphones, each at a window of its own
    Demo(DemoArgs),
    /// Score findings and transcripts against labelled recordings
    Eval(EvalArgs),
    /// Send this machine's microphone to the hub
    Mic(MicArgs),
    /// Check a rulebook, explain its rules, or try a sentence on them
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Watch the windows, alerts and load of a running service
    Top(TopArgs),
    /// Check the configuration of the live service
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Verify the journal of a hall, show what is in it, or forget some of it
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Make the key that words and clips are encrypted with
    #[command(subcommand)]
    Key(KeyCommand),
    /// List the clips of alerts, or copy one out
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Judge by another rulebook what the journal has, and print which findings appear, vanish or change; nothing is written
    Rejudge(RejudgeArgs),
    /// Save the data folder of a hall, also while its service runs
    Backup(BackupArgs),
    /// Make a data folder out of a backup, after checking it; nothing is overwritten
    Restore(RestoreArgs),
    /// List, add or remove who may sign in to the dashboard, or give somebody a new password
    #[command(subcommand)]
    People(PeopleCommand),
    /// Check the hall's shifts and rosters, or show who is planned where
    #[command(subcommand)]
    Shifts(ShiftsCommand),
    /// Uphold or dismiss findings, appeal, decide appeals; everything goes into the journal
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Score the shifts of clerks from the journal, with the share that was heard
    Score(ScoreArgs),
    /// What a time came to: tables, CSV, a workbook, or a page with charts to print
    Report(ReportArgs),
    /// Fetch, list or import speech models
    #[command(subcommand)]
    Model(ModelCommand),
    /// Look at everything the service needs on this machine, and say what is wrong and what to do
    Doctor(DoctorArgs),
    /// List the microphones of this machine, or watch their levels
    Devices(DevicesArgs),
    /// Measure what this machine can do
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Print a completion script for a shell
    Completions { shell: Shell },
}

/// Which model, rules and processors to use.
#[derive(Clone, Debug, Args)]
pub(super) struct EngineArgs {
    /// Speech model: a name from `sansheng model list`, or the path of a ggml file
    #[arg(long, default_value = "base", value_name = "NAME|PATH")]
    pub model: String,
    /// A file, or a directory of files, of the hall's own rules; may be given several times
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Recogniser threads [default: one a processor core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
}

/// Who is on which channel of a recording.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct ChannelArgs {
    /// Channel of the clerk's microphone, counted from 0
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub clerk_channel: u16,
    /// Channel of the visitor's microphone; a recording of one channel is the clerk's
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub visitor_channel: u16,
    /// Take every recording as the clerk's microphone alone
    #[arg(long)]
    pub no_visitor: bool,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// What to listen to, and how (docs/configuration.md)
    #[arg(long, default_value = "sansheng.toml", value_name = "FILE")]
    pub config: PathBuf,
    /// One JSON object a line instead of text (docs/json.md)
    #[arg(long)]
    pub json: bool,
    /// Add what is recognised, also while it is being said
    #[arg(long, requires = "json")]
    pub words: bool,
    /// Add what nearly became a finding, with what held it back
    #[arg(long, requires = "json")]
    pub near_misses: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// Recordings (WAV, FLAC, MP3, OGG Vorbis) and directories of them
    #[arg(required = true, value_name = "FILES|DIRS")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub channels: ChannelArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    /// Name of the service window [default: the name of each file]
    #[arg(long, value_name = "ID")]
    pub window: Option<String>,
    /// Judge by the rules in force on this day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub on: Option<Date>,
    /// One JSON object a line instead of tables (docs/json.md)
    #[arg(long)]
    pub json: bool,
    /// Add what was recognised, with times
    #[arg(long)]
    pub transcript: bool,
    /// Add who spoke when, what was not heard, and meanwhile how far it is
    #[arg(long, requires = "json", conflicts_with = "into")]
    pub timeline: bool,
    /// Transcribe the visitor too; findings never come from the visitor's words
    #[arg(long, requires = "transcript")]
    pub visitor_transcript: bool,
    /// Let rules about the visitor's words look at them; costs their share of time, and never charges the clerk
    #[arg(long)]
    pub visitor_words: bool,
    /// Add what nearly became a finding, with what held it back
    #[arg(long)]
    pub near_misses: bool,
    #[command(flatten)]
    pub situation: SituationArgs,
    /// Show what each finding rests on: syllables, likelihoods, decoys, context, article
    #[arg(long, conflicts_with = "json")]
    pub explain: bool,
    /// Write what is found in each recording into a file in this folder, and print a summary; recordings whose results are
    /// there already are not heard again (docs/replay.md)
    #[arg(long, value_name = "DIR", conflicts_with = "explain")]
    pub into: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Recordings to play, all at once [default: those bundled with the project]
    #[arg(value_name = "FILES")]
    pub paths: Vec<PathBuf>,
    /// Play them over and over until stopped, as the hall of this folder, which is made where it is not there yet: with a
    /// journal, clips, clerks and a dashboard; it can be looked at with every other command
    #[arg(long, value_name = "DIR", conflicts_with_all = ["clerk_channel", "visitor_channel", "no_visitor", "model", "rules", "threads"])]
    pub hall: Option<PathBuf>,
    /// Where the dashboard of a hall that is made listens [default: 127.0.0.1:8740]
    #[arg(long, value_name = "ADDRESS:PORT", requires = "hall")]
    pub listen: Option<SocketAddr>,
    #[command(flatten)]
    pub channels: ChannelArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
}

#[derive(Args)]
pub(super) struct MicArgs {
    /// Address of the hub: ws://HOST:PORT, or wss://HOST where it has TLS
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// The service window, as the hub's configuration names it
    #[arg(long, value_name = "ID")]
    pub window: String,
    /// The window's token; everybody on this machine can see it while the program runs [default: $SANSHENG_TOKEN]
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_file")]
    pub token: Option<String>,
    /// A file that holds the window's token and nothing else
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Where the audio comes from: device:NAME as `sansheng devices` lists it, or file:PATH
    #[arg(long, value_name = "SOURCE", default_value = "device:default")]
    pub from: MicSource,
    /// Play the recording again and again
    #[arg(long)]
    pub repeat: bool,
    /// How audio is written; neither loses anything
    #[arg(long, value_enum, default_value_t = MicCodec::Flac)]
    pub codec: MicCodec,
    /// Seconds of audio kept while the link is broken
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub buffer_s: u32,
    /// Trust this certificate, in PEM form, instead of those the system trusts
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

impl fmt::Debug for MicArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MicArgs({} to {}, window {}, token not shown)", self.from, self.to, self.window)
    }
}

/// What `mic` sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MicSource {
    Device(String),
    File(PathBuf),
}

impl FromStr for MicSource {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("device", name)) if !name.is_empty() => Ok(Self::Device(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err("write device:NAME or file:PATH"),
        }
    }
}

impl fmt::Display for MicSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(name) => write!(f, "device:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MicCodec {
    Flac,
    Pcm,
}

#[derive(Debug, Subcommand)]
pub(super) enum ShiftsCommand {
    /// Report every fault of a calendar (TOML) and its rosters, or of a roster (CSV), with its line and remedy
    Check {
        /// Calendar or roster (docs/calendar.md)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Who is planned at which window on a day
    Show {
        /// Calendar or roster (docs/calendar.md)
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The day [default: today]
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<Date>,
    },
    /// Somebody begins to sit at a window; goes into the journal
    SignIn(SignArgs),
    /// Somebody leaves a window; goes into the journal
    SignOut(SignArgs),
}

#[derive(Debug, Args)]
pub(super) struct SignArgs {
    #[command(flatten)]
    pub hall: HallArgs,
    /// Window, as the configuration names it
    #[arg(long, value_name = "ID")]
    pub window: String,
    /// Staff number, or name, as the calendar has it
    #[arg(long, value_name = "WHO")]
    pub clerk: String,
    /// When it was, as 2026-11-22T09:00:00+08:00 [default: now]
    #[arg(long, value_name = "TIME", value_parser = super::journal::wall_us)]
    pub at: Option<i64>,
    /// Who tells it, where it is not the clerk
    #[arg(long, value_name = "WHO")]
    pub by: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Report every fault of a rule file, with its line and remedy
    Check(RulesCheckArgs),
    /// One rule in full: what is listened for, when it counts, and the articles it rests on
    Explain(RulesExplainArgs),
    /// Try a sentence: what matches, syllable by syllable, and what the judge makes of it in an encounter
    Test(RulesTestArgs),
    /// Every provision of the standards: its rules, how they judge, and what tests them (Markdown)
    Provisions,
}

#[derive(Debug, Args)]
pub(super) struct RulesExplainArgs {
    /// Id of the rule
    #[arg(value_name = "RULE")]
    pub rule: String,
    /// A file, or a directory of files, of the hall's own rules; may be given several times
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SaidBy {
    Clerk,
    Visitor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SaidAt {
    /// In place of the clerk's opening
    First,
    Middle,
    /// In place of the clerk's farewell
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SaidOn {
    Counter,
    Telephone,
}

#[derive(Debug, Args)]
pub(super) struct RulesCheckArgs {
    /// Files, or directories of files, of the hall's own rules; without any, the built-in rules
    #[arg(value_name = "FILE")]
    pub paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RulesTestArgs {
    /// The sentence as it is said; punctuation parts its clauses
    #[arg(value_name = "SENTENCE")]
    pub sentence: String,
    /// Who says it
    #[arg(long, value_enum, default_value_t = SaidBy::Clerk, value_name = "WHO")]
    pub role: SaidBy,
    /// Where in an otherwise courteous encounter it is said
    #[arg(long, value_enum, default_value_t = SaidAt::Middle, value_name = "WHERE")]
    pub at: SaidAt,
    /// What kind of encounter it is said in
    #[arg(long, value_enum, default_value_t = SaidOn::Counter, value_name = "KIND")]
    pub encounter: SaidOn,
    /// A file, or a directory of files, of the hall's own rules; may be given several times
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct TopArgs {
    /// Address of the service
    #[arg(long, default_value = "http://127.0.0.1:8740", value_name = "URL")]
    pub url: String,
    /// The hall's configuration, which names the folder in which the service left what lets its owner in
    #[arg(long, default_value = "sansheng.toml", value_name = "FILE")]
    pub config: PathBuf,
    /// A file that holds a token of the dashboard, for another machine's service (docs/access.md)
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// A PEM file of the only certificates to trust, for a service behind https:// whose authority is the hall's own
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Print one picture in plain text and end, as is also done where the output is no terminal
    #[arg(long)]
    pub once: bool,
    /// Language of the labels [default: that of the locale]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Report every fault of a configuration and of the rules it names, with line and remedy
    Check {
        /// The configuration (docs/configuration.md)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum BenchCommand {
    /// Play labelled recordings into many windows at once and report how late their alerts come, and at what cost
    Live(BenchLiveArgs),
    /// Record a microphone and report how long its callback takes and what was lost
    Capture(BenchCaptureArgs),
}

#[derive(Debug, Args)]
pub(super) struct BenchLiveArgs {
    /// truth.json, a transcripts.tsv, or a directory that holds one (docs/evaluation.md) [default: the bundled recordings]
    #[arg(long, value_name = "TRUTH")]
    pub truth: Option<PathBuf>,
    /// Windows played at once; with --find-capacity, how many to begin with
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub windows: u16,
    /// Length of a run [default: 60; with --soak 1200]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(10..=86_400))]
    pub seconds: Option<u32>,
    /// Share of the time in which each clerk speaks
    #[arg(long, value_name = "D", default_value = "0.35", value_parser = duty)]
    pub duty: f64,
    /// Decides what is played when
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    pub engine: EngineArgs,
    /// Audio between two partial decodes of an utterance in progress [default: that of the live service]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(200..=10_000))]
    pub partial_step_ms: Option<u32>,
    /// Print the figures as one JSON object
    #[arg(long)]
    pub json: bool,
    /// Print the tables as Markdown
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Search the most windows whose alerts keep their budget with all speech heard, up to 60
    #[arg(long)]
    pub find_capacity: bool,
    /// Fail when memory or lag grows during the run
    #[arg(long, conflicts_with = "find_capacity")]
    pub soak: bool,
}

fn duty(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(duty) if duty > 0.0 && duty <= 1.0 => Ok(duty),
        _ => Err("not a share above 0 and up to 1".to_owned()),
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum ModelCommand {
    /// Fetch a model, once, and verify it
    Fetch {
        /// A name from `sansheng model list` [default: base]
        name: Option<String>,
    },
    /// List the models known by name
    List,
    /// Take models from a directory, for a machine without internet
    Import {
        /// Directory that holds ggml files, or what `base` is made from
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct DevicesArgs {
    /// Only these, as they are named in the list [default: all that may be microphones]
    #[arg(value_name = "DEVICE")]
    pub names: Vec<String>,
    /// Record them and show how loud each channel is, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Stop watching after so many seconds
    #[arg(long, value_name = "S", requires = "watch", value_parser = seconds)]
    pub seconds: Option<f64>,
    /// Also list what the sound system offers beside microphones: converters, mixers, other names of the same card
    #[arg(long)]
    pub all: bool,
    /// One JSON object a line (docs/json.md)
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct BenchCaptureArgs {
    /// Microphone, as `sansheng devices` names it
    #[arg(long, value_name = "DEVICE")]
    pub device: String,
    /// How long to measure
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds)]
    pub seconds: f64,
    /// One JSON object (docs/json.md)
    #[arg(long)]
    pub json: bool,
}

/// A positive number of seconds, at most a day.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Ok(seconds),
        _ => Err("not a number of seconds from 0 to 86400".to_owned()),
    }
}
