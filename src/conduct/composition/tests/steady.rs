//! What is found depends on what happened, and not on when it is looked.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;

use super::super::stage::Event::{self, *};
use super::super::stage::{Setting, book_of, play};
use super::same_however_often;
use crate::conduct::book::CompiledBook;

/// Rules that wait, count and look around in every way.
const RULES: [&str; 9] = [
    "holds = \"a and not b\"\n[rule.condition.a]\nsay = { any = [\"快点快点\"] }\n[rule.condition.b]\nsay = { any = [\"对不起\"] }\n\
     anchor = { after = \"a\", within_s = 5 }",
    "holds = \"a and not b\"\n[rule.condition.a]\nsay = { any = [\"快点快点\"], unless = { turn = [\"您请坐\"] } }\n\
     [rule.condition.b]\nsay = { any = [\"对不起\"] }\nanchor = { around = \"a\", within_turns = 1 }",
    "holds = \"not a\"\n[rule.condition.a]\nsay = { any = [\"您好您好\"] }\nposition = { first_s = 5 }",
    "holds = \"a and not b\"\n[rule.condition.a]\nturns = { at_least = 2 }\n[rule.condition.b]\nsay = { any = [\"再见再见\"] }\n\
     position = { last_turns = 1 }",
    "holds = \"a and not b\"\n[rule.condition.a]\nsilence = { at_least_s = 4 }\n[rule.condition.b]\nsay = { any = [\"请您稍等\"] }\n\
     anchor = { before = \"a\", within_turns = 1 }",
    "holds = \"a or b\"\n[rule.condition.a]\nresponse = { from = \"visitor\", to = \"clerk\", later_than_s = 3 }\n[rule.condition.b]\n\
     talks_over = { at_least_s = 0.3, grace_s = 0.2 }",
    "holds = \"a and b\"\n[rule.condition.a]\nrepeats = { times = 2, within_s = 30 }\n[rule.condition.b]\n\
     turns = { at_most = 4 }\nposition = { first_s = 15 }",
    "holds = \"a\"\n[rule.condition.a]\nregex = { is = \"快点.*快点\", unless = \"对不起\" }\nposition = { first_turns = 2 }",
    "holds = \"a and not b\"\n[rule.condition.a]\nrate = { above = 250, min_chars = 4 }\n[rule.condition.b]\n\
     say = { none = [\"对不起\"] }\nposition = { from_share = 0.5 }",
];

/// A conversation: who, after what pause, which words; now and then nobody hears anything, or time passes.
fn conversations() -> impl Strategy<Value = Vec<Event>> {
    const WORDS: [&str; 7] =
        ["快点快点", "对不起", "您好您好", "请您稍等", "材料先放这里", "再见再见", "您请坐，快点快点"];
    let step = (0..9_u8, 0..60_u8, 0..WORDS.len());
    prop::collection::vec(step, 1..14).prop_map(|steps| {
        let mut now = 0.0;
        let mut events = Vec::new();
        for (kind, pause, words) in steps {
            now += f64::from(pause) / 10.0;
            let length = 0.2 * WORDS[words].chars().filter(|ch| *ch != '，').count() as f64;
            match kind {
                0..=3 => events.push(Clerk(now, WORDS[words])),
                4 => events.push(VisitorSaid(now, WORDS[words])),
                5 => events.push(Visitor(now, now + length)),
                // The visitor spoke first, and is told of later.
                6 => {
                    events.push(Clerk(now + 0.3, WORDS[words]));
                    events.push(Visitor(now, now + length + 1.0));
                    now += 1.0;
                }
                7 => events.push(Lost(now, now + length)),
                _ => events.push(Until(now)),
            }
            now += length;
            if pause % 2 == 0 {
                events.push(Until(now));
            }
        }
        events.extend([Until(now), End(now, now + 20.0)]);
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_does_not_depend_on_how_often_it_is_looked(events in conversations()) {
        static BOOK: OnceLock<Arc<CompiledBook>> = OnceLock::new();
        let book = BOOK.get_or_init(|| book_of("missing", &RULES));
        let once = Setting { often: false, ..Setting::default() };
        same_however_often(&play(book, Setting::default(), &events), &play(book, once, &events));
    }
}
