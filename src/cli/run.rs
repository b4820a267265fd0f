//! `sansheng run`: the live service.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::args::{EngineArgs, RunArgs};
use super::error::CliError;
use super::ledger;
use super::notices::Notices;
use super::setup::{Engine, compile_rules};
use super::teller::{Shortfall, Style, Teller};
use super::{DONE, FAILED, PARTLY};
use crate::access::{People, new_local_secret};
use crate::clock::{self, Stopwatch};
use crate::conduct::rulebook::Setting;
use crate::config::{Changes, Config, TlsFiles};
use crate::runtime::live::{Hall, Reloader, Stop};
use crate::runtime::scores::ScoreKeeper;
use crate::runtime::watchdog::{Hearts, ServiceManager, Watchdog};
use crate::web::{Dashboard, Doors, Server, Site};

/// How often signals and the watchdog are looked after.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// How long the last notices may take to be written.
const SETTLING: Duration = Duration::from_millis(500);

pub(super) fn run(args: &RunArgs) -> Result<u8, CliError> {
    let config = Config::load(&args.config)?;
    for warning in config.warnings() {
        eprintln!("sansheng: {warning}");
    }
    let arguments = EngineArgs {
        model: config.model.clone(),
        rules: config.rules.clone(),
        threads: config.hearing.threads,
    };
    let engine = Engine::in_setting(&arguments, &setting_of(&config))?;
    eprintln!("{}", engine.fingerprint);
    let style = match args.json {
        true => Style::Json { words: args.words, near_misses: args.near_misses },
        false => Style::Text,
    };
    serve(config, Some(&args.config), style, engine)
}

/// Runs a hall until its sources end or someone stops it; gives the exit code.
pub(super) fn serve(
    config: Config,
    file: Option<&Path>,
    style: Style,
    engine: Engine,
) -> Result<u8, CliError> {
    let Engine { book, recognisers, fingerprint } = engine;
    let listen = config.listen;
    let listener = TcpListener::bind(listen).map_err(|fault| CliError::Listen { listen, fault })?;
    let windows = config.windows.len();
    let watch = Stopwatch::start();
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).map_err(CliError::Signals)?;
    let notices = Notices::start()?;
    let hall = Hall::new(config.clone(), Arc::clone(&book), watch);
    let hall = match ledger::open(&config, &fingerprint, &notices)? {
        Some(ledger) => hall.journalled(ledger).with_evidence(ledger::evidence(&config, &notices)?),
        None => hall,
    };
    let mut teller = Teller::new(&config, style, &book, &fingerprint, (hall.stop(), notices.clone()))?;
    let journal = hall.view();
    let reload = Arc::new(AtomicBool::new(false));
    let dashboard = dashboard(&hall, (&config, file), &fingerprint, &reload)?;
    let server = Server::with_dashboard(listener, site(&hall, watch), dashboard)?;
    let status = format!(
        "{windows} windows, {}://{}/",
        if config.tls.is_some() { "https" } else { "http" },
        server.address()
    );
    eprintln!("sansheng: {status}");
    let manager = ServiceManager;
    let dog = Watchdog::new(hall.hearts(), manager.watchdog_interval(), watch.elapsed());
    let said = notices.clone();
    let _scores = ScoreKeeper::start(&config, file, move |sentence| said.say(sentence));
    let keeper = Keeper {
        signals,
        dog,
        stop: hall.stop(),
        reloader: hall.reloader(),
        reload_asked: reload,
        doors: server.doors(),
        notices: notices.clone(),
        config,
        hearts: hall.hearts(),
        still: Vec::new(),
        status,
    };
    let handle = keeper.signals.handle();
    let file = file.map(Path::to_owned);
    let keeping = thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || keeper.keep(file.as_deref(), watch))
        .map_err(CliError::Signals)?;
    manager.ready(&format!("{windows} windows"));
    let ran = hall.run(recognisers, &mut |event| teller.tell(&event));
    manager.stopping();
    handle.close();
    // Whatever went wrong in it has been told of.
    let _ = keeping.join();
    server.stop();
    let told = teller.finish();
    notices.settle(SETTLING);
    let unwritten = journal.journal().map_or(0, |journal| journal.lost);
    let Shortfall { broken, lost } = told?;
    ran?;
    Ok(if broken > 0 || lost > 0 || unwritten > 0 { PARTLY } else { DONE })
}

/// What is served of a hall.
fn site(hall: &Hall, watch: Stopwatch) -> Site {
    let (view, scraped, looked_at, hearts) = (hall.view(), hall.view(), hall.view(), hall.hearts());
    let heart = Arc::new(hearts.register("web"));
    Site {
        metrics: Arc::new(move || scraped.metrics()),
        status: Arc::new(move || view.status()),
        now: Arc::new(move || watch.elapsed()),
        still: Arc::new(move || hearts.still(watch.elapsed())),
        trouble: Arc::new(move || looked_at.trouble()),
        heart,
        ports: hall.push_ports(),
    }
}

