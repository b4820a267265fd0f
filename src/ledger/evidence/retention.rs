//! Retention: which clips have to go. In: what is stored, how the findings stand that it is of, and the room there is. Out: what
//! is too old, and what makes room; nothing that is under review or appeal. Thread: `evidence`. Allocates: per look.

use std::time::Duration;

use crate::conduct::Severity;
use crate::ledger::journal::Standing;

/// How long clips are kept, by the class of their findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    pub note: Duration,
    pub minor: Duration,
    pub major: Duration,
    pub critical: Duration,
    /// Of alerts that came to nothing.
    pub other: Duration,
}

impl Keep {
    /// All alike.
    pub fn all(time: Duration) -> Self {
        Self { note: time, minor: time, major: time, critical: time, other: time }
    }

    pub fn of(&self, class: Option<Severity>) -> Duration {
        match class {
            Some(Severity::Note) => self.note,
            Some(Severity::Minor) => self.minor,
            Some(Severity::Major) => self.major,
            Some(Severity::Critical) => self.critical,
            None => self.other,
        }
    }

    fn shortest(&self) -> Duration {
        [self.note, self.minor, self.major, self.critical].into_iter().fold(self.other, Duration::min)
    }
}

/// A clip as its folder has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub file: String,
    pub bytes: u64,
    /// Microseconds since the Unix epoch at which it was written.
    pub written_us: i64,
}

impl Stored {
    /// The alert that it is of, as its name says.
    pub fn alert(&self) -> Option<u64> {
        self.file.split_once('-')?.0.parse().ok()
    }
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
    /// Those that would have to go, and are kept for a review or an appeal.
    pub held: u64,
}

/// What of `stored` has to go, where `wanted` bytes of the disk are to be free. `free`: those that are, where that is known.
/// `standing` is asked of those alone that may have to go.
pub fn due(
    mut stored: Vec<Stored>,
    now_us: i64,
    keep: &Keep,
    (wanted, free): (u64, Option<u64>),
    mut standing: impl FnMut(&Stored) -> Standing,
) -> Due {
    stored.sort_by(|a, b| (a.written_us, &a.file).cmp(&(b.written_us, &b.file)));
    let us = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let (mut due, mut rest) = (Due::default(), Vec::new());
    for clip in stored {
        let age = now_us.saturating_sub(clip.written_us);
        if age <= us(keep.shortest()) {
            rest.push((clip, None));
            continue;
        }
        let stands = standing(&clip);
        let is_old = age > us(keep.of(stands.severity));
        if is_old && !stands.held {
            due.old.push(clip);
        } else {
            due.held += u64::from(is_old);
            rest.push((clip, (!is_old).then_some(stands)));
        }
    }
    let freed: u64 = due.old.iter().map(|clip| clip.bytes).sum();
    let mut missing = free.map_or(0, |free| wanted.saturating_sub(free.saturating_add(freed)));
    due.low = missing > 0;
    for (clip, known) in rest {
        if missing == 0 {
            break;
        }
        // Those that are old and still here are held, and were counted.
        let counted = known.is_none() && now_us.saturating_sub(clip.written_us) > us(keep.shortest());
        let held = counted || known.unwrap_or_else(|| standing(&clip)).held;
        if held {
            due.held += u64::from(!counted);
            continue;
        }
        missing = missing.saturating_sub(clip.bytes);
        due.room.push(clip);
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(name: &str, bytes: u64, written_s: i64) -> Stored {
        Stored { file: name.to_owned(), bytes, written_us: written_s * 1_000_000 }
    }

    fn all() -> Vec<Stored> {
        vec![stored("c", 30, 300), stored("a", 10, 100), stored("d", 40, 400), stored("b", 20, 200)]
    }

    fn names(clips: &[Stored]) -> String {
        clips.iter().map(|clip| clip.file.clone()).collect()
    }

    #[test]
    fn the_old_go_first_and_then_the_oldest_until_there_is_room() {
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
            let keep = Keep::all(Duration::from_secs(keep_s));
            let due = due(all(), now_s * 1_000_000, &keep, (wanted, free), |_| Standing::default());
            assert_eq!((names(&due.old), names(&due.room), due.low), (old.into(), room.into(), low));
        }
    }

    #[test]
    fn what_is_under_review_stays_whatever_its_age_and_however_full_the_disk() {
        for (held, keep_s, wanted, old, room, count) in [
            ("", 200, 0, "ab", "", 0),
            ("a", 200, 0, "b", "", 1),
            ("ab", 200, 0, "", "", 2),
            ("d", 200, 0, "ab", "", 0),
            ("a", 1_000, 20, "", "b", 1),
            ("ac", 1_000, 1_000, "", "bd", 2),
            ("abcd", 1_000, 1_000, "", "", 4),
            ("abcd", 200, 1_000, "", "", 4),
        ] {
            let keep = Keep::all(Duration::from_secs(keep_s));
            let due = due(all(), 401_000_000, &keep, (wanted, Some(0)), |clip| Standing {
                severity: None,
                held: held.contains(&clip.file),
            });
            let found = (names(&due.old), names(&due.room), due.held);
            assert_eq!(found, (old.into(), room.into(), count), "{held:?} {keep_s} {wanted}");
        }
    }

    #[test]
    fn each_class_has_its_own_time_and_none_is_asked_about_before_any_is_over() {
        let hour = Duration::from_secs(3_600);
        let keep = Keep { note: hour, critical: 10 * hour, ..Keep::all(5 * hour) };
        for (class, hours) in [
            (None, 5),
            (Some(Severity::Note), 1),
            (Some(Severity::Minor), 5),
            (Some(Severity::Major), 5),
            (Some(Severity::Critical), 10),
        ] {
            for (more_us, gone) in [(0, 0), (1, 1)] {
                let now_us = hours * 3_600_000_000 + more_us;
                let clip = vec![stored("00000007-3.flac", 1, 0)];
                assert_eq!(clip[0].alert(), Some(7));
                let due = due(clip, now_us, &keep, (0, None), |_| Standing { severity: class, held: false });
                assert_eq!((due.old.len(), due.held), (gone, 0), "{class:?} after {now_us} us");
            }
        }
        let asked = due(all(), 400_000_000, &keep, (0, Some(0)), |clip| panic!("{clip:?}"));
        assert_eq!(asked, Due::default());
    }
}
