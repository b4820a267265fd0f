//! The recogniser with the real model, and what phrase matching costs beside it. Does nothing where the model is
//! not installed.

mod common;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkGroup, SamplingMode, Throughput, measurement::WallTime};
use sansheng::asr::{Care, Recogniser, WhisperModel, WhisperRecogniser};
use sansheng::clock::Stopwatch;
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::model::ModelStore;
use sansheng::phrase::Speech;
use sansheng::pipeline::{Ear, Effort, Mind, Settings, Sound, hear};
use sansheng::units::{Role, SAMPLE_RATE_HZ, WindowId};
use sansheng::vad::{SpeechSegment, VadConfig};

/// Phrase matching is meant to stay below this share of the recogniser's time.
const MATCH_SHARE_GOAL: f64 = 0.01;

fn main() {
    let file = match ModelStore::from_env().locate("base") {
        Ok(file) => file,
        Err(fault) => {
            println!("recogniser: not measured, the model is not here ({fault})");
            return;
        }
    };
    let model = WhisperModel::load(&file.path, &file.name).expect("a verified model loads");
    let mut recogniser = model.recogniser().expect("there is memory for a recogniser");
    let segments = clerk_segments();
    let longest = segments.iter().max_by_key(|segment| segment.samples.len()).expect("the clerk speaks");

    let mut criterion = common::criterion();
    let mut group = criterion.benchmark_group("recogniser");
    decode(&mut group, &mut recogniser, longest);
    score(&mut group, &mut recogniser, longest);
    group.finish();
    criterion.final_summary();
    report_matching(&mut recogniser, &segments);
}

/// The clerk's utterances in the bundled recording.
fn clerk_segments() -> Vec<SpeechSegment> {
    let mut ear =
        Ear::new(SAMPLE_RATE_HZ, 2, &common::ROLES, &VadConfig::default()).expect("the defaults are valid");
    let mut sounds = Vec::new();
    for block in common::recording() {
        ear.push(&block, &mut sounds);
    }
    ear.finish(&mut sounds);
    let clerk = |sound| match sound {
        Sound::Speech(segment) if segment.role == Role::Clerk => Some(segment),
        _ => None,
    };
    sounds.into_iter().filter_map(clerk).collect()
}

/// One utterance from sound to characters. Elements are samples: 16 Kelem/s is real time.
fn decode(
    group: &mut BenchmarkGroup<'_, WallTime>,
    recogniser: &mut WhisperRecogniser,
    segment: &SpeechSegment,
) {
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(segment.samples.len() as u64));
    group.bench_function(format!("decode {:.1} s", segment.span.seconds()), |bencher| {
        bencher.iter(|| recogniser.decode(black_box(segment), Care::Full).expect("the recogniser works"));
    });
}

/// One phrase against what was heard, after the decode: what a doubtful hit costs.
fn score(
    group: &mut BenchmarkGroup<'_, WallTime>,
    recogniser: &mut WhisperRecogniser,
    segment: &SpeechSegment,
) {
    let continuations = ["我不明白你去问".to_owned(), "我不明白你去文".to_owned()];
    recogniser.decode(segment, Care::Full).expect("the recogniser works");
    group.throughput(Throughput::Elements(1));
    group.bench_function("score one phrase", |bencher| {
        bencher.iter(|| {
            recogniser
                .score(black_box(segment), Care::Full, "这个啊", &continuations)
                .expect("the recogniser works")
        });
    });
}

/// Prints the share of matching over all utterances: where a segment is heard, and again where its turn is judged.
fn report_matching(recogniser: &mut WhisperRecogniser, segments: &[SpeechSegment]) {
    let rules = Rulebook::builtin().expect("the built-in rules are valid");
    let book = Arc::new(CompiledBook::compile(rules).expect("the built-in rules compile"));
    // The first search of a process builds the tables of sounds.
    book.lexicon().find(&Speech::from_text("您好，请坐"));
    let mut mind = Mind::new(Arc::clone(&book), WindowId::new("bench"), &Settings::default());
    let (mut effort, mut judge_s, mut findings) = (Effort::default(), 0.0, Vec::new());
    for segment in segments {
        let heard = hear(segment, recogniser, &book).expect("the recogniser works");
        effort.add(heard.effort);
        let watch = Stopwatch::start();
        mind.clerk(&heard, &mut findings);
        judge_s += watch.elapsed().as_secs_f64();
    }
    let share = (effort.match_s + judge_s) / effort.decode_s;
    println!(
        "matching/decode: {:.2} % over {} utterances ({:.1} ms at the segment, {:.1} ms at the judge, {:.0} ms in the recogniser); \
         the goal, below {:.0} %, is {}",
        100.0 * share,
        segments.len(),
        1e3 * effort.match_s,
        1e3 * judge_s,
        1e3 * effort.decode_s,
        100.0 * MATCH_SHARE_GOAL,
        if share < MATCH_SHARE_GOAL { "met" } else { "NOT met" },
    );
}
