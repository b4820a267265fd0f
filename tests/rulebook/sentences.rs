//! The built-in rulebook against sentences that clerks say: what must be found, and what must not.

use sansheng::conduct::FindingKind;
use sansheng::conduct::rulebook::{PhraseRole, Rule, Rulebook};
use sansheng::phrase::{Lexicon, PhraseHit, PhraseSpec, Speech};

/// The forbidden phrases of the built-in rulebook, and the rule of each.
struct Forbidden {
    book: Rulebook,
    /// For each phrase of the lexicon, its rule.
    rules: Vec<usize>,
    lexicon: Lexicon,
}

impl Forbidden {
    fn load() -> Self {
        let book = Rulebook::builtin().unwrap();
        let mut specs: Vec<PhraseSpec> = Vec::new();
        let mut rules = Vec::new();
        for (index, rule) in book.rules().iter().enumerate() {
            if rule.finding_kind() == FindingKind::Forbidden {
                specs.extend(rule.phrases().into_iter().map(|(_, spec)| spec.clone()));
                rules.resize(specs.len(), index);
            }
        }
        let lexicon = Lexicon::compile(&specs).unwrap();
        Self { book, rules, lexicon }
    }

    /// Hits that no guard holds back, the best of overlapping ones first.
    fn passed(&self, sentence: &str) -> Vec<(&Rule, PhraseHit)> {
        let mut hits = self.lexicon.find(&Speech::from_text(sentence));
        hits.retain(PhraseHit::passed);
        let worth = |hit: &PhraseHit| hit.syllables as f32 - 2.0 * hit.cost;
        hits.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        hits.into_iter().map(|hit| (&self.book.rules()[self.rules[hit.phrase]], hit)).collect()
    }

    fn describe(&self, sentence: &str) -> String {
        let hits = self.lexicon.find(&Speech::from_text(sentence));
        let lines = hits.iter().map(|hit| {
            let rule = &self.book.rules()[self.rules[hit.phrase]];
            format!("\n    {} {} ← {}: {}", rule.id, hit.wording, hit.heard, hit.explain())
        });
        lines.collect()
    }
}

