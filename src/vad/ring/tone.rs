//! A tone that may be a ring. In: spectra, one every 32 ms. Out: how it goes on and, at its end, a burst. Allocates:
//! never.

use super::spectrum::{BIN_HZ, Lines, PAST, Peak, Spectrum, WINDOW};
use super::verdict::{self, Part};
use super::warble::Warble;
use super::{HOP_SAMPLES, RingBurst};
use crate::units::{SessionTime, Span};

/// Spectra of a tone that are remembered: 4 s.
pub(super) const HOPS: usize = 128;
/// Longest part of a ring; what goes on longer is a dialling tone, a hum, an alarm.
const LONGEST_S: f64 = 3.1;
/// Shortest part of a ring.
const SHORTEST_S: f64 = 0.25;
/// Longest pause between the two parts of a double ring.
const PAUSE_S: f64 = 0.28;
/// So long after its end it is known that no other part follows.
const SETTLED_S: f64 = 0.32;
/// Share of the band that two lines hold where a tone begins, and where it sounds by itself.
const SHARE_BORN: f32 = 0.6;
const SHARE_PURE: f32 = 0.55;
/// Share of the band that makes a peak a line, and one that makes it foreign.
const SHARE_LINE: f32 = 0.15;
const SHARE_FOREIGN: f32 = 0.2;
/// The faintest tone, -70 dBFS.
pub(super) const AUDIBLE: f32 = 1e-7;
/// A peak this near to a line is that line, 10 Hz.
const NEAR_BINS: f32 = 10.0 / BIN_HZ;
/// A line may join a tone in its first 0.3 s: a warble begins with one of its two.
const JOINING_HOPS: usize = PAST + 10;
/// Spectra until the window is full of a tone.
const FILLED_HOPS: usize = WINDOW / HOP_SAMPLES;
/// A tone begins and ends where its power crosses this share of what it is: there it fills half of the window.
const EDGE: f32 = 0.25;
/// Spectra after which a tone has to be one.
const PROVEN_HOPS: usize = 6;
/// What is beside a tone is a voice where it exceeds the noise floor by 10 dB; but never what lies 25 dB under the tone,
/// and always what is louder than it: between digital silences the floor is that of the tone itself.
const VOICE_OVER_FLOOR: f32 = 10.0;
const VOICE_FAINT: f32 = 0.003_2;
const VOICE_LOUD: f32 = 1.0;
/// Another tone that stays for so many spectra within half a bin is a tune going on.
const TUNE_HOPS: usize = 4;
const TUNE_BINS: f32 = 0.6;
const TUNE_SHARE: f32 = 0.7;

/// How a tone goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Course {
    /// It sounds, or its other part is awaited.
    Open,
    /// It is no ring.
    Refused,
    /// It sounds for too long.
    Endless,
    Burst(RingBurst),
}

/// A line of the tone, and how steady it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub bin: f32,
    /// Spectra in which it was measured, the full ones, and the squared deviations in them.
    pub measured: u32,
    pub deviations: f32,
    /// Sum of its powers in them.
    pub power: f32,
}

/// A tone from its first spectrum on.
#[derive(Clone, Debug)]
pub(super) struct Tone {
    pub lines: [Option<Line>; 2],
    /// Middle of the first spectrum remembered, some before the tone was noticed, in samples; it may lie before the
    /// session.
    first: i64,
    /// Power of the lines in each.
    pub power: [f32; HOPS],
    pub hops: usize,
    /// A bit for each: the tone and nothing else of weight; nothing that may be a voice; both lines.
    pub pure: u128,
    pub alone: u128,
    pub both: u128,
    /// Sum over the pure ones of what was beside the tone, as a share of it.
    beside: f32,
    pub parts: [Option<Part>; 2],
    /// First spectrum of the part that sounds; `None` in the silence after one.
    sounding: Option<usize>,
    pub warble: Warble,
    rival: (f32, usize),
}

