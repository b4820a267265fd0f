//! What somebody may see of the hall.

use crate::units::WindowId;

/// Windows, and whose findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `None`: all of the hall.
    windows: Option<Vec<String>>,
    whose: Whose,
}

/// Whose findings and scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    Everybody,
    /// Of the clerk of this staff number alone.
    Only(String),
    Nobody,
}

impl Scope {
    pub fn new(windows: Option<Vec<String>>, whose: Whose) -> Self {
        Self { windows, whose }
    }

    pub fn all() -> Self {
        Self::new(None, Whose::Everybody)
    }

    pub fn has_window(&self, window: &WindowId) -> bool {
        self.has_window_named(window.as_str())
    }

    pub fn has_window_named(&self, window: &str) -> bool {
        self.windows.as_ref().is_none_or(|windows| windows.iter().any(|id| id == window))
    }

    /// Whether something that is charged to `clerk` (a staff number; `None`: to nobody) at a window may be seen. What may not
    /// be seen is told as if it were not there.
    pub fn has(&self, window: &WindowId, clerk: Option<&str>) -> bool {
        self.has_window(window) && self.has_clerk(clerk)
    }

    pub fn has_clerk(&self, clerk: Option<&str>) -> bool {
        match &self.whose {
            Whose::Everybody => true,
            Whose::Only(own) => clerk == Some(own.as_str()),
            Whose::Nobody => false,
        }
    }

    /// `None`: every window.
    pub fn windows(&self) -> Option<&[String]> {
        self.windows.as_deref()
    }

    pub fn whose(&self) -> &Whose {
        &self.whose
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clerk_sees_what_is_charged_to_them_at_the_windows_they_may_see() {
        let own = || Whose::Only("0231".to_owned());
        let some = || Some(vec!["1".to_owned(), "2".to_owned()]);
        for (scope, window, clerk, seen) in [
            (Scope::all(), "9", None, true),
            (Scope::all(), "9", Some("0007"), true),
            (Scope::new(some(), Whose::Everybody), "2", None, true),
            (Scope::new(some(), Whose::Everybody), "3", None, false),
            (Scope::new(None, own()), "3", Some("0231"), true),
            (Scope::new(None, own()), "3", Some("0007"), false),
            (Scope::new(None, own()), "3", None, false),
            (Scope::new(some(), own()), "3", Some("0231"), false),
            (Scope::new(None, Whose::Nobody), "3", Some(""), false),
        ] {
            assert_eq!(scope.has(&WindowId::new(window), clerk), seen, "{scope:?} {window} {clerk:?}");
        }
    }
}
