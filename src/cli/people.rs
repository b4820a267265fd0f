//! `sansheng people`: who may sign in to the dashboard, beside the service or without it. Changes are journalled.

use std::io::{self, Write};

use clap::{Args, Subcommand, ValueEnum};

use super::DONE;
use super::error::CliError;
use super::hall_files::{HallArgs, HallFiles, day_and_minute};
use super::show::new_table;
use crate::access::{NewPerson, People, Person, Role};
use crate::clock;
use crate::ledger::event::AccessBody;
use crate::ledger::journal::Act;
use crate::ledger::{Body, JournalFault};
use crate::said::Bilingual;

/// Who did it, in the journal: whoever may write the hall's folder.
const WHO: &str = "command line";

#[derive(Debug, Subcommand)]
pub(super) enum PeopleCommand {
    /// Print who may sign in, as what
    List(HallArgs),
    /// Add somebody; prints a password, which has to be changed at the first sign-in
    Add(AddArgs),
    /// Give somebody a new password, which has to be changed; who was signed in by the old one no longer is
    Password(OneArgs),
    /// Take somebody off the list; what they did stays in the journal
    Remove(OneArgs),
}

#[derive(Debug, Args)]
pub(super) struct OneArgs {
    #[command(flatten)]
    hall: HallArgs,
    /// As `sansheng people list` prints it
    name: String,
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    #[command(flatten)]
    hall: HallArgs,
    /// By which they sign in
    name: String,
    #[arg(long, value_enum)]
    role: RoleArg,
    /// Staff number, by which calendar and journal know them; a clerk needs one
    #[arg(long, value_name = "NUMBER")]
    staff: Option<String>,
    /// A window that they may see; may be given several times. Without it, all
    #[arg(long, value_name = "ID")]
    window: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArg {
    Admin,
    Supervisor,
    Reviewer,
    Clerk,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Admin => Self::Admin,
            RoleArg::Supervisor => Self::Supervisor,
            RoleArg::Reviewer => Self::Reviewer,
            RoleArg::Clerk => Self::Clerk,
        }
    }
}

pub(super) fn run(command: &PeopleCommand) -> Result<u8, CliError> {
    match command {
        PeopleCommand::List(args) => list(args),
        PeopleCommand::Add(args) => add(args),
        PeopleCommand::Password(args) => password(args),
        PeopleCommand::Remove(args) => remove(args),
    }
}

fn list(args: &HallArgs) -> Result<u8, CliError> {
    let hall = HallFiles::load(args)?;
    let everybody = People::open(hall.folder())?.all()?;
    let mut out = io::stdout().lock();
    if everybody.is_empty() {
        writeln!(out, "nobody yet: the service adds an admin when it starts, or `sansheng people add` does")?;
        return Ok(DONE);
    }
    let mut table = new_table(["NAME", "ROLE", "STAFF", "WINDOWS", "SIGNS IN", "LAST SEEN"]);
    let roster = hall.roster_or_none();
    for person in everybody {
        table.add_row([
            person.name,
            person.role.name().to_owned(),
            person.staff.unwrap_or_default(),
            person.windows.map_or_else(|| "all".to_owned(), |ids| ids.join(" ")),
            if person.active { "yes" } else { "no" }.to_owned(),
            person.seen_us.map_or_else(|| "never".to_owned(), |seen_us| day_and_minute(&roster, seen_us)),
        ]);
    }
    writeln!(out, "{table}")?;
    Ok(DONE)
}

fn add(args: &AddArgs) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.hall)?;
    for id in &args.window {
        hall.window(id)?;
    }
    let windows = (!args.window.is_empty()).then(|| args.window.clone());
    let (name, role, staff) = (args.name.clone(), args.role.into(), args.staff.clone());
    let new = NewPerson { name, role, staff, windows };
    let (person, password) = People::open(hall.folder())?.add(&new, clock::unix_micros())?;
    record(&hall, AccessBody::PEOPLE, done(&person, "added", "添加了"))?;
    tell(&person, &password)
}

fn password(args: &OneArgs) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.hall)?;
    let people = People::open(hall.folder())?;
    let person = find(&people, &args.name)?;
    let password = people.reset_password(person.id)?;
    let name = &person.name;
    let why = Bilingual::new(format!("set a new one of {name}"), format!("重设了 {name} 的密码"));
    record(&hall, AccessBody::PASSWORD, why)?;
    tell(&person, &password)
}

fn remove(args: &OneArgs) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.hall)?;
    let people = People::open(hall.folder())?;
    let person = people.remove(find(&people, &args.name)?.id)?;
    record(&hall, AccessBody::PEOPLE, done(&person, "removed", "删除了"))?;
    writeln!(io::stdout(), "{} may not sign in any more", person.name)?;
    Ok(DONE)
}

fn find(people: &People, name: &str) -> Result<Person, CliError> {
    let found = people.all()?.into_iter().find(|person| person.name == name.trim());
    let nobody =
        || CliError::Unfit(format!("nobody is called {name:?}: `sansheng people list` prints who there is"));
    found.ok_or_else(nobody)
}

fn tell(person: &Person, password: &str) -> Result<u8, CliError> {
    writeln!(
        io::stdout(),
        "{} signs in with the password {password}, which has to be changed then; it is not shown again",
        person.name
    )?;
    Ok(DONE)
}

fn done(person: &Person, en: &str, zh: &str) -> Bilingual {
    let Person { name, role, .. } = person;
    Bilingual::new(format!("{en} {name} ({})", role.name()), format!("{zh} {name}（{}）", role.chinese()))
}

/// A hall in which nothing happened yet has no journal to write it into.
fn record(hall: &HallFiles, what: &'static str, why: Bilingual) -> Result<(), CliError> {
    let body = Body::Access(AccessBody::plain(what, WHO, why));
    let act = Act { window: None, session: None, rulebook: None, body };
    let written = hall
        .aside()
        .and_then(|mut aside| Ok(aside.act(clock::unix_micros(), |_| Ok::<_, JournalFault>(vec![act]))?));
    match written {
        Ok(_) | Err(CliError::Ledger(JournalFault::Absent { .. })) => Ok(()),
        Err(fault) => Err(fault),
    }
}