impl Tone {
    /// Whether `peaks` are those of a tone.
    pub fn is_born(peaks: &[Peak; 2], band: f32) -> bool {
        let lines = peaks.iter().filter(|peak| peak.power >= SHARE_LINE * band);
        peaks[0].power >= AUDIBLE && lines.map(|peak| peak.power).sum::<f32>() >= SHARE_BORN * band
    }

    /// The tone of the newest spectrum, whose middle is `middle`.
    pub fn new(spectrum: &Spectrum, peaks: &[Peak; 2], band: f32, floor: f32, middle: i64) -> Self {
        let mut tone = Self {
            lines: lines_of(peaks, band),
            first: middle - (PAST * HOP_SAMPLES) as i64,
            power: [0.0; HOPS],
            hops: PAST,
            pure: 0,
            alone: 0,
            both: 0,
            beside: 0.0,
            parts: [None; 2],
            sounding: Some(PAST - 1),
            warble: Warble::default(),
            rival: (0.0, 0),
        };
        tone.push(spectrum, peaks, band, floor);
        tone
    }

    /// Takes the next spectrum.
    pub fn push(&mut self, spectrum: &Spectrum, peaks: &[Peak; 2], band: f32, floor: f32) -> Course {
        if self.hops == HOPS {
            return Course::Endless;
        }
        let drowned = !self.has(&peaks[0]) && peaks[0].power >= SHARE_BORN * band && !self.is_proven();
        let joins = self.hops <= JOINING_HOPS && self.lines[1].is_none();
        if drowned && !joins && self.hops > PAST + FILLED_HOPS && self.sounding.is_some() {
            // A tone that begins in the noise of voices: what was taken for one before was theirs.
            return Course::Refused;
        }
        let known = self.lines.iter().flatten().count();
        if self.hops <= PAST + FILLED_HOPS && Self::is_born(peaks, band) {
            // Two lines are told apart only once the window is full of them.
            self.lines = lines_of(peaks, band);
        }
        self.measure(peaks, band);
        let at = self.hops;
        let bins = self.bins();
        if self.hops <= PAST + FILLED_HOPS || self.lines.iter().flatten().count() > known {
            // Its lines were not known, or not all of them.
            for (before, power) in spectrum.past_power_of(&bins).into_iter().enumerate() {
                self.power[at - 1 - before] = self.power[at - 1 - before].max(power);
            }
        }
        self.power[at] = spectrum.power_of(&bins);
        self.hops += 1;
        let foreign = peaks.iter().any(|peak| peak.power >= SHARE_FOREIGN * band && !self.knows(peak));
        let beside = spectrum.total() - self.power[at] - spectrum.overtones_of(&bins);
        let tone = self.parts.iter().flatten().last().map_or(self.power[at], |part| part.plateau);
        let voice = beside > (VOICE_OVER_FLOOR * floor).clamp(VOICE_FAINT * tone, VOICE_LOUD * tone);
        if !foreign && self.power[at] >= SHARE_PURE * band {
            self.pure |= 1 << at;
            self.beside += beside.max(0.0) / self.power[at];
        }
        if !voice {
            self.alone |= 1 << at;
        }
        match self.sounding {
            Some(from) => self.sound(from, at),
            None => self.wait(at, peaks, band),
        }
    }

    /// The audio ends at `now`.
    pub fn finish(&mut self, now: SessionTime) -> Course {
        if let Some(from) = self.sounding {
            let mut part = self.part(from, self.hops, self.plateau(from, self.hops));
            part.span.end = now.max(part.span.start);
            let slot = usize::from(self.parts[0].is_some());
            self.parts[slot] = Some(part);
        }
        verdict::burst(self).map_or(Course::Refused, Course::Burst)
    }

    /// When it began, as far as is known: the middle of its first spectrum until a part of it is over.
    pub fn start(&self) -> SessionTime {
        self.parts[0].map_or(self.middle(0), |part| part.span.start)
    }

    /// When it was last heard: the end of its last part that is over.
    pub fn end(&self) -> Option<SessionTime> {
        self.parts.iter().flatten().last().map(|part| part.span.end)
    }

