//! Agreement. In: `Hypothesis` of an utterance in progress, one after the other. Out: `Agreed`: how much of the newest
//! one will stay. Thread: judge. Allocates: per hypothesis.
//!
//! A recogniser that decodes a growing utterance again and again changes its mind about the end. What two decodes in
//! a row say alike at the start is *committed*: the LocalAgreement policy with n = 2 (Liu et al. 2020, "Low-latency
//! sequence-to-sequence speech recognition and translation by partial hypothesis selection", Interspeech; used for
//! Whisper by Macháček et al. 2023, "Turning Whisper into real-time transcription system", IJCNLP-AACL demos). Here
//! alike means the same toneless syllables: 您好 and 您号 agree, and punctuation does not matter.
//!
//! Whisper gets the beginning of the utterance every time, so it may contradict what was committed. One decode that
//! does is ignored; where two in a row do, the commitment ends before the first syllable that neither of them bears
//! out. (The papers never take back: they cut the committed audio away, and with it the chance to find out.)

use super::{HeardChar, Hypothesis};
use crate::mandarin::{Syllable, is_punctuation};
use crate::units::{SAMPLE_RATE_HZ, SessionTime};

/// A character that ends nearer than this to the end of the audio may be half of another one: recognisers complete
/// words that are cut.
pub const CUT_SAMPLES: u64 = SAMPLE_RATE_HZ as u64 / 5;

/// Follows one utterance; a new one takes a new `Agreement`.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    /// What stays, as it was first agreed on.
    committed: Vec<Spoken>,
    /// The newest hypothesis, without the characters that may be cut.
    newest: Vec<Spoken>,
    /// Audio of the newest hypothesis; `None` before the first.
    until: Option<SessionTime>,
}

/// What is to be made of the newest hypothesis. Counts are leading characters of `Hypothesis::chars`, punctuation
/// included; `committed <= trusted`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// Agreed on: they are not expected to change.
    pub committed: usize,
    /// End of the last committed character; the start of the session when there is none.
    pub committed_until: SessionTime,
    /// Heard whole, whether agreed on or not. What follows may be cut and is not to be believed.
    pub trusted: usize,
    /// End of the last trusted character; the start of the session when there is none.
    pub trusted_until: SessionTime,
}

/// A character as it is compared.
#[derive(Clone, Copy, Debug)]
struct Spoken {
    ch: char,
    syllable: Option<Syllable>,
    /// Its place in the hypothesis it was taken from.
    index: usize,
}

impl Agreement {
    /// Takes the decode of the utterance's audio up to `until`. `None` when it is not newer than the last one taken:
    /// it then changes nothing, as the same audio decoded again is no second opinion.
    pub fn take(&mut self, hypothesis: &Hypothesis, until: SessionTime) -> Option<Agreed> {
        if self.until.is_some_and(|newest| until <= newest) {
            return None;
        }
        let whole = until.minus(CUT_SAMPLES);
        let spoken: Vec<Spoken> = trusted(&hypothesis.chars, whole);
        if self.until.is_some() {
            self.commit(&spoken);
        }
        let chars = &hypothesis.chars;
        let place = |count: usize| match count.checked_sub(1).and_then(|last| spoken.get(last)) {
            Some(last) => (last.index + 1, chars[last.index].span.end),
            None => (0, SessionTime::default()),
        };
        let (committed, committed_until) = place(alike(&self.committed, &spoken));
        let (trusted, trusted_until) = place(spoken.len());
        self.newest = spoken;
        self.until = Some(until);
        Some(Agreed { committed, committed_until, trusted, trusted_until })
    }

    /// What is committed, without punctuation, as it was written when it was agreed on.
    pub fn committed(&self) -> String {
        self.committed.iter().map(|spoken| spoken.ch).collect()
    }

    fn commit(&mut self, spoken: &[Spoken]) {
        let borne_out = alike(&self.committed, &self.newest).max(alike(&self.committed, spoken));
        self.committed.truncate(borne_out);
        let agreed = alike(&self.newest, spoken);
        if agreed > borne_out {
            self.committed.extend_from_slice(&spoken[borne_out..agreed]);
        }
    }
}

