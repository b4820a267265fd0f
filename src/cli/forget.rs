//! `sansheng journal forget`: what was said at a window in some time, taken out of the journal for good.

use clap::Args;

use super::DONE;
use super::error::CliError;
use super::evidence::said;
use super::journal::{JournalArgs, Place, wall_us};
use crate::clock::unix_micros;
use crate::ledger::event::AccessBody;
use crate::ledger::journal::Act;
use crate::ledger::{Body, JournalFault, Kind, Query, Reader};
use crate::units::WindowId;

#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    #[command(flatten)]
    pub journal: JournalArgs,
    /// At this window
    #[arg(long, value_name = "ID")]
    pub window: String,
    /// What became known from then on, as 2026-11-22T09:00:00+08:00
    #[arg(long, value_name = "TIME", value_parser = wall_us)]
    pub from: i64,
    /// What became known before then
    #[arg(long, value_name = "TIME", value_parser = wall_us)]
    pub to: i64,
    /// Who wants it forgotten
    #[arg(long, value_name = "NAME", value_parser = said)]
    pub who: String,
    /// Why
    #[arg(long, value_name = "REASON", value_parser = said)]
    pub why: String,
}

pub(super) fn run(args: &ForgetArgs) -> Result<u8, CliError> {
    let place = args.journal.place()?;
    let (window, reader) = (WindowId::new(&args.window), place.reader()?);
    let Chosen { seqs, clips: files, bodies } = choose(&reader, &window, args.from, args.to)?;
    let taped = recorded(&place, &window, args.from, args.to)?;
    if bodies == 0 && taped.is_empty() {
        println!("nothing was said at window {window} then, or it is forgotten already");
        return Ok(DONE);
    }
    let (who, why) = (args.who.clone(), args.why.clone());
    let what = AccessBody::FORGET.to_owned();
    let body =
        Body::Access(AccessBody { what, alert: None, finding: None, file: None, who, why, why_zh: None });
    let asked = Act { window: Some(window), session: None, rulebook: None, body };
    let mut aside = place.aside()?;
    let forgotten = match bodies {
        0 => aside.act(unix_micros(), |_| Ok::<_, JournalFault>(vec![asked])).map(|_| 0)?,
        _ => aside.forget(&seqs, &args.why, vec![asked], unix_micros())?,
    };
    // From here on the journal knows these no more: where this is killed, the service's next start takes them away.
    place.clips().remove(files.iter().map(String::as_str))?;
    // These it never knew: where this is killed, it has to be asked for again.
    place.recordings().remove(taped.iter().map(String::as_str))?;
    let recordings = match taped.len() {
        0 => String::new(),
        count => format!(", {count} recordings deleted"),
    };
    println!("{forgotten} events forgotten, {} clips deleted{recordings}", files.len());
    if !aside.settle()? {
        eprintln!(
            "sansheng: somebody reads the journal: what was forgotten is overwritten in journal.db-wal once they have done so"
        );
    }
    Ok(DONE)
}

/// Words became known so long after they began, at most.
const SAID_BEFORE_US: i64 = 30_000_000;

/// Recordings in which there is something of what is to be forgotten; whole minutes of them go.
fn recorded(place: &Place, window: &WindowId, from: i64, to: i64) -> Result<Vec<String>, CliError> {
    let from = from.saturating_sub(SAID_BEFORE_US);
    let stored = place.recordings().stored()?.into_iter();
    let covered = stored.filter(|stored| stored.window == *window && stored.overlaps(from, to));
    Ok(covered.map(|stored| stored.file).collect())
}

/// What is to be forgotten.
struct Chosen {
    /// First and last of stretches in which there is nothing of people of other windows.
    seqs: Vec<(u64, u64)>,
    clips: Vec<String>,
    bodies: u64,
}

fn choose(reader: &Reader, window: &WindowId, from: i64, to: i64) -> Result<Chosen, CliError> {
    let mut chosen = Chosen { seqs: Vec::new(), clips: Vec::new(), bodies: 0 };
    let (mut goes_on, mut seen) = (false, 0);
    for event in
        reader.events(&Query { wall_from_us: Some(from), wall_until_us: Some(to), ..Query::default() })
    {
        let event = event?;
        let kind = Kind::parse(&event.kind);
        // What is left out between two of them became known at another time: the clock was set.
        goes_on = goes_on && event.seq == seen + 1;
        seen = event.seq;
        // What the journal needs to stay whole is left alone wherever it stands; kinds of a later version may be of people.
        if kind.is_some_and(|kind| !kind.is_of_people()) {
            continue;
        }
        if event.window.as_ref() != Some(window) || event.body.is_none() {
            goes_on = goes_on && event.window.as_ref() == Some(window);
            continue;
        }
        if let (Some(Kind::Evidence), Some(Body::Evidence(evidence))) =
            (kind, event.read().map_err(JournalFault::from)?)
        {
            chosen.clips.extend(evidence.clip.map(|clip| clip.file));
        }
        chosen.bodies += 1;
        match chosen.seqs.last_mut() {
            Some((_, last)) if goes_on => *last = event.seq,
            _ => chosen.seqs.push((event.seq, event.seq)),
        }
        goes_on = true;
    }
    Ok(chosen)
}
