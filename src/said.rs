//! Sentences for people, in both languages at once: whoever knows the facts says them in English and Chinese, and nobody translates
//! what was said. Pure. Allocates: per sentence.

/// A sentence in each language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bilingual {
    pub en: String,
    pub zh: String,
}

/// One that is always the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Why {
    pub en: &'static str,
    pub zh: &'static str,
}

impl Bilingual {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// One value, told in each language.
    pub fn each<T: Copy>(value: T, en: impl FnOnce(T) -> String, zh: impl FnOnce(T) -> String) -> Self {
        Self { en: en(value), zh: zh(value) }
    }

    /// What is the same in both: words that were said.
    pub fn same(words: impl Into<String>) -> Self {
        let en = words.into();
        Self { zh: en.clone(), en }
    }

    /// Each on its own, for a record that has a field for each.
    pub fn apart(said: Option<&Self>) -> (Option<String>, Option<String>) {
        said.cloned().map(|Self { en, zh }| (en, zh)).unzip()
    }

    /// Both, one after the other.
    #[must_use]
    pub fn and(&self, next: &Self) -> Self {
        Self { en: format!("{}; {}", self.en, next.en), zh: format!("{}；{}", self.zh, next.zh) }
    }
}

impl Why {
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }
}

impl From<Why> for Bilingual {
    fn from(why: Why) -> Self {
        Self::new(why.en, why.zh)
    }
}
