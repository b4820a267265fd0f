//! Microphones of this machine: what there is, and opening one. The only file that knows cpal.
//!
//! In: a device's name. Out: the ring its callback fills, and its signs of life. Thread: opening and closing may
//! block for seconds, so each device has a thread of its own; the callback runs on the sound system's.

mod choice;
mod error;
mod names;

use std::sync::Arc;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, Error, ErrorKind, Host, I24, SampleFormat, SizedSample, StreamConfig,
    SupportedBufferSize, SupportedStreamConfigRange, U24,
};
use serde::Serialize;

use super::RingReader;
use super::callback::{CallbackBody, Faults, Line, Sample, Signs, TroubleBody, line};
use super::probe::Probe;
use choice::{Choice, Offer, choose};
pub use error::DeviceError;
use names::{Found, Names, find, may_be_microphone};

/// Audio a device is asked to gather before each callback. The device keeps two such periods: a callback may come
/// this late on a busy machine before samples are lost.
const PERIOD_MS: u32 = 40;

/// How long the sound system may take to start a stream, where it heeds a limit; ALSA also looks after a device
/// that has shown nothing for this long.
const START_LIMIT: Duration = Duration::from_secs(2);

/// Formats taken, the preferred first: no precision is lost, then little work.
const FORMATS: [SampleFormat; 12] = [
    SampleFormat::F32,
    SampleFormat::I32,
    SampleFormat::I24,
    SampleFormat::F64,
    SampleFormat::I64,
    SampleFormat::U32,
    SampleFormat::U24,
    SampleFormat::U64,
    SampleFormat::I16,
    SampleFormat::U16,
    SampleFormat::I8,
    SampleFormat::U8,
];

/// An input device, whether it can be opened or not.
#[derive(Clone, Debug, PartialEq)]
pub struct InputDevice {
    /// What follows `device:` in a configuration.
    pub name: String,
    /// What the sound system says about it.
    pub description: String,
    /// The one the sound system uses for who names none.
    pub is_default: bool,
    pub abilities: Result<Abilities, DeviceError>,
}

/// What a device offers, and what it is opened with when nothing else is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Abilities {
    /// Ascending.
    pub channels: Vec<u16>,
    /// Lowest and highest rate of each range, ascending.
    pub rates_hz: Vec<(u32, u32)>,
    pub formats: Vec<&'static str>,
    pub opened_with: Option<Opened>,
}

/// Format a device is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Opened {
    pub rate_hz: u32,
    pub channels: u16,
    pub format: &'static str,
}

/// What is asked of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Audio the ring holds.
    pub ring_ms: u32,
    /// Samples per second and channel; `None` takes the best it has.
    pub rate_hz: Option<u32>,
    /// Channels it must have at least.
    pub channels_min: u16,
}

impl Wanted {
    /// Whatever the device has, through a ring that holds `ring_ms`.
    pub fn ring(ring_ms: u32) -> Self {
        Self { ring_ms, rate_hz: None, channels_min: 1 }
    }
}

/// A device that is being recorded.
pub struct OpenDevice {
    pub opened: Opened,
    /// Its audio, positions counted from 0.
    pub reader: RingReader,
    pub signs: Arc<Signs>,
    /// What was wrong, once [`Signs::faults`] says that something was.
    pub faults: Faults,
    /// Recording goes on until this is dropped, which may block.
    pub stream: KeepAlive,
}

