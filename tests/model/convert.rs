//! From CTranslate2 to ggml: every number in its place, and refusals.

use std::io::Cursor;

use sansheng::model::{ConvertError, SpecFile, TensorType, ggml_from_ct2, inspect, read_tokens};

use crate::fixture::{
    AUDIO_CONTEXT, Fixture, STATE, TEXT_CONTEXT, TEXT_LAYERS, VOCABULARY, Variable, ct2_file, tokenizer_json,
    variables,
};

fn bytes_of(halves: &[u16]) -> Vec<u8> {
    halves.iter().flat_map(|half| half.to_le_bytes()).collect()
}

/// 16-bit floating point widened by its definition; the fixture has no infinities.
fn floats_of(halves: &[u16]) -> Vec<u8> {
    let widen = |half: u16| {
        let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f32::from(half & 0x3ff));
        if exponent == 0 { fraction * 2f32.powi(-24) } else { (fraction + 1024.0) * 2f32.powi(exponent - 25) }
    };
    halves.iter().flat_map(|half| widen(*half).to_le_bytes()).collect()
}

#[test]
fn conversion_unstacks_projections_and_keeps_every_number() {
    let fixture = Fixture::new();
    let contents = inspect(Cursor::new(fixture.ggml)).unwrap();
    assert_eq!(contents.tensors.len(), 7 + 15 + 4 + 24 * TEXT_LAYERS as usize);
    assert_eq!((contents.hparams.audio_heads, contents.hparams.text_layers), (2, TEXT_LAYERS));
    let all = variables();
    let (one, square) = (STATE as usize, (STATE * STATE) as usize);
    let (half, full) = (TensorType::F16, TensorType::F32);
    let (s, wide) = (STATE, 4 * STATE);
    // Tensor, its sizes fastest first, its type, the variable it comes from, and its first number there.
    let cases = [
        (
            "encoder.positional_embedding",
            vec![s, AUDIO_CONTEXT],
            full,
            "encoder/position_encodings/encodings",
            0,
        ),
        (
            "decoder.positional_embedding",
            vec![s, TEXT_CONTEXT],
            full,
            "decoder/position_encodings/encodings",
            0,
        ),
        ("encoder.conv1.weight", vec![3, 80, s], half, "encoder/conv1/weight", 0),
        ("encoder.conv1.bias", vec![1, s], full, "encoder/conv1/bias", 0),
        ("encoder.conv2.weight", vec![3, s, s], half, "encoder/conv2/weight", 0),
        ("encoder.conv2.bias", vec![1, s], full, "encoder/conv2/bias", 0),
        ("decoder.token_embedding.weight", vec![s, VOCABULARY], half, "decoder/embeddings/weight", 0),
        (
            "encoder.blocks.0.attn.query.weight",
            vec![s, s],
            half,
            "encoder/layer_0/self_attention/linear_0/weight",
            0,
        ),
        (
            "encoder.blocks.0.attn.key.weight",
            vec![s, s],
            half,
            "encoder/layer_0/self_attention/linear_0/weight",
            square,
        ),
        (
            "encoder.blocks.0.attn.value.weight",
            vec![s, s],
            half,
            "encoder/layer_0/self_attention/linear_0/weight",
            2 * square,
        ),
        (
            "encoder.blocks.0.attn.query.bias",
            vec![s],
            full,
            "encoder/layer_0/self_attention/linear_0/bias",
            0,
        ),
        (
            "encoder.blocks.0.attn.value.bias",
            vec![s],
            full,
            "encoder/layer_0/self_attention/linear_0/bias",
            2 * one,
        ),
        (
            "encoder.blocks.0.attn.out.weight",
            vec![s, s],
            half,
            "encoder/layer_0/self_attention/linear_1/weight",
            0,
        ),
        (
            "encoder.blocks.0.attn_ln.weight",
            vec![s],
            full,
            "encoder/layer_0/self_attention/layer_norm/gamma",
            0,
        ),
        ("encoder.blocks.0.attn_ln.bias", vec![s], full, "encoder/layer_0/self_attention/layer_norm/beta", 0),
        ("encoder.blocks.0.mlp.0.weight", vec![s, wide], half, "encoder/layer_0/ffn/linear_0/weight", 0),
        ("encoder.blocks.0.mlp.2.weight", vec![wide, s], half, "encoder/layer_0/ffn/linear_1/weight", 0),
        ("encoder.blocks.0.mlp.0.bias", vec![wide], full, "encoder/layer_0/ffn/linear_0/bias", 0),
        ("encoder.blocks.0.mlp_ln.bias", vec![s], full, "encoder/layer_0/ffn/layer_norm/beta", 0),
        ("encoder.ln_post.weight", vec![s], full, "encoder/layer_norm/gamma", 0),
        (
            "decoder.blocks.1.attn.value.weight",
            vec![s, s],
            half,
            "decoder/layer_1/self_attention/linear_0/weight",
            2 * square,
        ),
        (
            "decoder.blocks.1.cross_attn.query.weight",
            vec![s, s],
            half,
            "decoder/layer_1/attention/linear_0/weight",
            0,
        ),
        (
            "decoder.blocks.1.cross_attn.key.weight",
            vec![s, s],
            half,
            "decoder/layer_1/attention/linear_1/weight",
            0,
        ),
        (
            "decoder.blocks.1.cross_attn.value.weight",
            vec![s, s],
            half,
            "decoder/layer_1/attention/linear_1/weight",
            square,
        ),
        (
            "decoder.blocks.1.cross_attn.value.bias",
            vec![s],
            full,
            "decoder/layer_1/attention/linear_1/bias",
            one,
        ),
        ("decoder.blocks.1.cross_attn.out.bias", vec![s], full, "decoder/layer_1/attention/linear_2/bias", 0),
        (
            "decoder.blocks.1.cross_attn_ln.weight",
            vec![s],
            full,
            "decoder/layer_1/attention/layer_norm/gamma",
            0,
        ),
        ("decoder.ln.bias", vec![s], full, "decoder/layer_norm/beta", 0),
    ];
    for (name, sizes, kind, source, first) in cases {
        let tensor =
            contents.tensors.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!((&tensor.sizes, tensor.kind), (&sizes, kind), "{name}");
        let variable = all.iter().find(|v| v.name == source).unwrap();
        let count = sizes.iter().product::<u32>() as usize;
        let halves = &variable.halves[first..first + count];
        let expected = if kind == half { bytes_of(halves) } else { floats_of(halves) };
        let found = &fixture.ggml[tensor.offset as usize..(tensor.offset + tensor.bytes) as usize];
        assert!(found == expected, "{name} does not hold {source} from number {first} on");
    }
    assert!(!contents.tensors.iter().any(|t| t.name.ends_with("key.bias")));
}

