//! The seeds of the fuzzer, and what a few thousand changes make of them, through what is fuzzed: the same every time.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sansheng::clock::Stopwatch;

/// How long one input may take, in a build for tests on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A small generator with a fixed seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides.max(1) as u64) as usize
    }
}

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(paths.len() >= 3, "{target} has seeds");
    paths.into_iter().map(|path| (path.clone(), fs::read(&path).expect("a file"))).collect()
}

/// One to three changes: bytes flipped or set to their limits, pieces cut, moved, or taken from another seed.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    for _ in 0..1 + dice.roll(3) {
        let at = dice.roll(bytes.len());
        let end = bytes.len().min(at + 1 + dice.roll(40));
        match dice.roll(7) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            2 if at < bytes.len() => bytes[at] = [0, 0x0a, b'"', b'[', 0x7f, 0x80, 0xff][dice.roll(7)],
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let piece = bytes[at..end].to_vec();
                let to = dice.roll(bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {
                let from = dice.roll(other.len());
                let piece = other[from..other.len().min(from + 1 + dice.roll(60))].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}

/// Every seed, and `mutants` of each.
fn run(name: &str, target: fn(&[u8]), mutants: usize) {
    let seeds = seeds(name);
    let mut dice = Dice(0x5eed_0001);
    for (index, (path, bytes)) in seeds.iter().enumerate() {
        let try_it = |bytes: &[u8], which: usize| {
            let watch = Stopwatch::start();
            let tried = std::panic::catch_unwind(|| target(bytes));
            let place = std::env::temp_dir().join(format!("sansheng-fuzz-{name}"));
            if tried.is_err() {
                let _ = fs::write(&place, bytes);
            }
            assert!(tried.is_ok(), "{}, change {which}: the input is in {}", path.display(), place.display());
            assert!(watch.elapsed() < PATIENCE, "{}, change {which}: {:?}", path.display(), watch.elapsed());
        };
        try_it(bytes, 0);
        for which in 1..=mutants {
            let mut changed = bytes.clone();
            let other = &seeds[(index + dice.roll(seeds.len())) % seeds.len()].1;
            mutate(&mut changed, other, &mut dice);
            try_it(&changed, which);
        }
    }
}

#[test]
fn any_rulebook_is_read_or_refused() {
    run("rulebook", targets::rulebook, 150);
}

#[test]
fn any_calendar_and_any_roster_is_read_or_refused() {
    run("calendar", targets::calendar, 150);
}

#[test]
fn any_text_is_masked_in_place_and_normalised_once_for_all() {
    run("text", targets::text, 400);
}

#[test]
fn any_recording_is_heard_or_refused() {
    run("audio", targets::audio, 60);
}
