//! Text the recogniser makes up where nobody speaks.
//!
//! Whisper was trained on subtitles: over noise it writes their credits and thanks, and it can fall into
//! repeating itself. Both are recognised here and never become words a clerk is charged with.

use crate::mandarin::normalise;

/// Lines of subtitle files that no clerk says; matched anywhere in the normalised text.
const CREDITS: &[&str] = &[
    "字幕",
    "谢谢观看",
    "感谢观看",
    "感谢收看",
    "谢谢收看",
    "谢谢大家收看",
    "请不吝点赞",
    "订阅转发",
    "打赏支持",
    "明镜与点点",
    "优优独播剧场",
    "中文字幕志愿者",
    "amaraorg",
    "下期再见",
    "下集再见",
    "本集完",
    "词曲",
    "作词",
    "作曲",
    "编曲",
];

/// Why a transcript is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invention {
    /// Brackets, notes and full stops: what is written for music.
    NoWords,
    /// Subtitle credits.
    Credits,
    /// The same words over and over.
    Loop,
    /// More syllables than anyone speaks in that time.
    TooFast,
    /// A few words for a long voice: whatever it was, these were not what it said.
    TooSlow,
    /// The recogniser itself gave it little chance.
    Unlikely,
}

/// Fastest speech believed, characters a second. Read Mandarin is 4 to 6, and hurried speech stays below this: of 769
/// utterances of people and of synthetic voices the fastest, counted as here, has 6.4.
const CHARS_PER_SECOND_MAX: f64 = 9.0;

/// Slowest speech believed, beyond the first second. Of the same utterances the slowest has 2.3.
const CHARS_PER_SECOND_MIN: f64 = 1.0;

/// Speech that the voice detector may leave out at the edges of an utterance, in all.
const EDGES_S: f64 = 0.25;

/// Mean log-probability a token below which a transcript counts as a guess; Whisper's own default.
const MEAN_LOG_PROB_MIN: f32 = -1.3;

/// Judges a transcript of `seconds` of speech.
pub(super) fn invention(text: &str, seconds: f64, mean_log_prob: f32) -> Option<Invention> {
    let normal = normalise(text);
    let chars: Vec<char> = normal.chars().collect();
    if chars.is_empty() {
        return (!text.is_empty()).then_some(Invention::NoWords);
    }
    if CREDITS.iter().any(|line| normal.contains(line)) {
        return Some(Invention::Credits);
    }
    if repeats(&chars) {
        return Some(Invention::Loop);
    }
    if chars.len() as f64 > (seconds + EDGES_S) * CHARS_PER_SECOND_MAX {
        return Some(Invention::TooFast);
    }
    if (chars.len() as f64) < (seconds - 1.0) * CHARS_PER_SECOND_MIN {
        return Some(Invention::TooSlow);
    }
    (mean_log_prob < MEAN_LOG_PROB_MIN).then_some(Invention::Unlikely)
}

/// True when a unit of up to 12 characters stands at least four times in a row and makes up most of the text.
fn repeats(chars: &[char]) -> bool {
    (1..=12.min(chars.len() / 4)).any(|unit| {
        let longest = longest_run(chars, unit);
        longest >= 4 * unit && (unit > 1 || longest >= 6) && longest * 2 > chars.len()
    })
}

/// Length of the longest stretch in which every character equals the one `unit` before it.
fn longest_run(chars: &[char], unit: usize) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for i in unit..chars.len() {
        run = if chars[i] == chars[i - unit] { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    if longest == 0 { 0 } else { longest + unit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_text_is_told_from_speech() {
        use Invention::*;
        for (text, seconds, log_prob, expected) in [
            ("您好，请问您要办理什么业务", 3.0, -0.3, None),
            ("", 3.0, 0.0, None),
            ("【】】】】】】", 3.0, -0.2, Some(NoWords)),
            ("字幕由志愿者提供", 4.0, -0.2, Some(Credits)),
            ("請不吝點贊 訂閱 轉發", 4.0, -0.2, Some(Credits)),
            ("我不管我不管我不管我不管我不管", 4.0, -0.2, Some(Loop)),
            ("不行不行不行", 2.0, -0.2, None),
            ("好好好", 1.0, -0.2, None),
            ("请把您的身份证和户口本还有居住证明都给我看一下谢谢您的配合", 0.5, -0.2, Some(TooFast)),
            ("第1第2第2第2", 0.5, -0.8, Some(TooFast)),
            ("寂寞寂寞寂寞", 8.0, -0.6, Some(TooSlow)),
            ("没时间", 3.5, -0.3, None),
            ("不知道", 0.15, -0.2, None),
            ("您好请问", 0.3, -0.2, None),
            ("的的", 1.0, -2.0, Some(Unlikely)),
        ] {
            assert_eq!(invention(text, seconds, log_prob), expected, "{text}");
        }
    }
}
