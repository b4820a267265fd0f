//! Seal: words and sound that lie on the disk for nobody but who has the key. In: bytes, and the place they are for. Out: the
//! same encrypted with XChaCha20-Poly1305 (RustCrypto), bound to that place. Thread: any. Allocates: per piece.
//!
//! A sealed piece is one byte of form (1), 24 random bytes of nonce, and the ciphertext with its tag of 16 bytes. Its place is
//! authenticated with it: moved elsewhere, cut or changed, it does not open.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// First byte of what is sealed.
const FORM: u8 = 1;
/// What a piece is longer than what was sealed.
pub const SEAL_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;
/// Largest file that is looked at for a key.
const FILE_BYTES_MAX: u64 = 1_024;

/// A key. Never printed; its name is.
#[derive(Clone)]
pub struct Key {
    cipher: Arc<XChaCha20Poly1305>,
    name: String,
}

#[derive(Debug, Error)]
pub enum KeyFault {
    #[error("{}: the key cannot be read ({fault}): see whether it is there and who may read it; `sansheng key new FILE` makes one", .path.display())]
    Unread { path: PathBuf, fault: io::Error },
    #[error("{}: no key ({found}): it has to be 32 random bytes, as 64 hexadecimal digits or in base64; `sansheng key new FILE` makes one", .path.display())]
    NoKey { path: PathBuf, found: String },
    #[error("{}: others on this machine can read the key: run `chmod 600` on it, and make another if anybody may have read it", .path.display())]
    Exposed { path: PathBuf },
    #[error("{}: it is there already, and nothing is overwritten: what it locked would be lost; name another file", .path.display())]
    Exists { path: PathBuf },
    #[error("{}: the key cannot be written ({fault}): name a file in a folder that you may write to", .path.display())]
    Unwritten { path: PathBuf, fault: io::Error },
    #[error("the system gives no random numbers ({0}): nothing can be encrypted")]
    Random(getrandom::Error),
    #[error("{0} bytes are more than can be encrypted at once")]
    TooLong(usize),
}

impl Key {
    /// Of 32 bytes.
    pub fn of(bytes: &[u8; KEY_BYTES]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"sansheng: name of a key\0");
        hash.update(bytes);
        let name = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { cipher: Arc::new(XChaCha20Poly1305::new(&(*bytes).into())), name }
    }

    /// Reads the key in a file that is its owner's alone.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn load(path: &Path) -> Result<Self, KeyFault> {
        let unread = |fault| KeyFault::Unread { path: path.to_owned(), fault };
        let no_key = |found: &str| KeyFault::NoKey { path: path.to_owned(), found: found.to_owned() };
        if !fs::metadata(path).map_err(unread)?.is_file() {
            return Err(no_key("it is no file"));
        }
        if exposed(path) {
            return Err(KeyFault::Exposed { path: path.to_owned() });
        }
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes))
            .map_err(unread)?;
        let text = str::from_utf8(&bytes).map_err(|_| no_key("it holds no text"))?.trim();
        let key = hexadecimal(text).or_else(|| base64(text));
        let key: Vec<u8> = key.ok_or_else(|| no_key("it is neither hexadecimal nor base64"))?;
        let key: &[u8; KEY_BYTES] =
            key.as_slice().try_into().map_err(|_| no_key(&format!("it has {} bytes", key.len())))?;
        Ok(Self::of(key))
    }

    /// Makes a key, and a file for it that is its owner's alone.
    ///
    /// # Errors
    /// [`KeyFault`]; then there is none.
    pub fn make(path: &Path) -> Result<Self, KeyFault> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(KeyFault::Random)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|fault| match fault.kind() {
            io::ErrorKind::AlreadyExists => KeyFault::Exists { path: path.to_owned() },
            _ => KeyFault::Unwritten { path: path.to_owned(), fault },
        })?;
        let line: String = bytes.iter().map(|byte| format!("{byte:02x}")).chain(["\n".to_owned()]).collect();
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(|fault| {
            // Half a key is none.
            let _ = fs::remove_file(path);
            KeyFault::Unwritten { path: path.to_owned(), fault }
        })?;
        Ok(Self::of(&bytes))
    }

    /// What tells it from other keys; nobody learns the key from it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seals `plain` for its place.
    ///
    /// # Errors
    /// [`KeyFault::Random`], [`KeyFault::TooLong`].
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(KeyFault::Random)?;
        let payload = Payload { msg: plain, aad: place };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| KeyFault::TooLong(plain.len()))?;
        Ok([&[FORM], &nonce[..], &sealed].concat())
    }

    /// What was sealed for this place with this key; `None` of anything else, and of what was changed.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (form, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: place };
        if *form == FORM { self.cipher.decrypt(&XNonce::from(nonce), payload).ok() } else { None }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, not shown)", short(&self.name))
    }
}

