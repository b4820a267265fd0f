//! Approximate matching of a network against speech.
//!
//! Sellers' algorithm (1980): edit distance with a free start and a free end in the text, here over the nodes
//! of a network and with costs by sound.

use std::ops::Range;

use super::network::{Network, Node, Sound};
use super::pattern::SLOT_CHARS_MAX;
use super::speech::Unit;
use super::{Step, overlap};
use crate::mandarin::{Syllable, substitution_cost};

/// A syllable of the phrase that was not heard.
const MISSED: f32 = 0.8;
/// The same for particles, which are often swallowed: 了 的 吗 啊 ...
const MISSED_PARTICLE: f32 = 0.35;
/// A syllable put in that is not of the phrase.
const ADDED: f32 = 0.7;
/// The same for particles and hesitations.
const ADDED_FILLER: f32 = 0.2;

/// The recogniser writes a character for its common reading: taking it for another one (会 as kuai, 说 as shui)
/// is a guess.
const RARE_READING: f32 = 0.7;

const PARTICLES: &str = "了的吗啊呀吧呢嘛啦哦";
const FILLERS: &str = "了的吗啊呀吧呢嘛啦哦呃嗯哎唉就都可也那";

/// A place where a wording fits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alignment {
    pub cost: f32,
    pub units: Range<usize>,
    pub steps: Vec<Step>,
    /// Syllables of the wording, slots not counted.
    pub syllables: usize,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    /// Nothing of the speech is taken yet.
    Start,
    Match,
    Missed,
    Added,
    /// The slot takes this many units.
    Fill(usize),
}

/// The cheapest way to a node at a column: cost, the move, and the node it came from.
#[derive(Clone, Copy, Debug)]
struct Cell {
    cost: f32,
    step: Move,
    from: Option<usize>,
}

/// Every place where `network` fits `units` at no more than `limit(syllables)`; of overlapping places the
/// nearest, then the one that explains most.
pub(super) fn align_all(network: &Network, units: &[Unit], limit: &dyn Fn(usize) -> f32) -> Vec<Alignment> {
    let table = Table::fill(network, units, vec![0.0; units.len() + 1]);
    let most = limit(network.syllables_max()).max(limit(network.syllables_min()));
    let mut fits: Vec<Alignment> = Vec::new();
    for column in 1..=units.len() {
        for end in network.ends() {
            if table.cell(*end, column).cost <= most {
                let alignment = table.trace(network.nodes(), units, *end, column);
                if !alignment.units.is_empty() && alignment.cost <= limit(alignment.syllables) {
                    fits.push(alignment);
                }
            }
        }
    }
    let longer_first = |a: &Alignment, b: &Alignment| {
        let taken = |x: &Alignment| x.units.len();
        if network.open_ended() { taken(b).cmp(&taken(a)) } else { std::cmp::Ordering::Equal }
    };
    fits.sort_by(|a, b| {
        let nearest = a.cost.total_cmp(&b.cost).then(b.syllables.cmp(&a.syllables));
        nearest.then_with(|| longer_first(a, b)).then(a.units.end.cmp(&b.units.end))
    });
    let mut kept: Vec<Alignment> = Vec::new();
    for fit in fits {
        if !kept.iter().any(|k| overlap(&k.units, &fit.units)) {
            kept.push(fit);
        }
    }
    kept
}

/// The cheapest way to turn a wording into all of `units`: its cost, and the syllables of that wording. `None` where
/// there are no units.
pub(super) fn align_whole(network: &Network, units: &[Unit]) -> Option<(f32, usize)> {
    let mut starts = vec![0.0];
    starts.extend(units.iter().scan(0.0, |sum, unit| {
        *sum += added_cost(unit.ch);
        Some(*sum)
    }));
    let table = Table::fill(network, units, starts);
    let cost = |end: &usize| table.cell(*end, units.len()).cost;
    let end = network.ends().iter().min_by(|a, b| cost(a).total_cmp(&cost(b)))?;
    let traced = table.trace(network.nodes(), units, *end, units.len());
    (!units.is_empty()).then_some((cost(end), traced.syllables))
}

/// How near every syllable comes to what was heard, wherever in it: most phrases are ruled out by that alone.
pub(super) struct Nearest {
    /// Cost of hearing each syllable as the nearest one of the speech, by its index.
    costs: Vec<f32>,
}

impl Nearest {
    pub fn of(units: &[Unit]) -> Self {
        let mut heard: Vec<(Syllable, bool)> = Vec::new();
        for unit in units {
            heard.extend(unit.readings.iter().enumerate().map(|(rank, syllable)| (*syllable, rank > 0)));
        }
        heard.sort_by_key(|(syllable, rare)| (syllable.index(), *rare));
        heard.dedup_by_key(|(syllable, _)| syllable.index());
        let nearest = |said: Syllable| {
            let costs = heard.iter().map(|(heard, rare)| {
                substitution_cost(said, *heard) + if *rare { RARE_READING } else { 0.0 }
            });
            costs.fold(1.0, f32::min)
        };
        Self { costs: Syllable::all().map(nearest).collect() }
    }

