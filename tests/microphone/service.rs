//! The live service as `sansheng run` starts it, on microphones of the hall, and all that it tells.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use sansheng::alert::Budgets;
use sansheng::asr::{AsrError, Care, HeardChar, Hypothesis, Recogniser};
use sansheng::clock::Stopwatch;
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::conduct::scene::Roles;
use sansheng::config::{AudioSource, Config, Microphone, Window};
use sansheng::runtime::live::{Hall, HallEvent, HallView, Stop};
use sansheng::status::WindowState;
use sansheng::units::{ChannelIndex, SessionTime, Span, WindowId};
use sansheng::vad::SpeechSegment;

use crate::PATIENCE;

/// Time that a machine as busy as any may take: whatever is late is late, nothing is given up for it.
const PLENTY: Duration = Duration::from_secs(60);

/// The clerk on one channel of a source, and the visitor on another or on none.
pub fn window(id: &str, source: AudioSource, clerk: u16, visitor: Option<u16>) -> Window {
    let microphone = |channel| Microphone { source: source.clone(), channel: ChannelIndex(channel) };
    Window {
        id: WindowId::new(id),
        name: id.to_owned(),
        clerk: microphone(clerk),
        visitor: visitor.map(microphone),
        roles: Roles::default(),
    }
}

pub fn device(name: &str) -> AudioSource {
    AudioSource::Device(name.to_owned())
}

/// A service that runs. Stopped by [`Service::stop`].
pub struct Service {
    events: Receiver<HallEvent>,
    stop: Stop,
    view: HallView,
    running: JoinHandle<()>,
    /// Everything told so far.
    pub told: Vec<HallEvent>,
}

impl Service {
    pub fn start(windows: Vec<Window>, recognisers: Vec<Box<dyn Recogniser>>) -> Self {
        let mut config = Config::of_windows("hall", windows);
        config.hearing.lag_max = 10 * PLENTY;
        config.budgets = Budgets { forbidden: PLENTY, greeting: PLENTY, farewell: PLENTY };
        config.finish = PLENTY;
        let rules = Rulebook::builtin().expect("the built-in rules are sound");
        let book = CompiledBook::compile(rules).expect("the built-in rules compile");
        let hall = Hall::new(config, book.into(), Stopwatch::start());
        let (stop, view) = (hall.stop(), hall.view());
        let (teller, events) = unbounded();
        // Once nobody receives any more there is nobody to tell.
        let running = thread::spawn(move || {
            let ran = hall.run(recognisers, &mut |event| drop(teller.send(event)));
            ran.expect("no thread breaks down");
        });
        Self { events, stop, view, running, told: Vec::new() }
    }

    /// Takes in what is told until `done` of all of it; panics when that takes too long.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&[HallEvent]) -> bool) {
        let watch = Stopwatch::start();
        while !done(&self.told) {
            let left = PATIENCE.saturating_sub(watch.elapsed());
            match self.events.recv_timeout(left) {
                Ok(event) => self.told.push(event),
                Err(RecvTimeoutError::Timeout) => panic!("{what}: still waiting; told {:#?}", self.told),
                Err(RecvTimeoutError::Disconnected) => panic!("{what}: the service ended: {:#?}", self.told),
            }
        }
    }

    /// Takes in what is told for so long.
    pub fn listen(&mut self, time: Duration) {
        let watch = Stopwatch::start();
        while let Some(left) = time.checked_sub(watch.elapsed()).filter(|left| !left.is_zero()) {
            self.told.extend(self.events.recv_timeout(left));
        }
    }

    /// Stops the service; everything it told.
    pub fn stop(self) -> Vec<HallEvent> {
        let Self { events, stop, running, mut told, .. } = self;
        stop.ask();
        told.extend(events.iter());
        running.join().expect("the service did not panic");
        told
    }

    /// By how much session time is behind run time at each window, in seconds, as a rule of the next two seconds.
    /// Audio is known a little after it was spoken, so that is never less than nothing.
    pub fn behind(&mut self) -> Vec<f64> {
        let mut looks = Vec::new();
        for _ in 0..50 {
            self.listen(Duration::from_millis(40));
            looks.push(self.view.status());
        }
        let windows = 0..looks[0].windows.len();
        let behind = windows.map(|window| {
            let started = started(&self.told, window).as_secs_f64();
            let mut seconds: Vec<f64> =
                looks.iter().map(|look| look.running_s - started - look.windows[window].audio_s).collect();
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2]
        });
        behind.collect()
    }

    /// Session time of `window` now, as far as run time tells.
    pub fn session_s(&self, window: usize) -> f64 {
        self.view.status().running_s - started(&self.told, window).as_secs_f64()
    }
}

fn started(told: &[HallEvent], of: usize) -> Duration {
    let started = told.iter().find_map(|event| match event {
        HallEvent::Clock { window, clock } if *window == of => Some(clock.run_time(SessionTime(0))),
        _ => None,
    });
    started.expect("the session has begun")
}

/// The states that `of` went through, in order. One that is down is told again with each attempt that fails.
pub fn states(told: &[HallEvent], of: usize) -> Vec<WindowState> {
    let states = told.iter().filter_map(|event| match event {
        HallEvent::State { window, state, .. } if *window == of => Some(*state),
        _ => None,
    });
    let mut states: Vec<WindowState> = states.collect();
    states.dedup();
    states
}

/// What the clerk of `of` said, utterance by utterance.
pub fn utterances(told: &[HallEvent], of: usize) -> Vec<Span> {
    let spans = told.iter().filter_map(|event| match event {
        HallEvent::Words { window, span, over: true, .. } if *window == of => Some(*span),
        _ => None,
    });
    spans.collect()
}

/// What nobody will know of `of`.
pub fn unheard(told: &[HallEvent], of: usize) -> Vec<Span> {
    let spans = told.iter().filter_map(|event| match event {
        HallEvent::Unheard { window, span, .. } if *window == of => Some(*span),
        _ => None,
    });
    spans.collect()
}

/// Hears a murmur whenever anybody speaks.
pub struct Murmurs;

impl Recogniser for Murmurs {
    fn decode(&mut self, segment: &SpeechSegment, _: Care) -> Result<Hypothesis, AsrError> {
        let murmur = HeardChar { ch: '嗯', syllable: None, span: segment.speech, probability: 1.0 };
        Ok(Hypothesis { chars: vec![murmur], ..Hypothesis::silent(segment) })
    }

    fn score(&mut self, _: &SpeechSegment, _: Care, _: &str, of: &[String]) -> Result<Vec<f32>, AsrError> {
        Ok(vec![0.0; of.len()])
    }

    fn fingerprint(&self) -> String {
        "murmurs".to_owned()
    }
}