    pub fn bins(&self) -> Lines {
        self.lines.map(|line| line.map(|line| line.bin))
    }

    /// Whether `peak` is one of its lines.
    pub fn has(&self, peak: &Peak) -> bool {
        self.lines.iter().flatten().any(|line| (line.bin - peak.bin).abs() <= NEAR_BINS)
    }

    /// Middle of spectrum `hop`.
    pub fn middle(&self, hop: usize) -> SessionTime {
        SessionTime((self.first + (hop * HOP_SAMPLES) as i64).max(0) as u64)
    }

    /// Middle of the first spectrum remembered, in samples.
    pub fn first(&self) -> i64 {
        self.first
    }

    /// The last spectrum whose middle is not after `time`.
    pub fn hop_at(&self, time: SessionTime) -> usize {
        (time.0 as i64 - self.first).max(0) as usize / HOP_SAMPLES
    }

    /// Whether the tone was steady for long enough to be one, ring or not.
    pub fn is_proven(&self) -> bool {
        self.lines.iter().flatten().any(|line| line.measured as usize >= PROVEN_HOPS && line.is_steady())
    }

    /// Power of what was beside the tone where it was pure, as a share of it.
    pub fn noise(&self) -> f32 {
        self.beside / self.pure.count_ones().max(1) as f32
    }

    /// The tone still sounds.
    pub fn goes_on(&self, spectrum: &Spectrum) -> bool {
        spectrum.power_of(&self.bins()) >= EDGE * self.plateau(0, self.hops)
    }

    fn sound(&mut self, from: usize, at: usize) -> Course {
        let (heard, plateau) = (at - from, self.plateau(from, at));
        if heard >= 3 && self.power[at] < EDGE * plateau {
            let part = self.part(from, at, plateau);
            self.sounding = None;
            self.rival = (0.0, 0);
            if part.span.seconds() < SHORTEST_S {
                return Course::Refused;
            }
            let slot = usize::from(self.parts[0].is_some());
            self.parts[slot] = Some(part);
            return Course::Open;
        }
        if heard > FILLED_HOPS && EDGE * self.power[at] > plateau && !self.is_proven() {
            return Course::Refused;
        }
        if heard as f64 * HOP_SAMPLES as f64 > LONGEST_S * f64::from(crate::units::SAMPLE_RATE_HZ) {
            return Course::Endless;
        }
        let pure = (self.pure >> from).count_ones() as usize;
        let wavers = self.lines[0].is_some_and(|line| line.measured >= 4 && !line.is_near_steady());
        if heard >= PROVEN_HOPS && (pure * 5 < heard * 2 || wavers) { Course::Refused } else { Course::Open }
    }

    fn wait(&mut self, at: usize, peaks: &[Peak; 2], band: f32) -> Course {
        let Some(Part { span, plateau, .. }) = self.parts.iter().flatten().last().copied() else {
            return Course::Refused;
        };
        let since = Span { start: span.end, end: self.middle(at) };
        if self.pure >> at & 1 == 1 && self.power[at] >= EDGE * plateau {
            let louder = EDGE * self.power[at] > plateau;
            if self.parts[1].is_some() || since.seconds() > PAUSE_S || louder {
                return Course::Refused;
            }
            self.sounding = Some(at - 1);
            return Course::Open;
        }
        if self.tune_goes_on(&peaks[0], band, plateau) {
            return Course::Refused;
        }
        if since.seconds() < SETTLED_S {
            return Course::Open;
        }
        verdict::burst(self).map_or(Course::Refused, Course::Burst)
    }

    /// Another tone as strong follows and stays: a tune.
    fn tune_goes_on(&mut self, peak: &Peak, band: f32, plateau: f32) -> bool {
        let (bin, hops) = self.rival;
        let tonal = peak.power >= TUNE_SHARE * band && peak.power >= EDGE * EDGE * plateau;
        let stays = tonal && (peak.bin - bin).abs() < TUNE_BINS;
        self.rival = (peak.bin, if stays { hops + 1 } else { usize::from(tonal) });
        self.rival.1 >= TUNE_HOPS && !self.has(peak)
    }

