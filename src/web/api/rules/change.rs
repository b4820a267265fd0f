//! The hall's own rules: read, checked, written. A file is written whole or not at all, and taken up as at `SIGHUP`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::access::Action;
use crate::clock;
use crate::conduct::CompiledBook;
use crate::conduct::rulebook::{
    FILE_BYTES_MAX, Fault, FaultLevel, Rulebook, RulebookFaults, Setting, Source,
};
use crate::ledger::event::AccessBody;
use crate::mandarin::{is_punctuation, simplify, syllable_of};
use crate::said::Bilingual;
use crate::web::Settings;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Input;
use crate::web::problem::{Problem, ProblemBody};

/// Name of the hall's file in a folder of rules.
const IN_FOLDER: &str = "hall.toml";

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HallRules {
    /// Empty where there is no file yet.
    text: String,
    path: String,
    /// SHA-256 of the text, for `PUT`.
    hash: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Checked {
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Faults {
    /// Empty: nothing is wrong with it. Warnings do not keep it from being used.
    faults: Vec<FaultBody>,
    /// It can be used.
    usable: bool,
    /// Of the rules that it would give.
    version: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FaultBody {
    /// Null: of the text itself; else another file of the hall's rules.
    file: Option<String>,
    /// From 1 on; 0: the whole file.
    line: usize,
    column: usize,
    /// `error` or `warning`.
    level: &'static str,
    what: String,
    remedy: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rewrite {
    text: String,
    /// Of the text as it was read.
    hash: String,
}

/// The hall's own rules
#[utoipa::path(get, path = "/api/v1/rules/hall", tag = "rules", responses(
    (status = OK, body = HallRules), (status = FORBIDDEN, body = ProblemBody),
    (status = CONFLICT, description = "The configuration names no file for them", body = ProblemBody)))]
pub(super) async fn hall_rules(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
) -> Result<Json<HallRules>, Problem> {
    caller.may(Action::Rules)?;
    let settings = hub.settings().await?;
    hub.blocking(move || {
        let path = hall_file(&settings)?;
        Ok(Json(read(&path)?))
    })
    .await
}

/// Check a text in the place of the hall's own rules
#[utoipa::path(post, path = "/api/v1/rules/check", tag = "rules", request_body = Checked, responses(
    (status = OK, body = Faults), (status = FORBIDDEN, body = ProblemBody)))]
pub(super) async fn check(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(asked): Input<Checked>,
) -> Result<Json<Faults>, Problem> {
    caller.may(Action::Rules)?;
    let settings = hub.settings().await?;
    hub.blocking(move || Ok(Json(Faults::of(&settings, &asked.text)))).await
}

/// Write the hall's own rules, and take them up
///
/// Refused where the text has faults, or where the file is no longer the one that was read (`hash`).
#[utoipa::path(put, path = "/api/v1/rules/hall", tag = "rules", request_body = Rewrite, responses(
    (status = OK, body = HallRules), (status = FORBIDDEN, body = ProblemBody),
    (status = CONFLICT, description = "Somebody else wrote it meanwhile", body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, description = "It has faults: ask /api/v1/rules/check", body = ProblemBody)))]
pub(super) async fn write(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(asked): Input<Rewrite>,
) -> Result<Json<HallRules>, Problem> {
    caller.may(Action::ChangeRules)?;
    let settings = hub.settings().await?;
    // Two who write at once take turns: the second finds another hash.
    let _turn = hub.rules_turn().await;
    let written = hub
        .blocking(move || {
            let path = hall_file(&settings)?;
            if read(&path)?.hash != asked.hash {
                return Err(Problem::refused(
                    "somebody wrote the hall's rules since they were read: read them again, and put your change into them",
                    "本厅规则在此期间已被他人修改：请重新载入后再修改",
                ));
            }
            let book = loaded(&settings, &asked.text).map_err(|faults| unfit(&faults))?;
            CompiledBook::compile(book).map_err(|faults| unfit(&faults))?;
            write_whole(&path, &asked.text)
                .map_err(|fault| Problem::fault(&format!("{} cannot be written: {fault}", path.display())))?;
            read(&path)
        })
        .await?;
    let (path, hash) = (&written.path, &written.hash[..12]);
    let why = Bilingual::new(format!("{path} is now {hash}"), format!("{path} 现为 {hash}"));
    hub.record(AccessBody::RULES, caller.who(), why).await;
    hub.reload();
    Ok(Json(written))
}

