//! Which of the formats a device offers is taken. In: the offers, what is wanted. Out: one choice.

use std::fmt;

use super::{Abilities, Wanted};
use crate::capture::{CHANNELS_MAX, RATE_HZ_MAX, RATE_HZ_MIN};

/// Most channels that are taken for a device's own where it offers every number from one up: drivers that
/// convert offer 32 and more (PulseAudio's 32, ALSA's `plug` without end), and theirs says nothing.
const OWN_CHANNELS_MAX: u16 = 16;

/// Channels asked of a driver that converts to any number: a clerk's and a visitor's.
const CONVERTED_CHANNELS: u16 = 2;

/// Rates in the order they are preferred: first that of most converters, then that of the recogniser.
const RATES_HZ: [u32; 9] = [48_000, 16_000, 32_000, 96_000, 44_100, 24_000, 22_050, 192_000, 8_000];

/// Channels and a range of rates a device has in one sample format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub channels: u16,
    /// Lowest and highest.
    pub rate_hz: (u32, u32),
}

/// Rate and channels to open a device with, and the place of the offer they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub offer: usize,
    pub rate_hz: u32,
    pub channels: u16,
}

/// The best of `offers`, which are in the order of preference of their sample formats; `None` when none has what
/// is wanted.
pub(super) fn choose(offers: &[Offer], wanted: &Wanted) -> Option<Choice> {
    let channels = channels(offers, wanted)?;
    let fitting = |(_, offer): &(usize, &Offer)| offer.channels == channels;
    let by_rate = |rate_hz: u32| {
        let (offer, _) = offers.iter().enumerate().filter(fitting).find(|(_, o)| o.holds(rate_hz))?;
        Some(Choice { offer, rate_hz, channels })
    };
    match wanted.rate_hz {
        Some(rate_hz) => by_rate(rate_hz),
        None => RATES_HZ.into_iter().find_map(by_rate).or_else(|| {
            let (_, odd) = offers.iter().enumerate().find(fitting)?;
            by_rate(odd.rate_hz.0.max(RATE_HZ_MIN)).or_else(|| by_rate(odd.rate_hz.1.min(RATE_HZ_MAX)))
        }),
    }
}

/// The device's own number of channels, all of them: windows share them out.
fn channels(offers: &[Offer], wanted: &Wanted) -> Option<u16> {
    let offered = |n: u16| offers.iter().any(|offer| offer.channels == n);
    let most = offers.iter().map(|offer| offer.channels).filter(|&n| n <= CHANNELS_MAX).max()?;
    let converts = most > OWN_CHANNELS_MAX && (1..=OWN_CHANNELS_MAX).all(offered);
    let own = if converts { CONVERTED_CHANNELS.max(wanted.channels_min) } else { most };
    (own >= wanted.channels_min && offered(own)).then_some(own)
}

impl Offer {
    fn holds(&self, rate_hz: u32) -> bool {
        (self.rate_hz.0..=self.rate_hz.1).contains(&rate_hz) && (RATE_HZ_MIN..=RATE_HZ_MAX).contains(&rate_hz)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} channel(s) or more", self.channels_min)?;
        match self.rate_hz {
            Some(rate_hz) => write!(f, " at {rate_hz} Hz"),
            None => write!(f, " at {RATE_HZ_MIN} to {RATE_HZ_MAX} Hz"),
        }
    }
}

impl fmt::Display for Abilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (channels, rates) = (self.channels_spelled(), self.rates_spelled());
        write!(f, "{channels} channel(s) at {rates} Hz as {}", self.formats.join(", "))
    }
}

impl Abilities {
    /// `1–32`, `2, 4`.
    pub fn channels_spelled(&self) -> String {
        let runs = self.channels.chunk_by(|a, b| a + 1 == *b);
        spelled(runs.map(|run| (run[0], run[run.len() - 1])))
    }

    /// `8000–48000`, `44100, 48000`.
    pub fn rates_spelled(&self) -> String {
        spelled(self.rates_hz.iter().copied())
    }
}

fn spelled<T: fmt::Display + PartialEq>(ranges: impl Iterator<Item = (T, T)>) -> String {
    let each = ranges.map(|(low, high)| if low == high { low.to_string() } else { format!("{low}–{high}") });
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is offered, what is wanted, and the rate and channels that are taken.
    type Case = (&'static str, Vec<Offer>, Wanted, Option<(u32, u16)>);

    fn offer(channels: u16, low_hz: u32, high_hz: u32) -> Offer {
        Offer { channels, rate_hz: (low_hz, high_hz) }
    }

    fn any_number(most: u16) -> Vec<Offer> {
        (1..=most).map(|n| offer(n, 1, 768_000)).collect()
    }

    #[test]
    fn the_devices_own_channels_are_taken_at_the_best_rate_it_has() {
        let plain = Wanted { ring_ms: 1_000, rate_hz: None, channels_min: 1 };
        let cases: [Case; 13] = [
            (
                "a USB microphone",
                vec![offer(1, 44_100, 44_100), offer(1, 48_000, 48_000)],
                plain,
                Some((48_000, 1)),
            ),
            ("an array", vec![offer(4, 16_000, 16_000)], plain, Some((16_000, 4))),
            (
                "mono or stereo",
                vec![offer(1, 8_000, 48_000), offer(2, 8_000, 48_000)],
                plain,
                Some((48_000, 2)),
            ),
            ("only odd rates", vec![offer(2, 11_025, 11_025)], plain, Some((11_025, 2))),
            ("too slow for speech", vec![offer(2, 4_000, 6_000)], plain, None),
            ("an interface", vec![offer(18, 44_100, 96_000)], plain, Some((48_000, 18))),
            ("PulseAudio", any_number(32), plain, Some((48_000, 2))),
            ("ALSA's plug", any_number(64), plain, Some((48_000, 2))),
            (
                "a converter for eight windows",
                any_number(64),
                Wanted { channels_min: 8, ..plain },
                Some((48_000, 8)),
            ),
            ("more than it has", vec![offer(2, 48_000, 48_000)], Wanted { channels_min: 3, ..plain }, None),
            ("another rate", any_number(32), Wanted { rate_hz: Some(16_000), ..plain }, Some((16_000, 2))),
            (
                "a rate it lacks",
                vec![offer(1, 48_000, 48_000)],
                Wanted { rate_hz: Some(16_000), ..plain },
                None,
            ),
            ("nothing", Vec::new(), plain, None),
        ];
        for (name, offers, wanted, expected) in cases {
            let chosen = choose(&offers, &wanted).map(|c| (c.rate_hz, c.channels));
            assert_eq!(chosen, expected, "{name}");
        }
    }

    #[test]
    fn of_two_formats_at_the_same_rate_the_preferred_comes_first() {
        let offers = [
            offer(1, 44_100, 48_000),
            offer(2, 44_100, 44_100),
            offer(2, 48_000, 48_000),
            offer(2, 8_000, 48_000),
        ];
        let wanted = Wanted { ring_ms: 1_000, rate_hz: None, channels_min: 1 };
        assert_eq!(choose(&offers, &wanted), Some(Choice { offer: 2, rate_hz: 48_000, channels: 2 }));
    }
}
