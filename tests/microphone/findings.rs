//! What the live service finds through a microphone is what a replay of the same recording finds.
//!
//! The microphone has 48 kHz, as sound cards have. What the recogniser hears depends, a little, on where in the
//! recording the frames of the voice detector begin: words that it is not sure of come out one way or another, and a
//! finding that hangs on them with them. So the replay gets the recording with as much silence before it as there
//! was in the microphone, to the sample, and then nothing may differ at all.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sansheng::asr::{AsrError, Care, Hypothesis, Recogniser, WhisperModel};
use sansheng::capture::AudioBlock;
use sansheng::conduct::{Finding, FindingKind, FindingState};
use sansheng::model::ModelStore;
use sansheng::runtime::live::HallEvent;
use sansheng::signal::FrontEnd;
use sansheng::status::WindowState;
use sansheng::units::ChannelIndex;
use sansheng::vad::SpeechSegment;

use crate::hall::{CHANNELS, Hall, Microphone, RATE_HZ};
use crate::replay::{self, Replayed};
use crate::service::{Service, device, states, unheard, utterances, window};
use crate::{REFUSALS, recorded, write_recording};

const COUNTER: Microphone = Microphone { name: "counter", rate_hz: 48_000, channels: CHANNELS };
/// Samples of the microphone for one of the recording, and of the session.
const TIMES: usize = (COUNTER.rate_hz / RATE_HZ) as usize;
/// Digital silence before the recording, of which a null sink may swallow some, and after it.
const SILENCE_S: usize = 1;
const SILENCE_AFTER_S: u64 = 4;
/// The clock of a device may be corrected by a frame of 16 ms now and then.
const TOLERANCE_S: f64 = 0.15;
/// From the start of the player to the first sound.
const PLAYER_S: f64 = 20.0;
/// How often it is played before the sound server is given up.
const PLAYS_MAX: usize = 3;

#[test]
fn a_recording_played_into_a_microphone_gives_the_findings_of_its_replay() {
    let name = "findings::a_recording_played_into_a_microphone_gives_the_findings_of_its_replay";
    let Some(mut hall) = Hall::enter(name, &[COUNTER]) else { return };
    hall.open();
    let samples = at_the_cards_rate(&recorded(REFUSALS));
    let recording = hall.file("recording.wav");
    write_recording(&recording, COUNTER.rate_hz, CHANNELS, samples.iter().copied());

    // A sound server that gets no processor for too long leaves out sound, and tells nobody. Then what was heard is not
    // what was played, and says nothing of who heard it.
    let played = (1..=PLAYS_MAX).find_map(|play| {
        let played = Played::of(&hall, &recording, &samples);
        if played.is_none() {
            eprintln!("play {play}: the sound server left something out");
        }
        played
    });
    let Played { told, before, asked_s } = played.expect("a play that came whole");
    let delayed = hall.file("delayed.wav");
    write_delayed(&delayed, before, &samples);
    let replayed = replay::replay(&[delayed]).remove(0);
    compare(&told, &replayed);
    nothing_was_given_up(&told, asked_s);
}

/// What became of one play of the recording.
struct Played {
    told: Vec<HallEvent>,
    /// Samples of the microphone before the first of the recording.
    before: usize,
    /// Session time at which the player was started.
    asked_s: f64,
}

impl Played {
    /// Plays it to a service; `None` where it did not come whole.
    fn of(hall: &Hall, recording: &Path, samples: &[f32]) -> Option<Self> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let windows = vec![window("1", device("counter"), 0, Some(1))];
        let mut service = Service::start(windows, recognisers(&heard));
        service.until("the microphone", |told| states(told, 0).contains(&WindowState::Live));
        service.listen(Duration::from_secs(1));
        let asked_s = service.session_s(0);
        let mut playing = hall.play("counter", recording);
        while !playing.has_ended() {
            service.listen(Duration::from_millis(200));
        }
        assert!(playing.finish(), "paplay failed");
        // The server still holds some of it; then it is quiet, and the visit is still open as at the end of a replay.
        service.listen(Duration::from_secs(SILENCE_AFTER_S));
        let told = service.stop();
        let heard = std::mem::take(&mut *heard.lock().expect("no recogniser panicked"));
        let before = silence_before(&heard, samples, asked_s)?;
        Some(Self { told, before, asked_s })
    }
}

