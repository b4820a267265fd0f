//! Findings and transcripts for people.

use std::io::{self, IsTerminal};

use comfy_table::{ContentArrangement, Row, Table, presets};

use crate::asr::Hypothesis;
use crate::conduct::rulebook::Rulebook;
use crate::conduct::{Citation, DecoyScore, Evidence, Finding, FindingKind, FindingState};
use crate::units::SessionTime;

/// Columns of a table that goes into a file or a pipe.
const COLUMNS: u16 = 140;

/// An empty table, as wide as the terminal, or as [`COLUMNS`] where there is none.
pub(super) fn new_table(header: impl Into<Row>) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    if !is_terminal() {
        table.set_width(COLUMNS);
    }
    table
}

/// One table of findings, in the order given.
pub(super) fn table(findings: &[Finding], rules: &Rulebook) -> Table {
    let mut table = new_table(["TIME", "WHAT", "HEARD", "PROVISION", "ARTICLE", "SURE", "WHY"]);
    for finding in findings {
        let what = format!("{}\n{}", label(finding), rules.rule(&finding.rule).map_or("", |r| &r.title));
        table.add_row([
            clock(finding.span.start),
            what,
            finding.heard.clone(),
            format!("{} {:?}", finding.provision, finding.severity).to_lowercase().replacen('p', "P", 1),
            articles(&finding.cites),
            format!("{:.0} %", finding.sureness * 100.0),
            finding.reason.clone(),
        ]);
    }
    table
}

/// Everything that a finding rests on, several lines, indented.
pub(super) fn explanation(finding: &Finding, rules: &Rulebook) -> String {
    let rule = rules.rule(&finding.rule);
    let mut text = format!(
        "  {} {} {} {}  {:.0} % sure\n",
        clock(finding.span.start),
        label(finding),
        finding.rule,
        rule.map_or("", |r| &r.title),
        finding.sureness * 100.0
    );
    for line in
        evidence_lines(&finding.evidence, &finding.phrase).chain([format!("because: {}", finding.reason)])
    {
        text.push_str(&format!("    {line}\n"));
    }
    for cite in &finding.cites {
        let title = rules.standard(&cite.standard).map_or("", |s| &s.title);
        text.push_str(&format!("    article: {} {title} {} {}\n", cite.standard, cite.article, cite.quote));
    }
    text
}

fn evidence_lines(evidence: &Evidence, phrase: &str) -> impl Iterator<Item = String> {
    let mut lines = Vec::new();
    if evidence.source.is_some() {
        lines.push(format!("said: {}", evidence.context));
        lines.push(format!(
            "phrase: {phrase}, {} syllables, cost {:.2} of {:.2}, characters heard with probability {:.2}",
            evidence.syllables, evidence.cost, evidence.cost_max, evidence.probability
        ));
        lines.extend(evidence.steps.iter().map(|step| format!("  {step}")));
    }
    if let Some(ratio) = evidence.ratio {
        lines.push(format!("against the transcript: log-likelihood ratio {ratio:.1}"));
    }
    if !evidence.decoys.is_empty() {
        let (beaten, of) = evidence.decoys_beaten();
        let each = |decoy: &DecoyScore| format!("{} {:+.1}", decoy.wording, decoy.ratio);
        let all: Vec<String> = evidence.decoys.iter().map(each).collect();
        lines.push(format!("decoys beaten: {beaten} of {of} ({})", all.join(", ")));
    }
    lines.into_iter()
}

pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// A finding on one line, for a running log.
pub(super) fn line(finding: &Finding, rules: &Rulebook) -> String {
    let title = rules.rule(&finding.rule).map_or("", |r| &r.title);
    let heard = match finding.kind {
        FindingKind::Missing => format!("heard “{}”", shortened(&finding.heard)),
        _ => format!("“{}”", finding.heard),
    };
    let sure = format!("{:.0} % sure", finding.sureness * 100.0);
    let cites = articles(&finding.cites);
    format!("{} {} {title}  {heard}  {cites}  {sure}", label(finding), finding.provision)
}

/// What was recognised, on one line.
pub(super) fn transcript(heard: &Hypothesis) -> String {
    format!("{}  {:?}  {}", clock(heard.span.start), heard.role, heard.text())
        .replace("Clerk", "clerk")
        .replace("Visitor", "visitor")
}

pub(super) fn label(finding: &Finding) -> &'static str {
    match (finding.kind, finding.state) {
        (_, FindingState::Held) => "near miss",
        (_, FindingState::Retracted) => "taken back",
        (FindingKind::Missing, FindingState::Unknown) => "unknown",
        (FindingKind::Forbidden, _) => "FORBIDDEN",
        (FindingKind::Missing, _) => "MISSING",
        (FindingKind::Voice, _) => "VOICE",
        (FindingKind::Credit, _) => "credit",
    }
}

/// `S1-A 第三条（六）; S2 第十一條`.
pub(super) fn articles(cites: &[Citation]) -> String {
    let mut named: Vec<String> = cites.iter().map(|c| format!("{} {}", c.standard, c.article)).collect();
    named.dedup();
    named.join("; ")
}

fn shortened(text: &str) -> String {
    const SHOWN: usize = 16;
    if text.chars().count() <= SHOWN {
        text.to_owned()
    } else {
        text.chars().take(SHOWN).chain(['…']).collect()
    }
}

/// `12:05.3`, minutes first.
pub(super) fn clock(time: SessionTime) -> String {
    time.to_string()
}