    /// No alignment of `network` costs less than this.
    pub fn cost_min(&self, network: &Network) -> f32 {
        let mut least: Vec<f32> = Vec::with_capacity(network.nodes().len());
        for node in network.nodes() {
            let own = match &node.sound {
                Sound::Slot => 0.0,
                Sound::Char { ch, readings } => {
                    readings.iter().map(|said| self.costs[said.index()]).fold(missed_cost(*ch), f32::min)
                }
            };
            let before =
                node.before.iter().map(|at| at.map_or(0.0, |at| least[at])).fold(f32::INFINITY, f32::min);
            least.push(own + before);
        }
        network.ends().iter().map(|end| least[*end]).fold(f32::INFINITY, f32::min)
    }
}

struct Table {
    columns: usize,
    cells: Vec<Cell>,
    /// What it costs to begin the wording at each column.
    starts: Vec<f32>,
}

impl Table {
    fn fill(network: &Network, units: &[Unit], starts: Vec<f32>) -> Self {
        let nodes = network.nodes();
        let columns = units.len() + 1;
        let mut table = Self { columns, cells: Vec::with_capacity(nodes.len() * columns), starts };
        for node in nodes {
            for column in 0..columns {
                let cell = match &node.sound {
                    Sound::Slot => table.slot_cell(node, column, units),
                    Sound::Char { ch, readings } => {
                        let sound = |unit: &Unit| sound_cost(*ch, readings, unit, |a, b| network.cost(a, b));
                        table.char_cell(node, column, *ch, &sound, units)
                    }
                };
                table.cells.push(cell);
            }
        }
        table
    }

    fn cell(&self, node: usize, column: usize) -> Cell {
        self.cells[node * self.columns + column]
    }

    /// The cheapest node before `node` at `column`.
    fn before(&self, node: &Node, column: usize) -> (f32, Option<usize>) {
        let cost = |at: Option<usize>| at.map_or(self.starts[column], |at| self.cell(at, column).cost);
        let mut best = (f32::INFINITY, None);
        for at in &node.before {
            if cost(*at) < best.0 {
                best = (cost(*at), *at);
            }
        }
        best
    }

    fn char_cell(
        &self,
        node: &Node,
        column: usize,
        ch: char,
        sound: &dyn Fn(&Unit) -> f32,
        units: &[Unit],
    ) -> Cell {
        let (before, from) = self.before(node, column);
        let missed = Cell { cost: before + missed_cost(ch), step: Move::Missed, from };
        if column == 0 {
            return missed;
        }
        let unit = &units[column - 1];
        let (before, from) = self.before(node, column - 1);
        let matched = Cell { cost: before + sound(unit), step: Move::Match, from };
        // The cell to the left is the one pushed last.
        let left = self.cells[self.cells.len() - 1].cost;
        let added = Cell { cost: left + added_cost(unit.ch), step: Move::Added, from: None };
        // On a tie the match wins: it keeps the span on the words themselves.
        [missed, added]
            .into_iter()
            .fold(matched, |best, other| if other.cost < best.cost { other } else { best })
    }

    /// A slot takes as many units as it can without reaching over the opening of a clause.
    fn slot_cell(&self, node: &Node, column: usize, units: &[Unit]) -> Cell {
        let mut best = Cell { cost: f32::INFINITY, step: Move::Start, from: None };
        for filled in 1..=SLOT_CHARS_MAX.min(column) {
            let (cost, from) = self.before(node, column - filled);
            if cost <= best.cost {
                best = Cell { cost, step: Move::Fill(filled), from };
            }
            if units[column - filled].opens_clause {
                break;
            }
        }
        best
    }

    fn trace(&self, nodes: &[Node], units: &[Unit], end: usize, column_end: usize) -> Alignment {
        let cost = self.cell(end, column_end).cost;
        let (mut node, mut column) = (Some(end), column_end);
        let mut steps = Vec::new();
        let mut syllables = 0;
        while let Some(at) = node {
            let cell = self.cell(at, column);
            let cost_at = |node: Option<usize>, column: usize| {
                node.map_or(self.starts[column], |n| self.cell(n, column).cost)
            };
            let said = match &nodes[at].sound {
                Sound::Char { ch, .. } => Some(*ch),
                Sound::Slot => None,
            };
            match cell.step {
                Move::Start => break,
                Move::Match => {
                    column -= 1;
                    let cost = cell.cost - cost_at(cell.from, column);
                    steps.push(Step { said, heard: Some(units[column].ch), cost, slot: false });
                }
                Move::Missed => {
                    let cost = cell.cost - cost_at(cell.from, column);
                    steps.push(Step { said, heard: None, cost, slot: false });
                }
                Move::Added => {
                    column -= 1;
                    let cost = cell.cost - cost_at(node, column);
                    steps.push(Step { said: None, heard: Some(units[column].ch), cost, slot: false });
                    continue;
                }
                Move::Fill(filled) => {
                    for _ in 0..filled {
                        column -= 1;
                        steps.push(Step { said: None, heard: Some(units[column].ch), cost: 0.0, slot: true });
                    }
                }
            }
            syllables += usize::from(said.is_some());
            node = cell.from;
        }
        steps.reverse();
        Alignment { cost, units: column..column_end, steps, syllables }
    }
}

