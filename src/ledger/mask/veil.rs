//! Veil: one window's clerk as he is stored and shown. In: utterances, and what was found in them. Out: the same without
//! personal numbers and names, character for character. Thread: judge. Allocates: per utterance and finding.
//!
//! Judging comes before it, on the words as they were heard. A finding quotes what was said, perhaps a piece of a number
//! alone that nobody could tell for one: so what was masked is remembered, and every piece of it is covered wherever a
//! finding has it.

use std::collections::VecDeque;

use super::{MASK, MaskKind, Masker, Span, find};
use crate::asr::Hypothesis;
use crate::conduct::Finding;
use crate::mandarin::is_punctuation;
use crate::phrase::HeldBack;
use crate::units::{SAMPLE_RATE_HZ, SessionTime};

/// A number is said on after shorter silences than this; whoever reads it out in turn may speak between.
const TURN_SAMPLES: u64 = 10 * SAMPLE_RATE_HZ as u64;
/// Stretches remembered: more than are said in a turn.
const SECRETS_MAX: usize = 64;
/// Digits next to each other that are covered wherever they are quoted.
const DIGITS_MIN: usize = 3;
/// Characters of a name; a surname alone is too common a word.
const NAME_MIN: usize = 2;

#[derive(Clone, Debug, Default)]
pub struct Veil {
    masker: Masker,
    /// The last utterances, for what the next one shows to be part of a number.
    said: VecDeque<Vec<char>>,
    until: SessionTime,
    secrets: VecDeque<Secret>,
    /// Of the utterance in progress, as far as it was heard last.
    tentative: Vec<Secret>,
}

/// The spoken characters of a stretch that was masked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Secret {
    chars: Vec<char>,
    least: usize,
}

impl Veil {
    /// The next utterance, heard to its end.
    pub fn utterance(&mut self, heard: &Hypothesis) -> Hypothesis {
        self.tentative.clear();
        if heard.span.start.0 > self.until.0.saturating_add(TURN_SAMPLES) {
            self.masker.turn_ended();
            self.said.clear();
        }
        self.until = self.until.max(heard.span.end);
        let chars = chars_of(heard);
        let (spans, earlier) = masked_in(&mut self.masker, &chars);
        let mut found: Vec<Secret> = spans.iter().filter_map(|span| Secret::of(&chars, span)).collect();
        for (back, span) in earlier {
            // 1 is the utterance before.
            let of = usize::try_from(back).ok().and_then(|back| self.said.len().checked_sub(back));
            found.extend(of.and_then(|of| Secret::of(&self.said[of], &span)));
        }
        for secret in found {
            if !self.secrets.contains(&secret) {
                self.secrets.push_back(secret);
            }
        }
        while self.secrets.len() > SECRETS_MAX {
            self.secrets.pop_front();
        }
        self.said.push_back(chars);
        while self.said.len() > SECRETS_MAX {
            self.said.pop_front();
        }
        covered(heard, &spans)
    }

    /// An utterance in progress, as far as it was heard; the next one takes its place.
    pub fn partial(&mut self, heard: &Hypothesis) -> Hypothesis {
        let mut masker = self.masker.clone();
        if heard.span.start.0 > self.until.0.saturating_add(TURN_SAMPLES) {
            masker.turn_ended();
        }
        let chars = chars_of(heard);
        let (spans, _) = masked_in(&mut masker, &chars);
        self.tentative = spans.iter().filter_map(|span| Secret::of(&chars, span)).collect();
        covered(heard, &spans)
    }

    /// What was found, its quotations masked.
    pub fn finding(&self, finding: &mut Finding) {
        finding.phrase = self.text(&finding.phrase);
        finding.heard = self.text(&finding.heard);
        finding.reason = self.reason(&finding.reason);
        finding.reason_zh = self.reason(&finding.reason_zh);
        let evidence = &mut finding.evidence;
        evidence.context = self.text(&evidence.context);
        let heard = |step: &crate::phrase::Step| step.heard;
        let quoted: String = evidence.steps.iter().filter_map(heard).collect();
        let shown = self.text(&quoted);
        let steps = evidence.steps.iter_mut().filter_map(|step| step.heard.as_mut());
        steps.zip(shown.chars()).for_each(|(step, ch)| *step = ch);
        if let Some(
            HeldBack::PartOfClause(words)
            | HeldBack::Before(words)
            | HeldBack::After(words)
            | HeldBack::Turn(words)
            | HeldBack::Quoted(words),
        ) = &mut evidence.held_back
        {
            *words = self.text(words);
        }
    }

