//! What systemd is told: ready, reloading, stopping, and, while every thread's heart beats, alive.
//! In: beats of the threads. Out: datagrams to `NOTIFY_SOCKET`; nothing where systemd did not ask for them.
//! Thread: the one that calls; a heart is beaten by its own thread. Allocates: never in a beat.
//!
//! A service that runs but hears nothing is worse than one that is down: nobody looks. So the watchdog is fed
//! only while every thread that hears makes progress, and systemd restarts the service when one stands still.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sd_notify::NotifyState;

/// Set in a heart's state while its thread waits for something to do.
const RESTING: u64 = 1;

/// Added by every beat.
const BEAT: u64 = 2;

/// How long a thread may show no sign of life before it is named.
pub const STILL_MAX: Duration = Duration::from_secs(30);

/// State of a heart whose thread has ended as it should.
const ENDED: u64 = u64::MAX;

/// The sign of life of one thread, which owns it. Dropped at the end of its thread it is no longer missed;
/// dropped by a panic it is.
#[derive(Debug)]
pub struct Heart(Arc<AtomicU64>);

impl Heart {
    /// Says that work goes on. Real-time: no allocation, lock, log or syscall.
    pub fn beat(&self) {
        // This thread alone writes: load and store need not be one step.
        let state = self.0.load(Ordering::Relaxed) & !RESTING;
        self.0.store(state.wrapping_add(BEAT), Ordering::Relaxed);
    }

    /// Says that nothing is to be done until something comes; the next [`Heart::beat`] ends the rest.
    /// Real-time: no allocation, lock, log or syscall.
    pub fn rest(&self) {
        let state = self.0.load(Ordering::Relaxed);
        self.0.store(state | RESTING, Ordering::Relaxed);
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.0.store(ENDED, Ordering::Relaxed);
        }
    }
}

/// The hearts of all threads. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Hearts(Arc<Mutex<Vec<Watched>>>);

#[derive(Debug)]
struct Watched {
    thread: String,
    state: Arc<AtomicU64>,
    /// State at the watchdog's last look; `None` before the first.
    seen: Option<u64>,
    /// The state it was last seen in, and the run time of the first look that saw it so.
    since: Option<(u64, Duration)>,
}

impl Hearts {
    /// A heart for the thread of this name; it has until the second look to beat.
    pub fn register(&self, thread: &str) -> Heart {
        let state = Arc::new(AtomicU64::new(0));
        let watched =
            Watched { thread: thread.to_owned(), state: Arc::clone(&state), seen: None, since: None };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(watched);
        Heart(state)
    }

    /// Names of the threads that have neither worked nor rested for [`STILL_MAX`], as far as the looks tell: it has to
    /// be asked every few seconds. Whoever asks; the watchdog's own looks are apart from these.
    pub fn still(&self, now: Duration) -> Vec<String> {
        let mut hearts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut still = Vec::new();
        for heart in hearts.iter_mut() {
            let state = heart.state.load(Ordering::Relaxed);
            match heart.since {
                Some((seen, since)) if seen == state && state != ENDED && state & RESTING == 0 => {
                    if now.saturating_sub(since) >= STILL_MAX {
                        still.push(heart.thread.clone());
                    }
                }
                _ => heart.since = Some((state, now)),
            }
        }
        still
    }

    /// Names of the threads that neither worked since the last look nor rest.
    pub fn standing_still(&self) -> Vec<String> {
        let mut hearts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut still = Vec::new();
        hearts.retain_mut(|heart| {
            let state = heart.state.load(Ordering::Relaxed);
            let before = heart.seen.replace(state);
            if state != ENDED && state & RESTING == 0 && before == Some(state) {
                still.push(heart.thread.clone());
            }
            state != ENDED
        });
        still
    }
}

/// When the watchdog is to be fed. Time is run time, passed in.
#[derive(Debug)]
pub struct Watchdog {
    hearts: Hearts,
    /// Half of what systemd asked for; `None` where it did not ask.
    pace: Option<Duration>,
    next: Duration,
}

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is not time yet.
    Early,
    /// All is well: tell systemd.
    Alive,
    /// These threads stand still: say nothing, and systemd restarts the service if that lasts.
    Still(Vec<String>),
}

