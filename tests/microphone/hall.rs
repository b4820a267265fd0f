//! A hall with microphones and no sound card: a PulseAudio of its own, whose null sinks' monitors ALSA offers as
//! devices. Whatever is played into `mic1` can be recorded from `device:mic1`.
//!
//! ALSA and PulseAudio read their environment when they are first used, so a test runs itself again as a program of
//! its own in that environment:
//!
//! ```ignore
//! #[test]
//! fn name_of_the_test() {
//!     let Some(mut hall) = Hall::enter("name_of_the_test", &[microphone("mic1")]) else { return };
//!     hall.open();
//!     let playing = hall.play("mic1", &file);
//! }
//! ```

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf, absolute};
use std::process::{self, Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sansheng::clock::Stopwatch;
use sansheng::model::ModelStore;
use tempfile::TempDir;

/// Where the program that runs in the hall finds it.
const DIRECTORY: &str = "SANSHENG_TEST_HALL";
/// How long a test may run before it is stopped.
const PATIENCE: Duration = Duration::from_secs(360);
/// Rate and channels of most microphones, as of the bundled recordings.
pub const RATE_HZ: u32 = 16_000;
pub const CHANNELS: u16 = 2;
/// ALSA's order of eight channels. PulseAudio moves samples to the channel of the same name, and its own order differs.
const EIGHT: &str = "front-left,front-right,rear-left,rear-right,front-center,lfe,side-left,side-right";

/// A device of the hall, of 16 bit.
#[derive(Clone, Copy)]
pub struct Microphone {
    pub name: &'static str,
    pub rate_hz: u32,
    pub channels: u16,
}

/// One that takes the bundled recordings as they are.
pub const fn microphone(name: &'static str) -> Microphone {
    Microphone { name, rate_hz: RATE_HZ, channels: CHANNELS }
}

/// The hall, seen from inside.
pub struct Hall {
    directory: PathBuf,
    microphones: Vec<Microphone>,
    server: Option<Running>,
}

/// A program that is stopped when this goes.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let started = command.stdin(Stdio::null()).spawn();
        Self(started.unwrap_or_else(|fault| panic!("{name}: {fault}: scripts/setup.sh --test installs it")))
    }

    /// Waits for the end; whether it went well.
    pub fn finish(mut self) -> bool {
        self.0.wait().expect("a program that was started").success()
    }

    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("a program that was started").is_some()
    }
}

static TURN: Mutex<()> = Mutex::new(());

