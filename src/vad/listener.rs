//! Listener. In: the frames of one window's channels. Out: `SpeechSegment`, bursts of ringing, and who is speaking now.
//! Thread: listen.
//!
//! What rings is no voice. Whether a tone is a ring is known only after its end, so speech that may be nothing but the
//! tone waits until then, and what was the ring alone is taken back; what was said before, after or over it stays.
//!
//! Allocates: when made, and one vector of samples a segment.

use crate::signal::Frame;
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span};
use crate::vad::SpeechSegment;
use crate::vad::config::{VadConfig, VadError};
use crate::vad::crosstalk::CrossTalk;
use crate::vad::detector::SpeechDetector;
use crate::vad::level::SignalLevel;
use crate::vad::ring::RingDetector;
use crate::vad::segmenter::{PartialPoint, Segmenter};

/// What one channel does at the newest frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelActivity {
    /// Inside speech of this channel's own speaker; false in pauses and hangovers.
    pub speaking: bool,
    /// Speech score from 0 to 1, 0 where the gate found leakage.
    pub score: f32,
    /// Smoothed over about 64 ms.
    pub level: Dbfs,
    pub noise_floor: Dbfs,
}

impl ChannelActivity {
    const NOTHING: Self =
        Self { speaking: false, score: 0.0, level: Dbfs::SILENCE, noise_floor: Dbfs::SILENCE };
}

/// The VAD of one window: a detector of speech, one of rings and a segmenter a channel, and the cross-talk gate
/// between two.
pub struct Listener {
    speech_from: f32,
    detectors: Vec<SpeechDetector>,
    rings: Vec<RingDetector>,
    gate: CrossTalk,
    segmenters: Vec<Segmenter>,
    activity: Vec<ChannelActivity>,
    /// The burst that was known to be over with the newest frame, on the clerk's channel.
    rung: Option<Span>,
}

impl Listener {
    /// One detector a channel, in the order of `roles`. A single channel passes no gate.
    ///
    /// # Errors
    /// [`VadError`] when a setting is out of its range or there are not one or two channels.
    pub fn new(config: &VadConfig, roles: &[(ChannelIndex, Role)]) -> Result<Self, VadError> {
        if !(1..=2).contains(&roles.len()) {
            return Err(VadError::Channels { found: roles.len() });
        }
        let segmenters = roles.iter().map(|&(channel, role)| Segmenter::new(config, channel, role));
        Ok(Self {
            speech_from: config.threshold_on,
            detectors: roles.iter().map(|_| SpeechDetector::default()).collect(),
            rings: roles.iter().map(|_| RingDetector::default()).collect(),
            gate: CrossTalk::default(),
            segmenters: segmenters.collect::<Result<_, _>>()?,
            activity: vec![ChannelActivity::NOTHING; roles.len()],
            rung: None,
        })
    }

    /// Takes one frame a channel, all with the same start, and adds the segments that end with them to `out`.
    /// Real-time but for the segments emitted.
    ///
    /// # Panics
    /// When the number of frames is not that of the channels, their starts differ, or time runs backwards.
    pub fn push(&mut self, frames: &[Frame], out: &mut Vec<SpeechSegment>) {
        assert_eq!(frames.len(), self.detectors.len(), "one frame a channel");
        assert!(frames.iter().all(|frame| frame.start == frames[0].start), "frames of different times");

        for ((detector, frame), now) in self.detectors.iter_mut().zip(frames).zip(&mut self.activity) {
            let (score, SignalLevel { level, noise_floor }) = detector.push(frame);
            *now = ChannelActivity { speaking: now.speaking, score, level, noise_floor };
        }
        if let [first, second] = &mut self.activity[..] {
            let levels =
                [&*first, &*second].map(|now| SignalLevel { level: now.level, noise_floor: now.noise_floor });
            [first.score, second.score] =
                self.gate.push(levels, [first.score, second.score], self.speech_from);
        }
        self.rung = None;
        let sides = self.segmenters.iter_mut().zip(&mut self.rings).zip(frames).zip(&mut self.activity);
        for (((segmenter, ring), frame), now) in sides {
            let burst = ring.push(frame, now.noise_floor);
            segmenter.doubt(burst.is_some() || segmenter.opened_by().is_some_and(|by| ring.may_hold(by)));
            segmenter.push(frame, now.score, out);
            if let Some(burst) = burst {
                segmenter.withdraw(|start| burst.is_alone_in(start), out);
                self.rung = if segmenter.role() == Role::Clerk { Some(burst.span) } else { self.rung };
            }
            now.speaking = segmenter.speaking();
        }
    }

