use super::*;

/// Onset 3 frames, hangover 6, prefill 3, postfill 2, least speech 4, longest segment 125, search 31.
fn config() -> VadConfig {
    VadConfig {
        onset_frames: 3,
        hangover_ms: 96,
        prefill_ms: 48,
        postfill_ms: 32,
        min_speech_ms: 64,
        max_segment_s: 2.0,
        cut_search_s: 0.5,
        ..VadConfig::default()
    }
}

fn frame(index: usize, amplitude: f32) -> Frame {
    let sample = amplitude * (1.0 + index as f32 / 1_000.0);
    let audio = [sample; FRAME_SAMPLES];
    Frame { start: SessionTime(samples(index)), samples: audio, level: Dbfs::rms(&audio) }
}

/// Segments of scores written as `#` voiced, `-` held, `.` unvoiced and a blank for missing audio.
fn segments(scores: &str) -> Vec<SpeechSegment> {
    let mut segmenter = Segmenter::new(&config(), ChannelIndex(1), Role::Visitor).expect("settings in range");
    let mut out = Vec::new();
    for (index, mark) in scores.chars().enumerate() {
        let (score, amplitude) = match mark {
            '#' => (0.9, 0.1),
            '-' => (0.45, 0.05),
            '.' => (0.1, 0.01),
            _ => continue,
        };
        segmenter.push(&frame(index, amplitude), score, &mut out);
    }
    segmenter.finish(&mut out);
    out
}

/// Frames of (span, speech) and whether it ends in silence.
type Bounds = ((u64, u64), (u64, u64), bool);

fn bounds(segment: &SpeechSegment) -> Bounds {
    let frames = |span: Span| (span.start.0 / FRAME_SAMPLES as u64, span.end.0 / FRAME_SAMPLES as u64);
    (frames(segment.span), frames(segment.speech), segment.ends_in_silence)
}

#[test]
fn scores_become_segments() {
    let cases: [(&str, &str, &[Bounds]); 12] = [
        ("nothing said", "..........", &[]),
        ("two frames are a click", ".....##..........", &[]),
        ("held frames start nothing", ".....----------", &[]),
        ("three frames and a held one are speech", ".....###-......", &[((2, 11), (5, 9), true)]),
        ("speech shorter than the least is dropped", ".....###.......", &[]),
        ("prefill stops at the start of the session", "#####.......", &[((0, 7), (0, 5), true)]),
        ("a pause under the hangover joins", ".....####.....####......", &[((2, 20), (5, 18), true)]),
        (
            "a pause of the hangover splits, and prefill stops at the segment before",
            ".....####......####......",
            &[((2, 11), (5, 9), true), ((12, 21), (15, 19), true)],
        ),
        ("held frames do not end the hangover", "...####-----.--.--.--..", &[((0, 14), (3, 12), true)]),
        ("the end of the session ends speech", ".....#####", &[((2, 10), (5, 10), true)]),
        ("the end of the session in the hangover", "...#####..", &[((0, 10), (3, 8), true)]),
        (
            "missing audio ends speech and gives no prefill",
            "...##### #####......",
            &[((0, 8), (3, 8), true), ((9, 16), (9, 14), true)],
        ),
    ];
    for (name, scores, expected) in cases {
        let found: Vec<Bounds> = segments(scores).iter().map(bounds).collect();
        assert_eq!(found, expected, "{name}: {scores}");
    }
}

#[test]
fn long_speech_is_cut_at_its_quietest_point_and_the_pieces_abut() {
    let scores = format!("...{}{}{}......", "#".repeat(104), "-".repeat(9), "#".repeat(60));
    let found = segments(&scores);
    // The longest segment is 125 frames; the middle of the nine held frames is frame 111.
    let expected = [((0, 111), (3, 111), false), ((111, 178), (111, 176), true)];
    assert_eq!(found.iter().map(bounds).collect::<Vec<_>>(), expected);
}

#[test]
fn the_longest_segment_closes_where_it_ends_in_a_pause() {
    let scores = format!("...{}....{}......", "#".repeat(119), "#".repeat(20));
    let found: Vec<Bounds> = segments(&scores).iter().map(bounds).collect();
    assert_eq!(found, [((0, 124), (3, 122), true), ((124, 148), (126, 146), true)]);
}

/// Frames at which a partial of the scores is due, and what the segment so far spans.
fn partials(scores: &str, step: usize) -> Vec<(usize, PartialPoint, SpeechSegment)> {
    let mut segmenter = Segmenter::new(&config(), ChannelIndex(1), Role::Visitor).expect("settings in range");
    let mut found = Vec::new();
    for (index, mark) in scores.chars().enumerate() {
        let (score, amplitude) = if mark == '#' { (0.9, 0.1) } else { (0.1, 0.01) };
        segmenter.push(&frame(index, amplitude), score, &mut Vec::new());
        if let Some(point) = segmenter.partial_point(step) {
            found.push((index, point, segmenter.so_far()));
        }
    }
    found
}