impl Watchdog {
    /// `interval` is what systemd asked for ([`ServiceManager::watchdog_interval`]).
    pub fn new(hearts: Hearts, interval: Option<Duration>, now: Duration) -> Self {
        let pace = interval.map(|interval| interval / 2);
        Self { hearts, pace, next: now + pace.unwrap_or_default() }
    }

    /// How long to wait before the next look; `None` where there is no watchdog.
    pub fn wait(&self, now: Duration) -> Option<Duration> {
        self.pace.map(|_| self.next.saturating_sub(now))
    }

    pub fn look(&mut self, now: Duration) -> Look {
        let Some(pace) = self.pace.filter(|_| now >= self.next) else { return Look::Early };
        // From now, not from when it was due: a late look would find hearts that had no time to beat.
        self.next = now + pace;
        let still = self.hearts.standing_still();
        if still.is_empty() { Look::Alive } else { Look::Still(still) }
    }

    /// Looks, and feeds systemd's watchdog where all is well.
    pub fn feed(&mut self, now: Duration, manager: ServiceManager) {
        match self.look(now) {
            Look::Early => {}
            Look::Alive => manager.alive(),
            Look::Still(threads) => {
                let named = threads.join(", ");
                tracing::error!(threads = named, "standing still: the watchdog is not fed");
                manager.status(&format!("standing still: {named}"));
            }
        }
    }
}

/// systemd, or another that listens at `NOTIFY_SOCKET`. Without one nothing is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceManager;

impl ServiceManager {
    /// How often systemd wants to hear that the service is alive (`WatchdogSec=`), if it does.
    pub fn watchdog_interval(self) -> Option<Duration> {
        sd_notify::watchdog_enabled().filter(|interval| !interval.is_zero())
    }

    /// Started, or reloaded: everything runs.
    pub fn ready(self, status: &str) {
        send(&[NotifyState::Ready, NotifyState::Status(&one_line(status))]);
    }

    /// The configuration is being read again; [`ServiceManager::ready`] ends that.
    pub fn reloading(self) {
        // Type=notify-reload refuses the message without the time at which the reload began.
        match NotifyState::monotonic_usec_now() {
            Ok(began) => send(&[NotifyState::Reloading, began]),
            Err(fault) => tracing::warn!(%fault, "systemd is not told of the reload"),
        }
    }

    pub fn stopping(self) {
        send(&[NotifyState::Stopping]);
    }

    /// One line for `systemctl status`.
    pub fn status(self, status: &str) {
        send(&[NotifyState::Status(&one_line(status))]);
    }

    fn alive(self) {
        send(&[NotifyState::Watchdog]);
    }
}

