//! What is kept: the folder, its disk, who may look into it, the key, the journal.

use std::path::Path;

use super::Check;
use crate::cli::journal::utc;
use crate::clock;
use crate::config::Config;
use crate::ledger::evidence::Clips;
use crate::ledger::seal::short;
use crate::ledger::{Query, Reader};

/// A journal of more events is verified by its own command: it takes minutes.
const VERIFIED_MAX: u64 = 200_000;
/// How much later than now the last event may be, microseconds.
const AHEAD_US: i64 = 60_000_000;

pub(super) fn all(config: Option<&Config>) -> Vec<Check> {
    let Some(config) = config else { return Vec::new() };
    let Some(folder) = config.ledger.as_deref() else {
        return vec![Check::warning(
            "journal",
            "none is kept: what was found is gone with whoever read it; name `data` under [ledger]",
        )];
    };
    if !folder.is_dir() {
        return vec![Check::good("journal", format!("{} is made when the service starts", folder.display()))];
    }
    let mut checks = vec![disk(config, folder), permissions(folder), encryption(config)];
    checks.extend(journal(config, folder));
    checks
}

fn disk(config: &Config, folder: &Path) -> Check {
    let Some(free) = Clips::of(folder).free_beside() else {
        return Check::warning(
            "disk",
            format!("{}: the system does not say how much room there is: look yourself", folder.display()),
        );
    };
    let mib = |bytes: u64| bytes >> 20;
    let found = format!("{}: {} MiB are free", folder.display(), mib(free));
    match free < config.evidence.free {
        true => Check::fault(
            "disk",
            format!(
                "{found}, and {} are to be: free some space; until then the oldest clips are deleted",
                mib(config.evidence.free)
            ),
        ),
        false => Check::good("disk", found),
    }
}

#[cfg(unix)]
fn permissions(folder: &Path) -> Check {
    use std::os::unix::fs::PermissionsExt;
    let what = "permissions";
    let mode = match folder.metadata() {
        Ok(about) => about.permissions().mode() & 0o777,
        Err(fault) => {
            return Check::fault(
                what,
                format!(
                    "{}: cannot be looked at ({fault}): run this as who runs the service",
                    folder.display()
                ),
            );
        }
    };
    if mode & 0o077 != 0 {
        return Check::fault(
            what,
            format!(
                "{}: others on this machine can look into it (mode {mode:o}): run `chmod 700` on it",
                folder.display()
            ),
        );
    }
    match tempfile::tempfile_in(folder) {
        Ok(_) => Check::good(what, format!("{} is its owner's alone, and can be written", folder.display())),
        Err(fault) => Check::fault(
            what,
            format!(
                "{}: cannot be written ({fault}): run this as who runs the service, or give that account the folder",
                folder.display()
            ),
        ),
    }
}

#[cfg(not(unix))]
fn permissions(folder: &Path) -> Check {
    Check::warning(
        "permissions",
        format!("{}: see yourself that it is the service's alone", folder.display()),
    )
}

fn encryption(config: &Config) -> Check {
    match &config.key {
        Some(key) => Check::good(
            "encryption",
            format!("words and clips are encrypted with the key {}", short(key.name())),
        ),
        None => Check::good(
            "encryption",
            "there is no key: whoever reads the disk reads what was said (`key` under [ledger], or an encrypted disk)",
        ),
    }
}

fn journal(config: &Config, folder: &Path) -> Vec<Check> {
    let what = "journal";
    if !folder.join("journal.db").is_file() {
        return vec![Check::good(what, format!("{}: it begins when the service starts", folder.display()))];
    }
    let looked = (|| {
        let reader = Reader::open_with(folder, config.key.as_ref())?;
        let last = reader.rows().last_seq()?;
        let mut checks = Vec::new();
        let late = reader.events(&Query { seq_from: Some(last), ..Query::default() }).next().transpose()?;
        if let Some(event) =
            late.filter(|event| event.wall_us > clock::unix_micros().saturating_add(AHEAD_US))
        {
            let when = utc(event.wall_us);
            checks.push(Check::fault("clock", format!("the journal's last event is of {when} UTC, which is to come: the clock was set back; set it right")));
        }
        checks.push(match last {
            0..=VERIFIED_MAX => {
                let verdict = reader.verify()?;
                match verdict.found.first() {
                    None => Check::good(what, format!("{last} events, as they were written")),
                    Some(first) => Check::fault(
                        what,
                        format!(
                            "{} faults, the first: {}: see `sansheng journal verify`, and restore a backup",
                            verdict.faults, first.what
                        ),
                    ),
                }
            }
            _ => Check::good(
                what,
                format!("{last} events, the last can be read; `sansheng journal verify` looks at all"),
            ),
        });
        Ok::<_, crate::ledger::JournalFault>(checks)
    })();
    looked.unwrap_or_else(|fault| vec![Check::fault(what, fault.to_string())])
}
