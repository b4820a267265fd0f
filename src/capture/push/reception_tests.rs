//! What the hub makes of links that come, break and lie.

use crossbeam_channel::Receiver;

use super::tests::{RATE_HZ, port, seconds};
use super::*;
use crate::capture::{AudioBlock, RingReader, SourceNews};
use crate::said::Bilingual;
use crate::units::WindowId;

/// Frames of a stream, as the reception sees them.
fn frame(number: u64, position: u64) -> (FrameHeader, Vec<f32>) {
    (FrameHeader { payload: Payload::Flac, samples: 800, number, position }, vec![0.25; 800])
}

struct Counter {
    reception: Reception,
    told: Receiver<SourceNews>,
    rings: Vec<RingReader>,
}

impl Counter {
    fn new() -> Self {
        let (port, told) = port();
        Self { reception: Reception::new(port), told, rings: Vec::new() }
    }

    fn greet(&mut self, stream: StreamId, captured: u64, now_s: f64) -> (Claim, HubWord) {
        let claim = self.reception.claim(stream).expect("nobody else is there");
        let hello = Hello { version: VERSION, stream, rate_hz: RATE_HZ, channels: 1, buffer_s: 60, captured };
        (claim, self.reception.hello(claim, hello, seconds(now_s)).expect("a sound hello"))
    }

    /// News in words; their rings are kept.
    fn news(&mut self) -> Vec<String> {
        let name = |news| match news {
            SourceNews::Opened { at, reader, .. } => {
                self.rings.push(reader);
                format!("opened at {:.1}", at.as_secs_f64())
            }
            SourceNews::Waiting { reason } => format!("waiting: {}", reason.en),
            SourceNews::Down { reason, .. } => format!("down: {}", reason.en),
            SourceNews::Ended => "ended".to_owned(),
        };
        self.told.try_iter().map(name).collect()
    }

    fn offer(
        &mut self,
        claim: Claim,
        number: u64,
        position: u64,
        now_s: f64,
    ) -> Result<Taking, ReceptionFault> {
        let (header, samples) = frame(number, position);
        self.reception.frame(claim, &header, &samples, seconds(now_s))
    }
}

const fn ack(next_frame: u64) -> Result<Taking, ReceptionFault> {
    Ok(Taking::Taken(HubWord::Ack { next_frame }))
}

#[test]
fn a_stream_begins_where_it_was_captured_and_goes_on_in_the_same_ring_after_a_break() {
    let (mut hub, stream) = (Counter::new(), StreamId::random());
    let (claim, word) = hub.greet(stream, 80_000, 30.0);
    assert_eq!(word, HubWord::Start { keep_ms: 30_000 }, "what was said since the run began is welcome");
    // The oldest frame kept began 6 s before the hello.
    assert_eq!(hub.offer(claim, 40, 32_000, 30.1), ack(41));
    assert_eq!(hub.news(), ["opened at 24.0"]);
    hub.reception.broken(claim, Bilingual::same("cut"), seconds(40.0));
    assert_eq!(hub.offer(claim, 41, 32_800, 40.0), Err(ReceptionFault::Superseded));
    hub.reception.tick(seconds(114.0));
    let (claim, word) = hub.greet(stream, 700_000, 114.5);
    assert_eq!(word, HubWord::Resume { next_frame: 41 });
    hub.reception.tick(seconds(120.0));
    assert_eq!(hub.offer(claim, 41, 32_800, 120.0), ack(42));
    assert_eq!(hub.news(), ["waiting: cut"]);
}

#[test]
fn a_microphone_that_stays_away_too_long_is_down_and_begins_anew_without_its_backlog() {
    let (mut hub, stream) = (Counter::new(), StreamId::random());
    let (claim, _) = hub.greet(stream, 0, 1.0);
    assert_eq!(hub.offer(claim, 0, 0, 1.1), ack(1));
    hub.reception.broken(claim, Bilingual::same("cut"), seconds(2.0));
    hub.reception.tick(seconds(76.9));
    assert_eq!(hub.news(), ["opened at 1.0", "waiting: cut"]);
    hub.reception.tick(seconds(77.0));
    hub.reception.tick(seconds(78.0));
    let away = "down: the microphone has been away for 75 s, longer than it keeps audio";
    assert_eq!(hub.news(), [away]);
    let (claim, word) = hub.greet(stream, 800_000, 100.0);
    assert_eq!(word, HubWord::Start { keep_ms: 0 }, "the time of the backlog has passed unheard");
    assert_eq!(hub.offer(claim, 900, 800_800, 100.2), ack(901));
    assert_eq!(hub.news(), ["opened at 100.1"]);
}

#[test]
fn a_hello_that_lies_about_its_age_cannot_begin_before_what_was_told_or_after_now() {
    let (mut hub, stream) = (Counter::new(), StreamId::random());
    let (claim, _) = hub.greet(stream, 1 << 52, 5.0);
    assert_eq!(hub.offer(claim, 0, 0, 5.0), ack(1));
    hub.reception.ended(claim, seconds(9.0));
    let (claim, _) = hub.greet(stream, 80_000, 10.0);
    assert_eq!(hub.offer(claim, 0, 0, 10.0), ack(1));
    hub.reception.ended(claim, seconds(11.0));
    let (claim, _) = hub.greet(stream, 0, 12.0);
    assert_eq!(hub.offer(claim, 0, 1 << 50, 13.0), ack(1));
    let off = "down: the microphone was switched off";
    let opened = ["opened at 0.0", off, "opened at 9.0", off, "opened at 13.0"];
    assert_eq!(hub.news(), opened);
}

