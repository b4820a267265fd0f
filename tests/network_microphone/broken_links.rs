//! Whatever happens to the link, the hub gets what was said, or knows what it did not get.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sansheng::capture::push::Coding;
use sansheng::capture::push::client::MicNews;

use super::support::{Hub, Microphone, Proxy, RECORDING, TOKEN, Voice, links, samples_of, wait_until};

/// In the request, in the hello, between frames, within one, early and late.
const CUTS: &[usize] = &[100, 420, 600, 3_000, 40_000, 40_001, 7, 250_000];

fn carried_over_a_broken_link(coding: Coding) {
    let (said, rate_hz, channels) = samples_of(RECORDING);
    let mut hub = Hub::start();
    let proxy = Proxy::start(hub.address(), CUTS);
    let mut voice = Voice::new(rate_hz, channels, Arc::clone(&hub.now_ms));
    let links = links(&format!("ws://{}", proxy.address), "3", TOKEN);
    let mic = Microphone::start_with(links, voice.source.clone(), 60, coding);
    voice.say(&said);
    voice.end();
    hub.listen_until("the end", |_| mic.is_finished());
    hub.listen();
    let outcome = mic.finish().expect("an accepted microphone");
    assert_eq!(outcome.lost_s, 0.0);
    assert_eq!(proxy.connections.load(Ordering::SeqCst), CUTS.len() as u64 + 1);
    let mut end = 0;
    for block in &hub.heard {
        assert_eq!(block.start, end, "a gap, or something twice");
        end += block.samples.len() as u64 / u64::from(channels);
    }
    let heard: Vec<f32> = hub.heard.iter().flat_map(|block| block.samples.clone()).collect();
    assert_eq!(heard.len(), said.len());
    assert!(heard == said, "bit for bit");
    assert_eq!(hub.told.iter().filter(|told| told.starts_with("opened")).count(), 1, "{:#?}", hub.told);
    assert!(hub.told.iter().any(|told| told.starts_with("waiting")), "{:#?}", hub.told);
    assert_eq!(hub.told.last().map(String::as_str), Some("down: the microphone was switched off"));
}

#[test]
fn a_recording_arrives_bit_for_bit_over_a_link_that_keeps_breaking() {
    carried_over_a_broken_link(Coding::Flac);
}

#[test]
fn so_it_does_as_pcm() {
    carried_over_a_broken_link(Coding::Pcm);
}

#[test]
fn what_a_full_buffer_had_to_drop_is_a_gap_of_just_that_length() {
    let (said, rate_hz, channels) = samples_of(RECORDING);
    let second = rate_hz as usize * usize::from(channels);
    let mut hub = Hub::start();
    let proxy = Proxy::start(hub.address(), &[]);
    let mut voice = Voice::new(rate_hz, channels, Arc::clone(&hub.now_ms));
    let mic = Microphone::start(proxy.address, voice.source.clone(), 2);
    voice.say(&said[..second]);
    hub.listen_until("the first second", |hub| hub.heard_samples() == u64::from(rate_hz));
    proxy.severed.store(true, Ordering::SeqCst);
    hub.listen_until("the break", |hub| hub.told.iter().any(|told| told.starts_with("waiting")));
    wait_until("the news of it", || mic.has(|news| matches!(news, MicNews::Away { .. })));
    voice.say(&said[second..9 * second]);
    // Until the microphone has heard it all: the clock goes with what it hears.
    wait_until("nine seconds", || hub.now_ms.load(Ordering::SeqCst) >= 3_609_000);
    proxy.severed.store(false, Ordering::SeqCst);
    hub.listen_until("the way back", |_| mic.has(|news| matches!(news, MicNews::Back { .. })));
    voice.say(&said[9 * second..10 * second]);
    voice.end();
    hub.listen_until("the end", |_| mic.is_finished());
    hub.listen();
    let outcome = mic.finish().expect("an accepted microphone");
    assert_eq!(outcome.captured_s, 10.0);
    // The buffer held two of eight seconds, give or take what came between the way back and the hello.
    assert!((5.5..=6.5).contains(&outcome.lost_s), "{outcome:?}");
    let (mut end, mut missing) = (0, 0);
    for block in &hub.heard {
        let at = block.start as usize * usize::from(channels);
        assert!(block.samples == said[at..at + block.samples.len()], "samples in their place");
        assert!(block.start >= end, "nothing twice");
        missing += block.start - end;
        end = block.start + block.samples.len() as u64 / u64::from(channels);
    }
    assert_eq!(end, 10 * u64::from(rate_hz));
    assert_eq!(missing as f64 / f64::from(rate_hz), outcome.lost_s, "the gap is what was lost");
}

#[test]
fn a_hub_that_is_started_again_gets_what_the_one_before_did_not() {
    let (said, rate_hz, channels) = samples_of(RECORDING);
    let mut first = Hub::start();
    let address = first.address();
    let mut voice = Voice::new(rate_hz, channels, Arc::clone(&first.now_ms));
    let mic = Microphone::start(address, voice.source.clone(), 60);
    let half = said.len() / 2;
    voice.say(&said[..half]);
    first.listen_until("ten seconds", |hub| hub.heard_samples() >= 10 * u64::from(rate_hz));
    first.stop();
    first.listen();
    voice.say(&said[half..]);
    voice.end();
    let mut second = Hub::start_at(address);
    second.listen_until("the end", |_| mic.is_finished());
    second.listen();
    assert_eq!(mic.finish().expect("an accepted microphone").lost_s, 0.0);
    let of = |hub: &Hub| hub.heard.iter().flat_map(|block| block.samples.clone()).collect::<Vec<_>>();
    let (before, after) = (of(&first), of(&second));
    assert!(said.starts_with(&before) && said.ends_with(&after));
    // What the first hub took in and could not acknowledge any more, the second one gets as well.
    assert!(before.len() + after.len() >= said.len(), "nothing is missing between the two");
}

#[test]
fn a_hub_that_says_hello_and_takes_nothing_is_not_told_as_a_link_that_stands() {
    let (said, rate_hz, channels) = samples_of(RECORDING);
    let second = rate_hz as usize * usize::from(channels);
    let mut hub = Hub::start();
    let proxy = Proxy::start(hub.address(), &[]);
    let voice = Voice::new(rate_hz, channels, Arc::clone(&hub.now_ms));
    let mic = Microphone::start(proxy.address, voice.source.clone(), 60);
    voice.say(&said[..second]);
    hub.listen_until("the first second", |hub| hub.heard_samples() == u64::from(rate_hz));
    hub.deafen();
    voice.say(&said[second..2 * second]);
    wait_until("some attempts", || proxy.connections.load(Ordering::SeqCst) >= 4);
    let told = mic.news.lock().expect("no panic").clone();
    assert_eq!(told[0], MicNews::Connected);
    // How the hub hangs up may be lost under what it did not read.
    assert!(told.len() > 1 && told[1..].iter().all(|news| matches!(news, MicNews::Away { .. })), "{told:#?}");
    mic.stop.store(true, Ordering::SeqCst);
    wait_until("the end", || mic.is_finished());
}
