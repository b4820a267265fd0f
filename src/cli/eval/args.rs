//! What can be written after `sansheng eval`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::EngineArgs;
use crate::conduct::Ablation;
use crate::eval::degrade::Condition;

#[derive(Debug, Args)]
pub(in crate::cli) struct EvalArgs {
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
    /// Degrade the recordings first: clean, snr20 (or another number of dB), reverb or telephone; may be given several
    /// times, for one table of them all
    #[arg(long, value_name = "CONDITION")]
    pub degrade: Vec<Condition>,
    /// Compare clean, 20, 15 and 10 dB of babble, reverberation and a telephone line
    #[arg(long, conflicts_with = "degrade")]
    pub conditions: bool,
    /// Also write recall against false alarms as the least sureness varies, over all TRUTH: sweep.csv and sweep.svg
    #[arg(long, value_name = "DIR", conflicts_with_all = ["degrade", "conditions"])]
    pub sweep: Option<PathBuf>,
    /// Compare what is found with each lever off: pinyin, confusions, guards, verification, roles
    #[arg(long, conflicts_with_all = ["degrade", "conditions", "sweep", "without", "candidates"])]
    pub ablation: bool,
    /// Leave out a lever, to measure what it gives; may be given several times
    #[arg(long, value_name = "LEVER", hide = true)]
    pub without: Vec<Lever>,
    /// Write every forbidden phrase found or nearly found, far-fetched ones too, with what it rests on, to calibrate by
    #[arg(long, value_name = "CSV", hide = true)]
    pub candidates: Option<PathBuf>,
}

impl EvalArgs {
    pub fn levers_off(&self) -> Ablation {
        let far_fetched = self.candidates.is_some();
        self.without.iter().fold(Ablation { far_fetched, ..Ablation::default() }, |all, lever| lever.off(all))
    }

    /// The conditions to compare; none where the recordings are taken as they are.
    pub fn compared(&self) -> Vec<Condition> {
        if self.conditions { Condition::ALL.to_vec() } else { self.degrade.clone() }
    }
}

/// What makes findings right, each of which can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Lever {
    Pinyin,
    Confusions,
    Guards,
    Verification,
    Roles,
}

impl Lever {
    pub const ALL: [Self; 5] =
        [Self::Pinyin, Self::Confusions, Self::Guards, Self::Verification, Self::Roles];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pinyin => "pinyin",
            Self::Confusions => "confusions",
            Self::Guards => "guards",
            Self::Verification => "verification",
            Self::Roles => "roles",
        }
    }

    /// The same, with this one off too.
    pub fn off(self, all: Ablation) -> Ablation {
        match self {
            Self::Pinyin => Ablation { pinyin: true, ..all },
            Self::Confusions => Ablation { confusions: true, ..all },
            Self::Guards => Ablation { guards: true, ..all },
            Self::Verification => Ablation { verification: true, ..all },
            Self::Roles => Ablation { roles: true, ..all },
        }
    }
}
