//! The composed rules of the program's own rulebook over scenes made by hand: what sets each off, and what looks like it
//! and does not.

use std::sync::{Arc, LazyLock};

use super::stage::Event::{self, *};
use super::stage::{Setting, play_all};
use crate::conduct::FindingState;
use crate::conduct::book::CompiledBook;
use crate::conduct::rulebook::Rulebook;
use crate::conduct::scene::EncounterKind;

static BOOK: LazyLock<Arc<CompiledBook>> =
    LazyLock::new(|| Arc::new(CompiledBook::compile(Rulebook::builtin().unwrap()).unwrap()));

/// What the rules of `provision` find in each script: the rule, and `unknown` where it could not be decided.
fn check(provision: &str, kind: EncounterKind, cases: &[(&[Event], &[&str])]) {
    for (events, expected) in cases {
        let setting = Setting { kind, start: 1.0, ..Setting::default() };
        let findings = play_all(&BOOK, setting, events);
        let of = findings.iter().filter(|finding| finding.provision == provision);
        let found: Vec<String> = of
            .map(|finding| match finding.state {
                FindingState::Confirmed => finding.rule.clone(),
                state => format!("{} {}", state.name(), finding.rule),
            })
            .collect();
        assert_eq!(found, *expected, "{events:?}: {findings:?}");
    }
}

fn at_counter(provision: &str, cases: &[(&[Event], &[&str])]) {
    check(provision, EncounterKind::Counter, cases);
}

fn on_telephone(provision: &str, cases: &[(&[Event], &[&str])]) {
    check(provision, EncounterKind::Telephone, cases);
}

const OPENING: &str = "您好，这里是社保窗口，请讲";

#[test]
fn a_call_is_answered_within_three_rings() {
    let (first, second, third, fourth) = (Ring(1.0, 2.0), Ring(6.0, 7.0), Ring(11.0, 12.0), Ring(16.0, 17.0));
    on_telephone(
        "P07",
        &[
            (&[first, second, Answered(8.0), Clerk(8.0, OPENING), Visitor(11.0, 13.0), End(13.0, 30.0)], &[]),
            (
                &[first, second, third, fourth, Answered(18.0), Clerk(18.0, OPENING), End(21.0, 40.0)],
                &["P07-within-three-rings"],
            ),
            (
                &[first, second, third, Answered(12.5), Clerk(12.5, OPENING), End(16.0, 40.0)],
                &["P07-within-ten-seconds"],
            ),
            // A fourth ring that was not heard does not hide how long it rang.
            (&[first, Answered(18.0), Clerk(18.0, OPENING), End(21.0, 40.0)], &["P07-within-three-rings"]),
        ],
    );
}

#[test]
fn a_call_opens_with_greeting_name_and_floor() {
    let call =
        |opening| [Ring(1.0, 2.0), Answered(3.0), Clerk(3.0, opening), Visitor(7.0, 9.0), End(9.0, 30.0)];
    on_telephone(
        "P08",
        &[
            (&call(OPENING), &[]),
            (&call("早上好，便民服务中心，请问您有什么事"), &[]),
            (&call("喂，你找谁"), &["P08-opening"]),
            (&call("您好，请讲"), &["P08-opening"]),
            (&call("您好，社保窗口"), &["P08-please-speak"]),
        ],
    );
    let unclear = [Ring(1.0, 2.0), Answered(3.0), ClerkUnclear(3.0, 5.0), Visitor(7.0, 9.0), End(9.0, 30.0)];
    on_telephone("P08", &[(&unclear, &["unknown P08-opening", "unknown P08-please-speak"])]);
    at_counter("P08", &[(&[Clerk(1.0, "什么事"), Visitor(3.0, 4.0), End(4.0, 30.0)], &[])]);
}

#[test]
fn a_call_closes_with_goodbye_or_thanks() {
    let call = |closing| [Clerk(1.0, OPENING), Visitor(5.0, 8.0), Clerk(9.0, closing), End(12.0, 30.0)];
    on_telephone(
        "P09",
        &[
            (&call("好的，再见"), &[]),
            (&call("感谢您的来电"), &[]),
            (&call("知道了，行"), &["P09-call-closing"]),
            (
                &[
                    Clerk(1.0, OPENING),
                    Visitor(5.0, 12.0),
                    Clerk(9.0, "好了好了就这样吧再见"),
                    End(12.0, 30.0),
                ],
                &["P09-cuts-off"],
            ),
        ],
    );
}

