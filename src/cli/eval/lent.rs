//! Recognisers that hear a corpus several times over, and remember what they heard: the same sound is decoded, and asked
//! about the same words, once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::asr::{AsrError, Care, Hypothesis, Recogniser};
use crate::units::{ChannelIndex, Role, Span};
use crate::vad::SpeechSegment;

/// A recogniser that goes back to its owner after a run.
pub(super) struct Lent {
    of: Arc<Mutex<Box<dyn Recogniser>>>,
    memory: Option<Arc<Memory>>,
}

impl Lent {
    /// `memory` is shared by all recognisers of a kind; without one everything is heard afresh.
    pub fn new(of: &Arc<Mutex<Box<dyn Recogniser>>>, memory: Option<&Arc<Memory>>) -> Self {
        Self { of: Arc::clone(of), memory: memory.map(Arc::clone) }
    }
}

impl Recogniser for Lent {
    fn decode(&mut self, segment: &SpeechSegment, care: Care) -> Result<Hypothesis, AsrError> {
        let Some(memory) = &self.memory else { return held(&self.of).decode(segment, care) };
        let sound = Sound::new(segment, care);
        if let Some(heard) = held(&memory.heard).get(&sound) {
            return Ok(heard.clone());
        }
        let heard = held(&self.of).decode(segment, care)?;
        held(&memory.heard).insert(sound, heard.clone());
        Ok(heard)
    }

    fn score(
        &mut self,
        segment: &SpeechSegment,
        care: Care,
        context: &str,
        continuations: &[String],
    ) -> Result<Vec<f32>, AsrError> {
        let Some(memory) = &self.memory else {
            return held(&self.of).score(segment, care, context, continuations);
        };
        let question = (Sound::new(segment, care), context.to_owned(), continuations.to_vec());
        if let Some(scores) = held(&memory.scores).get(&question) {
            return Ok(scores.clone());
        }
        let scores = held(&self.of).score(segment, care, context, continuations)?;
        held(&memory.scores).insert(question, scores.clone());
        Ok(scores)
    }

    fn fingerprint(&self) -> String {
        held(&self.of).fingerprint()
    }
}

/// What was heard so far.
#[derive(Default)]
pub(super) struct Memory {
    heard: Mutex<HashMap<Sound, Hypothesis>>,
    scores: Mutex<HashMap<Question, Vec<f32>>>,
}

/// Context and continuations put to a sound.
type Question = (Sound, String, Vec<String>);

/// Tells segments apart: by their samples, and by all else that a hypothesis repeats.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Sound {
    samples: u64,
    channel: ChannelIndex,
    role: Role,
    span: Span,
    speech: Span,
    ends_in_silence: bool,
    care: Care,
}

impl Sound {
    fn new(segment: &SpeechSegment, care: Care) -> Self {
        let SpeechSegment { channel, role, span, speech, ends_in_silence, .. } = *segment;
        Self { samples: segment.samples_hash(), channel, role, span, speech, ends_in_silence, care }
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Dbfs, SessionTime};

    /// Counts how often it was asked.
    #[derive(Default)]
    struct Counting {
        decoded: usize,
        scored: usize,
    }

    impl Recogniser for Counting {
        fn decode(&mut self, segment: &SpeechSegment, _: Care) -> Result<Hypothesis, AsrError> {
            self.decoded += 1;
            Ok(Hypothesis { mean_log_prob: self.decoded as f32, ..Hypothesis::silent(segment) })
        }

        fn score(
            &mut self,
            _: &SpeechSegment,
            _: Care,
            _: &str,
            continuations: &[String],
        ) -> Result<Vec<f32>, AsrError> {
            self.scored += 1;
            Ok(vec![self.scored as f32; continuations.len()])
        }

        fn fingerprint(&self) -> String {
            "counting".to_owned()
        }
    }

    fn segment(sample: f32) -> SpeechSegment {
        let span = Span::new(SessionTime(0), SessionTime(2));
        SpeechSegment {
            channel: ChannelIndex(0),
            role: Role::Clerk,
            span,
            speech: span,
            samples: vec![sample; 2],
            level: Dbfs::SILENCE,
            ends_in_silence: true,
        }
    }

    #[test]
    fn the_same_sound_and_question_are_answered_from_memory_and_others_are_not() {
        let counting: Arc<Mutex<Box<dyn Recogniser>>> = Arc::new(Mutex::new(Box::new(Counting::default())));
        let memory = Arc::new(Memory::default());
        let mut first = Lent::new(&counting, Some(&memory));
        let mut second = Lent::new(&counting, Some(&memory));
        let heard =
            |lent: &mut Lent, sample| lent.decode(&segment(sample), Care::Full).unwrap().mean_log_prob;
        assert_eq!(
            [heard(&mut first, 0.5), heard(&mut second, 0.5), heard(&mut second, 0.25)],
            [1.0, 1.0, 2.0]
        );
        let said = |lent: &mut Lent, context, words: &str| {
            lent.score(&segment(0.5), Care::Full, context, &[words.to_owned()]).unwrap()[0]
        };
        assert_eq!(said(&mut first, "", "不行"), 1.0);
        assert_eq!(said(&mut second, "", "不行"), 1.0);
        assert_eq!(said(&mut second, "我", "不行"), 2.0);
        assert_eq!(said(&mut second, "", "步行"), 3.0);
        let mut afresh = Lent::new(&counting, None);
        assert_eq!([heard(&mut afresh, 0.5), heard(&mut afresh, 0.5)], [3.0, 4.0]);
    }
}
