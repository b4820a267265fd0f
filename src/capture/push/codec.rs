//! Samples as bytes and back, without loss. In: `f32` samples of full scale ±1. Out: PCM or FLAC, frame by frame.
//! Allocates: per frame. This file and `capture::flac` alone know the encoder.
//!
//! A frame is written at 16 bits where every sample of it is a multiple of 2^-15, as every sample of a 16-bit
//! microphone is, and at 24 bits otherwise. What is finer than 24 bits, 138 dB below full scale, is rounded; what
//! is beyond full scale is clipped.

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Fill, FrameBuf};

use super::{FrameHeader, Hello, Payload, WireFault};
use crate::capture::decode::FlacFrames;

/// How frames are to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coding {
    /// FLAC where that is shorter and the rate is at most 96 kHz, PCM otherwise.
    #[default]
    Flac,
    Pcm,
}

/// Writes frames.
pub struct FrameEncoder {
    channels: u16,
    /// `None` where PCM is wanted.
    flac: Option<Flac>,
    integers: Vec<i32>,
}

struct Flac {
    config: Verified<config::Encoder>,
    at_16: StreamInfo,
    at_24: StreamInfo,
}

impl FrameEncoder {
    pub fn new(rate_hz: u32, channels: u16, coding: Coding) -> Self {
        let flac = match coding {
            Coding::Flac => Flac::new(rate_hz, channels),
            Coding::Pcm => None,
        };
        Self { channels, flac, integers: Vec::new() }
    }

    /// Writes interleaved samples at the end of `out` and says how.
    pub fn encode(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Payload {
        let bits = if samples.iter().all(|&sample| is_16_bit(sample)) { 16 } else { 24 };
        self.integers.clear();
        self.integers.extend(samples.iter().map(|&sample| to_integer(sample, bits)));
        let pcm_bytes = samples.len() * usize::from(bits / 8);
        let flac = self.flac.as_ref().and_then(|flac| flac.encode(&self.integers, self.channels, bits));
        if let Some(frame) = flac.filter(|frame| frame.len() < pcm_bytes) {
            out.extend_from_slice(&frame);
            return Payload::Flac;
        }
        for integer in &self.integers {
            out.extend_from_slice(&integer.to_le_bytes()[..usize::from(bits / 8)]);
        }
        Payload::Pcm { bits }
    }
}

impl Flac {
    fn new(rate_hz: u32, channels: u16) -> Option<Self> {
        let config = config::Encoder::default().into_verified().ok()?;
        let info = |bits| StreamInfo::new(rate_hz as usize, usize::from(channels), bits).ok();
        Some(Self { config, at_16: info(16)?, at_24: info(24)? })
    }

    /// `None` where the encoder does not take frames of that length.
    fn encode(&self, integers: &[i32], channels: u16, bits: u8) -> Option<Vec<u8>> {
        let channels = usize::from(channels);
        let mut buffer = FrameBuf::with_size(channels, integers.len() / channels).ok()?;
        buffer.fill_interleaved(integers).ok()?;
        let info = if bits == 16 { &self.at_16 } else { &self.at_24 };
        let frame = flacenc::encode_fixed_size_frame(&self.config, &buffer, 0, info).ok()?;
        let mut sink = ByteSink::new();
        frame.write(&mut sink).ok()?;
        Some(sink.as_slice().to_vec())
    }
}

/// Full scale of integers of that many bits.
fn scale(bits: u8) -> f32 {
    (1_u32 << (bits - 1)) as f32
}

fn is_16_bit(sample: f32) -> bool {
    let scaled = sample * scale(16);
    scaled == scaled.trunc() && (-scale(16)..scale(16)).contains(&scaled)
}

fn to_integer(sample: f32, bits: u8) -> i32 {
    let full = scale(bits);
    // What is not a number becomes 0.
    (sample * full).round().clamp(-full, full - 1.0) as i32
}

/// Reads frames of one stream.
pub struct FrameDecoder {
    hello: Hello,
    /// Made when the first FLAC frame comes.
    flac: Option<FlacFrames>,
}

impl FrameDecoder {
    pub fn new(hello: Hello) -> Self {
        Self { hello, flac: None }
    }

    /// Decodes the body of a frame into `samples`, interleaved, whose buffer is reused.
    ///
    /// # Errors
    /// When the body does not hold what its header says.
    pub fn decode(
        &mut self,
        header: &FrameHeader,
        body: &[u8],
        samples: &mut Vec<f32>,
    ) -> Result<(), WireFault> {
        samples.clear();
        match header.payload {
            Payload::Pcm { bits: 16 } => samples.extend(
                body.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / scale(16)),
            ),
            // Shifted up by eight bits, so that the sign is in its place.
            Payload::Pcm { .. } => samples.extend(
                body.chunks_exact(3)
                    .map(|b| (i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8) as f32 / scale(24)),
            ),
            Payload::Flac => self.decode_flac(body, samples).map_err(WireFault::Undecodable)?,
        }
        let needed = header.samples as usize * usize::from(self.hello.channels);
        if samples.len() == needed {
            return Ok(());
        }
        let found = samples.len() / usize::from(self.hello.channels);
        Err(WireFault::Undecodable(format!("{} samples were promised, {found} found", header.samples)))
    }

