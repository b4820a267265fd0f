//! FLAC files. In: 16-bit mono samples. Out: the bytes of a file of their own, and the samples again. Thread: any.
//! Allocates: per file.

use flacenc::bitsink::ByteSink;
use flacenc::component::BitRepr;
use flacenc::config;
use flacenc::error::Verify;
use flacenc::source::MemSource;

use super::decode::{Decoder, Step};
use crate::units::SAMPLE_RATE_HZ;

/// Samples a block: a quarter of a second.
const BLOCK_SAMPLES: usize = 4_096;

/// These samples of 16 kHz as a FLAC file, bit for bit; `None` where the encoder refuses them, which is not known to
/// happen.
pub fn flac_file(samples: &[i16]) -> Option<Vec<u8>> {
    let config = config::Encoder::default().into_verified().ok()?;
    let integers: Vec<i32> = samples.iter().map(|sample| i32::from(*sample)).collect();
    let source = MemSource::from_samples(&integers, 1, 16, SAMPLE_RATE_HZ as usize);
    let mut stream = flacenc::encode_with_fixed_block_size(&config, source, BLOCK_SAMPLES).ok()?;
    // The last block, which may be shorter, does not count: readers take a file for one of blocks of any length else.
    stream.stream_info_mut().set_block_sizes(BLOCK_SAMPLES, BLOCK_SAMPLES).ok()?;
    let mut sink = ByteSink::new();
    stream.write(&mut sink).ok()?;
    Some(sink.as_slice().to_vec())
}

/// The samples of such a file; `None` of anything else, and of one that was damaged.
pub fn flac_samples(bytes: Vec<u8>) -> Option<Vec<i16>> {
    let mut decoder = Decoder::open_flac(bytes).ok()?;
    let format = decoder.format();
    if (format.rate_hz, format.channels) != (SAMPLE_RATE_HZ, 1) {
        return None;
    }
    let (mut samples, mut packet) = (Vec::new(), Vec::new());
    loop {
        match decoder.next(&mut packet).ok()? {
            Step::Audio { .. } => samples.extend(packet.iter().map(|sample| (sample * 32_768.0) as i16)),
            Step::End => return Some(samples),
            Step::Damaged(_) | Step::NextStream | Step::CutShort => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{AudioBlock, Recording};

    #[test]
    fn samples_come_back_bit_for_bit_whatever_their_number() {
        let folder = tempfile::tempdir().unwrap();
        for count in [1, 15, 16, 4_095, 4_096, 4_097, 40_000] {
            let samples: Vec<i16> =
                (1..=count).map(|n: i32| (n.wrapping_mul(n).wrapping_mul(7_919) % 20_011) as i16).collect();
            let path = folder.path().join(format!("{count}.flac"));
            let bytes = flac_file(&samples).unwrap();
            std::fs::write(&path, &bytes).unwrap();
            assert!(flac_samples(bytes).as_ref() == Some(&samples), "{count} samples from memory");
            let mut recording = Recording::open(&path).unwrap_or_else(|fault| panic!("{count}: {fault}"));
            let (mut back, mut block) = (Vec::new(), AudioBlock::default());
            while recording.next_block(&mut block).unwrap() {
                back.extend(block.samples.iter().map(|sample| (sample * 32_768.0) as i16));
            }
            assert!(back == samples, "{count} samples");
            assert!(recording.warnings().is_empty(), "{count}: {:?}", recording.warnings());
        }
    }
}
