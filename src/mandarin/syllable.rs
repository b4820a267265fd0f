//! Toneless pinyin syllables, interned as small integers.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use pinyin::ToPinyin;

use super::text::simplify_char;

/// A toneless syllable such as `zhang` (`ü` is written `v`), an index into a table sorted by spelling.
///
/// Ids are stable for one build of the program; store the spelling, not the id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Syllable(u16);

impl Syllable {
    /// The syllable spelled `spelling`, lower case without tone; `None` when Mandarin has no such syllable.
    pub fn parse(spelling: &str) -> Option<Self> {
        table().ids.get(spelling).copied()
    }

    pub fn as_str(self) -> &'static str {
        &table().spellings[usize::from(self.0)]
    }

    /// Dense index, below [`Syllable::count`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// How many syllables there are.
    pub fn count() -> usize {
        table().spellings.len()
    }

    /// Every syllable, by spelling.
    pub fn all() -> impl Iterator<Item = Syllable> {
        (0..Self::count()).map(|i| Syllable(i as u16))
    }
}

impl fmt::Debug for Syllable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Syllable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The commonest reading of a character in either writing; `None` for what is not a Chinese character.
pub fn syllable_of(ch: char) -> Option<Syllable> {
    readings(ch).first().copied()
}

/// Readings of a character that occur in everyday speech, commonest first; empty for other characters.
///
/// Dictionaries list readings nobody uses at a counter (不 as *fou*): each would let a phrase match
/// a sound that was never its own, so only the polyphones of everyday speech have more than one.
pub fn readings(ch: char) -> &'static [Syllable] {
    let ch = match ch {
        '0'..='9' => DIGITS[ch as usize - '0' as usize],
        _ => simplify_char(ch),
    };
    table().readings.get(&ch).map_or(&[], Vec::as_slice)
}

/// Digits are read one by one; recognisers write them for spoken numbers.
const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// Polyphones of everyday speech: the character, then its readings, commonest first.
/// Source: 通用规范汉字表 characters with more than one reading in 现代汉语词典, cut to counter speech.
const POLYPHONES: &[(char, &[&str])] = &[
    ('行', &["xing", "hang"]),
    ('着', &["zhe", "zhao", "zhuo"]),
    ('了', &["le", "liao"]),
    ('还', &["hai", "huan"]),
    ('都', &["dou", "du"]),
    ('得', &["de", "dei"]),
    ('地', &["di", "de"]),
    ('的', &["de", "di"]),
    ('长', &["chang", "zhang"]),
    ('说', &["shuo", "shui"]),
    ('没', &["mei", "mo"]),
    ('么', &["me", "ma"]),
    ('什', &["shen", "shi"]),
    ('差', &["cha", "chai"]),
    ('便', &["bian", "pian"]),
    ('重', &["zhong", "chong"]),
    ('觉', &["jue", "jiao"]),
    ('乐', &["le", "yue"]),
    ('会', &["hui", "kuai"]),
    ('那', &["na", "nei"]),
    ('哪', &["na", "nei"]),
    ('这', &["zhe", "zhei"]),
    ('谁', &["shei", "shui"]),
    ('给', &["gei", "ji"]),
    ('啊', &["a"]),
    ('呀', &["ya"]),
    ('调', &["diao", "tiao"]),
    ('传', &["chuan", "zhuan"]),
    ('处', &["chu"]),
    ('当', &["dang"]),
    ('倒', &["dao"]),
    ('弄', &["nong", "long"]),
    ('薄', &["bao", "bo"]),
    ('剥', &["bo", "bao"]),
    ('血', &["xue", "xie"]),
    ('露', &["lu", "lou"]),
    ('落', &["luo", "la", "lao"]),
    ('率', &["lv", "shuai"]),
    ('绿', &["lv"]),
    ('车', &["che"]),
    ('和', &["he", "huo"]),
    ('角', &["jiao", "jue"]),
    ('校', &["xiao", "jiao"]),
    ('降', &["jiang", "xiang"]),
    ('系', &["xi", "ji"]),
    ('省', &["sheng", "xing"]),
    ('数', &["shu"]),
    ('宿', &["su"]),
    ('提', &["ti"]),
    ('约', &["yue"]),
    ('朝', &["chao", "zhao"]),
    ('曾', &["ceng", "zeng"]),
    ('单', &["dan"]),
    ('参', &["can", "shen"]),
    ('藏', &["cang", "zang"]),
    ('划', &["hua"]),
    ('喝', &["he"]),
    ('刚', &["gang"]),
    ('期', &["qi"]),
    ('其', &["qi"]),
    ('奇', &["qi"]),
    ('几', &["ji"]),
    ('亲', &["qin"]),
    ('切', &["qie"]),
    ('色', &["se"]),
    ('熟', &["shu", "shou"]),
    ('似', &["si", "shi"]),
    ('贴', &["tie"]),
    ('吓', &["xia"]),
    ('要', &["yao"]),
    ('应', &["ying"]),
    ('与', &["yu"]),
    ('只', &["zhi"]),
    ('转', &["zhuan"]),
    ('嗯', &["en"]),
    ('一', &["yi", "yao"]),
    ('囉', &["luo"]),
    ('啰', &["luo"]),
    ('嗦', &["suo"]),
    ('唆', &["suo"]),
    ('您', &["nin"]),
    ('你', &["ni"]),
    ('嘞', &["lei"]),
    ('喔', &["o", "wo"]),
    ('哦', &["o", "e"]),
    ('噢', &["o"]),
    ('哎', &["ai"]),
    ('诶', &["ei", "ai"]),
    ('欸', &["ei", "ai"]),
];

