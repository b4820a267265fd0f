//! The lexicon: all phrases of a rulebook, compiled once, searched in every turn.

use aho_corasick::AhoCorasick;
use thiserror::Error;

use super::align::{Alignment, Nearest, align_all};
use super::guard::{self, CompiledGuards};
use super::network::Network;
use super::speech::{Speech, Unit};
use super::{
    Guards, HeldBack, LexiconOptions, Matching, Pattern, PhraseHit, PhraseSpec, Place, Source, Step, Verdict,
    overlap,
};
use crate::mandarin::{COST_BETWEEN_CLASSES, Syllable, readings};
use crate::units::Span;

/// Cost a syllable accepted by default for phrases of 2, 3, 4, 5 and more syllables: in a short phrase each
/// syllable tells more, and there are more innocent words that sound like it.
const COST_MAX_BY_LENGTH: [f32; 4] = [0.07, 0.12, 0.17, 0.2];
const COST_MAX_LONG: f32 = 0.24;

/// How far, in all and a syllable, a clause of its own may be from a phrase to be put to the audio, although its
/// text is too far to count: recognisers garble curt answers, which is what most forbidden phrases are.
const DISTANT: (f32, f32) = (1.0, 0.4);
/// The same for phrases with a bound of their own, which are easily mistaken.
const DISTANT_BOUNDED: (f32, f32) = (1.0, 0.25);
/// The same for words the recogniser itself gave little chance.
const DISTANT_GARBLED: (f32, f32) = (2.0, 0.6);
/// The same where candidates are to be had that are wrong.
const FAR_FETCHED: (f32, f32) = (2.0, 0.6);
/// Mean probability of the characters below which they count as garbled.
const GARBLED_BELOW: f32 = 0.75;

/// Sums of costs in another order differ by less.
const ROUNDING: f32 = 1e-4;

/// Phrases ready to be searched for. Cheap to share: immutable.
#[derive(Debug)]
pub struct Lexicon {
    phrases: Vec<Phrase>,
    characters: AhoCorasick,
    syllables: AhoCorasick,
    /// For each pattern of the automata, its phrase.
    spelled: Vec<usize>,
    options: LexiconOptions,
}

#[derive(Debug)]
struct Phrase {
    network: Network,
    cost_max: Option<f32>,
    guards: CompiledGuards,
    /// Innocent words of similar sound, as they would be said.
    decoys: Vec<String>,
}

#[derive(Debug, Error)]
pub enum LexiconFault {
    #[error("the phrases do not fit one search automaton ({0}): split the rulebook")]
    TooLarge(#[from] aho_corasick::BuildError),
}

impl Phrase {
    fn new(spec: &PhraseSpec, options: LexiconOptions) -> Self {
        let spelled = |decoy: &Pattern| Network::new(decoy).spellings();
        let (place, guards) = match options.unguarded {
            true => (Place::Anywhere, &Guards::default()),
            false => (spec.place, &spec.guards),
        };
        Self {
            network: Network::new(&spec.pattern).matching(options.matching),
            cost_max: spec.cost_max,
            guards: CompiledGuards::new(place, guards),
            decoys: spec.decoys.iter().flat_map(spelled).map(String::from_iter).collect(),
        }
    }

    /// Highest cost accepted for a wording of so many syllables.
    fn limit(&self, syllables: usize) -> f32 {
        let by_length = COST_MAX_BY_LENGTH.get(syllables.saturating_sub(2)).copied().unwrap_or(COST_MAX_LONG);
        self.cost_max.unwrap_or(by_length) * syllables as f32
    }

    /// Highest cost at which the audio is asked about words of that mean probability.
    fn limit_distant(&self, syllables: usize, probability: f32) -> f32 {
        let (most, each) = match self.cost_max {
            None if probability < GARBLED_BELOW => DISTANT_GARBLED,
            None => DISTANT,
            Some(_) => DISTANT_BOUNDED,
        };
        self.limit_of((most, each), syllables)
    }

    fn limit_of(&self, (most, each): (f32, f32), syllables: usize) -> f32 {
        self.limit(syllables).max(most.min(each * syllables as f32))
    }
}

impl Lexicon {
    /// Compiles `specs`; hits name them by index.
    pub fn compile(specs: &[PhraseSpec]) -> Result<Self, LexiconFault> {
        Self::compile_as(specs, LexiconOptions::default())
    }