impl Hall {
    /// Runs the test of this name again, inside a hall, and gives `None` once it has passed there; gives the hall to
    /// the test that runs inside.
    pub fn enter(test: &str, microphones: &[Microphone]) -> Option<Self> {
        let microphones = microphones.to_vec();
        if let Some(directory) = env::var_os(DIRECTORY) {
            leave_with(parent_id());
            return Some(Self { directory: directory.into(), microphones, server: None });
        }
        // One hall at a time: a sound server that has to wait for a processor leaves out what it should play.
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = TempDir::new().expect("a temporary directory");
        furnish(directory.path(), &microphones);
        let log = File::create(directory.path().join("test.log")).expect("room for a log");
        let mut program = Command::new(env::current_exe().expect("this very program"));
        program
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(DIRECTORY, directory.path())
            .env("HOME", directory.path())
            // Found through the home directory, as a rule.
            .env("SANSHENG_MODELS", absolute(ModelStore::from_env().dir()).expect("a working directory"))
            .env("XDG_RUNTIME_DIR", directory.path())
            .env("XDG_CONFIG_HOME", directory.path())
            .env("ALSA_CONFIG_PATH", directory.path().join("asound.conf"))
            .env_remove("PULSE_SERVER")
            .env_remove("PULSE_LATENCY_MSEC")
            .env_remove("DISPLAY")
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            // Whatever it starts is in its group, and goes with it.
            .process_group(0);
        let mut inside = Running::start(&mut program);
        let watch = Stopwatch::start();
        while !inside.has_ended() && watch.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(50));
        }
        let passed = inside.has_ended() && inside.0.wait().is_ok_and(|status| status.success());
        end_group(inside.0.id());
        let log = fs::read_to_string(directory.path().join("test.log")).unwrap_or_default();
        let took_s = watch.elapsed().as_secs_f64();
        assert!(
            passed,
            "{test} inside the hall, after {took_s:.0} s:\n{log}\n{}",
            server_log(directory.path())
        );
        eprintln!("{test} inside the hall, after {took_s:.0} s:\n{log}");
        None
    }

    /// Starts the sound server: from here on the microphones are plugged in.
    pub fn open(&mut self) {
        assert!(self.server.is_none(), "the hall is open");
        let log = File::options().create(true).append(true).open(self.directory.join("pulse.log"));
        let log = log.expect("room for a log");
        let mut server = Command::new("pulseaudio");
        server
            // Should everybody forget it, it goes by itself.
            .args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=120", "--realtime=no"])
            .args(["--high-priority=no", "--disable-shm=yes", "-L", "module-native-protocol-unix"])
            .stdout(log.try_clone().expect("a log"))
            .stderr(log);
        for Microphone { name, rate_hz, channels } in &self.microphones {
            let map = channel_map(*channels).map_or(String::new(), |map| format!("channel_map={map}"));
            server.arg("-L").arg(format!(
                "module-null-sink sink_name={name} rate={rate_hz} channels={channels} format=s16le {map}"
            ));
        }
        let mut server = Running::start(&mut server);
        let watch = Stopwatch::start();
        while UnixStream::connect(self.directory.join("pulse/native")).is_err() {
            let log = || server_log(&self.directory);
            assert!(!server.has_ended(), "pulseaudio ended by itself:\n{}", log());
            assert!(watch.elapsed() < Duration::from_secs(60), "pulseaudio does not answer:\n{}", log());
            thread::sleep(Duration::from_millis(50));
        }
        self.server = Some(server);
    }

    /// Kills the sound server: every microphone is gone at once, without a word.
    pub fn close(&mut self) {
        drop(self.server.take().expect("the hall is open"));
    }

    /// Plays a recording, of as many channels as the microphone, into it from its beginning to its end.
    pub fn play(&self, microphone: &str, recording: &Path) -> Running {
        let mut player = Command::new("paplay");
        player.arg(format!("--device={microphone}"));
        let known = self.microphones.iter().find(|known| known.name == microphone);
        if let Some(map) = known.and_then(|known| channel_map(known.channels)) {
            player.arg(format!("--channel-map={map}"));
        }
        Running::start(player.arg(recording))
    }

    /// Streams that record from the microphones now.
    pub fn listeners(&self) -> usize {
        let told = Command::new("pactl").args(["list", "short", "source-outputs"]).output();
        let told = told.unwrap_or_else(|fault| panic!("pactl: {fault}: scripts/setup.sh --test installs it"));
        assert!(told.status.success(), "pactl: {}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8_lossy(&told.stdout).lines().count()
    }

    /// A place for a file of the test's own.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// Ends all that was started inside as soon as `outside` is gone: killed, or interrupted at a terminal.
fn leave_with(outside: u32) {
    thread::spawn(move || {
        while parent_id() == outside {
            thread::sleep(Duration::from_millis(500));
        }
        end_group(process::id());
    });
}

fn end_group(leader: u32) {
    // Fails where nothing is left, as should be.
    let group = format!("-{leader}");
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
}

/// Where the usual order will not do.
fn channel_map(channels: u16) -> Option<&'static str> {
    (channels == 8).then_some(EIGHT)
}

/// Writes what ALSA must know.
fn furnish(directory: &Path, microphones: &[Microphone]) {
    // PulseAudio refuses a directory that others can read.
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).expect("our own directory");
    let mut configuration = String::from("</usr/share/alsa/alsa.conf>\n");
    for Microphone { name, .. } in microphones {
        configuration += &format!("pcm.{name} {{ type pulse device \"{name}.monitor\" }}\n");
    }
    fs::write(directory.join("asound.conf"), configuration).expect("room for a file");
}

fn server_log(directory: &Path) -> String {
    let mut log = String::new();
    if let Ok(mut file) = File::open(directory.join("pulse.log")) {
        // What cannot be read cannot help.
        let _ = file.read_to_string(&mut log);
    }
    log
}
