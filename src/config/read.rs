//! The file read table by table.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::settings::{
    CLIP_AFTER_MS, CLIP_BEFORE_MS, FAREWELL_MS, FINISH_MS, FORBIDDEN_MS, FREE_MB, GREETING_MS, KEEP_DAYS,
    KEEP_DAYS_OF, LAG_MAX_MS, LISTEN, MEMORY_MS, MODEL, PARTIAL_STEP_MS, RECORDING_DAYS, RING_MS, Setting,
    THREADS,
};
use super::tls::{TlsFiles, read_tls};
use super::window::{read_windows, well_formed_name};
use super::{Budgets, Config, EvidenceConfig, Hearing, Window};
use crate::ledger::Key;
use crate::ledger::evidence::Keep;
use crate::ledger::review::Terms;
use crate::ledger::score::Parameters;
use crate::toml_file::{Document, Fields, Text};

/// What comes back is whole only if no error was pushed.
pub(super) fn read(doc: &Document<'_>, folder: &Path) -> Option<Config> {
    let mut root = doc.root();
    let hall = root.needed_text("hall", "`hall = \"一楼大厅\"`, what people call the place");
    if let Some(hall) = hall {
        well_formed_name(doc, "`hall`", hall);
    }
    let model = read_model(&mut root, folder);
    let rules = read_rules(&mut root, folder);
    let tables = root.tables("window");
    if tables.is_empty() && root.is_without("window") {
        root.missing("window", "a table `[[window]]` with `id` and `clerk` for each window of the hall");
    }
    let windows = read_windows(doc, tables, folder);
    let hearing = read_hearing(root.table("hearing"));
    let budgets = read_budgets(root.table("budgets"));
    let server = read_server(root.table("server"), folder);
    let finish = match root.table("stop") {
        Some(mut stop) => {
            let finish = millis(Some(&mut stop), &FINISH_MS);
            stop.finish(&[]);
            finish
        }
        None => millis(None, &FINISH_MS),
    };
    let events = root.table("events").and_then(|events| read_events(events, folder));
    let journal = root.table("journal");
    let lines_at = journal.as_ref().map(|journal| journal.at);
    let journal = journal.and_then(|journal| read_journal(journal, folder));
    let Kept { ledger, key, text: keep_text, unmasked: keep_unmasked } =
        root.table("ledger").map_or_else(Kept::default, |ledger| read_ledger(ledger, folder));
    if let (Some(at), Some(_), Some(_)) = (lines_at, &journal, &key) {
        let found = "the lines of [journal] are not encrypted, and hold the words that [ledger] encrypts";
        doc.warning(at, found, "leave [journal] out, or keep its file on an encrypted disk");
    }
    let evidence = root.table("evidence");
    if let (Some(fields), None) = (&evidence, &ledger) {
        let remedy = "add a table [ledger] with `data`, or remove this one";
        doc.error(fields.at, "clips are kept beside the journal, and there is no [ledger]", remedy);
    }
    let evidence = read_evidence(evidence);
    let shifts = root.table("shifts").and_then(|shifts| read_shifts(shifts, folder));
    let score = Parameters::read(root.table("score"));
    let review = Terms::read(root.table("review"));
    root.finish(&ELSEWHERE);
    Some(Config {
        hall: hall?.text.trim().to_owned(),
        model: model?,
        rules,
        windows,
        hearing,
        budgets,
        listen: server.as_ref()?.0,
        tls: server?.1,
        finish,
        journal,
        ledger,
        key,
        keep_text,
        keep_unmasked,
        evidence,
        events,
        shifts,
        score,
        review,
        warnings: Vec::new(),
    })
}

