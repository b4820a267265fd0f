//! What the benches share: a bundled recording, and the settings that keep each bench under half a minute.

use std::path::Path;
use std::time::Duration;

use criterion::Criterion;
use sansheng::capture::{AudioBlock, Recording};
use sansheng::units::{ChannelIndex, Role};

/// Two channels at 16 kHz: the clerk's and the visitor's.
pub const ROLES: [(ChannelIndex, Role); 2] =
    [(ChannelIndex(0), Role::Clerk), (ChannelIndex(1), Role::Visitor)];

/// Every block of `tests/audio/counter-refusals.flac`.
pub fn recording() -> Vec<AudioBlock> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio/counter-refusals.flac");
    let mut recording = Recording::open(&path).expect("the recording comes with the project");
    let mut blocks = Vec::new();
    loop {
        let mut block = AudioBlock::default();
        if !recording.next_block(&mut block).expect("the recording is whole") {
            return blocks;
        }
        blocks.push(block);
    }
}

/// Criterion as the command line sets it, with shorter runs than its own defaults.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args()
}
