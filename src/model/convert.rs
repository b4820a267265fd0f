//! CTranslate2 Whisper → ggml. In: an opened [`SpecFile`] and the tokens. Out: the ggml file, streamed. Pure but
//! for reading and writing: the same input gives the same bytes. Allocates: the list of tensors, a copy buffer.
//!
//! CTranslate2 stacks the projections of an attention by rows (query, key, value; across, key and value) and
//! gives the key a bias of zeros, which ggml does not have.

use std::io::{self, Read, Seek, Write};

use super::bytes::ReadError;
use super::ct2::{Ct2Error, Ct2Type, SpecFile};
use super::digest::COPY_BYTES;
use super::ggml::{self, Hparams, TensorType};
use super::mel::mel_filter_bank;

/// More layers than any Whisper model has.
const LAYERS_MAX: u32 = 64;

#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error(transparent)]
    Ct2(#[from] Ct2Error),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("variable `{name}` has shape {found:?}, where {expected:?} is expected")]
    Shape { name: String, found: Vec<u64>, expected: Vec<u64> },
    #[error("variable `{name}` holds {found:?}: only files of 16-bit floating point can be converted")]
    NotHalf { name: String, found: Ct2Type },
    #[error("`{field}` is {found}, which no Whisper model has")]
    Implausible { field: &'static str, found: i64 },
    #[error("the key bias in `{name}` is not zero: ggml has no place for it")]
    KeyBias { name: String },
    #[error("the ggml file could not be written: {0}")]
    Write(io::Error),
}

/// Writes `spec` with `tokens` as a ggml file; `written` is told the bytes of the source copied so far.
pub fn ggml_from_ct2<R: Read + Seek>(
    spec: &mut SpecFile<R>,
    tokens: &[Vec<u8>],
    out: &mut impl Write,
    written: &mut dyn FnMut(u64),
) -> Result<Hparams, ConvertError> {
    let hparams = hparams(spec)?;
    let tensors = Plan::of(spec, &hparams)?;
    assert_eq!(tensors.len() as u64, hparams.tensors(), "the plan has every tensor of the layout once");
    ggml::write_head(out, &hparams, &mel_filter_bank(hparams.mels as usize), tokens)
        .map_err(ConvertError::Write)?;
    let mut done = 0;
    for tensor in &tensors {
        let sizes: Vec<u32> = tensor.shape.iter().rev().map(|size| *size as u32).collect();
        ggml::write_tensor_head(out, &tensor.name, tensor.kind, &sizes).map_err(ConvertError::Write)?;
        copy_numbers(spec, tensor, out)?;
        done += tensor.count() * Ct2Type::F16.bytes();
        written(done);
    }
    Ok(hparams)
}

/// One tensor to be written.
struct Tensor {
    name: String,
    /// Variable it comes from, and its first number there.
    source: String,
    first: u64,
    /// Slowest first.
    shape: Vec<u64>,
    kind: TensorType,
}

impl Tensor {
    fn count(&self) -> u64 {
        self.shape.iter().product()
    }
}

fn hparams<R: Read + Seek>(spec: &mut SpecFile<R>) -> Result<Hparams, ConvertError> {
    let narrow = |field, size: u64, max: u32| match u32::try_from(size) {
        Ok(size) if (1..=max).contains(&size) => Ok(size),
        _ => Err(ConvertError::Implausible { field, found: size as i64 }),
    };
    let size = |spec: &SpecFile<R>, name: &str, axis: usize| {
        spec.variable(name).map(|v| v.shape.get(axis).copied().unwrap_or(0))
    };
    let heads = |spec: &mut SpecFile<R>, field, name: &str, state: u32| match spec.integer(name)? {
        heads if heads > 0 && state.is_multiple_of(heads as u32) => Ok(heads as u32),
        heads => Err(ConvertError::Implausible { field, found: heads.into() }),
    };
    let audio_state = narrow("audio state", size(spec, "encoder/conv1/weight", 0)?, 4_096)?;
    let mels = narrow("mel count", size(spec, "encoder/conv1/weight", 1)?, 128)?;
    let vocabulary = narrow("vocabulary", size(spec, "decoder/embeddings/weight", 0)?, 51_866)?;
    let contexts = ["encoder/position_encodings/encodings", "decoder/position_encodings/encodings"];
    Ok(Hparams {
        vocabulary,
        audio_context: narrow("audio context", size(spec, contexts[0], 0)?, 1_500)?,
        audio_state,
        audio_heads: heads(spec, "audio heads", "encoder/num_heads", audio_state)?,
        audio_layers: narrow("audio layers", layers(spec, "encoder"), LAYERS_MAX)?,
        text_context: narrow("text context", size(spec, contexts[1], 0)?, 448)?,
        text_state: audio_state,
        text_heads: heads(spec, "text heads", "decoder/num_heads", audio_state)?,
        text_layers: narrow("text layers", layers(spec, "decoder"), LAYERS_MAX)?,
        mels,
        ftype: 1,
    })
}

fn layers<R: Read + Seek>(spec: &SpecFile<R>, side: &str) -> u64 {
    let there = |n: &u32| spec.variable(&format!("{side}/layer_{n}/self_attention/linear_0/weight")).is_ok();
    (0..=LAYERS_MAX).take_while(there).count() as u64
}

/// The tensors in the order of a PyTorch module: the encoder, then the decoder, each block after block.
struct Plan<'a, R> {
    spec: &'a mut SpecFile<R>,
    state: u64,
    tensors: Vec<Tensor>,
}

