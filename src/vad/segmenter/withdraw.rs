//! Taking back what turned out to be no voice.

use super::{Segmenter, State, samples};
use crate::units::{SessionTime, Span};
use crate::vad::SpeechSegment;

impl Segmenter {
    /// Frames that belong to no voice, by their start, are speech no more. The open segment shrinks to what is left of
    /// it; nothing comes of it where that opens none, and it is added to `out` where its silence has lasted long enough.
    /// What continues cut speech stays as it is: the piece before it said that it goes on. Real-time but for the
    /// segment emitted.
    pub fn withdraw(&mut self, is_no_voice: impl Fn(SessionTime) -> bool, out: &mut Vec<SpeechSegment>) {
        if self.continues {
            return;
        }
        for (index, spoken) in self.spoken.iter_mut().enumerate() {
            *spoken &= !is_no_voice(self.kept_from.plus(samples(index)));
        }
        let silent = self.spoken.iter().rev().take_while(|spoken| !**spoken).count();
        if !self.is_open() {
            let voiced = self.newest_voiced().min(usize::from(self.limits.onset));
            self.state = State::Quiet { voiced: voiced as u16 };
            return;
        }
        let Some(first) = self.first_onset() else {
            let voiced = self.newest_voiced();
            self.state = State::Quiet { voiced: voiced as u16 };
            self.keep_last(self.limits.prefill + voiced);
            return;
        };
        let start = self.kept_from.plus(samples(first)).max(self.speech.start);
        self.speech = Span::new(start, self.kept_to().minus(samples(silent)));
        let kept = self.frames() - first + self.limits.prefill;
        self.keep_last(kept.min(self.frames()));
        self.state = if silent == 0 { State::Speech } else { State::Hangover { unvoiced: silent } };
        if silent >= self.limits.hangover {
            self.close(out);
        }
    }

    /// Index of the first frame of the open segment from which as many are voiced as open one.
    fn first_onset(&self) -> Option<usize> {
        let (mut run, onset) = (0, usize::from(self.limits.onset));
        let from = (self.speech.start.0.saturating_sub(self.kept_from.0) / samples(1)) as usize;
        for (index, spoken) in self.spoken.iter().enumerate().skip(from) {
            run = if *spoken { run + 1 } else { 0 };
            if run == onset {
                return Some(index + 1 - onset);
            }
        }
        None
    }

    /// Voiced frames in a row up to the newest.
    fn newest_voiced(&self) -> usize {
        self.spoken.iter().rev().take_while(|spoken| **spoken).count()
    }
}
