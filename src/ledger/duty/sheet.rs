//! A roster as halls keep it: one row for each clerk, shift and day, with a heading in Chinese or English.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::Person;
use super::calendar::Days;
use super::day_form;
use super::plan::{Assignment, Place, When};
use super::read::{Draft, WINDOW_REMEDY, fault_at, half_width, shift_of, window};
use crate::toml_file::{FaultLevel, Faults, did_you_mean};

/// A title may stand above the heading, in so many rows.
const TITLE_ROWS_MAX: usize = 10;

/// Columns and what their headings are called.
const DAY: &[&str] = &["日期", "排班日期", "值班日期", "上班日期", "date", "day"];
const SHIFT: &[&str] = &["班次", "班", "班别", "时段", "时间", "shift"];
const WINDOW: &[&str] = &["窗口", "窗口号", "窗口编号", "window", "counter"];
const CLERK: &[&str] = &[
    "工号",
    "员工号",
    "员工编号",
    "人员编号",
    "编号",
    "id",
    "staffid",
    "staffnumber",
    "employeeid",
    "clerk",
];
const NAME: &[&str] = &["姓名", "名字", "人员", "工作人员", "值班人员", "name", "staffname"];

/// Words for a day off, and for nobody.
const OFF: &[&str] = &["休", "休息", "轮休", "公休", "调休", "请假", "off"];
const NOBODY: &[&str] = &["", "-", "—", "/", "无", "空", "空缺", "缺"];

/// Reads the rows of a sheet into the draft.
pub(super) fn read(file: &str, text: &str, draft: &mut Draft, faults: &Faults) {
    let delimiter = delimiter(text);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut columns = None;
    for (row, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(fault) => {
                let line = fault.position().map_or(0, |position| position.line() as usize);
                let place = Place { file: file.to_owned(), line };
                let found = format!("the row cannot be read ({fault})");
                faults.push(fault_at(&place, FaultLevel::Error, found, "correct the quotes of the row"));
                return;
            }
        };
        let line = record.position().map_or(0, |position| position.line() as usize);
        let sheet = Sheet { place: Place { file: file.to_owned(), line }, faults };
        match &columns {
            None => columns = Columns::of(&record),
            Some(columns) => sheet.row(&record, columns, draft),
        }
        if columns.is_none() && row >= TITLE_ROWS_MAX {
            break;
        }
    }
    if columns.is_none() {
        let place = Place { file: file.to_owned(), line: 1 };
        let found = "no row has the headings of a roster".to_owned();
        let remedy = "write a row 日期,班次,窗口,工号,姓名 (or date,shift,window,id,name) above the others";
        faults.push(fault_at(&place, FaultLevel::Error, found, remedy));
    }
}

/// What parts the fields: whichever of the three is most frequent in the first rows.
fn delimiter(text: &str) -> u8 {
    let head: String = text.lines().take(TITLE_ROWS_MAX).collect();
    let count = |mark: u8| head.bytes().filter(|byte| *byte == mark).count();
    *b";\t,".iter().max_by_key(|mark| count(**mark)).unwrap_or(&b',')
}

/// Where the columns of a roster are.
#[derive(Debug)]
struct Columns {
    day: usize,
    shift: usize,
    window: usize,
    clerk: Option<usize>,
    name: Option<usize>,
}

impl Columns {
    /// `None` where a row is no heading.
    fn of(record: &StringRecord) -> Option<Self> {
        let plain = |field: &str| {
            let field = half_width(field).to_lowercase();
            let field = field.split('(').next().unwrap_or_default();
            field.chars().filter(|ch| !ch.is_whitespace() && *ch != '_' && *ch != '-').collect::<String>()
        };
        let fields: Vec<String> =
            record.iter().map(|field| plain(field.trim_start_matches('\u{feff}'))).collect();
        let find = |names: &[&str]| fields.iter().position(|field| names.contains(&field.as_str()));
        let (clerk, name) = (find(CLERK), find(NAME));
        let columns = Self { day: find(DAY)?, shift: find(SHIFT)?, window: find(WINDOW)?, clerk, name };
        (clerk.is_some() || name.is_some()).then_some(columns)
    }
}

/// One row being read.
struct Sheet<'f> {
    place: Place,
    faults: &'f Faults,
}

