//! Strata: the conditions that results are split by.

use serde::Serialize;

use super::truth::{EncounterKind, Form, TruthFile};
use crate::units::Role;

/// What a corpus is split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Folder of the files.
    Group,
    /// Speech over noise at the microphone.
    Noise,
    /// Reverberation time of the room.
    Reverberation,
    /// Counter, telephone, or a clip on its own.
    Setting,
}

/// One class of one [`Dimension`]; ordered as reports list them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Stratum {
    pub dimension: Dimension,
    #[serde(skip)]
    order: u8,
    pub label: String,
}

impl Stratum {
    /// What files of `form` are alone in, by [`Dimension::Setting`]; only clips and transcripts have one.
    pub(super) fn is_setting_of(&self, form: Form) -> bool {
        self.dimension == Dimension::Setting
            && form_setting(form).is_some_and(|(order, _)| order == self.order)
    }
}

/// Where an item of `role` in `file` belongs, once in every dimension; `encounter` when it is inside a known one.
pub(super) fn strata(file: &TruthFile, role: Role, encounter: Option<usize>) -> [Stratum; 4] {
    let stratum =
        |dimension, (order, label): (u8, &str)| Stratum { dimension, order, label: label.to_owned() };
    let snr_db = match role {
        Role::Clerk => file.conditions.snr_db,
        Role::Visitor => file.conditions.snr_db_visitor,
    };
    [
        stratum(Dimension::Group, (0, &file.group)),
        stratum(Dimension::Noise, noise(snr_db, file.form)),
        stratum(Dimension::Reverberation, reverberation(file.conditions.rt60_s, file.form)),
        stratum(Dimension::Setting, setting(file, encounter)),
    ]
}

fn noise(snr_db: Option<f64>, form: Form) -> (u8, &'static str) {
    match snr_db {
        Some(db) if db >= 20.0 => (1, ">= 20 dB"),
        Some(db) if db >= 15.0 => (2, "15-19 dB"),
        Some(_) => (3, "< 15 dB"),
        None => unstated(form),
    }
}

fn reverberation(rt60_s: Option<f64>, form: Form) -> (u8, &'static str) {
    match rt60_s {
        Some(s) if s < 0.3 => (1, "rt60 < 0.3 s"),
        Some(s) if s < 0.4 => (2, "rt60 0.3-0.39 s"),
        Some(_) => (3, "rt60 >= 0.4 s"),
        None => unstated(form),
    }
}

/// Clips are clean unless their conditions say otherwise; of the rest nothing is assumed.
fn unstated(form: Form) -> (u8, &'static str) {
    if form == Form::Clip { (0, "clean") } else { (4, "not stated") }
}

fn setting(file: &TruthFile, encounter: Option<usize>) -> (u8, &'static str) {
    let kinds = file.encounters.as_deref().unwrap_or_default();
    let one = encounter.and_then(|index| kinds.get(index)).map(|e| e.kind);
    let all = |kind| !kinds.is_empty() && kinds.iter().all(|e| e.kind == kind);
    match (form_setting(file.form), one) {
        (Some(setting), _) => setting,
        (_, Some(EncounterKind::Counter)) => (0, "counter"),
        (_, Some(EncounterKind::Telephone)) => (1, "telephone"),
        _ if all(EncounterKind::Counter) => (0, "counter"),
        _ if all(EncounterKind::Telephone) => (1, "telephone"),
        _ if kinds.is_empty() => (5, "not stated"),
        _ => (2, "counter and telephone"),
    }
}

fn form_setting(form: Form) -> Option<(u8, &'static str)> {
    match form {
        Form::Clip => Some((3, "clip")),
        Form::Transcript => Some((4, "transcript")),
        Form::Recording => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_bounds_belong_to_the_better_class_of_noise_and_the_worse_of_reverberation() {
        for (snr_db, label) in [
            (25.0, ">= 20 dB"),
            (20.0, ">= 20 dB"),
            (19.9, "15-19 dB"),
            (15.0, "15-19 dB"),
            (14.9, "< 15 dB"),
        ] {
            assert_eq!(noise(Some(snr_db), Form::Recording).1, label);
        }
        for (rt60_s, label) in [(0.25, "rt60 < 0.3 s"), (0.3, "rt60 0.3-0.39 s"), (0.4, "rt60 >= 0.4 s")] {
            assert_eq!(reverberation(Some(rt60_s), Form::Recording).1, label);
        }
    }

    #[test]
    fn only_clips_are_taken_for_clean() {
        assert_eq!(noise(None, Form::Clip).1, "clean");
        assert_eq!(noise(None, Form::Recording).1, "not stated");
        assert_eq!(noise(Some(10.0), Form::Clip).1, "< 15 dB");
    }
}
