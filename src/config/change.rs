//! What another reading of the configuration changes, and how much of that a running service can take.

use std::collections::BTreeSet;

use super::{AudioSource, Config, Window};
use crate::capture::push::Token;
use crate::units::WindowId;

/// The difference between two configurations, rules left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New tokens of network microphones, which can be taken at once.
    pub tokens: Vec<(WindowId, Token)>,
    /// What a running service cannot take: keys, tables and windows, as they are called in the file.
    pub restart: Vec<String>,
}

impl Config {
    /// What of `newer` is not as it is here.
    pub fn changes(&self, newer: &Self) -> Changes {
        // Taken apart, so that whoever adds a key has to decide.
        let Self {
            hall,
            model,
            rules: _,
            windows,
            hearing,
            budgets,
            listen,
            tls,
            finish,
            events,
            journal,
            ledger,
            key,
            keep_text,
            keep_unmasked,
            evidence,
            // Read again by every command that uses them.
            shifts: _,
            score: _,
            review: _,
            warnings: _,
        } = self;
        let mut changes = Changes::default();
        compare(windows, &newer.windows, &mut changes);
        let keys = [
            ("`hall`", *hall != newer.hall),
            ("`model`", *model != newer.model),
            ("[hearing]", *hearing != newer.hearing),
            ("[budgets]", *budgets != newer.budgets),
            ("[server]", (listen, tls) != (&newer.listen, &newer.tls)),
            ("[stop]", *finish != newer.finish),
            ("[events]", *events != newer.events),
            ("[journal]", *journal != newer.journal),
            (
                "[ledger]",
                (ledger, key, keep_text, keep_unmasked)
                    != (&newer.ledger, &newer.key, &newer.keep_text, &newer.keep_unmasked),
            ),
            ("[evidence]", *evidence != newer.evidence),
        ];
        let changed = keys.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key.to_owned());
        changes.restart.splice(0..0, changed);
        changes
    }

    /// Has these tokens from now on.
    pub fn take_tokens(&mut self, tokens: &[(WindowId, Token)]) {
        for (of, new) in tokens {
            for window in &mut self.windows {
                let sources = [Some(&mut window.clerk), window.visitor.as_mut()];
                for microphone in sources.into_iter().flatten() {
                    if let AudioSource::Push { window, token } = &mut microphone.source
                        && window == of
                    {
                        *token = new.clone();
                    }
                }
            }
        }
    }
}

fn compare(windows: &[Window], newer: &[Window], changes: &mut Changes) {
    let ids = |windows: &[Window]| windows.iter().map(|w| w.id.clone()).collect::<Vec<_>>();
    let (old_ids, new_ids) = (ids(windows), ids(newer));
    let (was, is): (BTreeSet<_>, BTreeSet<_>) = (old_ids.iter().collect(), new_ids.iter().collect());
    changes.restart.extend(was.difference(&is).map(|id| format!("window `{id}` (gone)")));
    changes.restart.extend(is.difference(&was).map(|id| format!("window `{id}` (new)")));
    if was == is && old_ids != new_ids {
        changes.restart.push("the order of the windows".to_owned());
    }
    for window in windows {
        let Some(other) = newer.iter().find(|other| other.id == window.id) else { continue };
        let (token, others) = (token_of(window), token_of(other));
        if let (Some(_), Some(new)) = (token, others)
            && token != others
        {
            changes.tokens.push((window.id.clone(), new.clone()));
        }
        let mut same = Config::of_windows("", vec![window.clone()]);
        same.take_tokens(&others.map(|new| (window.id.clone(), new.clone())).into_iter().collect::<Vec<_>>());
        if same.windows.first() != Some(other) {
            changes.restart.push(format!("window `{}`", window.id));
        }
    }
}

fn token_of(window: &Window) -> Option<&Token> {
    match &window.clerk.source {
        AudioSource::Push { token, .. } => Some(token),
        AudioSource::Device(_) | AudioSource::File { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::toml_file::Source;

    const OLD: &str = "hall = \"大厅\"\n\
        [[window]]\nid = \"1\"\nclerk = \"device:a\"\n\
        [[window]]\nid = \"2\"\nclerk = \"push\"\nvisitor_channel = 1\ntoken = \"token-of-window-2\"\n\
        [budgets]\nforbidden_ms = 1500\n[stop]\nfinish_ms = 1000\n";

    fn parsed(text: &str) -> Config {
        Config::parse(&Source::new("c.toml", text), Path::new("")).unwrap_or_else(|faults| panic!("{faults}"))
    }

    #[test]
    fn what_needs_a_restart_is_named_and_what_does_not_is_taken() {
        let old = parsed(OLD);
        for (from, to, restart) in [
            ("device:a", "device:a", vec![]),
            ("大厅", "厅", vec!["`hall`"]),
            ("hall =", "model = \"small\"\nhall =", vec!["`model`"]),
            ("[budgets]\nforbidden_ms = 1500", "[budgets]\nforbidden_ms = 9000", vec!["[budgets]"]),
            ("finish_ms = 1000", "finish_ms = 1001", vec!["[stop]"]),
            ("[stop]", "[hearing]\nring_ms = 900\n[stop]", vec!["[hearing]"]),
            ("[stop]", "[server]\nlisten = \"127.0.0.1:1\"\n[stop]", vec!["[server]"]),
            ("[stop]", "[journal]\npath = \"j\"\n[stop]", vec!["[journal]"]),
            ("[stop]", "[ledger]\ndata = \".\"\n[stop]", vec!["[ledger]"]),
            (
                "[stop]",
                "[ledger]\ndata = \".\"\n[evidence]\nclips = false\n[stop]",
                vec!["[ledger]", "[evidence]"],
            ),
            ("device:a", "device:b", vec!["window `1`"]),
            ("visitor_channel = 1", "visitor_channel = 2", vec!["window `2`"]),
            ("id = \"1\"", "id = \"3\"", vec!["window `1` (gone)", "window `3` (new)"]),
        ] {
            let changes = old.changes(&parsed(&OLD.replace(from, to)));
            assert_eq!(
                changes,
                Changes { tokens: vec![], restart: restart.iter().map(|s| (*s).to_owned()).collect() }
            );
        }
        let mut turned = old.clone();
        turned.windows.reverse();
        assert_eq!(old.changes(&turned).restart, ["the order of the windows"]);
    }

    #[test]
    fn a_new_token_needs_no_restart() {
        let (mut old, new) = (parsed(OLD), parsed(&OLD.replace("token-of", "other-token-of")));
        let token = Token::parse("other-token-of-window-2").unwrap();
        let changes = old.changes(&new);
        assert_eq!(changes, Changes { tokens: vec![(WindowId::new("2"), token)], restart: vec![] });
        old.take_tokens(&changes.tokens);
        assert_eq!(old.changes(&new), Changes::default());
    }
}