/// Cost of hearing `unit` for a character with readings `said`: the nearest pair of readings, by what `between` says.
pub(super) fn sound_cost(
    ch: char,
    said: &[Syllable],
    unit: &Unit,
    between: impl Fn(Syllable, Syllable) -> f32,
) -> f32 {
    if ch == unit.ch {
        return 0.0;
    }
    let pairs = said.iter().flat_map(|a| {
        let heard = unit.readings.iter().enumerate();
        let between = &between;
        heard.map(move |(rank, b)| between(*a, *b) + if rank > 0 { RARE_READING } else { 0.0 })
    });
    pairs.fold(1.0, f32::min)
}

fn missed_cost(ch: char) -> f32 {
    if PARTICLES.contains(ch) { MISSED_PARTICLE } else { MISSED }
}

pub(super) fn added_cost(ch: char) -> f32 {
    if FILLERS.contains(ch) { ADDED_FILLER } else { ADDED }
}

#[cfg(test)]
mod tests {
    use super::super::Pattern;
    use super::super::speech::Speech;
    use super::*;

    fn all(phrase: &str, speech: &Speech, cost_max: f32) -> Vec<Alignment> {
        align_all(&Network::new(&Pattern::parse(phrase).unwrap()), speech.units(), &|_| cost_max)
    }

    fn best(phrase: &str, speech: &str, cost_max: f32) -> Option<(String, f32)> {
        let speech = Speech::from_text(speech);
        let found = all(phrase, &speech, cost_max);
        found.first().map(|a| (speech.text(a.units.clone()), (a.cost * 100.0).round() / 100.0))
    }

    #[test]
    fn phrases_are_found_by_sound_and_costs_grow_with_the_difference() {
        for (phrase, speech, expected) in [
            ("我不管问别人去", "我不管，问别人去", Some(("我不管问别人去", 0.0))),
            ("别啰嗦快点讲", "你别罗锁快点降", Some(("别罗锁快点降", 0.0))),
            ("自己看", "字几看", Some(("字几看", 0.0))),
            ("没时间", "没实见", Some(("没实见", 0.0))),
            ("你找谁", "你早谁", Some(("你早谁", 0.2))),
            ("没看见我在忙吗", "没看见我在忙", Some(("没看见我在忙", 0.35))),
            ("××不在没法找", "王科长不在没法找", Some(("王科长不在没法找", 0.0))),
            ("你去问××", "你去问三号窗口", Some(("你去问三号窗口", 0.0))),
            ("[我|]不管[了|]", "我不管了", Some(("我不管了", 0.0))),
            ("我[不|可不]管", "那我可不管", Some(("我可不管", 0.0))),
            ("我不管", "今天天气很好", None),
        ] {
            let found = best(phrase, speech, 0.5);
            assert_eq!(found.as_ref().map(|(t, c)| (t.as_str(), *c)), expected, "{phrase} in {speech}");
        }
    }

    #[test]
    fn one_wording_said_twice_is_found_twice() {
        let found = all("不行", &Speech::from_text("不行，说了不行"), 0.1);
        let mut places: Vec<_> = found.into_iter().map(|a| a.units).collect();
        places.sort_by_key(|p| p.start);
        assert_eq!(places, [0..2, 4..6]);
    }

    #[test]
    fn no_alignment_costs_less_than_the_nearest_sounds_allow() {
        for phrase in ["我不管，[你|]问别人去", "[我|]不管[了|]", "××不在，没法找", "你[会|能]说吗"]
        {
            let network = Network::new(&Pattern::parse(phrase).unwrap());
            for text in ["我布管稳别人区", "王科长不在没法找", "今天天气很好", "管我不", "您快水吗"]
            {
                let speech = Speech::from_text(text);
                let bound = Nearest::of(speech.units()).cost_min(&network);
                let found = all(phrase, &speech, 9.0);
                assert!(
                    found.iter().all(|a| a.cost >= bound - 1e-5),
                    "{phrase} in {text}: {bound} {found:?}"
                );
            }
        }
    }

    #[test]
    fn the_steps_of_an_alignment_add_up_to_its_cost() {
        for speech in ["我布管稳别人区", "我不管啊问人去", "我管问别人去吧"] {
            for found in all("我不管，[你|]问别人去", &Speech::from_text(speech), 3.0) {
                let sum: f32 = found.steps.iter().map(|s| s.cost).sum();
                assert!((sum - found.cost).abs() < 1e-5, "{speech}: {found:?}");
            }
        }
    }
}
