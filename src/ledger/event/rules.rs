//! A rulebook as the journal keeps it: the texts it was read from, so that whatever was found by it can always be cited
//! and judged again.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::conduct::rulebook::{Rulebook, RulebookFaults, Setting, Source};
use crate::units::Date;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulebookText {
    /// For which hall and day it was read; of two days on which the same rules were in force the first.
    pub hall: Option<String>,
    pub on: Option<String>,
    pub sources: Vec<SourceText>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceText {
    pub name: String,
    /// Part of the program, not written by the hall.
    pub builtin: bool,
    pub text: String,
}

impl RulebookText {
    pub fn of(book: &Rulebook) -> Self {
        let source = |source: &Source| SourceText {
            name: source.name.clone(),
            builtin: source.builtin,
            text: source.text.clone(),
        };
        Self {
            hall: book.setting().hall.clone(),
            on: book.setting().on.map(|day| day.to_string()),
            sources: book.sources().iter().map(source).collect(),
        }
    }

    /// The rulebook of these texts.
    ///
    /// # Errors
    /// [`RulebookUnread`].
    pub fn read(self) -> Result<Rulebook, RulebookUnread> {
        let day = |text: String| text.parse::<Date>().map_err(|_| RulebookUnread::Day(text));
        let setting = Setting { hall: self.hall, on: self.on.map(day).transpose()? };
        let source =
            |text: SourceText| Source { builtin: text.builtin, ..Source::new(&text.name, &text.text) };
        let sources = self.sources.into_iter().map(source).collect();
        Ok(Rulebook::of_sources(sources, &setting)?)
    }
}

/// A rulebook that the journal kept cannot be used.
#[derive(Debug, Error)]
pub enum RulebookUnread {
    #[error("the journal's rulebook is for the day {0:?}, which is none: restore the journal from a backup")]
    Day(String),
    #[error("the journal's rulebook is not as this version has them: use the one that wrote it. {0}")]
    Faults(#[from] RulebookFaults),
}
