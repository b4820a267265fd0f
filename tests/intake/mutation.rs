//! Thousands of damaged files: nothing panics, hangs or eats the memory; every one ends in audio or an error.

use std::time::Duration;

use sansheng::capture::CaptureError;
use sansheng::clock::Stopwatch;

use crate::support::{Scratch, data16, fixture_bytes, fmt, seal_ogg_pages, wav_claiming};

/// Files tried of each seed file.
const MUTANTS: u32 = 250;

/// A small generator with a fixed seed (xorshift64*): the same files on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides.max(1) as u64) as usize
    }
}

/// One to four changes: flipped bits, numbers at their limits, cuts, pieces moved or doubled. Half of the changes
/// are in the first bytes, where the headers are.
fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..1 + dice.roll(4) {
        let reach = if dice.roll(2) == 0 { bytes.len().min(64) } else { bytes.len() };
        let at = dice.roll(reach);
        match dice.roll(6) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            2 => {
                let extreme = [0, 0xff, 0x7f, 0x80][dice.roll(4)];
                let end = bytes.len().min(at + 1 + dice.roll(8));
                bytes[at.min(end)..end].fill(extreme);
            }
            3 => bytes.truncate(at.max(1)),
            4 => {
                let piece = bytes[at.min(bytes.len())..bytes.len().min(at + dice.roll(600))].to_vec();
                let to = dice.roll(bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {
                let end = bytes.len().min(at + dice.roll(200));
                bytes.drain(at.min(end)..end);
            }
        }
    }
}

#[test]
fn damaged_files_end_in_audio_or_in_an_error_and_soon() {
    let wav = wav_claiming(&fmt(1, 2, 16_000, 16), 4_000, &data16(16_000, 2, 1_000));
    let float = wav_claiming(&fmt(3, 1, 48_000, 32), 4_000, &data16(48_000, 2, 1_000));
    let names = [
        "stereo-48k.flac",
        "stereo-16k-flac.oga",
        "stereo-48k.ogg",
        "stereo-44k1.mp3",
        "mono-22k05-uncounted.mp3",
        "stereo-8k-alaw.wav",
        "stereo-8k-ima-adpcm.wav",
        "stereo-8k-ms-adpcm.wav",
    ];
    let mut seeds: Vec<(String, Vec<u8>)> = vec![("pcm".into(), wav), ("float".into(), float)];
    seeds.extend(names.map(|name| (name.to_owned(), fixture_bytes(name))));
    let mut dice = Dice(0x5eed_0f5a_a5e5_1234);
    let mut scratch = Scratch::new("mutant");
    let (mut read, mut refused) = (0, 0);
    for (name, seed) in &seeds {
        for mutant in 0..MUTANTS {
            let mut bytes = seed.clone();
            mutate(&mut bytes, &mut dice);
            if mutant % 2 == 0 {
                seal_ogg_pages(&mut bytes);
            }
            let watch = Stopwatch::start();
            match scratch.hear(&bytes) {
                Ok(heard) => {
                    read += 1;
                    assert!(heard.frames() > 0 && heard.warnings.len() < 32, "{name}, mutant {mutant}");
                    let seconds = heard.frames() as f64 / f64::from(heard.format.rate_hz);
                    assert!(seconds < 700.0, "{name}, mutant {mutant}: {seconds} s out of half a second");
                }
                Err(CaptureError::DecoderBroke { .. }) => {
                    panic!("{name}, mutant {mutant}: the decoder panicked")
                }
                Err(_) => refused += 1,
            }
            assert!(
                watch.elapsed() < Duration::from_secs(5),
                "{name}, mutant {mutant}: {:?}",
                watch.elapsed()
            );
        }
    }
    assert!(
        read > 500 && refused > 200,
        "{read} read and {refused} refused: the damage is too mild or too strong"
    );
}