#[test]
fn a_question_is_answered_in_time() {
    let asked = |answer_at| {
        [Clerk(1.0, "您好"), VisitorSaid(3.0, "这个要怎么办"), Clerk(answer_at, "填表"), End(40.0, 60.0)]
    };
    at_counter("P03", &[(&asked(5.0), &[]), (&asked(11.0), &["P03-answers-a-question"])]);
    at_counter(
        "P03",
        &[
            // What was asked is not known, but that nobody answered is.
            (
                &[Clerk(1.0, "身份证给我"), Visitor(3.0, 5.0), Clerk(20.0, "填表"), End(21.0, 50.0)],
                &["P03-answers-in-time"],
            ),
            (
                &[
                    Clerk(1.0, "请您稍等，我查一下"),
                    Visitor(4.0, 5.0),
                    Clerk(25.0, "查到了"),
                    End(26.0, 50.0),
                ],
                &[],
            ),
            (
                &[
                    Clerk(1.0, "请您填一下这张表"),
                    Visitor(4.0, 5.0),
                    Clerk(25.0, "填好了吗"),
                    End(26.0, 50.0),
                ],
                &[],
            ),
            // The last word may be the visitor's.
            (&[Clerk(1.0, "办好了，再见"), Visitor(4.0, 5.0), End(5.0, 25.0)], &[]),
            (
                &[Clerk(1.0, "您好"), VisitorSaid(3.0, "给你身份证"), Clerk(11.0, "好的"), End(12.0, 40.0)],
                &[],
            ),
        ],
    );
}

#[test]
fn a_silence_is_announced() {
    let silent = |before| [Visitor(1.0, 2.0), Clerk(3.0, before), Clerk(24.0, "给您"), End(25.0, 50.0)];
    at_counter(
        "P10",
        &[
            (&silent("身份证给我"), &["P10-before-silence"]),
            (&silent("请您稍候，我马上给您办理"), &[]),
            (&silent("我去档案室找一下"), &[]),
            (&silent("请您在这里签个字"), &[]),
            (&[Visitor(1.0, 2.0), Clerk(3.0, "身份证给我"), Clerk(10.0, "给您"), End(11.0, 30.0)], &[]),
        ],
    );
}

#[test]
fn criticism_is_taken_well() {
    let said =
        |answer| [Clerk(1.0, "您好"), VisitorSaid(3.0, "你这是什么态度"), Clerk(6.0, answer), End(9.0, 30.0)];
    at_counter(
        "P19",
        &[
            (&said("谢谢，欢迎您的监督和帮助"), &[]),
            (&said("对不起，我们会改进"), &[]),
            (&said("身份证拿来"), &["P19-takes-criticism"]),
            (
                &[Clerk(1.0, "您好"), VisitorSaid(3.0, "态度真好"), Clerk(6.0, "身份证拿来"), End(9.0, 30.0)],
                &[],
            ),
            // Not judged where the visitor's words are not known.
            (&[Clerk(1.0, "您好"), Visitor(3.0, 5.0), Clerk(6.0, "身份证拿来"), End(9.0, 30.0)], &[]),
        ],
    );
}

#[test]
fn thanks_are_answered() {
    let said =
        |answer| [Clerk(1.0, "办好了"), VisitorSaid(3.0, "谢谢你啊"), Clerk(5.0, answer), End(9.0, 30.0)];
    at_counter(
        "P20",
        &[
            (&said("不客气，这是我们应该做的"), &[]),
            (&said("没关系，慢走"), &[]),
            (&said("下一个"), &["P20-answers-thanks"]),
            (
                &[Clerk(1.0, "办好了"), VisitorSaid(3.0, "这就行了"), Clerk(5.0, "下一个"), End(6.0, 30.0)],
                &[],
            ),
            (&[Clerk(1.0, "办好了"), Visitor(3.0, 4.0), Clerk(5.0, "下一个"), End(6.0, 30.0)], &[]),
            (&[Clerk(1.0, "办好了"), VisitorSaid(3.0, "谢谢你啊"), End(4.0, 30.0)], &[]),
        ],
    );
}

#[test]
fn who_do_you_want_is_for_the_telephone() {
    let asked: &[Event] = &[Clerk(1.0, "喂，你找谁"), Visitor(3.0, 4.0), End(4.0, 30.0)];
    at_counter(
        "P48",
        &[
            (asked, &["P48-unheard-ring"]),
            (&[Clerk(1.0, "您找谁呀，我帮您联系"), Visitor(5.0, 6.0), End(6.0, 30.0)], &[]),
            (&[Clerk(1.0, "您好"), Visitor(2.0, 3.0), Clerk(4.0, "你找谁"), End(6.0, 30.0)], &[]),
        ],
    );
    on_telephone("P48", &[(asked, &[])]);
}

