//! How the open encounter fares so far.

use std::sync::Arc;

use super::Obligations;
use crate::conduct::rulebook::Situation;
use crate::conduct::{Owing, Standing};

impl Obligations {
    /// For those who look on; nothing is judged by it.
    pub fn standing(&self) -> Standing {
        let (book, mut standing) = (Arc::clone(&self.book), Standing::default());
        for (rule, situation) in self.required(&book) {
            let said = self.visit.said.iter().any(|(said, _)| *said == rule).then_some(Owing::Heard);
            let owed = self.owed.iter().any(|owed| owed.rule == rule).then_some(Owing::Pending);
            let became =
                self.visit.settled.iter().rfind(|(settled, _)| *settled == rule).map(|(_, became)| *became);
            let (place, now) = match situation {
                Situation::EncounterStart { .. } => (&mut standing.greeting, said.or(owed).or(became)),
                // A word before the wait was not about it.
                Situation::AfterWait { .. } => (&mut standing.wait, owed.or(became)),
                Situation::EncounterEnd { .. } => (&mut standing.farewell, said.or(Some(Owing::Pending))),
            };
            *place = (*place).max(now);
        }
        standing
    }
}
