//! The listen thread: a recording through the ear.

use crossbeam_channel::Sender;

use super::{Body, Job, Message, Recorded};
use crate::capture::{AudioBlock, CaptureError, Recording};
use crate::pipeline::{Ear, Settings, Sound};
use crate::runtime::channels::{DOUBLED, breaks_off, open};
use crate::units::{Role, SAMPLE_RATE_HZ, SessionTime, Span};
use crate::vad::SpeechSegment;

/// One recording on its way through a listen thread.
pub(super) struct Lane<'a> {
    source: usize,
    order: u64,
    to_hear: &'a Sender<Job>,
    to_judge: &'a Sender<Message>,
}

impl<'a> Lane<'a> {
    pub fn new(source: usize, to_hear: &'a Sender<Job>, to_judge: &'a Sender<Message>) -> Self {
        Self { source, order: 0, to_hear, to_judge }
    }

    /// Reads the recording to its end, or as far as it can be read.
    pub fn replay(mut self, recorded: &Recorded, settings: &Settings) {
        match open(&recorded.path, recorded.clerk, recorded.visitor) {
            Ok((recording, roles)) => {
                let format = recording.format();
                self.post(Body::Opened { window: recorded.window.clone(), format, visitor: roles.len() > 1 });
                if recorded.visitor.is_some() && roles.len() == 1 && format.channels > 1 {
                    let warning = format!("{}: {DOUBLED}", recorded.path.display());
                    self.post(Body::Warned { warning, partly: false });
                }
                match Ear::new(format.rate_hz, format.channels, &roles, &settings.vad) {
                    Ok(ear) => self.hear_out(recording, ear, settings),
                    Err(fault) => {
                        self.post(Body::Failed(format!("{}: {fault}", recorded.path.display())));
                        self.post(Body::Ended { audio: SessionTime(0), gap: Span::default() });
                    }
                }
            }
            Err(error) => self.post(Body::Failed(error.to_string())),
        }
    }

    fn hear_out(&mut self, recording: Recording, mut ear: Ear, settings: &Settings) {
        let (recording, ended) = self.read(recording, &mut ear, settings);
        let mut sounds = Vec::new();
        ear.finish(&mut sounds);
        self.pass_on(&mut sounds, settings);
        let cut = breaks_off(&recording);
        if ended.is_err() || cut.is_some() {
            // It goes on, who knows how long: what was said next was not heard.
            let end = ear.heard_until();
            self.post(Body::Gap(Span::new(end, end.plus(u64::from(SAMPLE_RATE_HZ)))));
        }
        for warning in recording.warnings() {
            let partly = cut.is_some_and(|cut| cut == warning);
            self.post(Body::Warned { warning: warning.to_string(), partly });
        }
        if let Err(error) = ended {
            self.post(Body::Failed(error.to_string()));
        }
        self.post(Body::Ended { audio: ear.heard_until(), gap: ear.gap() });
    }

    fn read(
        &mut self,
        mut recording: Recording,
        ear: &mut Ear,
        settings: &Settings,
    ) -> (Recording, Result<(), CaptureError>) {
        let mut block = AudioBlock::default();
        let mut sounds = Vec::new();
        loop {
            match recording.next_block(&mut block) {
                Ok(true) => ear.push(&block, &mut sounds),
                Ok(false) => return (recording, Ok(())),
                Err(error) => return (recording, Err(error)),
            }
            self.pass_on(&mut sounds, settings);
        }
    }

    fn pass_on(&mut self, sounds: &mut Vec<Sound>, settings: &Settings) {
        let hear_visitor = settings.hear_visitor || settings.visitor_words;
        for sound in sounds.drain(..) {
            match sound {
                Sound::Speech(segment) if settings.without_roles => {
                    let (source, order) = (self.source, self.take_order());
                    let segment = SpeechSegment { role: Role::Clerk, ..segment };
                    let _ = self.to_hear.send(Job { source, order, segment });
                }
                Sound::Quiet(now) => self.post(Body::Quiet(now)),
                Sound::Partial(_) => {}
                Sound::Gap(span) => self.post(Body::Gap(span)),
                Sound::Noted(report) => self.post(Body::Noted(report)),
                Sound::Ring(burst) => self.post(Body::Ring(burst)),
                Sound::Speech(segment) if segment.role == Role::Visitor && !hear_visitor => {
                    self.post(Body::Visitor { span: segment.speech, level: segment.level, heard: None });
                }
                Sound::Speech(segment) => {
                    let (source, order) = (self.source, self.take_order());
                    // The hear threads outlive every sender.
                    let _ = self.to_hear.send(Job { source, order, segment });
                }
            }
        }
    }

    fn post(&mut self, body: Body) {
        let order = self.take_order();
        // The judge outlives every sender.
        let _ = self.to_judge.send(Message { source: self.source, order, body });
    }

    fn take_order(&mut self) -> u64 {
        self.order += 1;
        self.order - 1
    }
}
