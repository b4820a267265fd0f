//! Guards: why a phrase that was said is innocent here.

use std::ops::Range;

use super::align::align_all;
use super::network::Network;
use super::quotation::quoted;
use super::speech::{Speech, Unit};
use super::{Guards, HeldBack, Pattern, Place};

/// Cost a syllable at which a guard word counts as heard: homophones and one regional confusion in two.
pub(super) const GUARD_COST_MAX: f32 = 0.1;
/// Syllables that may stand between a guard word and the phrase (您现在没时间的话).
const GUARD_DISTANCE: usize = 1;
/// Words that make no sentence of a clause: what may stand beside a phrase that is a clause of its own.
const FILLERS_BEFORE: &[&str] = &[
    "我",
    "你",
    "您",
    "这",
    "那",
    "这个",
    "那个",
    "这事",
    "那事",
    "这我",
    "那我",
    "我也",
    "我都",
    "我就",
    "我可",
    "这个我",
    "那个我",
    "这我可",
    "反正",
    "反正我",
    "就",
    "都",
    "也",
    "真",
    "可",
    "哎",
    "唉",
    "哎呀",
    "喂",
    "嗯",
    "呃",
    "啊",
    "哦",
    "对",
    "好",
    "说了",
    "我说",
    "我说了",
    "跟你说了",
    "都说了",
    "我哪",
    "谁",
    "现在",
    "我现在",
    "今天",
    "你这",
    "你这个",
    "你的",
    "您的",
];
const FILLERS_AFTER: &[&str] = &[
    "啊",
    "呀",
    "吧",
    "呢",
    "了",
    "的",
    "吗",
    "嘛",
    "啦",
    "哦",
    "哈",
    "就是",
    "啊你",
    "呀你",
    "了啊",
    "了吧",
    "去",
    "就是了",
];

/// The guards of one phrase, compiled.
#[derive(Clone, Debug)]
pub(super) struct CompiledGuards {
    place: Place,
    before: Vec<Guard>,
    after: Vec<Guard>,
    turn: Vec<Guard>,
    quoted: bool,
}

#[derive(Clone, Debug)]
struct Guard {
    network: Network,
    /// As the rulebook writes it.
    source: String,
}

impl CompiledGuards {
    pub fn new(place: Place, guards: &Guards) -> Self {
        let compile = |patterns: &[Pattern]| -> Vec<Guard> {
            let guard = |p: &Pattern| Guard { network: Network::new(p), source: p.source().to_owned() };
            patterns.iter().map(guard).collect()
        };
        Self {
            place,
            before: compile(&guards.before),
            after: compile(&guards.after),
            turn: compile(&guards.turn),
            quoted: guards.quoted,
        }
    }

    /// Why a hit at `hit` is innocent, if it is.
    pub fn held_back(&self, speech: &Speech, hit: &Range<usize>) -> Option<HeldBack> {
        let units = speech.units();
        let clause = speech.clause(hit);
        self.part_of_clause(speech, hit, &clause)
            .or_else(|| beside(&self.before, units, clause.start..hit.start, Side::End).map(HeldBack::Before))
            .or_else(|| beside(&self.after, units, hit.end..clause.end, Side::Start).map(HeldBack::After))
            .or_else(|| self.elsewhere(units, hit).map(HeldBack::Turn))
            .or_else(|| quoted(speech, hit).filter(|_| self.quoted).map(HeldBack::Quoted))
    }

    fn part_of_clause(&self, speech: &Speech, hit: &Range<usize>, clause: &Range<usize>) -> Option<HeldBack> {
        let innocent = self.place == Place::Clause && !is_clause(speech, hit);
        innocent.then(|| HeldBack::PartOfClause(speech.text(clause.clone())))
    }

    fn elsewhere(&self, units: &[Unit], hit: &Range<usize>) -> Option<String> {
        self.turn
            .iter()
            .find(|guard| {
                let outside = |found: Range<usize>| found.end <= hit.start || found.start >= hit.end;
                places(guard, units).any(outside)
            })
            .map(|guard| guard.source.clone())
    }
}

/// Whether nothing but fillers stands beside a hit in its clause.
pub(super) fn is_clause(speech: &Speech, hit: &Range<usize>) -> bool {
    let clause = speech.clause(hit);
    let said = speech.text(hit.clone());
    let fits =
        |text: &str, fillers: &[&str]| text.is_empty() || fillers.contains(&text) || repeats(text, &said);
    fits(&speech.text(clause.start..hit.start), FILLERS_BEFORE)
        && fits(&speech.text(hit.end..clause.end), FILLERS_AFTER)
}

enum Side {
    Start,
    End,
}

/// The first guard that stands at the given side of `range`, at most [`GUARD_DISTANCE`] away from it.
fn beside(guards: &[Guard], units: &[Unit], range: Range<usize>, side: Side) -> Option<String> {
    let near = &units[range];
    let stands = |found: &Range<usize>| match side {
        Side::Start => found.start <= GUARD_DISTANCE,
        Side::End => near.len() - found.end <= GUARD_DISTANCE,
    };
    guards
        .iter()
        .find(|guard| places(guard, near).any(|found| stands(&found) && !tells_in_person(near, &found)))
        .map(|guard| guard.source.clone())
}

/// 跟你说: what follows is the clerk's own, where 你说 alone gives back what the visitor said.
fn tells_in_person(units: &[Unit], guard: &Range<usize>) -> bool {
    let said = &units[guard.clone()];
    let before = guard.start.checked_sub(1).map(|at| units[at].ch);
    before.is_some_and(|ch| "跟和给对".contains(ch))
        && said.first().is_some_and(|unit| "你您".contains(unit.ch))
        && said.last().is_some_and(|unit| "说讲".contains(unit.ch))
}

fn places(guard: &Guard, units: &[Unit]) -> impl Iterator<Item = Range<usize>> + use<> {
    align_all(&guard.network, units, &|syllables| GUARD_COST_MAX * syllables as f32)
        .into_iter()
        .map(|found| found.units)
}

/// True when `text` is `said` once or more (不行不行).
fn repeats(text: &str, said: &str) -> bool {
    !said.is_empty() && text.replace(said, "").is_empty()
}