/// Keys that people are likely to write above the first table.
const ELSEWHERE: [(&str, &str); 26] = [
    ("id", "a table [[window]]"),
    ("name", "a table [[window]]"),
    ("clerk", "a table [[window]]"),
    ("visitor", "a table [[window]]"),
    ("roles", "a table [[window]]"),
    ("threads", "the table [hearing]"),
    (PARTIAL_STEP_MS.key, "the table [hearing]"),
    (RING_MS.key, "the table [hearing]"),
    (LAG_MAX_MS.key, "the table [hearing]"),
    (FORBIDDEN_MS.key, "the table [budgets]"),
    (GREETING_MS.key, "the table [budgets]"),
    (FAREWELL_MS.key, "the table [budgets]"),
    ("listen", "the table [server]"),
    ("cert", "the table [server]"),
    ("key", "the table [ledger] for the journal, or [server] for TLS"),
    (FINISH_MS.key, "the table [stop]"),
    ("data", "the table [ledger]"),
    ("clips", "the table [evidence]"),
    (CLIP_BEFORE_MS.key, "the table [evidence]"),
    (CLIP_AFTER_MS.key, "the table [evidence]"),
    (MEMORY_MS.key, "the table [evidence]"),
    (KEEP_DAYS.key, "the table [evidence]"),
    (FREE_MB.key, "the table [evidence]"),
    ("recording", "the table [evidence]"),
    (RECORDING_DAYS.key, "the table [evidence]"),
    ("file", "the table [shifts]"),
];

/// What stands where a file says nothing.
pub(super) fn defaults(hall: &str, windows: Vec<Window>) -> Config {
    Config {
        hall: hall.to_owned(),
        model: MODEL.to_owned(),
        rules: Vec::new(),
        windows,
        hearing: read_hearing(None),
        budgets: read_budgets(None),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: None,
        finish: millis(None, &FINISH_MS),
        journal: None,
        ledger: None,
        key: None,
        keep_text: None,
        keep_unmasked: None,
        evidence: read_evidence(None),
        events: None,
        shifts: None,
        score: Parameters::default(),
        review: Terms::default(),
        warnings: Vec::new(),
    }
}

/// A name stays a name; a path becomes relative to the file's folder.
fn read_model(root: &mut Fields<'_, '_>, folder: &Path) -> Option<String> {
    if !root.has("model") {
        root.value("model");
        return Some(MODEL.to_owned());
    }
    let model = root.needed_text("model", "a name from `sansheng model list`, or the path of a ggml file")?;
    if !model.text.contains('/') && !model.text.ends_with(".bin") {
        return Some(model.text.to_owned());
    }
    let path = folder.join(model.text);
    if !path.is_file() {
        let found = format!("the model file {} is not there", path.display());
        root.doc.error(model.at, &found, "name a ggml file, or a model of `sansheng model list`");
    }
    Some(path.display().to_string())
}

fn read_rules(root: &mut Fields<'_, '_>, folder: &Path) -> Vec<PathBuf> {
    let doc = root.doc;
    let resolve = |text: Text<'_>| {
        let path = folder.join(text.text);
        if !path.exists() {
            let found = format!("the rules {} are not there", path.display());
            doc.error(
                text.at,
                &found,
                "name a rulebook file, or a folder of them, relative to this file's folder",
            );
        }
        path
    };
    root.texts("rules").into_iter().map(resolve).collect()
}

fn read_hearing(mut table: Option<Fields<'_, '_>>) -> Hearing {
    let hearing = Hearing {
        threads: table.as_mut().and_then(|fields| fields.whole("threads", THREADS)),
        partial_step: millis(table.as_mut(), &PARTIAL_STEP_MS),
        ring_ms: whole(table.as_mut(), &RING_MS),
        lag_max: millis(table.as_mut(), &LAG_MAX_MS),
    };
    if let Some(fields) = table {
        fields.finish(&[]);
    }
    hearing
}

fn read_budgets(mut table: Option<Fields<'_, '_>>) -> Budgets {
    let budgets = Budgets {
        forbidden: millis(table.as_mut(), &FORBIDDEN_MS),
        greeting: millis(table.as_mut(), &GREETING_MS),
        farewell: millis(table.as_mut(), &FAREWELL_MS),
    };
    if let Some(fields) = table {
        fields.finish(&[]);
    }
    budgets
}