    /// [`compile`](Self::compile), to measure by.
    pub fn compile_as(specs: &[PhraseSpec], options: LexiconOptions) -> Result<Self, LexiconFault> {
        crate::mandarin::prepare();
        let phrases: Vec<Phrase> = specs.iter().map(|spec| Phrase::new(spec, options)).collect();
        let spellings: Vec<(usize, Vec<char>)> = phrases
            .iter()
            .enumerate()
            .flat_map(|(i, phrase)| phrase.network.spellings().into_iter().map(move |s| (i, s)))
            .collect();
        let characters = AhoCorasick::new(spellings.iter().map(|(_, s)| s.iter().collect::<String>()))?;
        let syllables =
            AhoCorasick::new(spellings.iter().map(|(_, s)| sound_bytes(s.iter().map(|c| readings(*c)))))?;
        let spelled = spellings.iter().map(|(phrase, _)| *phrase).collect();
        Ok(Self { phrases, characters, syllables, spelled, options })
    }

    /// The decoys that the rulebook gives a phrase.
    pub fn decoys(&self, phrase: usize) -> &[String] {
        &self.phrases[phrase].decoys
    }

    /// All hits in `speech`, in order of time. Where one phrase fits the same words in several ways, the nearest one.
    pub fn find(&self, speech: &Speech) -> Vec<PhraseHit> {
        let units = speech.units();
        let nearest = Nearest::of(units);
        let mut hits: Vec<PhraseHit> = Vec::new();
        for (index, literal) in self.literal(units).into_iter().enumerate() {
            let phrase = &self.phrases[index];
            let limit = |syllables: usize| {
                let probability = speech.probability();
                if self.options.far_fetched {
                    phrase.limit_of(FAR_FETCHED, syllables)
                } else {
                    phrase.limit_distant(syllables, probability)
                }
            };
            let most = limit(phrase.network.syllables_max()).max(limit(phrase.network.syllables_min()));
            if !literal && nearest.cost_min(&phrase.network) > most + ROUNDING {
                continue;
            }
            for found in align_all(&phrase.network, units, &limit) {
                hits.extend(self.hit(index, found, speech));
            }
        }
        keep_nearest(hits)
    }

    /// For each phrase, whether an automaton found it literally, by character or by sound.
    fn literal(&self, units: &[Unit]) -> Vec<bool> {
        let mut literal = vec![false; self.phrases.len()];
        let written: String = units.iter().map(|u| u.ch).collect();
        for found in self.characters.find_overlapping_iter(&written) {
            literal[self.spelled[found.pattern().as_usize()]] = true;
        }
        if self.options.matching == Matching::Characters {
            return literal;
        }
        let spoken = sound_bytes(units.iter().map(|u| u.readings));
        for found in self.syllables.find_overlapping_iter(&spoken) {
            literal[self.spelled[found.pattern().as_usize()]] |= found.start() % 2 == 0;
        }
        literal
    }