#[test]
fn shouting_is_told_from_speaking_up_for_the_hard_of_hearing() {
    const ORDER: &str = "到那边去把表填完再过来";
    at_counter(
        "P60",
        &[
            (&[Clerk(1.0, "您好"), ClerkLoud(5.0, 15.0, ORDER), End(8.0, 30.0)], &["P60-shouting"]),
            (&[Clerk(1.0, "您好"), ClerkLoud(5.0, 8.0, ORDER), End(8.0, 30.0)], &[]),
            (&[Clerk(1.0, "您听得清吗"), ClerkLoud(5.0, 15.0, ORDER), End(8.0, 30.0)], &[]),
            (&[Clerk(1.0, "您好"), ClerkLoud(5.0, 15.0, "三号"), End(8.0, 30.0)], &[]),
        ],
    );
}

#[test]
fn speech_is_neither_too_fast_nor_too_slow() {
    const LONG: &str = "您先到三号窗口把申请表交上去然后拿着回执到二楼缴费再回到我这里领取您的证件和发票";
    let said = |char_s| [Clerk(1.0, "您好"), Visitor(2.0, 3.0), ClerkAt(5.0, char_s, LONG), End(60.0, 90.0)];
    at_counter(
        "P61",
        &[
            (&said(0.2), &[]),
            (&said(0.15), &[]),
            (&said(0.12), &["P61-too-fast"]),
            (&said(0.75), &["P61-too-slow"]),
            (&[Clerk(1.0, "您听得清吗"), ClerkAt(5.0, 0.75, LONG), End(60.0, 90.0)], &[]),
            // A short answer says nothing of a rate.
            (&[Clerk(1.0, "您好"), ClerkAt(5.0, 0.1, "好的好的马上办好"), End(8.0, 30.0)], &[]),
        ],
    );
}

#[test]
fn interrupting_is_told_from_a_word_in_between() {
    at_counter(
        "P62",
        &[
            (
                &[
                    Clerk(1.0, "您好"),
                    Visitor(3.0, 9.0),
                    Clerk(5.0, "身份证户口本都拿出来给我看"),
                    End(9.0, 30.0),
                ],
                &["P62-interrupts"],
            ),
            (&[Clerk(1.0, "您好"), Visitor(3.0, 9.0), Clerk(5.0, "嗯，好的"), End(9.0, 30.0)], &[]),
            (&[Clerk(1.0, "身份证户口本都拿出来给我看"), Visitor(2.0, 6.0), End(6.0, 30.0)], &[]),
        ],
    );
}

#[test]
fn a_quarrel_takes_three_signs() {
    const HARD: &str = "你讲不讲道理啊我都说了好几次了";
    const MILD: &str = "这个要先到三号窗口去盖一个章";
    at_counter(
        "P63",
        &[
            (
                &[Clerk(1.0, "您好"), Visitor(3.0, 9.0), ClerkLoud(5.0, 9.0, HARD), End(9.0, 30.0)],
                &["P63-quarrel"],
            ),
            (&[Clerk(1.0, "您好"), Visitor(3.0, 9.0), ClerkLoud(5.0, 9.0, MILD), End(9.0, 30.0)], &[]),
            (&[Clerk(1.0, "您好"), Visitor(3.0, 9.0), Clerk(5.0, HARD), End(9.0, 30.0)], &[]),
            (&[Clerk(1.0, "您好"), Visitor(3.0, 4.0), ClerkLoud(5.0, 9.0, HARD), End(9.0, 30.0)], &[]),
        ],
    );
}

#[test]
fn chatting_is_told_from_business() {
    const CHAT: &str = "昨天晚上那个电影真好看";
    let talk = |word: &'static str| -> Vec<Event> {
        let turns = (0..8).map(|n| Clerk(1.0 + 10.0 * f64::from(n), if n == 4 { word } else { CHAT }));
        turns.chain([End(74.0, 100.0)]).collect()
    };
    let mut served = talk(CHAT);
    served.insert(1, Visitor(5.0, 6.0));
    let short: &[Event] = &[Clerk(1.0, CHAT), Clerk(11.0, CHAT), End(14.0, 40.0)];
    at_counter(
        "P65",
        &[(&talk(CHAT), &["P65-chat"]), (&talk("把申请材料拿给我看"), &[]), (&served, &[]), (short, &[])],
    );
    on_telephone("P65", &[(&talk(CHAT), &[])]);
}
