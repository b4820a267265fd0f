//! Every format gives the right rate, length, channel order and amplitude.

use crate::support::{
    Heard, amplitude_at, chunk, data16, fixture, fixture_bytes, fmt, hear, hear_bytes, hound_wav, riff,
    tone_of, tones, wav_claiming,
};

/// Every channel holds its own tone at its own strength, and the start is where it should be.
fn check_tones(name: &str, heard: &Heard, tolerance: f64) {
    let rate_hz = f64::from(heard.format.rate_hz);
    for channel in 0..usize::from(heard.format.channels) {
        let samples = heard.channel(channel);
        let middle = &samples[samples.len() / 8..samples.len() * 7 / 8];
        let (hz, amplitude) = tone_of(channel);
        let found = amplitude_at(middle, hz, rate_hz);
        assert!((found - amplitude).abs() < tolerance, "{name}, channel {channel}: {found} at {hz} Hz");
        for other in 0..usize::from(heard.format.channels) {
            if other != channel {
                let leak = amplitude_at(middle, tone_of(other).0, rate_hz);
                assert!(leak < tolerance, "{name}, channel {channel}: {leak} of channel {other}");
            }
        }
    }
}

/// Shift in samples at which channel 0 fits its tone best.
fn shift_of(heard: &Heard) -> i64 {
    let (frames, channels) = (heard.frames(), usize::from(heard.format.channels));
    let wanted = tones(heard.format.rate_hz, channels, frames);
    let got = heard.channel(0);
    let error = |shift: i64| -> f64 {
        (frames / 4..frames * 3 / 4)
            .map(|n| f64::from(got[(n as i64 + shift) as usize]) - wanted[n * channels])
            .map(|difference| difference * difference)
            .sum()
    };
    (-40..=40).min_by(|&a, &b| error(a).total_cmp(&error(b))).expect("a range that is not empty")
}

#[test]
fn wav_of_every_sample_size_rate_and_channel_count() {
    for (bits, float, tolerance) in
        [(8, false, 0.01), (16, false, 1e-3), (24, false, 1e-3), (32, false, 1e-3), (32, true, 1e-3)]
    {
        for (rate_hz, channels) in
            [(8_000, 1), (11_025, 2), (16_000, 2), (44_100, 1), (48_000, 3), (48_000, 8), (192_000, 2)]
        {
            let frames = rate_hz as usize / 4;
            let name = format!("{bits} bits, float {float}, {rate_hz} Hz, {channels} channels");
            let heard = hear_bytes("a.wav", &hound_wav(rate_hz, channels, bits, float, frames)).expect(&name);
            assert_eq!((heard.format.rate_hz, heard.format.channels), (rate_hz, channels), "{name}");
            assert_eq!(heard.format.duration, Some(frames as f64 / f64::from(rate_hz)), "{name}");
            assert_eq!((heard.frames(), heard.odd()), (frames, vec![]), "{name}");
            check_tones(&name, &heard, tolerance);
        }
    }
}

#[test]
fn sixteen_bit_samples_arrive_exactly() {
    let data: Vec<u8> = [i16::MIN, -1, 0, 1, i16::MAX].iter().flat_map(|s| s.to_le_bytes()).collect();
    let heard = hear_bytes("a.wav", &wav_claiming(&fmt(1, 1, 16_000, 16), 10, &data)).expect("a plain file");
    let step = 1.0 / 32_768.0;
    assert_eq!(heard.samples, [-1.0, -step, 0.0, step, 1.0 - step]);
}

#[test]
fn wav_of_doubles_and_of_the_extensible_kind() {
    let samples = tones(16_000, 2, 4_000);
    let doubles: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let plain = wav_claiming(&fmt(3, 2, 16_000, 64), doubles.len() as u32, &doubles);
    // 22 bytes more: 64 valid bits, no speaker mask, then the format in the first two bytes of the GUID.
    let more = b"\x16\0\x40\0\0\0\0\0\x03\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    let extensible = [fmt(0xfffe, 2, 16_000, 64), more.to_vec()].concat();
    for format in [plain, wav_claiming(&extensible, doubles.len() as u32, &doubles)] {
        let heard = hear_bytes("a.wav", &format).expect("doubles");
        assert_eq!((heard.frames(), heard.odd()), (4_000, vec![]));
        assert!(heard.samples.iter().zip(&samples).all(|(&got, &wanted)| got == wanted as f32));
    }
}

