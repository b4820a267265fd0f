//! `sansheng top`: the hall on a terminal, asked for a few times a second.
//! Threads: the caller draws and takes keys; `ask` talks to the service.

mod alerts;
mod feed;
mod pen;
mod screen;
#[cfg(test)]
mod tests;
mod view;
mod windows;
mod words;

use std::env;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::Receiver;
use ratatui::DefaultTerminal;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{self, Event};
use ratatui::layout::Rect;
use signal_hook::consts::{SIGHUP, SIGTERM};

use super::DONE;
use super::args::TopArgs;
use super::error::CliError;
use crate::access::local_secret;
use crate::clock::Stopwatch;
use crate::config::Config;
use crate::https::Authorities;
use crate::web::is_this_machine;
use feed::News;
use screen::Plan;
use view::{Asked, Link, Pane, Picture, View};
pub(super) use words::Lang;

/// How long a key or a new picture waits at most.
const TICK: Duration = Duration::from_millis(50);

/// Columns of a picture that goes into a file or a pipe.
const COLUMNS: u16 = 140;

/// Shows the hall until the person quits, or once where nobody sits at a terminal.
pub(super) fn run(args: &TopArgs) -> Result<u8, CliError> {
    let lang = args.lang.unwrap_or_else(|| {
        Lang::from_locale(["LC_ALL", "LC_MESSAGES", "LANG"].map(|variable| env::var(variable).ok()))
    });
    if args.once || !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return print_once(args, lang);
    }
    let news = feed::start(args.url.clone(), token(args)?, authorities(args)?.as_ref())
        .map_err(CliError::Terminal)?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(CliError::Terminal)?;
    }
    // From here on a panic gives the terminal back as well.
    let mut terminal = ratatui::try_init().map_err(CliError::Terminal)?;
    let shown = show(&mut terminal, &news, &stop, View::new(lang));
    ratatui::restore();
    shown.map_err(CliError::Terminal)?;
    Ok(DONE)
}

/// What to show the service: the token that was named, or else, on this machine, what the service left for its owner.
fn token(args: &TopArgs) -> Result<Option<String>, CliError> {
    if let Some(path) = &args.token_file {
        let unread = |source| CliError::TokenFile { path: path.clone(), source };
        return Ok(Some(fs::read_to_string(path).map_err(unread)?.trim().to_owned()));
    }
    // It is for no other machine.
    let host = args.url.split_once("://").map_or("", |(_, rest)| rest);
    if !is_this_machine(host.split('/').next().unwrap_or_default()) {
        return Ok(None);
    }
    let folder = Config::load(&args.config).ok().and_then(|config| config.ledger);
    Ok(folder.and_then(|folder| local_secret(&folder)).map(|secret| secret.text().to_owned()))
}

/// Whom to trust, where a file of certificates was named.
fn authorities(args: &TopArgs) -> Result<Option<Authorities>, CliError> {
    let Some(path) = &args.ca else { return Ok(None) };
    let fault = |found: String| CliError::CaFile { path: path.clone(), found };
    let pem = fs::read_to_string(path).map_err(|found| fault(found.to_string()))?;
    Authorities::of_pem(&pem).map(Some).map_err(|found| fault(found.to_string()))
}

/// One picture in plain text, of as many lines as it needs.
fn print_once(args: &TopArgs, lang: Lang) -> Result<u8, CliError> {
    let ca = authorities(args)?;
    let hall = feed::ask(&args.url, token(args)?.as_deref(), ca.as_ref()).map_err(CliError::Service)?;
    let columns = match ratatui::crossterm::terminal::size() {
        Ok((columns, _)) if io::stdout().is_terminal() => columns,
        _ => COLUMNS,
    };
    // Title, header, headings, detail, and the line of the keys, which is cut off.
    let rows = 8 + hall.windows.len().max(1) + hall.alerts.len().max(1);
    let area = Rect::new(0, 0, columns, u16::try_from(rows).unwrap_or(u16::MAX));
    let mut buffer = Buffer::empty(area);
    screen::draw(&mut buffer, area, &Picture { hall: Some(hall), link: Link::Up }, &View::new(lang));
    let text = plain(&buffer);
    let lines: Vec<&str> = text.lines().collect();
    let kept = lines.len().saturating_sub(1);
    writeln!(io::stdout(), "{}", lines[..kept].join("\n"))?;
    Ok(DONE)
}

fn show(
    terminal: &mut DefaultTerminal,
    news: &Receiver<News>,
    stop: &AtomicBool,
    mut view: View,
) -> io::Result<()> {
    let watch = Stopwatch::start();
    let mut heard_at = watch.elapsed();
    let mut picture = Picture::default();
    while !stop.load(Ordering::Relaxed) {
        if let Ok(told) = news.try_recv() {
            match told {
                Ok(hall) => {
                    heard_at = watch.elapsed();
                    picture = Picture { hall: Some(hall), link: Link::Up };
                }
                Err(reason) => {
                    let for_s = watch.elapsed().saturating_sub(heard_at).as_secs_f64();
                    picture.link = Link::Down { reason, for_s };
                }
            }
        }
        terminal.draw(|frame| {
            let area = frame.area();
            screen::draw(frame.buffer_mut(), area, &picture, &view);
        })?;
        if event::poll(TICK)?
            && let Event::Key(key) = event::read()?
        {
            let (lines, page) = lines_and_page(&picture, &view, terminal.size()?.height);
            if view.press(key, lines, page) == Asked::Quit {
                break;
            }
        }
    }
    Ok(())
}

/// Lines of the pane that has the keys, and how many of them are seen at once.
fn lines_and_page(picture: &Picture, view: &View, height: u16) -> (usize, usize) {
    let Some(hall) = &picture.hall else { return (0, 1) };
    let (windows, alerts) = (view.windows(hall).len(), view.alerts(hall).len());
    let lines = if view.pane == Pane::Windows { windows } else { alerts };
    (lines, Plan::new(height, windows, alerts).page(view.pane))
}

/// The text of a picture, without trailing blanks.
fn plain(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut x = buffer.area.left();
        while x < buffer.area.right() {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            // The cell behind a wide character is part of it.
            x += u16::try_from(pen::width(symbol)).unwrap_or(1).max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
