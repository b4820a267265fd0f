//! Chunk: a few seconds of a recording, which can be read whatever became of the rest. In: samples, and where they belong.
//! Out: bytes to append to a file; out of a file, the chunks up to the first that is not as it was written. Pure.
//!
//! A file is 8 bytes of form, `SSREC1` and two line ends, and chunks: length of the sound in bytes (u32), start in samples of session time
//! (u64), wall time of it in microseconds (i64), samples (u32), all little-endian; the sound, a FLAC file of its own, perhaps
//! sealed; and the SHA-256 of its place, of these 24 bytes and of the sound. The place is the file's name and the number of the chunk.

use sha2::{Digest, Sha256};

use crate::ledger::{Key, KeyFault};
use crate::units::SessionTime;

/// What a file begins with.
pub const FORM: &[u8; 8] = b"SSREC1\n\n";
/// Of a chunk, what stands before the sound and after it.
const HEAD_BYTES: usize = 24;
const SUM_BYTES: usize = 32;
/// More sound than any chunk has.
const SOUND_BYTES_MAX: usize = 1 << 22;

/// What a chunk says of itself, whoever may hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub start: SessionTime,
    /// Wall time of its start, in microseconds since the Unix epoch.
    pub wall_us: i64,
    pub samples: u32,
}

impl Chunk {
    /// Wall time of its end.
    pub fn until_us(&self) -> i64 {
        self.wall_us.saturating_add(i64::from(self.samples) * 125 / 2)
    }
}

/// How a file of chunks ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a whole chunk.
    Whole,
    /// With something that is none: a kill while it was written, or damage. Nothing after it is read.
    Broken,
}

/// A chunk as it stands in a file.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    pub chunk: Chunk,
    number: u64,
    sound: &'a [u8],
}

/// The bytes of a chunk: what it says of itself, and a FLAC file.
///
/// # Errors
/// [`KeyFault`] where it cannot be sealed.
pub fn written(
    (file, number): (&str, u64),
    chunk: Chunk,
    flac: &[u8],
    key: Option<&Key>,
) -> Result<Vec<u8>, KeyFault> {
    let plain = flac.len();
    let length = plain + key.map_or(0, |_| crate::ledger::seal::SEAL_BYTES);
    if length > SOUND_BYTES_MAX {
        return Err(KeyFault::TooLong(plain));
    }
    let mut bytes = Vec::with_capacity(HEAD_BYTES + length + SUM_BYTES);
    bytes.extend_from_slice(&(length as u32).to_le_bytes());
    bytes.extend_from_slice(&chunk.start.0.to_le_bytes());
    bytes.extend_from_slice(&chunk.wall_us.to_le_bytes());
    bytes.extend_from_slice(&chunk.samples.to_le_bytes());
    let place = place(file, number, &bytes);
    match key {
        Some(key) => bytes.extend_from_slice(&key.seal(&place, flac)?),
        None => bytes.extend_from_slice(flac),
    }
    let sum = sum(&place, &bytes[HEAD_BYTES..]);
    bytes.extend_from_slice(&sum);
    Ok(bytes)
}

/// The whole chunks of a file of this name, from its beginning.
pub fn pieces<'a>(file: &str, bytes: &'a [u8]) -> (Vec<Piece<'a>>, Ending) {
    let mut pieces = Vec::new();
    let Some(mut rest) = bytes.strip_prefix(FORM.as_slice()) else { return (pieces, Ending::Broken) };
    while !rest.is_empty() {
        let number = pieces.len() as u64;
        let Some((piece, after)) = first_of(file, number, rest) else { return (pieces, Ending::Broken) };
        pieces.push(piece);
        rest = after;
    }
    (pieces, Ending::Whole)
}

