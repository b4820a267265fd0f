//! Whisper through whisper.cpp: the only file that knows whisper-rs.
//!
//! One model is shared; each recogniser has its own state and one thread, since two recogniser threads on
//! a busy core wait for each other at barriers. Decoding is greedy, without prompt and without temperature
//! fallback, so the same audio gives the same text.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use whisper_rs::{
    DtwMode, DtwModelPreset, DtwParameters, FullParams, SamplingStrategy, WhisperContext,
    WhisperContextParameters, WhisperState,
};

use super::assemble::{TextToken, assemble, token_time};
use super::forced::Tree;
use super::invention::{Invention, invention};
use super::{AsrError, CLOSED, Care, Hypothesis, Recogniser};
use crate::mandarin::{simplify, traditional};
use crate::units::{SAMPLE_RATE_HZ, Span};
use crate::vad::SpeechSegment;

/// Encoder positions a second of audio.
const POSITIONS_PER_SECOND: f64 = 50.0;
/// Positions of silence kept behind the audio: without them the decoder loops.
const POSITIONS_SPARE: i32 = 64;
/// The same when time is short.
const POSITIONS_SHORT: i32 = 32;
/// Added when a first decode looped.
const POSITIONS_RETRY: i32 = 256;
/// Mean log-probability a token below which the recogniser looks a second time, with more context. One segment in
/// twenty is; below -0.45 it would be one in six, for one syllable error in ten less and a third more time.
const SECOND_LOOK_BELOW: f32 = -0.7;
/// The model's full context, 30 s.
const POSITIONS_MAX: i32 = 1500;
/// Tokens allowed a second of speech.
const TOKENS_PER_SECOND: f64 = 8.0;
/// Scratch space for one alignment: 1500 positions x 224 tokens x 23 heads of f32, five times over. Touched only as used.
const ALIGNMENT_BYTES: usize = 256 << 20;
/// whisper.cpp ignores audio under 100 ms; shorter segments are padded to twice that.
const SAMPLES_MIN: usize = SAMPLE_RATE_HZ as usize / 5;

/// A loaded model, shared by the recognisers of all threads.
#[derive(Clone)]
pub struct WhisperModel {
    context: Arc<WhisperContext>,
    identity: String,
}

impl WhisperModel {
    /// Loads a ggml file. `identity` names it in fingerprints: its name and SHA-256.
    pub fn load(path: &Path, identity: &str) -> Result<Self, AsrError> {
        whisper_rs::install_logging_hooks();
        let fault = |detail: String| AsrError::Load { path: PathBuf::from(path), detail };
        let file = path.to_str().ok_or_else(|| fault("the path is not valid UTF-8".to_owned()))?;
        let mut parameters = WhisperContextParameters::default();
        // Flash attention slows the CPU path down and hides the cross attention that times are read from.
        parameters.use_gpu(false).flash_attn(false);
        let alignment = alignment_heads(path).map_err(|e| fault(e.to_string()))?;
        parameters.dtw_parameters(DtwParameters { mode: alignment, dtw_mem_size: ALIGNMENT_BYTES });
        let context = WhisperContext::new_with_params(file, parameters).map_err(|e| fault(e.to_string()))?;
        Ok(Self { context: Arc::new(context), identity: identity.to_owned() })
    }

    /// A recogniser for one thread.
    pub fn recogniser(&self) -> Result<WhisperRecogniser, AsrError> {
        let state = self
            .context
            .create_state()
            .map_err(|e| AsrError::Decode { at: 0.0, detail: format!("no recogniser state: {e}") })?;
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        parameters.set_n_threads(1);
        parameters.set_language(Some("zh"));
        parameters.set_no_context(true);
        parameters.set_single_segment(true);
        parameters.set_temperature_inc(0.0);
        parameters.set_suppress_nst(true);
        parameters.set_print_special(false);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_timestamps(false);
        let closing = self.closing();
        Ok(WhisperRecogniser {
            model: self.clone(),
            state,
            parameters,
            encoded: None,
            traditional: false,
            closing,
        })
    }

    /// The end of the text, and the first tokens of punctuation.
    fn closing(&self) -> Vec<usize> {
        let marks = ["。", "，", "？", "！", ".", ",", "?", "!"];
        let first = |mark: &str| self.context.tokenize(mark, mark.len()).ok()?.first().copied();
        let tokens = marks.into_iter().filter_map(first).chain([self.context.token_eot()]);
        let mut closing: Vec<usize> = tokens.filter_map(|token| usize::try_from(token).ok()).collect();
        closing.sort_unstable();
        closing.dedup();
        closing
    }
}

/// [`Recogniser`] over one whisper.cpp state.
pub struct WhisperRecogniser {
    model: WhisperModel,
    state: WhisperState,
    parameters: FullParams<'static, 'static>,
    /// What the state holds encoded.
    encoded: Option<Encoded>,
    /// It wrote that in traditional characters.
    traditional: bool,
    /// Tokens that may follow the last word of a sentence.
    closing: Vec<usize>,
}

