//! The microphones: whether they open, and whether there is sound in them.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Check;
use crate::capture::AudioBlock;
use crate::capture::device::{OpenDevice, Wanted, input_devices, open};
use crate::cli::devices::meter::Meter;
use crate::clock::Stopwatch;
use crate::config::{AudioSource, Config};
use crate::runtime::devices::close;

const WHAT: &str = "microphones";
/// How long each is listened to.
const LISTEN: Duration = Duration::from_millis(1_500);
/// How long one may take to open and close.
const PATIENCE: Duration = Duration::from_secs(15);
const RING_MS: u32 = 2_000;
/// Below this there is nothing: the quietest room is louder through a microphone.
const SILENT_DBFS: f32 = -90.0;
/// Above this the peaks are cut off.
const LOUD_DBFS: f32 = -0.1;

pub(super) fn microphones(config: Option<&Config>) -> Vec<Check> {
    let Some(config) = config else { return all() };
    let mut checks = Vec::new();
    for source in config.sources() {
        checks.push(match &source.source {
            AudioSource::Device(name) => {
                let channels: Vec<usize> = source.voices.iter().map(|voice| usize::from(voice.channel.0)).collect();
                listen(name, Some(channels))
            }
            AudioSource::File { path, .. } => match path.is_file() {
                true => Check::good(WHAT, format!("{} is played as one", path.display())),
                false => Check::fault(WHAT, format!("{} is not there: name another recording", path.display())),
            },
            AudioSource::Push { window, .. } => {
                Check::good(WHAT, format!("window {window} gets its sound over the network from `sansheng mic`: see `sansheng top` while the service runs"))
            }
        });
    }
    checks
}

/// Of this machine, where nobody says which matter.
fn all() -> Vec<Check> {
    match input_devices(false) {
        Err(fault) => vec![Check::warning(WHAT, format!("{fault}; a hub of network microphones needs none"))],
        Ok(devices) if devices.is_empty() => {
            vec![Check::warning(WHAT, "none here: plug one in, or use the network's (`sansheng mic`)")]
        }
        Ok(devices) => devices.iter().map(|device| listen(&device.name, None)).collect(),
    }
}

/// In a thread of its own: a device may hang in its opening.
fn listen(name: &str, channels: Option<Vec<usize>>) -> Check {
    let (tell, told) = mpsc::channel();
    let owned = name.to_owned();
    let started = thread::Builder::new().name("doctor".to_owned()).spawn(move || {
        // Nobody waits any more where it took too long.
        let _ = tell.send(levels(&owned));
    });
    let levels = match started {
        Ok(_) => told.recv_timeout(PATIENCE),
        Err(fault) => {
            return Check::fault(
                WHAT,
                format!("device:{name}: the system refuses another thread ({fault}): end other programs"),
            );
        }
    };
    match levels {
        Err(_) => Check::fault(WHAT, format!("device:{name} hangs: unplug it and plug it in again")),
        Ok(Err(fault)) => Check::fault(WHAT, fault),
        Ok(Ok(levels)) => judge(name, &levels, channels),
    }
}

/// Level and peak of each channel, dBFS.
fn levels(name: &str) -> Result<Vec<(f32, f32)>, String> {
    let OpenDevice { mut reader, mut faults, stream, .. } =
        open(name, &Wanted::ring(RING_MS)).map_err(|fault| fault.to_string())?;
    let (watch, mut block, mut meters) = (Stopwatch::start(), AudioBlock::default(), Vec::new());
    while watch.elapsed() < LISTEN {
        while reader.read(&mut block) {
            meters.resize_with(usize::from(block.channels), Meter::default);
            meters.iter_mut().enumerate().for_each(|(channel, meter)| meter.take(&block, channel));
        }
        if let Some(fault) = faults.take() {
            close(name, stream);
            return Err(fault.to_string());
        }
        thread::sleep(Duration::from_millis(10));
    }
    close(name, stream);
    let read = |meter: &mut Meter| {
        let reading = meter.read(Duration::ZERO);
        (reading.level.0, reading.peak.0)
    };
    Ok(meters.iter_mut().map(read).collect())
}

fn judge(name: &str, levels: &[(f32, f32)], channels: Option<Vec<usize>>) -> Check {
    if levels.is_empty() {
        return Check::fault(
            WHAT,
            format!(
                "device:{name} brings no sound: see whether another program has it, or it is switched off"
            ),
        );
    }
    let spelled: Vec<String> = levels
        .iter()
        .enumerate()
        .map(|(channel, (level, peak))| format!("channel {channel} {level:.0} dBFS, peak {peak:.0}"))
        .collect();
    let found = format!("device:{name}: {}", spelled.join("; "));
    let asked = channels.unwrap_or_else(|| (0..levels.len()).collect());
    let heard = |channel: &usize| levels.get(*channel).copied();
    if let Some(absent) = asked.iter().find(|channel| heard(channel).is_none()) {
        return Check::fault(
            WHAT,
            format!("{found}: it has no channel {absent}: name another in the configuration"),
        );
    }
    let any = |wanted: &dyn Fn(f32, f32) -> bool| {
        asked.iter().filter_map(heard).any(|(level, peak)| wanted(level, peak))
    };
    if any(&|level, _| level < SILENT_DBFS) {
        return Check::fault(
            WHAT,
            format!("{found}: one is silent: see its cable, its switch, and its level in the system's mixer"),
        );
    }
    match any(&|_, peak| peak > LOUD_DBFS) {
        true => Check::warning(WHAT, format!("{found}: peaks are cut off: turn its level down")),
        false => Check::good(WHAT, found),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn silence_absence_and_cut_peaks_are_told_apart_on_the_channels_that_matter() {
        let (room, dead, loud) = ((-55.0, -40.0), (-120.0, -120.0), (-12.0, 0.0));
        for (levels, channels, state, said) in [
            (vec![], None, State::Fault, "brings no sound"),
            (vec![room, room], None, State::Good, "channel 1 -55 dBFS, peak -40"),
            (vec![room, dead], None, State::Fault, "one is silent"),
            (vec![room, dead], Some(vec![0]), State::Good, ""),
            (vec![room, dead], Some(vec![0, 1]), State::Fault, "one is silent"),
            (vec![room], Some(vec![1]), State::Fault, "no channel 1"),
            (vec![loud], None, State::Warning, "turn its level down"),
        ] {
            let check = judge("x", &levels, channels.clone());
            assert_eq!(check.state, state, "{levels:?} {channels:?}: {check:?}");
            assert!(check.found.contains(said), "{check:?}");
        }
    }
}
