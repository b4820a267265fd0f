//! `token` and `token_file`: what a network microphone shows to be let in. Never printed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::capture::push::{TOKEN_CHARS_MAX, TOKEN_CHARS_MIN, Token, TokenFault};
use crate::toml_file::{Document, Fault, FaultLevel, Fields, Text, read_file};

/// What is wrong with a token and the remedy, neither of which repeats it.
fn spelled(fault: TokenFault) -> (String, String) {
    let remedy = format!(
        "write {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX} letters, digits and signs; `openssl rand -hex 16` makes one"
    );
    match fault {
        TokenFault::Length(1) => ("has 1 character".into(), remedy),
        TokenFault::Length(length) => (format!("has {length} characters"), remedy),
        TokenFault::Characters => ("holds a blank or a character that is not ASCII".into(), remedy),
        TokenFault::Digest => {
            let remedy = "write the 64 hexadecimal digits that `printf %s TOKEN | sha256sum` prints";
            ("has no digest after `sha256:`".into(), remedy.into())
        }
    }
}

/// Reads `token` or `token_file` of a window that is fed by a network microphone.
pub(super) fn read_token(fields: &mut Fields<'_, '_>, folder: &Path) -> Option<Token> {
    let (token, file) = (fields.text("token"), fields.text("token_file"));
    let doc = fields.doc;
    let of = fields.of.clone();
    match (token, file) {
        (Some(_), Some(file)) => {
            doc.error(file.at, &format!("{of} has `token` and `token_file`"), "keep one of them");
            None
        }
        (Some(text), None) => accept(doc, text.at, &format!("`token` of {of}"), text.text),
        (None, Some(file)) => from_file(doc, &of, file, folder),
        (None, None) => {
            if !fields.has("token") && !fields.has("token_file") {
                fields.missing(
                    "token",
                    "`token = \"…\"` or `token_file = \"…\"`: whoever sends audio has to show it",
                );
            }
            None
        }
    }
}

/// A warning where everyone on the machine can read the tokens that stand in the configuration.
pub(super) fn exposed_file(path: &Path, text: &str) -> Option<Fault> {
    let written = |line: &str| {
        let rest = line.trim_start().strip_prefix("token").map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('=') && !rest.contains("\"sha256:"))
    };
    let line = text.lines().position(written)? + 1;
    readable_by_all(path).then(|| Fault {
        level: FaultLevel::Warning,
        file: path.display().to_string(),
        line,
        column: 1,
        found: "everyone on this machine can read this token".into(),
        remedy: format!("run `chmod o-r {}`, or write its `sha256:` instead", path.display()),
    })
}

fn from_file(doc: &Document<'_>, of: &str, file: Text<'_>, folder: &Path) -> Option<Token> {
    let path: PathBuf = folder.join(file.text);
    let source = match read_file(&path) {
        Ok(source) => source,
        Err((found, remedy)) => {
            doc.error(file.at, &format!("`token_file` of {of} is {}: {found}", path.display()), &remedy);
            return None;
        }
    };
    if readable_by_all(&path) {
        let found = format!("everyone on this machine can read {}", path.display());
        doc.warning(file.at, &found, &format!("run `chmod o-r {}`", path.display()));
    }
    accept(doc, file.at, &format!("the token in {}", path.display()), source.text.trim())
}

fn accept(doc: &Document<'_>, at: usize, what: &str, text: &str) -> Option<Token> {
    let token = Token::parse(text).map_err(spelled);
    if let Err((found, remedy)) = &token {
        doc.error(at, &format!("{what} {found}"), remedy);
    }
    token.ok()
}

#[cfg(unix)]
pub(super) fn readable_by_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
pub(super) fn readable_by_all(_: &Path) -> bool {
    false
}
