//! Decks and layouts.

use super::super::deck::{Deck, Piece};
use super::super::layout::{Layout, Placed};
use super::*;

/// Dialogues of 30 s in which the clerk speaks for 10 s, and clips of 2.5 s.
fn corpus(dialogues: usize, clips: usize) -> (Truth, Deck) {
    let mut files = Vec::new();
    for index in 0..dialogues {
        let mut dialogue =
            file(&format!("d{index}"), &[(1.0, 6.0), (24.0, 29.0)], &[(7.0, 20.0)], &[(1.0, 29.0)]);
        dialogue.forbidden.push(phrase("P40", 25.0, 26.0));
        files.push(dialogue);
    }
    files.extend((0..clips).map(|index| clip(&format!("c{index}"), 0.5, 2.0)));
    let lengths = files.iter().map(|file| Some(samples(if file.form == Form::Clip { 2.5 } else { 30.0 })));
    let lengths: Vec<_> = lengths.collect();
    let truth = truth(files);
    let deck = Deck::new(&truth, &lengths);
    (truth, deck)
}

#[test]
fn a_recording_is_cut_between_its_encounters_and_a_clip_is_played_whole() {
    let mut nobody = file("nobody.flac", &[], &[(1.0, 2.0)], &[]);
    nobody.encounters = None;
    let mut silent = file("untold.flac", &[(1.0, 2.0)], &[], &[]);
    silent.utterances = None;
    let talk = file("talk.flac", &[(10.0, 14.0), (13.0, 15.0)], &[(16.0, 18.0)], &[]);
    let shift = file(
        "shift.flac",
        &[(10.0, 14.0), (52.0, 53.0)],
        &[(15.0, 20.0), (48.0, 51.0)],
        &[(9.0, 20.0), (48.0, 53.0)],
    );
    let files =
        vec![talk, shift, clip("clip.flac", 0.5, 2.0), nobody, silent, file("x", &[(0.0, 1.0)], &[], &[])];
    let lengths = [Some(60.0), Some(60.0), Some(2.5), Some(9.0), Some(9.0), None];
    let deck = Deck::new(&truth(files), &lengths.map(|length| length.map(samples)));
    let piece = |file, from, to, clerk, words| Piece {
        file,
        span: span(from, to),
        clerk: samples(clerk),
        words: samples(words),
    };
    assert_eq!(
        deck.pieces,
        [
            piece(0, 9.0, 19.0, 5.0, 5.0),
            piece(1, 8.0, 21.0, 4.0, 4.0),
            piece(1, 47.0, 54.0, 1.0, 1.0),
            piece(2, 0.0, 2.5, 2.5, 1.5),
        ]
    );
    for (note, part) in deck.notes.iter().zip(["clerk says nothing", "when its clerk speaks", "its length"]) {
        assert!(note.contains(part), "{note}");
    }
    assert_eq!(deck.notes.len(), 3);
}

#[test]
fn the_clerk_speaks_for_the_share_of_time_that_was_asked_for() {
    let (_, deck) = corpus(10, 40);
    for (seconds, duty) in [(60.0, 0.35), (60.0, 0.1), (60.0, 0.3), (300.0, 0.35), (300.0, 0.3), (600.0, 0.3)]
    {
        for number in 0..20 {
            let layout = Layout::new(&deck.pieces, samples(seconds), duty, 1, number);
            let off = (layout.duty - duty).abs() * seconds;
            assert!(off <= 1.3, "{seconds} s at {duty}, tape {number}: {off:.2} s off");
            let clerk: u64 = layout.placed.iter().map(|placed| deck.pieces[placed.piece].clerk).sum();
            assert!((layout.duty - clerk as f64 / samples(seconds) as f64).abs() < 1e-9);
        }
    }
}