/// The recording as a card would have it, digital silence before it: interpolated by a sinc of 64 samples.
fn at_the_cards_rate(recorded: &[f32]) -> Vec<f32> {
    const REACH: isize = 32;
    let channels = usize::from(CHANNELS);
    let kernel = |phase: usize| {
        let weight = move |n: isize| {
            let at = phase as f64 / TIMES as f64 - n as f64;
            let (x, window) = (std::f64::consts::PI * at, (at / REACH as f64).clamp(-1.0, 1.0));
            let sinc = if at == 0.0 { 1.0 } else { x.sin() / x };
            (sinc * (std::f64::consts::FRAC_PI_2 * window).cos().powi(2)) as f32
        };
        (-REACH..=REACH).map(weight).collect::<Vec<f32>>()
    };
    let kernels: Vec<Vec<f32>> = (0..TIMES).map(kernel).collect();
    let mut samples = vec![0.0; SILENCE_S * COUNTER.rate_hz as usize * channels];
    for at in 0..recorded.len() / channels * TIMES {
        for channel in 0..channels {
            let near = kernels[at % TIMES].iter().zip(-REACH..).map(|(weight, n)| {
                let place = (at / TIMES).checked_add_signed(n);
                let sample = place.and_then(|place| recorded.get(place * channels + channel));
                weight * sample.copied().unwrap_or(0.0)
            });
            samples.push(near.sum());
        }
    }
    samples
}

