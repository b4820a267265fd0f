//! Who is connected. In: connections. Out: a seat for each, and the order to go for whoever has held one longest when
//! there are too many. Nobody waits at the door: idle connections would keep out those who have something to say.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

pub(super) struct Guests {
    most: usize,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// The oldest first.
    seats: Vec<Seat>,
    next: u64,
}

struct Seat {
    number: u64,
    from: IpAddr,
    /// Dropped, it tells the guest to go.
    _stay: oneshot::Sender<Infallible>,
}

/// A seat, given back when this is dropped.
pub(super) struct Guest {
    guests: Arc<Guests>,
    number: u64,
    stay: oneshot::Receiver<Infallible>,
}

impl Guests {
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, table: Mutex::default() })
    }

    /// Seats a guest. Where all seats are taken the address that has most of them loses its oldest.
    pub fn enter(self: &Arc<Self>, from: IpAddr) -> Guest {
        let mut table = self.table();
        if table.seats.len() >= self.most
            && let Some(place) = table.most_dispensable()
        {
            table.seats.remove(place);
        }
        let (number, (sender, stay)) = (table.next, oneshot::channel());
        table.next += 1;
        table.seats.push(Seat { number, from, _stay: sender });
        Guest { guests: Arc::clone(self), number, stay }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn most_dispensable(&self) -> Option<usize> {
        let held = |from: IpAddr| self.seats.iter().filter(|seat| seat.from == from).count();
        // Of equals the first, which is the oldest.
        let places = self.seats.iter().enumerate().map(|(place, seat)| (held(seat.from), place));
        places.min_by_key(|&(held, place)| (std::cmp::Reverse(held), place)).map(|(_, place)| place)
    }
}

impl Guest {
    /// Waits until the seat is needed for somebody else.
    pub async fn sent_away(&mut self) {
        // Nothing is ever sent: it ends when the other end is dropped.
        let _ = (&mut self.stay).await;
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.table().seats.retain(|seat| seat.number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_sent_away(guest: &mut Guest) -> bool {
        guest.stay.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn who_holds_most_seats_loses_the_oldest() {
        let guests = Guests::new(4);
        let address = |last: u8| IpAddr::from([192, 168, 8, last]);
        let mut seated: Vec<Guest> = [1, 2, 2, 3].iter().map(|&last| guests.enter(address(last))).collect();
        assert!(!seated.iter_mut().any(is_sent_away), "there is room");
        for (last, away) in [(4, 1), (5, 0), (5, 2)] {
            seated.push(guests.enter(address(last)));
            let sent: Vec<bool> = seated.iter_mut().map(is_sent_away).collect();
            assert!(sent[away], "of {sent:?} guest {away} goes for {last}");
        }
        assert_eq!(seated.iter_mut().filter_map(|guest| is_sent_away(guest).then_some(())).count(), 3);
        seated.clear();
        assert!(guests.table().seats.is_empty(), "seats are given back");
    }
}
