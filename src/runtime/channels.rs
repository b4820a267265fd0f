//! Whose voices a recording holds, and whether it was read to its end: the same for replays and live runs.

use std::path::Path;

use crate::capture::{AudioBlock, CaptureError, CaptureWarning, Oddity, Recording};
use crate::units::{ChannelIndex, Role};

/// What people are told of a mono recording stored as two channels.
pub const DOUBLED: &str = "both channels carry the same signal: taken as the clerk's microphone";

/// How much of two equal channels is compared before they are taken for one microphone, in seconds.
const SAME_CHANNELS_S: f64 = 30.0;

/// What says that a recording, read to its end, goes on beyond it; complete once it was.
pub fn breaks_off(recording: &Recording) -> Option<&CaptureWarning> {
    let cut = |w: &&CaptureWarning| matches!(w.oddity, Oddity::Shorter { .. } | Oddity::CutShort { .. });
    recording.warnings().iter().find(cut)
}

/// Opens a recording and says which of its channels are listened to, and as whom.
pub fn open(
    path: &Path,
    clerk: ChannelIndex,
    visitor: Option<ChannelIndex>,
) -> Result<(Recording, Vec<(ChannelIndex, Role)>), CaptureError> {
    let recording = Recording::open(path)?;
    let channels = recording.format().channels;
    let needed = |channel: ChannelIndex| match channel.0 < channels {
        true => Ok(channel),
        false => Err(CaptureError::NoSuchChannel { path: path.to_owned(), asked: channel.0, channels }),
    };
    let mut roles = vec![(needed(clerk)?, Role::Clerk)];
    if let (Some(visitor), true) = (visitor, channels > 1)
        && !same_signal(path, clerk, needed(visitor)?)?
    {
        roles.push((visitor, Role::Visitor));
    }
    Ok((recording, roles))
}

/// Whether the clerk's and the visitor's channel begin with the very same samples: a mono recording stored as two.
fn same_signal(path: &Path, clerk: ChannelIndex, visitor: ChannelIndex) -> Result<bool, CaptureError> {
    let mut recording = Recording::open(path)?;
    let format = recording.format();
    let compared = (SAME_CHANNELS_S * f64::from(format.rate_hz)) as u64;
    let mut block = AudioBlock::default();
    let mut sound = false;
    // A fault further in is found, and reported, when the recording is read in earnest.
    while let Ok(true) = recording.next_block(&mut block) {
        for samples in block.samples.chunks_exact(usize::from(format.channels)) {
            let (a, b) = (samples[usize::from(clerk.0)], samples[usize::from(visitor.0)]);
            if a != b {
                return Ok(false);
            }
            sound |= a != 0.0;
        }
        if block.start > compared {
            break;
        }
    }
    Ok(sound)
}