    /// The hit an alignment makes; none where it is distant and part of a longer clause.
    fn hit(&self, index: usize, found: Alignment, speech: &Speech) -> Option<PhraseHit> {
        let covered = &speech.units()[found.units.clone()];
        let phrase = &self.phrases[index];
        let distant = found.cost > phrase.limit(found.syllables);
        let alone = self.options.far_fetched || guard::is_clause(speech, &found.units);
        if distant && !(alone && half_heard(&found)) {
            return None;
        }
        // Half of two syllables is one, and stands in too many words: 好的 is no half-heard 您好.
        if distant && found.syllables <= 2 && speech.clause(&found.units) != found.units {
            return None;
        }
        let verdict = match phrase.guards.held_back(speech, &found.units) {
            Some(why) => Verdict::Held(why),
            None if distant => Verdict::Held(HeldBack::Distant),
            None => Verdict::Passed,
        };
        Some(PhraseHit {
            phrase: index,
            span: Span { start: covered[0].span.start, end: covered[covered.len() - 1].span.end },
            heard: speech.text(found.units.clone()),
            wording: wording(&found),
            source: if distant { Source::Distant } else { source(&found) },
            cost: found.cost,
            cost_max: phrase.limit(found.syllables),
            syllables: found.syllables,
            probability: covered.iter().map(|u| u.probability).sum::<f32>() / covered.len() as f32,
            units: found.units,
            steps: found.steps,
            ratio: None,
            decoys: Vec::new(),
            verdict,
        })
    }
}

/// Two bytes a syllable, so that equal byte strings are equal sounds when they start at an even place.
fn sound_bytes(readings: impl Iterator<Item = &'static [Syllable]>) -> Vec<u8> {
    readings.flat_map(|all| all.first().map_or(u16::MAX, |s| s.index() as u16).to_be_bytes()).collect()
}

fn source(found: &Alignment) -> Source {
    let same = |step: &Step| step.slot || (step.said.is_some() && step.said == step.heard);
    if found.steps.iter().all(same) {
        Source::Characters
    } else if found.cost == 0.0 {
        Source::Syllables
    } else {
        Source::Approximate
    }
}

/// Whether at least half of the syllables were heard much as they are, and at most one not at all. A single
/// syllable of a phrase is no evidence of it.
fn half_heard(found: &Alignment) -> bool {
    let like = |step: &&Step| step.said.is_some() && step.heard.is_some() && step.cost < COST_BETWEEN_CLASSES;
    let missed = found.steps.iter().filter(|step| step.said.is_some() && step.heard.is_none()).count();
    2 * found.steps.iter().filter(like).count() >= found.syllables && missed <= 1
}

/// The wording as it would have been said, with the slots as they were heard.
fn wording(found: &Alignment) -> String {
    let mut chars: Vec<char> = Vec::with_capacity(found.steps.len());
    for step in &found.steps {
        match (step.said, step.slot) {
            (Some(ch), _) => chars.push(ch),
            (None, true) => chars.extend(step.heard),
            (None, false) => {}
        }
    }
    chars.into_iter().collect()
}

/// Of the hits of one phrase on the same words keeps the one that passes, is nearest, and explains most.
fn keep_nearest(mut hits: Vec<PhraseHit>) -> Vec<PhraseHit> {
    let rank = |hit: &PhraseHit| (hit.syllables as f32 - 2.0 * hit.cost, hit.units.start);
    hits.sort_by(|a, b| {
        let ((worth_a, start_a), (worth_b, start_b)) = (rank(a), rank(b));
        b.passed().cmp(&a.passed()).then(worth_b.total_cmp(&worth_a)).then(start_a.cmp(&start_b))
    });
    let mut kept: Vec<PhraseHit> = Vec::new();
    for hit in hits {
        if !kept.iter().any(|other| other.phrase == hit.phrase && overlap(&other.units, &hit.units)) {
            kept.push(hit);
        }
    }
    kept.sort_by_key(|hit| (hit.units.start, hit.phrase));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(say: &str, place: Place, guards: Guards) -> PhraseSpec {
        PhraseSpec {
            pattern: Pattern::parse(say).unwrap(),
            cost_max: None,
            place,
            guards,
            decoys: Vec::new(),
        }
    }

    fn patterns(words: &[&str]) -> Vec<Pattern> {
        words.iter().map(|w| Pattern::parse(w).unwrap()).collect()
    }

    fn lexicon() -> Lexicon {
        let polite = patterns(&["对不起", "帮[您|你]", "请[您|你]"]);
        let conditional = patterns(&["的话"]);
        let specs = [
            spec("我不管，[你|]问别人去", Place::Anywhere, Guards::default()),
            spec("不知道", Place::Clause, Guards { after: conditional, turn: polite, ..Guards::default() }),
            spec("××不在，没法找", Place::Anywhere, Guards::default()),
            spec("[少|别]啰嗦", Place::Anywhere, Guards::default()),
        ];
        Lexicon::compile(&specs).unwrap()
    }

    fn found(text: &str) -> Vec<(usize, String, bool)> {
        let hits = lexicon().find(&Speech::from_text(text));
        hits.iter().map(|h| (h.phrase, h.heard.clone(), h.passed())).collect()
    }

    #[test]
    fn phrases_are_found_and_innocent_sentences_are_held_back() {
        for (text, expected) in [
            ("我不管，问别人去", vec![(0, "我不管问别人去", true)]),
            ("那我不管，你问别人去吧", vec![(0, "我不管你问别人去", true)]),
            ("我不管稳别人区", vec![(0, "我不管稳别人区", true)]),
            ("不知道", vec![(1, "不知道", true)]),
            ("这个我不知道啊", vec![(1, "不知道", true)]),
            ("他说他不知道", vec![(1, "不知道", false)]),
            ("我不知道啊", vec![(1, "不知道", true)]),
            ("不知道的话我可以查", vec![(1, "不知道", false)]),
            ("不知道，我帮你查一下", vec![(1, "不知道", false)]),
            ("請問您知不知道房號", vec![(1, "不知道", false)]),
            ("李同志不在，没法找", vec![(2, "李同志不在没法找", true)]),
            ("別囉嗦了", vec![(3, "别啰嗦", true)]),
            ("稍落锁", vec![(3, "稍落锁", true)]),
            ("请您填写这张表格", vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(p, t, ok)| (p, t.to_owned(), ok)).collect();
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn the_source_says_how_far_the_evidence_goes() {
        for (text, source) in
            [("少啰嗦", Source::Characters), ("烧落锁", Source::Syllables), ("少落说", Source::Approximate)]
        {
            let hits = lexicon().find(&Speech::from_text(text));
            assert_eq!(hits.iter().map(|h| h.source).collect::<Vec<_>>(), [source], "{text}");
        }
    }
}
