//! Devices that come and go, in simulated time; devices that hang, on threads.

use std::cell::RefCell;
use std::rc::Rc;

use crossbeam_channel::unbounded;

use super::*;
use crate::capture::AudioBlock;
use crate::capture::callback::{CallbackBody, Line, TroubleBody, line};
use crate::capture::device::Opened;

/// What a scripted device does from a given second on.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    /// Delivers at this rate on this many channels.
    Delivers(u32, u16),
    /// Delivers a hundred times as much as it says.
    Races(u32, u16),
    /// Can be opened but delivers nothing.
    Silent(u32, u16),
    Busy,
    Unplugged,
    Denied,
}

/// What a device does, how long that is watched, and the news of it.
type Case = (&'static str, &'static [(f64, Does)], f64, &'static [&'static str]);

/// A machine whose time is simulated: every tick lets the open device deliver, fail or fall silent.
struct Machine {
    script: &'static [(f64, Does)],
    now: Duration,
    until_s: f64,
    ends: Option<(CallbackBody, TroubleBody, u32, u16)>,
}

#[derive(Clone)]
struct Shared(Rc<RefCell<Machine>>);

impl Machine {
    fn does(&self) -> Does {
        let now_s = self.now.as_secs_f64();
        self.script.iter().rev().find(|(from_s, _)| *from_s <= now_s).map_or(Does::Unplugged, |s| s.1)
    }

    fn open(&mut self, name: &str) -> Result<OpenDevice, DeviceError> {
        let name = name.to_owned();
        let (rate_hz, channels) = match self.does() {
            Does::Delivers(rate_hz, channels)
            | Does::Silent(rate_hz, channels)
            | Does::Races(rate_hz, channels) => (rate_hz, channels),
            Does::Busy => return Err(DeviceError::Busy { name }),
            Does::Unplugged => return Err(DeviceError::NotFound { name, near_names: Vec::new() }),
            Does::Denied => return Err(DeviceError::Denied { name }),
        };
        let Line { callback, trouble, reader, signs, faults } = line(rate_hz, channels, 60_000, None);
        self.ends = Some((callback, trouble, rate_hz, channels));
        let opened = Opened { rate_hz, channels, format: "f32" };
        Ok(OpenDevice { opened, reader, signs, faults, stream: KeepAlive::new(()) })
    }

    fn tick(&mut self) {
        let does = self.does();
        self.now += TICK;
        let Some((callback, trouble, rate_hz, channels)) = &mut self.ends else { return };
        let gone = match does {
            Does::Delivers(rate, count) if (rate, count) == (*rate_hz, *channels) => {
                callback.deliver(&vec![0.1_f32; *rate_hz as usize / 10 * usize::from(*channels)]);
                return;
            }
            Does::Races(..) => {
                let second = vec![0.0_f32; *rate_hz as usize * usize::from(*channels)];
                (0..10).for_each(|_| callback.deliver(&second));
                return;
            }
            Does::Silent(..) => return,
            Does::Delivers(..) => DeviceError::FormatChanged { name: "mic".into() },
            Does::Busy | Does::Unplugged | Does::Denied => DeviceError::Gone { name: "mic".into() },
        };
        trouble.fault(gone);
        self.ends = None;
    }
}

impl Pace for Shared {
    fn now(&self) -> Duration {
        self.0.borrow().now
    }

    fn tick(&mut self) -> bool {
        let mut machine = self.0.borrow_mut();
        machine.tick();
        machine.now.as_secs_f64() < machine.until_s
    }
}

/// The news of a scripted device, each on a line: when it was told, and what.
fn news_of(script: &'static [(f64, Does)], until_s: f64) -> Vec<String> {
    let (news, received) = unbounded();
    let machine = Shared(Rc::new(RefCell::new(Machine { script, now: Duration::ZERO, until_s, ends: None })));
    let mut pace = machine.clone();
    let device = KeptDevice { name: "mic".into(), news };
    let opening = Opening::of(&device, OPENING_MAX);
    keep(&device, &opening, &|name| machine.0.borrow_mut().open(name), &mut pace);
    drop((device, opening));
    let told = received.iter().map(|news| match news {
        SourceNews::Opened { rate_hz, channels, mut reader, at } => {
            let (mut block, mut samples) = (AudioBlock::default(), 0);
            while reader.read(&mut block) {
                samples += block.samples.len() / usize::from(channels);
            }
            let seconds = samples as f64 / f64::from(rate_hz);
            format!("{:.1} {rate_hz} Hz × {channels}, {seconds:.1} s", at.as_secs_f64())
        }
        SourceNews::Down { reason, retry_in } => {
            let retry_s = retry_in.map_or(f64::NAN, |wait| wait.as_secs_f64());
            let why: Vec<&str> = reason.en.splitn(3, ": ").collect();
            format!("{} / {retry_s:.1}", why[1])
        }
        SourceNews::Waiting { .. } | SourceNews::Ended => panic!("a device neither waits nor ends"),
    });
    told.collect()
}