impl<'a, R: Read + Seek> Plan<'a, R> {
    fn of(spec: &'a mut SpecFile<R>, hparams: &Hparams) -> Result<Vec<Tensor>, ConvertError> {
        let state = u64::from(hparams.audio_state);
        let mut plan = Self { spec, state, tensors: Vec::new() };
        plan.positions("encoder", hparams.audio_context)?;
        plan.convolution(1, hparams.mels.into())?;
        plan.convolution(2, state)?;
        for n in 0..hparams.audio_layers {
            plan.block("encoder", n)?;
        }
        plan.norm("encoder.ln_post", "encoder/layer_norm")?;
        plan.positions("decoder", hparams.text_context)?;
        let table = vec![hparams.vocabulary.into(), state];
        plan.whole("decoder.token_embedding.weight", "decoder/embeddings/weight", table, TensorType::F16)?;
        for n in 0..hparams.text_layers {
            plan.block("decoder", n)?;
        }
        plan.norm("decoder.ln", "decoder/layer_norm")?;
        Ok(plan.tensors)
    }

    fn positions(&mut self, side: &str, context: u32) -> Result<(), ConvertError> {
        let shape = vec![context.into(), self.state];
        let source = format!("{side}/position_encodings/encodings");
        self.whole(&format!("{side}.positional_embedding"), &source, shape, TensorType::F32)
    }

    fn convolution(&mut self, n: u32, from: u64) -> Result<(), ConvertError> {
        let shape = vec![self.state, from, 3];
        let (name, source) = (format!("encoder.conv{n}"), format!("encoder/conv{n}"));
        self.whole(&format!("{name}.weight"), &format!("{source}/weight"), shape, TensorType::F16)?;
        self.whole(&format!("{name}.bias"), &format!("{source}/bias"), vec![self.state], TensorType::F32)?;
        // whisper.cpp adds it to a matrix with time in its rows, so it wants a column.
        self.tensors.last_mut().into_iter().for_each(|bias| bias.shape.push(1));
        Ok(())
    }

    fn block(&mut self, side: &str, n: u32) -> Result<(), ConvertError> {
        let (name, source) = (format!("{side}.blocks.{n}"), format!("{side}/layer_{n}"));
        let (attn, own) = (format!("{name}.attn"), format!("{source}/self_attention"));
        self.stacked(&attn, &["query", "key", "value"], &format!("{own}/linear_0"))?;
        self.stacked(&attn, &["out"], &format!("{own}/linear_1"))?;
        self.norm(&format!("{attn}_ln"), &format!("{own}/layer_norm"))?;
        if side == "decoder" {
            let (attn, across) = (format!("{name}.cross_attn"), format!("{source}/attention"));
            self.stacked(&attn, &["query"], &format!("{across}/linear_0"))?;
            self.stacked(&attn, &["key", "value"], &format!("{across}/linear_1"))?;
            self.stacked(&attn, &["out"], &format!("{across}/linear_2"))?;
            self.norm(&format!("{attn}_ln"), &format!("{across}/layer_norm"))?;
        }
        let wide = 4 * self.state;
        self.linear(&format!("{name}.mlp.0"), &format!("{source}/ffn/linear_0"), wide, self.state)?;
        self.linear(&format!("{name}.mlp.2"), &format!("{source}/ffn/linear_1"), self.state, wide)?;
        self.norm(&format!("{name}.mlp_ln"), &format!("{source}/ffn/layer_norm"))
    }

    fn norm(&mut self, name: &str, source: &str) -> Result<(), ConvertError> {
        let shape = || vec![self.state];
        let (weight, bias) = (shape(), shape());
        self.whole(&format!("{name}.weight"), &format!("{source}/gamma"), weight, TensorType::F32)?;
        self.whole(&format!("{name}.bias"), &format!("{source}/beta"), bias, TensorType::F32)
    }

