//! Rulebook. In: TOML files, the program's own and a hall's. Out: `Rulebook`, or every fault of every file.
//! Thread: start-up. Allocates: once.
//!
//! The language is described in `docs/rulebook.md`. Reading never stops at the first fault, and a rulebook
//! with an error is not used at all: half a rulebook would judge people by half the rules.

mod check;
mod check_composed;
mod composed;
mod expression;
mod header;
mod model;
mod occasions;
mod read;
mod read_composed;
mod read_condition;
mod read_operator;
mod read_say;
mod scope;
mod sets;
mod source;
mod synonyms;

use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;

pub use crate::toml_file::{FILE_BYTES_MAX, Fault, FaultLevel, Source};
pub use composed::{
    Anchor, At, Composed, Condition, Level, Matcher, Need, Occasion, Operator, Position, Rate, RateLimit,
    Repeats, Rings, Say, Side, Similar, Who, Whole,
};
pub use expression::{Expression, Logic};
pub use model::{Article, Expectation, PhraseRole, Rule, RuleKind, Situation, Standard};

pub use scope::{Effective, Scope, Setting};

use crate::toml_file::{Document, Faults, listed};
use check::Tables;
use header::Header;
use sets::Sets;

/// Rules and the standards they cite, ready for the judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Rulebook {
    rules: Vec<Rule>,
    standards: Vec<Standard>,
    version: String,
    warnings: Vec<Fault>,
    /// Ids of the rules that are not in force, and why.
    left_out: Vec<(String, String)>,
    /// What it was read from, and for whom.
    sources: Arc<[Source]>,
    setting: Setting,
}

impl Rulebook {
    /// The rulebook that the program carries, with every rule of it, whenever it is in force.
    pub fn builtin() -> Result<Self, RulebookFaults> {
        Self::parse(&[])
    }

    /// The built-in rulebook with a hall's own files, or folders of `*.toml` files, on top: the rules that are in
    /// force in `setting`.
    pub fn load(paths: &[PathBuf], setting: &Setting) -> Result<Self, RulebookFaults> {
        let faults = Faults::default();
        let sources = source::read_paths(paths, &faults);
        Self::assemble(sources, faults, setting)
    }

    /// The same with `text` in the place of the file of its name, or after the others.
    ///
    /// # Errors
    /// [`RulebookFaults`], all of them.
    pub fn load_with(paths: &[PathBuf], text: Source, setting: &Setting) -> Result<Self, RulebookFaults> {
        let faults = Faults::default();
        // The file itself need not be there, or be readable.
        let others: Vec<PathBuf> =
            paths.iter().filter(|path| path.as_os_str() != text.name.as_str()).cloned().collect();
        let mut sources = source::read_paths(&others, &faults);
        match sources.iter_mut().find(|source| source.name == text.name) {
            Some(source) => *source = text,
            None => sources.push(text),
        }
        Self::assemble(sources, faults, setting)
    }

    /// The built-in rulebook with these texts on top, with every rule of it, whenever and wherever it is in force.
    pub fn parse(added: &[Source]) -> Result<Self, RulebookFaults> {
        Self::parse_for(added, &Setting::default())
    }

    /// The same with the rules alone that are in force in `setting`.
    pub fn parse_for(added: &[Source], setting: &Setting) -> Result<Self, RulebookFaults> {
        Self::assemble(added.to_vec(), Faults::default(), setting)
    }

    /// What is wrong with the files, for people, with the rules that are not in force in `setting`, and whether the
    /// files can be used.
    pub fn check_report(paths: &[PathBuf], setting: &Setting) -> (String, bool) {
        match Self::load(paths, setting) {
            Ok(book) => {
                let phrases: usize = book.rules.iter().map(|rule| rule.phrases().len()).sum();
                let mut lines: Vec<String> = book.warnings.iter().map(Fault::to_string).collect();
                lines.extend(
                    book.left_out.iter().map(|(rule, why)| format!("rule {rule} is left out: {why}")),
                );
                lines.push(format!(
                    "rulebook {}: {} rules, {phrases} phrases",
                    book.version,
                    book.rules.len()
                ));
                (lines.join("\n"), true)
            }
            Err(faults) => (faults.to_string(), false),
        }
    }

    /// Ids of the rules that are not in force where and when it is read for, and why.
    pub fn left_out(&self) -> &[(String, String)] {
        &self.left_out
    }

