//! Typed access to a JSON document that collects faults with their places instead of stopping at the first.

use serde_json::Value;

use super::truth::TruthFault;
use crate::units::Role;

/// A value and where it stands, such as `recordings[3].violations[0]`.
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    place: String,
}

impl<'a> Node<'a> {
    pub(super) fn top(value: &'a Value) -> Self {
        Self { value, place: String::new() }
    }

    /// The field `key`, when it is there.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.value.get(key).map(|value| Node { value, place: self.place_of(key) })
    }

    pub(super) fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }
}

/// Reads fields and keeps what was wrong with them. A `None` for a field that is demanded is a fault on record.
#[derive(Default)]
pub(super) struct Reader {
    faults: Vec<TruthFault>,
}

impl Reader {
    pub(super) fn into_faults(self) -> Vec<TruthFault> {
        self.faults
    }

    pub(super) fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn fault(&mut self, node: &Node, found: impl Into<String>, remedy: &str) {
        let place = if node.place.is_empty() { "the document".to_owned() } else { node.place.clone() };
        self.fault_at(place, found, remedy);
    }

    pub(super) fn fault_at(&mut self, place: String, found: impl Into<String>, remedy: &str) {
        self.faults.push(TruthFault { place, found: found.into(), remedy: remedy.to_owned() });
    }

    /// The elements of an optional list; `None` when it is not there.
    pub(super) fn list<'a>(&mut self, node: &Node<'a>, key: &str) -> Option<Vec<Node<'a>>> {
        let list = node.get(key)?;
        match list.value.as_array() {
            Some(values) => {
                let place = |index| format!("{}[{index}]", list.place);
                Some(values.iter().enumerate().map(|(i, value)| Node { value, place: place(i) }).collect())
            }
            None => {
                self.fault(&list, shown(list.value), "write a list: [ ... ]");
                None
            }
        }
    }

    pub(super) fn text(&mut self, node: &Node, key: &str) -> Option<String> {
        self.demanded(node, key, TEXT, as_text)
    }

    pub(super) fn optional_text(&mut self, node: &Node, key: &str) -> Option<String> {
        self.optional(node, key, TEXT, as_text)
    }

    pub(super) fn optional_number(&mut self, node: &Node, key: &str) -> Option<f64> {
        self.optional(node, key, "write a number", Value::as_f64)
    }

    /// A point in the file, at least 0.
    pub(super) fn seconds(&mut self, node: &Node, key: &str) -> Option<f64> {
        let remedy = "write seconds from the start of the file, such as 4.891";
        self.demanded(node, key, remedy, |value| value.as_f64().filter(|s| *s >= 0.0))
    }

    pub(super) fn index(&mut self, node: &Node, key: &str) -> Option<usize> {
        self.demanded(node, key, INDEX, as_index)
    }

    pub(super) fn optional_index(&mut self, node: &Node, key: &str) -> Option<usize> {
        self.optional(node, key, INDEX, as_index)
    }

    pub(super) fn flag(&mut self, node: &Node, key: &str) -> Option<bool> {
        self.demanded(node, key, "write true or false", Value::as_bool)
    }

    /// A path: the field `file`, not empty.
    pub(super) fn file(&mut self, node: &Node) -> Option<String> {
        let file = self.text(node, "file")?;
        if file.trim().is_empty() {
            self.fault_at(node.place_of("file"), "an empty path", "name the audio, relative to this file");
            return None;
        }
        Some(file)
    }

    pub(super) fn role(&mut self, node: &Node) -> Option<Role> {
        match self.text(node, "role")?.as_str() {
            "clerk" => Some(Role::Clerk),
            "visitor" => Some(Role::Visitor),
            other => {
                self.fault_at(node.place_of("role"), format!("`{other}`"), "write clerk or visitor");
                None
            }
        }
    }

    /// The field `provision`.
    pub(super) fn provision(&mut self, node: &Node) -> Option<String> {
        match node.get("provision").filter(|field| !field.value.is_null()) {
            Some(field) => self.provision_here(&field),
            None => self.absent(node, "provision"),
        }
    }

    /// A provision id, the node itself: `P` and digits. A misspelt one would never match a finding.
    pub(super) fn provision_here(&mut self, node: &Node) -> Option<String> {
        let id = node.value.as_str().filter(|id| {
            id.strip_prefix('P').is_some_and(|n| n.len() >= 2 && n.bytes().all(|b| b.is_ascii_digit()))
        });
        if id.is_none() {
            self.fault(node, shown(node.value), "write a provision id such as \"P30\"");
        }
        id.map(str::to_owned)
    }

    /// An optional field in its type; `null` is as good as absent.
    fn optional<T>(&mut self, node: &Node, key: &str, remedy: &str, convert: Convert<T>) -> Option<T> {
        let field = node.get(key).filter(|field| !field.value.is_null())?;
        let converted = convert(field.value);
        if converted.is_none() {
            self.fault(&field, shown(field.value), remedy);
        }
        converted
    }

    /// A field that must be there, and not `null`.
    fn demanded<T>(&mut self, node: &Node, key: &str, remedy: &str, convert: Convert<T>) -> Option<T> {
        if node.get(key).is_none_or(|field| field.value.is_null()) {
            return self.absent(node, key);
        }
        self.optional(node, key, remedy, convert)
    }

    fn absent<T>(&mut self, node: &Node, key: &str) -> Option<T> {
        self.fault(node, format!("no `{key}`"), "add the field");
        None
    }
}

type Convert<T> = fn(&Value) -> Option<T>;

const TEXT: &str = "write a text in quotes";
const INDEX: &str = "write a whole number, counted from 0";

fn as_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn as_index(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|index| usize::try_from(index).ok())
}

/// A value in a message: its text, cut short.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text,
    }
}
