//! A hub on the loopback interface, sources that need no sound card, and a proxy that cuts connections.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use sansheng::capture::push::client::{self, MicNews, MicOutcome, MicSettings};
use sansheng::capture::push::{Coding, LinkFault, Links, PushPort, Target, Token};
use sansheng::capture::{AudioBlock, Recording, RingReader, SourceNews, ring};
use sansheng::clock::Stopwatch;
use sansheng::runtime::watchdog::Hearts;
use sansheng::status::HallStatus;
use sansheng::units::WindowId;
use sansheng::web::{Server, Site};

pub const TOKEN: &str = "a-token-for-window-3";
pub const RECORDING: &str = "tests/audio/counter-refusals.flac";

/// Far longer than anything here takes: a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until `done`, or fails.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let watch = Stopwatch::start();
    while !done() {
        assert!(watch.elapsed() < PATIENCE, "{what} never came");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A hub with a window `3`, and what its listen thread would get.
pub struct Hub {
    server: Option<Server>,
    news: Receiver<SourceNews>,
    /// Run time in milliseconds: tests move it.
    pub now_ms: Arc<AtomicU64>,
    /// Threads that stand still, for it to tell of.
    pub still: Arc<Mutex<Vec<String>>>,
    /// With the sign of life of the server itself.
    pub hearts: Hearts,
    reader: Option<RingReader>,
    /// What happened, in words.
    pub told: Vec<String>,
    /// All that came through rings.
    pub heard: Vec<AudioBlock>,
}

impl Hub {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().expect("an address"))
    }

    pub fn start_at(address: SocketAddr) -> Self {
        let (to, news) = unbounded();
        // A run that has lasted a while, so that nothing a microphone kept is from before it.
        let now_ms = Arc::new(AtomicU64::new(3_600_000));
        let now = Arc::clone(&now_ms);
        let port = |id: &str, news| PushPort {
            window: WindowId::new(id),
            token: Token::parse(TOKEN).expect("a token"),
            news,
        };
        let (still, hearts) = (Arc::new(Mutex::new(Vec::new())), Hearts::default());
        let site = Site {
            metrics: Arc::new(|| "sansheng_windows 1\n".to_owned()),
            status: Arc::new(|| HallStatus { hall: "三".to_owned(), ..HallStatus::default() }),
            now: Arc::new(move || Duration::from_millis(now.load(Ordering::SeqCst))),
            still: Arc::new({
                let still = Arc::clone(&still);
                move || still.lock().expect("no test failed").clone()
            }),
            trouble: Arc::new(|| None),
            heart: Arc::new(hearts.register("web")),
            ports: vec![port("3", to), port("四 4", unbounded().0)],
        };
        let listener = TcpListener::bind(address).expect("a free port");
        let server = Some(Server::start(listener, site).expect("a server"));
        Self { server, news, now_ms, still, hearts, reader: None, told: Vec::new(), heard: Vec::new() }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.as_ref().expect("it was not stopped").address()
    }

    /// Admits who shows this to window 3, and nobody else.
    pub fn change_token(&self, token: &str) {
        let token = Token::parse(token).expect("a token");
        self.server.as_ref().expect("it was not stopped").doors().change_token(&WindowId::new("3"), &token);
    }

    /// Listens to the window no more, as a hub that is about to stop.
    pub fn deafen(&mut self) {
        self.reader = None;
    }

    pub fn stop(&mut self) {
        self.server.take().expect("it was not stopped").stop();
    }

    /// Takes in what has come.
    pub fn listen(&mut self) {
        self.drain();
        for news in self.news.try_iter().collect::<Vec<_>>() {
            // What came through the ring before is older than the news.
            self.drain();
            self.told.push(match news {
                SourceNews::Opened { reader, rate_hz, channels, .. } => {
                    self.reader = Some(reader);
                    format!("opened {rate_hz} Hz, {channels}")
                }
                SourceNews::Waiting { reason } => format!("waiting: {}", reason.en),
                SourceNews::Down { reason, .. } => format!("down: {}", reason.en),
                SourceNews::Ended => "ended".to_owned(),
            });
        }
        self.drain();
    }

    fn drain(&mut self) {
        let mut block = AudioBlock::default();
        while self.reader.as_mut().is_some_and(|reader| reader.read(&mut block)) {
            self.heard.push(block.clone());
        }
    }

    pub fn listen_until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        wait_until(what, || {
            self.listen();
            done(self)
        });
    }

    /// Samples per channel heard so far.
    pub fn heard_samples(&self) -> u64 {
        self.heard.iter().map(|block| (block.samples.len() / usize::from(block.channels)) as u64).sum()
    }
}

