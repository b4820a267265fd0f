//! The hall's calendar in TOML: shifts, holidays, people, assignments, and the rosters it names.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::calendar::{Calendar, Days, Weekday};
use super::plan::{Assignment, Place, When};
use super::read_assign::read_assignments;
use super::zone::{DEFAULT, Zone};
use super::{Person, Roster, RosterFaults, Shift, conflict, day_form, in_order, sheet, sheet_text};
use crate::toml_file::{
    Document, Fault, FaultLevel, Faults, Fields, Source, did_you_mean, read_file, text_of, whole_file,
};
use crate::units::{Date, WindowId};

/// What is read so far; whole only if no error was pushed.
pub(super) struct Draft {
    pub zone: Option<Zone>,
    pub calendar: Calendar,
    pub shifts: Vec<Shift>,
    pub people: BTreeMap<String, Person>,
    pub assignments: Vec<Assignment>,
    /// Other words for windows.
    pub called: BTreeMap<String, WindowId>,
}

impl Draft {
    fn new() -> Self {
        Self {
            zone: Zone::named(DEFAULT),
            calendar: Calendar::default(),
            shifts: Vec::new(),
            people: BTreeMap::new(),
            assignments: Vec::new(),
            called: BTreeMap::new(),
        }
    }

    fn finish(self, faults: Faults, files: &[String]) -> Result<Roster, RosterFaults> {
        let (mut by_day, mut patterns) = (BTreeMap::<Date, Vec<usize>>::new(), Vec::new());
        for (index, assignment) in self.assignments.iter().enumerate() {
            match &assignment.when {
                When::Named(ranges) => {
                    each_day(ranges).for_each(|day| by_day.entry(day).or_default().push(index))
                }
                When::Pattern { .. } => patterns.push(index),
            }
        }
        let Self { zone, calendar, shifts, people, assignments, .. } = self;
        let roster = zone.map(|zone| Roster {
            zone,
            calendar,
            shifts,
            people,
            assignments,
            by_day,
            patterns,
            events: Vec::new(),
            warnings: Vec::new(),
            ready: BTreeMap::new(),
        });
        if let Some(roster) = &roster {
            conflict::check(roster, &faults);
        }
        let faults = in_order(faults, files);
        match roster {
            Some(roster) if faults.iter().all(|fault| fault.level == FaultLevel::Warning) => {
                Ok(Roster { warnings: faults, ..roster })
            }
            _ => Err(RosterFaults(faults)),
        }
    }
}

fn each_day(ranges: &[RangeInclusive<Date>]) -> impl Iterator<Item = Date> {
    let days: std::collections::BTreeSet<i64> =
        ranges.iter().flat_map(|range| range.start().unix_days()..=range.end().unix_days()).collect();
    days.into_iter().map(Date::from_unix_days)
}

pub(super) fn load(path: &Path) -> Result<Roster, RosterFaults> {
    let sheet = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if sheet {
        let (mut draft, faults) = (Draft::new(), Faults::default());
        read_sheet(path, &mut draft, &faults);
        return draft.finish(faults, &[path.display().to_string()]);
    }
    let source =
        read_file(path).map_err(|(found, remedy)| RosterFaults(vec![whole_file(path, found, remedy)]))?;
    parse(&source, path.parent().unwrap_or(Path::new("")))
}

pub(super) fn parse(source: &Source, folder: &Path) -> Result<Roster, RosterFaults> {
    let (mut draft, faults) = (Draft::new(), Faults::default());
    let mut files = vec![source.name.clone()];
    if let Some(doc) = Document::parse(source, &faults) {
        let rosters = read_calendar(&doc, &mut draft, folder);
        for path in rosters {
            read_sheet(&path, &mut draft, &faults);
            files.push(path.display().to_string());
        }
    }
    draft.finish(faults, &files)
}

fn read_sheet(path: &Path, draft: &mut Draft, faults: &Faults) {
    match sheet_text::read(path) {
        Ok(text) => sheet::read(&path.display().to_string(), &text, draft, faults),
        Err((found, remedy)) => faults.push(whole_file(path, found, remedy)),
    }
}