struct Table {
    /// Sorted.
    spellings: Vec<String>,
    ids: HashMap<&'static str, Syllable>,
    readings: HashMap<char, Vec<Syllable>>,
}

/// Characters whose readings are tabled: the unified ideographs and extension A.
const IDEOGRAPHS: [std::ops::RangeInclusive<char>; 3] =
    ['\u{3007}'..='\u{3007}', '\u{3400}'..='\u{4DBF}', '\u{4E00}'..='\u{9FFF}'];

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(build)
}

fn build() -> Table {
    let mut primary: HashMap<char, Vec<String>> = HashMap::new();
    for ch in IDEOGRAPHS.into_iter().flatten() {
        if let Some(reading) = ch.to_pinyin() {
            primary.insert(ch, vec![spell(reading.plain())]);
        }
    }
    for (ch, spellings) in POLYPHONES {
        primary.insert(*ch, spellings.iter().map(|s| (*s).to_owned()).collect());
    }
    let mut spellings: Vec<String> = primary.values().flatten().cloned().collect();
    spellings.sort_unstable();
    spellings.dedup();
    let id = |s: &String| Syllable(spellings.binary_search(s).map_or(0, |i| i as u16));
    let readings = primary.iter().map(|(ch, all)| (*ch, all.iter().map(id).collect())).collect();
    // One table for the life of the process: leaking the spellings lets `as_str` be `'static`.
    let ids = spellings
        .iter()
        .enumerate()
        .map(|(i, s)| (&*Box::leak(s.clone().into_boxed_str()), Syllable(i as u16)))
        .collect();
    Table { spellings, ids, readings }
}

/// The dictionary's spelling in ours: `ü` becomes `v`, a bare nasal (呣, 嗯, 哼 in some readings) a vowel.
fn spell(plain: &str) -> String {
    let spelled = plain.replace('ü', "v");
    match spelled.as_str() {
        "m" | "n" | "ng" | "hm" | "hng" => "en".to_owned(),
        "ê" => "ei".to_owned(),
        _ => spelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        text.chars().filter_map(syllable_of).map(Syllable::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn everyday_sentences_read_as_a_clerk_would_say_them() {
        for (text, sounds) in [
            ("别啰嗦，快点讲", "bie luo suo kuai dian jiang"),
            ("别囉嗦", "bie luo suo"),
            ("机器坏了我有啥子办法", "ji qi huai le wo you sha zi ban fa"),
            ("您不知道的话我帮您查", "nin bu zhi dao de hua wo bang nin cha"),
            ("不能辦", "bu neng ban"),
            ("绿色", "lv se"),
            ("您的记性真差", "nin de ji xing zhen cha"),
            ("有牌子自己看", "you pai zi zi ji kan"),
            ("谢谢您的合作", "xie xie nin de he zuo"),
        ] {
            assert_eq!(spelled(text), sounds, "{text}");
        }
    }

    #[test]
    fn polyphones_keep_every_reading_in_use_and_others_have_one() {
        let zhao = Syllable::parse("zhao").unwrap();
        assert!(readings('着').contains(&zhao));
        assert_eq!(readings('不').len(), 1);
        assert!(readings('，').is_empty());
        assert!(readings('a').is_empty());
    }

    #[test]
    fn the_table_holds_mandarins_syllables_and_nothing_else() {
        assert!((390..=430).contains(&Syllable::count()), "{} syllables", Syllable::count());
        for syllable in Syllable::all() {
            assert_eq!(Syllable::parse(syllable.as_str()), Some(syllable));
            assert!(syllable.as_str().bytes().all(|b| b.is_ascii_lowercase()), "{syllable}");
        }
        assert_eq!(Syllable::parse("zhx"), None);
    }
}