/// Tells segments apart: those of different windows may have the same channel and span.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Encoded {
    span: Span,
    samples_hash: u64,
    care: Care,
}

impl Encoded {
    fn new(segment: &SpeechSegment, care: Care) -> Self {
        Self { span: segment.span, samples_hash: segment.samples_hash(), care }
    }
}

impl Recogniser for WhisperRecogniser {
    fn decode(&mut self, segment: &SpeechSegment, care: Care) -> Result<Hypothesis, AsrError> {
        self.encoded = None;
        let heard = match care {
            Care::Full => self.decode_with_care(segment)?,
            Care::Short => self.transcribe(segment, POSITIONS_SHORT)?,
        };
        self.encoded = Some(Encoded::new(segment, care));
        match self.doubt(&heard, segment) {
            None => Ok(heard),
            Some(why) => {
                tracing::debug!(at = segment.span.start.seconds(), ?why, text = heard.text(), "not believed");
                Ok(Hypothesis::silent(segment))
            }
        }
    }

    fn score(
        &mut self,
        segment: &SpeechSegment,
        care: Care,
        context: &str,
        continuations: &[String],
    ) -> Result<Vec<f32>, AsrError> {
        if self.encoded != Some(Encoded::new(segment, care)) {
            self.decode(segment, care)?;
        }
        let at = segment.span.start.seconds();
        let whisper = &self.model.context;
        let mut past = vec![
            whisper.token_sot(),
            whisper.token_lang(chinese()),
            whisper.token_transcribe(),
            whisper.token_not(),
        ];
        // What was said before is given back as it was written.
        let context = if self.traditional { traditional(context) } else { context.to_owned() };
        past.extend(self.tokens(&context, at)?);
        let mut tree = Tree::new();
        for (index, text) in continuations.iter().enumerate() {
            let (words, closes) =
                text.strip_suffix(CLOSED).map_or((text.as_str(), false), |words| (words, true));
            for writing in [words.to_owned(), traditional(words)] {
                tree.add(index, &self.tokens(&writing, at)?, closes);
            }
        }
        // All but the last at once: whisper-rs reads the logits of the first row only.
        let (last, before) =
            past.split_last().map_or((whisper.token_not(), &[][..]), |(last, all)| (*last, all));
        self.feed(before, 0, at)?;
        self.feed(&[last], before.len(), at)?;
        let mut scores = vec![f32::NEG_INFINITY; continuations.len()];
        self.walk(&tree, 0, 0.0, past.len(), &mut scores, at)?;
        Ok(scores)
    }

    fn fingerprint(&self) -> String {
        format!(
            "whisper.cpp {} {} greedy spare={POSITIONS_SPARE} retry={POSITIONS_RETRY} again<{SECOND_LOOK_BELOW} {}",
            whisper_rs::WHISPER_CPP_VERSION,
            self.model.identity,
            whisper_rs::print_system_info().trim(),
        )
    }
}

impl WhisperRecogniser {
    /// Looks again where the first look looped or is doubtful. The state keeps the encoding of the last look.
    fn decode_with_care(&mut self, segment: &SpeechSegment) -> Result<Hypothesis, AsrError> {
        let heard = self.transcribe(segment, POSITIONS_SPARE)?;
        let looped = self.doubt(&heard, segment) == Some(Invention::Loop);
        let doubtful = !heard.chars.is_empty() && heard.mean_log_prob < SECOND_LOOK_BELOW;
        if !looped && !doubtful {
            return Ok(heard);
        }
        let second = self.transcribe(segment, POSITIONS_SPARE + POSITIONS_RETRY)?;
        let better = second.mean_log_prob > heard.mean_log_prob && self.doubt(&second, segment).is_none();
        Ok(if looped || better { second } else { heard })
    }

    fn transcribe(&mut self, segment: &SpeechSegment, spare: i32) -> Result<Hypothesis, AsrError> {
        let at = segment.span.start.seconds();
        let seconds = segment.samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
        let mut parameters = self.parameters.clone();
        let positions = (seconds * POSITIONS_PER_SECOND).ceil() as i32 + spare;
        parameters.set_audio_ctx(positions.min(POSITIONS_MAX));
        parameters.set_max_tokens((seconds * TOKENS_PER_SECOND) as i32 + 8);
        let result = if segment.samples.len() < SAMPLES_MIN {
            let mut padded = segment.samples.clone();
            padded.resize(SAMPLES_MIN, 0.0);
            self.state.full(parameters, &padded)
        } else {
            self.state.full(parameters, &segment.samples)
        };
        result.map_err(|e| AsrError::Decode { at, detail: e.to_string() })?;
        self.traditional = self.writes_traditional();
        Ok(self.hypothesis(segment))
    }

    fn writes_traditional(&self) -> bool {
        let differs = |text: std::borrow::Cow<'_, str>| simplify(&text) != text;
        self.state.as_iter().any(|piece| piece.to_str_lossy().is_ok_and(differs))
    }

