//! `sansheng run`: the live service.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::args::{EngineArgs, RunArgs};
use super::error::CliError;
use super::setup::{Engine, compile_rules};
use super::teller::{Style, Teller};
use super::{DONE, FAILED, PARTLY};
use crate::asr::Recogniser;
use crate::clock::{self, Stopwatch};
use crate::conduct::CompiledBook;
use crate::conduct::rulebook::Setting;
use crate::config::Config;
use crate::runtime::live::{Hall, Reloader, Stop};
use crate::runtime::watchdog::{ServiceManager, Watchdog};
use crate::web::{Server, Site};

/// How often signals and the watchdog are looked after.
const LOOK_AFTER: Duration = Duration::from_millis(100);

pub(super) fn run(args: &RunArgs) -> Result<u8, CliError> {
    let config = Config::load(&args.config)?;
    for warning in config.warnings() {
        eprintln!("sansheng: {warning}");
    }
    let engine = EngineArgs {
        model: config.model.clone(),
        rules: config.rules.clone(),
        threads: config.hearing.threads,
    };
    let Engine { book, recognisers, fingerprint } = Engine::in_setting(&engine, &setting_of(&config))?;
    eprintln!("{fingerprint}");
    let style = match args.json {
        true => Style::Json { words: args.words, near_misses: args.near_misses },
        false => Style::Text,
    };
    let broken = serve(config, Some(&args.config), style, book, recognisers)?;
    Ok(if broken > 0 { PARTLY } else { DONE })
}

/// Runs a hall until its sources end or someone stops it; gives how many windows were not heard to their end.
pub(super) fn serve(
    config: Config,
    file: Option<&Path>,
    style: Style,
    book: Arc<CompiledBook>,
    recognisers: Vec<Box<dyn Recogniser>>,
) -> Result<usize, CliError> {
    let listen = config.listen;
    let listener = TcpListener::bind(listen).map_err(|fault| CliError::Listen { listen, fault })?;
    let windows = config.windows.len();
    let watch = Stopwatch::start();
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).map_err(CliError::Signals)?;
    let hall = Hall::new(config.clone(), Arc::clone(&book), watch);
    let mut teller = Teller::new(&config, style, book, hall.stop())?;
    let (view, scraped) = (hall.view(), hall.view());
    let server = Server::start(
        listener,
        Site {
            metrics: Arc::new(move || scraped.metrics()),
            status: Arc::new(move || view.status()),
            now: Arc::new(move || watch.elapsed()),
            ports: hall.push_ports(),
        },
    )?;
    let status = format!("{windows} windows, http://{}/", server.address());
    eprintln!("sansheng: {status}");
    let manager = ServiceManager;
    let dog = Watchdog::new(hall.hearts(), manager.watchdog_interval(), watch.elapsed());
    let keeper = Keeper { signals, dog, stop: hall.stop(), reloader: hall.reloader(), status };
    let handle = keeper.signals.handle();
    let file = file.map(Path::to_owned);
    let keeping = thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || keeper.keep(file.as_deref(), watch))
        .map_err(CliError::Signals)?;
    manager.ready(&format!("{windows} windows"));
    hall.run(recognisers, &mut |event| teller.tell(&event));
    manager.stopping();
    handle.close();
    // Whatever went wrong in it has been told of.
    let _ = keeping.join();
    server.stop();
    teller.finish()
}

/// Looks after signals and the watchdog while the hall runs.
struct Keeper {
    signals: Signals,
    dog: Watchdog,
    stop: Stop,
    reloader: Reloader,
    status: String,
}

impl Keeper {
    fn keep(mut self, file: Option<&Path>, watch: Stopwatch) {
        let manager = ServiceManager;
        while !self.signals.handle().is_closed() {
            let asked: Vec<i32> = self.signals.pending().collect();
            for signal in asked {
                if signal == SIGHUP {
                    if let Some(file) = file {
                        manager.reloading();
                        self.reload(file);
                        manager.ready(&self.status);
                    }
                } else if self.stop.is_asked() {
                    eprintln!("sansheng: stopped at once; what was being heard is lost");
                    std::process::exit(i32::from(FAILED));
                } else {
                    eprintln!("sansheng: stopping; once more stops at once");
                    manager.stopping();
                    self.stop.ask();
                }
            }
            self.dog.feed(watch.elapsed(), manager);
            thread::sleep(LOOK_AFTER);
        }
    }

    /// Reads the rules again; where they have faults, those in force stay.
    fn reload(&self, file: &Path) {
        let loaded = Config::load(file).map_err(CliError::from);
        let loaded = loaded.and_then(|config| compile_rules(&config.rules, &setting_of(&config)));
        match loaded {
            Ok(book) => {
                eprintln!("sansheng: rules {} are in force", book.rulebook().version());
                self.reloader.adopt(book);
            }
            Err(fault) => eprintln!("sansheng: {fault}\nsansheng: the rules in force stay"),
        }
    }
}

/// The rules of this hall that are in force today.
fn setting_of(config: &Config) -> Setting {
    Setting { hall: Some(config.hall.clone()), ..Setting::on(clock::today()) }
}