    /// What was said of a finding: in it stand figures of ours beside the words.
    pub fn reason(&self, text: &str) -> String {
        self.quoted(text)
    }

    /// Words that were said here, without what is personal.
    pub fn text(&self, words: &str) -> String {
        let mut chars: Vec<char> = words.chars().collect();
        for (span, _) in find(&chars) {
            chars[span].iter_mut().filter(|ch| is_spoken(**ch)).for_each(|ch| *ch = MASK);
        }
        self.quoted(&String::from_iter(chars))
    }

    /// `text` with every piece covered that was masked where it was said.
    fn quoted(&self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        let spoken: Vec<usize> = (0..chars.len()).filter(|at| is_spoken(chars[*at])).collect();
        let words: Vec<char> = spoken.iter().map(|at| chars[*at]).collect();
        for secret in self.secrets.iter().chain(&self.tentative) {
            for from in 0..words.len() {
                let length = secret.longest_in(&words[from..]);
                if length >= secret.least {
                    spoken[from..from + length].iter().for_each(|at| chars[*at] = MASK);
                }
            }
        }
        chars.into_iter().collect()
    }
}

impl Secret {
    /// `None` where it is too short to be told from ordinary words.
    fn of(chars: &[char], (span, kind): &Span) -> Option<Self> {
        let chars: Vec<char> = chars.get(span.clone())?.iter().copied().filter(|ch| is_spoken(*ch)).collect();
        let least = match kind {
            MaskKind::Name => chars.len().max(NAME_MIN),
            _ => DIGITS_MIN,
        };
        (chars.len() >= least).then_some(Self { chars, least })
    }

    /// How many of the first characters of `words` stand in it, next to each other.
    fn longest_in(&self, words: &[char]) -> usize {
        let common = |from: usize| self.chars[from..].iter().zip(words).take_while(|(a, b)| a == b).count();
        (0..self.chars.len()).map(common).max().unwrap_or(0)
    }
}

/// What is masked of the next utterance, what is still open included; and of those before it.
fn masked_in(masker: &mut Masker, chars: &[char]) -> (Vec<Span>, Vec<(u64, Span)>) {
    let mut piece = masker.push(chars);
    let earlier = std::mem::take(&mut piece.earlier);
    let earlier = earlier.into_iter().map(|earlier| (earlier.back, (earlier.span, earlier.kind))).collect();
    // Who is shown something is shown it now: there is no waiting for the rest of a number.
    (piece.covered().spans, earlier)
}

/// Punctuation stays: the judge parts clauses by it, and it tells nothing.
fn covered(heard: &Hypothesis, spans: &[Span]) -> Hypothesis {
    let mut heard = heard.clone();
    for (span, _) in spans {
        for heard in heard.chars[span.clone()].iter_mut().filter(|heard| is_spoken(heard.ch)) {
            heard.ch = MASK;
            // It would say what the character was.
            heard.syllable = None;
        }
    }
    heard
}

fn chars_of(heard: &Hypothesis) -> Vec<char> {
    heard.chars.iter().map(|heard| heard.ch).collect()
}

