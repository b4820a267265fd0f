//! Both ends together, without a network: what the PC captured is what the hub's ring gives.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use proptest::prelude::*;

use super::*;
use crate::capture::{AudioBlock, RingReader, SourceNews};
use crate::said::Bilingual;
use crate::units::WindowId;

pub(super) const RATE_HZ: u32 = 8_000;
const TOKEN: &str = "0123456789abcdef";

pub(super) fn seconds(s: f64) -> Duration {
    Duration::from_secs_f64(s)
}

/// A sample that tells its place.
fn sample(position: u64, channel: u16) -> f32 {
    let mixed = (position * 8 + u64::from(channel) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    f32::from((mixed >> 54) as i16) / 32_768.0
}

fn block(start: u64, length: u64, channels: u16) -> AudioBlock {
    let samples =
        (start..start + length).flat_map(|at| (0..channels).map(move |channel| sample(at, channel)));
    AudioBlock { start, rate_hz: RATE_HZ, channels, samples: samples.collect() }
}

pub(super) fn port() -> (PushPort, Receiver<SourceNews>) {
    let (news, told) = unbounded();
    let token = Token::parse(TOKEN).expect("a token");
    (PushPort { window: WindowId::new("3"), token, news }, told)
}

/// A microphone, a hub, and between them messages on their way.
struct Bench {
    stream: StreamId,
    channels: u16,
    framer: Framer,
    buffer: SendBuffer,
    to_hub: VecDeque<Arc<[u8]>>,
    to_mic: VecDeque<HubWord>,
    reception: Reception,
    told: Receiver<SourceNews>,
    reader: Option<RingReader>,
    claim: Option<(Claim, Hello)>,
    /// Positions captured, and those of frames that came to the hub at least once.
    captured: BTreeSet<u64>,
    arrived: BTreeSet<u64>,
    /// Blocks out of the ring.
    heard: Vec<AudioBlock>,
    position: u64,
    lost: u64,
}

impl Bench {
    fn new(channels: u16, coding: Coding, buffer_s: u32) -> Self {
        let (port, told) = port();
        Self {
            stream: StreamId::random(),
            channels,
            framer: Framer::new(RATE_HZ, channels, coding),
            buffer: SendBuffer::new(RATE_HZ, buffer_s),
            to_hub: VecDeque::new(),
            to_mic: VecDeque::new(),
            reception: Reception::new(port),
            told,
            reader: None,
            claim: None,
            captured: BTreeSet::new(),
            arrived: BTreeSet::new(),
            heard: Vec::new(),
            position: 0,
            lost: 0,
        }
    }

    /// The clock goes with the audio.
    fn now(&self) -> Duration {
        seconds(1_000.0 + self.position as f64 / f64::from(RATE_HZ))
    }

    fn capture(&mut self, skipped: u64, length: u64) {
        self.position += skipped;
        let block = block(self.position, length, self.channels);
        self.captured.extend(self.position..self.position + length);
        self.framer.push(&block, &mut self.buffer);
        self.position += length;
    }

    fn connect(&mut self) {
        let claim = self.reception.claim(self.stream).expect("nobody else is there");
        let hello = Hello {
            version: VERSION,
            stream: self.stream,
            rate_hz: RATE_HZ,
            channels: self.channels,
            buffer_s: 60,
            captured: self.buffer.captured_samples(),
        };
        self.claim = Some((claim, hello));
        match self.reception.hello(claim, hello, self.now()).expect("a sound hello") {
            HubWord::Start { keep_ms } => self.buffer.start(keep_ms),
            HubWord::Resume { next_frame } => self.buffer.resume(next_frame).expect("a frame that was made"),
            HubWord::Ack { .. } => panic!("an acknowledgement answers no hello"),
        }
    }

    fn break_link(&mut self, seen_by_hub: bool) {
        self.to_hub.clear();
        self.to_mic.clear();
        if let (Some((claim, _)), true) = (self.claim.take(), seen_by_hub) {
            self.reception.broken(claim, Bilingual::same("cut"), self.now());
        }
    }

    fn send(&mut self, frames: usize) {
        for _ in 0..frames {
            let Some(frame) = self.buffer.next_to_send() else { return };
            self.to_hub.push_back(frame);
        }
    }

    fn deliver(&mut self, frames: usize, twice: bool) {
        for _ in 0..frames {
            let (Some((claim, hello)), Some(frame)) = (self.claim, self.to_hub.pop_front()) else { return };
            for _ in 0..1 + usize::from(twice) {
                let (header, body) = FrameHeader::parse(&frame, &hello).expect("a sound frame");
                let mut samples = Vec::new();
                FrameDecoder::new(hello).decode(&header, body, &mut samples).expect("it decodes");
                let taking = self.reception.frame(claim, &header, &samples, self.now());
                let Ok(Taking::Taken(word)) = taking else { panic!("{taking:?} of {header:?}") };
                self.to_mic.push_back(word);
                self.arrived.extend(header.position..header.position + u64::from(header.samples));
                self.listen();
            }
        }
    }

    fn listen(&mut self) {
        for news in self.told.try_iter() {
            if let SourceNews::Opened { reader, .. } = news {
                assert!(self.reader.is_none(), "the stream was never given up");
                self.reader = Some(reader);
            }
        }
        let mut block = AudioBlock::default();
        while self.reader.as_mut().is_some_and(|reader| reader.read(&mut block)) {
            self.heard.push(block.clone());
        }
    }

    fn acknowledge(&mut self, words: usize) {
        for _ in 0..words {
            let Some(word) = self.to_mic.pop_front() else { return };
            let HubWord::Ack { next_frame } = word else { panic!("{word:?} is no acknowledgement") };
            self.buffer.acknowledge(next_frame).expect("a frame that was sent");
        }
    }

    fn finish(&mut self) {
        self.framer.flush(&mut self.buffer);
        self.break_link(true);
        self.connect();
        self.send(usize::MAX);
        self.deliver(usize::MAX, false);
        self.acknowledge(usize::MAX);
        assert_eq!(self.buffer.held_frames(), 0, "all was acknowledged");
        self.lost += self.buffer.take_lost().samples;
    }
}

/// Something that happens to the bench.
#[derive(Clone, Debug)]
enum Act {
    Capture { skipped: u64, length: u64 },
    Send(usize),
    Deliver { frames: usize, twice: bool },
    Acknowledge(usize),
    Break { seen_by_hub: bool },
    Connect,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (prop_oneof![9 => Just(0), 1 => 1..900_u64], 1..2_500_u64)
            .prop_map(|(skipped, length)| Act::Capture { skipped, length }),
        4 => (1..12_usize).prop_map(Act::Send),
        4 => (1..12_usize, prop::bool::weighted(0.2)).prop_map(|(frames, twice)| Act::Deliver { frames, twice }),
        3 => (1..12_usize).prop_map(Act::Acknowledge),
        2 => any::<bool>().prop_map(|seen_by_hub| Act::Break { seen_by_hub }),
        2 => Just(Act::Connect),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn whatever_breaks_the_hub_hears_each_frame_that_came_once_in_order_and_gaps_elsewhere(
        channels in 1..3_u16,
        pcm in any::<bool>(),
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let coding = if pcm { Coding::Pcm } else { Coding::Flac };
        // A buffer of a second, so that it overflows now and then.
        let mut bench = Bench::new(channels, coding, 1);
        for act in acts {
            match act {
                Act::Capture { skipped, length } => bench.capture(skipped, length),
                Act::Send(frames) if bench.claim.is_some() => bench.send(frames),
                Act::Deliver { frames, twice } => bench.deliver(frames, twice),
                Act::Acknowledge(words) => bench.acknowledge(words),
                Act::Break { seen_by_hub } => bench.break_link(seen_by_hub),
                Act::Connect if bench.claim.is_none() => bench.connect(),
                Act::Connect | Act::Send(_) => {}
            }
            prop_assert!(bench.buffer.held_frames() <= 1 + (RATE_HZ as usize).max(1));
            bench.lost += bench.buffer.take_lost().samples;
        }
        bench.finish();
        let Some(&origin) = bench.arrived.first() else {
            prop_assert!(bench.heard.is_empty());
            return Ok(());
        };
        let mut heard = Vec::new();
        for block in &bench.heard {
            for (index, samples) in block.samples.chunks_exact(usize::from(channels)).enumerate() {
                let position = origin + block.start + index as u64;
                heard.push(position);
                for (channel, &found) in samples.iter().enumerate() {
                    prop_assert_eq!(found, sample(position, channel as u16));
                }
            }
        }
        prop_assert!(heard.is_sorted_by(|a, b| a < b), "in order, and nothing twice");
        prop_assert!(heard.iter().eq(bench.arrived.iter()), "what came is heard, what did not come is a gap");
        prop_assert!(bench.arrived.is_subset(&bench.captured));
        prop_assert_eq!((bench.captured.len() - bench.arrived.len()) as u64, bench.lost, "the PC knows what was lost");
    }
}

#[test]
fn without_a_full_buffer_nothing_is_lost_however_often_the_link_breaks() {
    let mut bench = Bench::new(2, Coding::Flac, 60);
    for round in 0..20 {
        bench.capture(0, 7_000);
        bench.break_link(round % 2 == 0);
        bench.connect();
        bench.send(5);
        bench.deliver(3, round % 3 == 0);
        bench.acknowledge(2);
    }
    bench.finish();
    let whole: Vec<f32> = bench.heard.iter().flat_map(|block| block.samples.clone()).collect();
    assert!(whole == block(0, 140_000, 2).samples && bench.lost == 0);
    let mut end = 0;
    for block in &bench.heard {
        assert_eq!(block.start, end);
        end += block.samples.len() as u64 / 2;
    }
}

#[test]
fn a_hub_that_speaks_of_frames_never_sent_is_not_believed() {
    let mut bench = Bench::new(1, Coding::Pcm, 60);
    bench.capture(0, 2_400);
    bench.connect();
    bench.send(2);
    assert_eq!(bench.buffer.acknowledge(3), Err(WireFault::Unmade { asked: 3, next: 2 }));
    assert_eq!(bench.buffer.resume(9), Err(WireFault::Unmade { asked: 9, next: 2 }));
    assert_eq!(bench.buffer.held_frames(), 3);
}