    fn decode_flac(&mut self, body: &[u8], samples: &mut Vec<f32>) -> Result<(), String> {
        let flac = match &mut self.flac {
            Some(flac) => flac,
            none => {
                let most = self.hello.frame_samples_max().min(u16::MAX.into()) as u16;
                let made = FlacFrames::new(self.hello.rate_hz, self.hello.channels, most);
                none.insert(made.map_err(|fault| format!("{fault:?}"))?)
            }
        };
        flac.decode(body, samples)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capture::push::{StreamId, VERSION};

    fn hello(rate_hz: u32, channels: u16) -> Hello {
        Hello { version: VERSION, stream: StreamId::random(), rate_hz, channels, buffer_s: 60, captured: 0 }
    }

    /// Something like speech: a few tones and some noise.
    fn tones(samples: usize, bits: u8) -> Vec<f32> {
        let mut noise = 1_u32;
        let wave = |i: usize| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let t = i as f32 / 16_000.0;
            0.3 * (t * 1_300.0).sin() + 0.1 * (t * 7_000.0).sin() + (noise >> 20) as f32 / 4.0e6
        };
        (0..samples).map(wave).map(|x| to_integer(x, bits) as f32 / scale(bits)).collect()
    }

    fn round_trip(
        rate_hz: u32,
        channels: u16,
        coding: Coding,
        samples: &[f32],
    ) -> (Payload, usize, Vec<f32>) {
        let mut bytes = Vec::new();
        let payload = FrameEncoder::new(rate_hz, channels, coding).encode(samples, &mut bytes);
        let header = FrameHeader {
            payload,
            samples: (samples.len() / usize::from(channels)) as u32,
            number: 0,
            position: 0,
        };
        let mut back = Vec::new();
        let hello = hello(rate_hz, channels);
        let message = [&header.to_bytes()[..], &bytes].concat();
        let (read, body) = FrameHeader::parse(&message, &hello).expect("a sound frame");
        FrameDecoder::new(hello).decode(&read, body, &mut back).expect("what was encoded decodes");
        (payload, bytes.len(), back)
    }

    #[test]
    fn every_rate_and_channel_count_comes_back_bit_for_bit() {
        for (rate_hz, channels, ms) in [
            (8_000, 1, 100),
            (16_000, 1, 200),
            (22_050, 2, 100),
            (44_100, 1, 100),
            (48_000, 8, 100),
            (96_000, 2, 100),
        ] {
            for bits in [16, 24] {
                let samples = tones((rate_hz * ms / 1_000) as usize * usize::from(channels), bits);
                for coding in [Coding::Flac, Coding::Pcm] {
                    let (payload, bytes, back) = round_trip(rate_hz, channels, coding, &samples);
                    assert!(back == samples, "{rate_hz} Hz, {channels} channels, {bits} bits, {coding:?}");
                    let pcm = samples.len() * usize::from(bits / 8);
                    match coding {
                        Coding::Flac => assert!(
                            payload == Payload::Flac,
                            "{rate_hz} Hz, {channels} channels, {bits} bits: {bytes} bytes of {pcm}"
                        ),
                        Coding::Pcm => assert_eq!((payload, bytes), (Payload::Pcm { bits }, pcm)),
                    }
                }
            }
        }
    }

    #[test]
    fn a_frame_too_short_for_flac_and_one_of_noise_go_as_pcm() {
        let (payload, _, back) = round_trip(16_000, 1, Coding::Flac, &tones(5, 16));
        assert_eq!((payload, back), (Payload::Pcm { bits: 16 }, tones(5, 16)));
        let mut state = 7_u64;
        let noise: Vec<f32> = (0..1_600)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                f32::from((state >> 48) as i16) / scale(16)
            })
            .collect();
        let (payload, _, back) = round_trip(16_000, 1, Coding::Flac, &noise);
        assert_eq!((payload, back), (Payload::Pcm { bits: 16 }, noise));
    }

    #[test]
    fn what_is_beyond_full_scale_is_clipped_and_what_is_no_number_is_silent() {
        let (_, _, back) = round_trip(16_000, 1, Coding::Pcm, &[1.5, -1.5, f32::NAN, 1.0]);
        let top = (scale(24) - 1.0) / scale(24);
        assert_eq!(back, [top, -1.0, 0.0, top]);
    }

    #[test]
    fn a_frame_of_another_length_than_its_header_says_is_refused() {
        let mut bytes = Vec::new();
        let payload = FrameEncoder::new(16_000, 1, Coding::Flac).encode(&tones(1_600, 16), &mut bytes);
        let header = FrameHeader { payload, samples: 1_599, number: 0, position: 0 };
        let fault = FrameDecoder::new(hello(16_000, 1)).decode(&header, &bytes, &mut Vec::new());
        assert!(matches!(fault, Err(WireFault::Undecodable(_))), "{fault:?}");
        // Of two channels where the hello said one.
        let mut bytes = Vec::new();
        FrameEncoder::new(16_000, 2, Coding::Flac).encode(&tones(1_600, 16), &mut bytes);
        let header = FrameHeader { payload, samples: 800, number: 0, position: 0 };
        let fault = FrameDecoder::new(hello(16_000, 1)).decode(&header, &bytes, &mut Vec::new());
        assert!(matches!(fault, Err(WireFault::Undecodable(_))), "{fault:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn damaged_flac_is_decoded_to_the_promised_length_or_refused(
            at in any::<prop::sample::Index>(),
            with in any::<u8>(),
            cut in 0..64_usize,
        ) {
            let mut bytes = Vec::new();
            let payload = FrameEncoder::new(16_000, 2, Coding::Flac).encode(&tones(640, 16), &mut bytes);
            prop_assert_eq!(payload, Payload::Flac);
            let at = at.index(bytes.len());
            bytes[at] = with;
            bytes.truncate(bytes.len() - cut);
            let header = FrameHeader { payload, samples: 320, number: 0, position: 0 };
            let mut samples = Vec::new();
            if FrameDecoder::new(hello(16_000, 2)).decode(&header, &bytes, &mut samples).is_ok() {
                prop_assert_eq!(samples.len(), 640);
                prop_assert!(samples.iter().all(|sample| sample.is_finite()));
            }
        }
    }
}