/// A line break would begin another message.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn send(messages: &[NotifyState<'_>]) {
    let sent: io::Result<()> = sd_notify::notify(messages);
    if let Err(fault) = sent {
        tracing::warn!(%fault, "systemd cannot be told anything at NOTIFY_SOCKET");
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::process::Command;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_watchdog_is_fed_at_half_its_interval_while_every_heart_beats_or_rests() {
        let hearts = Hearts::default();
        let (hear, judge) = (hearts.register("hear-0"), hearts.register("judge"));
        let mut dog = Watchdog::new(hearts, Some(MINUTE), at(0));
        assert_eq!(dog.wait(at(10)), Some(at(20)));
        assert_eq!(dog.look(at(29)), Look::Early);
        // A heart that was just registered is not missed yet.
        assert_eq!(dog.look(at(30)), Look::Alive);
        for (now, hear_beats, judge_does, expected) in [
            (60, true, "beat", Look::Alive),
            (90, true, "rest", Look::Alive),
            (120, true, "", Look::Alive),
            (150, false, "", Look::Still(vec!["hear-0".into()])),
            (180, false, "beat", Look::Still(vec!["hear-0".into()])),
            (210, false, "", Look::Still(vec!["hear-0".into(), "judge".into()])),
            (240, true, "rest", Look::Alive),
        ] {
            if hear_beats {
                hear.beat();
            }
            match judge_does {
                "beat" => judge.beat(),
                "rest" => judge.rest(),
                _ => {}
            }
            assert_eq!(dog.look(at(now)), expected, "at {now} s");
        }
    }

    #[test]
    fn a_thread_is_named_once_it_has_shown_no_sign_of_life_for_long_and_no_more_when_it_does() {
        let hearts = Hearts::default();
        let (hear, judge, _ended) =
            (hearts.register("hear-0"), hearts.register("judge"), drop(hearts.register("play-0")));
        for (now, hear_beats, judge_rests, still) in [
            (0, true, false, &[][..]),
            (29, true, false, &[]),
            (30, true, false, &["judge"]),
            (58, false, false, &["judge"]),
            (59, false, true, &[]),
            (60, false, true, &["hear-0"]),
            (61, true, true, &[]),
        ] {
            if hear_beats {
                hear.beat();
            }
            if judge_rests {
                judge.rest();
            }
            assert_eq!(hearts.still(at(now)), still, "at {now} s");
        }
    }

    #[test]
    fn a_late_look_gives_the_hearts_their_time_again() {
        let hearts = Hearts::default();
        let heart = hearts.register("judge");
        let mut dog = Watchdog::new(hearts, Some(MINUTE), at(0));
        heart.beat();
        assert_eq!(dog.look(at(100)), Look::Alive);
        assert_eq!((dog.look(at(101)), dog.wait(at(101))), (Look::Early, Some(at(29))));
    }

    #[test]
    fn a_thread_that_ends_is_not_missed_and_one_that_panics_is() {
        let hearts = Hearts::default();
        let (ends, panics) = (hearts.register("ends"), hearts.register("panics"));
        assert!(hearts.standing_still().is_empty());
        thread::spawn(move || drop(ends)).join().unwrap();
        let ended = thread::Builder::new().name("panics on purpose".into()).spawn(move || {
            panics.beat();
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(ended.unwrap().join().is_err());
        assert!(hearts.standing_still().is_empty(), "it did beat");
        assert_eq!(hearts.standing_still(), ["panics"]);
    }

    #[test]
    fn without_systemd_nothing_is_looked_at() {
        let mut dog = Watchdog::new(Hearts::default(), None, at(0));
        assert_eq!((dog.wait(at(5)), dog.look(at(999))), (None, Look::Early));
    }

    /// What systemd sees. Run by the next test in a process of its own, which has `NOTIFY_SOCKET`.
    #[test]
    #[ignore = "speaks to the socket of the test below"]
    fn a_service_speaks() {
        let manager = ServiceManager;
        assert_eq!(manager.watchdog_interval(), Some(MINUTE));
        let hearts = Hearts::default();
        let heart = hearts.register("hear-0");
        let mut dog = Watchdog::new(hearts, manager.watchdog_interval(), at(0));
        manager.ready("4 windows\nWATCHDOG=1");
        for now in [30, 60, 61] {
            heart.beat();
            dog.feed(at(now), manager);
        }
        dog.feed(at(90), manager);
        dog.feed(at(120), manager);
        manager.reloading();
        manager.stopping();
    }

    #[test]
    fn systemd_hears_what_its_protocol_asks_for() {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("notify");
        let socket = UnixDatagram::bind(&address).unwrap();
        socket.set_nonblocking(true).unwrap();
        let spoke = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "runtime::watchdog::tests::a_service_speaks", "--ignored"])
            .env("NOTIFY_SOCKET", &address)
            .env("WATCHDOG_USEC", "60000000")
            .env_remove("WATCHDOG_PID")
            .output()
            .unwrap();
        assert!(spoke.status.success(), "{spoke:?}");
        let mut buffer = [0; 512];
        let heard: Vec<String> = std::iter::from_fn(|| {
            let length = socket.recv(&mut buffer).ok()?;
            Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
        })
        .collect();
        let (reload, rest): (Vec<&String>, Vec<&String>) =
            heard.iter().partition(|m| m.contains("RELOADING"));
        assert_eq!(
            rest,
            [
                "READY=1\nSTATUS=4 windows WATCHDOG=1\n",
                "WATCHDOG=1\n",
                "WATCHDOG=1\n",
                "WATCHDOG=1\n",
                "STATUS=standing still: hear-0\n",
                "STOPPING=1\n"
            ]
        );
        let began = reload[0].strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("the time of the reload");
        assert!(began.trim_end().parse::<u64>().unwrap() > 0, "{began}");
    }
}
