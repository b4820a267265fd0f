//! The ggml file of Whisper that whisper.cpp loads: its numbers, and writing its parts. Pure but for the writing.
//!
//! Layout, little-endian: u32 magic; the eleven [`Hparams`]; filter bank (u32 rows, u32 columns, f32 weights);
//! u32 token count, each token as u32 length and bytes; then to the end of the file tensors: u32 rank, u32
//! name length, u32 type, sizes fastest first, name, data.

use std::io::{self, Write};

use super::mel::MEL_BINS;

pub(super) const MAGIC: u32 = 0x6767_6d6c;

/// The numbers at the head of the file, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hparams {
    pub vocabulary: u32,
    pub audio_context: u32,
    pub audio_state: u32,
    pub audio_heads: u32,
    pub audio_layers: u32,
    pub text_context: u32,
    pub text_state: u32,
    pub text_heads: u32,
    pub text_layers: u32,
    pub mels: u32,
    /// Number format of the matrices; 1 is 16-bit floating point.
    pub ftype: u32,
}

/// Number format of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorType(pub(super) u32);

impl TensorType {
    pub const F32: TensorType = TensorType(0);
    pub const F16: TensorType = TensorType(1);

    /// Numbers in a block, and bytes of a block (`ggml.c`, table `type_traits`).
    fn block(self) -> Option<(u64, u64)> {
        Some(match self.0 {
            0 => (1, 4),
            1 => (1, 2),
            2 => (32, 18),    // Q4_0
            3 => (32, 20),    // Q4_1
            6 => (32, 22),    // Q5_0
            7 => (32, 24),    // Q5_1
            8 => (32, 34),    // Q8_0
            10 => (256, 84),  // Q2_K
            11 => (256, 110), // Q3_K
            12 => (256, 144), // Q4_K
            13 => (256, 176), // Q5_K
            14 => (256, 210), // Q6_K
            _ => return None,
        })
    }

    /// Bytes of a tensor with these sizes, fastest first; `None` where they do not go together.
    pub fn bytes(self, sizes: &[u32]) -> Option<u64> {
        let (numbers, bytes) = self.block()?;
        let fastest = u64::from(*sizes.first()?);
        let total = sizes.iter().try_fold(1u64, |n, size| n.checked_mul(u64::from(*size)))?;
        (fastest % numbers == 0).then_some(())?;
        (total / numbers).checked_mul(bytes)
    }
}

/// Everything before the tensors. `filters` has `hparams.mels` rows of [`MEL_BINS`] weights.
pub(super) fn write_head(
    out: &mut impl Write,
    hparams: &Hparams,
    filters: &[f32],
    tokens: &[Vec<u8>],
) -> io::Result<()> {
    out.write_all(&MAGIC.to_le_bytes())?;
    for number in hparams.numbers() {
        out.write_all(&number.to_le_bytes())?;
    }
    out.write_all(&hparams.mels.to_le_bytes())?;
    out.write_all(&(MEL_BINS as u32).to_le_bytes())?;
    for weight in filters {
        out.write_all(&weight.to_le_bytes())?;
    }
    out.write_all(&(tokens.len() as u32).to_le_bytes())?;
    for token in tokens {
        out.write_all(&(token.len() as u32).to_le_bytes())?;
        out.write_all(token)?;
    }
    Ok(())
}

/// What stands before the data of a tensor; `sizes` are fastest first.
pub(super) fn write_tensor_head(
    out: &mut impl Write,
    name: &str,
    kind: TensorType,
    sizes: &[u32],
) -> io::Result<()> {
    for number in [sizes.len() as u32, name.len() as u32, kind.0] {
        out.write_all(&number.to_le_bytes())?;
    }
    for size in sizes {
        out.write_all(&size.to_le_bytes())?;
    }
    out.write_all(name.as_bytes())
}

impl Hparams {
    /// Tensors of a model with these layers: 15 in an encoder block, 24 in a decoder block (no key has a
    /// bias), 7 and 4 around them.
    pub(super) fn tensors(&self) -> u64 {
        7 + 15 * u64::from(self.audio_layers) + 4 + 24 * u64::from(self.text_layers)
    }

    fn numbers(&self) -> [u32; 11] {
        [
            self.vocabulary,
            self.audio_context,
            self.audio_state,
            self.audio_heads,
            self.audio_layers,
            self.text_context,
            self.text_state,
            self.text_heads,
            self.text_layers,
            self.mels,
            self.ftype,
        ]
    }

