//! Stretch: where a condition is asked, from its position in the encounter and its anchor.

use super::value::{Place, Rest};
use crate::conduct::rulebook::{Anchor, Position, Side, Who};
use crate::conduct::scene::{Scene, SceneTurn};
use crate::units::{Role, SessionTime, Span};

/// Silence after which a turn is known to be over, although nobody else spoke.
const TURN_GAP_S: f64 = 2.0;

/// A part of the encounter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub span: Span,
    /// What only reaches into it from before, or out of it, is not of it.
    pub starts_inside: bool,
    pub ends_inside: bool,
    /// Since when everything of it is known; `None`: not yet.
    pub closed: Option<SessionTime>,
}

impl Stretch {
    pub fn admits(&self, item: Span) -> bool {
        let reaches = match item.samples() {
            0 => self.span.start <= item.start && item.start <= self.span.end,
            _ => item.overlaps(self.span),
        };
        reaches
            && (!self.starts_inside || item.start >= self.span.start)
            && (!self.ends_inside || item.end <= self.span.end)
    }

    /// What is left of `item` inside.
    pub fn clip(&self, item: Span) -> Span {
        let start = item.start.max(self.span.start);
        Span { start, end: item.end.min(self.span.end).max(start) }
    }

    /// The rest of what is found nowhere in it.
    pub fn rest(&self) -> Rest {
        self.closed.map_or(Rest::Open, Rest::Nothing)
    }

    fn and(self, other: Self) -> Self {
        let start = self.span.start.max(other.span.start);
        let end = self.span.end.min(other.span.end).max(start);
        let closed = sooner(self.closed, other.closed);
        Self {
            span: Span { start, end },
            starts_inside: self.starts_inside || other.starts_inside,
            ends_inside: self.ends_inside || other.ends_inside,
            closed,
        }
    }
}

/// When the encounter is known to be over.
pub(super) fn over_at(scene: &Scene) -> Option<SessionTime> {
    scene.end.map(|end| scene.over_at.unwrap_or(end).max(end))
}

/// Since when the turn is known to be over; `None`: it is not.
pub(super) fn turn_over_at(scene: &Scene, index: usize) -> Option<SessionTime> {
    let turn = &scene.turns[index];
    if !turn.over {
        return None;
    }
    let silence = turn.span.end.plus(SessionTime::from_seconds(TURN_GAP_S).0);
    let next = scene.turns[index + 1..].iter().find(|next| next.span.start >= turn.span.end);
    let answered = next.map(|next| next.utterances.first().map_or(next.span.end, |first| first.span.end));
    let known = silence.min(answered.unwrap_or(silence));
    Some(known.min(over_at(scene).unwrap_or(known)).max(turn.span.end))
}

pub(super) fn is_of(turn: &SceneTurn, who: Who) -> bool {
    match who {
        Who::Clerk => turn.role == Role::Clerk,
        Who::Visitor => turn.role == Role::Visitor,
        Who::Either => true,
    }
}

/// The turns of `who`, in order.
pub(super) fn turns_of(scene: &Scene, who: Who) -> impl DoubleEndedIterator<Item = (usize, &SceneTurn)> {
    scene.turns.iter().enumerate().filter(move |(_, turn)| is_of(turn, who))
}

/// Everything of `who` before this time is known.
pub(super) fn told(scene: &Scene, who: Who) -> SessionTime {
    match (scene.end, who) {
        (Some(_), _) => SessionTime(u64::MAX),
        (None, Who::Clerk) => scene.clerk_until,
        (None, Who::Visitor | Who::Either) => scene.until,
    }
}

/// Since when it is known what `who` had said by `deadline`: words that were being said then have to be heard out.
fn heard_out(scene: &Scene, who: Who, deadline: SessionTime) -> Option<SessionTime> {
    if told(scene, who) < deadline {
        return None;
    }
    let spoken = turns_of(scene, who).flat_map(|(_, turn)| &turn.utterances).map(|utterance| utterance.span);
    let going_on = spoken.filter(|span| span.start < deadline && deadline < span.end).map(|span| span.end);
    Some(going_on.max().unwrap_or(deadline))
}