fn is_spoken(ch: char) -> bool {
    !is_punctuation(ch) && !ch.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asr::HeardChar;
    use crate::conduct::{Evidence, FindingKind, FindingState, Severity};
    use crate::mandarin::syllable_of;
    use crate::units::{ChannelIndex, Role, Span as Time, WindowId};

    fn heard(start_s: u64, text: &str) -> Hypothesis {
        let at = |n: usize| SessionTime(start_s * 16_000 + n as u64 * 3_200);
        let chars: Vec<HeardChar> = text
            .chars()
            .enumerate()
            .map(|(n, ch)| HeardChar {
                ch,
                syllable: syllable_of(ch),
                span: Time { start: at(n), end: at(n + 1) },
                probability: 0.9,
            })
            .collect();
        let span = Time { start: at(0), end: at(chars.len()) };
        let (channel, role) = (ChannelIndex(0), Role::Clerk);
        Hypothesis { channel, role, span, chars, mean_log_prob: -0.1, goes_on: false }
    }

    fn finding(heard: &str, context: &str) -> Finding {
        Finding {
            window: WindowId::new("1"),
            kind: FindingKind::Forbidden,
            provision: "P53".into(),
            rule: "r".into(),
            severity: Severity::Major,
            phrase: heard.into(),
            heard: heard.into(),
            channel: ChannelIndex(0),
            span: Time::default(),
            due: SessionTime(0),
            sureness: 1.0,
            state: FindingState::Held,
            cites: Vec::new(),
            reason: format!("beside it stands {context}"),
            reason_zh: String::new(),
            evidence: Evidence {
                context: context.into(),
                held_back: Some(HeldBack::After(context.into())),
                ..Evidence::default()
            },
            needs_review: false,
        }
    }

    #[test]
    fn masked_characters_keep_their_times_and_lose_their_readings_and_punctuation_stays() {
        let mut veil = Veil::default();
        let raw = heard(0, "您的电话是一三八零零，一三八零零零，请稍等");
        let shown = veil.utterance(&raw);
        assert_eq!(shown.text(), "您的电话是＊＊＊＊＊，＊＊＊＊＊＊，请稍等");
        for (shown, raw) in shown.chars.iter().zip(&raw.chars) {
            assert_eq!((shown.span, shown.probability), (raw.span, raw.probability));
            let expected = if shown.ch == MASK { None } else { raw.syllable };
            assert_eq!(shown.syllable, expected);
        }
    }

    #[test]
    fn the_first_piece_of_a_number_is_masked_before_the_rest_is_heard() {
        let mut veil = Veil::default();
        assert_eq!(veil.utterance(&heard(0, "电话是一三八")).text(), "电话是＊＊＊");
        assert_eq!(veil.utterance(&heard(3, "零零一三")).text(), "＊＊＊＊");
        assert_eq!(veil.utterance(&heard(6, "八零零零")).text(), "＊＊＊＊");
        // Long after, four digits are no part of it.
        assert_eq!(veil.utterance(&heard(60, "二零二四年")).text(), "二零二四年");
    }

    #[test]
    fn a_finding_that_quotes_a_piece_of_a_number_shows_nothing_of_it() {
        let mut veil = Veil::default();
        veil.utterance(&heard(0, "电话一三八零零，一三八零零零，我不管"));
        veil.utterance(&heard(5, "您叫张伟"));
        // Cut where nobody would tell the digits for a number.
        for (context, shown) in [
            ("…三八零零零 【我不管】", "…＊＊＊＊＊ 【我不管】"),
            ("【我不管】张伟", "【我不管】＊＊"),
            ("请到三号窗口", "请到三号窗口"),
        ] {
            let mut finding = finding("我不管", context);
            veil.finding(&mut finding);
            let held = Some(HeldBack::After(shown.to_owned()));
            assert_eq!((finding.evidence.context.as_str(), &finding.evidence.held_back), (shown, &held));
            assert_eq!(finding.reason, format!("beside it stands {shown}"));
            assert_eq!(finding.heard, "我不管");
        }
    }

    #[test]
    fn an_utterance_in_progress_is_masked_as_far_as_it_goes_and_forgotten_with_the_next() {
        let mut veil = Veil::default();
        assert_eq!(veil.partial(&heard(0, "卡号六二二二零")).text(), "卡号＊＊＊＊＊");
        assert_eq!(veil.text("六二二二"), "＊＊＊＊");
        assert_eq!(veil.partial(&heard(0, "请稍等")).text(), "请稍等");
        assert_eq!(veil.text("六二二二"), "六二二二");
    }
}