fn first_of<'a>(file: &str, number: u64, bytes: &'a [u8]) -> Option<(Piece<'a>, &'a [u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
    let length = u32::from_le_bytes(head[..4].try_into().ok()?) as usize;
    let (sound, rest) = rest.split_at_checked(length)?;
    let (stands, rest) = rest.split_at_checked(SUM_BYTES)?;
    let chunk = Chunk {
        start: SessionTime(u64::from_le_bytes(head[4..12].try_into().ok()?)),
        wall_us: i64::from_le_bytes(head[12..20].try_into().ok()?),
        samples: u32::from_le_bytes(head[20..24].try_into().ok()?),
    };
    let is_whole = sum(&place(file, number, head), sound) == stands;
    is_whole.then_some((Piece { chunk, number, sound }, rest))
}

impl Piece<'_> {
    /// Its FLAC file; `None` where it is sealed, and not with this key.
    pub fn flac(&self, file: &str, key: Option<&Key>) -> Option<Vec<u8>> {
        let Some(key) = key else { return Some(self.sound.to_vec()) };
        let Chunk { start, wall_us, samples } = self.chunk;
        let mut head = (self.sound.len() as u32).to_le_bytes().to_vec();
        head.extend_from_slice(&start.0.to_le_bytes());
        head.extend_from_slice(&wall_us.to_le_bytes());
        head.extend_from_slice(&samples.to_le_bytes());
        key.open(&place(file, self.number, &head), self.sound)
    }
}

/// What the sound of a chunk is bound to.
fn place(file: &str, number: u64, head: &[u8]) -> Vec<u8> {
    let mut place = format!("sansheng recording {file} chunk {number}\n").into_bytes();
    place.extend_from_slice(head);
    place
}

fn sum(place: &[u8], sound: &[u8]) -> [u8; SUM_BYTES] {
    Sha256::new().chain_update(place).chain_update(sound).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(number: u64) -> Chunk {
        Chunk {
            start: SessionTime(number * 64_000),
            wall_us: -5 + number as i64 * 4_000_000,
            samples: 64_000,
        }
    }

    /// Three chunks of some bytes, and where each ends.
    fn file(key: Option<&Key>) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (FORM.to_vec(), Vec::new());
        for number in 0..3_u64 {
            let sound = vec![number as u8; 40 + number as usize];
            bytes.extend(written(("a", number), chunk(number), &sound, key).unwrap());
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    #[test]
    fn a_file_that_is_cut_anywhere_reads_back_to_its_last_whole_chunk() {
        for key in [None, Some(Key::of(&[3; 32]))] {
            let (bytes, ends) = file(key.as_ref());
            for cut in 0..=bytes.len() {
                let whole = ends.iter().filter(|end| **end <= cut).count();
                let (found, ending) = pieces("a", &bytes[..cut]);
                assert_eq!(found.len(), whole, "cut at {cut}");
                let is_end = cut == FORM.len() || ends.contains(&cut);
                assert_eq!(ending == Ending::Whole, is_end, "cut at {cut}");
                for (number, piece) in found.iter().enumerate() {
                    assert_eq!(piece.chunk, chunk(number as u64));
                    assert_eq!(piece.flac("a", key.as_ref()), Some(vec![number as u8; 40 + number]));
                }
            }
        }
    }

    #[test]
    fn a_byte_that_is_changed_ends_the_reading_at_its_chunk() {
        let (bytes, ends) = file(None);
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x40;
            let (found, ending) = pieces("a", &bytes);
            let before = ends.iter().filter(|end| **end <= at).count();
            assert_eq!(
                (found.len(), ending),
                (if at < FORM.len() { 0 } else { before }, Ending::Broken),
                "{at}"
            );
        }
    }

    #[test]
    fn a_chunk_is_read_in_its_own_file_and_place_and_with_its_own_key_alone() {
        let key = Key::of(&[3; 32]);
        let (bytes, ends) = file(Some(&key));
        assert_eq!(pieces("b", &bytes).0.len(), 0, "under another name");
        let swapped = [&bytes[..8], &bytes[ends[0]..ends[1]], &bytes[8..ends[0]]].concat();
        assert_eq!(pieces("a", &swapped).0.len(), 0, "in another order");
        let (found, _) = pieces("a", &bytes);
        assert_eq!(found[0].flac("a", Some(&Key::of(&[4; 32]))), None);
        assert!(!bytes.windows(8).any(|part| part == [1; 8]), "nothing of it stands there plainly");
    }
}
