//! The layout of a tape: which piece is played when. Pure: the same deck, seed and number give the same layout.
//!
//! A tape is a loop: what stands at its end goes on at its start. Pieces are drawn in a shuffled order, those with
//! more of the clerk's speech more often, until he speaks for the share of time asked for. What is left is silence, of
//! random length between any two. The loop starts at a random place, so that no two windows are in step.

use super::deck::{Piece, clerk_of};
use super::seed::Dice;
use crate::eval::{Forbidden, Truth};
use crate::units::{ChannelIndex, SAMPLE_RATE_HZ, SessionTime, Span};

/// Least silence between two pieces, longer than the two seconds of silence that end a turn: words of one piece must
/// not make those of the one before it innocent.
const GAP_MIN: u64 = SAMPLE_RATE_HZ as u64 * 5 / 2;

/// Draws that are tried for the one that comes nearest to the share asked for.
const DRAWS: u64 = 64;

/// A draw this near to the share asked for, of the period, is near enough.
const NEAR: f64 = 0.005;

/// A piece and where on the loop it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// Index into the deck.
    pub piece: usize,
    /// Samples from the start of the tape, below its period.
    pub at: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// Samples until the tape begins again.
    pub period: u64,
    pub placed: Vec<Placed>,
    /// Share of time in which the clerk speaks, and in which he does by the truth's utterances alone.
    pub duty: f64,
    pub words: f64,
}

/// A forbidden phrase as it is played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// In session time, on the clerk's channel of the tape.
    pub phrase: Forbidden,
    /// End of the utterance it is part of.
    pub utterance_end: SessionTime,
    /// False where the start of the tape cuts it.
    pub whole: bool,
}

impl Layout {
    /// Tape `number` of `period` samples on which the clerk speaks for a share `duty` of the time, or as near to it
    /// as the deck allows.
    pub fn new(deck: &[Piece], period: u64, duty: f64, seed: u64, number: u64) -> Self {
        let wanted = duty * period as f64;
        let miss = |drawn: &[usize]| (clerk(deck, drawn) as f64 - wanted).abs();
        let mut dice = Dice::new(seed, number);
        let mut best: Vec<usize> = Vec::new();
        for _ in 0..DRAWS {
            let drawn = draw(deck, period, wanted, &mut dice);
            if best.is_empty() || miss(&drawn) < miss(&best) {
                best = drawn;
            }
            if miss(&best) <= NEAR * period as f64 {
                break;
            }
        }
        let duty = clerk(deck, &best) as f64 / period as f64;
        let words: u64 = best.iter().map(|piece| deck[*piece].words).sum();
        let placed = place(deck, &best, period, &mut dice);
        Self { period, placed, duty, words: words as f64 / period as f64 }
    }

    /// The forbidden phrases that are played within `until`, in order of time.
    pub fn said(&self, deck: &[Piece], truth: &Truth, until: SessionTime) -> Vec<Said> {
        let mut said = Vec::new();
        for Placed { piece, at } in &self.placed {
            let piece = &deck[*piece];
            let file = &truth.files[piece.file];
            let within = |span: Span| span.start >= piece.span.start && span.end <= piece.span.end;
            let forbidden = file.forbidden.iter().filter(|phrase| within(phrase.span));
            for phrase in forbidden.filter(|phrase| Some(phrase.channel) == clerk_of(file)) {
                let utterances = file.utterances.iter().flatten();
                let around = utterances
                    .filter(|u| u.channel == phrase.channel && u.span.overlaps(phrase.span))
                    .max_by_key(|u| u.span.shared(phrase.span));
                let end = around.map_or(phrase.span.end, |u| u.span.end.max(phrase.span.end));
                let offset = phrase.span.start.0 - piece.span.start.0;
                let times = Times { start: at + offset, phrase: phrase.span.samples(), until };
                said.extend(self.times(&times).map(|(span, whole)| Said {
                    phrase: Forbidden { span, channel: ChannelIndex(0), encounter: None, ..phrase.clone() },
                    utterance_end: span.end.plus(end.0 - phrase.span.end.0),
                    whole,
                }));
            }
        }
        said.sort_by_key(|said| said.phrase.span);
        said
    }

