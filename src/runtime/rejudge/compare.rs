//! What one rulebook found beside what another found in the same.

use std::collections::HashMap;
use std::hash::Hash;

use super::Rejudged;
use super::desk::Placed;
use crate::conduct::{Finding, FindingKind, FindingState};
use crate::phrase::HeldBack;
use crate::units::WindowId;

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    Appears,
    Vanishes,
    Changes,
    /// The words only resemble a phrase that the audio was not asked about: hearing the recording again tells.
    Unasked,
}

impl Change {
    pub fn name(self) -> &'static str {
        match self {
            Self::Appears => "appears",
            Self::Vanishes => "vanishes",
            Self::Changes => "changes",
            Self::Unasked => "unasked",
        }
    }
}

/// A finding that is not as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub change: Change,
    pub run: u64,
    /// When it was said, or fell due: microseconds since the Unix epoch.
    pub wall_us: i64,
    /// As it stands in the journal, also where it was held back.
    pub before: Option<Finding>,
    /// As it is found now, also where it is held back.
    pub now: Option<Finding>,
    /// Fields that are not the same.
    pub differs: Vec<&'static str>,
    /// It accuses by words that the audio was not asked about: by the text alone.
    pub text_alone: bool,
}

impl Difference {
    /// The finding it is about, as it is now if it is.
    pub fn finding(&self) -> Option<&Finding> {
        match self.change {
            Change::Vanishes => self.before.as_ref().or(self.now.as_ref()),
            _ => self.now.as_ref().or(self.before.as_ref()),
        }
    }

    pub(super) fn place(&self) -> (i64, Option<(&WindowId, &str, u64)>, Change) {
        let finding = self.finding().map(|f| (&f.window, f.rule.as_str(), f.span.start.0));
        (self.wall_us, finding, self.change)
    }
}

/// How many findings a rule made, and makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub before: u64,
    pub now: u64,
    pub appear: u64,
    pub vanish: u64,
    pub change: u64,
    pub unasked: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.before += other.before;
        self.now += other.now;
        self.appear += other.appear;
        self.vanish += other.vanish;
        self.change += other.change;
        self.unasked += other.unasked;
    }
}

/// Finds for each finding of one session what became of it.
pub(super) fn compare(before: Vec<Placed>, now: Vec<Placed>, into: &mut Rejudged) {
    let mut pairs = Pairs {
        before: before.into_iter().map(Some).collect(),
        now: now.into_iter().map(Some).collect(),
        made: Vec::new(),
    };
    let key = |f: &Finding| (f.rule.clone(), f.channel.0, f.span.start.0);
    pairs.make(|f| Some((key(f), stands(f))), |_, _| true);
    pairs.make(|f| Some(key(f)), |_, _| true);
    // The same thing under another rule.
    let kin = |f: &Finding| stands(f).then(|| (f.provision.clone(), f.kind.name(), f.channel.0));
    pairs.make(kin, |a, b| a.span.start == b.span.start || a.span.overlaps(b.span));
    let Pairs { before, now, made } = pairs;
    let alone = before.into_iter().flatten().map(|before| (Some(before), None));
    let alone = alone.chain(now.into_iter().flatten().map(|now| (None, Some(now))));
    let paired = made.into_iter().map(|(before, now)| (Some(before), Some(now)));
    for (before, now) in paired.chain(alone) {
        judge(before, now, into);
    }
}

/// Counts: shown to people, also where it could not be decided.
pub(super) fn stands(finding: &Finding) -> bool {
    !matches!(finding.state, FindingState::Held | FindingState::Retracted)
}

