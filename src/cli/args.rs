//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

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

const EXIT_CODES: &str =
    "Exit codes: 0 done; 1 could not be done; 2 wrong usage; 3 done, but some recordings could not be read";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Hear recordings again and print what is found in them
    Replay(ReplayArgs),
    /// Play the bundled recordings as live microphones, two windows at once
    Demo(DemoArgs),
    /// Score findings and transcripts against labelled recordings
    Eval(EvalArgs),
    /// Check a rulebook, or try a sentence on it
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Fetch, list or import speech models
    #[command(subcommand)]
    Model(ModelCommand),
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
    /// One JSON object a line instead of tables (docs/json.md)
    #[arg(long)]
    pub json: bool,
    /// Add what was recognised, with times
    #[arg(long)]
    pub transcript: bool,
    /// Transcribe the visitor too; findings never come from the visitor's words
    #[arg(long, requires = "transcript")]
    pub visitor_transcript: bool,
    /// Add what nearly became a finding, with what held it back
    #[arg(long)]
    pub near_misses: bool,
}

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Recordings to play, in turn, at the two windows [default: those bundled with the project]
    #[arg(value_name = "FILES")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub channels: ChannelArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
}

#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    /// truth.json, a transcripts.tsv, or a directory that holds one (docs/evaluation.md)
    #[arg(required = true, value_name = "TRUTH")]
    pub truth: Vec<PathBuf>,
    #[command(flatten)]
    pub engine: EngineArgs,
    /// Score only recordings whose path contains this
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Also transcribe, and score, the visitor's channel; costs its share of time
    #[arg(long)]
    pub visitor: bool,
    /// Print the tables as Markdown
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Print the figures as one JSON object a truth file
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Report every fault of a rule file, with its line and remedy
    Check(RulesCheckArgs),
    /// Try a sentence: what matches, syllable by syllable, and why it counts or not
    Test(RulesTestArgs),
}

#[derive(Debug, Args)]
pub(super) struct RulesCheckArgs {
    /// Files, or directories of files, of the hall's own rules; without any, the built-in rules
    #[arg(value_name = "FILE")]
    pub paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RulesTestArgs {
    /// The sentence, as the clerk says it; punctuation parts its clauses
    #[arg(value_name = "SENTENCE")]
    pub sentence: String,
    /// A file, or a directory of files, of the hall's own rules; may be given several times
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
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
