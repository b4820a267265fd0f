//! Reading a CTranslate2 model file. In: its bytes. Out: where each variable lies. Allocates: a name and a
//! shape a variable, none beyond what the file really holds.
//!
//! Layout (binary version 6), little-endian: u32 version; specification name; u32 revision; u32 variable count;
//! each variable as name, u8 rank, u32 sizes, u8 type, u32 byte count, data; u32 alias count; pairs of names.
//! A name is a u16 length, its terminating zero counted, and the bytes.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::bytes::{LittleEndian, ReadError};

/// The layout described above; older versions lack type and byte count.
const VERSION: u32 = 6;
const SPECIFICATION: &str = "WhisperSpec";
/// Whisper's variables have at most three dimensions.
const RANK_MAX: u8 = 4;

#[derive(Debug, thiserror::Error)]
pub enum Ct2Error {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("it is not a CTranslate2 file of version {VERSION} (its first number is {found})")]
    Version { found: u32 },
    #[error("it is a CTranslate2 `{found}`, not a `{SPECIFICATION}`")]
    Specification { found: String },
    #[error("the name at byte {at} is not text")]
    Name { at: u64 },
    #[error("variable `{name}`: {fault}")]
    Variable { name: String, fault: String },
    #[error("{extra} bytes follow its last alias")]
    Trailing { extra: u64 },
    #[error("variable `{0}` is missing")]
    Missing(String),
}

/// Number format of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ct2Type {
    F32,
    I8,
    I16,
    I32,
    F16,
}

impl Ct2Type {
    pub fn bytes(self) -> u64 {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::I16 | Self::F16 => 2,
            Self::I8 => 1,
        }
    }

    fn from_id(id: u8) -> Option<Self> {
        Some(match id {
            0 => Self::F32,
            1 => Self::I8,
            2 => Self::I16,
            3 => Self::I32,
            4 => Self::F16,
            _ => return None,
        })
    }
}

/// Where a variable lies in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub kind: Ct2Type,
    /// Slowest first, as NumPy writes it; empty for a single number.
    pub shape: Vec<u64>,
    offset: u64,
}

/// An opened CTranslate2 Whisper model.
#[derive(Debug)]
pub struct SpecFile<R> {
    file: LittleEndian<R>,
    variables: BTreeMap<String, Variable>,
    aliases: BTreeMap<String, String>,
}

impl<R: Read + Seek> SpecFile<R> {
    /// Reads the directory of variables and checks it against the file's length; data is left unread.
    pub fn open(reader: R) -> Result<Self, Ct2Error> {
        let mut file = LittleEndian::new(reader)?;
        let version = file.u32()?;
        if version != VERSION {
            return Err(Ct2Error::Version { found: version });
        }
        let specification = read_name(&mut file)?;
        if specification != SPECIFICATION {
            return Err(Ct2Error::Specification { found: specification });
        }
        let _revision = file.u32()?;
        let mut variables = BTreeMap::new();
        for _ in 0..file.u32()? {
            let name = read_name(&mut file)?;
            let variable = read_variable(&mut file, &name)?;
            if variables.insert(name.clone(), variable).is_some() {
                return Err(Ct2Error::Variable { name, fault: "it is there twice".into() });
            }
        }
        let mut aliases = BTreeMap::new();
        for _ in 0..file.u32()? {
            let alias = read_name(&mut file)?;
            aliases.insert(alias, read_name(&mut file)?);
        }
        match file.len() - file.at() {
            0 => Ok(Self { file, variables, aliases }),
            extra => Err(Ct2Error::Trailing { extra }),
        }
    }

    pub fn variable(&self, name: &str) -> Result<&Variable, Ct2Error> {
        let target = self.aliases.get(name).map_or(name, String::as_str);
        self.variables.get(target).ok_or_else(|| Ct2Error::Missing(name.to_owned()))
    }

    /// Bytes of `count` numbers of `variable`, from its number `first` on.
    pub fn numbers(&mut self, variable: &Variable, first: u64, count: u64) -> Result<impl Read, ReadError> {
        let size = variable.kind.bytes();
        self.file.section(variable.offset + first * size, count * size)
    }

    /// The value of a variable that is one whole number.
    pub fn integer(&mut self, name: &str) -> Result<i32, Ct2Error> {
        let variable = self.variable(name)?.clone();
        let refuse = |fault: String| Ct2Error::Variable { name: name.to_owned(), fault };
        if !variable.shape.is_empty() {
            return Err(refuse(format!("shape {:?} where one number is expected", variable.shape)));
        }
        let mut section = self.numbers(&variable, 0, 1)?;
        let mut bytes = [0; 4];
        let size = variable.kind.bytes() as usize;
        section.read_exact(&mut bytes[..size]).map_err(ReadError::Io)?;
        match variable.kind {
            Ct2Type::I8 => Ok(i32::from(bytes[0] as i8)),
            Ct2Type::I16 => Ok(i32::from(i16::from_le_bytes([bytes[0], bytes[1]]))),
            Ct2Type::I32 => Ok(i32::from_le_bytes(bytes)),
            Ct2Type::F32 | Ct2Type::F16 => Err(refuse("a fraction where a whole number is expected".into())),
        }
    }
}

fn read_name<R: Read + Seek>(file: &mut LittleEndian<R>) -> Result<String, Ct2Error> {
    let at = file.at();
    let length = file.u16()?;
    let mut bytes = file.bytes(length)?;
    if bytes.last() == Some(&0) {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| Ct2Error::Name { at })
}