/// Everything but the sheets, which are given back.
fn read_calendar(doc: &Document<'_>, draft: &mut Draft, folder: &Path) -> Vec<PathBuf> {
    let mut root = doc.root();
    if let Some(zone) = root.text("zone") {
        draft.zone = Zone::named(zone.text);
        if draft.zone.is_none() {
            let found = format!("`zone` is {:?}", zone.text);
            doc.error(zone.at, &found, "name a zone of the IANA database, as Asia/Shanghai or UTC");
        }
    }
    let rosters = root.texts("rosters");
    read_days(&mut root, draft);
    if let Some(windows) = root.table("windows") {
        read_called(&windows, draft);
    }
    for fields in root.tables("shift") {
        draft.shifts.extend(read_shift(fields, &draft.shifts));
    }
    for fields in root.tables("person") {
        if let Some(person) = read_person(fields, &draft.people) {
            draft.people.insert(person.id.clone(), person);
        }
    }
    for fields in root.tables("assign") {
        let assignments = read_assignments(fields, draft);
        draft.assignments.extend(assignments);
    }
    root.finish(&[
        ("window", "a table [[assign]]"),
        ("clerk", "a table [[assign]]"),
        ("start", "a table [[shift]]"),
        ("name", "a table [[person]]"),
    ]);
    rosters.iter().map(|roster| folder.join(roster.text)).collect()
}

fn read_days(root: &mut Fields<'_, '_>, draft: &mut Draft) {
    let doc = root.doc;
    for text in root.texts("holidays") {
        match day_form::days(text.text) {
            Ok(days) => draft.calendar.holidays.push(days),
            Err(remedy) => doc.error(text.at, &format!("{:?} among `holidays`", text.text), remedy),
        }
    }
    for text in root.texts("make_up") {
        let (day, like) = match text.text.split_once(" as ") {
            Some((day, like)) => (day, Some(Weekday::parse(like))),
            None => (text.text, None),
        };
        let Ok(day) = day.trim().parse::<Date>() else {
            let found = format!("{:?} among `make_up`", text.text);
            doc.error(
                text.at,
                &found,
                "write \"2026-10-10\", or \"2026-10-10 as fri\" for the weekday it is worked like",
            );
            continue;
        };
        if like == Some(None) {
            doc.error(
                text.at,
                &format!("{:?} among `make_up`", text.text),
                "write the weekday as mon, tue … or 周一, 周二 …",
            );
        }
        if draft.calendar.holidays.iter().any(|days| days.contains(&day)) {
            doc.error(
                text.at,
                &format!("{day} is a holiday and a make-up day"),
                "take it out of one of the two",
            );
        }
        draft.calendar.make_up.insert(day, like.flatten());
    }
}

/// Characters of a window's id, at most: as `[[window]]` of the configuration has it.
const ID_CHARS_MAX: usize = 32;

fn read_called(windows: &Fields<'_, '_>, draft: &mut Draft) {
    for (name, value) in windows.entries() {
        let id = text_of(value).and_then(|text| plain_window(text.text));
        match id {
            Some(id) => {
                draft.called.insert(name.text.to_owned(), id);
            }
            None => windows.doc.error(
                name.at,
                &format!("window {:?} is no window's id", name.text),
                WINDOW_REMEDY,
            ),
        }
    }
}

pub(super) const WINDOW_REMEDY: &str = "write the id that the configuration gives the window, or add what it is called to \
                                        [windows], as \"综合窗口\" = \"3\"";

/// The window that people call so: `3`, `３号`, `3号窗口`, or a name of `[windows]`.
pub(super) fn window(text: &str, draft: &Draft) -> Option<WindowId> {
    draft.called.get(text.trim()).cloned().or_else(|| plain_window(text))
}

