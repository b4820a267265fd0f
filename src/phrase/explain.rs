//! Explanations of hits for people.

use std::fmt::Write;

use super::{HeldBack, PhraseHit, Source, Step, Verdict};
use crate::mandarin::syllable_of;

impl PhraseHit {
    /// One line: how the phrase was found, how far it is from what was heard, and what became of it.
    pub fn explain(&self) -> String {
        let mut line = match self.source {
            Source::Characters => "said in these words".to_owned(),
            Source::Syllables => "said in these sounds".to_owned(),
            Source::Approximate => format!("sounds like it (cost {:.2} of {:.2})", self.cost, self.cost_max),
            Source::Distant => format!(
                "sounds distantly like it (cost {:.2}, nearer than {:.2} is near)",
                self.cost, self.cost_max
            ),
        };
        if let Some(ratio) = self.ratio {
            let _ = write!(line, ", log-likelihood ratio {ratio:.1}");
        }
        if let Verdict::Held(why) = &self.verdict {
            let _ = write!(line, "; held back: {why}");
        }
        line
    }

    /// The same in Chinese.
    pub fn explain_zh(&self) -> String {
        let mut line = told_zh(self.source, (self.cost, self.cost_max), self.ratio);
        if let Verdict::Held(why) = &self.verdict {
            let _ = write!(line, "；不成立：{}", why.zh());
        }
        line
    }

    /// The alignment, a line a syllable: phrase, heard, cost.
    pub fn alignment(&self) -> String {
        self.steps.iter().map(|step| format!("{step}\n")).collect()
    }
}

/// How a phrase was found, in Chinese: by its cost, the highest accepted, and what the audio says of it.
pub fn told_zh(source: Source, (cost, cost_max): (f32, f32), ratio: Option<f32>) -> String {
    let mut line = match source {
        Source::Characters => "原话如此".to_owned(),
        Source::Syllables => "读音相同".to_owned(),
        Source::Approximate => format!("读音相近（差异 {cost:.2}，上限 {cost_max:.2}）"),
        Source::Distant => format!("读音略有相近（差异 {cost:.2}，{cost_max:.2} 以内为相近）"),
    };
    if let Some(ratio) = ratio {
        let _ = write!(line, "，对数似然比 {ratio:.1}");
    }
    line
}

impl HeldBack {
    /// What its `Display` says, in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::PartOfClause(clause) => format!("它是更长一句“{clause}”的一部分"),
            Self::Before(word) => format!("前面有“{word}”"),
            Self::After(word) => format!("后面有“{word}”"),
            Self::Turn(word) => format!("同一轮话里说了“{word}”"),
            Self::Quoted(words) => format!("“{words}”：这是转述他人的话"),
            Self::Distant => "只是略有相近，未向录音求证".to_owned(),
            Self::Covered => "另一说法更符合这几个字".to_owned(),
            Self::Unlikely { ratio, ratio_min } => {
                format!("录音更符合识别出的文字（对数似然比 {ratio:.1}，至少须 {ratio_min:.1}）")
            }
            Self::Decoy { wording, ratio } => {
                format!("录音更符合“{wording}”（对数似然比 {ratio:.1}）")
            }
            Self::Unscored => "不够准确，又未向录音求证：中间有停顿，或有更接近的说法".to_owned(),
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |ch: Option<char>| match ch {
            Some(ch) => format!("{ch} {}", syllable_of(ch).map_or("-", |s| s.as_str())),
            None => "－ ".to_owned(),
        };
        let said = if self.slot { "×× ".to_owned() } else { side(self.said) };
        let note = match (self.said, self.heard, self.slot) {
            (_, _, true) => "slot",
            (Some(_), None, _) => "not heard",
            (None, Some(_), _) => "put in",
            (Some(said), Some(heard), _) if said == heard => "same",
            _ if self.cost == 0.0 => "same sound",
            _ => "alike",
        };
        write!(f, "{said}\t{}\t{:.2}\t{note}", side(self.heard), self.cost)
    }
}

impl std::fmt::Display for HeldBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PartOfClause(clause) => write!(f, "it is part of a longer clause, {clause}"),
            Self::Before(word) => write!(f, "{word} stands before it"),
            Self::After(word) => write!(f, "{word} stands after it"),
            Self::Turn(word) => write!(f, "{word} is said in the same turn"),
            Self::Quoted(words) => write!(f, "{words}: these are somebody else's words"),
            Self::Distant => f.write_str("it is only distantly alike, and the audio was not asked"),
            Self::Covered => f.write_str("another phrase explains the same words better"),
            Self::Unlikely { ratio, ratio_min } => {
                write!(
                    f,
                    "the audio fits the transcript better (log-likelihood ratio {ratio:.1}, at least {ratio_min:.1} needed)"
                )
            }
            Self::Decoy { wording, ratio } => {
                write!(f, "the audio fits {wording} better (log-likelihood ratio {ratio:.1})")
            }
            Self::Unscored => {
                f.write_str("it is not exact enough without the audio's word, which was not asked: it reaches over a pause, or others were nearer")
            }
        }
    }
}
