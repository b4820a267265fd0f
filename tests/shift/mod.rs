//! A made-up hall's day in a journal, as the live service would have written it: what was said comes from a list, what was
//! found from the real judge. The same seed gives the same day.

use std::path::Path;
use std::sync::Arc;

use sansheng::asr::{HeardChar, Hypothesis, ScriptedRecogniser};
use sansheng::conduct::CompiledBook;
use sansheng::ledger::event::{ClockBody, RunEnded, RunStarted, Seat};
use sansheng::ledger::{Body, Coalescer, Draft, Journal, JudgeInput, Store};
use sansheng::pipeline::{Mind, Settings, hear};
use sansheng::units::{ChannelIndex, Dbfs, Role, SAMPLE_RATE_HZ, SessionTime, Span, WindowId};
use sansheng::vad::SpeechSegment;

/// 2026-11-22 00:00:00 UTC, the beginning of the day, in microseconds.
pub const MIDNIGHT_US: i64 = 1_795_305_600_000_000;

/// What clerks say in the middle of a visit; the last few are not to be said.
const SAID: [&str; 24] = [
    "请您出示一下身份证和户口本",
    "这份表格请您填一下姓名和身份证号码",
    "您稍等，我在系统里面帮您查一下",
    "您要办理的是居住证的续签对吗",
    "材料是齐全的，我现在给您录入",
    "请您在这里签字，日期写今天",
    "这个业务大概需要五个工作日",
    "办好以后会有短信通知您过来取",
    "如果不方便来取也可以邮寄到家",
    "收费标准在墙上的公示栏里面",
    "您的申请已经提交成功了",
    "还缺少一份单位出具的证明",
    "对不起，让您久等了",
    "请核对一下屏幕上面的信息",
    "好的，我再帮您确认一下地址",
    "请您看一下镜头，拍一张照片",
    "复印件我这里可以帮您复印",
    "这个需要到二楼的税务窗口办理",
    "您可以扫这个二维码查询进度",
    "好的，那我现在就给您打印回执",
    "不知道，我先帮您问一下",
    "我不管，问别人去",
    "没时间，你等会儿再来",
    "别啰嗦，快点讲",
];

/// How many sentences are not to be said: the last.
const RUDE: u64 = 4;

/// How long a day, at how many windows, drawn from what.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    pub windows: usize,
    pub seconds: u64,
    pub seed: u64,
    /// Of how many sentences one is not to be said.
    pub rude_one_in: u64,
    /// Of how many tenths of a second the pause between two visitors is drawn, besides 25 seconds.
    pub pause_tenths: u64,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    pub events: u64,
    pub utterances: u64,
    pub findings: u64,
}

impl Shift {
    /// Writes the day into a new journal as one run that came to its end.
    pub fn write(self, folder: &Path, book: &Arc<CompiledBook>) -> Written {
        self.write_into(Journal::open(folder, "scripted").expect("a journal"), book)
    }

    /// The same into a journal that was opened.
    pub fn write_into(self, mut journal: Journal, book: &Arc<CompiledBook>) -> Written {
        let mut written = Written::default();
        let day = self.drafts(book, &mut written);
        let hall = |wall_us, body| Draft {
            window: None,
            session: None,
            wall_us,
            book: Arc::clone(book),
            body,
            original: None,
        };
        let started = journal.started(self.started());
        journal
            .append(&[hall(MIDNIGHT_US, Body::RunStarted(Box::new(started)))])
            .expect("room for a journal");
        for drafts in day.chunks(500) {
            journal.append(drafts).expect("room for a journal");
        }
        let end_us = MIDNIGHT_US + self.seconds as i64 * 1_000_000;
        journal.append(&[hall(end_us, Body::RunEnded(RunEnded::default()))]).expect("room for a journal");
        written.events = journal.last_seq();
        written
    }

    /// What the windows' listening comes to, in order of time.
    pub fn drafts(self, book: &Arc<CompiledBook>, written: &mut Written) -> Vec<Draft> {
        let mut day: Vec<Draft> =
            (0..self.windows).flat_map(|window| self.window(window, book, written)).collect();
        day.sort_by_key(|draft| draft.wall_us);
        day
    }

    pub fn started(self) -> RunStarted {
        let encounter = Settings::default().encounter;
        let seat = |window: usize| Seat {
            window: window.to_string(),
            roles: Settings::default().roles,
            visitor_heard: true,
        };
        RunStarted {
            hall: "大厅".to_owned(),
            version: "of a test".to_owned(),
            windows: (0..self.windows).map(seat).collect(),
            idle: SessionTime::from_seconds(encounter.idle_s),
            farewell: SessionTime::from_seconds(encounter.farewell_s),
            wait: SessionTime::from_seconds(encounter.wait_s),
            broken_off: None,
            cut: None,
        }
    }

    /// The events of a window in the order of their becoming known.
    fn window(self, window: usize, book: &Arc<CompiledBook>, written: &mut Written) -> Vec<Draft> {
        let settings = Settings::default();
        let id = WindowId::new(&window.to_string());
        let mind = Mind::new(Arc::clone(book), id.clone(), &settings).hearing_visitor(true, &settings);
        let mut clerk = Clerk {
            id,
            book,
            mind,
            coalescer: Coalescer::default(),
            open: None,
            kept: Vec::new(),
            now: 0,
            rude_one_in: self.rude_one_in,
            pause_tenths: self.pause_tenths,
            random: self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(window as u64),
            drafts: Vec::new(),
            written,
        };
        clerk.draft(Some(Span::default()), Body::Clock(ClockBody { wall_us: MIDNIGHT_US }));
        while clerk.now < self.seconds * u64::from(SAMPLE_RATE_HZ) {
            clerk.visit();
        }
        clerk.take(JudgeInput::Ended { at: SessionTime(clerk.now), lost: 0 });
        clerk.drafts
    }
}

