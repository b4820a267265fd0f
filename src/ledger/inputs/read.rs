//! Inputs out of the journal: everything that a judge needs to judge again, in order.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::conduct::CompiledBook;
use crate::ledger::event::{Body, Event, Kind, RunStarted, Seat, ShedBody};
use crate::ledger::journal::{Events, JournalFault, Query, Reader};
use crate::units::WindowId;

use super::JudgeInput;

/// One step of a window's judge, and the event it comes from.
#[derive(Clone, Debug)]
pub struct Taken {
    pub event: Event,
    pub window: WindowId,
    pub judged: Judged,
}

#[derive(Clone, Debug)]
pub enum Judged {
    /// A judge began, by the rules of the event, in a window that is judged so.
    Began { run: Arc<RunStarted>, seat: Seat },
    /// The rules of the event are in force from here on.
    Rules,
    /// It took this in.
    Input(JudgeInput),
    /// It took in something here that the journal had no room for: what is judged again may be another until the window
    /// is served anew.
    Missing,
}

/// Iterates over the inputs of windows, each window's in the order in which its judge took them; whole runs, since a judge
/// remembers.
pub struct Inputs<'a, F> {
    reader: &'a Reader,
    events: Events<'a>,
    windows: Vec<WindowId>,
    /// The rulebook that phrases are looked up in, for a rulebook of the journal.
    book: F,
    books: HashMap<i64, Arc<CompiledBook>>,
    run: Option<Arc<RunStarted>>,
    waiting: VecDeque<Taken>,
}

impl Reader {
    /// The runs that have events from `wall_from_us` on and before `wall_until_us`, in order.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn runs_between(
        &self,
        wall_from_us: Option<i64>,
        wall_until_us: Option<i64>,
    ) -> Result<Vec<u64>, JournalFault> {
        self.runs(wall_from_us.unwrap_or(i64::MIN), wall_until_us.unwrap_or(i64::MAX))
    }

    /// The inputs of `windows`, or of all where none is named, of one run. `book` gives, for the version of a rulebook
    /// and its id in the journal, the rulebook that phrases are to be looked up in: the same, or the one to try.
    pub fn inputs<F>(&self, run: u64, windows: &[WindowId], book: F) -> Inputs<'_, F>
    where
        F: FnMut(&Reader, i64) -> Result<Arc<CompiledBook>, JournalFault>,
    {
        let kinds = vec![
            Kind::RunStarted,
            Kind::Rules,
            Kind::Heard,
            Kind::VisitorSpoke,
            Kind::Ring,
            Kind::Report,
            Kind::Gap,
            Kind::Quiet,
            Kind::Ended,
            Kind::Shed,
        ];
        let events = self.events(&Query { kinds, run: Some(run), ..Query::default() });
        Inputs {
            reader: self,
            events,
            windows: windows.to_vec(),
            book,
            books: HashMap::new(),
            run: None,
            waiting: VecDeque::new(),
        }
    }
}

impl<F> Inputs<'_, F>
where
    F: FnMut(&Reader, i64) -> Result<Arc<CompiledBook>, JournalFault>,
{
    /// The rulebook for the events of this rulebook of the journal.
    ///
    /// # Errors
    /// What the caller's function gives.
    pub fn book(&mut self, rulebook: i64) -> Result<Arc<CompiledBook>, JournalFault> {
        if let Some(known) = self.books.get(&rulebook) {
            return Ok(Arc::clone(known));
        }
        let book = (self.book)(self.reader, rulebook)?;
        self.books.insert(rulebook, Arc::clone(&book));
        Ok(book)
    }

    fn is_wanted(&self, window: &WindowId) -> bool {
        self.windows.is_empty() || self.windows.contains(window)
    }

    /// Puts what `event` means to judges in line.
    fn take(&mut self, event: Event) -> Result<(), JournalFault> {
        match Kind::parse(&event.kind) {
            Some(Kind::RunStarted) => {
                let Some(Body::RunStarted(started)) = event.read()? else { return Ok(()) };
                let run = Arc::new(*started);
                for seat in run.windows.clone() {
                    let window = WindowId::new(&seat.window);
                    let judged = Judged::Began { run: Arc::clone(&run), seat };
                    self.put(event.clone(), window, judged);
                }
                self.run = Some(run);
            }
            Some(Kind::Shed) => {
                // Of the recogniser, or of the journal: only the latter is missing here, and in every window.
                let journal =
                    matches!(event.read()?, Some(Body::Shed(shed)) if shed.what == ShedBody::JOURNAL);
                let windows = self.run.as_ref().filter(|_| journal).map(|run| run.windows.clone());
                for seat in windows.unwrap_or_default() {
                    self.put(event.clone(), WindowId::new(&seat.window), Judged::Missing);
                }
            }
            Some(Kind::Rules) => {
                if let Some(window) = event.window.clone() {
                    self.put(event, window, Judged::Rules);
                }
            }
            _ => {
                let Some(window) = event.window.clone().filter(|window| self.is_wanted(window)) else {
                    return Ok(());
                };
                let book = self.book(event.rulebook)?;
                let judged = match JudgeInput::of_event(&event, &book)? {
                    Some(input) => Judged::Input(input),
                    None => Judged::Missing,
                };
                self.put(event, window, judged);
            }
        }
        Ok(())
    }

    fn put(&mut self, event: Event, window: WindowId, judged: Judged) {
        if self.is_wanted(&window) {
            self.waiting.push_back(Taken { event, window, judged });
        }
    }
}

impl<F> Iterator for Inputs<'_, F>
where
    F: FnMut(&Reader, i64) -> Result<Arc<CompiledBook>, JournalFault>,
{
    type Item = Result<Taken, JournalFault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(taken) = self.waiting.pop_front() {
                return Some(Ok(taken));
            }
            let taken = self.events.next()?.and_then(|event| self.take(event));
            if let Err(fault) = taken {
                return Some(Err(fault));
            }
        }
    }
}