    /// In the order of the files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    pub fn standards(&self) -> &[Standard] {
        &self.standards
    }

    pub fn standard(&self, id: &str) -> Option<&Standard> {
        self.standards.iter().find(|standard| standard.id == id)
    }

    /// Versions of the files and a fingerprint of their text: `2026.11.1+our-hall.3#1f09c2d4a7be`.
    /// Two rulebooks of one version judge alike.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What someone should look at although the rulebook can be used.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    /// The texts it was read from, those that the program carries among them.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// For whom it was read.
    pub fn setting(&self) -> &Setting {
        &self.setting
    }

    /// A rulebook of these texts and no others: one that was kept, as [`sources`](Self::sources) gave it.
    ///
    /// # Errors
    /// [`RulebookFaults`], all of them: this program may know another language of rules than the one that kept it.
    pub fn of_sources(sources: Vec<Source>, setting: &Setting) -> Result<Self, RulebookFaults> {
        Self::read(sources, Faults::default(), setting)
    }

    fn assemble(added: Vec<Source>, faults: Faults, setting: &Setting) -> Result<Self, RulebookFaults> {
        let mut sources = source::builtin_sources();
        sources.extend(added);
        Self::read(sources, faults, setting)
    }

    fn read(sources: Vec<Source>, faults: Faults, setting: &Setting) -> Result<Self, RulebookFaults> {
        let book = read_all(&sources, &faults, setting);
        let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let faults = faults.into_sorted(&names);
        match book {
            Some(book) if faults.iter().all(|fault| fault.level == FaultLevel::Warning) => {
                Ok(Self { warnings: faults, sources: sources.into(), ..book })
            }
            _ => Err(RulebookFaults(faults)),
        }
    }
}

/// Every fault of every file, in the order of files and lines; at least one is an error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the rulebook has {} fault{}:\n{}", .0.len(), if .0.len() == 1 { "" } else { "s" }, listed(.0))]
pub struct RulebookFaults(pub Vec<Fault>);

/// Reads every file; what comes back is whole only if no error was pushed.
fn read_all(sources: &[Source], faults: &Faults, setting: &Setting) -> Option<Rulebook> {
    let documents: Vec<Document<'_>> =
        sources.iter().filter_map(|source| Document::parse(source, faults)).collect();
    // A file that is not TOML hides its sets and rules: what others say of them cannot be judged.
    let complete = documents.len() == sources.len();
    let mut sets = Sets::new(complete);
    documents.iter().for_each(|doc| sets.add(doc));
    let mut tables = Tables::default();
    let mut headers = Vec::new();
    for doc in &documents {
        let mut root = doc.root();
        root.value("sets");
        root.value("synonyms");
        let mut effective = Effective::default();
        if let Some(header) = header::read_header(&mut root) {
            effective = header.effective;
            tables.disabled.extend(header.disabled.iter().map(|id| (doc, *id)));
            headers.push((doc.source, header));
        }
        tables.standards.extend(header::read_standards(&mut root));
        let rules = root.tables("rule").into_iter().filter_map(|fields| read::read_rule(fields, &sets));
        tables.rules.extend(rules.map(|mut read| {
            read.rule.effective = read.rule.effective.and(effective);
            read
        }));
        tables.adjustments.extend(header::read_adjustments(&mut root, &sets));
        root.finish(&[("disable", "the table [rulebook]")]);
    }
    if !complete {
        return None;
    }
    sets.warn_unused();
    tables.check();
    tables.apply_changes();
    let mut left_out = Vec::new();
    let mut rules: Vec<Rule> = tables.rules.into_iter().map(|read| read.rule).collect();
    rules.retain(|rule| {
        let why = rule.left_out(setting);
        left_out.extend(why.clone().map(|why| (rule.id.clone(), why)));
        why.is_none()
    });
    Some(Rulebook {
        rules,
        standards: tables.standards.into_iter().map(|read| read.standard).collect(),
        version: version_of(&headers, &left_out),
        warnings: Vec::new(),
        left_out,
        sources: Arc::default(),
        setting: setting.clone(),
    })
}

/// Version of the built-in files, `+id.version` for each of the hall's, `#` and 48 bits of the SHA-256 of their texts
/// and of the rules that are not in force.
fn version_of(headers: &[(&Source, Header<'_>)], left_out: &[(String, String)]) -> String {
    let mut version = String::new();
    let mut hash = Sha256::new();
    for (source, header) in headers {
        hash.update((source.text.len() as u64).to_le_bytes());
        hash.update(source.text.as_bytes());
        if !source.builtin {
            version.push_str(&format!("+{}.{}", header.id, header.version));
        } else if version.is_empty() {
            version.push_str(header.version);
        }
    }
    for (rule, _) in left_out {
        hash.update(rule.as_bytes());
        hash.update(b"\n");
    }
    let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{version}#{digest}")
}
