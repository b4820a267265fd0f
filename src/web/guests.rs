//! Who is connected. In: connections. Out: a seat for each, and the order to go for whoever has held one longest when
//! there are too many. Nobody waits at the door: idle connections would keep out those who have something to say.
//!
//! Strangers and members sit apart. Whoever has shown who they are becomes a member, so that pages that stay open all day
//! take no seat from microphones that come back, and no crowd of strangers sends them away.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

pub(super) struct Guests {
    most_strangers: usize,
    most_members: usize,
    hall: Mutex<Hall>,
}

#[derive(Default)]
struct Hall {
    strangers: Table<IpAddr>,
    members: Table<i64>,
    next: u64,
}

/// Seats and who holds them, the oldest first.
struct Table<T> {
    seats: Vec<Seat<T>>,
}

struct Seat<T> {
    number: u64,
    holder: T,
    /// Dropped, it tells the guest to go.
    stay: oneshot::Sender<Infallible>,
}

/// A seat, given back when this is dropped.
pub(super) struct Guest {
    guests: Arc<Guests>,
    number: u64,
    stay: oneshot::Receiver<Infallible>,
}

impl Guests {
    pub fn new(most_strangers: usize, most_members: usize) -> Arc<Self> {
        Arc::new(Self { most_strangers, most_members, hall: Mutex::default() })
    }

    /// Seats a stranger. Where all seats are taken the address that has most of them loses its oldest.
    pub fn enter(self: &Arc<Self>, from: IpAddr) -> Guest {
        let mut hall = self.hall();
        let (number, (sender, stay)) = (hall.next, oneshot::channel());
        hall.next += 1;
        hall.strangers.seat(Seat { number, holder: from, stay: sender }, self.most_strangers);
        Guest { guests: Arc::clone(self), number, stay }
    }

    /// A stranger turns out to be somebody: their seat is among the members from now on. Where those are taken, whoever has
    /// most of them loses the oldest.
    pub fn welcome(&self, number: u64, person: i64) {
        let mut hall = self.hall();
        if let Some(place) = hall.strangers.seats.iter().position(|seat| seat.number == number) {
            let Seat { stay, .. } = hall.strangers.seats.remove(place);
            hall.members.seat(Seat { number, holder: person, stay }, self.most_members);
        }
    }

    fn hall(&self) -> MutexGuard<'_, Hall> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { seats: Vec::new() }
    }
}

impl<T: Copy + PartialEq> Table<T> {
    fn seat(&mut self, seat: Seat<T>, most: usize) {
        if self.seats.len() >= most
            && let Some(place) = self.most_dispensable()
        {
            self.seats.remove(place);
        }
        self.seats.push(seat);
    }

    fn most_dispensable(&self) -> Option<usize> {
        let held = |holder: T| self.seats.iter().filter(|seat| seat.holder == holder).count();
        // Of equals the first, which is the oldest.
        let places = self.seats.iter().enumerate().map(|(place, seat)| (held(seat.holder), place));
        places.min_by_key(|&(held, place)| (std::cmp::Reverse(held), place)).map(|(_, place)| place)
    }
}

impl Guest {
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Waits until the seat is needed for somebody else.
    pub async fn sent_away(&mut self) {
        // Nothing is ever sent: it ends when the other end is dropped.
        let _ = (&mut self.stay).await;
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut hall = self.guests.hall();
        hall.strangers.seats.retain(|seat| seat.number != self.number);
        hall.members.seats.retain(|seat| seat.number != self.number);
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
        let guests = Guests::new(4, 2);
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
        assert!(guests.hall().strangers.seats.is_empty(), "seats are given back");
    }

    #[test]
    fn members_take_no_seat_from_strangers_nor_strangers_from_members() {
        let guests = Guests::new(2, 3);
        let address = IpAddr::from([192, 168, 8, 1]);
        let mut pages: Vec<Guest> = Vec::new();
        for person in [7, 8, 8] {
            let page = guests.enter(address);
            guests.welcome(page.number(), person);
            pages.push(page);
        }
        let mut strangers: Vec<Guest> = (0..5).map(|_| guests.enter(address)).collect();
        assert!(!pages.iter_mut().any(is_sent_away), "five strangers came for two seats");
        let away: Vec<bool> = strangers.iter_mut().map(is_sent_away).collect();
        assert_eq!(away, [true, true, true, false, false]);
        guests.welcome(strangers[4].number(), 9);
        let away: Vec<bool> = pages.iter_mut().map(is_sent_away).collect();
        assert_eq!(away, [false, true, false], "person 8 has most pages and loses the older one");
        assert!(!is_sent_away(&mut strangers[3]), "who became a member gave their seat up");
        drop((pages, strangers));
        assert!(guests.hall().members.seats.is_empty() && guests.hall().strangers.seats.is_empty());
    }
}
