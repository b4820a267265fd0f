//! Characters: simplified writing, classes, and the normal form that transcripts are compared in.

use std::collections::HashMap;
use std::sync::OnceLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

use super::number::spell_out_numbers;

/// Chinese characters, without punctuation.
pub fn is_hanzi(ch: char) -> bool {
    matches!(ch, '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

/// Marks that end or divide a clause, Chinese and Western. 「＊」 is none: it stands for a character that was spoken and masked.
pub fn is_punctuation(ch: char) -> bool {
    ch.is_ascii_punctuation()
        || matches!(ch, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{2010}'..='\u{2027}')
        || matches!(ch, '\u{FF01}'..='\u{FF09}' | '\u{FF0B}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}')
        || matches!(ch, '\u{FF5B}'..='\u{FF65}' | '·')
}

/// Marks around somebody's words. They divide no clause: nobody pauses for them.
pub fn is_quotation_mark(ch: char) -> bool {
    matches!(ch, '"' | '\'' | '\u{2018}'..='\u{201F}' | '\u{300C}'..='\u{300F}' | '\u{FF02}' | '\u{FF07}')
}

/// `ch` in simplified writing; other characters are returned as they are.
///
/// Character by character, so that a converted text keeps the length, and with it the times, of the original.
pub fn simplify_char(ch: char) -> char {
    if ch.is_ascii() { ch } else { table().get(&ch).copied().unwrap_or(ch) }
}

/// `text` with every character in simplified writing, character for character.
pub fn simplify(text: &str) -> String {
    text.chars().map(simplify_char).collect()
}

/// `text` in traditional writing, as its words are written; as it is where the dictionary has no other writing.
pub fn traditional(text: &str) -> String {
    static OPENCC: OnceLock<Option<OpenCC>> = OnceLock::new();
    // The dictionary is compiled into the program.
    let opencc = OPENCC.get_or_init(|| OpenCC::from_config(BuiltinConfig::S2t).ok());
    opencc.as_ref().map_or_else(|| text.to_owned(), |opencc| opencc.convert(text))
}

/// The form transcripts are compared in: simplified, numbers spelled out (`15` → 十五), letters lower
/// case, neither punctuation nor space.
pub fn normalise(text: &str) -> String {
    spell_out_numbers(&simplify(text))
        .chars()
        .filter(|ch| !is_punctuation(*ch) && !ch.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Traditional to simplified, only the characters that differ. Made once from OpenCC's dictionary.
fn table() -> &'static HashMap<char, char> {
    static TABLE: OnceLock<HashMap<char, char>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = HashMap::from(SPOKEN);
        // The dictionary is compiled into the program: without it the text stays as the recogniser wrote it.
        let Ok(opencc) = OpenCC::from_config(BuiltinConfig::T2s) else { return table };
        for ch in ('\u{3400}'..='\u{4DBF}').chain('\u{4E00}'..='\u{9FFF}') {
            let converted = opencc.convert(ch.encode_utf8(&mut [0; 4]));
            let mut chars = converted.chars();
            if let (Some(simple), None) = (chars.next(), chars.next())
                && simple != ch
            {
                table.entry(ch).or_insert(simple);
            }
        }
        table
    })
}

/// What OpenCC keeps apart, and this program must not: spellings of one spoken word.
const SPOKEN: [(char, char); 4] = [('囉', '啰'), ('妳', '你'), ('瞭', '了'), ('著', '着')];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_writing_becomes_simplified_character_for_character() {
        for (traditional, simplified) in [
            ("別囉嗦，快點講", "别啰嗦，快点讲"),
            ("沒看見我在忙嗎", "没看见我在忙吗"),
            ("請問您需要辦理什麼業務", "请问您需要办理什么业务"),
            ("已经是简体", "已经是简体"),
            ("ABC 123", "ABC 123"),
        ] {
            assert_eq!(simplify(traditional), simplified);
            assert_eq!(simplify(traditional).chars().count(), traditional.chars().count());
        }
    }

    #[test]
    fn simplified_writing_becomes_traditional_by_its_words_and_back_again() {
        for (simplified, written) in [
            ("没时间", "沒時間"),
            ("别啰嗦快点讲", "別囉嗦快點講"),
            ("头发", "頭髮"),
            ("发票", "發票"),
            ("不行", "不行"),
        ] {
            assert_eq!(traditional(simplified), written);
            assert_eq!(simplify(written), simplified);
        }
    }

    #[test]
    fn transcripts_that_differ_only_in_writing_normalise_alike() {
        for (a, b) in [
            ("一共380元，请扫码。", "一共三百八十元请扫码"),
            ("有牌子, 自己看!", "有牌子自己看"),
            ("WiFi 密碼", "wifi密码"),
        ] {
            assert_eq!(normalise(a), normalise(b));
        }
    }
}
