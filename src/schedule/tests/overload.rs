//! Beyond its means: what is lost is bounded, fair, and on record.

use super::hall::{Books, Hall};
use super::speech::{Moment, Said, Scene, Talk, script, script_of_load};
use crate::schedule::Why;

const LAG_MAX_S: f64 = 6.0;

/// Share of its speech that each window was heard.
fn heard_shares(books: &Books) -> Vec<f64> {
    books.windows.iter().map(|w| w.heard_s / w.spoken_s).collect()
}

/// Jain, Chiu and Hawe 1984: 1 when all are alike, 1/n when one has all.
fn jain(shares: &[f64]) -> f64 {
    let sum: f64 = shares.iter().sum();
    sum * sum / (shares.len() as f64 * shares.iter().map(|x| x * x).sum::<f64>())
}

fn least_to_most(shares: &[f64]) -> f64 {
    let (least, most) = shares.iter().fold((f64::INFINITY, 0.0_f64), |(l, m), x| (l.min(*x), m.max(*x)));
    least / most
}

/// The hall's books hold it to account for every second; see `Hall::close`.
#[test]
fn at_load_3_lag_is_bounded_and_equal_windows_are_heard_equally() {
    for (workers, windows, partials) in [(1, 20, true), (2, 80, false), (4, 60, true), (4, 160, false)] {
        let scene = Scene { seed: 11, seconds: 400.0, partials };
        let moments = script_of_load(scene, windows, workers, 3.0);
        let books = Hall::new(workers, windows, LAG_MAX_S, 11).play(&moments).books;
        let shares = heard_shares(&books);
        let (jain, spread) = (jain(&shares), least_to_most(&shares));
        let heard = books.sum(|w| w.heard_s) / books.sum(|w| w.spoken_s);
        let busy = books.busy_s / (400.0 * workers as f64);
        println!(
            "{workers} workers, {windows} windows, partials {partials}: heard {heard:.3}, busy {busy:.3}, \
             lag {:.2} s, Jain {jain:.4}, least/most {spread:.3}, unverified {}",
            books.lag_max_s, books.unverified
        );
        assert!(books.lag_max_s <= LAG_MAX_S, "lag {}", books.lag_max_s);
        assert!(jain >= 0.99 && spread >= 0.75, "Jain {jain}, least/most {spread}");
        if !partials {
            assert!(books.sum(|w| w.unheard_s) > 0.0 && books.shortened() > 0);
            assert!(busy > 0.95, "workers rest while speech goes unheard: {busy}");
        }
    }
}

#[test]
fn who_never_stops_talking_does_not_starve_who_speaks_rarely() {
    let busy = Talk { length: (8.0, 12.0), gap: (0.0, 0.02) };
    let rare = Talk { length: (1.0, 3.0), gap: (20.0, 30.0) };
    let mut talks = vec![busy; 30];
    talks.extend([rare; 3]);
    let scene = Scene { seed: 5, seconds: 600.0, partials: false };
    let books = Hall::new(1, talks.len(), LAG_MAX_S, 5).play(&script(scene, &talks)).books;
    let shares = heard_shares(&books);
    println!("talkers {:.3?}, rare {:.3?}, lag {:.2}", &shares[..30], &shares[30..], books.lag_max_s);
    assert!(shares[..30].iter().all(|share| *share > 0.1 && *share < 0.9), "{shares:?}");
    assert!(shares[30..].iter().all(|share| *share == 1.0), "{shares:?}");
    assert!(least_to_most(&shares[..30]) > 0.7, "{shares:?}");
    assert!(books.lag_max_s <= LAG_MAX_S);
}

/// Among many who speak little, one that never stops loses before they do.
#[test]
fn one_talker_among_many_pays_first() {
    let mut talks = vec![Talk { length: (1.0, 3.0), gap: (1.5, 3.0) }; 60];
    talks.push(Talk { length: (1.0, 3.0), gap: (0.0, 0.02) });
    let scene = Scene { seed: 9, seconds: 600.0, partials: false };
    let books = Hall::new(2, talks.len(), LAG_MAX_S, 9).play(&script(scene, &talks)).books;
    let shares = heard_shares(&books);
    let least = shares[..60].iter().copied().fold(1.0, f64::min);
    println!("talker {:.3}, least of the others {least:.3}", shares[60]);
    assert!(books.sum(|w| w.unheard_s) > 0.0);
    assert!(shares[60] < least, "{shares:?}");
}

/// Load 0.5, then 3 for a minute, then 0.5 again.
#[test]
fn after_an_overload_partials_come_back_and_nothing_more_is_lost() {
    let calm = Talk { length: (0.6, 5.0), gap: (2.0, 20.0) };
    let scene = |seed, seconds, partials| Scene { seed, seconds, partials };
    let mut moments = script(scene(1, 240.0, true), &[calm; 8]);
    let storm = script(scene(2, 60.0, false), &[Talk { length: (0.6, 5.0), gap: (0.0, 0.5) }; 60]);
    moments.extend(storm.into_iter().map(|m| Moment {
        at: m.at + 80.0,
        said: m.said + 80.0,
        window: m.window + 8,
        ..m
    }));
    moments.sort_by(|a, b| a.at.total_cmp(&b.at));
    let books = Hall::new(2, 68, LAG_MAX_S, 1).play(&moments).books;
    let partials =
        |from: f64, to: f64| books.partial_times.iter().filter(|t| (from..to).contains(*t)).count();
    let losses = |from: f64, to: f64| books.loss_times.iter().filter(|(t, _)| (from..to).contains(t)).count();
    println!("partials {:?}", [(20.0, 80.0), (90.0, 140.0), (160.0, 240.0)].map(|(a, b)| partials(a, b)));
    assert!(partials(20.0, 80.0) > 60);
    assert!(partials(90.0, 140.0) < 10, "partials are decoded while speech goes unheard");
    assert!(partials(160.0, 240.0) > 80);
    assert!(books.loss_times.iter().any(|(_, why)| *why == Why::Unheard));
    assert!(losses(90.0, 140.0) > 50);
    assert_eq!(losses(160.0, 240.0), 0);
}

/// The hall asserts at each loss that no partial waits. Speech is given up only once context was.
#[test]
fn context_goes_before_hearing() {
    let scene = Scene { seed: 4, seconds: 200.0, partials: true };
    let moments = script_of_load(scene, 60, 2, 6.0);
    assert!(moments.iter().any(|m| m.what == Said::Step));
    let books = Hall::new(2, 60, LAG_MAX_S, 4).play(&moments).books;
    let first = |why| books.loss_times.iter().find(|(_, w)| *w == why).map(|(t, _)| *t);
    let (shortened, unheard) = (first(Why::Shortened), first(Why::Unheard));
    assert!(shortened.is_some() && unheard.is_some() && shortened < unheard, "{shortened:?} {unheard:?}");
}