/// The stretch of a position; `None` where it is not known before the encounter is over.
pub(super) fn positioned(scene: &Scene, who: Who, position: Option<Position>) -> Option<Stretch> {
    let forever = SessionTime(u64::MAX);
    let at = |seconds: f32| scene.start.plus(SessionTime::from_seconds(f64::from(seconds)).0);
    let over = over_at(scene);
    let stretch = |start: SessionTime, end: SessionTime, closed: Option<SessionTime>| Stretch {
        span: Span { start: start.min(end), end },
        starts_inside: false,
        ends_inside: false,
        closed: sooner(closed, over),
    };
    let until = |end: SessionTime| heard_out(scene, who, end);
    match position {
        None => Some(stretch(scene.start, scene.end.unwrap_or(forever), None)),
        Some(Position::FirstSeconds(seconds)) => Some(stretch(scene.start, at(seconds), until(at(seconds)))),
        Some(Position::Seconds { from, to }) if to.is_infinite() => {
            Some(stretch(at(from), scene.end.unwrap_or(forever).max(at(from)), None))
        }
        Some(Position::Seconds { from, to }) => Some(stretch(at(from), at(to), until(at(to)))),
        Some(Position::FirstTurns(count)) => {
            let last = turns_of(scene, who).nth(usize::from(count) - 1).map(|(index, _)| index);
            let over = last.and_then(|index| turn_over_at(scene, index));
            let end = last.filter(|_| over.is_some()).map_or(forever, |index| scene.turns[index].span.end);
            Some(stretch(scene.start, end, over))
        }
        Some(Position::LastSeconds(seconds)) => {
            let end = scene.end?;
            let start = end.minus(SessionTime::from_seconds(f64::from(seconds)).0).max(scene.start);
            Some(stretch(start, end, over))
        }
        Some(Position::LastTurns(count)) => {
            let end = scene.end?;
            let first = turns_of(scene, who).rev().nth(usize::from(count) - 1);
            Some(stretch(first.map_or(scene.start, |(_, turn)| turn.span.start), end, over))
        }
        Some(Position::Share { from, to }) => {
            let length = Span { start: scene.start, end: scene.end?.max(scene.start) }.samples() as f64;
            let at = |share: f32| scene.start.plus((length * f64::from(share)) as u64);
            Some(stretch(at(from), at(to), over))
        }
    }
}

/// The stretch beside one place of the condition that `anchor` names.
pub(super) fn anchored(scene: &Scene, who: Who, anchor: &Anchor, place: &Place) -> Stretch {
    let before = || Stretch {
        span: Span { start: earliest(scene, who, anchor, place), end: place.span.start },
        starts_inside: false,
        ends_inside: true,
        closed: sooner(heard_out(scene, who, place.span.start), over_at(scene)),
    };
    let after = || {
        let (end, closed) = latest(scene, who, anchor, place);
        Stretch {
            span: Span { start: place.span.end, end: end.max(place.span.end) },
            starts_inside: true,
            ends_inside: false,
            closed: sooner(closed, over_at(scene)),
        }
    };
    match anchor.side {
        Side::Before => before(),
        Side::After => after(),
        Side::Around => {
            let (before, after) = (before(), after());
            Stretch {
                span: Span { start: before.span.start, end: after.span.end },
                starts_inside: false,
                ends_inside: false,
                closed: before.closed.zip(after.closed).map(|(one, other)| one.max(other)),
            }
        }
    }
}

/// `stretch` as far as it is in the position too.
pub(super) fn within(stretch: Stretch, position: Stretch) -> Stretch {
    stretch.and(position)
}

fn sooner(one: Option<SessionTime>, other: Option<SessionTime>) -> Option<SessionTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn earliest(scene: &Scene, who: Who, anchor: &Anchor, place: &Place) -> SessionTime {
    let by_time = anchor.within_s.map(|s| place.span.start.minus(SessionTime::from_seconds(f64::from(s)).0));
    let by_turns = anchor.within_turns.map(|turns| {
        let before: Vec<&SceneTurn> = turns_of(scene, who)
            .map(|(_, turn)| turn)
            .filter(|turn| turn.span.start <= place.span.start)
            .collect();
        let own = usize::from(before.last().is_some_and(|turn| is_in(turn, place)));
        let first = (usize::from(turns) + own).checked_sub(1);
        let first = first.map(|back| before.len().saturating_sub(back + 1)).and_then(|i| before.get(i));
        first.map_or(place.span.start, |turn| turn.span.start)
    });
    by_time.max(by_turns).unwrap_or(scene.start)
}

/// Up to where it reaches, and since when all of that is known.
fn latest(scene: &Scene, who: Who, anchor: &Anchor, place: &Place) -> (SessionTime, Option<SessionTime>) {
    let forever = SessionTime(u64::MAX);
    let by_time = anchor.within_s.map(|seconds| {
        let end = place.span.end.plus(SessionTime::from_seconds(f64::from(seconds)).0);
        (end, heard_out(scene, who, end))
    });
    let by_turns = anchor.within_turns.map(|turns| {
        let from =
            turns_of(scene, who).filter(|(_, turn)| turn.span.end > place.span.start || is_in(turn, place));
        let from: Vec<(usize, &SceneTurn)> = from.collect();
        let own = usize::from(from.first().is_some_and(|(_, turn)| is_in(turn, place)));
        match (usize::from(turns) + own).checked_sub(1) {
            // No turn of theirs is meant.
            None => (place.span.end, Some(place.known)),
            Some(last) => from.get(last).map_or((forever, None), |(index, turn)| {
                let over = turn_over_at(scene, *index);
                (if over.is_some() { turn.span.end } else { forever }, over)
            }),
        }
    });
    match (by_time, by_turns) {
        (Some(time), Some(turns)) => (time.0.min(turns.0), sooner(time.1, turns.1)),
        (one, other) => one.or(other).unwrap_or((scene.end.unwrap_or(forever), None)),
    }
}

/// The place is inside the turn, or the turn inside the place.
fn is_in(turn: &SceneTurn, place: &Place) -> bool {
    turn.span.start <= place.span.start
        && place.span.start <= turn.span.end
        && turn.span.end > place.span.start
}
