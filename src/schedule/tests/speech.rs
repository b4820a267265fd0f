//! Who speaks when: a seeded script of utterances and of what a listen thread makes of them.

use crate::schedule::tests::hall::TRUE_COST;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(super) struct Dice(pub u64);

impl Dice {
    /// Even in 0..1.
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.roll()
    }
}

/// Something a listen thread hands over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub at: f64,
    pub window: usize,
    pub number: u64,
    pub what: Said,
    pub audio_s: f64,
    /// End of the speech so far.
    pub said: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Said {
    Step,
    Pause,
    Final,
}

/// How a window speaks: lengths and gaps are even between their bounds, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Talk {
    pub length: (f64, f64),
    pub gap: (f64, f64),
}

/// Silence after which a partial is made, and the segment is closed, seconds.
const PAUSE_S: f64 = 0.24;
const HANGOVER_S: f64 = 0.48;

/// Every second utterance hesitates in its middle, long enough for a snapshot and not for an end.
const HESITATES: f64 = 0.5;

#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub seed: u64,
    pub seconds: f64,
    /// Speech before its end is handed over too.
    pub partials: bool,
}

/// What is handed over, in order of time.
pub(super) fn script(scene: Scene, talks: &[Talk]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (window, talk) in talks.iter().enumerate() {
        let mut dice = Dice(scene.seed.wrapping_mul(1_000_003).wrapping_add(window as u64));
        let mut start = dice.between(0.0, talk.gap.1 + talk.length.0);
        let mut number = 0;
        while start < scene.seconds {
            let length = dice.between(talk.length.0, talk.length.1);
            let hesitates = dice.roll() < HESITATES && length > 1.5;
            let hesitation = hesitates.then(|| dice.between(0.5, length - 0.9));
            utter(&mut moments, (window, number), start, length, hesitation, scene.partials);
            start += length + HANGOVER_S + dice.between(talk.gap.0, talk.gap.1);
            number += 1;
        }
    }
    moments.sort_by(|a, b| a.at.total_cmp(&b.at));
    moments
}

fn utter(
    moments: &mut Vec<Moment>,
    (window, number): (usize, u64),
    start: f64,
    length: f64,
    hesitation: Option<f64>,
    partials: bool,
) {
    let end = start + length;
    let mut add = |at: f64, what, said: f64| {
        moments.push(Moment { at, window, number, what, audio_s: said - start, said });
    };
    if partials {
        let mut step = start + 1.0;
        while step < end {
            add(step, Said::Step, step);
            step += 1.0;
        }
        if let Some(hesitation) = hesitation {
            let said = start + hesitation;
            add(said + PAUSE_S, Said::Pause, said);
        }
        add(end + PAUSE_S, Said::Pause, end);
    }
    add(end + HANGOVER_S, Said::Final, end);
}

/// Share of `workers` that all of it would take: an utterance's last snapshot and its final are one decode.
pub(super) fn offered(moments: &[Moment], seconds: f64, workers: usize) -> f64 {
    let partials = moments.iter().any(|m| m.what == Said::Step);
    let decodes = moments.iter().filter(|m| !(partials && m.what == Said::Final));
    let work: f64 = decodes.map(|m| TRUE_COST.full(m.audio_s)).sum();
    let finals = moments.iter().filter(|m| m.what == Said::Final).count();
    (work + finals as f64 * TRUE_COST.verify_share * TRUE_COST.verify) / (seconds * workers as f64)
}

/// The script of `windows` alike that offers `load`, by the length of their silences.
pub(super) fn script_of_load(scene: Scene, windows: usize, workers: usize, load: f64) -> Vec<Moment> {
    let made = |gap: f64| script(scene, &vec![Talk { length: (0.6, 5.0), gap: (0.2, gap) }; windows]);
    let (mut short, mut long) = (0.2, 300.0);
    for _ in 0..30 {
        let gap = (short + long) / 2.0;
        if offered(&made(gap), scene.seconds, workers) > load { short = gap } else { long = gap }
    }
    let moments = made(long);
    let got = offered(&moments, scene.seconds, workers);
    assert!((got / load - 1.0).abs() < 0.03, "{windows} windows cannot offer {load}: {got}");
    moments
}