/// As many as the machine has cores, as the service has when nothing else is said. They keep what they are given.
fn recognisers(heard: &Arc<Mutex<Vec<SpeechSegment>>>) -> Vec<Box<dyn Recogniser>> {
    let model = ModelStore::from_env().locate("base").unwrap_or_else(|fault| panic!("{fault}"));
    let model = WhisperModel::load(&model.path, "base").unwrap_or_else(|fault| panic!("{fault}"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let recogniser = || {
        let inner = Box::new(model.recogniser().expect("memory for a recogniser"));
        Box::new(Keeping { inner, heard: Arc::clone(heard) }) as Box<dyn Recogniser>
    };
    (0..cores.min(4)).map(|_| recogniser()).collect()
}

/// A recogniser that keeps the speech it is given.
struct Keeping {
    inner: Box<dyn Recogniser>,
    heard: Arc<Mutex<Vec<SpeechSegment>>>,
}

impl Recogniser for Keeping {
    fn decode(&mut self, segment: &SpeechSegment, care: Care) -> Result<Hypothesis, AsrError> {
        self.heard.lock().expect("no recogniser panicked").push(segment.clone());
        self.inner.decode(segment, care)
    }

    fn score(
        &mut self,
        segment: &SpeechSegment,
        care: Care,
        context: &str,
        continuations: &[String],
    ) -> Result<Vec<f32>, AsrError> {
        self.inner.score(segment, care, context, continuations)
    }

    fn fingerprint(&self) -> String {
        self.inner.fingerprint()
    }
}

/// Samples of the microphone before the first of `samples`: the only number that explains the longest speech heard.
/// `None` where it, or other speech, is not what was played.
fn silence_before(heard: &[SpeechSegment], samples: &[f32], asked_s: f64) -> Option<usize> {
    let longest = heard.iter().max_by_key(|segment| segment.samples.len()).expect("speech was heard");
    let at = |seconds: f64| (seconds * f64::from(RATE_HZ)) as usize;
    let begins = longest.span.start.0 as usize;
    let starts = at(asked_s.max(0.0))..=at(asked_s + PLAYER_S).min(begins);
    let (before, clerk) = (0..TIMES).find_map(|phase| {
        let clerk = at_session_rate(phase, samples);
        let before = starts.clone().find(|&before| is_played(longest, before, &clerk))?;
        Some((before * TIMES + phase, clerk))
    })?;
    heard.iter().all(|segment| is_played(segment, before / TIMES, &clerk)).then_some(before)
}

/// Whether `segment` has what was played, `before` samples of silence before it.
fn is_played(segment: &SpeechSegment, before: usize, clerk: &[f32]) -> bool {
    let begins = segment.span.start.0 as usize;
    let played = |at: usize| at.checked_sub(before).and_then(|at| clerk.get(at)).copied().unwrap_or(0.0);
    let same = |(n, heard): (usize, &f32)| (heard - played(begins + n)).abs() < 1e-4;
    segment.samples.iter().enumerate().all(same)
}

/// The clerk's channel as the session has it, `before` samples of silence before it.
fn at_session_rate(before: usize, samples: &[f32]) -> Vec<f32> {
    let mut front_end = FrontEnd::new(COUNTER.rate_hz, CHANNELS, ChannelIndex(0)).expect("a common format");
    let silence = vec![0.0; before * usize::from(CHANNELS)];
    let block = AudioBlock {
        start: 0,
        rate_hz: COUNTER.rate_hz,
        channels: CHANNELS,
        samples: silence.iter().chain(samples).copied().collect(),
    };
    let mut frames = Vec::new();
    front_end.push(&block, &mut frames);
    front_end.finish(&mut frames);
    frames.iter().flat_map(|frame| frame.samples).collect()
}

fn write_delayed(path: &Path, before: usize, samples: &[f32]) {
    let channels = usize::from(CHANNELS);
    let silence = |frames: usize| std::iter::repeat_n(0.0, frames * channels);
    let after = SILENCE_AFTER_S as usize * COUNTER.rate_hz as usize;
    let delayed = silence(before).chain(samples.iter().copied()).chain(silence(after));
    write_recording(path, COUNTER.rate_hz, CHANNELS, delayed);
}

fn compare(told: &[HallEvent], replayed: &Replayed) {
    let found = told.iter().filter_map(|event| match event {
        HallEvent::Found { finding, .. } => Some(finding),
        _ => None,
    });
    let mut found: Vec<&Finding> = found.collect();
    found.sort_by(|a, b| (a.span, &a.provision, &a.rule).cmp(&(b.span, &b.provision, &b.rule)));
    let expected: Vec<&Finding> = replayed.findings.iter().collect();
    let both = format!("found live:\n{}replayed:\n{}", listed(&found), listed(&expected));
    eprintln!("{both}");
    let accuses = |f: &&&Finding| (f.kind, f.state) == (FindingKind::Forbidden, FindingState::Confirmed);
    assert!(expected.iter().filter(accuses).count() >= 2, "there is something to be found\n{both}");
    let what = |f: &&Finding| {
        let (provision, rule, phrase) = (f.provision.clone(), f.rule.clone(), f.phrase.clone());
        (f.kind, provision, rule, phrase, f.heard.clone(), f.state)
    };
    let all = |findings: &[&Finding]| findings.iter().map(what).collect::<Vec<_>>();
    assert_eq!(all(&found), all(&expected), "{both}");
    let off_s = |(a, b): (&&Finding, &&Finding)| (a.span.start.seconds() - b.span.start.seconds()).abs();
    assert!(found.iter().zip(&expected).map(off_s).all(|off_s| off_s <= TOLERANCE_S), "{both}");
    // The service tells no words where there were none.
    let words = replayed.words.iter().filter(|words| !words.is_empty()).count();
    assert_eq!(utterances(told, 0).len(), words, "{both}");
}

fn nothing_was_given_up(told: &[HallEvent], asked_s: f64) {
    let lost: Vec<_> = unheard(told, 0).into_iter().filter(|span| span.end.seconds() > asked_s).collect();
    assert_eq!(lost, [], "unheard after {asked_s:.2} s");
    let given_up = |event: &&HallEvent| {
        matches!(event, HallEvent::Shed { what: "context" | "verification" | "utterance", .. })
    };
    assert!(told.iter().find(given_up).is_none(), "{:?}", told.iter().find(given_up));
}

fn listed(findings: &[&Finding]) -> String {
    let line = |f: &&Finding| {
        let (start_s, end_s) = (f.span.start.seconds(), f.span.end.seconds());
        format!(
            "{start_s:7.2}–{end_s:5.2} {:?} {:?} {} {} {} ({})\n",
            f.kind, f.state, f.provision, f.rule, f.phrase, f.heard
        )
    };
    findings.iter().map(line).collect()
}
