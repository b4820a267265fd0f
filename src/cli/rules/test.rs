//! `sansheng rules test`: a sentence against the rulebook, syllable by syllable, and before the judge.

use std::io::{self, Write};

use crate::cli::DONE;
use crate::cli::args::{RulesTestArgs, SaidAt, SaidBy, SaidOn};
use crate::cli::error::CliError;
use crate::cli::setup::compile_rules;
use crate::clock;
use crate::conduct::rulebook::{PhraseRole, Setting};
use crate::conduct::scene::EncounterKind;
use crate::conduct::{CompiledBook, Finding};
use crate::phrase::Speech;
use crate::pipeline::{self, Rehearsal, Rehearsed, outcome, rehearse};
use crate::units::Role;

pub(super) fn run(args: &RulesTestArgs) -> Result<u8, CliError> {
    let book = compile_rules(&args.rules, &Setting::on(clock::today()))?;
    let speech = Speech::from_text(&args.sentence);
    if speech.is_empty() {
        return Err(CliError::NoSentence);
    }
    let mut out = io::stdout().lock();
    matches(&book, &speech, &mut out)?;
    judged(args, &book, &rehearse(rehearsal(args), &book), &mut out)?;
    Ok(DONE)
}

/// Every phrase of the rules that is near the sentence.
fn matches(book: &CompiledBook, speech: &Speech, out: &mut impl Write) -> io::Result<()> {
    let hits = book.lexicon().find(speech);
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
    Ok(())
}

/// What the judge makes of it.
fn judged(
    args: &RulesTestArgs,
    book: &CompiledBook,
    tried: &Rehearsed,
    out: &mut impl Write,
) -> io::Result<()> {
    let who = if args.role == SaidBy::Clerk { "clerk" } else { "visitor" };
    let place = match args.at {
        SaidAt::First => "first words",
        SaidAt::Middle => "words in the middle",
        SaidAt::Last => "last words",
    };
    let where_ = if args.encounter == SaidOn::Counter { "an encounter at the counter" } else { "a call" };
    writeln!(out, "\nas the {who}'s {place} of {where_} that is courteous otherwise:")?;
    if args.role == SaidBy::Visitor {
        writeln!(out, "  a visitor's words never count against the clerk")?;
    }
    let mut told = 0;
    for finding in tried.concerning() {
        let Finding { provision, rule, heard, reason, .. } = finding;
        let of = if heard.is_empty() { String::new() } else { format!(" on {heard}") };
        let review = if finding.needs_review { ", to be looked at" } else { "" };
        writeln!(out, "  {}{review}: {provision} {rule}{of}: {reason}", outcome(finding))?;
        told += 1;
    }
    for rule in tried.fulfilled(book) {
        writeln!(out, "  fulfilled: {} {}", rule.provision, rule.id)?;
        told += 1;
    }
    if told == 0 {
        writeln!(out, "  nothing is found")?;
    }
    Ok(())
}

fn rehearsal(args: &RulesTestArgs) -> Rehearsal<'_> {
    Rehearsal {
        sentence: &args.sentence,
        by: match args.role {
            SaidBy::Clerk => Role::Clerk,
            SaidBy::Visitor => Role::Visitor,
        },
        at: match args.at {
            SaidAt::First => pipeline::SaidAt::First,
            SaidAt::Middle => pipeline::SaidAt::Middle,
            SaidAt::Last => pipeline::SaidAt::Last,
        },
        on: match args.encounter {
            SaidOn::Counter => EncounterKind::Counter,
            SaidOn::Telephone => EncounterKind::Telephone,
        },
    }
}