/// What the dashboard is of; whoever is the first to look after its people is told how to sign in, once.
fn dashboard(
    hall: &Hall,
    (config, file): (&Config, Option<&Path>),
    engine: &str,
    reload: &Arc<AtomicBool>,
) -> Result<Dashboard, CliError> {
    let (reloader, reload) = (hall.reloader(), Arc::clone(reload));
    let (view, reports) = (hall.view(), hall.reports());
    let people = config.ledger.as_deref().map(People::open).transpose()?;
    if let Some((name, password)) =
        people.as_ref().map(|people| people.first_admin(clock::unix_micros())).transpose()?.flatten()
    {
        eprintln!(
            "sansheng: sign in as {name} with the password {password}, which has to be changed; it is not shown again"
        );
    }
    let local = config.ledger.as_deref().map(new_local_secret).transpose()?;
    Ok(Dashboard {
        local,
        tls: config.tls.as_ref().map(TlsFiles::load).transpose()?,
        config_file: file.map(Path::to_owned),
        engine: engine.to_owned(),
        people: people.map(Arc::new),
        reload: Arc::new(move || reload.store(true, Ordering::Release)),
        on_commit: Arc::new(move |listener| view.on_commit(listener)),
        report: Arc::new(move |report| reports.take(report)),
        ..Dashboard::new(config.clone(), Arc::new(move || reloader.book()))
    })
}

/// Looks after signals and the watchdog while the hall runs.
struct Keeper {
    signals: Signals,
    dog: Watchdog,
    stop: Stop,
    reloader: Reloader,
    /// The rules were changed on the dashboard.
    reload_asked: Arc<AtomicBool>,
    doors: Doors,
    notices: Notices,
    /// What is in force.
    config: Config,
    hearts: Hearts,
    /// Threads that stand still, as it was told last.
    still: Vec<String>,
    status: String,
}

impl Keeper {
    fn keep(mut self, file: Option<&Path>, watch: Stopwatch) {
        let manager = ServiceManager;
        while !self.signals.handle().is_closed() {
            let mut asked: Vec<i32> = self.signals.pending().collect();
            if self.reload_asked.swap(false, Ordering::AcqRel) {
                asked.push(SIGHUP);
            }
            for signal in asked {
                if signal == SIGHUP {
                    if let Some(file) = file {
                        manager.reloading();
                        let left = self.reload(file);
                        manager.ready(&format!("{}{left}", self.status));
                    }
                } else if self.stop.is_asked() {
                    self.notices.say("stopped at once; what was being heard is lost");
                    self.notices.settle(SETTLING);
                    std::process::exit(i32::from(FAILED));
                } else {
                    self.stop.ask();
                    self.notices.say("stopping; once more stops at once");
                    manager.stopping();
                }
            }
            self.dog.feed(watch.elapsed(), manager);
            self.name_still(watch.elapsed());
            thread::sleep(LOOK_AFTER);
        }
    }

    /// Says which threads stand still, and when they go on; where there is systemd, it restarts the service.
    fn name_still(&mut self, now: Duration) {
        let still = self.hearts.still(now);
        if still != self.still {
            match still.is_empty() {
                true => self.notices.say("every thread goes on"),
                false => self.notices.say(format!("STANDING STILL: {}", still.join(", "))),
            }
            self.still = still;
        }
    }

    /// Reads the configuration and the rules again and takes what a running service can: rules and tokens. Where they
    /// have faults, everything stays. Gives what systemd shows of what is left to do.
    fn reload(&mut self, file: &Path) -> String {
        let loaded = Config::load(file)
            .map_err(CliError::from)
            .and_then(|config| Ok((compile_rules(&config.rules, &setting_of(&config))?, config)));
        let (book, config) = match loaded {
            Ok(loaded) => loaded,
            Err(fault) => {
                self.notices.say(fault.to_string());
                self.notices.say("the rules and the configuration in force stay");
                return String::new();
            }
        };
        for warning in config.warnings() {
            self.notices.say(warning.to_string());
        }
        self.notices.say(format!("rules {} are in force", book.rulebook().version()));
        self.reloader.adopt(book);
        let Changes { tokens, restart } = self.config.changes(&config);
        for (window, token) in &tokens {
            self.doors.change_token(window, token);
            self.notices.say(format!("window {window}: the new token is in force, the old one is not"));
        }
        self.config.take_tokens(&tokens);
        if restart.is_empty() {
            return String::new();
        }
        let restart = restart.join(", ");
        self.notices.say(format!("changed, but NOT in force until the service is started again: {restart}"));
        format!("; start again for {restart}")
    }
}

/// The rules of this hall that are in force today.
fn setting_of(config: &Config) -> Setting {
    Setting { hall: Some(config.hall.clone()), ..Setting::on(clock::today()) }
}
