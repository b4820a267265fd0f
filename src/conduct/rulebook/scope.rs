//! Scope: where, when and in which encounters a rule is asked.

use super::model::Rule;
use crate::conduct::scene::EncounterKind;
use crate::toml_file::Fields;
use crate::units::{Date, WindowId};

pub(super) const ENCOUNTERS: [(&str, EncounterKind); 2] =
    [("counter", EncounterKind::Counter), ("telephone", EncounterKind::Telephone)];

/// Where a rule is asked. An empty list means everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names of halls, as their configurations give them.
    pub halls: Vec<String>,
    /// Ids of service windows.
    pub windows: Vec<String>,
    /// `None`: in both.
    pub encounters: Option<EncounterKind>,
}

/// When a rule is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// The first day; `None`: always was.
    pub from: Option<Date>,
    /// The first day on which it is no more; `None`: always will be.
    pub until: Option<Date>,
}

/// For whom a rulebook is read: rules that are not in force there, or then, are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// `None`: whenever.
    pub on: Option<Date>,
    /// Name of the hall; `None`: whichever.
    pub hall: Option<String>,
}

impl Setting {
    pub fn on(date: Date) -> Self {
        Self { on: Some(date), hall: None }
    }
}

impl Effective {
    pub fn covers(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// The days that both cover.
    pub fn and(&self, other: Self) -> Self {
        let until = match (self.until, other.until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { from: self.from.max(other.from), until }
    }
}

impl std::fmt::Display for Effective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.from, self.until) {
            (Some(from), Some(until)) => write!(f, "from {from} until {until}"),
            (Some(from), None) => write!(f, "from {from}"),
            (None, Some(until)) => write!(f, "until {until}"),
            (None, None) => f.write_str("always"),
        }
    }
}

impl Rule {
    /// Whether it is asked at this window, in an encounter of this kind.
    pub fn applies(&self, window: &WindowId, kind: EncounterKind) -> bool {
        let Scope { windows, encounters, .. } = &self.scope;
        (windows.is_empty() || windows.iter().any(|id| id == window.as_str()))
            && encounters.is_none_or(|asked| asked == kind)
    }

    /// Why it is left out there and then; `None` where it is in force.
    pub(super) fn left_out(&self, setting: &Setting) -> Option<String> {
        if let Some(day) = setting.on.filter(|day| !self.effective.covers(*day)) {
            return Some(format!("in force {}, not on {day}", self.effective));
        }
        let halls = &self.scope.halls;
        let hall = setting.hall.as_ref().filter(|hall| !halls.is_empty() && !halls.contains(hall))?;
        Some(format!("for {}, not for {hall}", halls.join(", ")))
    }
}

pub(super) fn read_scope(fields: &mut Fields<'_, '_>) -> Scope {
    let Some(mut scope) = fields.table("scope") else { return Scope::default() };
    let mut named = |key| {
        let texts = scope.texts(key);
        if texts.is_empty() && scope.has(key) {
            let found = format!("`{key}` of {} names none", scope.of);
            scope.doc.error(scope.key_at(key), &found, "name at least one, or leave it out");
        }
        texts.iter().map(|text| text.text.to_owned()).collect()
    };
    let (halls, windows) = (named("halls"), named("windows"));
    let encounters = read_encounter(&mut scope, "encounters");
    scope.finish(&[]);
    Scope { halls, windows, encounters }
}

/// `"counter"` or `"telephone"`; `None` where absent or wrong.
pub(super) fn read_encounter(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<EncounterKind> {
    if !fields.has(key) {
        fields.value(key);
        return None;
    }
    fields.choice(key, &ENCOUNTERS)
}

pub(super) fn read_effective(fields: &mut Fields<'_, '_>) -> Effective {
    let Some(mut dates) = fields.table("effective") else { return Effective::default() };
    let effective = Effective { from: dates.date("from"), until: dates.date("until") };
    if let (Some(from), Some(until)) = (effective.from, effective.until)
        && until <= from
    {
        let found = format!("{} ends before it begins ({effective})", dates.of);
        dates.doc.error(dates.at, &found, "`until` is the first day on which it is not in force any more");
    }
    dates.finish(&[]);
    effective
}
