//! Quotation: the clerk gives back words that are somebody else's: the visitor's, a third person's, a form's, a rule's.
//! In: speech, a phrase in it. Out: the words that say so. Thread: hear-N and judge. Allocates: per phrase found.
//!
//! What the clerk says in person is not quoted, however often it is said to have been said: 跟你说了不行, 我说了不知道.

use std::ops::Range;
use std::sync::OnceLock;

use super::align::align_all;
use super::guard::GUARD_COST_MAX;
use super::network::Network;
use super::pattern::Pattern;
use super::speech::Speech;

/// Directly before the phrase, over a pause or not: 您刚才说，没时间.
const SAID_BEFORE: &[&str] = &[
    "[您|你][刚才|刚刚|上次|昨天|上午|之前|前面|早上|电话里][跟我|]说[的是|的|是|]",
    "[您|你][刚才|刚刚|]说的是",
    "[您|你]的意思是[说|]",
    "[您|你]是[想说|说|想问]",
    "[您|你]跟我说[的是|]",
    "[您|你][是|刚才|刚刚|][说|讲]我[说|讲][了|过|的|]",
    "[您|你][刚才|刚刚|上次|昨天|上午|之前|前面|][说的|讲的|]那[一|]句[话|]",
    "什么叫[做|]",
];

/// Directly before it in the same clause: 他说我不管, 墙上写着有牌子. Over a pause they may be what the clerk goes by:
/// 墙上写着，自己看.
const TOLD_BEFORE: &[&str] = &[
    "[他|她|他们|她们|别人|人家|有人|有的人|谁|对方|那人|那位|家里人|孩子|群众|顾客|他爱人|她爱人|我妈|我爸]\
     [就|也|都|老|总|还|刚才|昨天|上次|要|会|又|]\
     [跟我|跟您|跟他|对我|对您|冲我|冲他|骂我|在电话里|]\
     [说|讲|问|喊|骂|吼|嚷|回|写]",
    "[领导|主任|科长|同事|老师|师傅|银行|单位|学校|社区|医院|窗口|那边][就|也|都|老|总|还|刚才|昨天|上次|又|]\
     [跟您|跟我|跟他|]说",
    "[墙上|纸上|表上|网上|上面|上头|牌子上|通知上|单子上|屏幕上|信里|短信里|规定里|书上|这里|这儿]\
     [写着|写的是|印着|显示|提示|说的是]",
    "[不能|不会|不许|不准|不得|不要|不可以|从来不|从不|没有|没人|禁止|不该|不应该|不可|绝不|哪能|怎么能]\
     [跟您|跟你|跟群众|对您|对群众|向群众|再|随便|]说",
    "[忌语|禁语|像|比如|例如|譬如|所谓|什么叫|叫做|就叫]",
    "[栏|项|里|处|您|你|就|请|可以|直接|面|下面|后面][填|写|选|勾|读|念]\
     [上|成|个|的是|一个|着|]",
    "[念一遍|读一遍|抄一遍|照着念]",
];

/// Directly after it, over a pause or not: 不知道这三个字.
const AFTER: &[&str] = &[
    "[是|][什么|啥]意思",
    "[这|那][句|种|样|类|些]的话",
    "[这|那][句|种|类|些]话",
    "[这|那][两|三|四|五|几]个字",
    "[两|三|四|五|几]个字",
    "之类的话",
    "[这|那|这样|那样|这种|那种]的说法",
    "[这|那][个|种]说法",
    "[这|那][一|]栏",
    "[这|那][一|个]选项",
    "[是|属于|算][服务|][忌语|禁语]",
];

/// Units before a phrase that are looked at where a pause may stand between.
const REACH: usize = 12;