/// The file of the hall's own rules: the first that the configuration names, or `hall.toml` in the folder that it names first.
pub(super) fn hall_file(settings: &Settings) -> Result<PathBuf, Problem> {
    let first = settings.config.rules.first().ok_or_else(|| {
        Problem::refused(
            "the configuration names no file for the hall's own rules: write `rules = [\"hall-rules.toml\"]` into it, and make that file",
            "配置中未指定本厅规则文件：请在配置中写入 rules = [\"hall-rules.toml\"] 并建立该文件",
        )
    })?;
    Ok(if first.is_dir() { first.join(IN_FOLDER) } else { first.clone() })
}

/// The rules with `text` in the place of the hall's own, ready to judge.
pub(super) fn compiled(settings: &Settings, text: &str) -> Result<Arc<CompiledBook>, Problem> {
    let book = loaded(settings, text).map_err(|faults| unfit(&faults))?;
    Ok(Arc::new(CompiledBook::compile(book).map_err(|faults| unfit(&faults))?))
}

/// `wo bu guan`, characters without a reading as they are.
pub(super) fn pinyin(sentence: &str) -> String {
    let simple = simplify(sentence);
    let told = simple
        .chars()
        .filter(|ch| !ch.is_whitespace() && !is_punctuation(*ch))
        .map(|ch| syllable_of(ch).map_or_else(|| ch.to_string(), |syllable| syllable.to_string()));
    told.collect::<Vec<_>>().join(" ")
}

fn loaded(settings: &Settings, text: &str) -> Result<Rulebook, RulebookFaults> {
    let config = &settings.config;
    let setting = Setting { hall: Some(config.hall.clone()), ..Setting::on(clock::today()) };
    // Where no file is named the text stands beside the program's own rules all the same.
    let name = hall_file(settings).map_or_else(|_| IN_FOLDER.to_owned(), |path| path.display().to_string());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() as u64 > FILE_BYTES_MAX {
        let found = format!("the file is larger than {} KiB", FILE_BYTES_MAX / 1024);
        let remedy = "write a TOML text of a few hundred lines".to_owned();
        let fault = Fault { level: FaultLevel::Error, file: name, line: 0, column: 0, found, remedy };
        return Err(RulebookFaults(vec![fault]));
    }
    // A hall that has no rules of its own yet, or takes them away.
    if text.trim().is_empty() {
        let others: Vec<PathBuf> =
            config.rules.iter().filter(|path| path.as_os_str() != name.as_str()).cloned().collect();
        return Rulebook::load(&others, &setting);
    }
    Rulebook::load_with(&config.rules, Source::new(&name, text), &setting)
}

impl Faults {
    fn of(settings: &Settings, text: &str) -> Self {
        let own =
            hall_file(settings).map_or_else(|_| IN_FOLDER.to_owned(), |path| path.display().to_string());
        let told = |fault: &Fault| FaultBody {
            file: (fault.file != own).then(|| fault.file.clone()),
            line: fault.line,
            column: fault.column,
            level: match fault.level {
                FaultLevel::Error => "error",
                FaultLevel::Warning => "warning",
            },
            what: fault.found.clone(),
            remedy: fault.remedy.clone(),
        };
        match loaded(settings, text) {
            Ok(book) => Self {
                faults: book.warnings().iter().map(told).collect(),
                usable: true,
                version: Some(book.version().to_owned()),
            },
            Err(RulebookFaults(faults)) => {
                Self { faults: faults.iter().map(told).collect(), usable: false, version: None }
            }
        }
    }
}

fn unfit(faults: &impl ToString) -> Problem {
    Problem::unfit(faults.to_string(), "规则文本有错误：请先检查并改正后再保存")
}

fn read(path: &Path) -> Result<HallRules, Problem> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => String::new(),
        Err(fault) => return Err(Problem::fault(&format!("{} cannot be read: {fault}", path.display()))),
    };
    let hash = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(HallRules { text, path: path.display().to_string(), hash })
}

/// Beside the old one first; then in its place at once, with the rights that it had.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".rules-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    match fs::metadata(path) {
        Ok(old) => file.as_file().set_permissions(old.permissions())?,
        #[cfg(unix)]
        Err(_) => file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?,
        #[cfg(not(unix))]
        Err(_) => {}
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|fault| fault.error)?;
    // The name as well; where folders cannot be synchronised it comes later.
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}