    fn hypothesis(&self, segment: &SpeechSegment) -> Hypothesis {
        let text_tokens = self.model.context.token_eot();
        let mut tokens = Vec::new();
        let mut start = segment.speech.start;
        for piece in self.state.as_iter() {
            for i in 0..piece.n_tokens() {
                let Some(token) = piece.get_token(i) else { continue };
                let data = token.token_data();
                if data.id >= text_tokens {
                    continue;
                }
                // The alignment gives the end of each token; it begins where the one before it ended.
                let end =
                    token_time(segment.span.start, data.t_dtw).clamp(start, segment.span.end.max(start));
                tokens.push(TextToken {
                    bytes: token.to_bytes().unwrap_or_default().to_vec(),
                    log_prob: data.plog,
                    span: Span::new(start, end),
                });
                start = end;
            }
        }
        let mut heard = Hypothesis::silent(segment);
        if !tokens.is_empty() {
            heard.mean_log_prob = tokens.iter().map(|t| t.log_prob).sum::<f32>() / tokens.len() as f32;
            heard.chars = assemble(&tokens);
        }
        heard
    }

    fn doubt(&self, heard: &Hypothesis, segment: &SpeechSegment) -> Option<Invention> {
        invention(&heard.text(), segment.speech.seconds(), heard.mean_log_prob)
    }

    fn tokens(&self, text: &str, at: f64) -> Result<Vec<i32>, AsrError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        // At most one token a byte.
        self.model
            .context
            .tokenize(text, text.len())
            .map_err(|e| AsrError::Decode { at, detail: format!("{text} has no tokens: {e}") })
    }

    /// Scores the texts beyond `node`, of which `position` tokens in all are fed, with the log-likelihood `so_far`. Of the
    /// writings of one text the likelier counts.
    fn walk(
        &mut self,
        tree: &Tree,
        node: usize,
        so_far: f32,
        position: usize,
        scores: &mut [f32],
        at: f64,
    ) -> Result<(), AsrError> {
        let predicted = self.log_probs(at)?;
        let of = |token: i32| usize::try_from(token).ok().and_then(|t| predicted.get(t)).copied();
        let closing: f32 = self.closing.iter().filter_map(|t| predicted.get(*t)).map(|p| p.exp()).sum();
        for text in &tree.node(node).closed {
            scores[*text] = scores[*text].max(so_far + closing.ln());
        }
        let mut onward = Vec::new();
        for child in &tree.node(node).children {
            let likelihood = so_far + of(tree.node(*child).token).unwrap_or(f32::NEG_INFINITY);
            for text in &tree.node(*child).open {
                scores[*text] = scores[*text].max(likelihood);
            }
            onward.extend(tree.goes_on(*child).then_some((*child, likelihood)));
        }
        for (child, likelihood) in onward {
            self.feed(&[tree.node(child).token], position, at)?;
            self.walk(tree, child, likelihood, position + 1, scores, at)?;
        }
        Ok(())
    }

    /// Feeds tokens after the first `position` ones; whatever was fed there before is forgotten.
    fn feed(&mut self, tokens: &[i32], position: usize, at: f64) -> Result<(), AsrError> {
        self.state
            .decode(tokens, position, 1)
            .map_err(|e| AsrError::Decode { at, detail: format!("forced decoding: {e}") })
    }

    fn log_probs(&self, at: f64) -> Result<Vec<f32>, AsrError> {
        let logits = self
            .state
            .get_logits()
            .map_err(|e| AsrError::Decode { at, detail: format!("no logits: {e}") })?;
        let logits = &logits[..logits.len().min(self.state.n_vocab() as usize)];
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let log_sum = logits.iter().map(|l| (l - highest).exp()).sum::<f32>().ln() + highest;
        Ok(logits.iter().map(|l| l - log_sum).collect())
    }
}

/// The cross-attention heads that follow the speech, by the dimensions in a ggml file's header; for a model of
/// other dimensions the upper half of its decoder.
fn alignment_heads(path: &Path) -> std::io::Result<DtwMode<'static>> {
    let mut header = [0; 40];
    File::open(path)?.read_exact(&mut header)?;
    let field = |i: usize| i32::from_le_bytes(std::array::from_fn(|b| header[4 * i + b]));
    // magic, vocabulary, audio context, state, heads, layers; text context, state, heads, layers.
    let (vocabulary, audio_layers, text_layers) = (field(1), field(5), field(9));
    let model_preset = match (audio_layers, text_layers) {
        (4, 4) => DtwModelPreset::Tiny,
        (6, 6) => DtwModelPreset::Base,
        (12, 12) => DtwModelPreset::Small,
        (24, 24) => DtwModelPreset::Medium,
        (32, 32) if vocabulary == 51_866 => DtwModelPreset::LargeV3,
        (32, 32) => DtwModelPreset::LargeV2,
        (32, 4) => DtwModelPreset::LargeV3Turbo,
        _ => return Ok(DtwMode::TopMost { n_top: (text_layers / 2).max(1) }),
    };
    Ok(DtwMode::ModelPreset { model_preset })
}

fn chinese() -> i32 {
    whisper_rs::get_lang_id("zh").unwrap_or(1)
}