#[test]
fn compressed_formats_give_rate_length_order_and_amplitude() {
    // Lossy encoders pad where nothing counts the samples: then the length may be that much more. LAME takes 5 %
    // off the amplitude at low bit rates.
    for (name, container, rate_hz, channels, frames, slack, tolerance) in [
        ("stereo-48k.flac", "FLAC", 48_000, 2, 24_000, 0, 1e-3),
        ("stereo-16k-flac.oga", "OGG", 16_000, 2, 8_000, 0, 1e-3),
        ("stereo-48k.ogg", "OGG", 48_000, 2, 24_000, 0, 0.02),
        ("stereo-44k1.mp3", "MP3", 44_100, 2, 22_050, 0, 0.03),
        ("mono-22k05-uncounted.mp3", "MP3", 22_050, 1, 11_025, 2_000, 0.03),
        ("stereo-8k-alaw.wav", "WAV", 8_000, 2, 4_000, 0, 0.01),
        ("stereo-8k-mulaw.wav", "WAV", 8_000, 2, 4_000, 0, 0.01),
        ("stereo-8k-ima-adpcm.wav", "WAV", 8_000, 2, 4_000, 100, 0.02),
        ("stereo-8k-ms-adpcm.wav", "WAV", 8_000, 2, 4_000, 100, 0.02),
    ] {
        let heard = hear(&fixture(name)).expect(name);
        let format = heard.format;
        assert_eq!((format.container, format.rate_hz, format.channels), (container, rate_hz, channels));
        assert!(heard.frames().abs_diff(frames) <= slack, "{name}: {} samples", heard.frames());
        assert_eq!(heard.odd(), Vec::<String>::new(), "{name}");
        check_tones(name, &heard, tolerance);
        if slack == 0 {
            assert_eq!(format.duration, Some(frames as f64 / f64::from(rate_hz)), "{name}");
            assert_eq!(shift_of(&heard), 0, "{name}");
        }
    }
}

#[test]
fn the_filling_of_the_last_adpcm_block_is_left_out_where_the_file_counts_its_samples() {
    let mut bytes = fixture_bytes("stereo-8k-ima-adpcm.wav");
    let fact = bytes.windows(4).position(|id| id == b"fact").expect("a fact chunk") + 8;
    bytes[fact..fact + 4].copy_from_slice(&4_000_u32.to_le_bytes());
    let heard = hear_bytes("a.wav", &bytes).expect("ADPCM");
    assert_eq!((heard.frames(), heard.format.duration, heard.odd()), (4_000, Some(0.5), vec![]));
}

#[test]
fn the_name_of_a_file_does_not_decide_what_it_is() {
    let heard = hear_bytes("really-an-mp3.wav", &fixture_bytes("stereo-44k1.mp3")).expect("an MP3");
    assert_eq!(heard.format.container, "MP3");
}

#[test]
fn tags_before_and_after_an_mp3_are_no_audio() {
    let mp3 = fixture_bytes("stereo-44k1.mp3");
    let tag = [&b"ID3\x04\0\0\0\0\x02\0"[..], &[0xff; 256]].concat();
    let tagged = [tag, mp3.clone(), [&b"TAG"[..], &[b' '; 125]].concat()].concat();
    let (plain, tagged) = (hear_bytes("a.mp3", &mp3), hear_bytes("a.mp3", &tagged));
    let (plain, tagged) = (plain.expect("plain"), tagged.expect("tagged"));
    assert_eq!((tagged.samples, tagged.warnings), (plain.samples, plain.warnings));
}

#[test]
fn a_day_of_two_channels_fits_the_long_riff() {
    let data = data16(16_000, 2, 4_000);
    let mut ds64 = vec![0; 28];
    ds64[8..16].copy_from_slice(&(data.len() as u64).to_le_bytes());
    let chunks = [
        chunk(b"ds64", 28, &ds64),
        chunk(b"fmt ", 16, &fmt(1, 2, 16_000, 16)),
        chunk(b"data", u32::MAX, &data),
    ];
    let mut file = riff(&chunks);
    file[..8].copy_from_slice(b"RF64\xff\xff\xff\xff");
    let heard = hear_bytes("a.wav", &file).expect("an RF64 file");
    assert_eq!((heard.frames(), heard.odd()), (4_000, vec![]));
}

#[test]
fn recordings_and_front_ends_move_to_the_thread_that_works_on_them() {
    fn moves<T: Send>() {}
    moves::<sansheng::capture::Recording>();
    moves::<sansheng::signal::FrontEnd>();
}
