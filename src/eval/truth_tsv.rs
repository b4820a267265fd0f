//! Plain transcripts: `file<TAB>text<TAB>seconds`, one clerk on one channel, nothing forbidden said.

use std::path::PathBuf;

use super::truth::{Conditions, Form, Truth, TruthFault, TruthFile, Utterance, repeated};
use crate::units::{ChannelIndex, Role, SessionTime, Span};

const COLUMNS: [&str; 3] = ["file", "text", "seconds"];

/// The truth in `text`, or everything wrong with it. Columns may stand in any order, beside others.
pub(super) fn parse(text: &str, root: PathBuf) -> Result<Truth, Vec<TruthFault>> {
    let mut lines = text.trim_start_matches('\u{FEFF}').lines().enumerate();
    let columns = header(lines.next().map_or("", |(_, line)| line)).map_err(|fault| vec![fault])?;
    let name = root.file_name().map_or("transcripts".to_owned(), |name| name.to_string_lossy().into_owned());
    let (mut files, mut numbers, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        match row(line, columns, &name) {
            Ok(file) => {
                files.push(file);
                numbers.push(index + 1);
            }
            Err((found, remedy)) => faults.push(fault(index + 1, found, remedy)),
        }
    }
    faults.extend(repeated(files.iter().zip(&numbers).map(|(f, n)| (f.file.as_str(), format!("line {n}")))));
    if faults.is_empty() && files.is_empty() {
        faults.push(fault(2, "no transcript".to_owned(), "write one line a recording"));
    }
    if faults.is_empty() {
        Ok(Truth { corpus: name, root, annotated_missing: Default::default(), files })
    } else {
        Err(faults)
    }
}

/// Positions of [`COLUMNS`].
fn header(line: &str) -> Result<[usize; 3], TruthFault> {
    let names: Vec<&str> = line.split('\t').map(str::trim).collect();
    let mut columns = [0; 3];
    for (position, wanted) in columns.iter_mut().zip(COLUMNS) {
        *position = names.iter().position(|name| *name == wanted).ok_or_else(|| {
            fault(
                1,
                format!("no column `{wanted}` in `{line}`"),
                "begin with the line file<TAB>text<TAB>seconds",
            )
        })?;
    }
    Ok(columns)
}

fn row(line: &str, columns: [usize; 3], group: &str) -> Result<TruthFile, (String, &'static str)> {
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    let field = |at: usize| {
        let remedy = "give file, text and seconds, with one tab between";
        fields.get(at).copied().ok_or_else(|| (format!("{} field(s)", fields.len()), remedy))
    };
    let (file, text, seconds) = (field(columns[0])?, field(columns[1])?, field(columns[2])?);
    if file.is_empty() {
        return Err(("an empty file name".to_owned(), "name the recording, relative to this list"));
    }
    let length_s = seconds.parse::<f64>().ok().filter(|s| s.is_finite() && *s > 0.0).ok_or_else(|| {
        (format!("`{seconds}` for seconds"), "give the length of the recording in seconds, such as 2.43")
    })?;
    Ok(TruthFile {
        file: file.to_owned(),
        group: group.to_owned(),
        form: Form::Transcript,
        channels: vec![Role::Clerk],
        conditions: Conditions::default(),
        utterances: Some(vec![Utterance {
            channel: ChannelIndex(0),
            span: Span::new(SessionTime(0), SessionTime::from_seconds(length_s)),
            text: text.to_owned(),
        }]),
        encounters: None,
        forbidden: Vec::new(),
        missing: Vec::new(),
        innocents: Vec::new(),
    })
}

fn fault(line: usize, found: String, remedy: &str) -> TruthFault {
    TruthFault { place: format!("line {line}"), found, remedy: remedy.to_owned() }
}
