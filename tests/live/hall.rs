//! What the tests of the live service share: a hall whose microphones a test holds, and everything it told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;
use sansheng::alert::Budgets;
use sansheng::asr::Recogniser;
use sansheng::capture::push::Token;
use sansheng::capture::{AudioBlock, RingWriter, SourceNews, ring};
use sansheng::clock::Stopwatch;
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::conduct::scene::Roles;
use sansheng::config::{AudioSource, Config, Microphone, Window};
use sansheng::pipeline::{Ear, Sound};
use sansheng::runtime::live::{BrokenThread, Hall, HallEvent, HallView, Reloader, Stop};
use sansheng::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, Span, WindowId};
use sansheng::vad::VadConfig;

pub use crate::told::Told;
use crate::voice;

/// Channel, start and end in seconds, words. Words left empty are speech that gives no text.
pub type Line = (u16, f64, f64, &'static str);

/// Audio handed over at once: 10 ms.
const PERIOD: usize = SAMPLE_RATE_HZ as usize / 100;

/// How long something is waited for that must come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The built-in rules.
pub static BOOK: LazyLock<Arc<CompiledBook>> = LazyLock::new(|| {
    let rules = Rulebook::builtin().expect("the built-in rules are sound");
    Arc::new(CompiledBook::compile(rules).expect("the built-in rules compile"))
});

/// A hall's own rulebook, of one rule.
pub const SESAME: &str = r#"
[rulebook]
id = "sesame"
version = "1"
title = "芝麻"
[[rule]]
id = "H01-sesame"
provision = "H01"
kind = "forbidden"
title = "念咒"
severity = "minor"
weight = 2
advice = "请讲普通话。"
cites = [{ standard = "S4", article = "一 6" }]
[[rule.phrase]]
say = "芝麻开门"
"#;

/// Tokens come out of configuration files only.
static TOKEN: LazyLock<Token> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("hall.toml");
    let text = "hall = \"h\"\n[[window]]\nid = \"1\"\nclerk = \"push\"\ntoken = \"0123456789abcdef\"\n";
    std::fs::write(&file, text).expect("room for a file");
    let config = Config::load(&file).expect("a sound configuration");
    match &config.windows[0].clerk.source {
        AudioSource::Push { token, .. } => token.clone(),
        other => panic!("{other} is no network microphone"),
    }
});

/// A source that a test feeds, under the name of its port.
pub fn port(name: &str) -> AudioSource {
    AudioSource::Push { window: WindowId::new(name), token: TOKEN.clone() }
}

pub fn window(id: usize, clerk: (AudioSource, u16), visitor: Option<(AudioSource, u16)>) -> Window {
    let microphone = |(source, channel)| Microphone { source, channel: ChannelIndex(channel) };
    Window {
        id: WindowId::new(&id.to_string()),
        name: format!("{id}号窗口"),
        clerk: microphone(clerk),
        visitor: visitor.map(microphone),
        roles: Roles::default(),
    }
}

/// A hall in which there is time for everything.
pub fn unhurried(windows: Vec<Window>) -> Config {
    let minutes = Duration::from_secs(600);
    let mut config = Config::of_windows("测试大厅", windows);
    config.hearing.lag_max = minutes;
    config.hearing.partial_step = Duration::from_secs(2);
    config.budgets = Budgets { forbidden: minutes, greeting: minutes, farewell: minutes };
    config.finish = minutes;
    config
}

/// `count` windows with a port each, `0` on, whose clerks are on channel 0, 1, … of it.
pub fn windows(count: usize) -> Config {
    unhurried((0..count).map(|n| window(n, (port(&n.to_string()), n as u16), None)).collect())
}

/// One channel of what `lines` say on `channel`, until `end_s`.
pub fn voice_of(lines: &[Line], channel: u16, end_s: f64) -> Vec<f32> {
    let mut samples = vec![0.0; (end_s * f64::from(SAMPLE_RATE_HZ)) as usize];
    voice::room(&mut samples, u32::from(channel) + 1);
    for (_, start_s, end_s, _) in lines.iter().filter(|line| line.0 == channel) {
        voice::speak(&mut samples, *start_s, *end_s);
    }
    samples
}