    /// The burst of ringing at the clerk's that was known to be over with the newest frame, or with the session. Its two
    /// parts are one where it is a double ring. Real-time.
    pub fn rung(&self) -> Option<Span> {
        self.rung
    }

    /// A burst that is yet to be told does not begin before this. Real-time.
    pub fn ring_undecided_since(&self) -> Option<SessionTime> {
        let clerk =
            self.segmenters.iter().zip(&self.rings).filter(|(segmenter, _)| segmenter.role() == Role::Clerk);
        clerk.map(|(_, ring)| ring.undecided_since()).min()
    }

    /// Ends the session: emits the segments that are open, in the order of the channels.
    pub fn finish(&mut self, out: &mut Vec<SpeechSegment>) {
        self.rung = None;
        let sides = self.segmenters.iter_mut().zip(&mut self.rings).zip(&mut self.activity);
        for ((segmenter, ring), now) in sides {
            if let Some(burst) = ring.finish() {
                segmenter.withdraw(|start| burst.is_alone_in(start), out);
                self.rung = if segmenter.role() == Role::Clerk { Some(burst.span) } else { self.rung };
            }
            segmenter.finish(out);
            now.speaking = false;
        }
    }

    /// Start of the earliest speech that is open, or may be opening, on any channel. Real-time.
    pub fn open_since(&self) -> Option<SessionTime> {
        self.segmenters.iter().filter_map(Segmenter::open_since).min()
    }

    /// The same of the clerk alone. Real-time.
    pub fn clerk_since(&self) -> Option<SessionTime> {
        let clerk = self.segmenters.iter().filter(|segmenter| segmenter.role() == Role::Clerk);
        clerk.filter_map(Segmenter::open_since).min()
    }

    /// Adds the clerk's open speech to `out` where it should be heard as far as it goes; every `step` frames. Call
    /// after each [`push`](Self::push). Real-time but for the segments added.
    pub fn partials(&self, step: usize, out: &mut Vec<(PartialPoint, SpeechSegment)>) {
        for segmenter in self.segmenters.iter().filter(|segmenter| segmenter.role() == Role::Clerk) {
            if let Some(point) = segmenter.partial_point(step) {
                out.push((point, segmenter.so_far()));
            }
        }
    }

    /// What each channel does at the newest frame, in the order of the roles. Real-time.
    pub fn activity(&self) -> &[ChannelActivity] {
        &self.activity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::FRAME_SAMPLES;
    use crate::units::SessionTime;

    const CLERK: (ChannelIndex, Role) = (ChannelIndex(0), Role::Clerk);
    const VISITOR: (ChannelIndex, Role) = (ChannelIndex(1), Role::Visitor);

    fn silence(index: usize) -> Frame {
        let start = SessionTime((index * FRAME_SAMPLES) as u64);
        Frame { start, samples: [0.0; FRAME_SAMPLES], level: Dbfs::SILENCE }
    }

    #[test]
    fn one_channel_or_two_are_accepted_and_no_other_number() {
        let config = VadConfig::default();
        for (roles, accepted) in
            [(&[][..], false), (&[CLERK], true), (&[CLERK, VISITOR], true), (&[CLERK, VISITOR, CLERK], false)]
        {
            let made = Listener::new(&config, roles).map(|_| ());
            let expected = if accepted { Ok(()) } else { Err(VadError::Channels { found: roles.len() }) };
            assert_eq!(made, expected, "{} channels", roles.len());
        }
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let config = VadConfig { threshold_on: 1.5, ..VadConfig::default() };
        assert!(matches!(Listener::new(&config, &[CLERK]), Err(VadError::Config { .. })));
    }

    #[test]
    fn silence_on_both_channels_is_no_activity_and_gives_no_segment() {
        let mut listener =
            Listener::new(&VadConfig::default(), &[CLERK, VISITOR]).expect("settings in range");
        let mut out = Vec::new();
        for index in 0..200 {
            listener.push(&[silence(index), silence(index)], &mut out);
        }
        listener.finish(&mut out);
        assert_eq!(out, []);
        let idle = listener
            .activity()
            .iter()
            .all(|now| !now.speaking && now.score == 0.0 && now.level == Dbfs::SILENCE);
        assert!(idle && listener.activity().len() == 2, "{:?}", listener.activity());
    }

    #[test]
    #[should_panic(expected = "frames of different times")]
    fn channels_that_drift_apart_are_a_bug() {
        let mut listener =
            Listener::new(&VadConfig::default(), &[CLERK, VISITOR]).expect("settings in range");
        listener.push(&[silence(0), silence(1)], &mut Vec::new());
    }
}
