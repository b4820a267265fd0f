//! The listen thread: rings through ears, for the windows of the sources it was dealt.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::board::Board;
use super::evidence::Shared;
use super::hearing::Hearing;
use super::inlet::Inlet;
use super::lane::Lane;
use super::{Message, Rules, Stop};
use crate::clock::Stopwatch;
use crate::conduct::CompiledBook;
use crate::config::Config;
use crate::pipeline::Settings;
use crate::runtime::watchdog::Heart;

/// How often the rings are looked at.
const TURN: Duration = Duration::from_millis(10);

/// How long, once the run is to stop, what was delivered until then is still taken from the rings: a source that
/// runs ahead of the clock never comes to an end.
const LAST_TURNS: Duration = Duration::from_secs(2);

/// What a listen thread works with.
pub(super) struct Listening<'a> {
    pub config: &'a Config,
    pub settings: &'a Settings,
    pub watch: Stopwatch,
    pub stop: Stop,
    pub rules: &'a Rules,
    /// The rulebook that the judge begins with, and its version.
    pub book: (u64, Arc<CompiledBook>),
    pub hearing: Arc<Hearing>,
    pub board: &'a Board,
    pub to_judge: Sender<Message>,
    /// Of every window, where the last seconds are kept; else none.
    pub memories: &'a [Shared],
}

/// Listens until every source has ended, or the run is to stop.
pub(super) fn listen_all(mut inlets: Vec<Inlet>, context: &Listening<'_>, heart: &Heart) {
    let mut lanes = BTreeMap::new();
    for inlet in &inlets {
        for window in inlet.windows() {
            lanes.entry(window).or_insert_with(|| Lane::new(window, context)).sources += 1;
        }
    }
    let mut turn = context.watch.elapsed();
    let mut stopping = None;
    loop {
        heart.beat();
        // Asked before the turn: what was delivered until then is still taken.
        if stopping.is_none() && context.stop.is_asked() {
            stopping = Some(context.watch.elapsed());
        }
        let mut more = false;
        for inlet in &mut inlets {
            more |= inlet.turn(&mut lanes, context);
        }
        for lane in lanes.values() {
            lane.show(context);
        }
        let now = context.watch.elapsed();
        let stops = stopping.is_some_and(|since| !more || now >= since + LAST_TURNS);
        if stops || inlets.iter().all(Inlet::is_over) {
            break;
        }
        turn = (turn + TURN).max(now.saturating_sub(TURN));
        thread::sleep(turn.saturating_sub(context.watch.elapsed()));
    }
    for inlet in &inlets {
        inlet.stop(&mut lanes);
    }
    for lane in lanes.values_mut().filter(|lane| lane.sources > 0) {
        lane.finish(context);
    }
}