/// `channels` channels, interleaved, all silent but those of `lines`; two seconds more than the last line.
pub fn audio(lines: &[Line], channels: u16) -> Vec<f32> {
    let end_s = lines.iter().map(|line| line.2).fold(0.0, f64::max) + 2.0;
    let voices: BTreeMap<u16, Vec<f32>> = lines
        .iter()
        .map(|line| (line.0, ()))
        .collect::<BTreeMap<_, _>>()
        .into_keys()
        .map(|channel| (channel, voice_of(lines, channel, end_s)))
        .collect();
    let length = (end_s * f64::from(SAMPLE_RATE_HZ)) as usize;
    let sample = |n: usize, channel: u16| voices.get(&channel).map_or(0.0, |voice| voice[n]);
    (0..length)
        .flat_map(|n| (0..channels).map(move |channel| (n, channel)))
        .map(|(n, c)| sample(n, c))
        .collect()
}

/// What the ear gives for one channel, without threads.
pub fn sounds(samples: &[f32], channels: u16, clerk: u16) -> Vec<Sound> {
    let mut ear =
        Ear::new(SAMPLE_RATE_HZ, channels, &[(ChannelIndex(clerk), Role::Clerk)], &VadConfig::default())
            .expect("sound settings");
    let mut sounds = Vec::new();
    let block = AudioBlock { start: 0, rate_hz: SAMPLE_RATE_HZ, channels, samples: samples.to_vec() };
    ear.push(&block, &mut sounds);
    ear.finish(&mut sounds);
    sounds
}

/// Where the clerk speaks in it.
pub fn spoken(samples: &[f32], channels: u16, clerk: u16) -> Vec<Span> {
    let sounds = sounds(samples, channels, clerk);
    sounds
        .into_iter()
        .filter_map(|sound| match sound {
            Sound::Speech(segment) => Some(segment.speech),
            _ => None,
        })
        .collect()
}

/// A hall while it runs: the other ends of its ports, and what it has told so far.
pub struct Floor<'a> {
    pub told: &'a Told,
    pub watch: Stopwatch,
    pub stop: Stop,
    pub reloader: Reloader,
    pub view: HallView,
    ports: BTreeMap<String, Sender<SourceNews>>,
}