/// The same on another day.
#[allow(dead_code, reason = "for whoever writes several days")]
pub fn moved(draft: &Draft, by_us: i64) -> Draft {
    let body = match &draft.body {
        Body::Clock(clock) => Body::Clock(ClockBody { wall_us: clock.wall_us + by_us }),
        body => body.clone(),
    };
    Draft {
        window: draft.window.clone(),
        session: draft.session,
        wall_us: draft.wall_us + by_us,
        book: Arc::clone(&draft.book),
        body,
        original: None,
    }
}

/// A clerk at work.
struct Clerk<'a> {
    id: WindowId,
    book: &'a Arc<CompiledBook>,
    mind: Mind,
    coalescer: Coalescer,
    open: Option<SessionTime>,
    kept: Vec<JudgeInput>,
    /// Samples.
    now: u64,
    rude_one_in: u64,
    pause_tenths: u64,
    random: u64,
    drafts: Vec<Draft>,
    written: &'a mut Written,
}

const TENTH: u64 = SAMPLE_RATE_HZ as u64 / 10;

impl Clerk<'_> {
    /// One visitor: some two minutes of turn and turn about, and a pause before the next.
    fn visit(&mut self) {
        if self.below(20) > 0 {
            self.say("您好，请问您要办理什么业务");
        }
        for _ in 0..6 + self.below(8) {
            self.visitor();
            let rude = self.below(self.rude_one_in) == 0;
            let (from, many) = match rude {
                true => (SAID.len() as u64 - RUDE, RUDE),
                false => (0, SAID.len() as u64 - RUDE),
            };
            let which = from + self.below(many);
            self.say(SAID[which as usize]);
        }
        if self.below(20) > 0 {
            self.say("办好了，请慢走，再见");
        }
        let pause = 250 + self.below(self.pause_tenths);
        self.silence(pause);
    }

    fn say(&mut self, words: &str) {
        let length = words.chars().count() as u64 * 2 * TENTH;
        let spoken = Span { start: SessionTime(self.now), end: SessionTime(self.now + length) };
        let segment = SpeechSegment {
            channel: ChannelIndex(0),
            role: Role::Clerk,
            span: spoken,
            speech: spoken,
            samples: Vec::new(),
            level: Dbfs(-25.0 - self.below(60) as f32 / 10.0),
            ends_in_silence: true,
        };
        let line = (0, spoken.start.seconds(), spoken.end.seconds(), words);
        let heard = hear(&segment, &mut ScriptedRecogniser::new(&[line]), self.book).expect("a script");
        let hypothesis = Hypothesis { chars: self.unsure(heard.hypothesis.chars), ..heard.hypothesis };
        self.now += length;
        self.written.utterances += 1;
        self.take(JudgeInput::Clerk { heard: hypothesis, scores: heard.scores, level: heard.level });
        let pause = 4 + self.below(12);
        self.silence(pause);
    }

    /// Probabilities as a recogniser gives them, which take room in a journal.
    fn unsure(&mut self, mut chars: Vec<HeardChar>) -> Vec<HeardChar> {
        for heard in &mut chars {
            heard.probability = 1.0 - self.below(100_000) as f32 / 400_000.0;
        }
        chars
    }

    fn visitor(&mut self) {
        let length = (8 + self.below(50)) * TENTH;
        let span = Span { start: SessionTime(self.now), end: SessionTime(self.now + length) };
        self.now += length;
        self.take(JudgeInput::Visitor { span, level: Dbfs(-30.0) });
        let pause = 3 + self.below(10);
        self.silence(pause);
    }

    /// Told four times a second, as the ear tells it.
    fn silence(&mut self, tenths: u64) {
        let until = self.now + tenths * TENTH;
        while self.now < until {
            self.now = (self.now + TENTH * 5 / 2).min(until);
            self.take(JudgeInput::Quiet { until: SessionTime(self.now), clerk: SessionTime(self.now) });
        }
    }

    /// Judges, and journals what was taken in and what came of it.
    fn take(&mut self, input: JudgeInput) {
        let mut found = Vec::new();
        let last = matches!(input, JudgeInput::Ended { .. });
        self.mind.take(&input, &mut found);
        let closed: Vec<_> = self.mind.closed().collect();
        let open = self.mind.encounter().map(|(_, since)| since);
        let acted = !found.is_empty() || !closed.is_empty() || open != self.open;
        if matches!(input, JudgeInput::Quiet { .. }) {
            self.open = open;
        }
        self.coalescer.take(input, acted, &mut self.kept);
        if last {
            self.coalescer.flush(&mut self.kept);
        }
        for input in std::mem::take(&mut self.kept) {
            let (span, body) = input.to_body(self.book);
            self.draft(Some(span), body);
        }
        self.written.findings += found.len() as u64;
        for finding in found {
            self.draft(Some(finding.span), Body::Finding(Box::new(finding)));
        }
        for encounter in closed {
            self.draft(Some(encounter.span), Body::Encounter(Box::new(encounter)));
        }
    }

    fn draft(&mut self, session: Option<Span>, body: Body) {
        let wall_us = MIDNIGHT_US + (self.now * 1_000 / u64::from(SAMPLE_RATE_HZ)) as i64 * 1_000;
        let (window, book) = (Some(self.id.clone()), Arc::clone(self.book));
        self.drafts.push(Draft { window, session, wall_us, book, body, original: None });
    }

    fn below(&mut self, most: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % most
    }
}