fn judge(before: Option<Placed>, now: Option<Placed>, into: &mut Rejudged) {
    let standing = |placed: &Option<Placed>| placed.as_ref().is_some_and(|placed| stands(&placed.finding));
    let (stood, stand) = (standing(&before), standing(&now));
    for (placed, counts, is_before) in [(&before, stood, true), (&now, stand, false)] {
        if let Some(placed) = placed.as_ref().filter(|_| counts) {
            let tally = into.rules.entry(placed.finding.rule.clone()).or_default();
            *if is_before { &mut tally.before } else { &mut tally.now } += 1;
        }
    }
    let differs = match (&before, &now) {
        (Some(before), Some(now)) => differing(&before.finding, &now.finding),
        _ => Vec::new(),
    };
    let unasked = |placed: &Placed| placed.finding.evidence.held_back == Some(HeldBack::Unscored);
    let change = match (stood, stand) {
        (true, true) if differs.is_empty() => {
            into.same += 1;
            return;
        }
        (true, true) => Change::Changes,
        (true, false) => Change::Vanishes,
        (false, true) => Change::Appears,
        (false, false) if before.is_none() && now.as_ref().is_some_and(unasked) => Change::Unasked,
        (false, false) => return,
    };
    let Some(placed) = (if stand || change == Change::Unasked { &now } else { &before }) else { return };
    let (run, wall_us) = (placed.run, placed.wall_us);
    let tally = into.rules.entry(placed.finding.rule.clone()).or_default();
    *match change {
        Change::Appears => &mut tally.appear,
        Change::Vanishes => &mut tally.vanish,
        Change::Changes => &mut tally.change,
        Change::Unasked => &mut tally.unasked,
    } += 1;
    let text_alone = now.as_ref().is_some_and(|now| rests_on_text(&now.finding));
    let (before, now) = (before.map(|placed| placed.finding), now.map(|placed| placed.finding));
    into.differences.push(Difference { change, run, wall_us, before, now, differs, text_alone });
}

/// An accusation by words of which the audio was asked nothing.
fn rests_on_text(finding: &Finding) -> bool {
    let evidence = &finding.evidence;
    finding.kind == FindingKind::Forbidden
        && evidence.source.is_some()
        && evidence.ratio.is_none()
        && evidence.decoys.is_empty()
}

fn differing(before: &Finding, now: &Finding) -> Vec<&'static str> {
    let fields = [
        ("rule", before.rule != now.rule),
        ("kind", before.kind != now.kind),
        ("provision", before.provision != now.provision),
        ("severity", before.severity != now.severity),
        ("state", before.state != now.state),
        ("phrase", before.phrase != now.phrase),
        ("heard", before.heard != now.heard),
        ("span", before.span != now.span),
        ("due", before.due != now.due),
        ("cites", before.cites != now.cites),
        ("sureness", before.sureness != now.sureness),
        ("needs_review", before.needs_review != now.needs_review),
    ];
    fields.into_iter().filter(|(_, differ)| *differ).map(|(name, _)| name).collect()
}

/// Findings of then and of now that have found no counterpart yet, and those that have.
struct Pairs {
    before: Vec<Option<Placed>>,
    now: Vec<Option<Placed>>,
    made: Vec<(Placed, Placed)>,
}

impl Pairs {
    /// Pairs those of the same key, the earliest with the earliest, that fit.
    fn make<K: Eq + Hash>(
        &mut self,
        key: impl Fn(&Finding) -> Option<K>,
        fits: impl Fn(&Finding, &Finding) -> bool,
    ) {
        let mut open: HashMap<K, Vec<usize>> = HashMap::new();
        for (place, before) in self.before.iter().enumerate().rev() {
            if let Some(key) = before.as_ref().and_then(|before| key(&before.finding)) {
                open.entry(key).or_default().push(place);
            }
        }
        for now in &mut self.now {
            let Some(candidate) = now.as_ref().map(|now| &now.finding) else { continue };
            let Some(places) = key(candidate).and_then(|key| open.get_mut(&key)) else { continue };
            let before = &mut self.before;
            let found = places
                .iter()
                .rposition(|place| before[*place].as_ref().is_some_and(|b| fits(&b.finding, candidate)));
            let Some(before) = found.and_then(|found| before[places.remove(found)].take()) else { continue };
            self.made.extend(now.take().map(|now| (before, now)));
        }
    }
}
