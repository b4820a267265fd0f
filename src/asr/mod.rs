//! ASR. In: `SpeechSegment`. Out: `Hypothesis`. Thread: hear-N, one recogniser each. Allocates: per segment.
//!
//! A recogniser is replaceable: everything downstream sees only [`Hypothesis`] and the likelihoods of
//! [`Recogniser::score`]. It is never told what to listen for: fed with forbidden phrases as a prompt, it
//! hears them in silence.

mod agreement;
mod assemble;
mod forced;
mod invention;
#[cfg(target_os = "linux")]
mod one_thread;
mod scripted;
mod whisper;

use std::path::PathBuf;

use thiserror::Error;

use crate::mandarin::Syllable;
use crate::units::{ChannelIndex, Role, Span};
use crate::vad::SpeechSegment;

pub use agreement::{Agreed, Agreement, CUT_SAMPLES};
pub use scripted::ScriptedRecogniser;
pub use whisper::{WhisperModel, WhisperRecogniser};

/// What the recogniser believes was said in one segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    pub channel: ChannelIndex,
    pub role: Role,
    /// The speech of the segment it was made from.
    pub span: Span,
    /// In order of time, punctuation included; empty when the segment held no words.
    pub chars: Vec<HeardChar>,
    /// Mean log-probability a token, natural logarithm, 0 when nothing was heard.
    pub mean_log_prob: f32,
    /// The segment was cut out of longer speech at its end: the sentence may go on in the next one.
    pub goes_on: bool,
}

/// One recognised character, simplified writing.
#[derive(Clone, Debug, PartialEq)]
pub struct HeardChar {
    pub ch: char,
    /// Toneless reading first in use; `None` for punctuation and letters without one.
    pub syllable: Option<Syllable>,
    pub span: Span,
    /// Probability of its token (the least of its tokens), 0 to 1.
    pub probability: f32,
}

impl Hypothesis {
    /// Nothing heard in `segment`.
    pub fn silent(segment: &SpeechSegment) -> Self {
        Self {
            channel: segment.channel,
            role: segment.role,
            span: segment.speech,
            chars: Vec::new(),
            mean_log_prob: 0.0,
            goes_on: !segment.ends_in_silence,
        }
    }

    pub fn text(&self) -> String {
        self.chars.iter().map(|c| c.ch).collect()
    }
}

/// How much work the recogniser puts into a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Care {
    /// All it can: what a replay does.
    #[default]
    Full,
    /// A shorter context and no second look: cheaper and less sure, for when there is more speech than time.
    Short,
}

/// Stands at the end of a continuation after which the sentence has to end.
pub const CLOSED: char = '。';

/// A speech recogniser. One instance serves one thread.
pub trait Recogniser: Send {
    /// Transcribes a segment; a segment without words gives a hypothesis without characters.
    fn decode(&mut self, segment: &SpeechSegment, care: Care) -> Result<Hypothesis, AsrError>;

    /// Log-likelihood (natural) of each continuation of `context`, given the audio of `segment`. Of the simplified and the
    /// traditional writing of a continuation the likelier counts.
    ///
    /// Texts are without punctuation; a continuation that ends with [`CLOSED`] has to be the end of a sentence. Cheap for the segment decoded last, if with the same care; any other is decoded
    /// again first, so that the answer does not depend on what was decoded before.
    fn score(
        &mut self,
        segment: &SpeechSegment,
        care: Care,
        context: &str,
        continuations: &[String],
    ) -> Result<Vec<f32>, AsrError>;

    /// Everything that decides what this recogniser hears: model, parameters, kernels.
    fn fingerprint(&self) -> String;
}

#[derive(Debug, Error)]
pub enum AsrError {
    #[error(
        "{path}: whisper.cpp cannot load this model ({detail}): fetch it again with `sansheng model fetch`"
    )]
    Load { path: PathBuf, detail: String },
    #[error("the recogniser failed on speech at {at:.2} s ({detail})")]
    Decode { at: f64, detail: String },
}

#[cfg(test)]
mod tests {
    /// On silence a recogniser hears what it was told to expect: nothing may ever tell it.
    #[test]
    fn nothing_can_tell_the_recogniser_what_to_expect() {
        let sources = [include_str!("whisper.rs"), include_str!("forced.rs"), include_str!("one_thread.rs")];
        for way in ["set_initial_prompt", "set_tokens", "set_grammar", "set_carry_initial_prompt"] {
            assert!(sources.iter().all(|source| !source.contains(way)), "{way} is used");
        }
        // What was said before is no prompt either: with a context that was cut it ruins the text.
        assert!(include_str!("whisper.rs").contains("set_no_context(true)"));
    }
}