    /// When a stretch of the loop is played, and whether as a whole.
    fn times(&self, times: &Times) -> impl Iterator<Item = (Span, bool)> {
        let Times { start, phrase, until } = *times;
        let start = start % self.period;
        // The round before the first: its end may reach into the tape.
        let before = (start + phrase).checked_sub(self.period).filter(|end| *end > 0);
        let before = before.map(|end| (Span::new(SessionTime(0), SessionTime(end)), false));
        let rounds = (0..).map(move |round| SessionTime(start + round * self.period));
        let rounds = rounds.take_while(move |start| *start < until);
        before.into_iter().chain(rounds.map(move |start| (Span::new(start, start.plus(phrase)), true)))
    }
}

#[derive(Clone, Copy)]
struct Times {
    start: u64,
    phrase: u64,
    until: SessionTime,
}

fn clerk(deck: &[Piece], drawn: &[usize]) -> u64 {
    drawn.iter().map(|piece| deck[*piece].clerk).sum()
}

/// Pieces whose clerk speaks about `wanted` samples and that have room on the loop.
fn draw(deck: &[Piece], period: u64, wanted: f64, dice: &mut Dice) -> Vec<usize> {
    let least = deck.iter().map(|piece| piece.clerk).min().unwrap_or(0) as f64;
    let density = |piece: &Piece| piece.clerk as f64 / (piece.span.samples() + GAP_MIN) as f64;
    let densest = deck.iter().map(density).fold(0.0, f64::max);
    let wanted = wanted.min(densest * period as f64);
    let mut drawn = Vec::new();
    let (mut spoken, mut taken) = (0, 0);
    loop {
        let before = drawn.len();
        for piece in shuffled(deck, dice) {
            let spoken_then = spoken + deck[piece].clerk;
            let taken_then = taken + deck[piece].span.samples() + GAP_MIN;
            // What is still wanted must fit into what room is left.
            let lacking = wanted - spoken_then as f64;
            let room = period as f64 - taken_then as f64;
            if room >= 0.0 && lacking >= -least / 2.0 && lacking <= densest * room + least {
                drawn.push(piece);
                (spoken, taken) = (spoken_then, taken_then);
            }
        }
        if drawn.len() == before {
            return drawn;
        }
    }
}

/// Every piece once, those with more of the clerk's speech earlier (Efraimidis and Spirakis 2006).
fn shuffled(deck: &[Piece], dice: &mut Dice) -> Vec<usize> {
    let key = |piece: &Piece, dice: &mut Dice| dice.share().ln() / piece.clerk as f64;
    let mut keyed: Vec<(f64, usize)> =
        deck.iter().enumerate().map(|(index, piece)| (key(piece, dice), index)).collect();
    keyed.sort_by(|a, b| b.0.total_cmp(&a.0));
    keyed.into_iter().map(|(_, index)| index).collect()
}

/// Puts `drawn` on the loop with silence in between.
fn place(deck: &[Piece], drawn: &[usize], period: u64, dice: &mut Dice) -> Vec<Placed> {
    let taken: u64 = drawn.iter().map(|piece| deck[*piece].span.samples() + GAP_MIN).sum();
    let spare = period.saturating_sub(taken) as f64;
    // Exponential lengths, scaled: every way to divide the silence is as likely.
    let lengths: Vec<f64> = drawn.iter().map(|_| -dice.share().ln()).collect();
    let sum: f64 = lengths.iter().sum();
    let mut at = dice.below(period.max(1)) as f64;
    let mut placed = Vec::new();
    for (piece, length) in drawn.iter().zip(lengths) {
        placed.push(Placed { piece: *piece, at: at as u64 % period });
        let silence = if sum > 0.0 { spare * length / sum } else { 0.0 };
        at += (deck[*piece].span.samples() + GAP_MIN) as f64 + silence;
    }
    placed
}
