//! The judge of a hall, and who stands between it and everybody who is shown something.

use std::sync::{Arc, PoisonError};
use std::thread;

use crossbeam_channel::Receiver;

use super::bench::{Bench, judge_all};
use super::event::HallEvent;
use super::evidence::{Shared, evidence};
use super::guard::Guard;
use super::ledger::Keeper;
use super::record::Recorder;
use super::waiting::Waiting;
use super::{Hall, Message};
use crate::alert::BudgetTable;
use crate::conduct::CompiledBook;
use crate::runtime::spawn;
use crate::runtime::watchdog::Heart;

impl Hall {
    /// Judges what comes, and has it told: at once, or once it is in the journal.
    pub(super) fn judge<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        from_all: &Receiver<Message>,
        (book, heart): (Arc<CompiledBook>, Heart),
        (guard, memories): (&Guard, &'scope [Shared]),
        tell: &'scope mut (dyn FnMut(HallEvent) + Send),
    ) {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).take();
        let windows = self.config.windows.iter().map(|window| window.id.clone());
        let recorder = Recorder::new(windows, &book, self.watch);
        let bench = Bench {
            windows: &self.config.windows,
            settings: &self.settings,
            budgets: Arc::new(BudgetTable::new(self.config.budgets, book.rulebook())),
            book,
            last_alert: ledger.as_ref().map_or(0, |ledger| ledger.last_alert),
            keeps_originals: ledger.is_some() && self.config.keep_unmasked.is_some(),
            watch: self.watch,
            heart,
        };
        let Some(ledger) = ledger else {
            let mut tell = |event: HallEvent| {
                self.board.note(&event, self.watch.elapsed());
                tell(event);
            };
            return judge_all(from_all, &bench, &mut tell);
        };
        let waiting = Arc::new(Waiting::default());
        let ends = Closes(Arc::clone(&waiting));
        let keeper = Keeper::new(ledger, recorder, (&self.board, self.watch), tell);
        let (queue, heart) = (Arc::clone(&waiting), self.hearts.register("ledger"));
        let work = guard.over("ledger", move || keeper.keep(&queue, &heart));
        spawn(scope, "ledger".to_owned(), work);
        let kept = self.evidence.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (asker, cutting) = match kept {
            Some(kept) => {
                let hall = (memories, &self.config.windows[..]);
                let (asker, cut) = evidence(kept, hall, &waiting, (&self.board, self.watch));
                let heart = self.hearts.register("evidence");
                let work = guard.over("evidence", move || cut(&heart));
                (Some(asker), Some(spawn(scope, "evidence".to_owned(), work)))
            }
            None => (None, None),
        };
        judge_all(from_all, &bench, &mut |event| {
            let asked = match (&event, &asker) {
                (HallEvent::Alerted { window, alert, .. }, Some(asker)) => asker.wanted_for(*window, alert),
                _ => None,
            };
            // The alert is in the journal before its clip, whichever comes first.
            waiting.push(event);
            if let (Some(asker), Some(asked)) = (&asker, asked) {
                asker.ask(asked);
            }
        });
        drop(asker);
        // The guard keeps a panic in it for the end of the run.
        let _ = cutting.map(thread::ScopedJoinHandle::join);
        drop(ends);
    }
}

/// Whatever becomes of the judge, the ledger comes to its end.
struct Closes(Arc<Waiting>);

impl Drop for Closes {
    fn drop(&mut self) {
        self.0.close();
    }
}