/// Keeps a device's stream alive.
pub struct KeepAlive(#[expect(dead_code, reason = "held to be dropped")] Box<dyn Send>);

impl KeepAlive {
    pub fn new(stream: impl Send + 'static) -> Self {
        Self(Box::new(stream))
    }
}

/// One sample format a device offers.
struct Offered {
    offer: Offer,
    format: SampleFormat,
    period: SupportedBufferSize,
}

/// The input devices there are now, in the sound system's order; without `all`, those that may be microphones.
/// Blocks while each is asked what it can do.
pub fn input_devices(all: bool) -> Result<Vec<InputDevice>, DeviceError> {
    let host = host()?;
    let devices = listed(&host)?.into_iter().filter(|(_, names)| all || may_be_microphone(names));
    Ok(devices.map(|(device, names)| described(&host, &device, names)).collect())
}

/// The input device called `name`. Blocks while it is asked what it can do.
pub fn input_device(name: &str) -> Result<InputDevice, DeviceError> {
    let host = host()?;
    let (device, names) = named(&host, name)?;
    Ok(described(&host, &device, names))
}

fn described(host: &Host, device: &Device, names: Names) -> InputDevice {
    let default = host.default_input_device().and_then(|default| default.id().ok());
    let is_default = device.id().ok() == default;
    let abilities = offered(device, &names.id).map(|offered| abilities(&offered));
    InputDevice { name: names.id, description: names.description, is_default, abilities }
}

/// Opens the device called `name` and records it. Blocks for as long as the sound system takes.
pub fn open(name: &str, wanted: &Wanted) -> Result<OpenDevice, DeviceError> {
    record(name, wanted, None)
}

/// [`open`], with every callback's duration noted in `probe`.
pub fn open_probed(name: &str, wanted: &Wanted, probe: Arc<Probe>) -> Result<OpenDevice, DeviceError> {
    record(name, wanted, Some(probe))
}

fn record(name: &str, wanted: &Wanted, probe: Option<Arc<Probe>>) -> Result<OpenDevice, DeviceError> {
    let (device, _) = named(&host()?, name)?;
    let offered = offered(&device, name)?;
    let Some((choice, taken)) = best(&offered, wanted) else {
        let offered = abilities(&offered).to_string();
        return Err(DeviceError::Format { name: name.to_owned(), wanted: wanted.to_string(), offered });
    };
    let opened =
        Opened { rate_hz: choice.rate_hz, channels: choice.channels, format: format_name(taken.format) };
    let period = match taken.period {
        SupportedBufferSize::Range { min, max } if min <= max => {
            BufferSize::Fixed((opened.rate_hz * PERIOD_MS / 1_000).clamp(min, max))
        }
        _ => BufferSize::Default,
    };
    let attempt = |buffer_size| {
        let Line { callback, trouble, reader, signs, faults } =
            line(opened.rate_hz, opened.channels, wanted.ring_ms, probe.clone());
        let config = StreamConfig { channels: opened.channels, sample_rate: opened.rate_hz, buffer_size };
        let start = Start { device: &device, name, config, callback, trouble };
        let stream = start.in_format(taken.format)?;
        Ok(OpenDevice { opened, reader, signs, faults, stream })
    };
    // A device may refuse a period it said it had: then its own.
    attempt(period)
        .or_else(|refused: Error| match refused.kind() {
            ErrorKind::UnsupportedConfig if period != BufferSize::Default => attempt(BufferSize::Default),
            _ => Err(refused),
        })
        .map_err(|error| told(name, &error))
}

/// A stream about to be started.
struct Start<'a> {
    device: &'a Device,
    name: &'a str,
    config: StreamConfig,
    callback: CallbackBody,
    trouble: TroubleBody,
}

impl Start<'_> {
    fn in_format(self, format: SampleFormat) -> Result<KeepAlive, Error> {
        match format {
            SampleFormat::I8 => self.taking::<i8>(),
            SampleFormat::I16 => self.taking::<i16>(),
            SampleFormat::I24 => self.taking::<I24>(),
            SampleFormat::I32 => self.taking::<i32>(),
            SampleFormat::I64 => self.taking::<i64>(),
            SampleFormat::U8 => self.taking::<u8>(),
            SampleFormat::U16 => self.taking::<u16>(),
            SampleFormat::U24 => self.taking::<U24>(),
            SampleFormat::U32 => self.taking::<u32>(),
            SampleFormat::U64 => self.taking::<u64>(),
            SampleFormat::F32 => self.taking::<f32>(),
            SampleFormat::F64 => self.taking::<f64>(),
            // One-bit audio, which is not among FORMATS.
            other => Err(Error::with_message(ErrorKind::UnsupportedConfig, format!("it records {other}"))),
        }
    }

    fn taking<T: Sample + SizedSample>(self) -> Result<KeepAlive, Error> {
        let Self { device, name, config, mut callback, mut trouble } = self;
        let name = name.to_owned();
        let stream = device.build_input_stream(
            config,
            move |samples: &[T], _: &_| callback.deliver(samples),
            move |error| report(&mut trouble, &name, &error),
            Some(START_LIMIT),
        )?;
        stream.play()?;
        Ok(KeepAlive::new(stream))
    }
}

