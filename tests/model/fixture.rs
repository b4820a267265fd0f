//! A Whisper of a few numbers as CTranslate2 stores it, cut into packages, and clients that hand it out.

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use sansheng::model::{Digest, Manifest, ModelStore, SpecFile, Tools, ggml_from_ct2, read_tokens};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub const STATE: u32 = 4;
pub const AUDIO_CONTEXT: u32 = 6;
pub const TEXT_CONTEXT: u32 = 5;
pub const TEXT_LAYERS: u32 = 2;
pub const VOCABULARY: u32 = 51_865;
const MELS: u32 = 80;

/// A variable of the CTranslate2 file: name, shape, numbers as 16-bit floating point.
pub struct Variable {
    pub name: String,
    pub shape: Vec<u32>,
    pub halves: Vec<u16>,
}

/// Every variable of the small model. Numbers differ from one to the next; key biases are zero.
pub fn variables() -> Vec<Variable> {
    let mut all: Vec<(String, Vec<u32>)> = Vec::new();
    let mut linear = |name: &str, rows: u32, columns: u32| {
        all.push((format!("{name}/weight"), vec![rows, columns]));
        all.push((format!("{name}/bias"), vec![rows]));
    };
    for (side, layers) in [("encoder", 1), ("decoder", TEXT_LAYERS)] {
        for n in 0..layers {
            let layer = format!("{side}/layer_{n}");
            linear(&format!("{layer}/self_attention/linear_0"), 3 * STATE, STATE);
            linear(&format!("{layer}/self_attention/linear_1"), STATE, STATE);
            linear(&format!("{layer}/ffn/linear_0"), 4 * STATE, STATE);
            linear(&format!("{layer}/ffn/linear_1"), STATE, 4 * STATE);
            if side == "decoder" {
                linear(&format!("{layer}/attention/linear_0"), STATE, STATE);
                linear(&format!("{layer}/attention/linear_1"), 2 * STATE, STATE);
                linear(&format!("{layer}/attention/linear_2"), STATE, STATE);
            }
        }
    }
    let mut norm = |name: String| {
        all.push((format!("{name}/gamma"), vec![STATE]));
        all.push((format!("{name}/beta"), vec![STATE]));
    };
    for (side, layers) in [("encoder", 1), ("decoder", TEXT_LAYERS)] {
        norm(format!("{side}/layer_norm"));
        for n in 0..layers {
            norm(format!("{side}/layer_{n}/self_attention/layer_norm"));
            norm(format!("{side}/layer_{n}/ffn/layer_norm"));
            if side == "decoder" {
                norm(format!("{side}/layer_{n}/attention/layer_norm"));
            }
        }
    }
    for (name, shape) in [
        ("encoder/position_encodings/encodings", vec![AUDIO_CONTEXT, STATE]),
        ("decoder/position_encodings/encodings", vec![TEXT_CONTEXT, STATE]),
        ("encoder/conv1/weight", vec![STATE, MELS, 3]),
        ("encoder/conv1/bias", vec![STATE]),
        ("encoder/conv2/weight", vec![STATE, STATE, 3]),
        ("encoder/conv2/bias", vec![STATE]),
        ("decoder/embeddings/weight", vec![VOCABULARY, STATE]),
    ] {
        all.push((name.to_owned(), shape));
    }
    (0u32..).zip(all).map(|(n, (name, shape))| filled(n, name, shape)).collect()
}

fn filled(n: u32, name: String, shape: Vec<u32>) -> Variable {
    // Below 0x3c00 every bit pattern is a number under one; a step of 7 tells neighbours apart.
    let half = |i: u32| ((n * 131 + i * 7) % 0x3c00) as u16;
    let mut halves: Vec<u16> = (0..shape.iter().product()).map(half).collect();
    let key = match name.as_str() {
        _ if name.ends_with("self_attention/linear_0/bias") => STATE..2 * STATE,
        _ if name.ends_with("/attention/linear_1/bias") => 0..STATE,
        _ => 0..0,
    };
    halves[key.start as usize..key.end as usize].fill(0);
    Variable { name, shape, halves }
}

/// The CTranslate2 file of `variables`.
pub fn ct2_file(variables: &[Variable]) -> Vec<u8> {
    let name = |text: &str| {
        let length = (text.len() as u16 + 1).to_le_bytes();
        [&length[..], text.as_bytes(), &[0]].concat()
    };
    let mut file = 6u32.to_le_bytes().to_vec();
    file.extend(name("WhisperSpec"));
    file.extend(3u32.to_le_bytes());
    file.extend((variables.len() as u32 + 2).to_le_bytes());
    for side in ["encoder", "decoder"] {
        file.extend(name(&format!("{side}/num_heads")));
        file.extend([0, 2, 2, 0, 0, 0, 2, 0]); // one i16 of 2 bytes: 2 heads
    }
    for variable in variables {
        file.extend(name(&variable.name));
        file.push(variable.shape.len() as u8);
        variable.shape.iter().for_each(|size| file.extend(size.to_le_bytes()));
        file.push(4);
        file.extend((variable.halves.len() as u32 * 2).to_le_bytes());
        variable.halves.iter().for_each(|half| file.extend(half.to_le_bytes()));
    }
    file.extend(1u32.to_le_bytes());
    file.extend(name("decoder/projection/weight"));
    file.extend(name("decoder/embeddings/weight"));
    file
}

pub fn tokenizer_json() -> String {
    let vocab: serde_json::Map<_, _> = (0..50_257).map(|n| (format!("t{n}"), n.into())).collect();
    serde_json::json!({ "model": { "type": "BPE", "vocab": vocab } }).to_string()
}

