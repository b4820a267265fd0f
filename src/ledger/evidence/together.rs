//! Together: chunks of a time as one piece of sound. In: what was recorded, in order. Out: its samples, silent where nothing was
//! recorded. Pure.

/// Chunks that are no further apart follow each other: their wall times were taken one by one.
const JOIN_US: i64 = 100_000;

/// Sound of a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Together {
    /// Wall time of the first sample, in microseconds since the Unix epoch.
    pub from_us: i64,
    /// 16 kHz mono.
    pub samples: Vec<i16>,
    /// Wall time in it of which nothing is recorded, silent: starts and ends.
    pub missing: Vec<(i64, i64)>,
}

/// What chunks, wall time and samples of each, have of `from_us..until_us`; `None` where that is nothing. Chunks that begin before the one
/// before them ended, because the clock was set back, follow it whole.
pub fn together(
    chunks: impl IntoIterator<Item = (i64, Vec<i16>)>,
    (from_us, until_us): (i64, i64),
) -> Option<Together> {
    let mut all: Option<Together> = None;
    let mut end_us = from_us;
    for (wall_us, samples) in chunks {
        let skipped = count(from_us.saturating_sub(wall_us)).min(samples.len());
        let taken = count(until_us.saturating_sub(wall_us)).min(samples.len());
        if skipped >= taken {
            continue;
        }
        let start_us = wall_us + us(skipped);
        let all = all.get_or_insert_with(|| {
            end_us = start_us;
            Together { from_us: start_us, ..Together::default() }
        });
        if start_us - end_us > JOIN_US {
            all.missing.push((end_us, start_us));
            all.samples.resize(all.samples.len() + count(start_us - end_us), 0);
        }
        all.samples.extend_from_slice(&samples[skipped..taken]);
        end_us = start_us + us(taken - skipped);
    }
    all
}

/// Samples of so many microseconds.
fn count(us: i64) -> usize {
    usize::try_from(us.max(0).saturating_mul(2) / 125).unwrap_or(usize::MAX)
}

fn us(samples: usize) -> i64 {
    samples as i64 * 125 / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn chunk(second: f64, seconds: usize, value: i16) -> (i64, Vec<i16>) {
        ((second * 1e6) as i64, vec![value; seconds * 16_000])
    }

    /// Seconds of each value, in order.
    fn told(all: &Together) -> Vec<(i16, f64)> {
        let runs = all.samples.chunk_by(|a, b| a == b);
        runs.map(|run| (run[0], run.len() as f64 / 16_000.0)).collect()
    }

    #[test]
    fn chunks_of_a_time_follow_each_other_and_what_is_missing_between_is_silent_and_named() {
        for (chunks, (from, until), expected, missing) in [
            (vec![], (0, 60), vec![], vec![]),
            (vec![chunk(0.0, 4, 1), chunk(4.0, 4, 2)], (0, 60), vec![(1, 4.0), (2, 4.0)], vec![]),
            (vec![chunk(0.0, 4, 1), chunk(4.0, 4, 2)], (1, 6), vec![(1, 3.0), (2, 2.0)], vec![]),
            (vec![chunk(0.0, 4, 1), chunk(4.0, 4, 2)], (4, 6), vec![(2, 2.0)], vec![]),
            (vec![chunk(0.0, 4, 1), chunk(4.0, 4, 2)], (8, 9), vec![], vec![]),
            // What comes before the first and after the last is not made up.
            (vec![chunk(10.0, 4, 1)], (0, 60), vec![(1, 4.0)], vec![]),
            (
                vec![chunk(0.0, 4, 1), chunk(6.0, 4, 2)],
                (0, 60),
                vec![(1, 4.0), (0, 2.0), (2, 4.0)],
                vec![(4, 6)],
            ),
            // Times that were taken one by one.
            (vec![chunk(0.0, 4, 1), chunk(4.05, 4, 2)], (0, 60), vec![(1, 4.0), (2, 4.0)], vec![]),
            (vec![chunk(0.0, 4, 1), chunk(3.95, 4, 2)], (0, 60), vec![(1, 4.0), (2, 4.0)], vec![]),
            // The clock was set back.
            (vec![chunk(8.0, 4, 1), chunk(2.0, 4, 2)], (0, 60), vec![(1, 4.0), (2, 4.0)], vec![]),
        ] {
            let all = together(chunks, (from * SECOND, until * SECOND)).unwrap_or_default();
            assert_eq!(told(&all), expected, "{from}..{until}");
            let missing: Vec<_> =
                missing.into_iter().map(|(a, b): (i64, i64)| (a * SECOND, b * SECOND)).collect();
            assert_eq!(all.missing, missing, "{from}..{until}");
        }
    }
}
