//! `sansheng eval`: hears labelled recordings and scores what came out.

mod args;
mod degraded;
mod hearing;
mod lent;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) use args::EvalArgs;
use args::Lever;
use degraded::{Degraded, babble_of};
use hearing::Listening;

use super::error::CliError;
use super::{DONE, PARTLY};
use crate::conduct::Ablation;
use crate::eval::degrade::Condition;
use crate::eval::{
    AblationRow, CANDIDATE_COLUMNS, ConditionRun, Evaluation, Heard, Truth, ablation_table, candidates,
    conditions_table, evaluate, sweep,
};

pub(super) fn run(args: &EvalArgs) -> Result<u8, CliError> {
    let mut session =
        Session { args, listening: Listening::new(args)?, partly: false, candidates: String::new() };
    let mut corpora = Vec::new();
    for path in &args.truth {
        let whole = Truth::load(path)?;
        let truth = selected(&whole, args.only.as_deref())?;
        if args.ablation {
            session.ablation(&truth)?;
        } else if !args.compared().is_empty() {
            session.conditions(&whole, &truth)?;
        } else {
            let heard = session.report(&truth)?;
            corpora.push((truth, heard));
        }
    }
    session.pooled(&corpora)?;
    if let Some(path) = &args.candidates {
        write(path, &format!("{CANDIDATE_COLUMNS}\n{}", session.candidates))?;
    }
    Ok(if session.partly { PARTLY } else { DONE })
}

/// One evaluation of one or several corpora.
struct Session<'a> {
    args: &'a EvalArgs,
    listening: Listening,
    /// Some recording was not heard to its end.
    partly: bool,
    /// Rows of the table of candidates, where it was asked for.
    candidates: String,
}

impl Session<'_> {
    fn report(&mut self, truth: &Truth) -> Result<Vec<Heard>, CliError> {
        let (heard, evaluation) = self.heard(None, truth, &originals(truth));
        self.note_candidates(Condition::Clean, truth, &heard);
        writeln!(io::stdout(), "{}", self.shown(&evaluation)?)?;
        Ok(heard)
    }

    /// What all corpora together come to, where there are several, and how it varies with the least sureness.
    fn pooled(&self, corpora: &[(Truth, Vec<Heard>)]) -> Result<(), CliError> {
        let told = corpora.len() > 1 && !self.args.json;
        if !told && self.args.sweep.is_none() {
            return Ok(());
        }
        let sweep = sweep(corpora);
        if told {
            writeln!(io::stdout(), "{}\n", sweep.line())?;
        }
        if let Some(folder) = &self.args.sweep {
            let unwritten = |fault| CliError::Unwritten { path: folder.clone(), fault };
            fs::create_dir_all(folder).map_err(unwritten)?;
            write(&folder.join("sweep.csv"), &sweep.csv())?;
            match sweep.svg() {
                Some(drawing) => write(&folder.join("sweep.svg"), &drawing)?,
                None => {
                    eprintln!("sansheng: nothing forbidden is said in these recordings: sweep.svg not drawn")
                }
            }
        }
        Ok(())
    }

    /// The corpus under each condition asked for; of a single one also the whole report.
    fn conditions(&mut self, whole: &Truth, truth: &Truth) -> Result<(), CliError> {
        let babble = babble_of(whole);
        let compared = self.args.compared();
        let mut runs = Vec::new();
        for condition in &compared {
            let (heard, evaluation) = match condition {
                Condition::Clean => self.heard(None, truth, &originals(truth)),
                _ => self.heard(None, truth, &Degraded::new(truth, *condition, &babble)?.paths),
            };
            self.note_candidates(*condition, truth, &heard);
            runs.push(ConditionRun::new(&condition.to_string(), truth, evaluation));
        }
        let mut out = io::stdout();
        if self.args.json {
            return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&runs)?)?);
        }
        writeln!(out, "## Conditions: {}\n\n{}", truth.corpus, conditions_table(&runs))?;
        if let [run] = runs.as_slice() {
            writeln!(out, "{}", self.shown(&run.evaluation)?)?;
        }
        Ok(())
    }

    /// The corpus with no lever off, and with each.
    fn ablation(&mut self, truth: &Truth) -> Result<(), CliError> {
        let mut rows = Vec::new();
        for lever in [None].into_iter().chain(Lever::ALL.map(Some)) {
            let off = lever.map_or(Ablation::default(), |lever| lever.off(Ablation::default()));
            let listening = self.listening.without(off)?;
            let (_, evaluation) = self.heard(Some(&listening), truth, &originals(truth));
            rows.push(AblationRow { off: lever.map_or("none", Lever::name).to_owned(), evaluation });
        }
        let mut out = io::stdout();
        match self.args.json {
            true => writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?,
            false => writeln!(out, "## Ablation: {}\n\n{}", truth.corpus, ablation_table(&rows))?,
        }
        Ok(())
    }

    fn note_candidates(&mut self, condition: Condition, truth: &Truth, heard: &[Heard]) {
        if self.args.candidates.is_some() {
            self.candidates += &candidates(condition, truth, heard);
        }
    }

    fn heard(
        &mut self,
        listening: Option<&Listening>,
        truth: &Truth,
        paths: &[PathBuf],
    ) -> (Vec<Heard>, Evaluation) {
        let (heard, run) = listening.unwrap_or(&self.listening).hear(truth, paths);
        self.partly |= heard.iter().any(|h| h.error.is_some());
        let evaluation = evaluate(truth, &heard).timed(run);
        (heard, evaluation)
    }

    fn shown(&self, evaluation: &Evaluation) -> Result<String, CliError> {
        Ok(match (self.args.markdown, self.args.json) {
            (true, _) => evaluation.markdown(),
            (_, true) => evaluation.json()?,
            _ => evaluation.text(),
        })
    }
}

/// The recordings of `truth` whose path contains `only`.
fn selected(truth: &Truth, only: Option<&str>) -> Result<Truth, CliError> {
    let mut truth = truth.clone();
    if let Some(only) = only {
        truth.files.retain(|file| file.file.contains(only));
        if truth.files.is_empty() {
            return Err(CliError::NothingSelected(only.to_owned()));
        }
    }
    Ok(truth)
}

fn originals(truth: &Truth) -> Vec<PathBuf> {
    truth.files.iter().map(|file| truth.audio_path(file)).collect()
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    fs::write(path, text).map_err(|fault| CliError::Unwritten { path: path.to_owned(), fault })
}
