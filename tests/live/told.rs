//! Everything a run has told, and what a test asks of it.

use std::sync::{Condvar, Mutex};

use sansheng::alert::{Alert, AlertState};
use sansheng::conduct::{Finding, FindingKind, FindingState};
use sansheng::runtime::live::{HallEvent, Unheard, WindowAccount};
use sansheng::status::WindowState;
use sansheng::units::{Role, Span};

use crate::hall::PATIENCE;

/// Everything a run has told.
#[derive(Default)]
pub struct Told {
    events: Mutex<Vec<HallEvent>>,
    more: Condvar,
}

impl Told {
    pub fn look<T>(&self, at: impl FnOnce(&[HallEvent]) -> T) -> T {
        at(&self.events.lock().expect("no test failed"))
    }

    /// Waits until `enough`.
    pub fn wait_for(&self, what: &str, enough: impl Fn(&[HallEvent]) -> bool) {
        let events = self.events.lock().expect("no test failed");
        let (events, waited) =
            self.more.wait_timeout_while(events, PATIENCE, |events| !enough(events)).expect("no test failed");
        let last = &events[events.len().saturating_sub(20)..];
        assert!(!waited.timed_out(), "{what} never came; the last told: {last:#?}");
    }

    /// Notes what was told just now.
    pub fn note(&self, event: HallEvent) {
        self.events.lock().expect("no test failed").push(event);
        self.more.notify_all();
    }

    fn of<T>(&self, window: usize, pick: impl Fn(&HallEvent) -> Option<T>) -> Vec<T> {
        self.look(|events| events.iter().filter(|e| e.window() == window).filter_map(pick).collect())
    }

    /// Findings of a window, each as it stands at the end.
    pub fn findings(&self, window: usize) -> Vec<Finding> {
        let mut settled = Vec::new();
        let found = self.of(window, |event| match event {
            HallEvent::Found { finding, .. } => Some(finding.clone()),
            _ => None,
        });
        found.into_iter().for_each(|finding| finding.settle_into(&mut settled));
        settled
    }

    /// `P30 我不管` of what counts against the clerk.
    pub fn accusations(&self, window: usize) -> Vec<String> {
        let counts = |f: &Finding| f.kind == FindingKind::Forbidden && f.state == FindingState::Confirmed;
        let findings = self.findings(window).into_iter().filter(counts);
        findings.map(|f| format!("{} {}", f.provision, f.heard)).collect()
    }

    /// `p01 confirmed` of what was owed.
    pub fn missing(&self, window: usize) -> Vec<String> {
        let findings = self.findings(window).into_iter().filter(|f| f.kind == FindingKind::Missing);
        findings.map(|f| format!("{} {:?}", f.provision, f.state).to_lowercase()).collect()
    }

    pub fn alerts(&self, window: usize) -> Vec<Alert> {
        self.of(window, |event| match event {
            HallEvent::Alerted { alert, .. } => Some(alert.clone()),
            _ => None,
        })
    }

    /// Id, revision and state of the alerts about what was said.
    pub fn revisions(&self, window: usize) -> Vec<(u64, u32, AlertState)> {
        let said = self.alerts(window).into_iter().filter(|a| a.finding.kind == FindingKind::Forbidden);
        said.map(|alert| (alert.id.0, alert.revision, alert.state)).collect()
    }

    pub fn unheard(&self, window: usize) -> Vec<(Span, Unheard)> {
        self.of(window, |event| match event {
            HallEvent::Unheard { span, why, .. } => Some((*span, why.clone())),
            _ => None,
        })
    }

    /// Utterances that are over, and their words.
    pub fn words(&self, window: usize) -> Vec<(Span, String)> {
        self.of(window, |event| match event {
            HallEvent::Words { span, settled, over: true, .. } => Some((*span, settled.clone())),
            _ => None,
        })
    }

    pub fn states(&self, window: usize) -> Vec<WindowState> {
        self.of(window, |event| match event {
            HallEvent::State { role: Role::Clerk, state, .. } => Some(*state),
            _ => None,
        })
    }

    pub fn shed(&self, window: usize) -> Vec<&'static str> {
        self.of(window, |event| match event {
            HallEvent::Shed { what, .. } => Some(*what),
            _ => None,
        })
    }

    /// What became of the window's time; it ended once, and nothing came after that.
    pub fn account(&self, window: usize) -> WindowAccount {
        let last = self.look(|events| match events.iter().rfind(|event| event.window() == window) {
            Some(HallEvent::Ended { account, .. }) => Some(*account),
            _ => None,
        });
        let ends = self.of(window, |event| matches!(event, HallEvent::Ended { .. }).then_some(()));
        assert_eq!(ends.len(), 1, "window {window} ends once");
        last.unwrap_or_else(|| panic!("the end of window {window} is the last that is told of it"))
    }
}