/// What all fixtures share; made once, for half the time of these tests would go into it.
struct Made {
    ct2: Vec<u8>,
    tokenizer: String,
    ggml: Vec<u8>,
    hosted: Vec<u8>,
    wheels: [Vec<u8>; 2],
    manifest: Manifest,
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let (ct2, tokenizer) = (ct2_file(&variables()), tokenizer_json());
    let mut ggml = Vec::new();
    let mut spec = SpecFile::open(Cursor::new(&ct2)).unwrap();
    ggml_from_ct2(&mut spec, &read_tokens(tokenizer.as_bytes()).unwrap(), &mut ggml, &mut |_| {}).unwrap();
    let (left, right) = ct2.split_at(ct2.len() / 2);
    let wheels = [
        wheel("tiny_a", &[("tiny_a/model.bin.part1", left), ("tiny_a/tokenizer.json", tokenizer.as_bytes())]),
        wheel("tiny_b", &[("tiny_b/model.bin.part2", right)]),
    ];
    let mut hosted = ggml.clone();
    *hosted.last_mut().unwrap() ^= 1;
    let manifest = Manifest::parse(&manifest_text(&ct2, &ggml, &hosted, &wheels)).unwrap();
    Made { ct2, tokenizer, ggml, hosted, wheels, manifest }
});

/// The small model everywhere a model can lie: `small` comes in two packages, `hosted` from the hub.
pub struct Fixture {
    pub root: TempDir,
    pub ct2: &'static [u8],
    pub tokenizer: &'static str,
    pub ggml: &'static [u8],
    pub manifest: &'static Manifest,
}

impl Fixture {
    pub fn new() -> Self {
        let Made { ct2, tokenizer, ggml, hosted, wheels, manifest } = &*MADE;
        let root = tempfile::tempdir().unwrap();
        let fixture = Self { root, ct2, tokenizer, ggml, manifest };
        fixture.put("packages/tiny_a-1-py3-none-any.whl", &wheels[0]);
        fixture.put("packages/tiny_b-1-py3-none-any.whl", &wheels[1]);
        fixture.put("hub/ggml-hosted.bin", hosted);
        fixture
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn store(&self) -> ModelStore {
        ModelStore::with_manifest(self.path("models"), self.manifest.clone())
    }

    /// A search path with one program `name`: a shell script that answers `--help`, sets `$into` to the directory
    /// it is told to download into, notes that it was called, and goes on with `body`.
    pub fn tool(&self, name: &str, body: &str) -> Tools {
        let calls = self.path("calls");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --help ] && exit 0\necho \"$@\" >> {}\n\
             while [ $# -gt 0 ]; do\n  case $1 in --dest|--local-dir) into=$2 ;; esac\n  shift\ndone\n{body}\n",
            calls.display()
        );
        let dir = format!("bin-{}", Digest::of(script.as_bytes()).short());
        let path = self.path(&dir).join(name);
        fs::create_dir_all(self.path(&dir)).unwrap();
        // Written by another process: one that this one had open for writing could be inherited by a client
        // that another test starts just then, and cannot be executed as long as that lasts.
        let write = r#"printf %s "$1" > "$2.new" && chmod 755 "$2.new" && mv "$2.new" "$2""#;
        let status = Command::new("sh").args(["-c", write, "sh", &script]).arg(&path).status().unwrap();
        assert!(status.success());
        Tools::along(self.path(&dir))
    }

    /// A `pip` that hands out the packages.
    pub fn pip(&self) -> Tools {
        self.tool("pip", &format!("cp {}/*.whl \"$into\"", self.path("packages").display()))
    }

    /// What the clients were called with, a line a call.
    pub fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Names in the model directory, the lock left out.
    pub fn installed(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("models")).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| name != ".lock");
        names.sort();
        names
    }
}

fn wheel(name: &str, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (member, bytes) in members {
        archive.start_file(*member, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.start_file(format!("{name}-1.dist-info/METADATA"), SimpleFileOptions::default()).unwrap();
    archive.finish().unwrap().into_inner()
}

fn manifest_text(ct2: &[u8], ggml: &[u8], hosted: &[u8], wheels: &[Vec<u8>; 2]) -> String {
    let pin = |bytes: &[u8]| format!("bytes = {}\nsha256 = \"{}\"\n", bytes.len(), Digest::of(bytes));
    let wheel = |name: &str, bytes: &[u8], members: &str| {
        format!(
            "[[model.source.wheels]]\nrequirement = \"{name}==1\"\nfile = \"{name}-1-py3-none-any.whl\"\n{}{members}\n",
            pin(bytes)
        )
    };
    let first = "part = \"tiny_a/model.bin.part1\"\ntokenizer = \"tiny_a/tokenizer.json\"";
    format!(
        "default = \"small\"\n[[model]]\nname = \"small\"\nlicence = \"MIT\"\n{}[model.source]\nkind = \"packages\"\n\
         model_bytes = {}\nmodel_sha256 = \"{}\"\n{}{}[[model]]\nname = \"hosted\"\nlicence = \"MIT\"\n{}[model.source]\n\
         kind = \"hub\"\nrepository = \"some/one\"\nrevision = \"abc\"\nfile = \"ggml-hosted.bin\"\n",
        pin(ggml),
        ct2.len(),
        Digest::of(ct2),
        wheel("tiny_a", &wheels[0], first),
        wheel("tiny_b", &wheels[1], "part = \"tiny_b/model.bin.part2\""),
        pin(hosted),
    )
}

/// `text` written to a file handle that is then closed.
pub fn append(path: &Path, text: &[u8]) {
    File::options().append(true).open(path).unwrap().write_all(text).unwrap();
}