    /// From numbers in the order of the file.
    pub(super) fn from_numbers(numbers: [u32; 11]) -> Self {
        let [vocabulary, audio_context, audio_state, audio_heads, audio_layers, ..] = numbers;
        let [.., text_context, text_state, text_heads, text_layers, mels, ftype] = numbers;
        Self {
            vocabulary,
            audio_context,
            audio_state,
            audio_heads,
            audio_layers,
            text_context,
            text_state,
            text_heads,
            text_layers,
            mels,
            ftype,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of the official file of a size: the layout above, written out for the published model sizes.
    fn official_bytes(
        state: u64,
        layers: (u64, u64),
        mels: u64,
        vocabulary: u64,
        quantised: Option<TensorType>,
    ) -> u64 {
        // 50,257 tokens; the sum of their lengths is that of openai/whisper's multilingual.tiktoken.
        const TOKEN_BYTES: u64 = 50_257 * 4 + 307_057;
        let tensor = |name: usize, sizes: &[u64], kind: TensorType| {
            let sizes: Vec<u32> = sizes.iter().map(|s| *s as u32).collect();
            12 + 4 * sizes.len() as u64 + name as u64 + kind.bytes(&sizes).unwrap()
        };
        let matrix = quantised.unwrap_or(TensorType::F16);
        let vector = |name: &str, n: u64| tensor(name.len(), &[n], TensorType::F32);
        let linear = |name: &str, rows: u64, columns: u64, bias: bool| {
            let weight = tensor(name.len() + 7, &[columns, rows], matrix);
            weight + if bias { vector(&format!("{name}.bias"), rows) } else { 0 }
        };
        let norm =
            |name: &str| vector(&format!("{name}.weight"), state) + vector(&format!("{name}.bias"), state);
        let attention = |name: &str| {
            ["query", "key", "value", "out"]
                .iter()
                .map(|part| linear(&format!("{name}.{part}"), state, state, *part != "key"))
                .sum::<u64>()
                + norm(&format!("{name}_ln"))
        };
        let block = |name: &str| {
            attention(&format!("{name}.attn"))
                + linear(&format!("{name}.mlp.0"), 4 * state, state, true)
                + linear(&format!("{name}.mlp.2"), state, 4 * state, true)
                + norm(&format!("{name}.mlp_ln"))
        };
        let convolution = |n: usize, from: u64| {
            let name = format!("encoder.conv{n}.bias").len();
            tensor(name + 2, &[3, from, state], TensorType::F16) + tensor(name, &[1, state], TensorType::F32)
        };
        let decoder_block =
            |n| block(&format!("decoder.blocks.{n}")) + attention(&format!("decoder.blocks.{n}.cross_attn"));
        48 + 8
            + mels * MEL_BINS as u64 * 4
            + 4
            + TOKEN_BYTES
            + tensor("encoder.positional_embedding".len(), &[state, 1_500], TensorType::F32)
            + convolution(1, mels)
            + convolution(2, state)
            + (0..layers.0).map(|n| block(&format!("encoder.blocks.{n}"))).sum::<u64>()
            + norm("encoder.ln_post")
            + tensor("decoder.positional_embedding".len(), &[state, 448], TensorType::F32)
            + tensor("decoder.token_embedding.weight".len(), &[state, vocabulary], matrix)
            + (0..layers.1).map(decoder_block).sum::<u64>()
            + norm("decoder.ln")
    }

    #[test]
    fn sizes_pinned_in_the_manifest_are_those_the_layout_gives() {
        for spec in crate::model::Manifest::built_in().models() {
            let (size, kind) = match spec.name.rsplit_once("-q") {
                Some((size, "5_0")) => (size, Some(TensorType(6))),
                Some((size, "5_1")) => (size, Some(TensorType(7))),
                Some((size, "8_0")) => (size, Some(TensorType(8))),
                Some((_, other)) => panic!("unknown number format q{other}"),
                None => (spec.name.as_str(), None),
            };
            let (state, layers, mels, vocabulary) = match size {
                "tiny" => (384, (4, 4), 80, 51_865),
                "base" | "base-official" => (512, (6, 6), 80, 51_865),
                "small" => (768, (12, 12), 80, 51_865),
                "medium" => (1_024, (24, 24), 80, 51_865),
                "large-v1" | "large-v2" => (1_280, (32, 32), 80, 51_865),
                "large-v3" => (1_280, (32, 32), 128, 51_866),
                "large-v3-turbo" => (1_280, (32, 4), 128, 51_866),
                other => panic!("unknown size {other}"),
            };
            assert_eq!(official_bytes(state, layers, mels, vocabulary, kind), spec.bytes, "{}", spec.name);
        }
    }
}