#[test]
fn a_device_comes_back_by_itself_whatever_took_it_away() {
    use Does::*;
    let cases: [Case; 7] = [
        ("undisturbed", &[(0.0, Delivers(16_000, 1))], 30.0, &["0.0 16000 Hz × 1, 30.0 s"]),
        (
            "unplugged for two seconds",
            &[(0.0, Delivers(48_000, 2)), (10.0, Unplugged), (12.0, Delivers(48_000, 2))],
            20.0,
            &[
                "0.0 48000 Hz × 2, 10.0 s",
                "cannot be reached / 0.5",
                "no input device has this name / 1.0",
                "no input device has this name / 2.0",
                "13.6 48000 Hz × 2, 6.4 s",
            ],
        ),
        (
            "busy at first",
            &[(0.0, Busy), (1.0, Delivers(16_000, 1))],
            5.0,
            &["another program uses it / 0.5", "another program uses it / 1.0", "1.5 16000 Hz × 1, 3.5 s"],
        ),
        (
            "falls silent without a word",
            &[(0.0, Delivers(16_000, 1)), (3.0, Silent(16_000, 1)), (5.55, Delivers(16_000, 1))],
            10.0,
            &["0.0 16000 Hz × 1, 3.0 s", "brought no more sound for 2 s / 0.5", "5.6 16000 Hz × 1, 4.4 s"],
        ),
        (
            "runs ahead of the clock",
            &[(0.0, Races(16_000, 1))],
            0.15,
            // It still delivers while it is being closed.
            &["0.0 16000 Hz × 1, 20.0 s", "brings more sound than time passes / 0.5"],
        ),
        (
            "changes its format",
            &[(0.0, Delivers(48_000, 2)), (3.0, Delivers(16_000, 4))],
            10.0,
            &["0.0 48000 Hz × 2, 3.0 s", "changed its format / 0.5", "3.6 16000 Hz × 4, 6.4 s"],
        ),
        (
            "not allowed until somebody allows it",
            &[(0.0, Denied), (20.0, Delivers(16_000, 1))],
            40.0,
            &["this user may not use it / 30.0", "30.0 16000 Hz × 1, 10.0 s"],
        ),
    ];
    for (name, script, until_s, expected) in cases {
        assert_eq!(news_of(script, until_s), expected, "{name}");
    }
}

/// Opens a line that delivers nothing, and hands its end to the test.
fn silent_device() -> (OpenDevice, CallbackBody) {
    let Line { callback, trouble: _, reader, signs, faults } = line(16_000, 1, 1_000, None);
    let opened = Opened { rate_hz: 16_000, channels: 1, format: "f32" };
    (OpenDevice { opened, reader, signs, faults, stream: KeepAlive::new(()) }, callback)
}

#[test]
fn a_device_that_hangs_delays_no_other_and_is_named_at_the_end() {
    let (release, hung) = bounded::<()>(0);
    let (news_1, from_1) = unbounded();
    let (news_2, from_2) = unbounded();
    let devices = vec![
        KeptDevice { name: "hangs".into(), news: news_1 },
        KeptDevice { name: "works".into(), news: news_2 },
    ];
    let open = move |name: &str| {
        if name == "hangs" {
            let _ = hung.recv();
        }
        Ok(silent_device().0)
    };
    let keepers = keep_open(devices, open, Stopwatch::start());
    let patience = Duration::from_secs(30);
    assert!(matches!(from_2.recv_timeout(patience), Ok(SourceNews::Opened { .. })));
    assert!(from_1.is_empty());
    assert_eq!(keepers.stop(Duration::from_millis(300)), ["hangs"]);
    drop(release);
    assert!(matches!(from_1.recv_timeout(patience), Ok(SourceNews::Opened { .. })));
    assert!(from_1.recv_timeout(patience).is_err(), "it stops once it hangs no longer");
}

#[test]
fn a_device_that_hangs_while_it_is_opened_is_told_as_down_once_and_as_open_when_it_is() {
    let (release, hung) = bounded::<()>(0);
    let (news, received) = unbounded();
    let open = move |_: &str| {
        let _ = hung.recv();
        Ok(silent_device().0)
    };
    let limit = Duration::from_millis(50);
    let devices = vec![KeptDevice { name: "mic".into(), news }];
    let keepers = keep_open_within(limit, devices, open, Stopwatch::start());
    let patience = Duration::from_secs(30);
    let Ok(SourceNews::Down { reason, .. }) = received.recv_timeout(patience) else { panic!("it hangs") };
    assert!(reason.en.starts_with("device:mic: has been hanging"), "{reason:?}");
    assert!(received.recv_timeout(LOOK * 3).is_err(), "it is told once");
    drop(release);
    assert!(matches!(received.recv_timeout(patience), Ok(SourceNews::Opened { .. })));
    assert!(keepers.stop(patience).is_empty());
}

#[test]
fn a_device_nobody_listens_to_is_let_go() {
    let (news, received) = unbounded();
    drop(received);
    let devices = vec![KeptDevice { name: "mic".into(), news }];
    let keepers = keep_open(devices, |_: &str| Ok(silent_device().0), Stopwatch::start());
    assert!(keepers.stop(Duration::from_secs(30)).is_empty());
}

/// Never finishes closing, as a stream whose server died.
struct Stuck(Receiver<()>);

impl Drop for Stuck {
    fn drop(&mut self) {
        let _ = self.0.recv();
    }
}

#[test]
fn closing_a_device_that_hangs_keeps_nobody() {
    let (release, hung) = bounded::<()>(0);
    close("mic", KeepAlive::new(Stuck(hung.clone())));
    // Reached although the device is not closed yet.
    drop((release, hung));
}