    fn measure(&mut self, peaks: &[Peak; 2], band: f32) {
        let full = self.sounding.is_some_and(|from| self.hops > from + FILLED_HOPS);
        let mut met = 0;
        for peak in peaks.iter().filter(|peak| peak.power >= SHARE_LINE * band) {
            let known = self.lines.iter_mut().flatten().find(|line| (line.bin - peak.bin).abs() <= NEAR_BINS);
            if let Some(line) = known {
                line.measure(peak, full);
                met += 1;
            } else if self.hops <= JOINING_HOPS && self.lines[1].is_none() {
                self.lines[1] = Some(Line { bin: peak.bin, measured: 0, deviations: 0.0, power: 0.0 });
                met += 1;
            }
        }
        if met == 2 {
            self.both |= 1 << self.hops;
        }
    }

    /// Whether `peak` is a line or an overtone of one.
    fn knows(&self, peak: &Peak) -> bool {
        let overtone = |line: &Line| {
            let times = (peak.bin / line.bin).round();
            times >= 2.0 && (peak.bin - times * line.bin).abs() <= NEAR_BINS
        };
        self.has(peak) || self.lines.iter().flatten().any(overtone)
    }

    /// Power of the part from spectrum `from` up to, not including, `to`.
    fn plateau(&self, from: usize, to: usize) -> f32 {
        let heard = &self.power[from..to];
        match heard.get(FILLED_HOPS..) {
            Some(full) if !full.is_empty() => {
                let on = full.iter().copied().fold(0.0, f32::max) * EDGE;
                let full = full.iter().filter(|power| **power >= on);
                let (sum, count) = full.fold((0.0, 0), |(sum, count), power| (sum + power, count + 1));
                sum / count as f32
            }
            _ => heard.iter().copied().fold(0.0, f32::max),
        }
    }

    fn part(&self, from: usize, to: usize, plateau: f32) -> Part {
        let edge = EDGE * plateau;
        let crossing = |before: usize, after: usize| {
            let [a, b, edge] = [self.power[before], self.power[after], edge].map(f32::sqrt);
            let share = if a == b { 0.5 } else { ((edge - a) / (b - a)).clamp(0.0, 1.0) };
            self.middle(before).plus((share * HOP_SAMPLES as f32) as u64)
        };
        let mut rises = (from..to).find(|hop| self.power[*hop] >= edge).unwrap_or(from);
        while rises > 0 && self.power[rises - 1] >= edge {
            rises -= 1;
        }
        let start = if rises > 0 { crossing(rises - 1, rises) } else { self.middle(0) };
        let end = if to < self.hops { crossing(to - 1, to).max(start) } else { start };
        Part { span: Span::new(start, end), plateau }
    }
}

fn lines_of(peaks: &[Peak; 2], band: f32) -> [Option<Line>; 2] {
    peaks.each_ref().map(|peak| {
        let is_line = peak.power >= SHARE_LINE * band;
        is_line.then_some(Line { bin: peak.bin, measured: 0, deviations: 0.0, power: 0.0 })
    })
}

impl Line {
    fn measure(&mut self, Peak { bin, power }: &Peak, full: bool) {
        if !full {
            if self.measured == 0 {
                self.bin = *bin;
            }
            return;
        }
        self.measured += 1;
        self.power += power;
        let off = bin - self.bin;
        self.bin += off / self.measured as f32;
        self.deviations += off * (bin - self.bin);
    }

    /// Standard deviation in bins.
    pub fn spread(&self) -> f32 {
        (self.deviations / self.measured.max(1) as f32).max(0.0).sqrt()
    }

    pub fn is_steady(&self) -> bool {
        self.measured >= 2 && self.spread() <= verdict::STEADY_BINS
    }

    fn is_near_steady(&self) -> bool {
        self.spread() <= 2.0 * verdict::WARBLING_BINS
    }
}