#[test]
fn pieces_never_touch_and_no_two_tapes_are_in_step() {
    let (_, deck) = corpus(10, 40);
    let period = samples(120.0);
    let layouts: Vec<_> = (0..20).map(|number| Layout::new(&deck.pieces, period, 0.35, 1, number)).collect();
    for layout in &layouts {
        let mut taken: Vec<(u64, u64)> = layout
            .placed
            .iter()
            .map(|placed| (placed.at, deck.pieces[placed.piece].span.samples()))
            .collect();
        taken.sort_unstable();
        for (i, (at, length)) in taken.iter().enumerate() {
            let next = taken.get(i + 1).map_or(taken[0].0 + period, |next| next.0);
            assert!(at + length + samples(0.59) <= next, "{:?}", layout.placed);
        }
    }
    for (i, one) in layouts.iter().enumerate() {
        assert!(layouts[..i].iter().all(|other| other.placed[0].at != one.placed[0].at), "tape {i}");
    }
    assert_eq!(layouts[3], Layout::new(&deck.pieces, period, 0.35, 1, 3), "the same seed, the same tape");
    assert_ne!(layouts[3], Layout::new(&deck.pieces, period, 0.35, 2, 3));
}

#[test]
fn material_too_sparse_or_too_dense_gives_what_comes_nearest() {
    let (_, sparse) = corpus(3, 0);
    let layout = Layout::new(&sparse.pieces, samples(60.0), 0.6, 1, 0);
    assert!((layout.duty - 10.0 / 60.0).abs() < 0.01, "one dialogue fits: {}", layout.duty);
    let layout = Layout::new(&sparse.pieces, samples(20.0), 0.35, 1, 0);
    assert_eq!((layout.placed.len(), layout.duty), (0, 0.0), "none fits");
    let (_, dense) = corpus(0, 5);
    let layout = Layout::new(&dense.pieces, samples(60.0), 1.0, 1, 0);
    assert!((0.3..0.6).contains(&layout.duty), "{}", layout.duty);
    // One clip is more than asked for, and nearer to it than none.
    let layout = Layout::new(&dense.pieces, samples(60.0), 0.03, 1, 0);
    assert_eq!(layout.placed.len(), 1);
}

#[test]
fn phrases_move_with_their_piece_round_after_round() {
    let (truth, deck) = corpus(1, 1);
    let period = samples(60.0);
    let place = |piece, at_s| Placed { piece, at: samples(at_s) };
    let times = |placed: Vec<Placed>, until_s| {
        let layout = Layout { period, placed, duty: 0.0, words: 0.0 };
        let said = layout.said(&deck.pieces, &truth, SessionTime::from_seconds(until_s));
        let row = |said: &Said| {
            let Said { phrase, utterance_end, whole } = said;
            let (from, to) = (phrase.span.start.seconds(), phrase.span.end.seconds());
            (phrase.provision.clone(), from, to, utterance_end.seconds(), *whole)
        };
        said.iter().map(row).collect::<Vec<_>>()
    };
    let p40 = |from, to, until, whole| ("P40".to_owned(), from, to, until, whole);
    let p30 = |from, to, whole| ("P30".to_owned(), from, to, to, whole);
    // The dialogue's piece begins at its start; the phrase is at 25 to 26 s, in an utterance until 29 s.
    assert_eq!(times(vec![place(0, 10.0)], 60.0), [p40(35.0, 36.0, 39.0, true)]);
    assert_eq!(
        times(vec![place(0, 10.0), place(1, 50.0)], 150.0),
        [
            p40(35.0, 36.0, 39.0, true),
            p30(50.5, 52.0, true),
            p40(95.0, 96.0, 99.0, true),
            p30(110.5, 112.0, true),
        ]
    );
    // Over the end of the loop: its tail comes first, and it is whole where one round goes over into the next.
    assert_eq!(times(vec![place(1, 59.0)], 100.0), [p30(0.0, 1.0, false), p30(59.5, 61.0, true)]);
    assert_eq!(times(vec![place(0, 50.0)], 60.0), [p40(15.0, 16.0, 19.0, true)]);
}
