//! Whether a tone that is over was a burst of ringing: how steady it was, how level, how long.

use super::RingBurst;
use super::spectrum::{BIN_HZ, WINDOW};
use super::tone::{HOPS, Line, Tone};
use crate::units::Span;

/// One uninterrupted stretch of a tone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub span: Span,
    /// Its power.
    pub plateau: f32,
}

/// Spread of the frequency of a plain tone, at most, in bins: 2.5 Hz. A held vowel wavers by more.
pub(super) const STEADY_BINS: f32 = 2.5 / BIN_HZ;
/// Spread of a plain tone without noise, half a hertz, and what noise of its own power would add: a note that is played
/// with vibrato wavers by more.
const CALM_BINS: f32 = 0.06;
const NOISE_BINS: f32 = 0.8;
/// The same of a tone that alternates, whose lines are as wide as it is fast.
pub(super) const WARBLING_BINS: f32 = 9.0 / BIN_HZ;
/// A ring of one part lasts at least this.
const SINGLE_S: f64 = 0.75;
/// The parts of a double ring differ by no more than this share of the longer.
const PARTS_APART: f64 = 0.3;
/// Standard deviation of the level, and change from its first third to its last, at most, in dB.
const RIPPLE_DB: f32 = 1.5;
const DRIFT_DB: f32 = 1.8;
/// Share of the spectra in which nothing else of weight was heard: the clerk may speak over the rest.
const PURE: f32 = 0.4;
/// Tones that sound together are those of a ring up to this ratio; the keys of a telephone (DTMF, ITU-T Q.23) begin at
/// 1.28.
const TOGETHER_RATIO: f32 = 1.26;
/// An overtone of a plain tone has at most this share of its power.
const OVERTONE: f32 = 0.25;
/// Share of the spectra in which a second line that does not belong to the tone may have been heard.
const STRAY: f32 = 0.25;
/// Changes a second between the lines of a warble.
const CHANGES_PER_S: std::ops::RangeInclusive<f64> = 4.0..=70.0;
/// Share of the pieces of a warble in which one of its lines is heard alone.
const CLEAR: f32 = 0.5;

/// The burst, if `tone` is one.
pub(super) fn burst(tone: &Tone) -> Option<RingBurst> {
    let [Some(first), second] = tone.parts else { return None };
    let span = Span::new(first.span.start, second.map_or(first.span.end, |part| part.span.end));
    let long_enough = match second {
        None => first.span.seconds() >= SINGLE_S,
        Some(second) => {
            let [a, b] = [first, second].map(|part| part.span.seconds());
            let apart = (first.plateau / second.plateau).log2().abs();
            (a - b).abs() <= PARTS_APART * a.max(b) && apart <= 1.0
        }
    };
    let parts = || tone.parts.iter().flatten();
    let rings =
        long_enough && parts().all(|part| is_level(tone, part)) && is_pure(tone) && has_ring_lines(tone);
    rings.then(|| RingBurst { span, alone: alone(tone, span), first: tone.first() })
}

/// Spectra whose window lies inside `part`.
fn inside(tone: &Tone, part: &Part) -> std::ops::Range<usize> {
    let half = (WINDOW / 2) as u64;
    let [start, end] = [part.span.start.plus(half), part.span.end.minus(half)];
    let (from, to) = (tone.hop_at(start) + 1, tone.hop_at(end) + 1);
    from..to.clamp(from, HOPS)
}

/// Whether the level of `part` stayed, where the tone was by itself.
fn is_level(tone: &Tone, part: &Part) -> bool {
    let hops = || inside(tone, part).filter(|hop| tone.pure >> hop & 1 == 1);
    let db = |hop: usize| 10.0 * tone.power[hop].max(1e-12).log10();
    let mean = |hops: &mut dyn Iterator<Item = usize>| {
        let (sum, count) = hops.fold((0.0, 0_u32), |(sum, count), hop| (sum + db(hop), count + 1));
        sum / count.max(1) as f32
    };
    let (count, all) = (hops().count(), mean(&mut hops()));
    let ripple = hops().map(|hop| (db(hop) - all).powi(2)).sum::<f32>() / count.max(1) as f32;
    let third = count.div_ceil(3);
    let drift = mean(&mut hops().take(third)) - mean(&mut hops().skip(count - third));
    count > 0 && ripple.sqrt() <= RIPPLE_DB && drift.abs() <= DRIFT_DB
}

fn is_pure(tone: &Tone) -> bool {
    let (pure, all) = shares(tone, tone.pure);
    pure >= PURE * all
}

/// Of the spectra inside the parts, those whose bit is set, and all.
fn shares(tone: &Tone, bits: u128) -> (f32, f32) {
    let hops = || tone.parts.iter().flatten().flat_map(|part| inside(tone, part));
    (hops().filter(|hop| bits >> hop & 1 == 1).count() as f32, hops().count() as f32)
}

fn has_ring_lines(tone: &Tone) -> bool {
    let [Some(first), second] = tone.lines else { return false };
    let steady =
        |line: &Line| line.is_steady() && line.spread() <= CALM_BINS + NOISE_BINS * tone.noise().sqrt();
    let Some(second) = second else { return steady(&first) };
    let (both, all) = shares(tone, tone.both);
    let seconds: f64 = tone.parts.iter().flatten().map(|part| part.span.seconds()).sum();
    let (low, high) = if first.bin < second.bin { (first, second) } else { (second, first) };
    let ratio = high.bin / low.bin;
    let warbles = CHANGES_PER_S.contains(&(f64::from(tone.warble.changes) / seconds))
        && tone.warble.clear as f32 >= CLEAR * tone.warble.pieces as f32
        && [low, high].iter().all(|line| line.spread() <= WARBLING_BINS);
    let together = both >= 0.6 * all
        && ratio <= TOGETHER_RATIO
        && [low, high].iter().all(|line| line.spread() <= WARBLING_BINS);
    let main = if first.measured >= second.measured { first } else { second };
    let overtone = (ratio - ratio.round()).abs() < 0.02 && high.power <= OVERTONE * low.power && steady(&low);
    let single = overtone || both <= STRAY * all && steady(&main);
    warbles || together || single
}

/// A bit for each spectrum from the first: the ring was heard alone then. Where the window is not full of the tone the
/// nearest that is answers; in the silence after it, it answers for itself once the window has left the tone.
fn alone(tone: &Tone, span: Span) -> u128 {
    let left = tone.hop_at(span.end.plus((WINDOW / 2 + WINDOW / 8) as u64)).min(HOPS - 1);
    let is_alone = |hop: usize| tone.alone >> hop & 1 == 1;
    let full = || tone.parts.iter().flatten().flat_map(|part| inside(tone, part));
    let mut bits = 0;
    for hop in 0..HOPS {
        let nearest = full().min_by_key(|full| full.abs_diff(hop));
        let after = if tone.middle(hop) > span.end { is_alone(hop.max(left)) } else { true };
        if nearest.is_some_and(is_alone) && after {
            bits |= 1 << hop;
        }
    }
    bits
}
