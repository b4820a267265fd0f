//! Every kind of damage ends in a clear error, or in what could be read and a clear warning.

use sansheng::capture::{CHANNELS_MAX, CaptureError, Recording};
use tempfile::TempDir;

use crate::support::{
    amplitude_at, chunk, data16, fixture, fixture_bytes, fmt, fmt_with_align, hear, hear_bytes, hound_wav,
    riff, seal_ogg_pages, wav_claiming,
};

/// Half a second of 16-bit stereo at 16 kHz.
const FRAMES: usize = 8_000;

#[test]
fn wav_headers_that_lie_give_what_is_there_and_say_so() {
    let data = data16(16_000, 2, FRAMES);
    let format = fmt(1, 2, 16_000, 16);
    let claiming = |said: u32| wav_claiming(&format, said, &data);
    let whole = data.len() as u32;
    const NO_LENGTH: &str = "header gives no length, its recorder was cut off or streamed: read to the end";
    let odd_align = fmt_with_align(1, 2, 16_000, 16, 3, 64_000);
    let cases: Vec<(&str, Vec<u8>, usize, &[&str])> = vec![
        ("right", claiming(whole), FRAMES, &[]),
        ("length 0", claiming(0), FRAMES, &[NO_LENGTH]),
        ("length of a stream", claiming(u32::MAX), FRAMES, &[NO_LENGTH]),
        (
            "longer than the file",
            claiming(whole * 2),
            FRAMES,
            &["header promises 1.0 s, the file holds 0.5 s: read what is there"],
        ),
        (
            "cut in the middle of a sample",
            wav_claiming(&format, whole, &data[..data.len() - 1]),
            FRAMES - 1,
            &[
                "header promises 0.5 s, the file holds 0.5 s: read what is there",
                "3 bytes at the end are less than one sample of all channels: left out",
            ],
        ),
        (
            "shorter than the file by more than a second",
            wav_claiming(&format, whole, &data.repeat(4)),
            FRAMES * 4,
            &["header promises 0.5 s, the file holds 2.0 s: read to its end"],
        ),
        (
            "a chunk after the audio",
            [claiming(whole), chunk(b"LIST", 100_000, &[b'x'; 100_000])].concat(),
            FRAMES,
            &[],
        ),
        (
            "a chunk of odd length before the audio",
            riff(&[chunk(b"fmt ", 16, &format), chunk(b"bext", 3, b"abc\0"), chunk(b"data", whole, &data)]),
            FRAMES,
            &[],
        ),
        (
            "wrong block size",
            wav_claiming(&odd_align, whole, &data),
            FRAMES,
            &["header says 3 bytes a block, its channels and bits make 4: used 4"],
        ),
    ];
    for (name, file, frames, odd) in cases {
        let heard = hear_bytes("a.wav", &file).expect(name);
        assert_eq!((heard.frames(), heard.odd()), (frames, odd.iter().map(ToString::to_string).collect()));
        assert!((amplitude_at(&heard.channel(1), 1000.0, 16_000.0) - 0.25).abs() < 0.01, "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_the_file_the_fault_and_the_remedy() {
    let data = data16(16_000, 1, 100);
    let wav = |format: Vec<u8>| wav_claiming(&format, 200, &data);
    let noise: Vec<u8> = (0..5_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("empty.wav", vec![], "holds 0 bytes", "copy it again"),
        ("text.wav", "王主任：今天休息。".into(), "is not audio: it holds text", "give a WAV"),
        ("noise.mp3", noise, "bytes of no known format", "give a WAV"),
        ("picture.wav", b"\x89PNG\r\n\x1a\n....".to_vec(), "a PNG image", "give a WAV"),
        ("phone.wav", b"\0\0\0\x18ftypM4A isom".to_vec(), "MP4 or M4A audio", "ffmpeg"),
        ("opus.ogg", fixture_bytes("opus.ogg"), "Opus audio in OGG", "ffmpeg"),
        ("gsm.wav", wav(fmt(0x31, 1, 8_000, 0)), "WAV of format 0x0031 (GSM 6.10)", "ffmpeg"),
        ("riff.wav", b"RIFF\x04\0\0\0WAVE".to_vec(), "no data chunk in its 12 bytes", "export it again"),
        ("bare.wav", riff(&[chunk(b"data", 200, &data)]), "no format chunk", "export it again"),
        ("short.wav", riff(&[chunk(b"fmt ", 4, b"abcd")]), "a format chunk of 4 bytes", "export it"),
        ("no-audio.wav", wav_claiming(&fmt(1, 1, 16_000, 16), 0, &[]), "not one sample", "export it"),
        ("half.wav", wav_claiming(&fmt(1, 1, 16_000, 16), 2, b"x"), "not one sample", "export it"),
        ("slow.wav", wav(fmt(1, 1, 7_999, 16)), "7999 Hz, outside 8000 to 192000 Hz", "resample"),
        ("still.wav", wav(fmt(1, 1, 0, 16)), "0 Hz, outside 8000", "resample"),
        ("fast.wav", wav(fmt(1, 1, 4_000_000_000, 16)), "4000000000 Hz, outside", "resample"),
        ("none.wav", wav(fmt(1, 0, 16_000, 16)), "has 0 channels, outside 1 to 64", "exported"),
        ("many.wav", wav(fmt(1, 65_535, 16_000, 16)), "has 65535 channels", "exported"),
        ("bits.wav", wav(fmt(1, 1, 16_000, 40)), "samples of 40 bits", "export it again"),
        (
            "contradiction.wav",
            wav(fmt_with_align(1, 1, 16_000, 24, 4, 64_000)),
            "1 channels of 24 bits make 3 bytes, its block size and byte rate say 4",
            "export it again",
        ),
        ("header-only.flac", fixture_bytes("stereo-48k.flac")[..60].to_vec(), "", "again"),
        ("header-only.ogg", fixture_bytes("stereo-48k.ogg")[..60].to_vec(), "", "again"),
    ];
    for (name, bytes, found, remedy) in cases {
        let fault = match hear_bytes(name, &bytes) {
            Err(fault) => fault.to_string(),
            Ok(heard) => panic!("{name}: {} samples were read", heard.frames()),
        };
        assert!(fault.contains(name) && fault.contains(found) && fault.contains(remedy), "{fault}");
    }
}

#[test]
fn directories_missing_files_and_pipes_are_refused_without_waiting() {
    let directory = TempDir::new().expect("a temporary directory");
    assert!(matches!(Recording::open(directory.path()), Err(CaptureError::NotAFile { .. })));
    let missing = directory.path().join("missing.wav");
    assert!(matches!(Recording::open(&missing), Err(CaptureError::Open { path, .. }) if path == missing));
    #[cfg(unix)]
    assert!(matches!(Recording::open("/dev/null".as_ref()), Err(CaptureError::NotAFile { .. })));
}

#[test]
fn samples_that_are_no_numbers_become_silence_and_are_counted() {
    let mut samples = vec![0.25_f32; 16_000];
    for n in 8_000..8_037 {
        samples[n] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30][n % 4];
    }
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let heard = hear_bytes("a.wav", &wav_claiming(&fmt(3, 1, 16_000, 32), 64_000, &data)).expect("floats");
    assert!(heard.samples[8_000..8_037].iter().all(|&sample| sample == 0.0));
    assert_eq!(heard.samples[8_037], 0.25);
    let warned = heard.warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(warned.len(), 1);
    assert!(warned[0].contains("a.wav: 37 samples were not numbers"), "{}", warned[0]);
    assert!(warned[0].contains("the first at 0.5 s: replaced by silence"), "{}", warned[0]);
}

#[test]
fn floats_in_integer_units_are_warned_of() {
    let data: Vec<u8> = (0..1_000).flat_map(|n| ((n % 200) as f32 * 100.0).to_le_bytes()).collect();
    let heard = hear_bytes("a.wav", &wav_claiming(&fmt(3, 1, 16_000, 32), 4_000, &data)).expect("floats");
    assert!(heard.odd()[0].starts_with("samples reach 19900 times full scale"), "{:?}", heard.odd());
}

#[test]
fn digital_silence_is_warned_of_by_channel() {
    let odd = |data: &[u8]| {
        let file = wav_claiming(&fmt(1, 2, 16_000, 16), data.len() as u32, data);
        hear_bytes("a.wav", &file).expect("a plain file").odd()
    };
    let silent = vec![0; 4_000];
    assert_eq!(odd(&silent), ["digital silence throughout: check what the recorder was connected to"]);
    let mut left_only = silent;
    left_only[2_000] = 1;
    assert_eq!(odd(&left_only), ["channel 1 is digital silence throughout: check its microphone"]);
}

#[test]
fn a_damaged_stretch_is_skipped_and_what_follows_keeps_its_time() {
    // Where the damage is in the file: past the headers, before the end.
    for (name, at) in [("stereo-48k.flac", 0.5), ("stereo-48k.ogg", 0.8), ("stereo-44k1.mp3", 0.5)] {
        let whole = hear(&fixture(name)).expect(name);
        let mut bytes = fixture_bytes(name);
        let at = (bytes.len() as f64 * at) as usize;
        bytes[at..at + 40].fill(0x55);
        let heard = hear_bytes(name, &bytes).expect(name);
        let (said, format) = (heard.odd().join("\n"), heard.format.container);
        assert!(said.contains("cannot be decoded"), "{name}: {said}");
        let last = whole.frames() * 9 / 10..whole.frames().min(heard.frames());
        let (got, wanted) = (&heard.channel(1)[last.clone()], &whole.channel(1)[last]);
        if format == "FLAC" {
            assert!(heard.frames() == whole.frames() && got == wanted, "{name}: what follows moved");
        } else if format == "OGG" {
            // The tone of 1 kHz keeps its phase: what follows is where it was, to a part of a millisecond.
            let error: f32 = got.iter().zip(wanted).map(|(a, b)| (a - b) * (a - b)).sum();
            let power: f32 = wanted.iter().map(|b| b * b).sum();
            assert!(error < power / 100.0, "{name}: {error} of {power}");
        } else {
            // MP3 frames carry no position: what follows may come earlier by a few of them.
            assert!(heard.frames() + 4 * 1_152 >= whole.frames(), "{name}: {} samples", heard.frames());
        }
    }
}

#[test]
fn audio_that_is_not_what_was_encoded_is_warned_of_where_the_file_can_tell() {
    let mut bytes = fixture_bytes("stereo-48k.flac");
    // The checksum of the audio is the last of the first metadata block: 4 bytes of mark, 4 of head, 34 of block.
    bytes[26] ^= 1;
    let heard = hear_bytes("altered.flac", &bytes).expect("audio that decodes");
    assert!(heard.odd()[0].contains("does not match the checksum"), "{:?}", heard.odd());
}

#[test]
fn a_cut_file_gives_what_is_there_and_says_so() {
    for (name, left) in [("stereo-48k.flac", 0.8), ("stereo-44k1.mp3", 0.7), ("stereo-48k.ogg", 0.9)] {
        let bytes = fixture_bytes(name);
        let heard = hear_bytes(name, &bytes[..(bytes.len() as f64 * left) as usize]).expect(name);
        let said = heard.odd().join("\n");
        assert!(said.contains("read what is there"), "{name}: {said}");
        let seconds = heard.frames() as f64 / f64::from(heard.format.rate_hz);
        assert!((0.25..0.45).contains(&seconds), "{name}: {seconds} s of 0.5");
    }
}

#[test]
fn an_mp3_whose_header_counts_too_few_frames_is_read_to_its_end() {
    let once = fixture_bytes("stereo-44k1.mp3");
    let heard = hear_bytes("joined.mp3", &once.repeat(3)).expect("joined files");
    assert!(heard.frames() > 3 * 22_050 - 100, "{} samples", heard.frames());
    assert!(heard.odd().iter().any(|odd| odd.contains("read to its end")), "{:?}", heard.odd());
}

#[test]
fn chained_ogg_of_one_format_goes_on_and_of_another_is_an_error() {
    let (vorbis, flac) = (fixture_bytes("stereo-48k.ogg"), fixture_bytes("stereo-16k-flac.oga"));
    let twice = hear_bytes("twice.ogg", &vorbis.repeat(2)).expect("two streams of one format");
    assert_eq!(twice.frames(), 48_000);
    match hear_bytes("mixed.ogg", &[vorbis, flac].concat()) {
        Err(fault @ CaptureError::FormatChange { .. }) => {
            let fault = fault.to_string();
            assert!(
                fault.contains("at 0.5 s changes from 2 channel(s) at 48000 Hz to 2 channel(s) at 16000")
            );
        }
        other => panic!("{:?}", other.map(|heard| heard.odd())),
    }
}

#[test]
fn a_leap_of_an_hour_inside_half_a_second_is_not_believed() {
    let mut bytes = fixture_bytes("stereo-48k.ogg");
    let pages: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"OggS")).collect();
    // The last four pages claim to end an hour later.
    for &page in &pages[pages.len() - 4..] {
        let end = u32::from_le_bytes(bytes[page + 6..page + 10].try_into().expect("four bytes"));
        bytes[page + 6..page + 10].copy_from_slice(&(end + 48_000 * 3_600).to_le_bytes());
    }
    seal_ogg_pages(&mut bytes);
    let heard = hear_bytes("leap.ogg", &bytes).expect("a stream with a leap");
    let said = heard.odd().join("\n");
    assert!(said.contains("positions leap by 3600 s: read on without a gap"), "{said}");
    assert!(heard.frames() <= 24_000 + 4_096, "{} samples", heard.frames());
}

#[test]
fn as_many_channels_as_are_allowed_arrive_in_order() {
    let file = hound_wav(8_000, CHANNELS_MAX, 16, false, 50);
    // hound leaves the speaker mask empty beyond 18 speakers; the order in the file counts.
    let heard = hear_bytes("a.wav", &file).expect("64 channels");
    assert_eq!((heard.format.channels, heard.frames()), (CHANNELS_MAX, 50));
}