fn read_server(table: Option<Fields<'_, '_>>, folder: &Path) -> Option<(SocketAddr, Option<TlsFiles>)> {
    let default = LISTEN.parse().ok();
    let Some(mut fields) = table else { return Some((default?, None)) };
    let (doc, text) = (fields.doc, fields.text("listen"));
    let tls = read_tls(&mut fields, folder);
    fields.finish(&[]);
    let Some(text) = text else { return Some((default?, tls)) };
    let Ok(address) = text.text.parse::<SocketAddr>() else {
        let found = format!("`listen` is {:?}", text.text);
        doc.error(text.at, &found, &format!("write an IP address and a port, as \"{LISTEN}\""));
        return None;
    };
    if !address.ip().is_loopback() && tls.is_none() {
        let found = format!("`listen` serves plain HTTP on {address}, beyond this machine");
        let remedy = "let only the hall's own network reach it, name `cert` and `key` for TLS, or listen on 127.0.0.1 \
                      behind a TLS proxy: it shows what was said at the windows, and tokens travel through it";
        doc.warning(text.at, &found, remedy);
    }
    Some((address, tls))
}

fn read_journal(mut fields: Fields<'_, '_>, folder: &Path) -> Option<PathBuf> {
    let doc = fields.doc;
    let text = fields.needed_text("path", "`path = \"journal.jsonl\"`");
    fields.finish(&[]);
    let text = text?;
    let path = folder.join(text.text);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if path.is_dir() {
        doc.error(text.at, &format!("the journal {} is a folder", path.display()), "name a file in it");
    } else if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
        let found = format!("the journal's folder {} is not there", parent.display());
        doc.error(text.at, &found, "make it, or name another");
    }
    Some(path)
}

/// What [ledger] says.
#[derive(Default)]
struct Kept {
    ledger: Option<PathBuf>,
    key: Option<Key>,
    text: Option<Duration>,
    unmasked: Option<Duration>,
}

/// The folder is made where only the last part of its path is missing.
fn read_ledger(mut fields: Fields<'_, '_>, folder: &Path) -> Kept {
    let doc = fields.doc;
    let data = fields.needed_text("data", "`data = \"data\"`, the folder that holds the journal");
    let key = fields.text("key");
    let text = fields.whole("keep_text_days", KEEP_DAYS.range.clone()).map(days);
    let unmasked = read_keep_unmasked(&mut fields);
    fields.finish(&[("path", "the table [journal]")]);
    let Some(data) = data else { return Kept::default() };
    let path = folder.join(data.text);
    let key = key.and_then(|key| read_key(doc, key, folder, &path));
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if path.is_file() {
        let found = format!("the ledger's folder {} is a file", path.display());
        doc.error(data.at, &found, "name a folder, which is made where it is not there");
    } else if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
        let found = format!("{}, which is to hold the ledger's folder, is not there", parent.display());
        doc.error(data.at, &found, "make it, or name another");
    }
    Kept { ledger: Some(path), key, text, unmasked }
}

/// Nothing that is masked is kept where it would lie there in plain.
fn read_keep_unmasked(fields: &mut Fields<'_, '_>) -> Option<Duration> {
    let kept: u32 = fields.whole("keep_unmasked_days", 0..=*KEEP_DAYS.range.end())?;
    let at = fields.value("keep_unmasked_days").map(|value| value.span().start)?;
    if kept > 0 && !fields.has("key") {
        let found = "`keep_unmasked_days` keeps what is masked, and there is no key to encrypt it with";
        let remedy = "make a key with `sansheng key new FILE` and name its file as `key`, or remove `keep_unmasked_days`";
        fields.doc.error(at, found, remedy);
    }
    (kept > 0).then(|| days(kept))
}

