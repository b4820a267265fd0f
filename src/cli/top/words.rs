//! What the screen says, in Chinese and in English.

use clap::ValueEnum;

use crate::status::{Overload, WindowState};

/// Language of the labels; what people say and what rules are called stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Lang {
    Zh,
    En,
}

impl Lang {
    /// Chinese where the first of these that is set is a Chinese locale.
    pub fn from_locale(variables: [Option<String>; 3]) -> Self {
        let set = variables.into_iter().flatten().find(|value| !value.is_empty());
        if set.is_some_and(|value| value.starts_with("zh")) { Self::Zh } else { Self::En }
    }

    /// One of two wordings.
    pub fn say<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    pub fn state(self, state: WindowState) -> &'static str {
        match state {
            WindowState::Starting => self.say("启动", "start"),
            WindowState::Live => self.say("在听", "live"),
            WindowState::Waiting => self.say("等待", "wait"),
            WindowState::Down => self.say("断开", "DOWN"),
            WindowState::Ended => self.say("结束", "ended"),
        }
    }

    pub fn overload(self, step: Overload) -> &'static str {
        match step {
            Overload::None => self.say("无", "none"),
            Overload::Partials => self.say("省去中间识别", "partials shed"),
            Overload::Context => self.say("缩短上下文", "context cut"),
            Overload::Unmonitored => self.say("有话未听", "SPEECH UNHEARD"),
        }
    }

    /// Name of a budget; one that is not known keeps its own.
    pub fn budget(self, name: &str) -> String {
        match name {
            "forbidden" => self.say("禁语", "forbidden").to_owned(),
            "greeting" => self.say("迎声", "greeting").to_owned(),
            "farewell" => self.say("送声", "farewell").to_owned(),
            other => other.to_owned(),
        }
    }

    /// Kind of a finding; one that is not known keeps its own name.
    pub fn kind(self, kind: &str) -> &str {
        match (self, kind) {
            (Self::Zh, "forbidden") => "禁语",
            (Self::Zh, "missing") => "缺语",
            (Self::Zh, "voice") => "语气",
            (Self::Zh, "credit") => "加分",
            _ => kind,
        }
    }

    /// Severity of a finding; one that is not known keeps its own name.
    pub fn severity(self, severity: &str) -> &str {
        match (self, severity) {
            (Self::Zh, "note") => "提示",
            (Self::Zh, "minor") => "较轻",
            (Self::Zh, "major") => "较重",
            (Self::Zh, "critical") => "严重",
            _ => severity,
        }
    }

    /// State of an alert with a sign of its own, so that nobody depends on its colour.
    pub fn alert(self, state: &str) -> String {
        match state {
            "provisional" => self.say("? 暂定", "? provis.").to_owned(),
            "confirmed" => self.say("! 确认", "! confirm").to_owned(),
            "retracted" => self.say("x 撤回", "x retract").to_owned(),
            other => other.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_first_locale_that_is_set() {
        let set = |values: [&str; 3]| Lang::from_locale(values.map(|v| (v != "-").then(|| v.to_owned())));
        for (values, lang) in [
            (["-", "-", "zh_CN.UTF-8"], Lang::Zh),
            (["", "-", "zh_TW"], Lang::Zh),
            (["en_GB.UTF-8", "-", "zh_CN.UTF-8"], Lang::En),
            (["-", "-", "-"], Lang::En),
            (["-", "zh_CN.UTF-8", "C"], Lang::Zh),
        ] {
            assert_eq!(set(values), lang, "{values:?}");
        }
    }
}
