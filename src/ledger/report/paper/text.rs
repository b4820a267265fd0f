//! The words of a report, in the language of whoever reads it.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReportLang {
    #[default]
    Zh,
    En,
}

impl ReportLang {
    /// One of two wordings.
    pub fn say(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// For `lang` in HTML.
    pub fn tag(self) -> &'static str {
        self.say("zh-CN", "en")
    }
}
