//! When a device is opened, given up, and tried again. In: what happens to it and the run time. Out: what to do.
//!
//! ```text
//!            tick, due             opened
//! Down ───────────────► Opening ───────────► Live
//!   ▲                      │ failed            │ fault, no samples
//!   └──────────────────────┴───────────────────┘
//! ```
//! Pure: starts no thread, reads no clock. Where somebody must act first, it is tried as rarely as can be.

use std::time::Duration;

/// First wait before a device is tried again; each further failure doubles it.
pub const BACK_OFF_MIN: Duration = Duration::from_millis(500);
/// Longest wait before a device is tried again.
pub const BACK_OFF_MAX: Duration = Duration::from_secs(30);
/// A device that was live for this long starts again with the shortest wait.
pub const STEADY: Duration = Duration::from_secs(60);
/// How long the first samples may take: a sound server's come up to two seconds late.
pub const FIRST_SAMPLES: Duration = Duration::from_secs(5);
/// How long a device may show nothing once it has delivered.
pub const STALL: Duration = Duration::from_secs(2);
/// How much one look at a device adds to its silence, at most: when the whole machine stood still, the device
/// was not the one that slept.
pub const LOOK: Duration = Duration::from_millis(500);

/// How much more audio a device may deliver than time has passed: what a sound server kept from before it was asked.
pub const AHEAD_MAX: Duration = Duration::from_secs(5);
/// How much faster than ours a device's clock may run besides, one part in so many. Real ones differ by less than one
/// in five thousand.
pub const FAST_CLOCK: u32 = 1_000;

/// What happens to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Time has passed; the live device has delivered this many samples so far.
    Tick { samples: u64 },
    /// It says that it delivers so many samples per second.
    Opened { rate_hz: u32 },
    /// It could not be opened. `may_pass`: by itself, without anybody's doing.
    Failed { may_pass: bool },
    /// The sound system reports that it must be opened again.
    Fault { may_pass: bool },
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Nothing,
    /// Open it now, and say how that went.
    Open,
    /// It is not open: say so. It is tried again after `retry_in`.
    Wait {
        retry_in: Duration,
    },
    /// Close it and say why. It is tried again after `retry_in`.
    Close {
        why: Why,
        retry_in: Duration,
    },
}

/// Why an open device is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The sound system said so.
    Fault,
    /// It was opened and never delivered.
    NeverCame,
    /// It delivered, then no more.
    Stalled,
    /// It delivers more than time passes: no session can keep step with it.
    RunsAhead,
}

/// One device's life.
#[derive(Clone, Debug)]
pub struct Supervisor {
    state: State,
    back_off: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Opening,
    Live(Live),
    Down { until: Duration },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Live {
    rate_hz: u32,
    since: Duration,
    looked: Duration,
    samples: u64,
    silent: Duration,
}

impl Default for Supervisor {
    /// Of a device that is due to be opened.
    fn default() -> Self {
        Self { state: State::Down { until: Duration::ZERO }, back_off: BACK_OFF_MIN }
    }
}

impl Supervisor {
    /// Takes what happened at the run time `now`, which never goes back.
    pub fn step(&mut self, input: Input, now: Duration) -> Order {
        match (self.state, input) {
            (State::Down { until }, Input::Tick { .. }) if now >= until => {
                self.state = State::Opening;
                Order::Open
            }
            (State::Opening, Input::Opened { rate_hz }) => {
                let live = Live { rate_hz, since: now, looked: now, samples: 0, silent: Duration::ZERO };
                self.state = State::Live(live);
                Order::Nothing
            }
            (State::Opening, Input::Failed { may_pass }) => {
                Order::Wait { retry_in: self.go_down(may_pass, now) }
            }
            (State::Live(live), Input::Fault { may_pass }) => self.close(live, Why::Fault, may_pass, now),
            (State::Live(live), Input::Tick { samples }) => match live.look(samples, now) {
                Ok(live) => {
                    self.state = State::Live(live);
                    Order::Nothing
                }
                Err(why) => self.close(live, why, true, now),
            },
            (State::Down { .. } | State::Opening, Input::Tick { .. } | Input::Fault { .. })
            | (State::Down { .. } | State::Live(_), Input::Opened { .. } | Input::Failed { .. }) => {
                Order::Nothing
            }
        }
    }

