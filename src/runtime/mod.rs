//! Threads. Everything that runs at the same time is started here, and nowhere else.
//!
//! ```text
//! capture-N  recording, played at its own pace → ring     only at real-time pace
//! listen-N   ring or recording → Ear → segments           one a lane
//! hear-N     segment → HeardSegment                       one a recogniser, one recogniser thread each
//! judge      HeardSegment, in order → Finding             the caller's thread
//! ```
//!
//! The queue to `hear` holds 16 segments. When it is full a replay reads more slowly; at real-time pace the
//! ring overflows and the time is counted as not heard. The queue to `judge` holds what those segments and
//! two ticks a second of audio make: the judge is never the slow one.

mod judging;
mod listen;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::asr::{Hypothesis, Recogniser};
use crate::capture::AudioFormat;
use crate::clock::Stopwatch;
use crate::conduct::{CompiledBook, Finding};
use crate::pipeline::{Effort, HeardSegment, Settings, hear};
use crate::units::{ChannelIndex, Role, SessionTime, Span, WindowId};
use crate::vad::SpeechSegment;

use judging::judge_all;
use listen::Lane;

/// Segments that wait for a recogniser, at most.
const SEGMENTS_WAITING: usize = 16;

/// A recording and whose voices it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub path: PathBuf,
    pub window: WindowId,
    pub clerk: ChannelIndex,
    /// `None` takes the recording as the clerk's microphone alone. Ignored where the recording has one channel.
    pub visitor: Option<ChannelIndex>,
}

/// How fast recordings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as they are heard.
    Replay,
    /// As if they were microphones.
    RealTime,
}

/// What a run tells, in the order it becomes known. `source` counts the recordings as they were given.
#[derive(Debug)]
pub enum Event {
    /// A recording was opened.
    Opened { source: usize, format: AudioFormat },
    /// Audio was taken in up to this time.
    Progress { source: usize, until: SessionTime },
    /// Words were heard.
    Heard { source: usize, hypothesis: Hypothesis },
    /// Something was judged.
    Judged { source: usize, finding: Finding, latency: Option<Latency> },
    /// Something was odd; the run goes on.
    Warned { source: usize, warning: String },
    /// A recording could not be read at all, or not to its end.
    Failed { source: usize, error: String },
    /// A recording is done.
    Ended { source: usize, account: Account },
}

/// What became of a recording's time, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    pub audio_s: f64,
    /// Clerk's speech given to the recogniser.
    pub clerk_speech_s: f64,
    /// Clerk's speech that the recogniser failed on, and time the source did not deliver.
    pub unheard_s: f64,
    pub segments: u64,
    pub effort: Effort,
}

/// Where the time between the end of a phrase and its publication went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latency {
    /// End of the words, or the moment something missing could be known, to the end of the segment.
    pub endpoint_s: f64,
    /// Waiting for a recogniser.
    pub queue_s: f64,
    /// Recognition and verification.
    pub decode_s: f64,
    /// Waiting for earlier segments, and judging.
    pub judge_s: f64,
    pub total_s: f64,
}

/// A segment on its way to a recogniser.
struct Job {
    source: usize,
    order: u64,
    segment: SpeechSegment,
    closed_s: f64,
    watch: Stopwatch,
}

/// What reaches the judge.
struct Message {
    source: usize,
    /// Counts from 0 in each recording: the judge takes messages in this order.
    order: u64,
    body: Body,
}

enum Body {
    Opened {
        window: WindowId,
        format: AudioFormat,
        watch: Stopwatch,
    },
    /// `silent` stands in for what could not be heard.
    Clerk {
        silent: Hypothesis,
        heard: Result<HeardSegment, String>,
        times: Times,
    },
    /// `heard` is `None` where the visitor's words were not asked for.
    Visitor {
        span: Span,
        heard: Option<HeardSegment>,
    },
    Quiet(SessionTime),
    Warned(String),
    Gap(Span),
    Failed(String),
    Ended {
        audio: SessionTime,
        gap: Span,
    },
}

/// Seconds on the stopwatch that was started with the recording.
#[derive(Clone, Copy)]
struct Times {
    closed_s: f64,
    taken_s: f64,
    decoded_s: f64,
}

/// Runs recordings through the pipeline with one thread a recogniser. At most `lanes` recordings are read at
/// once, in the order given. `tell` is called on this thread.
pub fn run(
    recordings: Vec<Recorded>,
    lanes: usize,
    pace: Pace,
    settings: &Settings,
    book: &Arc<CompiledBook>,
    recognisers: Vec<Box<dyn Recogniser>>,
    tell: &mut dyn FnMut(Event),
) {
    let (to_hear, from_listen) = bounded::<Job>(SEGMENTS_WAITING);
    let (to_judge, from_all) = unbounded::<Message>();
    let waiting = Mutex::new(recordings.into_iter().enumerate().collect::<VecDeque<_>>());
    thread::scope(|scope| {
        for index in 0..lanes.max(1) {
            let (to_hear, to_judge, waiting) = (to_hear.clone(), to_judge.clone(), &waiting);
            spawn(scope, format!("listen-{index}"), move || {
                while let Some((source, recorded)) = next(waiting) {
                    Lane::new(index, source, &to_hear, &to_judge).play(&recorded, pace, settings);
                }
            });
        }
        for (index, recogniser) in recognisers.into_iter().enumerate() {
            let (from_listen, to_judge, book) = (from_listen.clone(), to_judge.clone(), Arc::clone(book));
            spawn(scope, format!("hear-{index}"), move || {
                hear_all(recogniser, &book, &from_listen, &to_judge)
            });
        }
        drop((to_hear, from_listen, to_judge));
        judge_all(&from_all, pace, settings, book, tell);
    });
}

fn spawn<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: String,
    work: impl FnOnce() + Send + 'scope,
) {
    let started = thread::Builder::new().name(name).spawn_scoped(scope, work);
    assert!(started.is_ok(), "the system refuses another thread: {:?}", started.err());
}

fn next(waiting: &Mutex<VecDeque<(usize, Recorded)>>) -> Option<(usize, Recorded)> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// The work of one `hear` thread. A segment the recogniser fails on is reported as not heard.
fn hear_all(
    mut recogniser: Box<dyn Recogniser>,
    book: &CompiledBook,
    jobs: &Receiver<Job>,
    to_judge: &Sender<Message>,
) {
    for Job { source, order, segment, closed_s, watch } in jobs {
        let taken_s = watch.elapsed().as_secs_f64();
        let heard = hear(&segment, recogniser.as_mut(), book).map_err(|fault| fault.to_string());
        let times = Times { closed_s, taken_s, decoded_s: watch.elapsed().as_secs_f64() };
        let silent = Hypothesis::silent(&segment);
        let body = match segment.role {
            Role::Clerk => Body::Clerk { silent, heard, times },
            Role::Visitor => Body::Visitor { span: segment.speech, heard: heard.ok() },
        };
        // The judge outlives every sender; were it gone, there would be nobody to tell.
        let _ = to_judge.send(Message { source, order, body });
    }
}