#[test]
fn open_speech_is_offered_at_every_step_and_where_it_seems_to_end() {
    use PartialPoint::{Pause, Step};
    let points = |scores: &str| -> Vec<(usize, PartialPoint)> {
        partials(scores, 5).iter().map(|(index, point, _)| (*index, *point)).collect()
    };
    assert_eq!(points("....................."), []);
    assert_eq!(points("...########......"), [(7, Step), (12, Pause)]);
    assert_eq!(points("...####..#####......"), [(7, Step), (8, Pause), (12, Step), (15, Pause)]);
    assert_eq!(points("...###......."), [], "shorter than the least speech: will be dropped");
}

#[test]
fn what_is_offered_at_a_pause_is_the_segment_that_follows() {
    let scores = ".....####.....####......";
    let (_, _, offered) = partials(scores, 100).pop().expect("a pause");
    assert_eq!([offered], segments(scores)[..]);
}

#[test]
fn the_level_is_that_of_the_speech_without_its_padding() {
    let found = segments("........########......");
    let expected = Dbfs::rms(&[0.1 * 1.0115]).0;
    assert!((found[0].level.0 - expected).abs() < 0.02, "{:?}, not {expected}", found[0].level);
    assert_eq!(found[0].samples[0], 0.01 * 1.005, "prefill begins with frame 5");
}

#[test]
#[should_panic(expected = "before the end of the last")]
fn time_that_runs_backwards_is_a_bug() {
    let mut segmenter = Segmenter::new(&config(), ChannelIndex(0), Role::Clerk).expect("settings in range");
    segmenter.push(&frame(5, 0.1), 0.0, &mut Vec::new());
    segmenter.push(&frame(4, 0.1), 0.0, &mut Vec::new());
}

/// Segments of the scores where the frames of `ring` are withdrawn once frame `at` was taken.
fn withdrawn(scores: &str, ring: std::ops::Range<usize>, at: usize) -> Vec<Bounds> {
    let mut segmenter = Segmenter::new(&config(), ChannelIndex(1), Role::Visitor).expect("settings in range");
    let mut out = Vec::new();
    for (index, mark) in scores.chars().enumerate() {
        segmenter.push(&frame(index, 0.1), if mark == '#' { 0.9 } else { 0.1 }, &mut out);
        if index == at {
            let inside = |start: SessionTime| ring.contains(&((start.0 / samples(1)) as usize));
            segmenter.withdraw(inside, &mut out);
        }
    }
    segmenter.finish(&mut out);
    out.iter().map(bounds).collect()
}

#[test]
fn what_is_withdrawn_is_taken_out_of_open_speech() {
    type Case<'a> = (&'a str, &'a str, std::ops::Range<usize>, usize, &'a [Bounds]);
    let cases: [Case; 8] = [
        ("all of it", "....########.......", 3..13, 14, &[]),
        ("all of it while it sounds", "....############", 3..16, 14, &[]),
        ("nothing of it", "....########......", 20..30, 14, &[((1, 14), (4, 12), true)]),
        (
            "its end, and the silence is long enough",
            "....#############..",
            9..18,
            17,
            &[((1, 11), (4, 9), true)],
        ),
        ("its end, and it goes on", "....########..####......", 9..12, 13, &[((1, 20), (4, 18), true)]),
        ("its beginning", "....########..######......", 3..13, 16, &[((11, 22), (14, 20), true)]),
        ("its middle", "....#####.####.#####......", 10..14, 16, &[((1, 22), (4, 20), true)]),
        ("all but a click", "....########..##........", 3..13, 16, &[]),
    ];
    for (name, scores, ring, at, expected) in cases {
        assert_eq!(withdrawn(scores, ring, at), expected, "{name}");
    }
}

#[test]
fn speech_in_doubt_neither_ends_nor_is_offered_until_the_doubt_is_over() {
    let mut segmenter = Segmenter::new(&config(), ChannelIndex(1), Role::Visitor).expect("settings in range");
    let mut out = Vec::new();
    for index in 0..40 {
        segmenter.doubt(index < 30);
        segmenter.push(&frame(index, 0.1), if (5..12).contains(&index) { 0.9 } else { 0.1 }, &mut out);
        assert_eq!(out.len(), usize::from(index >= 30), "frame {index}");
        assert_eq!(segmenter.partial_point(5), None, "frame {index}");
    }
    let found: Vec<Bounds> = out.iter().map(bounds).collect();
    assert_eq!(found, [((2, 14), (5, 12), true)], "the same as without doubt");
}
