//! `clerk` and `visitor` of a window: where their audio comes from, and on which channel.

use std::path::{Path, PathBuf};

use super::settings::CHANNELS;
use super::token::read_token;
use super::{AudioSource, Microphone};
use crate::capture::push::Token;
use crate::toml_file::{Document, Fields, Text, did_you_mean};
use crate::units::{ChannelIndex, WindowId};

/// A microphone and where it is written, for later faults.
pub(super) struct ReadMicrophone {
    pub at: usize,
    pub microphone: Microphone,
}

/// A source before the keys that belong to its kind are known.
#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Device(String),
    File(PathBuf),
    Push,
}

impl Kind {
    fn word(&self) -> &'static str {
        match self {
            Self::Device(_) => "device:",
            Self::File(_) => "file:",
            Self::Push => "push",
        }
    }
}

const SOURCE_REMEDY: &str =
    "write \"device:NAME\" with a name that `sansheng devices` lists, \"file:PATH\" or \"push\"";

/// Reads the microphones of a window; what is wrong has been told.
pub(super) fn read_microphones(
    fields: &mut Fields<'_, '_>,
    id: Option<&WindowId>,
    folder: &Path,
) -> Option<(ReadMicrophone, Option<ReadMicrophone>)> {
    let example =
        "`clerk = \"device:NAME\"` with a name that `sansheng devices` lists, \"file:PATH\" or \"push\"";
    let clerk_text = fields.needed_text("clerk", example);
    let visitor_text = fields.text("visitor");
    let clerk_channel = channel(fields, "clerk_channel");
    let visitor_channel = channel(fields, "visitor_channel");
    let repeat = fields.yes_or_no("repeat");
    let doc = fields.doc;
    let clerk = clerk_text.and_then(|text| read_kind(doc, &fields.of, text, folder));
    let visitor = visitor_text.and_then(|text| read_kind(doc, &fields.of, text, folder));
    let token = kind_keys(fields, clerk.as_ref(), folder);
    let (clerk, clerk_at) = (clerk?, clerk_text?.at);
    if let (Some(visitor), Some(text)) = (&visitor, visitor_text)
        && visitor.word() != clerk.word()
    {
        let found = format!("`visitor` of {} is {:?} and `clerk` is not", fields.of, text.text);
        let remedy = "take both from devices, both from files, or both from one network microphone: \
                      only these keep one time";
        doc.error(text.at, &found, remedy);
        return None;
    }
    let source = |kind: Kind| match kind {
        Kind::Device(name) => Some(AudioSource::Device(name)),
        Kind::File(path) => Some(AudioSource::File { path, repeat: repeat.unwrap_or(false) }),
        Kind::Push => Some(AudioSource::Push { window: id?.clone(), token: token.clone()? }),
    };
    let visitor_kind = match visitor_text {
        Some(text) => Some((visitor?, text.at)),
        None if fields.has("visitor_channel") => Some((clerk.clone(), at_of(fields, "visitor_channel"))),
        None => None,
    };
    let visitor = match visitor_kind {
        Some((kind, at)) => {
            let microphone = Microphone { source: source(kind)?, channel: visitor_channel? };
            Some(ReadMicrophone { at, microphone })
        }
        None => None,
    };
    let microphone = Microphone { source: source(clerk)?, channel: clerk_channel? };
    Some((ReadMicrophone { at: clerk_at, microphone }, visitor))
}

/// Keys that only one kind of source has. Where the kind is unknown they are left alone.
fn kind_keys(fields: &mut Fields<'_, '_>, clerk: Option<&Kind>, folder: &Path) -> Option<Token> {
    let Some(clerk) = clerk else {
        ["token", "token_file"].into_iter().for_each(|key| {
            fields.value(key);
        });
        return None;
    };
    if fields.has("repeat") && !matches!(clerk, Kind::File(_)) {
        misplaced(fields, "repeat", clerk, "windows that play a file");
    }
    if matches!(clerk, Kind::Push) {
        return read_token(fields, folder);
    }
    for key in ["token", "token_file"] {
        fields.value(key);
        if fields.has(key) {
            misplaced(fields, key, clerk, "windows with `clerk = \"push\"`");
        }
    }
    None
}

fn misplaced(fields: &mut Fields<'_, '_>, key: &'static str, clerk: &Kind, place: &str) {
    let found = format!("`{key}` of {} means nothing beside `clerk = \"{}…\"`", fields.of, clerk.word());
    let found = found.replace("push…", "push");
    let at = at_of(fields, key);
    fields.doc.error(at, &found, &format!("remove it; it belongs to {place}"));
}

fn at_of(fields: &mut Fields<'_, '_>, key: &'static str) -> usize {
    let at = fields.at;
    fields.value(key).map_or(at, |value| value.span().start)
}

/// The first channel where none is named; `None` where what is written is wrong and has been told.
fn channel(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<ChannelIndex> {
    if !fields.has(key) {
        fields.value(key);
        return Some(ChannelIndex(0));
    }
    fields.whole(key, CHANNELS).map(ChannelIndex)
}

fn read_kind(doc: &Document<'_>, of: &str, text: Text<'_>, folder: &Path) -> Option<Kind> {
    let (word, rest) = text.text.split_once(':').unwrap_or((text.text, ""));
    let kind = match word {
        "push" if text.text == "push" => Kind::Push,
        "device" if !rest.trim().is_empty() => Kind::Device(rest.trim().to_owned()),
        "file" if !rest.trim().is_empty() => return read_path(doc, text, folder.join(rest)),
        "device" | "file" | "push" => {
            let found = format!("{:?} of {of} is not a source", text.text);
            doc.error(text.at, &found, SOURCE_REMEDY);
            return None;
        }
        _ => {
            let meant = did_you_mean(word, ["device", "file", "push"]);
            let found = format!("{:?} of {of} is no kind of source{meant}", text.text);
            doc.error(text.at, &found, SOURCE_REMEDY);
            return None;
        }
    };
    Some(kind)
}

fn read_path(doc: &Document<'_>, text: Text<'_>, path: PathBuf) -> Option<Kind> {
    if path.is_file() {
        return Some(Kind::File(path));
    }
    let what = if path.is_dir() { "is a folder" } else { "is not there" };
    let found = format!("the recording {} {what}", path.display());
    doc.error(text.at, &found, "name a WAV, FLAC, MP3 or Ogg file, relative to this file's folder");
    None
}