#[test]
fn models_that_ggml_cannot_hold_are_refused_by_the_name_of_the_variable() {
    let tokens = read_tokens(tokenizer_json().as_bytes()).unwrap();
    let convert = |change: &dyn Fn(&mut Vec<Variable>)| {
        let mut all = variables();
        change(&mut all);
        let mut spec = SpecFile::open(Cursor::new(ct2_file(&all))).unwrap();
        ggml_from_ct2(&mut spec, &tokens, &mut Vec::new(), &mut |_| {}).unwrap_err()
    };
    let key_bias = "decoder/layer_0/attention/linear_1/bias";
    let error = convert(&|all| all.iter_mut().find(|v| v.name == key_bias).unwrap().halves[1] = 0x3c00);
    assert!(matches!(&error, ConvertError::KeyBias { name } if name == key_bias), "{error}");
    let missing = "encoder/layer_0/ffn/linear_1/bias";
    let error = convert(&|all| all.retain(|v| v.name != missing));
    assert_eq!(error.to_string(), format!("variable `{missing}` is missing"));
    let turned = "encoder/layer_0/ffn/linear_0/weight";
    let error = convert(&|all| all.iter_mut().find(|v| v.name == turned).unwrap().shape.reverse());
    assert!(matches!(&error, ConvertError::Shape { name, .. } if name == turned), "{error}");
    let error = convert(&|all| all.retain(|v| !v.name.contains("encoder/layer_0/self_attention/linear_0")));
    assert_eq!(error.to_string(), "`audio layers` is 0, which no Whisper model has");
}
