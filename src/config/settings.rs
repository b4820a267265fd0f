//! Defaults and ranges: the one place where they stand.

use std::ops::RangeInclusive;

/// A whole number that may be left out.
#[derive(Debug)]
pub(super) struct Setting {
    pub key: &'static str,
    pub default: u32,
    pub range: RangeInclusive<u32>,
}

const fn setting(key: &'static str, default: u32, least: u32, most: u32) -> Setting {
    Setting { key, default, range: RangeInclusive::new(least, most) }
}

/// Model when none is named: the one that `make model` fetches.
pub(super) const MODEL: &str = "base";

/// Address when none is named: this machine only, because what is served is plain HTTP.
pub(super) const LISTEN: &str = "127.0.0.1:8740";

/// More recognisers than any box of a hall has cores.
pub(super) const THREADS: RangeInclusive<u16> = 1..=256;

// A base model on one core decodes a second of speech in a tenth of one and needs another tenth to begin:
// steps shorter than 0.2 s would only repeat themselves.
pub(super) const PARTIAL_STEP_MS: Setting = setting("partial_step_ms", 1_000, 200, 10_000);

// The listen thread drains the ring many times a second; two seconds outlast any stall of the scheduler.
pub(super) const RING_MS: Setting = setting("ring_ms", 2_000, 200, 30_000);

pub(super) const LAG_MAX_MS: Setting = setting("lag_max_ms", 5_000, 1_000, 600_000);

pub(super) const FORBIDDEN_MS: Setting = setting("forbidden_ms", 1_500, 100, 60_000);
pub(super) const GREETING_MS: Setting = setting("greeting_ms", 1_000, 100, 60_000);
pub(super) const FAREWELL_MS: Setting = setting("farewell_ms", 1_000, 100, 60_000);

pub(super) const FINISH_MS: Setting = setting("finish_ms", 5_000, 0, 60_000);

// As supervisors want it: what led to the words, and how the other took them.
pub(super) const CLIP_BEFORE_MS: Setting = setting("before_ms", 5_000, 0, 30_000);
pub(super) const CLIP_AFTER_MS: Setting = setting("after_ms", 3_000, 0, 30_000);
// Longer than words, what is kept before and after them, and the time it takes to hear them; 32 kB a second and window.
pub(super) const MEMORY_MS: Setting = setting("memory_ms", 60_000, 20_000, 600_000);
// A quarter of a year: time for a complaint and an appeal.
pub(super) const KEEP_DAYS: Setting = setting("keep_days", 90, 1, 3_650);
/// The same by class of finding, where it is to be another.
pub(super) const KEEP_DAYS_OF: [&str; 4] =
    ["keep_days_note", "keep_days_minor", "keep_days_major", "keep_days_critical"];
// What journal and system need to go on while somebody frees some more.
pub(super) const FREE_MB: Setting = setting("free_mb", 1_024, 0, 1_000_000);

// Long enough to look into what somebody complains of; all that a clerk says is kept no longer than that takes.
pub(super) const RECORDING_DAYS: Setting = setting("recording_days", 7, 1, 3_650);

/// Highest channel number: a source has at most 64.
pub(super) const CHANNELS: RangeInclusive<u16> = 0..=crate::capture::CHANNELS_MAX - 1;

/// Characters of a window's id, at most: it stands in addresses, metrics and every alert.
pub(super) const ID_CHARS_MAX: usize = 32;

/// Characters of a name, at most: it stands in a line of a screen.
pub(super) const NAME_CHARS_MAX: usize = 64;
