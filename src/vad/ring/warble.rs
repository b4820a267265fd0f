//! Warble: a tone that alternates between two lines, several times a second. In: samples of each `Frame`. Allocates:
//! never.

use std::f32::consts::TAU;

use super::spectrum::{BIN_HZ, Lines};
use crate::units::SAMPLE_RATE_HZ;

/// Pieces that are looked at one by one: 8 ms, short enough for tones that last 20 ms.
const PIECE: usize = 128;
/// One line is heard alone where it has four times the power of the other.
const CLEAR: f32 = 4.0;

/// Which of two lines was heard when.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Warble {
    /// Pieces, those in which one line was clearly heard alone, and changes between the lines.
    pub pieces: u32,
    pub clear: u32,
    pub changes: u32,
    last: Option<bool>,
}

impl Warble {
    /// Takes the samples of the next frame.
    pub fn push(&mut self, samples: &[f32], lines: &Lines) {
        let [Some(first), Some(second)] = *lines else { return };
        for piece in samples.chunks_exact(PIECE) {
            let [a, b] = [first, second].map(|line| goertzel(piece, line * BIN_HZ));
            self.pieces += 1;
            if a.max(b) < CLEAR * a.min(b) {
                continue;
            }
            self.clear += 1;
            if self.last.is_some_and(|last| last != (a > b)) {
                self.changes += 1;
            }
            self.last = Some(a > b);
        }
    }
}

/// Power of `samples` at `hz`, not normalised (Goertzel, "An algorithm for the evaluation of finite trigonometric
/// series", 1958).
fn goertzel(samples: &[f32], hz: f32) -> f32 {
    let turn = 2.0 * (TAU * hz / SAMPLE_RATE_HZ as f32).cos();
    let (a, b) = samples.iter().fold((0.0_f32, 0.0_f32), |(a, b), sample| (sample + turn * a - b, a));
    (a * a + b * b - turn * a * b).max(0.0)
}