fn read_variable<R: Read + Seek>(file: &mut LittleEndian<R>, name: &str) -> Result<Variable, Ct2Error> {
    let refuse = |fault: String| Ct2Error::Variable { name: name.to_owned(), fault };
    let rank = file.u8()?;
    if rank > RANK_MAX {
        return Err(refuse(format!("{rank} dimensions, where Whisper has none above {RANK_MAX}")));
    }
    let mut shape = Vec::with_capacity(rank.into());
    for _ in 0..rank {
        shape.push(u64::from(file.u32()?));
    }
    let id = file.u8()?;
    let kind = Ct2Type::from_id(id).ok_or_else(|| refuse(format!("number format {id} is unknown")))?;
    let announced = u64::from(file.u32()?);
    let needed = shape.iter().try_fold(kind.bytes(), |bytes, size| bytes.checked_mul(*size));
    if needed != Some(announced) {
        return Err(refuse(format!("{announced} bytes announced for shape {shape:?} of {kind:?}")));
    }
    let offset = file.at();
    file.skip(announced)?;
    Ok(Variable { kind, shape, offset })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn name(text: &str) -> Vec<u8> {
        let mut bytes = (text.len() as u16 + 1).to_le_bytes().to_vec();
        bytes.extend(text.as_bytes());
        bytes.push(0);
        bytes
    }

    fn variable(id: &str, shape: &[u32], kind: u8, announced: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = name(id);
        bytes.push(shape.len() as u8);
        shape.iter().for_each(|size| bytes.extend(size.to_le_bytes()));
        bytes.push(kind);
        bytes.extend(announced.to_le_bytes());
        bytes.extend(data);
        bytes
    }

    fn file(version: u32, specification: &str, variables: &[Vec<u8>], tail: &[u8]) -> Vec<u8> {
        let mut bytes = version.to_le_bytes().to_vec();
        bytes.extend(name(specification));
        bytes.extend(3u32.to_le_bytes());
        bytes.extend((variables.len() as u32).to_le_bytes());
        variables.iter().for_each(|v| bytes.extend(v));
        bytes.extend(tail);
        bytes
    }

    fn sound() -> Vec<u8> {
        let heads = variable("heads", &[], 2, 2, &[8, 0]);
        let weight = variable("weight", &[2, 3], 4, 12, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        let alias = [1u32.to_le_bytes().to_vec(), name("tied"), name("weight")].concat();
        file(6, "WhisperSpec", &[heads, weight], &alias)
    }

    #[test]
    fn variables_aliases_and_rows_are_found_where_they_lie() {
        let mut spec = SpecFile::open(Cursor::new(sound())).unwrap();
        assert_eq!(spec.integer("heads").unwrap(), 8);
        let weight = spec.variable("tied").unwrap().clone();
        assert_eq!((weight.kind, weight.shape.as_slice()), (Ct2Type::F16, &[2, 3][..]));
        let mut row = Vec::new();
        spec.numbers(&weight, 3, 3).unwrap().read_to_end(&mut row).unwrap();
        assert_eq!(row, [6, 7, 8, 9, 10, 11]);
        assert!(matches!(spec.variable("bias"), Err(Ct2Error::Missing(name)) if name == "bias"));
        assert!(matches!(spec.integer("weight"), Err(Ct2Error::Variable { .. })));
    }

    #[test]
    fn every_truncation_of_a_sound_file_is_refused() {
        let whole = sound();
        for length in 0..whole.len() {
            let error = SpecFile::open(Cursor::new(&whole[..length])).unwrap_err();
            assert!(matches!(error, Ct2Error::Read(ReadError::Truncated { .. })), "{length}: {error}");
        }
    }

    #[test]
    fn files_that_lie_are_refused_with_the_reason() {
        let empty = 0u32.to_le_bytes();
        let one = |v: Vec<u8>| file(6, "WhisperSpec", &[v], &empty);
        let most = u32::MAX;
        let cases = [
            (file(5, "WhisperSpec", &[], &empty), "version 6"),
            (file(6, "TransformerSpec", &[], &empty), "TransformerSpec"),
            (file(6, "WhisperSpec", &[], &[empty.as_slice(), &[9]].concat()), "1 bytes follow"),
            (one(variable("w", &[2], 4, 400, &[0; 4])), "400 bytes announced"),
            (one(variable("w", &[most, most, most], 4, 4, &[0; 4])), "4 bytes announced"),
            (one(variable("w", &[1 << 30], 0, 0, &[])), "0 bytes announced"),
            (one(variable("w", &[most], 1, most, &[0; 4])), "4294967295 bytes"),
            (one(variable("w", &[1; 5], 0, 4, &[0; 4])), "5 dimensions"),
            (one(variable("w", &[1], 9, 4, &[0; 4])), "number format 9"),
            (
                file(
                    6,
                    "WhisperSpec",
                    &[variable("w", &[], 1, 1, &[0]), variable("w", &[], 1, 1, &[0])],
                    &empty,
                ),
                "twice",
            ),
        ];
        for (bytes, reason) in cases {
            let error = SpecFile::open(Cursor::new(bytes)).unwrap_err().to_string();
            assert!(error.contains(reason), "`{error}` does not say `{reason}`");
        }
    }

    #[test]
    fn a_count_of_four_thousand_million_variables_allocates_nothing_for_them() {
        let mut bytes = file(6, "WhisperSpec", &[], &[]);
        let count_at = bytes.len() - 4;
        bytes[count_at..].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(SpecFile::open(Cursor::new(bytes)), Err(Ct2Error::Read(_))));
    }
}