/// The spoken characters before the first one that may be cut.
fn trusted(chars: &[HeardChar], whole: SessionTime) -> Vec<Spoken> {
    let spoken = chars.iter().enumerate().filter(|(_, heard)| !is_punctuation(heard.ch));
    spoken
        .take_while(|(_, heard)| heard.span.end <= whole)
        .map(|(index, heard)| Spoken { ch: heard.ch, syllable: heard.syllable, index })
        .collect()
}

/// Leading characters that sound alike.
fn alike(a: &[Spoken], b: &[Spoken]) -> usize {
    let same = |(a, b): &(&Spoken, &Spoken)| match (a.syllable, b.syllable) {
        (Some(a), Some(b)) => a == b,
        _ => a.ch.eq_ignore_ascii_case(&b.ch),
    };
    a.iter().zip(b).take_while(same).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mandarin::syllable_of;
    use crate::units::{ChannelIndex, Role, Span};

    /// `text` spoken from 0 s on, 0.2 s a character.
    fn heard(text: &str) -> Hypothesis {
        let mut at = SessionTime::default();
        let chars = text.chars().map(|ch| {
            let start = at;
            at = at.plus(if is_punctuation(ch) { 0 } else { 3_200 });
            HeardChar { ch, syllable: syllable_of(ch), span: Span::new(start, at), probability: 0.9 }
        });
        let chars: Vec<HeardChar> = chars.collect();
        Hypothesis {
            channel: ChannelIndex(0),
            role: Role::Clerk,
            span: Span::new(SessionTime::default(), at),
            chars,
            mean_log_prob: -0.1,
            goes_on: true,
        }
    }

    fn leading(hypothesis: &Hypothesis, count: usize) -> String {
        hypothesis.chars[..count].iter().map(|heard| heard.ch).collect()
    }

    #[test]
    fn what_two_decodes_in_a_row_say_alike_is_committed() {
        type Step = (f64, &'static str, &'static str, &'static str);
        // Audio in seconds, what is heard in it, what of that is committed, and what is committed in all.
        let scripts: [(&str, &[Step]); 8] = [
            (
                "one decode commits nothing",
                &[(1.0, "我不知道", "", ""), (2.0, "我不知道你问别人", "我不知道", "我不知道")],
            ),
            (
                "characters at the cut are not believed, though both have them",
                &[(1.0, "我不知道呢", "", ""), (1.1, "我不知道呢", "我不知道", "我不知道")],
            ),
            (
                "sounds are compared, and punctuation is not",
                &[(1.2, "您好，请坐", "", ""), (1.4, "您号请做。", "您号请做", "您号请做")],
            ),
            (
                "letters have no syllable and are compared as they are",
                &[(1.0, "办ETC", "", ""), (2.0, "办etc卡", "办etc", "办etc")],
            ),
            (
                "one contradiction is ignored, and only what agrees with it counts",
                &[
                    (1.2, "我不知道", "", ""),
                    (2.0, "我不知道你问", "我不知道", "我不知道"),
                    (3.0, "我不吃的你问别人", "我不", "我不知道"),
                    (4.0, "我不知道你问别人去", "我不知道", "我不知道"),
                ],
            ),
            (
                "two contradictions in a row take back",
                &[
                    (1.2, "我不知道", "", ""),
                    (2.0, "我不知道", "我不知道", "我不知道"),
                    (3.0, "我不吃的你问", "我不", "我不知道"),
                    (4.0, "我不吃的你问别人", "我不吃的你问", "我不吃的你问"),
                ],
            ),
            (
                "two contradictions that do not agree either take back and commit nothing",
                &[
                    (1.2, "我不知道", "", ""),
                    (2.0, "我不知道", "我不知道", "我不知道"),
                    (3.0, "我爱吃的", "我", "我不知道"),
                    (4.0, "我没看见", "我", "我"),
                ],
            ),
            (
                "a decode that loses everything takes back nothing by itself",
                &[
                    (1.2, "我不知道", "", ""),
                    (2.0, "我不知道", "我不知道", "我不知道"),
                    (3.0, "", "", "我不知道"),
                    (4.0, "我不知道", "我不知道", "我不知道"),
                ],
            ),
        ];
        for (what, steps) in scripts {
            let mut agreement = Agreement::default();
            for (until_s, text, committed, in_all) in steps {
                let hypothesis = heard(text);
                let agreed = agreement.take(&hypothesis, SessionTime::from_seconds(*until_s)).unwrap();
                assert_eq!(leading(&hypothesis, agreed.committed), *committed, "{what}: {text}");
                assert_eq!(agreement.committed(), *in_all, "{what}: {text}");
            }
        }
    }

    #[test]
    fn an_older_decode_or_the_same_audio_again_is_no_second_opinion() {
        let mut agreement = Agreement::default();
        let at = SessionTime::from_seconds;
        assert!(agreement.take(&heard("我不知道"), at(2.0)).is_some());
        assert_eq!(agreement.take(&heard("我不知道"), at(2.0)), None);
        assert_eq!(agreement.take(&heard("我不"), at(1.0)), None);
        assert_eq!(agreement.committed(), "");
    }

    #[test]
    fn times_of_what_is_committed_and_trusted_are_those_of_the_newest_decode() {
        let mut agreement = Agreement::default();
        let at = SessionTime::from_seconds;
        agreement.take(&heard("我不知"), at(1.0));
        let agreed = agreement.take(&heard("我不知道，你问"), at(1.3)).unwrap();
        // 知 ended at 0.6 s. 你 ended at 1.0 s; 问, at 1.2 s, may be half of another word.
        let expected = Agreed { committed: 3, committed_until: at(0.6), trusted: 6, trusted_until: at(1.0) };
        assert_eq!(agreed, expected);
    }

    /// A sentence is a word's syllables over and over; what comes after `until` is not heard, and the character at
    /// the cut is anything.
    const WORDS: &str = "我不知道你问别人去吧没时间等着";

    proptest! {
        #[test]
        fn under_agreeing_input_what_is_committed_only_grows(
            sentence in proptest::collection::vec(0..15_usize, 1..40),
            steps in proptest::collection::vec((200..20_000_u64, 0..15_usize), 1..20),
        ) {
            let words: Vec<char> = WORDS.chars().collect();
            let said: String = sentence.iter().map(|i| words[*i]).collect();
            let mut agreement = Agreement::default();
            let (mut until, mut before) = (0, 0);
            for (step, at_cut) in steps {
                until += step;
                let whole = (until.saturating_sub(CUT_SAMPLES) / 3_200) as usize;
                let mut text: String = said.chars().take(whole).collect();
                if whole < sentence.len() {
                    text.push(words[at_cut]);
                }
                let hypothesis = heard(&text);
                let agreed = agreement.take(&hypothesis, SessionTime(until)).unwrap();
                prop_assert!(agreed.committed >= before);
                prop_assert!(agreed.committed <= agreed.trusted && agreed.trusted <= hypothesis.chars.len());
                prop_assert!(said.starts_with(&leading(&hypothesis, agreed.committed)));
                before = agreed.committed;
            }
        }

        #[test]
        fn whatever_is_heard_one_decode_takes_nothing_back_and_nothing_at_the_cut_is_committed(
            decodes in proptest::collection::vec((proptest::collection::vec(0..3_usize, 0..8), 200..9_000_u64), 1..20),
        ) {
            let words: Vec<char> = WORDS.chars().collect();
            let mut agreement = Agreement::default();
            let mut until = 0;
            let mut newest_agreed = true;
            for (syllables, step) in decodes {
                until += step;
                let text: String = syllables.iter().map(|i| words[*i]).collect();
                let (hypothesis, before) = (heard(&text), agreement.committed());
                let agreed = agreement.take(&hypothesis, SessionTime(until)).unwrap();
                let after = agreement.committed();
                if newest_agreed {
                    prop_assert!(after.starts_with(&before), "{before} became {after}");
                }
                prop_assert!(agreed.committed <= agreed.trusted && agreed.trusted <= hypothesis.chars.len());
                prop_assert!(agreed.trusted_until.0 + CUT_SAMPLES <= until || agreed.trusted == 0);
                prop_assert!(agreed.committed_until <= agreed.trusted_until);
                newest_agreed = leading(&hypothesis, agreed.committed) == after;
            }
        }
    }
}
