//! How often somebody may try to sign in. In: a name, an address, the time. Out: go on, or how long to wait. Pure; kept in
//! memory alone. Allocates: for a bounded number of names and addresses.

use std::collections::HashMap;
use std::net::IpAddr;

/// Tries of one name that fail before the next has to wait.
const FREE_OF_NAME: u32 = 5;
/// And of one address: behind a proxy a whole hall has one.
const FREE_OF_ADDRESS: u32 = 30;
/// Longest wait for a name, seconds: whoever guesses is slow for ever, and whoever is guessed at is not shut out for long.
const WAIT_OF_NAME_MAX_S: i64 = 300;
const WAIT_OF_ADDRESS_MAX_S: i64 = 30;
/// After this long without a try one begins anew, seconds.
const FORGOTTEN_AFTER_S: i64 = 3_600;
/// Names and addresses that are remembered, each.
const REMEMBERED_MAX: usize = 4_096;

const SECOND_US: i64 = 1_000_000;

/// Tries to sign in.
#[derive(Debug, Default)]
pub struct Throttle {
    names: HashMap<String, Tries>,
    addresses: HashMap<IpAddr, Tries>,
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    failed: u32,
    last_us: i64,
}

impl Throttle {
    /// Counts a try as one that fails, before it is looked at, so that many at once are counted as well.
    ///
    /// # Errors
    /// Seconds to wait; then it is not to be looked at, and was not counted.
    pub fn try_once(&mut self, name: &str, from: IpAddr, now_us: i64) -> Result<(), u64> {
        let name = key(name);
        let of_name = wait_us(self.names.get(&name), FREE_OF_NAME, WAIT_OF_NAME_MAX_S, now_us);
        let of_address = wait_us(self.addresses.get(&from), FREE_OF_ADDRESS, WAIT_OF_ADDRESS_MAX_S, now_us);
        let wait_us = of_name.max(of_address);
        if wait_us > 0 {
            return Err(u64::try_from((wait_us + SECOND_US - 1) / SECOND_US).unwrap_or(1));
        }
        count(&mut self.names, name, now_us);
        count(&mut self.addresses, from, now_us);
        Ok(())
    }

    /// The try was right: the name begins anew, and the address is as it was before.
    pub fn succeeded(&mut self, name: &str, from: IpAddr) {
        self.names.remove(&key(name));
        if let Some(tries) = self.addresses.get_mut(&from) {
            tries.failed = tries.failed.saturating_sub(1);
        }
    }
}

/// However somebody writes a name, it is one name; and a long one takes no more room.
fn key(name: &str) -> String {
    name.trim().to_lowercase().chars().take(64).collect()
}

/// After the free ones 1 s, 2 s, 4 s and so on.
fn wait_us(tries: Option<&Tries>, free: u32, most_s: i64, now_us: i64) -> i64 {
    let Some(tries) = tries.filter(|tries| !is_forgotten(tries, now_us)) else { return 0 };
    let Some(over) = tries.failed.checked_sub(free) else { return 0 };
    let wait_s = 1_i64.checked_shl(over.min(30)).unwrap_or(i64::MAX).min(most_s);
    tries.last_us + wait_s * SECOND_US - now_us
}

fn is_forgotten(tries: &Tries, now_us: i64) -> bool {
    now_us - tries.last_us > FORGOTTEN_AFTER_S * SECOND_US
}

fn count<K: Clone + Eq + std::hash::Hash>(all: &mut HashMap<K, Tries>, key: K, now_us: i64) {
    if !all.contains_key(&key) && all.len() >= REMEMBERED_MAX {
        all.retain(|_, tries| !is_forgotten(tries, now_us));
        // Still full: of those that failed least the one that is longest ago, so that nobody who waits is let go first.
        let least = all.iter().min_by_key(|(_, tries)| (tries.failed, tries.last_us));
        if let Some(least) = (all.len() >= REMEMBERED_MAX).then_some(least).flatten() {
            let least = least.0.clone();
            all.remove(&least);
        }
    }
    let tries = all.entry(key).or_insert(Tries { failed: 0, last_us: now_us });
    if is_forgotten(tries, now_us) {
        tries.failed = 0;
    }
    *tries = Tries { failed: tries.failed.saturating_add(1), last_us: now_us };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn who_fails_waits_longer_each_time_and_begins_anew_after_an_hour() {
        let (mut throttle, mut now_s) = (Throttle::default(), 0);
        let mut waits = Vec::new();
        for _ in 0..16 {
            match throttle.try_once("王五", address(1), now_s * SECOND_US) {
                Ok(()) => waits.push(0),
                Err(wait_s) => {
                    waits.push(wait_s);
                    now_s += i64::try_from(wait_s).unwrap();
                    assert_eq!(
                        throttle.try_once(" 王五 ", address(2), now_s * SECOND_US),
                        Ok(()),
                        "{wait_s}"
                    );
                }
            }
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(throttle.try_once("赵六", address(1), now_s * SECOND_US), Ok(()), "another name is free");
        now_s += FORGOTTEN_AFTER_S + 1;
        for _ in 0..5 {
            assert_eq!(throttle.try_once("王五", address(1), now_s * SECOND_US), Ok(()));
        }
        throttle.succeeded("王五", address(1));
        assert_eq!(throttle.try_once("王五", address(1), now_s * SECOND_US), Ok(()), "the right password");
    }

    #[test]
    fn an_address_that_tries_many_names_waits_and_memory_is_bounded() {
        let mut throttle = Throttle::default();
        let tried: Vec<_> = (0..40).map(|n| throttle.try_once(&format!("{n}"), address(1), 0)).collect();
        assert!(tried[..30].iter().all(Result::is_ok) && tried[30..].iter().all(|tried| *tried == Err(1)));
        assert_eq!(throttle.try_once("王五", address(2), 0), Ok(()), "another address is free");
        for n in 0..10_000_u32 {
            let from = IpAddr::from(n.to_be_bytes());
            throttle.try_once(&format!("名{n}"), from, i64::from(n)).unwrap();
        }
        assert!(throttle.names.len() <= REMEMBERED_MAX && throttle.addresses.len() <= REMEMBERED_MAX);
        assert_eq!(
            throttle.try_once("x", address(1), 10_000),
            Err(1),
            "who waits is not forgotten for others"
        );
    }
}
