//! Looking through a ggml file of unknown origin before whisper.cpp loads it. In: its bytes. Out: its [`Contents`], or
//! what is wrong with it. Allocates: the names and shapes of its tensors, never more than belong to its size.

use std::io::{Read, Seek};

use super::bytes::{LittleEndian, ReadError};
use super::ggml::{Hparams, MAGIC, TensorType};
use super::mel::MEL_BINS;

/// The quantised files carry the version of their number format in the thousands.
const FTYPE_VERSION_STEP: u32 = 1_000;
/// A vocabulary with English alone has one language token less.
const ENGLISH_VOCABULARY: u32 = 51_864;
const TOKEN_BYTES_MAX: u32 = 1_024;
const NAME_BYTES_MAX: u32 = 128;
const RANK_MAX: u32 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    pub name: String,
    pub kind: TensorType,
    /// Fastest first.
    pub sizes: Vec<u32>,
    /// First byte of its data in the file.
    pub offset: u64,
    pub bytes: u64,
}

/// What [`inspect`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    pub hparams: Hparams,
    /// In the order of the file.
    pub tensors: Vec<TensorInfo>,
}

#[derive(Debug, thiserror::Error)]
pub enum GgmlFault {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("it is not a ggml file of Whisper (its first number is {found:#010x}, not {MAGIC:#010x})")]
    Magic { found: u32 },
    #[error("it understands English only: a multilingual model is needed")]
    EnglishOnly,
    #[error("its {field} is {found}, which no Whisper model has")]
    Implausible { field: &'static str, found: u32 },
    #[error("tensor `{name}` at byte {at}: {fault}")]
    Tensor { name: String, at: u64, fault: String },
    #[error("it holds {found} tensors, where {expected} belong to a model of its size")]
    TensorCount { found: usize, expected: u64 },
}

/// Goes through all of the file but its data: sizes, names and shapes must fit together and fill the file exactly.
pub fn inspect(reader: impl Read + Seek) -> Result<Contents, GgmlFault> {
    let mut file = LittleEndian::new(reader)?;
    let found = file.u32()?;
    if found != MAGIC {
        return Err(GgmlFault::Magic { found });
    }
    let mut numbers = [0; 11];
    for number in &mut numbers {
        *number = file.u32()?;
    }
    let hparams = Hparams::from_numbers(numbers);
    check(&hparams)?;
    for (field, expected) in [("filter bank height", hparams.mels), ("filter bank width", MEL_BINS as u32)] {
        let found = file.u32()?;
        if found != expected {
            return Err(GgmlFault::Implausible { field, found });
        }
    }
    file.skip(u64::from(hparams.mels) * MEL_BINS as u64 * 4)?;
    let tokens = file.u32()?;
    if tokens > hparams.vocabulary {
        return Err(GgmlFault::Implausible { field: "token count", found: tokens });
    }
    for _ in 0..tokens {
        let length = file.u32()?;
        if length > TOKEN_BYTES_MAX {
            return Err(GgmlFault::Implausible { field: "token length", found: length });
        }
        file.skip(length.into())?;
    }
    let expected = hparams.tensors();
    let mut tensors = Vec::new();
    while !file.is_at_end() && tensors.len() as u64 <= expected {
        tensors.push(read_tensor(&mut file)?);
    }
    if tensors.len() as u64 != expected {
        return Err(GgmlFault::TensorCount { found: tensors.len(), expected });
    }
    Ok(Contents { hparams, tensors })
}

/// Refuses numbers that whisper.cpp would take for memory sizes though no Whisper model has them.
fn check(hparams: &Hparams) -> Result<(), GgmlFault> {
    if hparams.vocabulary == ENGLISH_VOCABULARY {
        return Err(GgmlFault::EnglishOnly);
    }
    let fields = [
        ("vocabulary", hparams.vocabulary, (51_865..=51_866).contains(&hparams.vocabulary)),
        ("audio context", hparams.audio_context, (1..=1_500).contains(&hparams.audio_context)),
        ("audio state", hparams.audio_state, (1..=4_096).contains(&hparams.audio_state)),
        ("audio heads", hparams.audio_heads, divides(hparams.audio_heads, hparams.audio_state)),
        ("audio layers", hparams.audio_layers, (1..=64).contains(&hparams.audio_layers)),
        ("text context", hparams.text_context, (1..=448).contains(&hparams.text_context)),
        ("text state", hparams.text_state, hparams.text_state == hparams.audio_state),
        ("text heads", hparams.text_heads, divides(hparams.text_heads, hparams.text_state)),
        ("text layers", hparams.text_layers, (1..=64).contains(&hparams.text_layers)),
        ("mel count", hparams.mels, [80, 128].contains(&hparams.mels)),
        ("number format", hparams.ftype, hparams.ftype % FTYPE_VERSION_STEP < 32),
    ];
    match fields.into_iter().find(|(_, _, plausible)| !plausible) {
        Some((field, found, _)) => Err(GgmlFault::Implausible { field, found }),
        None => Ok(()),
    }
}

fn divides(heads: u32, state: u32) -> bool {
    heads > 0 && state.is_multiple_of(heads)
}