/// The key must not lie where it would be saved together with what it locks.
fn read_key(doc: &Document<'_>, key: Text<'_>, folder: &Path, data: &Path) -> Option<Key> {
    let path = folder.join(key.text);
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if whole(&path).starts_with(whole(data)) {
        let found = format!("the key {} lies in the folder that it locks", path.display());
        doc.error(key.at, &found, "move it elsewhere: backups save that folder");
        return None;
    }
    match Key::load(&path) {
        Ok(key) => Some(key),
        Err(fault) => {
            let fault = fault.to_string();
            let (found, remedy) = fault.rsplit_once(": ").unwrap_or((&fault, "name another file"));
            doc.error(key.at, &format!("`key` is {found}"), remedy);
            None
        }
    }
}

fn read_evidence(mut table: Option<Fields<'_, '_>>) -> EvidenceConfig {
    let clips = table.as_mut().and_then(|fields| fields.yes_or_no("clips")).unwrap_or(true);
    let evidence = EvidenceConfig {
        clips,
        before: millis(table.as_mut(), &CLIP_BEFORE_MS),
        after: millis(table.as_mut(), &CLIP_AFTER_MS),
        memory: millis(table.as_mut(), &MEMORY_MS),
        keep: read_keep(table.as_mut()),
        free: u64::from(whole(table.as_mut(), &FREE_MB)) << 20,
        recording: table.as_mut().and_then(|fields| fields.yes_or_no("recording")).unwrap_or(false),
        keep_recordings: days(whole(table.as_mut(), &RECORDING_DAYS)),
    };
    if let Some(fields) = table {
        let (doc, at) = (fields.doc, fields.at);
        fields.finish(&[("data", "the table [ledger]")]);
        // Words are heard some seconds after they are said, and are seconds long themselves.
        let least = evidence.before + evidence.after + Duration::from_secs(10);
        if evidence.memory < least {
            let found =
                format!("`memory_ms` is shorter than a clip and the hearing of it, {} ms", least.as_millis());
            doc.error(at, &found, "raise it, or lower `before_ms` and `after_ms`");
        }
    }
    evidence
}

/// For each class its own time, where it is given.
fn read_keep(mut table: Option<&mut Fields<'_, '_>>) -> Keep {
    let other = days(whole(table.as_deref_mut(), &KEEP_DAYS));
    let mut of = |key: &'static str| {
        let given = table.as_deref_mut().and_then(|fields| fields.whole(key, KEEP_DAYS.range.clone()));
        given.map_or(other, days)
    };
    let [note, minor, major, critical] = KEEP_DAYS_OF.map(&mut of);
    Keep { note, minor, major, critical, other }
}

fn read_shifts(mut fields: Fields<'_, '_>, folder: &Path) -> Option<PathBuf> {
    let doc = fields.doc;
    let text = fields.needed_text("file", "`file = \"shifts.toml\"`, a calendar or a roster");
    fields.finish(&[]);
    let text = text?;
    let path = folder.join(text.text);
    if !path.is_file() {
        let found = format!("the calendar {} is not there", path.display());
        doc.error(
            text.at,
            &found,
            "name a calendar in TOML or a roster in CSV (`sansheng shifts check FILE`)",
        );
    }
    Some(path)
}

/// The file need not be there yet: whoever writes it may begin later.
fn read_events(mut fields: Fields<'_, '_>, folder: &Path) -> Option<PathBuf> {
    let doc = fields.doc;
    let text = fields.needed_text("path", "`path = \"events.jsonl\"`, which the hall's system writes");
    fields.finish(&[]);
    let text = text?;
    let path = folder.join(text.text);
    if path.is_dir() {
        doc.error(text.at, &format!("the events {} are a folder", path.display()), "name a file in it");
    }
    Some(path)
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 86_400)
}

fn millis(fields: Option<&mut Fields<'_, '_>>, setting: &Setting) -> Duration {
    Duration::from_millis(u64::from(whole(fields, setting)))
}

/// The default stands in for what is absent, and for what is wrong and has been told.
fn whole(fields: Option<&mut Fields<'_, '_>>, setting: &Setting) -> u32 {
    fields.and_then(|fields| fields.whole(setting.key, setting.range.clone())).unwrap_or(setting.default)
}
