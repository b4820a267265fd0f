//! Stage: scenes made by hand for tests, from what was said when.

use std::sync::Arc;

use super::Composition;
use crate::asr::{HeardChar, Hypothesis};
use crate::conduct::book::CompiledBook;
use crate::conduct::rulebook::{Rulebook, Source};
use crate::conduct::scene::{EncounterKind, Roles, Scene, SceneTurn, SceneUtterance};
use crate::conduct::{Finding, FindingState};
use crate::mandarin::{is_punctuation, syllable_of};
use crate::phrase::Speech;
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span, WindowId};

/// Seconds a character takes.
const CHAR_S: f64 = 0.2;
const TURN_GAP_S: f64 = 2.0;

/// What happens, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// Spoken at five characters a second, at the usual level.
    Clerk(f64, &'static str),
    /// At so many seconds a character.
    ClerkAt(f64, f64, &'static str),
    /// So many dB above what is usual.
    ClerkLoud(f64, f32, &'static str),
    /// Speech that gave no words.
    ClerkUnclear(f64, f64),
    /// Speech that nobody transcribes.
    Visitor(f64, f64),
    VisitorSaid(f64, &'static str),
    Lost(f64, f64),
    Ring(f64, f64),
    Answered(f64),
    Reported(f64, &'static str),
    /// Nobody said anything more up to then.
    Until(f64),
    /// The last word, and when it was known to be the last.
    End(f64, f64),
}

/// How the scene is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub kind: EncounterKind,
    pub roles: Roles,
    pub visitor_heard: bool,
    pub start: f64,
    /// Looks after every event, or only at the end.
    pub often: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            kind: EncounterKind::Counter,
            roles: Roles::ByChannel,
            visitor_heard: true,
            start: 0.0,
            often: true,
        }
    }
}

/// The rulebook with one composed rule more.
pub(super) fn book(finding: &str, rest: &str) -> Arc<CompiledBook> {
    book_of(finding, &[rest])
}

/// The rulebook with these composed rules more, `H02-test-0` and so on.
pub(super) fn book_of(finding: &str, rules: &[&str]) -> Arc<CompiledBook> {
    let mut text = "[rulebook]\nid = \"hall\"\nversion = \"1\"\ntitle = \"t\"\n".to_owned();
    for (nth, rest) in rules.iter().enumerate() {
        text.push_str(&format!(
            "[[rule]]\nid = \"H02-test-{nth}\"\nprovision = \"H02\"\nkind = \"composed\"\nfinding = \"{finding}\"\n\
             title = \"t\"\nseverity = \"minor\"\nweight = 2\nadvice = \"a\"\n\
             cites = [{{ standard = \"S4\", article = \"一 6\" }}]\n{rest}\n"
        ));
    }
    let book = Rulebook::parse(&[Source::new("hall.toml", &text)]);
    let book = book.unwrap_or_else(|faults| panic!("{text}\n{faults}"));
    Arc::new(CompiledBook::compile(book).unwrap())
}

/// What the rule finds in what happens.
pub(super) fn play(book: &Arc<CompiledBook>, setting: Setting, events: &[Event]) -> Vec<Finding> {
    let mut out = play_all(book, setting, events);
    // The built-in rules have a say in scenes too.
    out.retain(|finding| finding.rule.starts_with("H02-test"));
    out
}

/// What any rule finds in what happens.
pub(super) fn play_all(book: &Arc<CompiledBook>, setting: Setting, events: &[Event]) -> Vec<Finding> {
    let mut composition = Composition::new(Arc::clone(book), WindowId::new("1"));
    composition.encounter_began();
    let mut stage = Stage::new(Arc::clone(book), setting);
    let mut out = Vec::new();
    for (nth, event) in events.iter().enumerate() {
        stage.happens(*event);
        if setting.often || nth + 1 == events.len() {
            composition.look(&stage.scene, &mut out);
        }
    }
    for finding in &out {
        let (en, zh) = (&finding.reason, &finding.reason_zh);
        assert_eq!(en.matches(": ").count(), zh.matches('：').count(), "{en} / {zh}");
        assert!(zh.contains("成立") || zh.contains("无法判断") || zh.contains("未定"), "{en} / {zh}");
    }
    out
}

/// What the rule finds, as `state from-to` in seconds, in the order of time.
pub(super) fn found(book: &Arc<CompiledBook>, setting: Setting, events: &[Event]) -> Vec<String> {
    let mut findings = play(book, setting, events);
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
    let told = |finding: &Finding| {
        let state = if finding.state == FindingState::Confirmed { "" } else { "unknown " };
        format!("{state}{:.1}-{:.1}", finding.span.start.seconds(), finding.span.end.seconds())
    };
    findings.iter().map(told).collect()
}

struct Stage {
    book: Arc<CompiledBook>,
    scene: Scene,
}

impl Stage {
    fn new(book: Arc<CompiledBook>, setting: Setting) -> Self {
        let Setting { kind, roles, visitor_heard, start, .. } = setting;
        let start = SessionTime::from_seconds(start);
        let scene =
            Scene { kind, roles, visitor_heard, start, until: start, clerk_until: start, ..Scene::default() };
        Self { book, scene }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Clerk(at, text) => self.says(Role::Clerk, at, CHAR_S, text, 0.0),
            Event::ClerkAt(at, char_s, text) => self.says(Role::Clerk, at, char_s, text, 0.0),
            Event::ClerkLoud(at, db, text) => self.says(Role::Clerk, at, CHAR_S, text, db),
            Event::VisitorSaid(at, text) => self.says(Role::Visitor, at, CHAR_S, text, 0.0),
            Event::ClerkUnclear(from, to) => {
                self.speaks(Role::Clerk, span(from, to), None, 0.0);
                self.scene.unheard.push(span(from, to));
            }
            Event::Visitor(from, to) => self.speaks(Role::Visitor, span(from, to), None, 0.0),
            Event::Lost(from, to) => self.scene.unheard.push(span(from, to)),
            Event::Ring(from, to) => self.scene.rings.push(span(from, to)),
            Event::Answered(at) => self.scene.answered = Some(SessionTime::from_seconds(at)),
            Event::Reported(at, name) => {
                self.scene.reported.push((SessionTime::from_seconds(at), name.into()))
            }
            Event::Until(at) => self.passes(SessionTime::from_seconds(at)),
            Event::End(at, over) => {
                self.scene.turns.iter_mut().for_each(|turn| turn.over = true);
                self.scene.end = Some(SessionTime::from_seconds(at));
                self.scene.over_at = Some(SessionTime::from_seconds(over));
            }
        }
    }

    fn passes(&mut self, now: SessionTime) {
        self.scene.until = self.scene.until.max(now);
        self.scene.clerk_until = self.scene.clerk_until.max(now);
        self.close_silent(now);
    }

    fn close_silent(&mut self, now: SessionTime) {
        let gap = SessionTime::from_seconds(TURN_GAP_S).0;
        let silent = self.scene.turns.iter_mut().filter(|turn| turn.span.end.plus(gap) <= now);
        silent.for_each(|turn| turn.over = true);
    }

    fn says(&mut self, role: Role, at: f64, char_s: f64, text: &str, db: f32) {
        let mut time = at;
        let chars = text.chars().map(|ch| {
            let start = time;
            time += if is_punctuation(ch) { 0.0 } else { char_s };
            HeardChar { ch, syllable: syllable_of(ch), span: span(start, time), probability: 0.9 }
        });
        let chars: Vec<HeardChar> = chars.collect();
        let heard = Hypothesis {
            channel: ChannelIndex(0),
            role,
            span: span(at, time),
            chars,
            mean_log_prob: -0.1,
            goes_on: false,
        };
        self.speaks(role, heard.span, Some(&heard), db);
    }

    fn speaks(&mut self, role: Role, words: Span, heard: Option<&Hypothesis>, db: f32) {
        self.close_silent(words.start);
        let ended = |turn: &SceneTurn| turn.role != role && turn.span.end <= words.start;
        self.scene.turns.iter_mut().filter(|turn| ended(turn)).for_each(|turn| turn.over = true);
        let index = self.scene.turns.iter().rposition(|turn| turn.role == role && !turn.over);
        let index = index.unwrap_or_else(|| {
            let place = self.scene.turns.partition_point(|turn| turn.span.start <= words.start);
            let turn = SceneTurn {
                role,
                span: words,
                over: false,
                speech: Speech::default(),
                understood: true,
                hits: Vec::new(),
                utterances: Vec::new(),
            };
            self.scene.turns.insert(place, turn);
            place
        });
        let turn = &mut self.scene.turns[index];
        turn.span.end = turn.span.end.max(words.end);
        let chars = heard.map_or(0, |heard| heard.chars.iter().filter(|c| !is_punctuation(c.ch)).count());
        turn.utterances.push(SceneUtterance {
            span: words,
            chars,
            level: Dbfs(-30.0 + db),
            above_usual_db: Some(db),
        });
        match heard {
            Some(heard) => {
                turn.speech.push(heard);
                turn.hits = self.book.lexicon().find(&turn.speech);
            }
            None => turn.understood = false,
        }
        if role == Role::Clerk {
            self.scene.clerk_until = self.scene.clerk_until.max(words.end);
        }
    }
}

fn span(from: f64, to: f64) -> Span {
    Span::new(SessionTime::from_seconds(from), SessionTime::from_seconds(to))
}