fn plain_window(text: &str) -> Option<WindowId> {
    let text = half_width(text);
    let id = text.trim();
    let id = ["号窗口", "号窗", "窗口", "号"]
        .iter()
        .find_map(|suffix| id.strip_suffix(suffix))
        .unwrap_or(id)
        .trim();
    let fine = (1..=ID_CHARS_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    fine.then(|| WindowId::new(id))
}

/// Full-width letters and digits as ASCII.
pub(super) fn half_width(text: &str) -> String {
    let narrow = |ch: char| match ch {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(ch as u32 - 0xFEE0).unwrap_or(ch),
        '\u{3000}' => ' ',
        _ => ch,
    };
    text.chars().map(narrow).collect()
}

fn read_shift(mut fields: Fields<'_, '_>, known: &[Shift]) -> Option<Shift> {
    let doc = fields.doc;
    let id = fields.needed_text("id", "`id = \"早\"`, what rosters call the shift");
    if let Some(id) = id {
        fields.name(format!("shift `{}`", id.text));
        if known.iter().any(|shift| shift.id == id.text.trim()) {
            doc.error(id.at, &format!("the shift {:?} stands twice", id.text), "give each shift its own id");
        }
    }
    let start = read_time(&mut fields, "start", "`start = \"08:30\"`");
    let end = read_time(&mut fields, "end", "`end = \"12:00\"`");
    let days = if fields.has("days") { read_pattern(&mut fields) } else { Days::DAILY };
    fields.value("days");
    let (start, end, at) = (start?, end?, fields.at);
    fields.finish(&[]);
    let shift = shift_of(id?.text.trim(), start, end, days);
    if shift.is_none() {
        doc.error(
            at,
            "the shift is of no length, or starts at the end of a day",
            "let `end` differ from `start`, below 24:00",
        );
    }
    shift
}

/// A shift whose end may lie on the next day.
pub(super) fn shift_of(id: &str, start: u16, end: u16, days: Days) -> Option<Shift> {
    let fine = start < 1_440 && start != end;
    let end = if end < start { end + 1_440 } else { end };
    fine.then(|| Shift { id: id.to_owned(), start, end, days })
}

fn read_time(fields: &mut Fields<'_, '_>, key: &'static str, example: &str) -> Option<u16> {
    let text = fields.needed_text(key, example)?;
    let time = day_form::time(text.text);
    if time.is_none() {
        let found = format!("`{key}` of {} is {:?}", fields.of, text.text);
        fields.doc.error(text.at, &found, "write a time of day from 00:00 to 24:00");
    }
    time
}

/// `days`, a list of patterns.
pub(super) fn read_pattern(fields: &mut Fields<'_, '_>) -> Days {
    let mut days = Days::default();
    for text in fields.texts("days") {
        if let Err(word) = days.add(text.text) {
            let known = ["workdays", "restdays", "daily", "mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let found = format!("{word:?} among `days` of {}{}", fields.of, did_you_mean(word, known));
            let remedy = "write workdays, restdays, daily, a weekday as mon or 周一, or a range as mon-fri";
            fields.doc.error(text.at, &found, remedy);
        }
    }
    days
}

fn read_person(mut fields: Fields<'_, '_>, known: &BTreeMap<String, Person>) -> Option<Person> {
    let doc = fields.doc;
    let id = fields.needed_text("id", "`id = \"0231\"`, the staff number (工号)");
    let name = fields.needed_text("name", "`name = \"张三\"`");
    fields.finish(&[]);
    let (id, name) = (id?, name?);
    if known.contains_key(id.text.trim()) {
        doc.error(
            id.at,
            &format!("the staff number {:?} stands twice", id.text),
            "give each person their own",
        );
    }
    Some(Person { id: id.text.trim().to_owned(), name: name.text.trim().to_owned() })
}

/// A fault at a line that was read before.
pub(super) fn fault_at(place: &Place, level: FaultLevel, found: String, remedy: &str) -> Fault {
    Fault { level, file: place.file.clone(), line: place.line, column: 1, found, remedy: remedy.to_owned() }
}
