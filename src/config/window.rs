//! `[[window]]`: the windows of the hall, and what no two of them may share.

use std::path::Path;

use super::microphone::{ReadMicrophone, read_microphones};
use super::settings::{ID_CHARS_MAX, NAME_CHARS_MAX};
use super::{AudioSource, Window};
use crate::conduct::scene::Roles;
use crate::toml_file::{Document, Fields, Text};
use crate::units::WindowId;

/// How it is known who speaks, as it is written.
const ROLES: [(&str, Roles); 3] =
    [("channels", Roles::ByChannel), ("shared", Roles::Unknown), ("near-far", Roles::ByLevel)];

/// The windows of a file; what is wrong has been told.
pub(super) fn read_windows<'d, 'i>(
    doc: &'d Document<'i>,
    tables: Vec<Fields<'d, 'i>>,
    folder: &Path,
) -> Vec<Window> {
    let mut ids: Vec<(WindowId, usize)> = Vec::new();
    let mut inputs: Vec<Input> = Vec::new();
    tables.into_iter().filter_map(|fields| read_window(doc, fields, folder, &mut ids, &mut inputs)).collect()
}

/// A name for people: one line, of a length that fits a screen.
pub(super) fn well_formed_name(doc: &Document<'_>, what: &str, name: Text<'_>) -> bool {
    let length = name.text.chars().count();
    let fine = length <= NAME_CHARS_MAX && !name.text.chars().any(char::is_control);
    if !fine {
        let found = format!("{what} has {length} characters or one that cannot be shown");
        doc.error(name.at, &found, &format!("write one line of at most {NAME_CHARS_MAX} characters"));
    }
    fine
}

/// A device's channel that is in use.
struct Input {
    device: String,
    channel: u16,
    of: String,
}

fn read_window<'d, 'i>(
    doc: &'d Document<'i>,
    mut fields: Fields<'d, 'i>,
    folder: &Path,
    ids: &mut Vec<(WindowId, usize)>,
    inputs: &mut Vec<Input>,
) -> Option<Window> {
    fields.name(format!("the window on line {}", doc.line(fields.at)));
    let id = fields.needed_text("id", "`id = \"3\"`, what alerts carry").and_then(|id| read_id(doc, id, ids));
    if let Some(id) = &id {
        fields.name(format!("window `{id}`"));
    }
    let name = fields.text("name").filter(|name| !name.text.trim().is_empty());
    if let Some(name) = name {
        well_formed_name(doc, &format!("`name` of {}", fields.of), name);
    }
    let microphones = read_microphones(&mut fields, id.as_ref(), folder);
    let roles = read_roles(&mut fields);
    let of = fields.of.clone();
    fields.finish(&[]);
    let (clerk, visitor) = microphones?;
    if let Some(visitor) = &visitor
        && visitor.microphone == clerk.microphone
    {
        let channel = clerk.microphone.channel.0;
        let found = format!("clerk and visitor of {of} are both on channel {channel} of one source");
        let remedy = "set `clerk_channel` and `visitor_channel` to two channels, or leave the visitor out";
        doc.error(visitor.at, &found, remedy);
        return None;
    }
    for (role, read) in [("clerk", Some(&clerk)), ("visitor", visitor.as_ref())] {
        if let Some(read) = read {
            take_input(doc, &format!("the {role} of {of}"), read, inputs);
        }
    }
    let id = id?;
    let name = name.map_or_else(|| id.as_str().to_owned(), |name| name.text.trim().to_owned());
    Some(Window { id, name, clerk: clerk.microphone, visitor: visitor.map(|read| read.microphone), roles })
}

/// Whose voices the clerk's microphone hears.
fn read_roles(fields: &mut Fields<'_, '_>) -> Roles {
    if !fields.has("roles") {
        fields.value("roles");
        return Roles::default();
    }
    let at = fields.at;
    let other = ["visitor", "visitor_channel"].into_iter().find(|key| fields.has(key));
    let roles = fields.choice("roles", &ROLES).unwrap_or_default();
    if let Some(key) = other.filter(|_| roles != Roles::ByChannel) {
        let found = format!("{} has `{key}`, and `roles` says that one microphone hears both", fields.of);
        fields.doc.error(at, &found, &format!("remove `roles`, or `{key}`"));
    }
    roles
}

fn read_id(doc: &Document<'_>, id: Text<'_>, ids: &mut Vec<(WindowId, usize)>) -> Option<WindowId> {
    let fine = id.text.len() <= ID_CHARS_MAX
        && id.text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !fine {
        let remedy = format!(
            "write 1 to {ID_CHARS_MAX} of the letters a-z, A-Z, digits, - and _ (it stands in addresses), \
             and what people call the window into `name`"
        );
        doc.error(id.at, &format!("the window id {:?} cannot be used", id.text), &remedy);
        return None;
    }
    let known = WindowId::new(id.text);
    if let Some((_, line)) = ids.iter().find(|(other, _)| *other == known) {
        let found = format!("the window id {:?} stands twice, first on line {line}", id.text);
        doc.error(id.at, &found, "give each window its own");
        return None;
    }
    ids.push((known.clone(), doc.line(id.at)));
    Some(known)
}

/// One microphone heard as two people would accuse one of what the other said.
fn take_input(doc: &Document<'_>, of: &str, read: &ReadMicrophone, inputs: &mut Vec<Input>) {
    let AudioSource::Device(device) = &read.microphone.source else { return };
    let channel = read.microphone.channel.0;
    if let Some(other) = inputs.iter().find(|input| input.device == *device && input.channel == channel) {
        let found = format!("channel {channel} of device:{device} is {of} and {}", other.of);
        doc.error(read.at, &found, "give each voice a microphone or channel of its own");
    }
    inputs.push(Input { device: device.clone(), channel, of: of.to_owned() });
}