#[test]
fn a_second_microphone_is_refused_while_the_first_is_connected_and_taken_after() {
    let (mut hub, first, second) = (Counter::new(), StreamId::random(), StreamId::random());
    let (claim, _) = hub.greet(first, 0, 1.0);
    assert_eq!(hub.offer(claim, 0, 0, 1.1), ack(1));
    assert_eq!(hub.reception.claim(second), Err(ReceptionFault::Taken(WindowId::new("3"))));
    assert_eq!(hub.offer(claim, 1, 800, 1.2), ack(2), "the first is not disturbed");
    // A link that the hub does not know to be dead gives way to the next of the same stream.
    let (newer, word) = hub.greet(first, 8_000, 2.0);
    assert_eq!(word, HubWord::Resume { next_frame: 2 });
    assert_eq!(hub.offer(claim, 2, 1_600, 2.0), Err(ReceptionFault::Superseded));
    hub.reception.broken(claim, Bilingual::same("an old link"), seconds(2.0));
    assert_eq!(hub.offer(newer, 1, 800, 2.0), ack(2), "what it had is not taken twice");
    hub.reception.broken(newer, Bilingual::same("cut"), seconds(3.0));
    let (claim, word) = hub.greet(second, 0, 4.0);
    assert_eq!(word, HubWord::Start { keep_ms: 0 });
    assert_eq!(hub.offer(claim, 0, 0, 4.1), ack(1));
    let again = "down: the microphone was started again";
    assert_eq!(hub.news(), ["opened at 1.0", "waiting: cut", again, "opened at 4.0"]);
}

#[test]
fn a_frame_waits_while_the_ring_is_full_and_while_it_is_ahead_of_the_clock() {
    let (mut hub, stream) = (Counter::new(), StreamId::random());
    let (claim, _) = hub.greet(stream, 0, 50.0);
    let mut number = 0;
    while hub.offer(claim, number, number * 800, 60.0) == ack(number + 1) {
        number += 1;
    }
    assert_eq!(number, 20, "the ring holds two seconds");
    let Ok(SourceNews::Opened { mut reader, .. }) = hub.told.try_recv() else { panic!("it was opened") };
    let mut block = AudioBlock::default();
    while reader.read(&mut block) {}
    // Ten seconds and a hundredth have passed since it began, and five more may come early.
    while hub.offer(claim, number, number * 800, 60.0) == ack(number + 1) {
        number += 1;
        while reader.read(&mut block) {}
    }
    assert_eq!(number, 150);
    assert_eq!(hub.offer(claim, number, number * 800, 60.1), ack(151));
    drop(reader);
    assert_eq!(hub.offer(claim, 151, 151 * 800, 70.0), Err(ReceptionFault::Unheard(WindowId::new("3"))));
}

#[test]
fn positions_that_go_back_are_refused_and_those_that_leap_too_far_begin_anew() {
    let (mut hub, stream) = (Counter::new(), StreamId::random());
    let (claim, _) = hub.greet(stream, 0, 1.0);
    assert_eq!(hub.offer(claim, 0, 8_000, 2.5), ack(1));
    let back = WireFault::Backwards { number: 1, position: 8_799, end: 8_800 };
    assert_eq!(hub.offer(claim, 1, 8_799, 2.5), Err(back.into()));
    let far = 8_800 + 75 * u64::from(RATE_HZ) + 1;
    assert_eq!(hub.offer(claim, 1, far, 90.0), ack(2));
    let leap = "down: the microphone's audio leaps by more than it can have kept";
    assert_eq!(hub.news(), ["opened at 2.0", leap, "opened at 90.0"]);
}

#[test]
fn a_token_that_was_changed_ends_the_link_that_showed_the_old_one() {
    let (mut hub, stream) = (Counter::new(), StreamId::random());
    let (claim, _) = hub.greet(stream, 0, 1.0);
    assert_eq!(hub.offer(claim, 0, 0, 1.5), ack(1));
    let same = hub.reception.port().token.clone();
    hub.reception.change_token(same, seconds(1.6));
    assert_eq!(hub.offer(claim, 1, 800, 1.7), ack(2), "the same one changes nothing");
    let other = Token::parse("quite-another-token").expect("a token");
    hub.reception.change_token(other, seconds(2.0));
    assert!(hub.reception.port().token.admits("quite-another-token"));
    assert_eq!(hub.offer(claim, 2, 1_600, 2.1), Err(ReceptionFault::Superseded));
    let (again, word) = hub.greet(stream, 3_200, 3.0);
    assert_eq!((hub.offer(again, 2, 1_600, 3.1), word), (ack(3), HubWord::Resume { next_frame: 2 }));
    assert_eq!(hub.news(), ["opened at 1.0", "waiting: the window has another token now"]);
}
