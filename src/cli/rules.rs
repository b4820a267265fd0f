//! `sansheng rules`.

use std::io::{self, Write};

use super::args::{RulesCheckArgs, RulesTestArgs};
use super::error::CliError;
use super::setup::compile_rules;
use super::{DONE, FAILED};
use crate::clock;
use crate::conduct::rulebook::{PhraseRole, Rulebook, Setting};
use crate::phrase::Speech;

pub(super) fn check(args: &RulesCheckArgs) -> Result<u8, CliError> {
    let (report, usable) = Rulebook::check_report(&args.paths, &Setting::on(clock::today()));
    writeln!(io::stdout(), "{report}")?;
    Ok(if usable { DONE } else { FAILED })
}

pub(super) fn test(args: &RulesTestArgs) -> Result<u8, CliError> {
    let book = compile_rules(&args.rules, &Setting::on(clock::today()))?;
    let speech = Speech::from_text(&args.sentence);
    if speech.is_empty() {
        return Err(CliError::NoSentence);
    }
    let hits = book.lexicon().find(&speech);
    let mut out = io::stdout();
    if hits.is_empty() {
        writeln!(out, "nothing in this sentence is near a phrase of the rules")?;
    }
    for hit in &hits {
        let (rule, _, role) = book.rule_of(hit);
        let use_of = match role {
            PhraseRole::Said => "",
            PhraseRole::Trigger => ", sets the rule off",
            PhraseRole::Expected(_) => ", what the rule expects",
            PhraseRole::Near => ", near what the rule requires",
            PhraseRole::Condition(_) => ", for a condition of the rule",
        };
        writeln!(out, "{} {} {} ({:?}{use_of})", rule.provision, rule.id, rule.title, rule.finding_kind())?;
        writeln!(out, "  phrase {}   heard {}   {}", hit.wording, hit.heard, hit.explain())?;
        for line in hit.alignment().lines() {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(DONE)
}
