//! Which of the accusations heard now are those heard before.

use crate::conduct::Finding;
use crate::units::{ChannelIndex, SAMPLE_RATE_HZ, Span};

/// Times of words wander from decode to decode. A phrase of the same rule that is this much beside its old place is
/// the same occurrence still.
pub(super) const WANDER_SAMPLES: u64 = SAMPLE_RATE_HZ as u64 / 2;

/// An accusation heard before.
pub(super) struct Known<'a> {
    pub channel: ChannelIndex,
    pub rule: &'a str,
    /// Where it was heard last.
    pub place: Span,
    /// Its utterance goes on, so that it may be timed anew; otherwise only what shares its time is the same.
    pub wanders: bool,
}

/// Pairs `known` accusations with those `heard` now, so that none is in two
/// pairs. Where there is a choice the pair that shares most of its time wins, and one rule against two.
///
/// Gives for each of `heard` the index in `known`.
pub(super) fn pair(known: &[Known<'_>], heard: &[&Finding]) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (new, finding) in heard.iter().enumerate() {
        for (old, known) in known.iter().enumerate().filter(|(_, k)| k.channel == finding.channel) {
            if let Some(likeness) = likeness(known, finding) {
                pairs.push((likeness, old, new));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken = vec![false; known.len()];
    let mut paired = vec![None; heard.len()];
    for (_, old, new) in pairs {
        if !taken[old] && paired[new].is_none() {
            taken[old] = true;
            paired[new] = Some(old);
        }
    }
    paired
}

/// How much two accusations look like one occurrence; `None`: not at all.
///
/// Where they share time, the share of the shorter one, and half as much again for the same rule: the final often
/// cites a longer phrase, or another rule, for the same words.
fn likeness(known: &Known<'_>, heard: &Finding) -> Option<f64> {
    let (a, b, same_rule) = (known.place, heard.span, known.rule == heard.rule);
    let shared = a.shared(b);
    if shared > 0 {
        let share = shared as f64 / a.samples().min(b.samples()) as f64;
        return Some(share + if same_rule { 0.5 } else { 0.0 });
    }
    let apart = a.start.0.max(b.start.0).saturating_sub(a.end.0.min(b.end.0));
    // Below every pair that shares time.
    (same_rule && known.wanders && apart <= WANDER_SAMPLES).then(|| -(apart as f64))
}

#[cfg(test)]
mod tests {
    use super::super::tests::finding;
    use super::*;

    /// Rule, start and end in seconds.
    type Said = (&'static str, f64, f64);
    /// What was known, what is heard now, and for each of these which of those it is.
    type Case = (&'static str, &'static [Said], &'static [Said], &'static [Option<usize>]);

    #[test]
    fn accusations_are_paired_by_time_first_and_rule_second() {
        let cases: [Case; 9] = [
            ("moved a little", &[("a", 1.0, 1.6)], &[("a", 1.2, 1.8)], &[Some(0)]),
            ("moved off its old place", &[("a", 1.0, 1.6)], &[("a", 1.9, 2.5)], &[Some(0)]),
            ("too far away", &[("a", 1.0, 1.6)], &[("a", 2.2, 2.8)], &[None]),
            ("another rule, same words", &[("a", 1.0, 1.6)], &[("b", 1.0, 2.6)], &[Some(0)]),
            ("another rule, beside", &[("a", 1.0, 1.6)], &[("b", 1.6, 2.2)], &[None]),
            (
                "said twice: each keeps its place",
                &[("a", 1.0, 1.6), ("a", 1.7, 2.3)],
                &[("a", 1.6, 2.2), ("a", 0.9, 1.5)],
                &[Some(1), Some(0)],
            ),
            (
                "said again: the old one stays the old one",
                &[("a", 1.0, 1.6)],
                &[("a", 1.7, 2.3), ("a", 1.1, 1.7)],
                &[None, Some(0)],
            ),
            (
                "one rule wins over another that shares as much",
                &[("a", 1.0, 2.0)],
                &[("b", 1.0, 1.5), ("a", 1.5, 2.0)],
                &[None, Some(0)],
            ),
            (
                "time wins over a rule that is only near",
                &[("a", 1.0, 1.6), ("b", 1.8, 2.4)],
                &[("a", 1.8, 2.4)],
                &[Some(1)],
            ),
        ];
        for (what, known, heard, expected) in cases {
            let before: Vec<_> = known.iter().map(|(rule, from, to)| finding(rule, *from, *to)).collect();
            let known: Vec<_> = before
                .iter()
                .map(|f| Known { channel: f.channel, rule: &f.rule, place: f.span, wanders: true })
                .collect();
            let now: Vec<_> = heard.iter().map(|(rule, from, to)| finding(rule, *from, *to)).collect();
            assert_eq!(pair(&known, &now.iter().collect::<Vec<_>>()), expected, "{what}");
        }
    }

    #[test]
    fn what_two_channels_hear_at_once_are_two_occurrences() {
        let heard = finding("a", 1.0, 1.6);
        let known = Known { channel: ChannelIndex(7), rule: "a", place: heard.span, wanders: true };
        assert_eq!(pair(&[known], &[&heard]), [None]);
    }
}
