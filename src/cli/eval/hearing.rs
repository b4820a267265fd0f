//! A corpus through the pipeline, as fast as it goes and as often as asked.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::EvalArgs;
use super::lent::{Lent, Memory};
use crate::asr::Recogniser;
use crate::cli::encounters::told;
use crate::cli::error::CliError;
use crate::cli::progress::ProgressBar;
use crate::cli::setup::Engine;
use crate::clock::{Stopwatch, cpu_seconds};
use crate::conduct::{Ablation, CompiledBook, Encounter};
use crate::eval::{Heard, HeardEncounter, HeardUtterance, Run, Truth};
use crate::pipeline::Settings;
use crate::runtime::{Event, Recorded, replay as hear_recordings};
use crate::units::{ChannelIndex, Role, WindowId};

/// Ready to hear, any number of times.
pub(super) struct Listening {
    book: Arc<CompiledBook>,
    recognisers: Vec<Arc<Mutex<Box<dyn Recogniser>>>>,
    memory: Option<Arc<Memory>>,
    visitor: bool,
}

impl Listening {
    pub fn new(args: &EvalArgs) -> Result<Self, CliError> {
        let Engine { book, recognisers, .. } = Engine::without(&args.engine, args.levers_off())?;
        Ok(Self {
            book,
            recognisers: recognisers.into_iter().map(|one| Arc::new(Mutex::new(one))).collect(),
            memory: args.ablation.then(Arc::default),
            visitor: args.visitor,
        })
    }

    /// The same, with other levers off. What was heard before is not decoded again.
    pub fn without(&self, off: Ablation) -> Result<Self, CliError> {
        let book = CompiledBook::compile_without(self.book.rulebook().clone(), off)?;
        Ok(Self {
            book: Arc::new(book),
            recognisers: self.recognisers.clone(),
            memory: self.memory.clone(),
            visitor: self.visitor,
        })
    }

    /// Hears the recordings of `truth`, which lie at `paths`, in its order.
    pub fn hear(&self, truth: &Truth, paths: &[PathBuf]) -> (Vec<Heard>, Run) {
        let transcribed = if self.visitor { vec![Role::Clerk, Role::Visitor] } else { vec![Role::Clerk] };
        let mut heard: Vec<Heard> =
            truth.files.iter().map(|file| Heard::nothing(&file.file, &transcribed)).collect();
        let without_roles = self.book.without().roles;
        let settings = Settings { hear_visitor: self.visitor, without_roles, ..Settings::default() };
        let recognisers = self.recognisers.iter().map(|one| {
            let lent = Lent::new(one, self.memory.as_ref());
            Box::new(lent) as Box<dyn Recogniser>
        });
        let threads = self.recognisers.len();
        let bar = ProgressBar::new(paths);
        let (watch, cpu_before_s) = (Stopwatch::start(), cpu_seconds());
        hear_recordings(
            recorded(truth, paths),
            threads,
            &settings,
            &self.book,
            recognisers.collect(),
            &mut |event| {
                bar.follow(&event);
                note(event, &mut heard);
            },
        );
        let cpu_s = cpu_seconds().zip(cpu_before_s).map(|(now, before)| now - before);
        let run = Run { wall_s: watch.elapsed().as_secs_f64(), cpu_s, threads };
        bar.finish();
        heard.iter_mut().for_each(|h| h.utterances.sort_by(|a, b| a.start_s.total_cmp(&b.start_s)));
        (heard, run)
    }
}

fn recorded(truth: &Truth, paths: &[PathBuf]) -> Vec<Recorded> {
    let recordings = truth.files.iter().zip(paths).map(|(file, path)| {
        let on = |role| file.channels.iter().position(|r| *r == role).map(|i| ChannelIndex(i as u16));
        Recorded {
            path: path.clone(),
            window: WindowId::new(&file.file),
            clerk: on(Role::Clerk).unwrap_or_default(),
            visitor: on(Role::Visitor),
        }
    });
    recordings.collect()
}

fn note(event: Event, heard: &mut [Heard]) {
    match event {
        Event::Heard { source, hypothesis } if !hypothesis.chars.is_empty() => {
            heard[source].utterances.push(HeardUtterance {
                channel: hypothesis.channel.0,
                role: hypothesis.role,
                start_s: hypothesis.span.start.seconds(),
                end_s: hypothesis.span.end.seconds(),
                text: hypothesis.text(),
            });
        }
        Event::Judged { source, finding } => finding.settle_into(&mut heard[source].findings),
        Event::Closed { source, encounter } => {
            heard[source].encounters.extend(told(&encounter).then(|| heard_encounter(&encounter)));
        }
        Event::Warned { source, warning, .. } => heard[source].warnings.push(warning),
        Event::Failed { source, error } => heard[source].error = Some(error),
        Event::Ended { source, account } => {
            let effort = account.effort;
            let of = &mut heard[source];
            of.audio_s = account.audio_s;
            of.decode_s = effort.decode_s + effort.verify_s + effort.match_s;
            of.match_s = effort.match_s;
        }
        Event::Opened { .. }
        | Event::Heard { .. }
        | Event::VisitorSpoke { .. }
        | Event::Unheard { .. }
        | Event::Progress { .. } => {}
    }
}

fn heard_encounter(encounter: &Encounter) -> HeardEncounter {
    let span = encounter.span;
    HeardEncounter { kind: encounter.kind, start_s: span.start.seconds(), end_s: span.end.seconds() }
}