/// Samples of a recording, interleaved, with its rate and channels.
pub fn samples_of(path: &str) -> (Vec<f32>, u32, u16) {
    let mut recording = Recording::open(Path::new(path)).expect("a recording");
    let mut all = Vec::new();
    let mut block = AudioBlock::default();
    while recording.next_block(&mut block).expect("a sound recording") {
        all.extend_from_slice(&block.samples);
    }
    (all, recording.format().rate_hz, recording.format().channels)
}

/// What a test lets a microphone hear, as fast as it is taken.
pub struct Voice {
    to: Option<crossbeam_channel::Sender<Vec<f32>>>,
    pub source: Receiver<SourceNews>,
}

impl Voice {
    /// `now_ms` goes on with the audio.
    pub fn new(rate_hz: u32, channels: u16, now_ms: Arc<AtomicU64>) -> Self {
        let (to, said) = unbounded::<Vec<f32>>();
        let (news, source) = unbounded();
        let (mut writer, reader) = ring(rate_hz, channels, 2_000);
        news.send(SourceNews::Opened { rate_hz, channels, reader, at: Duration::ZERO }).expect("an end");
        thread::spawn(move || {
            let period = rate_hz as usize / 50 * usize::from(channels);
            for samples in said {
                for period in samples.chunks(period) {
                    while !writer.has_room(period.len()) && !writer.is_closed() {
                        thread::sleep(Duration::from_millis(1));
                    }
                    writer.push(period);
                    now_ms.fetch_add(20, Ordering::SeqCst);
                }
            }
            // The source ends when its news do.
            drop(news);
        });
        Self { to: Some(to), source }
    }

    pub fn say(&self, samples: &[f32]) {
        self.to.as_ref().expect("it has not ended").send(samples.to_vec()).expect("it goes on");
    }

    pub fn end(&mut self) {
        self.to = None;
    }
}

/// A microphone at work.
pub struct Microphone {
    pub news: Arc<Mutex<Vec<MicNews>>>,
    pub stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<Result<MicOutcome, LinkFault>>,
}

impl Microphone {
    pub fn start(to: SocketAddr, source: Receiver<SourceNews>, buffer_s: u32) -> Self {
        Self::start_with(links(&format!("ws://{to}"), "3", TOKEN), source, buffer_s, Coding::Flac)
    }

    pub fn start_with(links: Links, source: Receiver<SourceNews>, buffer_s: u32, coding: Coding) -> Self {
        let news = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (told, stopped) = (Arc::clone(&news), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let settings = MicSettings { coding, buffer_s };
            client::run(&links, &source, settings, &stopped, &mut |news| {
                told.lock().expect("no panic").push(news);
            })
        });
        Self { news, stop, thread }
    }

    pub fn has(&self, wanted: impl Fn(&MicNews) -> bool) -> bool {
        self.news.lock().expect("no panic").iter().any(wanted)
    }

    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    pub fn finish(self) -> Result<MicOutcome, LinkFault> {
        self.thread.join().expect("no panic")
    }
}

pub fn links(url: &str, window: &str, token: &str) -> Links {
    let target = Target::parse(url, &WindowId::new(window)).expect("an address");
    Links::new(target, token, None).expect("a token that can be sent")
}

/// Passes bytes on, and cuts its connections when told to.
pub struct Proxy {
    pub address: SocketAddr,
    /// While set, connections are cut, those there are and those that come.
    pub severed: Arc<AtomicBool>,
    pub connections: Arc<AtomicU64>,
}

impl Proxy {
    /// Connection number `n` is cut after `cuts[n]` bytes from the microphone; those after the last are not.
    pub fn start(hub: SocketAddr, cuts: &'static [usize]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (severed, connections) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let proxy = Self { address, severed: Arc::clone(&severed), connections: Arc::clone(&connections) };
        thread::spawn(move || {
            for mic in listener.incoming().map_while(Result::ok) {
                if severed.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(hub) = TcpStream::connect(hub) else { continue };
                let number = connections.fetch_add(1, Ordering::SeqCst) as usize;
                let budget = cuts.get(number).copied().unwrap_or(usize::MAX);
                let back = (hub.try_clone().expect("a handle"), mic.try_clone().expect("a handle"));
                let cut = Arc::clone(&severed);
                thread::spawn(move || pump(back.0, back.1, usize::MAX, &cut));
                let cut = Arc::clone(&severed);
                thread::spawn(move || pump(mic, hub, budget, &cut));
            }
        });
        proxy
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, mut budget: usize, cut: &AtomicBool) {
    from.set_read_timeout(Some(Duration::from_millis(5))).expect("a time-out");
    let mut bytes = [0; 4_096];
    while budget > 0 && !cut.load(Ordering::SeqCst) {
        match from.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => {
                let passed = count.min(budget);
                if to.write_all(&bytes[..passed]).is_err() {
                    break;
                }
                budget -= passed;
            }
            Err(fault)
                if matches!(fault.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    // Either end may be gone.
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