fn read_tensor<R: Read + Seek>(file: &mut LittleEndian<R>) -> Result<TensorInfo, GgmlFault> {
    let at = file.at();
    let refuse = |name: &str, fault: String| GgmlFault::Tensor { name: name.to_owned(), at, fault };
    let (rank, name_length, kind) = (file.u32()?, file.u32()?, TensorType(file.u32()?));
    if !(1..=RANK_MAX).contains(&rank) {
        return Err(refuse("", format!("{rank} dimensions")));
    }
    if name_length > NAME_BYTES_MAX {
        return Err(refuse("", format!("a name of {name_length} bytes")));
    }
    let mut sizes = Vec::with_capacity(rank as usize);
    for _ in 0..rank {
        sizes.push(file.u32()?);
    }
    let name = String::from_utf8(file.bytes(name_length as u16)?)
        .map_err(|_| refuse("", "its name is not text".into()))?;
    let bytes = kind
        .bytes(&sizes)
        .ok_or_else(|| refuse(&name, format!("sizes {sizes:?} do not go with number format {}", kind.0)))?;
    let offset = file.at();
    file.skip(bytes)?;
    Ok(TensorInfo { name, kind, sizes, offset, bytes })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::ggml::{write_head, write_tensor_head};
    use super::*;

    const SMALL: Hparams = Hparams {
        vocabulary: 51_865,
        audio_context: 4,
        audio_state: 2,
        audio_heads: 1,
        audio_layers: 1,
        text_context: 3,
        text_state: 2,
        text_heads: 1,
        text_layers: 1,
        mels: 80,
        ftype: 1,
    };

    fn file(hparams: &Hparams, tensors: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let filters = vec![0.0; hparams.mels as usize * MEL_BINS];
        write_head(&mut bytes, hparams, &filters, &[b"a".to_vec(), Vec::new(), b"bcd".to_vec()]).unwrap();
        for n in 0..tensors {
            write_tensor_head(&mut bytes, &format!("t{n}"), TensorType::F16, &[2, 3]).unwrap();
            bytes.extend([0; 12]);
        }
        bytes
    }

    fn fault(bytes: Vec<u8>) -> String {
        inspect(Cursor::new(bytes)).unwrap_err().to_string()
    }

    #[test]
    fn a_file_that_fits_together_is_accepted_with_its_tensors_in_place() {
        let bytes = file(&SMALL, SMALL.tensors());
        let contents = inspect(Cursor::new(&bytes)).unwrap();
        assert_eq!(contents.hparams, SMALL);
        assert_eq!(contents.tensors.len(), 50);
        let last = &contents.tensors[49];
        assert_eq!(
            (last.name.as_str(), last.kind, last.sizes.as_slice()),
            ("t49", TensorType::F16, &[2, 3][..])
        );
        assert_eq!(last.offset + last.bytes, bytes.len() as u64);
    }

    #[test]
    fn every_truncation_is_refused() {
        let whole = file(&SMALL, SMALL.tensors());
        for length in (0..600).chain(whole.len() - 900..whole.len()) {
            assert!(inspect(Cursor::new(&whole[..length])).is_err(), "{length}");
        }
    }

    #[test]
    fn numbers_no_whisper_model_has_are_refused_by_name() {
        let cases = [
            (Hparams { vocabulary: 51_864, ..SMALL }, "English only"),
            (Hparams { vocabulary: 32_000, ..SMALL }, "vocabulary is 32000"),
            (Hparams { audio_context: u32::MAX, ..SMALL }, "audio context is 4294967295"),
            (Hparams { audio_heads: 0, ..SMALL }, "audio heads is 0"),
            (Hparams { text_state: 4, ..SMALL }, "text state is 4"),
            (Hparams { audio_layers: 1_000_000, ..SMALL }, "audio layers is 1000000"),
            (Hparams { mels: 81, ..SMALL }, "mel count is 81"),
            (Hparams { ftype: 999, ..SMALL }, "number format is 999"),
        ];
        for (hparams, reason) in cases {
            let found = fault(file(&hparams, 0));
            assert!(found.contains(reason), "`{found}` does not say `{reason}`");
        }
        let mut wrong = file(&SMALL, 0);
        wrong[..4].copy_from_slice(b"GGUF");
        assert!(fault(wrong).contains("not a ggml file"));
    }

    #[test]
    fn tensors_that_are_missing_or_too_many_or_senseless_are_refused() {
        assert!(fault(file(&SMALL, 49)).contains("49 tensors, where 50 belong"));
        assert!(fault(file(&SMALL, 60)).contains("51 tensors, where 50 belong"));
        let with = |kind: u32, sizes: &[u32]| {
            let mut bytes = file(&SMALL, 0);
            write_tensor_head(&mut bytes, "odd", TensorType(kind), sizes).unwrap();
            bytes
        };
        assert!(fault(with(99, &[2])).contains("number format 99"));
        assert!(fault(with(8, &[33])).contains("[33] do not go"));
        assert!(fault(with(0, &[u32::MAX; 4])).contains("do not go"));
        assert!(fault(with(0, &[u32::MAX, 2])).contains("were announced"));
        assert!(fault(with(0, &[])).contains("0 dimensions"));
    }
}
