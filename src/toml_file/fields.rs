//! A TOML table read field by field. Every wrong type, missing key and unknown key becomes a fault that
//! names its line; reading goes on, so that one pass finds them all.

use std::fmt::Display;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, FaultLevel, Faults, did_you_mean};
use super::source::Source;
use crate::units::Date;

/// A parsed file.
pub(crate) struct Document<'i> {
    pub source: &'i Source,
    pub table: Spanned<DeTable<'i>>,
    faults: &'i Faults,
    line_starts: Vec<usize>,
}

impl<'i> Document<'i> {
    /// Parses a file; `None` after its syntax faults are pushed.
    pub fn parse(source: &'i Source, faults: &'i Faults) -> Option<Self> {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let ends = source.text.match_indices('\n').map(|(at, _)| at + 1);
        let document = Self { source, table, faults, line_starts: std::iter::once(0).chain(ends).collect() };
        for error in &errors {
            let at = error.span().map_or(source.text.len(), |span| span.start);
            let remedy = match error.message().starts_with("invalid unquoted key") {
                true => "put a key in quotes where it has other characters than these",
                false => "correct the syntax of this line",
            };
            document.error(at, &format!("not TOML: {}", error.message()), remedy);
        }
        errors.is_empty().then_some(document)
    }

    pub fn root<'d>(&'d self) -> Fields<'d, 'i> {
        Fields::new(self, self.table.get_ref(), 0, "the file".into())
    }

    pub fn error(&self, at: usize, found: &str, remedy: &str) {
        self.push(FaultLevel::Error, at, found, remedy);
    }

    pub fn warning(&self, at: usize, found: &str, remedy: &str) {
        self.push(FaultLevel::Warning, at, found, remedy);
    }

    fn push(&self, level: FaultLevel, at: usize, found: &str, remedy: &str) {
        let (line, column) = self.line_and_column(at);
        let (file, found, remedy) = (self.source.name.clone(), found.to_owned(), remedy.to_owned());
        self.faults.push(Fault { level, file, line, column, found, remedy });
    }

    /// The byte of the file at which the byte `offset` of a text stands. A text that is not written out in the file
    /// (it has escapes, or joined lines) gives its beginning.
    pub fn inside(&self, text: Text<'_>, offset: usize) -> usize {
        let written = self.source.text.get(text.at..).unwrap_or_default();
        let quotes = ["\"\"\"\n", "'''\n", "\"\"\"", "'''", "\"", "'"];
        let opening = quotes.iter().find(|quote| written.starts_with(**quote)).map_or(0, |quote| quote.len());
        let whole = written.get(opening..).is_some_and(|rest| rest.starts_with(text.text));
        if whole { text.at + opening + offset } else { text.at }
    }

    /// Line of a byte, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.line_and_column(at).0
    }

    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= at);
        let start = self.line_starts[line - 1];
        let before = self.source.text.get(start..at).map_or(0, |text| text.chars().count());
        (line, before + 1)
    }
}

/// A string of the file and the byte it starts at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'d> {
    pub at: usize,
    pub text: &'d str,
}

/// One table being read.
pub(crate) struct Fields<'d, 'i> {
    pub doc: &'d Document<'i>,
    /// Byte the table starts at.
    pub at: usize,
    /// What messages call it: ``rule `P30-…` ``.
    pub of: String,
    table: &'d DeTable<'i>,
    asked: Vec<&'static str>,
}

impl<'d, 'i> Fields<'d, 'i> {
    pub fn new(doc: &'d Document<'i>, table: &'d DeTable<'i>, at: usize, of: String) -> Self {
        Self { doc, at, of, table, asked: Vec::new() }
    }