/// The words beside `hit` that make it a quotation, if any do.
pub(super) fn quoted(speech: &Speech, hit: &Range<usize>) -> Option<String> {
    let units = speech.units();
    let marks = marks();
    let ends = |marks: &[Network], near: Range<usize>| {
        let near = &units[near];
        let at_end = |mark: &Network| places(mark, near).find(|found| found.end == near.len());
        marks.iter().find_map(at_end).map(|found| text(&near[found]))
    };
    let starts = |marks: &[Network], near: Range<usize>| {
        let near = &units[near];
        let at_start = |mark: &Network| places(mark, near).find(|found| found.start == 0);
        marks.iter().find_map(at_start).map(|found| text(&near[found]))
    };
    ends(&marks.said_before, hit.start.saturating_sub(REACH)..hit.start)
        .or_else(|| ends(&marks.told_before, speech.clause(hit).start..hit.start))
        .or_else(|| starts(&marks.after, hit.end..(hit.end + REACH).min(units.len())))
}

struct Marks {
    said_before: Vec<Network>,
    told_before: Vec<Network>,
    after: Vec<Network>,
}

fn marks() -> &'static Marks {
    static MARKS: OnceLock<Marks> = OnceLock::new();
    MARKS.get_or_init(|| {
        let compiled = |texts: &[&str]| -> Vec<Network> {
            texts.iter().filter_map(|text| Pattern::parse(text).ok()).map(|p| Network::new(&p)).collect()
        };
        Marks {
            said_before: compiled(SAID_BEFORE),
            told_before: compiled(TOLD_BEFORE),
            after: compiled(AFTER),
        }
    })
}

fn places(mark: &Network, near: &[super::speech::Unit]) -> impl Iterator<Item = Range<usize>> + use<> {
    align_all(mark, near, &|syllables| GUARD_COST_MAX * syllables as f32).into_iter().map(|found| found.units)
}

fn text(units: &[super::speech::Unit]) -> String {
    units.iter().map(|unit| unit.ch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_can_be_read() {
        for mark in SAID_BEFORE.iter().chain(TOLD_BEFORE).chain(AFTER) {
            assert!(Pattern::parse(mark).is_ok(), "{mark}: {:?}", Pattern::parse(mark));
        }
    }

    #[test]
    fn words_of_others_are_quoted_and_the_clerks_own_are_not() {
        for (text, phrase, by) in [
            ("您刚才说没时间是吧", "没时间", Some("您刚才说")),
            ("您刚才说，没时间，是吧", "没时间", Some("您刚才说")),
            ("别人说我不管", "我不管", Some("别人说")),
            ("他昨天跟我说没时间", "没时间", Some("他昨天跟我说")),
            ("墙上写着有牌子自己看", "有牌子自己看", Some("墙上写着")),
            ("墙上写着，自己看", "自己看", None),
            ("墙上写着呢自己看", "自己看", None),
            ("不知道是什么意思", "不知道", Some("是什么意思")),
            ("不知道这三个字我们不能说", "不知道", Some("这三个字")),
            ("我们不能跟群众说我不管", "我不管", Some("群众说")),
            ("这一栏您填不清楚", "不清楚", Some("您填")),
            ("跟你说了不行", "不行", None),
            ("我说了不知道", "不知道", None),
            ("都说了没时间", "没时间", None),
            ("你说你懂不懂", "你懂不懂", None),
            ("您好请坐没时间谢谢", "没时间", None),
            ("您说的“没时间”是哪一天", "没时间", None),
            ("有人说“我不管”，那不对", "我不管", Some("有人说")),
            ("您刚才那句，我不管，我没有说过", "我不管", Some("您刚才那句")),
            ("什么叫，不行", "不行", Some("什么叫")),
            ("您是说我说了，没时间", "没时间", Some("您是说我说了")),
        ] {
            let speech = Speech::from_text(text);
            let spoken = speech.text(0..speech.len());
            let start = spoken[..spoken.find(phrase).unwrap()].chars().count();
            let found = quoted(&speech, &(start..start + phrase.chars().count()));
            assert_eq!(found.as_deref(), by, "{text}");
        }
    }
}
