//! Side. In: `AudioBlock`s of one source. Out: its frames on session time, and what it did not deliver. Thread: listen.
//! Allocates: nothing once its buffers have grown.

use super::Sound;
use crate::conduct::{Report, ReportKind};
use crate::signal::{FRAME_SAMPLES, Frame, FrontEnd};
use crate::units::{Dbfs, Role, SessionTime, Span};

/// One microphone of a window.
pub(super) struct Side {
    pub role: Role,
    pub stream: Option<Stream>,
    /// Frames that wait for those of the other side.
    pub frames: Vec<Frame>,
    /// Frames made so far: time stands at the end of the last of them.
    pub made: u64,
    /// Samples of silence that fill the last frame.
    pub filling: u64,
    /// Frames to be added (or, negative, left out) as soon as nobody speaks.
    pub slip: i64,
    /// Samples of session time that no source delivered.
    pub missing: u64,
    /// That nothing is delivered was told.
    pub told_lost: bool,
}

/// What a side is fed from, from its opening on.
pub(super) struct Stream {
    pub front_end: FrontEnd,
    /// Samples per channel taken so far, gaps included.
    pub taken: u64,
    /// Frames the side had made when the stream was opened, slips added: less than none where a fast clock was
    /// corrected.
    pub before: i64,
}

fn noted(kind: ReportKind, at: SessionTime) -> Sound {
    Sound::Noted(Report { at, kind, ticket: None })
}

impl Stream {
    /// Session time of the end of its first `samples`, at the session's rate.
    pub fn session_time(&self, samples: u64) -> SessionTime {
        SessionTime(samples.saturating_add_signed(self.before * FRAME_SAMPLES as i64))
    }
}

impl Side {
    pub fn time(&self) -> SessionTime {
        SessionTime(self.made * FRAME_SAMPLES as u64)
    }

    /// Like [`time`](Self::time), without the silence that fills the last frame.
    pub fn until(&self) -> SessionTime {
        match &self.stream {
            Some(stream) => stream.session_time(stream.front_end.samples_out()),
            None => self.time().minus(self.filling),
        }
    }

    pub fn missing(&self) -> u64 {
        self.missing + self.stream.as_ref().map_or(0, |stream| stream.front_end.gap_samples())
    }

    /// Nothing was delivered in `span`. Of the clerk it is told stretch by stretch, of the visitor when it begins.
    pub fn tell_lost(&mut self, span: Span, out: &mut Vec<Sound>) {
        match self.role {
            Role::Clerk => out.push(Sound::Gap(span)),
            Role::Visitor if self.told_lost => {}
            Role::Visitor => {
                self.told_lost = true;
                out.push(noted(ReportKind::VisitorUnheard, span.start));
            }
        }
    }

    /// Something is delivered again from `at` on.
    pub fn tell_back(&mut self, at: SessionTime, out: &mut Vec<Sound>) {
        if std::mem::take(&mut self.told_lost) {
            out.push(noted(ReportKind::VisitorHeard, at));
        }
    }

    pub fn flush(&mut self) {
        if let Some(stream) = &mut self.stream {
            let first = self.frames.len();
            stream.front_end.finish(&mut self.frames);
            self.number_from(first);
        }
    }

    pub fn close(&mut self) {
        self.flush();
        self.missing = self.missing();
        if self.stream.is_some() {
            self.filling = self.time().0.saturating_sub(self.until().0);
        }
        self.stream = None;
    }

    pub fn add(&mut self, frame: Frame) {
        self.filling = 0;
        self.frames.push(frame);
        self.number_from(self.frames.len() - 1);
    }

    /// Gives the frames from `first` on their place in session time.
    pub fn number_from(&mut self, first: usize) {
        for frame in &mut self.frames[first..] {
            frame.start = SessionTime(self.made * FRAME_SAMPLES as u64);
            self.made += 1;
        }
    }

    /// Adds or leaves out the frames that the clock is off by, as far as there are any to leave out.
    pub fn make_up(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        while self.slip < 0 && self.frames.pop().is_some() {
            (self.slip, self.made) = (self.slip + 1, self.made - 1);
            stream.before -= 1;
        }
        let added = self.slip.max(0);
        stream.before += added;
        self.slip -= added;
        for _ in 0..added {
            self.add(Frame { start: SessionTime(0), samples: [0.0; FRAME_SAMPLES], level: Dbfs::SILENCE });
        }
    }
}