    fn close(&mut self, live: Live, why: Why, may_pass: bool, now: Duration) -> Order {
        if now.saturating_sub(live.since) >= STEADY {
            self.back_off = BACK_OFF_MIN;
        }
        Order::Close { why, retry_in: self.go_down(may_pass, now) }
    }

    fn go_down(&mut self, may_pass: bool, now: Duration) -> Duration {
        let wait = if may_pass { self.back_off } else { BACK_OFF_MAX };
        self.back_off = (self.back_off * 2).min(BACK_OFF_MAX);
        self.state = State::Down { until: now.saturating_add(wait) };
        wait
    }
}

impl Live {
    /// Looks how many samples there are by now; an error when there have been no new ones for too long, or more than
    /// there can be.
    fn look(mut self, samples: u64, now: Duration) -> Result<Self, Why> {
        if samples == self.samples {
            self.silent += now.saturating_sub(self.looked).min(LOOK);
        } else {
            self.silent = Duration::ZERO;
        }
        self.samples = samples;
        self.looked = now;
        let passed = now.saturating_sub(self.since);
        let delivered = Duration::from_secs_f64(samples as f64 / f64::from(self.rate_hz.max(1)));
        if delivered > passed + passed / FAST_CLOCK + AHEAD_MAX {
            return Err(Why::RunsAhead);
        }
        match samples {
            0 if self.silent > FIRST_SAMPLES => Err(Why::NeverCame),
            1.. if self.silent > STALL => Err(Why::Stalled),
            _ => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(100);
    const OPENED: Input = Input::Opened { rate_hz: 16_000 };

    /// Ticks until something is ordered; the seconds that took.
    fn until_order(device: &mut Supervisor, now: &mut Duration, samples: u64) -> (f64, Order) {
        let started = *now;
        loop {
            *now += TICK;
            let order = device.step(Input::Tick { samples }, *now);
            if order != Order::Nothing {
                return ((*now - started).as_secs_f64(), order);
            }
            assert!(*now < started + Duration::from_secs(600), "nothing happens");
        }
    }

    fn opened(now: Duration) -> Supervisor {
        let mut device = Supervisor::default();
        assert_eq!(device.step(Input::Tick { samples: 0 }, now), Order::Open);
        assert_eq!(device.step(OPENED, now), Order::Nothing);
        device
    }

    fn deliver(device: &mut Supervisor, now: &mut Duration, seconds: u64) {
        for n in 1..=seconds * 10 {
            *now += TICK;
            assert_eq!(device.step(Input::Tick { samples: n }, *now), Order::Nothing);
        }
    }

    #[test]
    fn a_device_that_cannot_be_opened_is_tried_after_waits_that_double() {
        let (mut device, mut now) = (Supervisor::default(), Duration::ZERO);
        assert_eq!(device.step(Input::Tick { samples: 0 }, now), Order::Open);
        for wait_s in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
            let retry_in = Duration::from_secs_f64(wait_s);
            assert_eq!(device.step(Input::Failed { may_pass: true }, now), Order::Wait { retry_in });
            assert_eq!(until_order(&mut device, &mut now, 0), (wait_s, Order::Open));
        }
    }

    #[test]
    fn where_somebody_must_act_first_the_wait_is_the_longest_at_once() {
        let mut device = Supervisor::default();
        device.step(Input::Tick { samples: 0 }, Duration::ZERO);
        let order = device.step(Input::Failed { may_pass: false }, Duration::ZERO);
        assert_eq!(order, Order::Wait { retry_in: BACK_OFF_MAX });
    }

    #[test]
    fn silence_is_borne_longer_before_the_first_sample_than_after_it() {
        let cases = [(0, 5.1, Why::NeverCame), (1, 2.1, Why::Stalled)];
        for (delivered_s, gives_up_after_s, why) in cases {
            let mut now = Duration::from_secs(7);
            let mut device = opened(now);
            deliver(&mut device, &mut now, delivered_s);
            let (after_s, order) = until_order(&mut device, &mut now, delivered_s * 10);
            assert!((after_s - gives_up_after_s).abs() < 1e-9, "{why:?} after {after_s}");
            assert_eq!(order, Order::Close { why, retry_in: BACK_OFF_MIN });
        }
    }

    #[test]
    fn a_device_that_was_steady_is_tried_again_sooner_than_one_that_keeps_failing() {
        for (live_s, wait_s) in [(59, 4.0), (61, 0.5)] {
            let (mut device, mut now) = (Supervisor::default(), Duration::ZERO);
            assert_eq!(device.step(Input::Tick { samples: 0 }, now), Order::Open);
            for _ in 0..3 {
                device.step(Input::Failed { may_pass: true }, now);
                until_order(&mut device, &mut now, 0);
            }
            device.step(OPENED, now);
            deliver(&mut device, &mut now, live_s);
            let order = device.step(Input::Fault { may_pass: true }, now);
            assert_eq!(order, Order::Close { why: Why::Fault, retry_in: Duration::from_secs_f64(wait_s) });
        }
    }

    #[test]
    fn a_machine_that_stood_still_does_not_count_as_a_silent_device() {
        let mut now = Duration::ZERO;
        let mut device = opened(now);
        deliver(&mut device, &mut now, 1);
        for _ in 0..4 {
            now += Duration::from_secs(60);
            assert_eq!(device.step(Input::Tick { samples: 10 }, now), Order::Nothing);
        }
        assert!(matches!(
            until_order(&mut device, &mut now, 10),
            (_, Order::Close { why: Why::Stalled, .. })
        ));
    }

    #[test]
    fn a_device_that_runs_ahead_of_the_clock_is_closed_and_one_whose_clock_is_fast_is_not() {
        // Samples a second of a device that says 16 000, and whether it is kept for a day.
        let cases = [(16_000, true), (16_008, true), (17_600, false), (32_000, false), (2_200_000, false)];
        for (delivers, kept) in cases {
            let mut device = opened(Duration::ZERO);
            let closed = (1..=86_400).find_map(|second| {
                let input = Input::Tick { samples: second * delivers };
                let order = device.step(input, Duration::from_secs(second));
                (order != Order::Nothing).then_some((second, order))
            });
            let Some((second, order)) = closed else {
                assert!(kept, "{delivers} Hz");
                continue;
            };
            assert!(!kept, "{delivers} Hz: closed after {second} s");
            assert_eq!(order, Order::Close { why: Why::RunsAhead, retry_in: BACK_OFF_MIN });
            let ahead_s = second as f64 * (delivers as f64 / 16_000.0 - 1.0);
            assert!(ahead_s > 5.0 && second <= 52, "{delivers} Hz: {ahead_s} s ahead after {second} s");
        }
        // What a server kept is delivered at once.
        let mut device = opened(Duration::ZERO);
        for (samples, order) in [(80_000, true), (83_300, false)] {
            let order_is = device.step(Input::Tick { samples }, TICK) == Order::Nothing;
            assert_eq!(order_is, order, "{samples} samples after a tenth of a second");
        }
    }

    #[test]
    fn what_comes_out_of_turn_changes_nothing() {
        let mut device = Supervisor::default();
        for input in [OPENED, Input::Failed { may_pass: true }, Input::Fault { may_pass: true }] {
            assert_eq!(device.step(input, Duration::ZERO), Order::Nothing, "{input:?} while down");
        }
        let mut device = opened(Duration::ZERO);
        for input in [OPENED, Input::Failed { may_pass: true }, Input::Tick { samples: 0 }] {
            assert_eq!(device.step(input, Duration::ZERO), Order::Nothing, "{input:?} while live");
        }
    }
}
