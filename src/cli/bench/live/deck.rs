//! The deck: what there is to play, in pieces that can follow each other in any order.
//!
//! A clip is a piece. A recording is one for each of its encounters, with a second of its own room before and after;
//! one without encounters is a piece from its first to its last words.

use crate::eval::{Form, Truth, TruthFile};
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span};

/// Kept of a recording before and after its speech.
const MARGIN: u64 = SAMPLE_RATE_HZ as u64;

/// A stretch of a file that is played in one go.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// Index into the truth's files.
    pub file: usize,
    /// In the file.
    pub span: Span,
    /// Samples during which the clerk speaks: by the truth's utterances, of a clip all of it.
    pub clerk: u64,
    /// By the truth's utterances alone.
    pub words: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Deck {
    pub pieces: Vec<Piece>,
    /// Files that are left out, with the reason.
    pub notes: Vec<String>,
}

impl Deck {
    /// The pieces of a truth whose files have these lengths, in samples; `None` where a length is not known.
    pub fn new(truth: &Truth, lengths: &[Option<u64>]) -> Self {
        let mut deck = Self::default();
        for (index, (file, length)) in truth.files.iter().zip(lengths).enumerate() {
            match pieces(index, file, *length) {
                Ok(pieces) => deck.pieces.extend(pieces),
                Err(why) => deck.notes.push(format!("{}: left out: {why}", file.file)),
            }
        }
        deck
    }
}

/// The clerk's channel of a file.
pub(super) fn clerk_of(file: &TruthFile) -> Option<ChannelIndex> {
    channel_of(file, Role::Clerk)
}

pub(super) fn channel_of(file: &TruthFile, role: Role) -> Option<ChannelIndex> {
    let index = file.channels.iter().position(|known| *known == role)?;
    u16::try_from(index).ok().map(ChannelIndex)
}

fn pieces(index: usize, file: &TruthFile, length: Option<u64>) -> Result<Vec<Piece>, &'static str> {
    let length = length.ok_or("its header does not tell its length")?;
    let clerk = clerk_of(file).ok_or("nobody in it is a clerk")?;
    let whole = Span::new(SessionTime(0), SessionTime(length));
    let utterances = file.utterances.as_deref().ok_or("the truth does not tell when its clerk speaks")?;
    let spoken: Vec<Span> = utterances.iter().map(|utterance| utterance.span).collect();
    let clerks = utterances.iter().filter(|utterance| utterance.channel == clerk);
    let clerks: Vec<Span> = clerks.map(|utterance| utterance.span).collect();
    if file.form == Form::Clip {
        return Ok(vec![Piece { file: index, span: whole, clerk: length, words: covered(&clerks, whole) }]);
    }
    let pieces = stretches(file, &spoken, whole).into_iter().map(|span| {
        let words = covered(&clerks, span);
        Piece { file: index, span, clerk: words, words }
    });
    let pieces: Vec<Piece> = pieces.filter(|piece| piece.clerk > 0).collect();
    if pieces.is_empty() { Err("its clerk says nothing") } else { Ok(pieces) }
}

/// One stretch for each encounter, or one for all of the speech.
fn stretches(file: &TruthFile, spoken: &[Span], whole: Span) -> Vec<Span> {
    let mut served: Vec<Span> = file.encounters.iter().flatten().map(|encounter| encounter.span).collect();
    served.sort_unstable();
    if served.is_empty() {
        served.extend(spoken.iter().copied().reduce(joined));
    }
    // Half way between two encounters one piece ends and the next begins.
    let mut stretches = Vec::new();
    for (i, encounter) in served.iter().enumerate() {
        let from = match i {
            0 => whole.start,
            _ => middle(served[i - 1].end, encounter.start),
        };
        let to = served.get(i + 1).map_or(whole.end, |next| middle(encounter.end, next.start));
        if from >= to {
            continue;
        }
        let room = Span::new(from, to);
        // Words beside every encounter are the nearest one's.
        let around = spoken.iter().copied().filter(|words| words.overlaps(room)).fold(*encounter, joined);
        let start = around.start.minus(MARGIN).clamp(room.start, room.end);
        let end = around.end.plus(MARGIN).clamp(start, room.end);
        stretches.push(Span::new(start, end));
    }
    stretches
}

fn joined(a: Span, b: Span) -> Span {
    Span::new(a.start.min(b.start), a.end.max(b.end))
}

fn middle(a: SessionTime, b: SessionTime) -> SessionTime {
    SessionTime(a.0.midpoint(b.0))
}

/// Samples of `within` that any of `spans` covers.
fn covered(spans: &[Span], within: Span) -> u64 {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let mut until = within.start;
    let mut covered = 0;
    for span in spans {
        let from = span.start.max(until);
        let to = span.end.min(within.end);
        if from < to {
            covered += to.0 - from.0;
            until = to;
        }
    }
    covered
}