    fn linear(&mut self, name: &str, source: &str, rows: u64, columns: u64) -> Result<(), ConvertError> {
        let weight = format!("{source}/weight");
        self.whole(&format!("{name}.weight"), &weight, vec![rows, columns], TensorType::F16)?;
        self.whole(&format!("{name}.bias"), &format!("{source}/bias"), vec![rows], TensorType::F32)
    }

    /// Square projections that `source` holds one below the other.
    fn stacked(&mut self, name: &str, parts: &[&str], source: &str) -> Result<(), ConvertError> {
        let (state, rows) = (self.state, self.state * parts.len() as u64);
        let (weight, bias) = (format!("{source}/weight"), format!("{source}/bias"));
        self.check(&weight, &[rows, state])?;
        self.check(&bias, &[rows])?;
        for (n, part) in (0u64..).zip(parts) {
            let name = format!("{name}.{part}");
            self.push(
                format!("{name}.weight"),
                &weight,
                n * state * state,
                vec![state, state],
                TensorType::F16,
            );
            if *part == "key" {
                self.check_key_bias(&bias, n * state)?;
            } else {
                self.push(format!("{name}.bias"), &bias, n * state, vec![state], TensorType::F32);
            }
        }
        Ok(())
    }

    fn whole(
        &mut self,
        name: &str,
        source: &str,
        shape: Vec<u64>,
        kind: TensorType,
    ) -> Result<(), ConvertError> {
        self.check(source, &shape)?;
        self.push(name.to_owned(), source, 0, shape, kind);
        Ok(())
    }

    fn push(&mut self, name: String, source: &str, first: u64, shape: Vec<u64>, kind: TensorType) {
        self.tensors.push(Tensor { name, source: source.to_owned(), first, shape, kind });
    }

    fn check(&self, name: &str, expected: &[u64]) -> Result<(), ConvertError> {
        let variable = self.spec.variable(name)?;
        if variable.kind != Ct2Type::F16 {
            return Err(ConvertError::NotHalf { name: name.to_owned(), found: variable.kind });
        }
        if variable.shape != expected {
            let (found, expected) = (variable.shape.clone(), expected.to_vec());
            return Err(ConvertError::Shape { name: name.to_owned(), found, expected });
        }
        Ok(())
    }

    fn check_key_bias(&mut self, name: &str, first: u64) -> Result<(), ConvertError> {
        let bias = self.spec.variable(name)?.clone();
        let mut bytes = Vec::new();
        let mut section = self.spec.numbers(&bias, first, self.state)?;
        section.read_to_end(&mut bytes).map_err(ReadError::Io)?;
        if bytes.chunks_exact(2).any(|half| float_of_half([half[0], half[1]]) != 0.0) {
            return Err(ConvertError::KeyBias { name: name.to_owned() });
        }
        Ok(())
    }
}

fn copy_numbers<R: Read + Seek>(
    spec: &mut SpecFile<R>,
    tensor: &Tensor,
    out: &mut impl Write,
) -> Result<(), ConvertError> {
    let variable = spec.variable(&tensor.source)?.clone();
    let mut left = tensor.count() * Ct2Type::F16.bytes();
    let mut section = spec.numbers(&variable, tensor.first, tensor.count())?;
    let mut buffer = vec![0; COPY_BYTES.min(left as usize)];
    let mut wide = Vec::new();
    while left > 0 {
        let halves = &mut buffer[..COPY_BYTES.min(left as usize)];
        section.read_exact(halves).map_err(ReadError::Io)?;
        left -= halves.len() as u64;
        let bytes = if tensor.kind == TensorType::F16 {
            &*halves
        } else {
            wide.clear();
            wide.extend(halves.chunks_exact(2).flat_map(|h| float_of_half([h[0], h[1]]).to_le_bytes()));
            &wide
        };
        out.write_all(bytes).map_err(ConvertError::Write)?;
    }
    Ok(())
}

/// IEEE 754 binary16, little-endian, widened exactly.
fn float_of_half(half: [u8; 2]) -> f32 {
    let bits = u32::from(u16::from_le_bytes(half));
    let (sign, exponent, fraction) = (bits >> 15 << 31, bits >> 10 & 0x1f, bits & 0x3ff);
    match exponent {
        0 => f32::from_bits((fraction as f32 / (1 << 24) as f32).to_bits() | sign),
        0x1f => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_widen_to_the_same_number() {
        let cases = [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65_504.0),
            (0xfc00, f32::NEG_INFINITY),
        ];
        for (bits, expected) in cases {
            let found = float_of_half(u16::to_le_bytes(bits));
            assert_eq!(found.to_bits(), f32::to_bits(expected), "{bits:#06x}: {found}, not {expected}");
        }
        assert!(float_of_half(0x7e00_u16.to_le_bytes()).is_nan());
    }
}
