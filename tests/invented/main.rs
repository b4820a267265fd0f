//! Without speech nothing is heard: recognisers write words into noise, bells and music, and no one may be
//! accused of what nobody said.

#[path = "../replay/mod.rs"]
mod replay;
mod sounds;

use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::TempDir;

use sounds::{
    Noise, RATE, chimes, coughs, hold_music, hum, melody, modulated, papers, pink, ringing, rings, seconds,
    typing, white,
};

/// One sound after the other, each with a second of digital silence behind it. Gives the length in seconds.
fn write(path: &Path, sounds: &[Vec<f64>]) -> f64 {
    let spec = WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut writer = WavWriter::create(path, spec).expect("room for a file");
    let pause = vec![0.0; RATE as usize];
    for sample in sounds.iter().flat_map(|sound| sound.iter().chain(&pause)) {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).expect("room for a file");
    }
    let length_s = f64::from(writer.duration()) / RATE;
    writer.finalize().expect("room for a file");
    length_s
}

#[test]
fn sounds_without_speech_give_no_words_and_no_findings() {
    let recordings = [
        ("noise", vec![white(5.0, -50.0), white(5.0, -20.0), pink(5.0, -45.0), pink(6.0, -18.0)]),
        ("devices", vec![ringing(7.0), hold_music(6.0), typing(6.0), hum(4.0)]),
    ];
    let directory = TempDir::new().expect("a temporary directory");
    let paths = recordings.each_ref().map(|(name, _)| directory.path().join(format!("{name}.wav")));
    let lengths: Vec<f64> =
        paths.iter().zip(&recordings).map(|(path, (_, sounds))| write(path, sounds)).collect();
    assert!(lengths.iter().sum::<f64>() >= 50.0, "{lengths:?}");
    for ((name, _), (replayed, length_s)) in recordings.iter().zip(replay::replay(&paths).iter().zip(lengths))
    {
        assert!((replayed.account.audio_s - length_s).abs() < 0.1, "{name}: not read to its end");
        assert_eq!(replayed.account.unheard_s, 0.0, "{name}");
        assert_eq!(replayed.words.concat(), "", "{name}: words in {:?}", replayed.account);
        assert!(replayed.findings.is_empty(), "{name}: {:?}", replayed.findings);
    }
}

/// Half an hour of a window at which nobody says a word, in three recordings.
fn half_an_hour() -> [Vec<Vec<f64>>; 3] {
    let mut faint = Noise(11);
    [
        vec![
            white(90.0, -50.0),
            white(90.0, -25.0),
            pink(90.0, -45.0),
            pink(90.0, -20.0),
            modulated(100.0, -35.0, 21),
            modulated(100.0, -25.0, 22),
            hum(60.0),
            rings(25.0, [450.0, 450.0], [1.0, 4.0]),
            ringing(25.0),
            chimes(60.0, 23),
        ],
        vec![
            melody(40.0, &[1.0, 0.2, 0.05], 0.0, 0.006, 31),
            melody(40.0, &[1.0, 0.6, 0.4, 0.3], 0.0, 0.0, 32),
            melody(40.0, &[1.0, 0.5, 0.25, 0.1], 3.0, 0.0, 33),
            melody(40.0, &[0.5, 1.0, 0.7, 0.5, 0.3, 0.2], 0.5, 0.01, 34),
            melody(40.0, &[1.0, 0.0, 0.33, 0.0, 0.2], 1.0, 0.004, 35),
            hold_music(40.0),
            rings(30.0, [400.0, 450.0], [0.4, 0.2]),
            rings(30.0, [440.0, 480.0], [2.0, 4.0]),
            rings(30.0, [1_400.0, 1_900.0], [1.0, 2.0]),
            vec![0.0; (190.0 * RATE) as usize],
        ],
        vec![
            seconds(120.0, |_| 0.000_05 * faint.next()),
            coughs(120.0, 41),
            typing(120.0),
            papers(120.0, 42),
            chimes(60.0, 43),
        ],
    ]
}

#[test]
fn half_an_hour_without_speech_gives_no_finding_of_any_kind() {
    let recordings = half_an_hour();
    let directory = TempDir::new().expect("a temporary directory");
    let paths = [0, 1, 2].map(|index| directory.path().join(format!("{index}.wav")));
    let lengths: Vec<f64> = paths.iter().zip(&recordings).map(|(path, sounds)| write(path, sounds)).collect();
    assert!(lengths.iter().sum::<f64>() >= 1_800.0, "{lengths:?}");
    for (replayed, length_s) in replay::replay(&paths).iter().zip(lengths) {
        println!("{:?}, words {:?}", replayed.account, replayed.words);
        assert!((replayed.account.audio_s - length_s).abs() < 0.1, "not read to its end");
        assert_eq!(replayed.account.unheard_s, 0.0);
        assert!(replayed.findings.is_empty(), "{:?}, words {:?}", replayed.findings, replayed.words);
    }
}
