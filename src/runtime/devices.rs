//! Keeps devices open. In: their names, a way to open one. Out: `SourceNews` for each one's listen thread.
//! Threads: `device-NAME` one a device, `close-NAME` one a device that was given up, `openings` one for all of them.
//!
//! Sound systems block: opening a device takes seconds, and closing one whose server died may never return
//! (libpulse has been seen to lock itself up so). A device that hangs therefore has nobody waiting for it, and is
//! told as down.

mod opening;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::capture::callback::{Faults, Signs};
use crate::capture::device::{KeepAlive, OpenDevice};
use crate::capture::supervise::{FIRST_SAMPLES, Input, Order, STALL, Supervisor, Why};
use crate::capture::{DeviceError, SourceNews};
use crate::clock::Stopwatch;
use crate::said::Bilingual;
use opening::Opening;

/// How often a device is looked at.
const TICK: Duration = Duration::from_millis(100);

/// How long a device may take to be opened before it is told as down.
const OPENING_MAX: Duration = Duration::from_secs(10);

/// How often openings are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// A device to keep open, and who is told about it.
pub struct KeptDevice {
    pub name: String,
    pub news: Sender<SourceNews>,
}

/// The threads that keep devices open.
pub struct Keepers {
    stop: Sender<Infallible>,
    /// A device's name, and a channel that closes when its thread ends.
    running: Vec<(String, Receiver<Infallible>)>,
}

/// Opens every device with `open`, and again whenever it went away, until told to stop. A device whose news nobody
/// receives any more is let go. `watch` gives the run time.
pub fn keep_open<F>(devices: Vec<KeptDevice>, open: F, watch: Stopwatch) -> Keepers
where
    F: Fn(&str) -> Result<OpenDevice, DeviceError> + Send + Sync + 'static,
{
    keep_open_within(OPENING_MAX, devices, open, watch)
}

fn keep_open_within<F>(limit: Duration, devices: Vec<KeptDevice>, open: F, watch: Stopwatch) -> Keepers
where
    F: Fn(&str) -> Result<OpenDevice, DeviceError> + Send + Sync + 'static,
{
    let (stop, stopped) = bounded(0);
    let open = Arc::new(open);
    let openings: Vec<Opening> = devices.iter().map(|device| Opening::of(device, limit)).collect();
    let start = |(device, opening): (KeptDevice, Opening)| {
        let (alive, ended) = bounded::<Infallible>(0);
        let (open, stopped, name) = (Arc::clone(&open), stopped.clone(), device.name.clone());
        spawn(format!("device-{name}"), move || {
            let _until_the_end = alive;
            keep(&device, &opening, open.as_ref(), &mut RunTime { watch, stopped });
        });
        (name, ended)
    };
    let running = devices.into_iter().zip(openings.clone()).map(start).collect();
    spawn("openings".to_owned(), move || {
        while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            openings.iter().for_each(|opening| opening.look(watch.elapsed()));
        }
    });
    Keepers { stop, running }
}

impl Keepers {
    /// Closes every device. Names those that still hang after `patience`: their threads are left to themselves.
    pub fn stop(self, patience: Duration) -> Vec<String> {
        drop(self.stop);
        let mut patience = patience;
        let mut hanging = Vec::new();
        for (name, ended) in self.running {
            if let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(patience) {
                hanging.push(name);
                // The others had the same time.
                patience = Duration::ZERO;
            }
        }
        hanging
    }
}

/// Closes a device without waiting for it: a thread of its own does, and stays behind should that hang.
pub fn close(name: &str, stream: KeepAlive) {
    spawn(format!("close-{name}"), move || drop(stream));
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) {
    let started = thread::Builder::new().name(name).spawn(work);
    assert!(started.is_ok(), "the system refuses another thread: {:?}", started.err());
}

/// Where the keeper of a device takes its time from.
trait Pace {
    fn now(&self) -> Duration;
    /// Lets `TICK` pass; false when it is time to stop.
    fn tick(&mut self) -> bool;
}

struct RunTime {
    watch: Stopwatch,
    stopped: Receiver<Infallible>,
}

impl Pace for RunTime {
    fn now(&self) -> Duration {
        self.watch.elapsed()
    }

    fn tick(&mut self) -> bool {
        self.stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout)
    }
}

/// What is held of an open device.
struct Held {
    signs: Arc<Signs>,
    faults: Faults,
    stream: KeepAlive,
}

/// The body of one device's thread.
fn keep(
    device: &KeptDevice,
    opening: &Opening,
    open: &dyn Fn(&str) -> Result<OpenDevice, DeviceError>,
    pace: &mut dyn Pace,
) {
    let mut supervisor = Supervisor::default();
    let mut held: Option<Held> = None;
    loop {
        let fault = held.as_mut().and_then(|held| held.faults.take());
        let input = match (&held, &fault) {
            (_, Some(fault)) => Input::Fault { may_pass: fault.may_pass() },
            (Some(held), None) => Input::Tick { samples: held.signs.samples() },
            (None, None) => Input::Tick { samples: 0 },
        };
        let told = match supervisor.step(input, pace.now()) {
            Order::Nothing | Order::Wait { .. } => true,
            Order::Open => match opening.attempt(pace.now(), || open(&device.name)) {
                Ok(opened) => {
                    let OpenDevice { opened, reader, signs, faults, stream } = opened;
                    let (rate_hz, channels, at) = (opened.rate_hz, opened.channels, pace.now());
                    supervisor.step(Input::Opened { rate_hz }, at);
                    held = Some(Held { signs, faults, stream });
                    device.news.send(SourceNews::Opened { rate_hz, channels, reader, at }).is_ok()
                }
                Err(fault) => {
                    let order = supervisor.step(Input::Failed { may_pass: fault.may_pass() }, pace.now());
                    device.tell_down(fault.said(), order)
                }
            },
            order @ Order::Close { why, .. } => {
                let told = device.tell_down(reason(&device.name, why, fault), order);
                if let Some(held) = held.take() {
                    close(&device.name, held.stream);
                }
                told
            }
        };
        if !told || !pace.tick() {
            return;
        }
    }
}

impl KeptDevice {
    fn tell_down(&self, reason: Bilingual, order: Order) -> bool {
        let retry_in = match order {
            Order::Wait { retry_in } | Order::Close { retry_in, .. } => Some(retry_in),
            Order::Nothing | Order::Open => None,
        };
        self.news.send(SourceNews::Down { reason, retry_in }).is_ok()
    }
}

fn reason(name: &str, why: Why, fault: Option<DeviceError>) -> Bilingual {
    let (first_s, stall_s) = (FIRST_SAMPLES.as_secs(), STALL.as_secs());
    let (en, zh) = match (why, fault) {
        (Why::Fault, Some(fault)) => return fault.said(),
        (Why::Fault, None) => ("the sound system gave it up".to_owned(), "音频系统放弃了该设备".to_owned()),
        (Why::NeverCame, _) => (
            format!("was opened and brought no sound for {first_s} s"),
            format!("已打开，但 {first_s} 秒内没有声音数据"),
        ),
        (Why::RunsAhead, _) => (
            "brings more sound than time passes: it is no microphone, or its rate is not what it says; name another \
             device"
                .to_owned(),
            "送来的声音比实际时间还多：它不是麦克风，或采样率与所报不符；请改用其他设备".to_owned(),
        ),
        (Why::Stalled, _) => {
            (format!("brought no more sound for {stall_s} s"), format!("已 {stall_s} 秒没有新的声音数据"))
        }
    };
    Bilingual::new(format!("device:{name}: {en}"), format!("设备 {name}：{zh}"))
}