/// Sorts what cpal's error callback brings.
fn report(trouble: &mut TroubleBody, name: &str, error: &Error) {
    match error.kind() {
        ErrorKind::Xrun => trouble.overrun(),
        // It goes on: elsewhere, or with less haste.
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
        ErrorKind::DeviceNotAvailable
        | ErrorKind::HostUnavailable
        | ErrorKind::StreamInvalidated
        | ErrorKind::PermissionDenied => trouble.fault(told(name, error)),
        _ => trouble.failure(told(name, error)),
    }
}

/// An error of cpal's in our words.
fn told(name: &str, error: &Error) -> DeviceError {
    let (name, cause) = (name.to_owned(), error.to_string());
    match error.kind() {
        ErrorKind::HostUnavailable => DeviceError::NoSoundSystem { cause },
        ErrorKind::DeviceNotAvailable => DeviceError::Gone { name },
        ErrorKind::DeviceBusy => DeviceError::Busy { name },
        ErrorKind::PermissionDenied => DeviceError::Denied { name },
        ErrorKind::UnsupportedOperation => DeviceError::NotAnInput { name },
        ErrorKind::StreamInvalidated => DeviceError::FormatChanged { name },
        _ if error::is_refusal(&cause) => DeviceError::NoServer { name, cause },
        _ => DeviceError::Failed { name, cause },
    }
}

fn host() -> Result<Host, DeviceError> {
    // Not `default_host`, which panics where ALSA's configuration is broken.
    let Some(&id) = cpal::available_hosts().first() else {
        return Err(DeviceError::NoSoundSystem { cause: "this system has none that is known".into() });
    };
    cpal::host_from_id(id).map_err(|error| DeviceError::NoSoundSystem { cause: error.to_string() })
}

/// Every input device with its names; opens none.
fn listed(host: &Host) -> Result<Vec<(Device, Names)>, DeviceError> {
    let devices =
        host.input_devices().map_err(|error| DeviceError::NoSoundSystem { cause: error.to_string() })?;
    let named = devices.filter_map(|device| {
        let id = device.id().ok()?;
        let description = device.description().map_or_else(|_| id.id().to_owned(), |d| d.name().to_owned());
        let names = Names { host: id.host().to_string(), id: id.id().to_owned(), description };
        Some((device, names))
    });
    Ok(named.collect())
}

fn named(host: &Host, name: &str) -> Result<(Device, Names), DeviceError> {
    let (mut devices, mut names): (Vec<Device>, Vec<Names>) = listed(host)?.into_iter().unzip();
    let ids = |places: &[usize]| places.iter().map(|&place| names[place].id.clone()).collect();
    match find(name, &names) {
        Found::One(place) => Ok((devices.swap_remove(place), names.swap_remove(place))),
        Found::Several(places) => Err(DeviceError::Ambiguous { name: name.to_owned(), names: ids(&places) }),
        Found::Near(places) => Err(DeviceError::NotFound { name: name.to_owned(), near_names: ids(&places) }),
    }
}

