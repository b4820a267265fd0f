//! Model files. In: a name of the manifest, or a path. Out: a verified [`ModelFile`]. Thread: the caller's,
//! before any window is listened to. Allocates: yes; never more than a name, a token table and one copy buffer
//! at a time, whatever a file claims of itself.
//!
//! The manifest (`models/manifest.toml`, compiled in) pins size and SHA-256 of every model that has a name.
//! Nothing is used or installed under such a name unless its bytes are the pinned ones.

mod bytes;
mod commands;
mod convert;
mod ct2;
mod digest;
mod error;
mod fetch;
mod ggml;
mod import;
mod inspect;
mod manifest;
mod mel;
mod progress;
mod store;
mod tokens;
mod tools;
mod wheels;

pub use commands::{fetch_model, import_models, list_models};
pub use convert::{ConvertError, ggml_from_ct2};
pub use ct2::{Ct2Error, SpecFile};
pub use digest::Digest;
pub use error::ModelError;
pub use fetch::{Fetched, fetch};
pub use ggml::{Hparams, TensorType};
pub use import::{ImportReport, import};
pub use inspect::{Contents, GgmlFault, TensorInfo, inspect};
pub use manifest::{Manifest, ManifestError, ModelSpec, Source, Wheel};
pub use mel::mel_filter_bank;
pub use progress::{Console, Progress, Silent, Stage};
pub use store::{Installed, ModelFile, ModelStore, Surroundings};
pub use tokens::{TokensError, read_tokens};
pub use tools::Tools;
