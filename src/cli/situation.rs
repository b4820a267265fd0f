//! What is known of recordings beside their sound.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::error::CliError;
use crate::conduct::scene::Roles;
use crate::reports::{Reports, TimeFault, read_reports, wall_seconds};
use crate::runtime::Recorded;
use crate::units::WindowId;

/// What is known of a recording beside its sound.
#[derive(Debug, Args)]
pub(super) struct SituationArgs {
    /// What the hall's queue and telephone systems reported, one JSON object a line (docs/events.md)
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// When the recordings began, as 2026-11-22T09:00:00+08:00: for events with a time of day
    #[arg(long, value_name = "TIME", requires = "events", value_parser = began)]
    pub began: Option<f64>,
    /// One microphone hears clerk and visitor: nobody is charged, because it is not known who speaks
    #[arg(long)]
    pub shared: bool,
    /// The same, the louder voice being taken for the clerk's where there are two
    #[arg(long, conflicts_with = "shared")]
    pub near_far: bool,
}

impl SituationArgs {
    pub fn roles(&self) -> Roles {
        match (self.shared, self.near_far) {
            (true, _) => Roles::Unknown,
            (_, true) => Roles::ByLevel,
            _ => Roles::ByChannel,
        }
    }

    /// What the hall reported; what is wrong with it goes to standard error.
    pub fn reports(&self, recordings: &[Recorded]) -> Result<Reports, CliError> {
        let Some(path) = &self.events else { return Ok(Vec::new()) };
        let read = read_reports(path, self.began);
        let (reports, faults) = read.map_err(|fault| CliError::Events { path: path.clone(), fault })?;
        for fault in faults {
            eprintln!("sansheng: {fault}");
        }
        let strangers: BTreeSet<&WindowId> = reports
            .iter()
            .map(|(id, _)| id)
            .filter(|id| recordings.iter().all(|r| r.window != **id))
            .collect();
        for id in strangers {
            eprintln!(
                "sansheng: {}: window {id} has no recording here: its events are left out",
                path.display()
            );
        }
        Ok(reports)
    }
}

fn began(text: &str) -> Result<f64, TimeFault> {
    wall_seconds(text)
}
