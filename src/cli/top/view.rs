//! What the person at the screen chose: pane, place, filter. Keys change it; drawing only reads it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::words::Lang;
use crate::status::{AlertStatus, HallStatus, WindowStatus};

/// The last picture of the hall and how the line to it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture {
    pub hall: Option<HallStatus>,
    pub link: Link,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Link {
    #[default]
    Connecting,
    Up,
    /// Nothing was heard from the service for so many seconds, because of this.
    Down {
        reason: String,
        for_s: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pane {
    Windows,
    Alerts,
}

#[derive(Clone, Debug)]
pub(super) struct View {
    pub lang: Lang,
    pub pane: Pane,
    /// Chosen line of each pane, among those that pass the filter; may be past the end until it is drawn.
    pub window: usize,
    pub alert: usize,
    pub filter: String,
    /// Keys go into the filter.
    pub typing: bool,
}

/// What a key asks the program to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    Quit,
}

impl View {
    pub fn new(lang: Lang) -> Self {
        Self { lang, pane: Pane::Windows, window: 0, alert: 0, filter: String::new(), typing: false }
    }

    /// The windows that pass the filter, in the order of the hall.
    pub fn windows<'h>(&self, hall: &'h HallStatus) -> Vec<&'h WindowStatus> {
        let shown = |window: &&WindowStatus| {
            self.passes(&[&window.id, &window.name, &window.words, self.lang.state(window.state)])
        };
        hall.windows.iter().filter(shown).collect()
    }

    /// The alerts that pass the filter, the newest first.
    pub fn alerts<'h>(&self, hall: &'h HallStatus) -> Vec<&'h AlertStatus> {
        let shown = |a: &&AlertStatus| {
            self.passes(&[&a.window, &a.phrase, &a.heard, &a.rule, &a.provision, &a.severity, &a.state])
        };
        hall.alerts.iter().filter(shown).collect()
    }

    /// Takes a key. `lines` and `page` are those of the pane that has the keys.
    pub fn press(&mut self, key: KeyEvent, lines: usize, page: usize) -> Asked {
        if key.kind == KeyEventKind::Release {
            return Asked::Nothing;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return if key.code == KeyCode::Char('c') { Asked::Quit } else { Asked::Nothing };
        }
        let place = self.place().min(lines.saturating_sub(1));
        match (self.typing, key.code) {
            (true, KeyCode::Char(symbol)) => self.filter.push(symbol),
            (true, KeyCode::Backspace) => drop(self.filter.pop()),
            (true, KeyCode::Enter) => self.typing = false,
            (_, KeyCode::Esc) => {
                self.typing = false;
                self.filter.clear();
            }
            (false, KeyCode::Char('q')) => return Asked::Quit,
            (false, KeyCode::Char('/')) => self.typing = true,
            (_, KeyCode::Tab | KeyCode::BackTab) => {
                self.pane = if self.pane == Pane::Windows { Pane::Alerts } else { Pane::Windows };
            }
            (_, KeyCode::Down) | (false, KeyCode::Char('j')) => self.go(place + 1, lines),
            (_, KeyCode::Up) | (false, KeyCode::Char('k')) => self.go(place.saturating_sub(1), lines),
            (_, KeyCode::PageDown) | (false, KeyCode::Char(' ')) => self.go(place + page.max(1), lines),
            (_, KeyCode::PageUp) => self.go(place.saturating_sub(page.max(1)), lines),
            (_, KeyCode::Home) | (false, KeyCode::Char('g')) => self.go(0, lines),
            (_, KeyCode::End) | (false, KeyCode::Char('G')) => self.go(lines, lines),
            _ => {}
        }
        Asked::Nothing
    }

    fn place(&self) -> usize {
        if self.pane == Pane::Windows { self.window } else { self.alert }
    }

    fn go(&mut self, place: usize, lines: usize) {
        let place = place.min(lines.saturating_sub(1));
        match self.pane {
            Pane::Windows => self.window = place,
            Pane::Alerts => self.alert = place,
        }
    }

    fn passes(&self, texts: &[&str]) -> bool {
        let wanted = self.filter.to_lowercase();
        wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    }
}

/// First line shown so that the chosen one is in the middle, as far as the ends allow.
pub(super) fn first_line(chosen: usize, lines: usize, rows: usize) -> usize {
    chosen.saturating_sub(rows / 2).min(lines.saturating_sub(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presses keys on a pane of `lines` lines, ten a page.
    fn after(keys: &[KeyCode], lines: usize) -> (View, Asked) {
        let mut view = View::new(Lang::En);
        let asked = keys.iter().map(|code| view.press(KeyEvent::from(*code), lines, 10)).last();
        (view, asked.unwrap())
    }

    #[test]
    fn keys_move_within_the_lines() {
        use KeyCode::{Char, Down, End, Home, PageDown, PageUp, Up};
        for (keys, lines, place) in [
            (vec![Down, Down, Up], 60, 1),
            (vec![Char('j'), Char('k'), Char('k')], 60, 0),
            (vec![PageDown, PageDown, PageUp], 60, 10),
            (vec![End], 60, 59),
            (vec![End, PageDown], 60, 59),
            (vec![End, Home], 60, 0),
            (vec![Down], 0, 0),
        ] {
            assert_eq!(after(&keys, lines).0.window, place, "{keys:?}");
        }
    }

    #[test]
    fn letters_go_into_the_filter_while_it_is_typed() {
        use KeyCode::{Backspace, Char, Enter, Esc};
        let (view, asked) = after(&[Char('/'), Char('q'), Char('社'), Char('x'), Backspace], 9);
        assert_eq!((view.filter.as_str(), view.typing, asked), ("q社", true, Asked::Nothing));
        assert_eq!(after(&[Char('/'), Char('q'), Enter, Char('q')], 9).1, Asked::Quit);
        let (view, _) = after(&[Char('/'), Char('q'), Esc], 9);
        assert_eq!((view.filter.as_str(), view.typing), ("", false));
    }

    #[test]
    fn control_c_quits_even_while_the_filter_is_typed() {
        let mut view = View::new(Lang::En);
        view.typing = true;
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(view.press(key, 1, 1), Asked::Quit);
    }

    #[test]
    fn the_chosen_line_is_always_shown() {
        for lines in 0..70_usize {
            for rows in 1..20 {
                for chosen in 0..lines {
                    let first = first_line(chosen, lines, rows);
                    assert!((first..first + rows).contains(&chosen), "{chosen} of {lines} in {rows}");
                    assert!(first + rows <= lines.max(rows), "no empty rows while there are lines");
                }
            }
        }
    }
}