    /// A value as a table; `None` where it is none.
    pub fn of_value(
        doc: &'d Document<'i>,
        value: &'d Spanned<DeValue<'i>>,
        at: usize,
        of: String,
    ) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::new(doc, table, at, of)),
            _ => None,
        }
    }

    /// Where a key of the table stands; the table itself where it is absent.
    pub fn key_at(&self, key: &str) -> usize {
        let name = self.table.keys().find(|name| name.get_ref() == key);
        name.map_or(self.at, |name| name.span().start)
    }

    /// Names the table in later messages.
    pub fn name(&mut self, of: String) {
        self.of = of;
    }

    pub fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'i>>> {
        self.asked.push(key);
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.keys().any(|name| name.get_ref() == key)
    }

    /// True where `key` is absent or an empty list.
    pub fn is_without(&self, key: &str) -> bool {
        let value =
            self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value.get_ref());
        match value {
            None => true,
            Some(DeValue::Array(items)) => items.is_empty(),
            Some(_) => false,
        }
    }

    /// A string that may be absent.
    pub fn text(&mut self, key: &'static str) -> Option<Text<'d>> {
        let value = self.value(key)?;
        let text = text_of(value);
        if text.is_none() {
            self.wrong_type(key, value, "a text in quotes");
        }
        text
    }

    /// A string that must be there and not be empty.
    pub fn needed_text(&mut self, key: &'static str, example: &str) -> Option<Text<'d>> {
        if !self.has(key) {
            self.asked.push(key);
            self.missing(key, example);
            return None;
        }
        let text = self.text(key)?;
        if text.text.trim().is_empty() {
            self.doc.error(text.at, &format!("`{key}` of {} is empty", self.of), &format!("write {example}"));
            return None;
        }
        Some(text)
    }

    pub fn missing(&self, key: &str, example: &str) {
        self.doc.error(self.at, &format!("{} has no `{key}`", self.of), &format!("add {example}"));
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words = choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let text = self.needed_text(key, &format!("`{key} = …`, one of {words}"))?;
        let choice = choices.iter().find(|(word, _)| *word == text.text);
        if choice.is_none() {
            let meant = did_you_mean(text.text, choices.iter().map(|(word, _)| *word));
            let found = format!("`{key}` of {} is {:?}{meant}", self.of, text.text);
            self.doc.error(text.at, &found, &format!("write one of {words}"));
        }
        choice.map(|(_, value)| *value)
    }

    /// A number, whole or not, within `range`; `None` where absent or wrong.
    pub fn number(&mut self, key: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let value = self.value(key)?;
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        let number = match value.get_ref() {
            DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
            DeValue::Float(n) => n.as_str().parse().ok(),
            _ => {
                self.wrong_type(key, value, &wanted);
                return None;
            }
        };
        if let Some(number) = number.filter(|n| range.contains(n)) {
            return Some(number);
        }
        let written = match value.get_ref() {
            DeValue::Integer(n) => n.as_str(),
            DeValue::Float(n) => n.as_str(),
            _ => "",
        };
        let found = format!("`{key}` of {} is {written}", self.of);
        self.doc.error(value.span().start, &found, &format!("write {wanted}"));
        None
    }

    /// A whole number within `range`.
    pub fn whole<T>(&mut self, key: &'static str, range: RangeInclusive<T>) -> Option<T>
    where
        T: Copy + Display + Into<f64> + TryFrom<u32>,
    {
        let written = self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value);
        if let Some(value) = written.filter(|value| matches!(value.get_ref(), DeValue::Float(_))) {
            self.asked.push(key);
            let wanted = format!("a whole number from {} to {}", range.start(), range.end());
            self.wrong_type(key, value, &wanted);
            return None;
        }
        let number = self.number(key, (*range.start()).into()..=(*range.end()).into())?;
        T::try_from(number as u32).ok()
    }

    /// A day, `"2026-01-31"` with or without the quotes; `None` where absent or wrong.
    pub fn date(&mut self, key: &'static str) -> Option<Date> {
        let value = self.value(key)?;
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(datetime) => datetime.to_string(),
            _ => {
                self.wrong_type(key, value, "a day, as \"2026-01-31\"");
                return None;
            }
        };
        let date = written.parse();
        if let Err(remedy) = date {
            let found = format!("`{key}` of {} is {written:?}", self.of);
            self.doc.error(value.span().start, &found, remedy);
        }
        date.ok()
    }

    /// `true` or `false`; `None` where absent or wrong.
    pub fn yes_or_no(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let DeValue::Boolean(answer) = value.get_ref() else {
            self.wrong_type(key, value, "true or false, without quotes");
            return None;
        };
        Some(*answer)
    }

    /// A list of strings, or a single string; empty where absent.
    pub fn texts(&mut self, key: &'static str) -> Vec<Text<'d>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::String(_) => text_of(value).into_iter().collect(),
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| {
                    let text = text_of(item);
                    if text.is_none() {
                        self.wrong_type(key, item, "only texts in quotes");
                    }
                    text
                })
                .collect(),
            _ => {
                self.wrong_type(key, value, "a list of texts in quotes");
                Vec::new()
            }
        }
    }

    /// A table inside this one.
    pub fn table(&mut self, key: &'static str) -> Option<Fields<'d, 'i>> {
        let value = self.value(key)?;
        let found = self.table_of(value, key);
        if found.is_none() {
            self.wrong_type(key, value, "a table");
        }
        found
    }

    /// A list of tables (`[[rule]]`); empty where absent.
    pub fn tables(&mut self, key: &'static str) -> Vec<Fields<'d, 'i>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, &format!("a list of tables, each written `[[{key}]]`"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match self.table_of(item, key) {
                Some(table) => tables.push(table),
                None => self.wrong_type(key, item, "only tables"),
            }
        }
        tables
    }

    /// The keys and values of a table whose keys the author chooses.
    pub fn entries(&self) -> impl Iterator<Item = (Text<'d>, &'d Spanned<DeValue<'i>>)> {
        self.table.iter().map(|(key, value)| (Text { at: key.span().start, text: key.get_ref() }, value))
    }

    /// Refuses what was never asked for. `elsewhere` says where some keys do belong.
    pub fn finish(self, elsewhere: &[(&str, &str)]) {
        for name in self.table.keys() {
            let key: &str = name.get_ref();
            if self.asked.contains(&key) {
                continue;
            }
            let at = name.span().start;
            if let Some((_, place)) = elsewhere.iter().find(|(word, _)| *word == key) {
                let found = format!("`{key}` does not belong to {}", self.of);
                self.doc.error(at, &found, &format!("it belongs to {place}"));
                continue;
            }
            let meant = did_you_mean(key, self.asked.iter().copied());
            let found = format!("unknown key `{key}` in {}{meant}", self.of);
            self.doc.error(at, &found, &format!("the keys are {}", self.asked.join(", ")));
        }
    }

    fn table_of(&self, value: &'d Spanned<DeValue<'i>>, key: &str) -> Option<Fields<'d, 'i>> {
        match value.get_ref() {
            DeValue::Table(table) => {
                let of = format!("a `{key}` of {}", self.of);
                let of = if self.of == "the file" { format!("`{key}`") } else { of };
                Some(Fields::new(self.doc, table, value.span().start, of))
            }
            _ => None,
        }
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = format!("`{key}` of {} is {}", self.of, kind_of(value.get_ref()));
        self.doc.error(value.span().start, &found, &format!("write {wanted}"));
    }
}

/// A value as a string of the file.
pub(crate) fn text_of<'d>(value: &'d Spanned<DeValue<'_>>) -> Option<Text<'d>> {
    match value.get_ref() {
        DeValue::String(text) => Some(Text { at: value.span().start, text }),
        _ => None,
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
