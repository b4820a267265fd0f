//! Shelf: the rulebooks of a journal, each read once. In: the number of one. Out: its rules and standards, as they were when
//! something was found by them. Thread: any. Allocates: per rulebook.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::conduct::rulebook::{Rule, Rulebook};
use crate::ledger::{JournalFault, Reader};

/// A hall changes its rules now and then; what is read again is no older than a few changes.
const BOOKS_MAX: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Shelf {
    books: Mutex<HashMap<i64, Arc<ShelvedBook>>>,
}

#[derive(Debug)]
pub(super) struct ShelvedBook {
    pub version: String,
    /// `None`: this version of the program cannot read it.
    pub rules: Option<Rulebook>,
}

impl Shelf {
    pub fn book(&self, reader: &Reader, number: i64) -> Result<Arc<ShelvedBook>, JournalFault> {
        let held = || self.books.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(book) = held().get(&number) {
            return Ok(Arc::clone(book));
        }
        let (version, text) = reader.rulebook(number)?;
        let rules = text.read();
        if let Err(fault) = &rules {
            tracing::warn!("rulebook {version}: {fault}");
        }
        let book = Arc::new(ShelvedBook { version, rules: rules.ok() });
        let mut books = held();
        if books.len() >= BOOKS_MAX {
            books.clear();
        }
        books.insert(number, Arc::clone(&book));
        Ok(book)
    }
}

impl ShelvedBook {
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.as_ref()?.rule(id)
    }

    /// Title of a standard; empty where it is not known.
    pub fn standard_title(&self, id: &str) -> &str {
        let standard = self.rules.as_ref().and_then(|rules| rules.standard(id));
        standard.map_or("", |standard| &standard.title)
    }

    /// The words of an article, as far as rules rest on them; empty where it is not known.
    pub fn article_text(&self, standard: &str, article: &str) -> &str {
        let standard = self.rules.as_ref().and_then(|rules| rules.standard(standard));
        let article = standard.and_then(|known| known.articles.iter().find(|one| one.number == article));
        article.map_or("", |article| &article.text)
    }
}
