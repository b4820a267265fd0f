//! The stages beside the recogniser, one at a time.
//!
//! Throughput of `signal` and `vad` is in samples of session time: 16 Kelem/s is real time, and elements a second
//! over 16 000 are seconds of audio in a second, per window.

mod common;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use sansheng::capture::AudioBlock;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::conduct::{CompiledBook, FindingKind};
use sansheng::phrase::{PhraseHit, Speech};
use sansheng::signal::{Frame, FrontEnd};
use sansheng::units::{ChannelIndex, SAMPLE_RATE_HZ};
use sansheng::vad::{Listener, VadConfig};

fn main() {
    let mut criterion = common::criterion();
    signal(&mut criterion);
    vad(&mut criterion);
    phrase(&mut criterion);
    criterion.final_summary();
}

fn signal(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("signal");
    for (name, blocks) in
        [("16 kHz stereo, passed through", common::recording()), ("48 kHz stereo to 16 kHz", noise_48_khz())]
    {
        let (rate_hz, channels) = (blocks[0].rate_hz, blocks[0].channels);
        let front_end = || FrontEnd::new(rate_hz, channels, ChannelIndex(0)).expect("the format is taken");
        let samples = frames(&blocks, front_end()).1;
        group.throughput(Throughput::Elements(samples));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(front_end, |ear| frames(black_box(&blocks), ear), BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// The frames of `blocks`, and the samples of session time they stand for.
fn frames(blocks: &[AudioBlock], mut front_end: FrontEnd) -> (Vec<Frame>, u64) {
    let mut frames = Vec::new();
    for block in blocks {
        front_end.push(block, &mut frames);
    }
    front_end.finish(&mut frames);
    (frames, front_end.samples_out())
}

/// Ten seconds of stereo noise in blocks of 10 ms, as a sound card delivers them.
fn noise_48_khz() -> Vec<AudioBlock> {
    let mut state = 1_u32;
    let mut sample = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 * 0.2 - 0.2
    };
    (0..1_000)
        .map(|index| AudioBlock {
            start: index * 480,
            rate_hz: 48_000,
            channels: 2,
            samples: (0..960).map(|_| sample()).collect(),
        })
        .collect()
}

fn vad(criterion: &mut Criterion) {
    let blocks = common::recording();
    let channel = |index| {
        let front_end = FrontEnd::new(SAMPLE_RATE_HZ, 2, ChannelIndex(index)).expect("the format is taken");
        frames(&blocks, front_end)
    };
    let ((clerk, samples), (visitor, _)) = (channel(0), channel(1));
    let together: Vec<[Frame; 2]> = clerk.into_iter().zip(visitor).map(|(a, b)| [a, b]).collect();
    let mut group = criterion.benchmark_group("vad");
    group.throughput(Throughput::Elements(samples));
    for (name, channels) in [("clerk alone", 1), ("clerk and visitor", 2)] {
        let listener = || {
            Listener::new(&VadConfig::default(), &common::ROLES[..channels]).expect("the defaults are valid")
        };
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                listener,
                |mut listener| {
                    let mut segments = Vec::new();
                    for frames in black_box(&together) {
                        listener.push(&frames[..channels], &mut segments);
                    }
                    listener.finish(&mut segments);
                    assert!(!segments.is_empty(), "nobody speaks in the recording");
                    segments
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Turns with whether something forbidden is said in them.
const TURNS: [(&str, &str, bool); 4] = [
    ("curt answer, 3 characters", "没时间", true),
    ("turn, 30 characters, forbidden", "这个业务今天办不了，我不明白，你去问三号窗口，下一位请过来吧", true),
    (
        "turn, 30 characters, innocent",
        "您要是不知道单位名称的话没关系，先填身份证号码，我来帮您查一下",
        false,
    ),
    (
        "turn, 120 characters, innocent",
        "对不起，根据城市规划管理规定，您的申请今天不能办理，请原谅，您有意见可以向我们领导反映，谢谢您的监督，\
         规划科的王科长在三楼，我先打电话帮您问一下，您没时间的话可以网上预约，不清楚的地方您随时问我，\
         材料清单我给您打印一份，下次您带上户口本和身份证原件就可以，您慢走，再见",
        false,
    ),
];

/// `Lexicon::find` over the built-in rules.
fn phrase(criterion: &mut Criterion) {
    let rules = Rulebook::builtin().expect("the built-in rules are valid");
    let book = CompiledBook::compile(rules).expect("the built-in rules compile");
    let accuses =
        |hit: &PhraseHit| hit.passed() && book.rule_of(hit).0.finding_kind() == FindingKind::Forbidden;
    let mut group = criterion.benchmark_group("phrase");
    for (name, turn, forbidden) in TURNS {
        let speech = Speech::from_text(turn);
        let found = book.lexicon().find(&speech).iter().any(accuses);
        assert_eq!(found, forbidden, "{turn}: the name of this bench is no longer true");
        group.throughput(Throughput::Elements(speech.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| book.lexicon().find(black_box(&speech)));
        });
    }
    group.finish();
}
