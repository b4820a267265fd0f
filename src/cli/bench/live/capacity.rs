//! The search for the most windows that are kept up with. Pure but for the runs it is given.

/// Most windows that are tried.
pub(super) const WINDOWS_MAX: usize = 60;

/// The largest number of windows for which `kept` holds, 0 if none: doubled from `first` until it does not hold, then
/// halved in. Takes it that what holds for many holds for fewer.
pub(super) fn largest<E>(first: usize, mut kept: impl FnMut(usize) -> Result<bool, E>) -> Result<usize, E> {
    let (mut good, mut bad) = (0, WINDOWS_MAX + 1);
    let mut next = first.clamp(1, WINDOWS_MAX);
    while bad - good > 1 {
        match kept(next)? {
            true => good = next,
            false => bad = next,
        }
        next = if bad > WINDOWS_MAX { (2 * good).min(WINDOWS_MAX) } else { good.midpoint(bad) };
    }
    Ok(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_every_capacity_in_few_runs() {
        for first in [1, 3, 8, 60, 200] {
            for capacity in 0..=WINDOWS_MAX + 5 {
                let mut tried = Vec::new();
                let found = largest(first, |windows| {
                    tried.push(windows);
                    Ok::<_, ()>(windows <= capacity)
                });
                assert_eq!(found, Ok(capacity.min(WINDOWS_MAX)), "from {first}: {tried:?}");
                assert!(tried.len() <= 12, "from {first} to {capacity}: {tried:?}");
                assert!(tried.iter().all(|windows| (1..=WINDOWS_MAX).contains(windows)), "{tried:?}");
                let mut once = tried.clone();
                once.sort_unstable();
                once.dedup();
                assert_eq!(once.len(), tried.len(), "a run was repeated: {tried:?}");
            }
        }
    }

    #[test]
    fn a_run_that_fails_ends_the_search() {
        assert_eq!(largest(8, |windows| if windows > 8 { Err("broken") } else { Ok(true) }), Err("broken"));
    }
}