impl Sheet<'_> {
    fn row(&self, record: &StringRecord, columns: &Columns, draft: &mut Draft) {
        if record.iter().all(str::is_empty) {
            return;
        }
        let field = |column: usize| record.get(column).unwrap_or_default();
        if OFF.contains(&field(columns.shift).to_lowercase().as_str()) {
            return;
        }
        let day = day_form::spreadsheet_day(&half_width(field(columns.day)));
        if let Err(remedy) = day {
            self.error(format!("the day is {:?}", field(columns.day)), remedy);
        }
        let shift = self.shift(field(columns.shift), draft);
        let window = window(field(columns.window), draft);
        if window.is_none() {
            self.error(format!("the window is {:?}", field(columns.window)), WINDOW_REMEDY);
        }
        let id = columns.clerk.map_or("", field);
        let name = columns.name.map_or("", field);
        let clerk = self.clerk(&half_width(id), name, draft);
        if let (Ok(day), Some(shift), Some(window), Some(clerk)) = (day, shift, window, clerk) {
            let (when, place) = (When::Named(vec![day..=day]), self.place.clone());
            draft.assignments.push(Assignment { window, shift, clerk, when, place });
        }
    }

    /// A shift of the calendar, or one that is written as its times.
    fn shift(&self, text: &str, draft: &mut Draft) -> Option<usize> {
        if let Some(known) = draft.shifts.iter().position(|shift| shift.id == text) {
            return Some(known);
        }
        let made = day_form::times(&half_width(text))
            .and_then(|(start, end)| shift_of(text, start, end, Days::DAILY));
        match made {
            Some(shift) => {
                draft.shifts.push(shift);
                Some(draft.shifts.len() - 1)
            }
            None => {
                let meant = did_you_mean(text, draft.shifts.iter().map(|shift| shift.id.as_str()));
                let remedy = "write the id of a [[shift]] of the calendar, or times as 08:30-12:00";
                self.error(format!("there is no shift {text:?}{meant}"), remedy);
                None
            }
        }
    }

    /// Staff number of whoever the row names, `Some(None)` where it names nobody; `None` after a fault.
    fn clerk(&self, id: &str, name: &str, draft: &mut Draft) -> Option<Option<String>> {
        let id = id.strip_suffix(".0").unwrap_or(id);
        let nobody = |text: &str| NOBODY.contains(&text);
        match (nobody(id), nobody(name)) {
            (true, true) => Some(None),
            (true, false) => self.by_name(name, draft).map(Some),
            (false, _) => self.by_id(id, if nobody(name) { "" } else { name }, draft).map(Some),
        }
    }

    fn by_id(&self, id: &str, name: &str, draft: &mut Draft) -> Option<String> {
        let Some(known) = draft.people.get_mut(id) else {
            let plain = |id: &str| id.trim_start_matches('0').to_owned();
            if let Some(twin) = draft.people.keys().find(|other| plain(other) == plain(id)) {
                let found = format!("nobody has the staff number {id:?}, did you mean {twin:?}?");
                self.error(found, "format the column as text: spreadsheets take leading zeros away");
                return None;
            }
            let shown = if name.is_empty() { id } else { name };
            draft.people.insert(id.to_owned(), Person { id: id.to_owned(), name: shown.to_owned() });
            return Some(id.to_owned());
        };
        if known.name == known.id && !name.is_empty() {
            known.name = name.to_owned();
        }
        if !name.is_empty() && known.name != name {
            let found = format!("staff number {id} is {name} here and {} elsewhere", known.name);
            self.error(found, "correct the number or the name");
            return None;
        }
        Some(id.to_owned())
    }

    fn by_name(&self, name: &str, draft: &Draft) -> Option<String> {
        let mut named = draft.people.values().filter(|person| person.name == name);
        match (named.next(), named.next()) {
            (Some(person), None) => return Some(person.id.clone()),
            (Some(one), Some(other)) => {
                let found = format!("{name} may be {} or {}", one.id, other.id);
                self.error(found, "write the staff number as well");
            }
            _ => self.error(
                format!("no staff number is known of {name}"),
                "write the staff number as well, or add them to the calendar as [[person]]",
            ),
        }
        None
    }

    fn error(&self, found: String, remedy: &str) {
        self.faults.push(fault_at(&self.place, FaultLevel::Error, found, remedy));
    }
}