impl Floor<'_> {
    pub fn news(&self, port: &str, news: SourceNews) {
        self.ports[port].send(news).expect("somebody listens");
    }

    /// Waits until `enough`, which looks at something else than what was told.
    pub fn wait_until(&self, what: &str, enough: impl Fn() -> bool) {
        let waiting = Stopwatch::start();
        while !enough() {
            assert!(waiting.elapsed() < PATIENCE, "{what} never came");
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn open(&self, port: &str, channels: u16) -> Feed {
        self.open_at_rate(port, SAMPLE_RATE_HZ, channels)
    }

    pub fn open_at_rate(&self, port: &str, rate_hz: u32, channels: u16) -> Feed {
        let (writer, reader) = ring(rate_hz, channels, 60_000);
        self.news(port, SourceNews::Opened { rate_hz, channels, reader, at: self.watch.elapsed() });
        Feed { writer, channels }
    }

    /// Gives `samples` to `feed` and to an ear, and waits after every partial until it was heard, so that none is
    /// overtaken by the next.
    pub fn say_step_by_step(&self, feed: &mut Feed, window: usize, samples: &[f32], step_ms: u32) {
        let (channels, clerk) = (feed.channels, ChannelIndex(window as u16));
        let ear = Ear::new(SAMPLE_RATE_HZ, channels, &[(clerk, Role::Clerk)], &VadConfig::default());
        let mut ear = ear.expect("sound settings").with_partials(step_ms);
        let (mut start, mut asked, mut sounds) = (0, 0, Vec::new());
        for part in samples.chunks(PERIOD * usize::from(channels)) {
            feed.say(part);
            let block = AudioBlock { start, rate_hz: SAMPLE_RATE_HZ, channels, samples: part.to_vec() };
            start += part.len() as u64 / u64::from(channels);
            ear.push(&block, &mut sounds);
            asked += sounds.drain(..).filter(|sound| matches!(sound, Sound::Partial(_))).count();
            self.told.wait_for("a partial", |events| {
                let answered = events.iter().filter(|event| match event {
                    HallEvent::Decoded { window: of, partial: true, .. } => *of == window,
                    HallEvent::Shed { window: of, what: "partial" } => *of == window,
                    _ => false,
                });
                answered.count() >= asked
            });
        }
        assert!(asked > 0, "speech in progress was heard");
    }
}

/// A microphone that a test holds.
pub struct Feed {
    pub writer: RingWriter,
    channels: u16,
}

impl Feed {
    /// All at once.
    pub fn say(&mut self, samples: &[f32]) {
        for period in samples.chunks(PERIOD * usize::from(self.channels)) {
            assert!(self.writer.has_room(period.len()), "a test's ring holds a minute");
            self.writer.push(period);
        }
    }

    /// As a microphone would, from now on.
    pub fn say_in_real_time(&mut self, samples: &[f32], rate_hz: u32) {
        let watch = Stopwatch::start();
        let period = rate_hz as usize / 100 * usize::from(self.channels);
        for (n, part) in samples.chunks(period).enumerate() {
            watch.wait_until(n as f64 / 100.0);
            self.say(part);
        }
    }
}

/// Runs a hall while `test` is at its microphones; ports that `test` leaves open end then.
pub fn run(
    config: Config,
    recognisers: Vec<Box<dyn Recogniser>>,
    test: impl FnOnce(&Floor<'_>) + Send,
) -> Told {
    let (told, ran) = run_and_see(config, recognisers, test);
    ran.expect("no thread broke down");
    told
}

/// The same, with how it ended.
pub fn run_and_see(
    config: Config,
    recognisers: Vec<Box<dyn Recogniser>>,
    test: impl FnOnce(&Floor<'_>) + Send,
) -> (Told, Result<(), BrokenThread>) {
    let watch = Stopwatch::start();
    let hall = Hall::new(config, Arc::clone(&BOOK), watch);
    let told = Told::default();
    let ports = hall.push_ports().into_iter().map(|port| (port.window.to_string(), port.news)).collect();
    let (stop, reloader, view) = (hall.stop(), hall.reloader(), hall.view());
    let ran = thread::scope(|scope| {
        let floor = Floor { told: &told, watch, stop: stop.clone(), reloader, view, ports };
        let testing = scope.spawn(move || {
            // Whatever becomes of the test, the run ends.
            let ends = StopAtEnd(floor.stop.clone());
            test(&floor);
            floor.ports.values().for_each(|news| drop(news.send(SourceNews::Ended)));
            std::mem::forget(ends);
        });
        let ran = hall.run(recognisers, &mut |event| told.note(event));
        if let Err(panic) = testing.join() {
            std::panic::resume_unwind(panic);
        }
        ran
    });
    (told, ran)
}

struct StopAtEnd(Stop);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.ask();
    }
}

/// `count` copies of a recogniser.
pub fn several<R: Recogniser + Clone + 'static>(recogniser: &R, count: usize) -> Vec<Box<dyn Recogniser>> {
    (0..count).map(|_| Box::new(recogniser.clone()) as Box<dyn Recogniser>).collect()
}

/// Writes a recording.
pub fn record(path: &PathBuf, samples: &[f32], channels: u16) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("room for a file");
    samples.iter().for_each(|sample| writer.write_sample(*sample).expect("room for a file"));
    writer.finalize().expect("room for a file");
}
