//! The judge thread: puts the words of each window back in order, judges them and publishes alerts.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::Message;
use super::docket::Docket;
use super::event::HallEvent;
use crate::alert::{AlertIds, BudgetTable};
use crate::clock::Stopwatch;
use crate::conduct::CompiledBook;
use crate::config::Window;
use crate::pipeline::{Mind, Settings};
use crate::runtime::watchdog::Heart;
use crate::units::WindowId;

/// What the judge needs besides the words.
pub(super) struct Bench<'a> {
    pub windows: &'a [Window],
    pub settings: &'a Settings,
    pub book: Arc<CompiledBook>,
    pub budgets: Arc<BudgetTable>,
    /// Highest id that an alert had before.
    pub last_alert: u64,
    /// The journal keeps what is masked.
    pub keeps_originals: bool,
    pub watch: Stopwatch,
    pub heart: Heart,
}

impl Bench<'_> {
    pub fn mind(&self, window: usize, id: WindowId) -> Mind {
        let Window { roles, visitor, .. } = &self.windows[window];
        let settings = Settings { roles: *roles, ..self.settings.clone() };
        let mind = Mind::new(Arc::clone(&self.book), id, &settings);
        mind.hearing_visitor(visitor.is_some(), &settings)
    }
}

/// Judges until every listen and hear thread has gone.
pub(super) fn judge_all(messages: &Receiver<Message>, bench: &Bench<'_>, tell: &mut dyn FnMut(HallEvent)) {
    let ids = AlertIds::after(bench.last_alert);
    let mut dockets: Vec<Docket> = bench
        .windows
        .iter()
        .enumerate()
        .map(|(window, of)| Docket::new(window, of.id.clone(), &ids, bench))
        .collect();
    loop {
        bench.heart.beat();
        match messages.recv_timeout(Duration::from_millis(500)) {
            Ok(Message { window, body }) => dockets[window].take(body, bench.watch, tell),
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => return,
        }
    }
}
