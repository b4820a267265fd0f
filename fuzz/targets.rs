//! What is fuzzed. Each takes any bytes, and panics where something is not as it must be.

use std::io::Write;
use std::path::Path;

use sansheng::capture::{AudioBlock, Recording};
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, RulebookFaults, Setting, Source};
use sansheng::ledger::duty::Roster;
use sansheng::ledger::mask::{MASK, mask};
use sansheng::mandarin::{normalise, simplify, spell_out_numbers};
use sansheng::phrase::Speech;
use sansheng::signal::FrontEnd;
use sansheng::units::ChannelIndex;

/// Blocks read of a recording: what comes later is read by the same code.
const BLOCKS: usize = 64;

/// A hall's own rulebook: sound and compiled, or refused with a fault in it.
pub fn rulebook(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Rulebook::of_sources(vec![Source::new("fuzzed.toml", &text)], &Setting::default()) {
        Ok(book) => {
            if let Ok(compiled) = CompiledBook::compile(book) {
                compiled.lexicon().find(&Speech::from_text("您好，我没时间，请问您要办什么"));
            }
        }
        Err(RulebookFaults(faults)) => {
            assert!(!faults.is_empty(), "refused without a fault");
            assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
        }
    }
}

/// A calendar, or a roster in any encoding that offices write: the first byte says which it is taken for.
pub fn calendar(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (name, bytes) = match bytes {
        [b',', rest @ ..] => ("roster.csv", rest),
        all => ("calendar.toml", all),
    };
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("room for a file");
    match Roster::load(&path) {
        Ok(roster) => {
            for day in [20_000, 20_421] {
                roster.slots(sansheng::units::Date::from_unix_days(day));
            }
        }
        Err(faults) => assert!(!faults.to_string().is_empty()),
    }
}

/// Text as a recogniser or a person writes it.
pub fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let masked = mask(&text);
    assert_eq!(masked.text.chars().count(), text.chars().count(), "times and places of characters stay");
    for (before, after) in text.chars().zip(masked.text.chars()) {
        assert!(before == after || after == MASK, "{before:?} became {after:?}");
    }
    let again = mask(&masked.text);
    assert!(
        again.text.chars().filter(|ch| *ch == MASK).count()
            >= masked.text.chars().filter(|ch| *ch == MASK).count()
    );
    let normal = normalise(&text);
    assert_eq!(normalise(&normal), normal, "what is normal stays as it is");
    simplify(&text);
    spell_out_numbers(&text);
    Speech::from_text(&text);
}

/// A recording in any form, through the front end.
pub fn audio(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for a file");
    hear(file.path());
}

fn hear(path: &Path) {
    let Ok(mut recording) = Recording::open(path) else { return };
    let format = recording.format();
    let Ok(mut front_end) = FrontEnd::new(format.rate_hz, format.channels, ChannelIndex(0)) else { return };
    let (mut block, mut frames) = (AudioBlock::default(), Vec::new());
    for _ in 0..BLOCKS {
        match recording.next_block(&mut block) {
            Ok(true) => front_end.push(&block, &mut frames),
            _ => break,
        }
        assert!(
            frames.iter().all(|frame| frame.samples.iter().all(|sample| sample.is_finite())),
            "no number"
        );
        frames.clear();
    }
    front_end.finish(&mut frames);
}
