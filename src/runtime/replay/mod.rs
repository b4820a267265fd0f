//! Replay: recordings as fast as they are heard.
//!
//! ```text
//! listen-N   recording → Ear → segments            one a lane
//! hear-N     segment → HeardSegment                one a recogniser, one recogniser thread each
//! judge      HeardSegment, in order → Finding      the caller's thread
//! ```
//!
//! The queue to `hear` holds 16 segments; when it is full, recordings are read more slowly. The queue to `judge`
//! holds what those segments and four ticks a second of audio make: the judge is never the slow one.

mod judging;
mod listen;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::asr::{Hypothesis, Recogniser};
use crate::capture::AudioFormat;
use crate::conduct::{CompiledBook, Encounter, Finding, Report};
use crate::pipeline::{Effort, HeardSegment, Quiet, Settings, hear};
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span, WindowId};
use crate::vad::SpeechSegment;

use super::spawn;
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

/// What a run tells, in the order it becomes known. `source` counts the recordings as they were given.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "told one by one, and never kept")]
pub enum Event {
    /// A recording was opened.
    Opened { source: usize, format: AudioFormat },
    /// Audio was taken in up to this time.
    Progress { source: usize, until: SessionTime },
    /// Words were heard.
    Heard { source: usize, hypothesis: Hypothesis },
    /// The visitor spoke; nobody asked what.
    VisitorSpoke { source: usize, span: Span },
    /// Nobody knows what was said then.
    Unheard { source: usize, span: Span, reason: String },
    /// Something was judged.
    Judged { source: usize, finding: Finding },
    /// A visit or a call is over.
    Closed { source: usize, encounter: Encounter },
    /// Something was odd; the run goes on. `partly`: the recording goes on beyond its file.
    Warned { source: usize, warning: String, partly: bool },
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

/// A segment on its way to a recogniser.
struct Job {
    source: usize,
    order: u64,
    segment: SpeechSegment,
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
        /// The visitor has a microphone.
        visitor: bool,
    },
    /// `silent` stands in for what could not be heard.
    Clerk {
        silent: Hypothesis,
        heard: Result<HeardSegment, String>,
    },
    /// `heard` is `None` where the visitor's words were not asked for.
    Visitor {
        span: Span,
        level: Dbfs,
        heard: Option<HeardSegment>,
    },
    Quiet(Quiet),
    Warned {
        warning: String,
        partly: bool,
    },
    Gap(Span),
    Noted(Report),
    /// A telephone rang.
    Ring(Span),
    Failed(String),
    Ended {
        audio: SessionTime,
        gap: Span,
    },
}

/// Runs recordings through the pipeline with one thread a recogniser. At most `lanes` recordings are read at
/// once, in the order given. `tell` is called on this thread.
pub fn replay(
    recordings: Vec<Recorded>,
    lanes: usize,
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
                    Lane::new(source, &to_hear, &to_judge).replay(&recorded, settings);
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
        judge_all(&from_all, settings, book, tell);
    });
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
    for Job { source, order, segment } in jobs {
        let heard = hear(&segment, recogniser.as_mut(), book).map_err(|fault| fault.to_string());
        let silent = Hypothesis::silent(&segment);
        let body = match segment.role {
            Role::Clerk => Body::Clerk { silent, heard },
            Role::Visitor => Body::Visitor { span: segment.speech, level: segment.level, heard: heard.ok() },
        };
        // The judge outlives every sender; were it gone, there would be nobody to tell.
        let _ = to_judge.send(Message { source, order, body });
    }
}