fn sentences(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn rude_sentences_are_found_under_their_provision() {
    let forbidden = Forbidden::load();
    let mut missed = Vec::new();
    let files = [include_str!("../sentences/rude.txt"), include_str!("../sentences/rude-otherwise.txt")];
    for line in files.into_iter().flat_map(sentences) {
        let (provision, sentence) = line.split_once('\t').unwrap();
        let best = forbidden.passed(sentence).first().map(|(rule, _)| rule.provision.clone());
        if best.as_deref() != Some(provision) {
            missed.push(format!("{line}: found {best:?}{}", forbidden.describe(sentence)));
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn innocent_sentences_are_left_alone_with_and_without_punctuation() {
    let forbidden = Forbidden::load();
    let mut accused = Vec::new();
    let files =
        [include_str!("../sentences/innocent.txt"), include_str!("../sentences/innocent-otherwise.txt")];
    for sentence in files.into_iter().flat_map(sentences) {
        let run_on: String = sentence.chars().filter(|ch| *ch != '，').collect();
        for text in [sentence, run_on.as_str()] {
            for (rule, hit) in forbidden.passed(text) {
                accused.push(format!("{text}: {} {} ({})", rule.id, hit.wording, hit.explain()));
            }
        }
    }
    assert!(accused.is_empty(), "{} accused:\n{}", accused.len(), accused.join("\n"));
}

/// What the phrases of one rule are for that are heard in `text` and held back by no guard.
fn roles(rule: &Rule, text: &str) -> Vec<PhraseRole> {
    let (all, specs): (Vec<PhraseRole>, Vec<PhraseSpec>) =
        rule.phrases().into_iter().map(|(role, spec)| (role, spec.clone())).unzip();
    let lexicon = Lexicon::compile(&specs).unwrap();
    let hits = lexicon.find(&Speech::from_text(text));
    let mut roles: Vec<PhraseRole> =
        hits.iter().filter(|hit| hit.passed()).map(|hit| all[hit.phrase]).collect();
    roles.sort();
    roles.dedup();
    roles
}

fn check_roles(rule: &str, cases: &[(&str, &[PhraseRole])]) {
    let book = Rulebook::builtin().unwrap();
    let rule = book.rule(rule).unwrap();
    for (text, expected) in cases {
        assert_eq!(roles(rule, text), *expected, "{} in {text}", rule.id);
    }
}

use PhraseRole::{Expected, Near, Said, Trigger};

#[test]
fn a_greeting_is_told_from_something_near_it_and_from_none() {
    check_roles(
        "P01-greeting",
        &[
            ("您好，请讲", &[Said]),
            ("你好", &[Said]),
            ("您好，请坐，请问您需要办理什么业务", &[Said, Near]),
            ("早上好，请问有什么可以帮您", &[Said]),
            ("大爷您好，您先坐", &[Said]),
            ("您要办什么业务", &[Said, Near]),
            ("什么事", &[Near]),
            ("怎么了", &[Near]),
            ("我不管，问别人去", &[]),
            ("等一下，我还没上班，等会再说", &[]),
            ("叫过了就再取一张号", &[]),
            ("身份证和租房合同都拿出来", &[]),
            ("章程拿来看看", &[]),
        ],
    );
}

#[test]
fn a_farewell_is_told_from_something_near_it_and_from_none() {
    check_roles(
        "P02-farewell",
        &[
            ("不客气，您慢走，再见", &[Said, Near]),
            ("请慢走", &[Said]),
            ("谢谢您的合作", &[Said, Near]),
            ("感谢您的配合，祝您生活愉快", &[Said]),
            ("好的，拜拜", &[Said]),
            ("您走好", &[Said]),
            ("这个要走好几趟", &[]),
            ("下班了，明天再来", &[]),
            ("补齐了再来", &[]),
            ("工号牌上写着呢，你的记性真差", &[]),
            ("四号窗口也许能打，快点，我要下班了", &[]),
        ],
    );
}

#[test]
fn words_after_a_wait_are_recognised() {
    check_roles(
        "P11-after-a-wait",
        &[
            ("对不起，让您久等了", &[Said]),
            ("不好意思，系统慢", &[Said]),
            ("您等了半天了吧", &[Said]),
            ("找到了，你看一下名字对不对", &[]),
        ],
    );
}

#[test]
fn what_demands_an_apology_is_heard_with_it_and_without() {
    for (rule, cases) in [
        (
            "P12-missing-material",
            [
                ("材料不齐，缺少出院小结", &[Trigger][..]),
                ("对不起，您还缺少契税发票，我现在把补办件的清单给您", &[Trigger, Expected(0)]),
                ("您的材料都齐了，不缺", &[]),
                ("如果缺少材料，我给您打电话", &[]),
                ("至少一份原件", &[]),
                ("少一份材料也不要紧，我给您容缺受理", &[]),
            ],
        ),
        (
            "P13-refusal",
            [
                ("这个办不了", &[Trigger]),
                ("对不起，根据规定，您的申请不能办理，请原谅", &[Trigger, Expected(0), Expected(1)]),
                ("对不起，这个不能办", &[Trigger, Expected(0)]),
                ("您问能不能办，能办", &[]),
                ("三号窗口办不了的话您再来", &[]),
                ("您是说“办不了”吗", &[]),
            ],
        ),
        (
            "P14-breakdown",
            [
                ("打印机坏了", &[Trigger]),
                ("机器坏了我有啥子办法", &[Trigger]),
                ("对不起，电脑系统出现故障了，请您稍等", &[Trigger, Expected(0)]),
                ("您的手机坏了也没关系", &[]),
                ("系统已经恢复正常", &[]),
                ("您是说打印机坏了吗", &[]),
            ],
        ),
        (
            "P15-form-filled-wrongly",
            [
                ("你这张表填错了", &[Trigger]),
                ("不好意思，您这里写错了，应该写现住址", &[Trigger, Expected(0)]),
                ("请您自己看一下有没有填错", &[]),
                ("看过了，没有填错", &[]),
                ("写错了没关系，我给您换一张", &[]),
                ("您是说填错了吗", &[]),
            ],
        ),
        (
            "P16-not-our-business",
            [
                ("这个不归我们管", &[Trigger]),
                ("这个不归我们管，请您到三号窗口", &[Trigger, Expected(0)]),
                ("我们这里不办这个，我帮您问一下", &[Trigger, Expected(0)]),
                ("不是我们窗口的业务，在二楼", &[Trigger, Expected(0)]),
                ("这个归我们管", &[]),
                ("他刚才说不归我们管", &[]),
            ],
        ),
    ] {
        check_roles(rule, &cases);
    }
}

#[test]
fn good_practice_earns_credit_and_look_alikes_none() {
    let book = Rulebook::builtin().unwrap();
    for (rule, earns, earns_not) in [
        ("P04-please-sit", "您先坐一下", "坐公交车可以到"),
        ("P05-polite-address", "大爷，您慢走", "先生的姓名写在第一栏"),
        ("P06-ten-characters", "谢谢", "身份证带了吗"),
        ("P10-please-wait", "请您稍候", "等级证书带了吗"),
        ("P17-next-step", "办好后请您到三号窗口缴费", "三号窗口今天不开"),
        ("P18-handover", "请保管好您的资料", "资料放在桌上"),
        ("P21-thanks-for-cooperation", "谢谢您的理解和支持", "请理解这条规定"),
        ("P22-will-call-back", "我会尽快给您回复", "回执在里面"),
        ("P23-please-say-again", "麻烦您再说一遍", "这一遍填对了"),
    ] {
        let rule = book.rule(rule).unwrap();
        assert_eq!(roles(rule, earns), [Said], "{} in {earns}", rule.id);
        assert_eq!(roles(rule, earns_not), [], "{} in {earns_not}", rule.id);
    }
}

#[test]
fn hanging_up_is_told_from_letting_the_caller_hang_up() {
    check_roles(
        "P09-hangs-up",
        &[
            ("我挂了", &[Said]),
            ("不跟你说了，挂了", &[Said]),
            ("别再打电话了", &[Said]),
            ("您先挂，再见", &[]),
            ("请您不要挂电话，我去查一下", &[]),
            ("感谢您的来电，我挂了，再见", &[]),
        ],
    );
}
