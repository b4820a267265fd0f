//! The rulebook compiled for listening: one lexicon over the phrases of all rules.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use super::FindingKind;
use super::rulebook::{PhraseRole, Rule, RuleKind, Rulebook};
use crate::phrase::{Lexicon, LexiconFault, LexiconOptions, Matching, PhraseHit};

/// What a rulebook is compiled without, to measure what it gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ablation {
    /// Phrases are matched by character.
    pub pinyin: bool,
    /// A syllable is the same or another: none is easily heard as another.
    pub confusions: bool,
    /// Nothing around a phrase makes it innocent.
    pub guards: bool,
    /// The audio is not asked.
    pub verification: bool,
    /// The visitor is judged as the clerk is.
    pub roles: bool,
    /// Puts to the audio what is much farther from the phrases than counts, and the whole of what is literal: wrong
    /// candidates to calibrate with.
    pub far_fetched: bool,
}

/// A phrase as a rulebook has it: the rule it belongs to, what it is for in it, and its pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhraseName {
    pub rule: String,
    pub role: String,
    pub pattern: String,
}

/// A rulebook and its lexicon. Immutable, shared by all windows.
#[derive(Debug)]
pub struct CompiledBook {
    book: Rulebook,
    lexicon: Lexicon,
    /// For each phrase of the lexicon, its rule and what it is for.
    uses: Vec<(usize, PhraseRole)>,
    /// The phrases of each name, in order; made when the first is looked up.
    names: OnceLock<HashMap<PhraseName, Vec<usize>>>,
    without: Ablation,
}

impl CompiledBook {
    /// # Errors
    /// [`LexiconFault`] when the phrases cannot be compiled.
    pub fn compile(book: Rulebook) -> Result<Self, LexiconFault> {
        Self::compile_without(book, Ablation::default())
    }

    /// # Errors
    /// [`LexiconFault`] when the phrases cannot be compiled.
    pub fn compile_without(book: Rulebook, without: Ablation) -> Result<Self, LexiconFault> {
        let matching = match without {
            Ablation { pinyin: true, .. } => Matching::Characters,
            Ablation { confusions: true, .. } => Matching::Syllables,
            _ => Matching::Confusions,
        };
        let options =
            LexiconOptions { matching, unguarded: without.guards, far_fetched: without.far_fetched };
        let mut uses = Vec::new();
        let mut specs = Vec::new();
        for (index, rule) in book.rules().iter().enumerate() {
            for (role, spec) in rule.phrases() {
                uses.push((index, role));
                specs.push(spec.clone());
            }
        }
        let lexicon = Lexicon::compile_as(&specs, options)?;
        Ok(Self { book, lexicon, uses, names: OnceLock::new(), without })
    }

    pub fn rulebook(&self) -> &Rulebook {
        &self.book
    }

    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// What it was compiled without.
    pub fn without(&self) -> Ablation {
        self.without
    }

    /// The rule a hit belongs to, its index, and what the phrase is for in it.
    pub fn rule_of(&self, hit: &PhraseHit) -> (&Rule, usize, PhraseRole) {
        self.rule_of_phrase(hit.phrase)
    }

    /// The same for a phrase of the lexicon, by its index.
    pub fn rule_of_phrase(&self, phrase: usize) -> (&Rule, usize, PhraseRole) {
        let (index, role) = self.uses[phrase];
        (&self.book.rules()[index], index, role)
    }

    /// For each condition of a composed rule its phrases in the lexicon; empty ranges for conditions without.
    pub fn condition_phrases(&self, rule: usize) -> Vec<Range<usize>> {
        let RuleKind::Composed(composed) = &self.book.rules()[rule].kind else { return Vec::new() };
        let mut next = self.uses.partition_point(|(of, _)| *of < rule);
        let conditions = composed.conditions.iter().map(|condition| {
            let phrases = next..next + condition.phrases().len();
            next = phrases.end;
            phrases
        });
        conditions.collect()
    }

    /// The words themselves make a finding.
    pub fn charges(&self, hit: &PhraseHit) -> bool {
        let (rule, _, role) = self.rule_of(hit);
        role == PhraseRole::Said && rule.finding_kind() == FindingKind::Forbidden
    }

    /// The words speak against the clerk: they count only where the audio bears them out.
    pub fn needs_proof(&self, hit: &PhraseHit) -> bool {
        let (rule, _, role) = self.rule_of(hit);
        rule.accuses_by(role)
    }

    /// By what a phrase of this lexicon is found again in another, or in this one read again; `None` where there is no
    /// such phrase.
    pub fn phrase_name(&self, phrase: usize) -> Option<PhraseName> {
        let (index, role) = *self.uses.get(phrase)?;
        let rule = &self.book.rules()[index];
        let first = self.uses.partition_point(|(of, _)| *of < index);
        let (_, spec) = rule.phrases().into_iter().nth(phrase - first)?;
        Some(PhraseName {
            rule: rule.id.clone(),
            role: role.to_string(),
            pattern: spec.pattern.source().to_owned(),
        })
    }

    /// The phrase of this lexicon that is called so: the one at `likely`, if it is, else the first.
    pub fn phrase_named(&self, name: &PhraseName, likely: usize) -> Option<usize> {
        let of_name = self.names.get_or_init(|| self.all_names()).get(name)?;
        of_name.iter().copied().find(|phrase| *phrase == likely).or_else(|| of_name.first().copied())
    }

    fn all_names(&self) -> HashMap<PhraseName, Vec<usize>> {
        let mut names: HashMap<PhraseName, Vec<usize>> = HashMap::new();
        let specs = self.book.rules().iter().flat_map(|rule| {
            rule.phrases().into_iter().map(|(role, spec)| PhraseName {
                rule: rule.id.clone(),
                role: role.to_string(),
                pattern: spec.pattern.source().to_owned(),
            })
        });
        // In the order of `uses`.
        for (phrase, name) in specs.enumerate() {
            names.entry(name).or_default().push(phrase);
        }
        names
    }

    /// For each of these rules its place in `other`, by id.
    pub fn rules_in(&self, other: &Self) -> Vec<Option<usize>> {
        let place = |rule: &Rule| other.book.rules().iter().position(|new| new.id == rule.id);
        self.book.rules().iter().map(place).collect()
    }

    /// For each phrase of this lexicon its place in that of `other`: the same words for the same end in the rule of
    /// the same id.
    pub fn phrases_in(&self, other: &Self) -> Vec<Option<usize>> {
        let named = |book: &Self| -> Vec<(String, PhraseRole, String)> {
            let specs = book.book.rules().iter().flat_map(|rule| {
                rule.phrases()
                    .into_iter()
                    .map(|(role, spec)| (rule.id.clone(), role, spec.pattern.source().to_owned()))
            });
            specs.collect()
        };
        let places = named(other);
        named(self).iter().map(|name| places.iter().position(|new| new == name)).collect()
    }
}
