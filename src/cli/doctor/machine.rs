//! The machine itself: processor, model and how fast it hears, clock.

use std::path::Path;
use std::thread;

use super::Check;
use crate::asr::{Care, Recogniser, WhisperModel};
use crate::clock::{self, Stopwatch};
use crate::model::{ModelFile, ModelStore};
use crate::units::{ChannelIndex, Dbfs, Role, SAMPLE_RATE_HZ, SessionTime, Span};
use crate::vad::SpeechSegment;

/// What the recogniser's kernels make use of.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn features() -> Vec<(&'static str, bool)> {
    vec![
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("f16c", is_x86_feature_detected!("f16c")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ]
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<(&'static str, bool)> {
    use std::arch::is_aarch64_feature_detected;
    vec![("neon", is_aarch64_feature_detected!("neon")), ("dotprod", is_aarch64_feature_detected!("dotprod"))]
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<(&'static str, bool)> {
    Vec::new()
}

pub(super) fn processor() -> Check {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (has, lacks): (Vec<_>, Vec<_>) = features().into_iter().partition(|(_, has)| *has);
    let named = |of: &[(&str, bool)]| of.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
    let found = format!("{cores} cores, {}", named(&has));
    match lacks.iter().any(|(name, _)| ["avx2", "fma", "neon"].contains(name)) {
        true => Check::warning(
            "processor",
            format!(
                "{found}; without {} it hears several times slower: use fewer windows, or another machine",
                named(&lacks)
            ),
        ),
        false => Check::good("processor", found),
    }
}

/// Read to its last byte.
pub(super) fn model(name: &str) -> (Check, Option<ModelFile>) {
    let located = ModelStore::from_env().locate(name);
    let file = located.as_ref().ok().cloned();
    (Check::of("model", located, |file| format!("{}, SHA-256 {}", file.path.display(), file.sha256)), file)
}

/// How long the recogniser takes, which hardly depends on what is said.
pub(super) fn speed(file: &ModelFile) -> Check {
    match seconds(&file.path) {
        Err(fault) => Check::fault("speed", fault),
        Ok(took) if took > SOUND_S / 2.0 => Check::warning(
            "speed",
            format!(
                "{SOUND_S} s of sound take {took:.2} s on one core, which is too slow for a live window: close other programs, or use a smaller model"
            ),
        ),
        Ok(took) => Check::good(
            "speed",
            format!(
                "{SOUND_S} s of sound take {took:.2} s on one core; `sansheng bench live` says for how many windows that is enough"
            ),
        ),
    }
}

const SOUND_S: f64 = 4.0;

fn seconds(path: &Path) -> Result<f64, String> {
    let model = WhisperModel::load(path, "measured").map_err(|fault| fault.to_string())?;
    let mut recogniser = model.recogniser().map_err(|fault| fault.to_string())?;
    let count = (SOUND_S * f64::from(SAMPLE_RATE_HZ)) as usize;
    // Voiced like speech, four syllables a second.
    let sample = |n: usize| {
        let t = n as f32 / SAMPLE_RATE_HZ as f32;
        let voice: f32 =
            (1..12).map(|k| (t * 140.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
        0.1 * voice * (t * 4.0 * std::f32::consts::PI).sin().abs()
    };
    let span = Span { start: SessionTime(0), end: SessionTime(count as u64) };
    let segment = SpeechSegment {
        channel: ChannelIndex(0),
        role: Role::Clerk,
        span,
        speech: span,
        samples: (0..count).map(sample).collect(),
        level: Dbfs(-25.0),
        ends_in_silence: true,
    };
    // The first time memory is laid out.
    let mut took = f64::INFINITY;
    for _ in 0..2 {
        let watch = Stopwatch::start();
        recogniser.decode(&segment, Care::Full).map_err(|fault| fault.to_string())?;
        took = took.min(watch.elapsed().as_secs_f64());
    }
    Ok(took)
}

/// 2026-01-01: nothing of this program was written before.
const FIRST_S: f64 = 1_767_225_600.0;

pub(super) fn clock() -> Check {
    let what = "clock";
    if clock::unix_seconds() < FIRST_S {
        return Check::fault(
            what,
            format!(
                "it is {} by this machine's clock: set it, and have a time server keep it",
                clock::today()
            ),
        );
    }
    let kept = ["/run/systemd/timesync/synchronized", "/run/chrony", "/run/ntpd.pid", "/var/run/ntpd.pid"];
    match kept.into_iter().find(|path| Path::new(path).exists()) {
        Some(path) => Check::good(what, format!("{}, kept by a time service ({path})", clock::today())),
        None => Check::warning(
            what,
            format!(
                "{} by this machine; no time service is known to keep it: when something was said is only as right as the clock; run systemd-timesyncd or chrony",
                clock::today()
            ),
        ),
    }
}
