//! Retention: which clips have to go. In: what is stored, and the room there is. Out: what is too old, and what makes room.
//! Thread: `evidence`. Allocates: per look.

use std::time::Duration;

/// A clip as its folder has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub file: String,
    pub bytes: u64,
    /// Microseconds since the Unix epoch at which it was written.
    pub written_us: i64,
}

/// What has to go, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Older than clips are kept.
    pub old: Vec<Stored>,
    /// To make room.
    pub room: Vec<Stored>,
    /// There is less room than there should be.
    pub low: bool,
}

/// What of `stored` has to go, where clips are kept for `keep` and `wanted` bytes of the disk are to be free. `free`: those that
/// are, where that is known.
pub fn due(mut stored: Vec<Stored>, now_us: i64, keep: Duration, wanted: u64, free: Option<u64>) -> Due {
    stored.sort_by(|a, b| (a.written_us, &a.file).cmp(&(b.written_us, &b.file)));
    let keep_us = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    let (old, rest): (Vec<Stored>, Vec<Stored>) =
        stored.into_iter().partition(|clip| now_us.saturating_sub(clip.written_us) > keep_us);
    let freed: u64 = old.iter().map(|clip| clip.bytes).sum();
    let mut missing = free.map_or(0, |free| wanted.saturating_sub(free.saturating_add(freed)));
    let low = missing > 0;
    let mut room = Vec::new();
    for clip in rest {
        if missing == 0 {
            break;
        }
        missing = missing.saturating_sub(clip.bytes);
        room.push(clip);
    }
    Due { old, room, low }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(name: &str, bytes: u64, written_s: i64) -> Stored {
        Stored { file: name.to_owned(), bytes, written_us: written_s * 1_000_000 }
    }

    #[test]
    fn the_old_go_first_and_then_the_oldest_until_there_is_room() {
        let all =
            || vec![stored("c", 30, 300), stored("a", 10, 100), stored("d", 40, 400), stored("b", 20, 200)];
        let names = |clips: &[Stored]| clips.iter().map(|clip| clip.file.clone()).collect::<String>();
        for (now_s, keep_s, wanted, free, old, room, low) in [
            (400, 1_000, 100, Some(100), "", "", false),
            (400, 1_000, 100, None, "", "", false),
            // Exactly as old as may be is not too old.
            (400, 300, 0, Some(0), "", "", false),
            (401, 200, 0, Some(0), "ab", "", false),
            (400, 1_000, 100, Some(99), "", "a", true),
            (400, 1_000, 100, Some(89), "", "ab", true),
            (400, 1_000, 1_000, Some(0), "", "abcd", true),
            // What is old makes room as well.
            (401, 200, 100, Some(70), "ab", "", false),
            (401, 200, 100, Some(60), "ab", "c", true),
            // The clock was set back: nothing is older than now.
            (0, 0, 0, Some(0), "", "", false),
        ] {
            let keep = Duration::from_secs(keep_s);
            let due = due(all(), now_s * 1_000_000, keep, wanted, free);
            assert_eq!((names(&due.old), names(&due.room), due.low), (old.into(), room.into(), low));
        }
    }
}