/// Enough of a key's name to tell it from others.
pub fn short(name: &str) -> &str {
    name.get(..12).unwrap_or(name)
}

#[cfg(unix)]
fn exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn exposed(_: &Path) -> bool {
    false
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|ch| ch.to_digit(16)).collect::<Option<_>>()?;
    let whole = digits.len().is_multiple_of(2) && digits.len() == 2 * KEY_BYTES;
    whole.then(|| digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

/// Of the usual alphabet, with or without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for ch in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == ch)? as u32;
        (bits, count) = (bits << 6 | value, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Key {
        Key::of(&[number; KEY_BYTES])
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_at_its_place_and_nowhere_else() {
        let plain = "您好，请问您办理什么业务？".as_bytes();
        let sealed = key(1).seal(b"event 7", plain).unwrap();
        assert_eq!(sealed.len(), plain.len() + SEAL_BYTES);
        assert!(!sealed.windows(6).any(|part| plain.windows(6).any(|known| known == part)));
        assert_eq!(key(1).open(b"event 7", &sealed).as_deref(), Some(plain));
        assert_eq!(key(1).open(b"event 8", &sealed), None, "moved");
        assert_eq!(key(2).open(b"event 7", &sealed), None, "another key");
        for cut in 0..sealed.len() {
            assert_eq!(key(1).open(b"event 7", &sealed[..cut]), None, "cut to {cut}");
            let mut changed = sealed.clone();
            changed[cut] ^= 1;
            assert_eq!(key(1).open(b"event 7", &changed), None, "changed at {cut}");
        }
        assert_ne!(sealed, key(1).seal(b"event 7", plain).unwrap(), "never twice the same");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_is_read_in_each_form_and_what_is_none_is_refused_with_a_remedy() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let put = |text: &[u8], mode| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            Key::load(&path)
        };
        for text in ["07".repeat(32), "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".into()] {
            for end in ["", "\n", " \r\n"] {
                assert_eq!(put(format!("{text}{end}").as_bytes(), 0o600).unwrap(), key(7), "{text:?}");
            }
        }
        for (text, mode, said) in [
            (&b""[..], 0o600, "0 bytes"),
            (b"0707", 0o600, "3 bytes"),
            (b"not a key!", 0o600, "neither hexadecimal nor base64"),
            (&[0xff; 32], 0o600, "no text"),
            ("07".repeat(32).as_bytes(), 0o640, "others on this machine"),
        ] {
            let fault = put(text, mode).unwrap_err().to_string();
            assert!(fault.contains(said) && fault.contains("key: "), "{fault}");
        }
        let folder_fault = Key::load(folder.path()).unwrap_err().to_string();
        assert!(folder_fault.contains("no file"), "{folder_fault}");
    }

    #[test]
    fn a_new_key_is_its_owners_alone_and_overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = Key::make(&path).unwrap();
        assert_eq!(Key::load(&path).unwrap(), made);
        assert!(matches!(Key::make(&path), Err(KeyFault::Exists { .. })));
        assert_ne!(Key::make(&folder.path().join("other")).unwrap(), made);
        assert!(!format!("{made:?}").contains(fs::read_to_string(&path).unwrap().trim()));
    }
}
