//! What people do with accounts, into the journal: who signed in, who tried, who was given which role.

use crate::ledger::event::AccessBody;
use crate::ledger::journal::Act;
use crate::ledger::{Body, JournalFault};
use crate::said::Bilingual;

use super::hub::Hub;
use super::problem::Problem;

impl Hub {
    /// Journals an access. What was done is done: where the journal cannot be written, the log says so.
    pub async fn record(&self, what: &'static str, who: &str, why: impl Into<Bilingual>) {
        let (why, now_us) = (why.into(), self.now_us());
        let said = format!("{what} ({who}, {})", why.en);
        let body = AccessBody::plain(what, who, why);
        let written = self
            .write(move |aside| {
                let act = Act { window: None, session: None, rulebook: None, body: Body::Access(body) };
                match aside.act(now_us, |_| Ok::<_, JournalFault>(vec![act])) {
                    // Nothing happened in this hall yet.
                    Ok(_) | Err(JournalFault::Absent { .. }) => Ok(()),
                    Err(fault) => Err(Problem::from(fault)),
                }
            })
            .await;
        if written.is_err() {
            tracing::warn!("not journalled: {said}");
        }
    }
}
