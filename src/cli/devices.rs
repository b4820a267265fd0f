//! `sansheng devices`: the microphones of this machine, and how loud they are.

pub(super) mod meter;
mod watch;

use std::io::{self, Write};

use comfy_table::Table;
use serde::Serialize;

use super::args::DevicesArgs;
use super::error::CliError;
use super::{DONE, PARTLY};
use crate::capture::device::{Abilities, InputDevice, input_device, input_devices};

/// What stands before a device's name in a configuration.
const PREFIX: &str = "device:";

pub(super) fn run(args: &DevicesArgs) -> Result<u8, CliError> {
    if args.watch {
        return watch::run(args);
    }
    let devices = match &args.names[..] {
        [] => input_devices(args.all)?,
        names => names.iter().map(|name| input_device(bare(name))).collect::<Result<_, _>>()?,
    };
    if devices.is_empty() {
        return Err(CliError::NoDevice);
    }
    if args.json {
        for device in &devices {
            writeln!(io::stdout(), "{}", serde_json::to_string(&line(device))?)?;
        }
    } else {
        writeln!(io::stdout(), "{}", table(&devices))?;
    }
    Ok(if devices.iter().all(|device| device.abilities.is_ok()) { DONE } else { PARTLY })
}

/// A device's name without the `device:` it is written with in a configuration.
pub(super) fn bare(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "device")]
struct Line<'a> {
    source: String,
    description: &'a str,
    default: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    abilities: Option<&'a Abilities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

fn line(device: &InputDevice) -> Line<'_> {
    Line {
        source: format!("{PREFIX}{}", device.name),
        description: &device.description,
        default: device.is_default,
        abilities: device.abilities.as_ref().ok(),
        problem: device.abilities.as_ref().err().map(ToString::to_string),
    }
}

fn table(devices: &[InputDevice]) -> Table {
    let mut table = super::show::new_table(["SOURCE", "CHANNELS", "RATES, HZ", "FORMATS", "WHAT IT IS"]);
    for device in devices {
        let source = format!("{PREFIX}{}", device.name);
        let mark = if device.is_default { " (default)" } else { "" };
        let what = format!("{}{mark}", device.description);
        match &device.abilities {
            Ok(able) => {
                let (channels, rates) = (able.channels_spelled(), able.rates_spelled());
                table.add_row([source, channels, rates, able.formats.join(" "), what]);
            }
            Err(fault) => {
                table.add_row([source, "–".into(), "–".into(), "–".into(), format!("{what}\n{fault}")]);
            }
        }
    }
    table
}
