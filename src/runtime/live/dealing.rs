//! Which sources there are, and which listen thread each goes to.

use std::collections::BTreeSet;

use super::Source;
use crate::config::{AudioSource, Window};
use crate::runtime::channels::{self, DOUBLED};

/// Windows that one listen thread takes.
const WINDOWS_A_LISTENER: usize = 16;

/// Leaves out a visitor's microphone that a recording does not have, or that is the clerk's once more.
pub(super) fn leave_out_double(window: &mut Window) {
    let Window { id, clerk, visitor, .. } = window;
    if let (AudioSource::File { path, .. }, Some(other)) = (&clerk.source, &*visitor)
        && clerk.source == other.source
        && let Ok((recording, roles)) = channels::open(path, clerk.channel, Some(other.channel))
        && roles.len() == 1
    {
        let why =
            if recording.format().channels > 1 { DOUBLED } else { "one channel: the clerk's microphone" };
        tracing::warn!("window {id}: {}: {why}", path.display());
        *visitor = None;
    }
}

/// Deals the sources to listen threads: sources that share a window stay together.
pub(super) fn deal(sources: Vec<Source>, windows: usize) -> Vec<Vec<Source>> {
    let mut hands: Vec<(BTreeSet<usize>, Vec<Source>)> = Vec::new();
    for source in sources {
        let mut served: BTreeSet<usize> = source.using.voices.iter().map(|voice| voice.window).collect();
        let mut together = vec![source];
        let (sharing, apart): (Vec<_>, Vec<_>) =
            hands.into_iter().partition(|(others, _)| !others.is_disjoint(&served));
        for (others, theirs) in sharing {
            served.extend(others);
            together.extend(theirs);
        }
        hands = apart;
        hands.push((served, together));
    }
    let threads = windows.div_ceil(WINDOWS_A_LISTENER).max(1);
    let mut dealt: Vec<(usize, Vec<Source>)> = (0..threads).map(|_| (0, Vec::new())).collect();
    for (served, sources) in hands {
        if let Some((count, least)) = dealt.iter_mut().min_by_key(|(count, _)| *count) {
            *count += served.len();
            least.extend(sources);
        }
    }
    dealt.into_iter().map(|(_, sources)| sources).filter(|sources| !sources.is_empty()).collect()
}