/// What a device offers, in our order of sample formats. Opens it for a moment.
fn offered(device: &Device, name: &str) -> Result<Vec<Offered>, DeviceError> {
    let ranges: Vec<SupportedStreamConfigRange> =
        device.supported_input_configs().map_err(|error| told(name, &error))?.collect();
    let in_format = |format: SampleFormat| {
        ranges.iter().filter(move |range| range.sample_format() == format).map(move |range| Offered {
            offer: Offer {
                channels: range.channels(),
                rate_hz: (range.min_sample_rate(), range.max_sample_rate()),
            },
            format,
            period: *range.buffer_size(),
        })
    };
    Ok(FORMATS.into_iter().flat_map(in_format).collect())
}

fn best<'a>(offered: &'a [Offered], wanted: &Wanted) -> Option<(Choice, &'a Offered)> {
    let offers: Vec<Offer> = offered.iter().map(|o| o.offer).collect();
    let choice = choose(&offers, wanted)?;
    Some((choice, &offered[choice.offer]))
}

fn abilities(offered: &[Offered]) -> Abilities {
    let mut channels: Vec<u16> = offered.iter().map(|o| o.offer.channels).collect();
    let mut rates_hz: Vec<(u32, u32)> = offered.iter().map(|o| o.offer.rate_hz).collect();
    channels.sort_unstable();
    channels.dedup();
    rates_hz.sort_unstable();
    rates_hz.dedup();
    let mut formats: Vec<&str> = offered.iter().map(|o| format_name(o.format)).collect();
    formats.dedup();
    let opened_with = best(offered, &Wanted::ring(0)).map(|(Choice { rate_hz, channels, .. }, taken)| {
        Opened { rate_hz, channels, format: format_name(taken.format) }
    });
    Abilities { channels, rates_hz, formats, opened_with }
}

fn format_name(format: SampleFormat) -> &'static str {
    match format {
        SampleFormat::I8 => "i8",
        SampleFormat::I16 => "i16",
        SampleFormat::I24 => "i24",
        SampleFormat::I32 => "i32",
        SampleFormat::I64 => "i64",
        SampleFormat::U8 => "u8",
        SampleFormat::U16 => "u16",
        SampleFormat::U24 => "u24",
        SampleFormat::U32 => "u32",
        SampleFormat::U64 => "u64",
        SampleFormat::F32 => "f32",
        SampleFormat::F64 => "f64",
        _ => "one-bit audio",
    }
}

/// 24 bits in the lower three bytes of four: drivers leave anything in the fourth.
impl Sample for I24 {
    fn level(self) -> f32 {
        (self.inner() << 8).level()
    }
}

/// As [`I24`], resting at the middle.
impl Sample for U24 {
    fn level(self) -> f32 {
        (((self.inner() as u32) << 8) ^ (1 << 31)).cast_signed().level()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_four_bits_reach_full_scale_whatever_the_fourth_byte_holds() {
        for stray in [0, 0x7f00_0000_u32, 0xff00_0000] {
            let read = |low: u32| {
                let bits = (low | stray).cast_signed();
                (I24::new_unchecked(bits).level(), U24::new_unchecked(bits).level())
            };
            assert_eq!(read(0x0080_0000), (-1.0, 0.0), "{stray:x}");
            assert_eq!(read(0x0040_0000), (0.5, -0.5), "{stray:x}");
            assert_eq!(read(0x0000_0000), (0.0, -1.0), "{stray:x}");
        }
    }

    #[test]
    fn an_error_ends_the_stream_only_when_the_stream_cannot_go_on() {
        let cases = [
            (ErrorKind::Xrun, 0, 1),
            (ErrorKind::DeviceChanged, 0, 0),
            (ErrorKind::RealtimeDenied, 0, 0),
            (ErrorKind::BackendError, 0, 0),
            (ErrorKind::DeviceNotAvailable, 1, 0),
            (ErrorKind::StreamInvalidated, 1, 0),
        ];
        for (kind, faults, overruns) in cases {
            let Line { mut trouble, signs, .. } = line(48_000, 1, 100, None);
            report(&mut trouble, "mic", &Error::new(kind));
            assert_eq!((signs.faults(), signs.overruns()), (faults, overruns), "{kind:?}");
        }
    }
}
