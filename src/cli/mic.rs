//! `sansheng mic`: a microphone or a recording of this machine, sent to the hub.

mod source;

use std::env;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};

use super::args::{MicArgs, MicCodec};
use super::error::CliError;
use super::{DONE, PARTLY};
use crate::capture::push::client::{self, MicNews, MicOutcome, MicSettings};
use crate::capture::push::{Coding, Links, Target};
use crate::units::WindowId;

/// Where the token is looked for when it is not given.
const TOKEN_VARIABLE: &str = "SANSHENG_TOKEN";

pub(super) fn run(args: &MicArgs) -> Result<u8, CliError> {
    let target = Target::parse(&args.to, &WindowId::new(&args.window))?;
    let links = Links::new(target, &token(args)?, args.ca.as_deref())?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        // A second signal ends the program at once.
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(CliError::Signals)?;
    }
    let source = source::open(&args.from, args.repeat, &stop)?;
    eprintln!("sansheng: sending {} to {}", args.from, links.target());
    let coding = match args.codec {
        MicCodec::Flac => Coding::Flac,
        MicCodec::Pcm => Coding::Pcm,
    };
    let settings = MicSettings { coding, buffer_s: args.buffer_s };
    let outcome = client::run(&links, &source.news, settings, &stop, &mut |news| {
        eprintln!("sansheng: {}", line(&news))
    });
    let read = source.finish(&stop);
    let MicOutcome { captured_s, lost_s } = outcome?;
    eprintln!("sansheng: end: {captured_s:.1} s captured, {lost_s:.1} s of it never reached the hub");
    if let Err(fault) = &read {
        eprintln!("sansheng: {fault}");
    }
    Ok(if lost_s > 0.0 || read.is_err() { PARTLY } else { DONE })
}

fn line(news: &MicNews) -> String {
    match news {
        MicNews::Connected => "connected".to_owned(),
        MicNews::Away { reason } => format!("not connected: {reason}; audio is kept, trying again"),
        MicNews::Back { after } => format!("connected again after {:.1} s", after.as_secs_f64()),
        MicNews::Deaf { reason } => format!("no audio: {reason}"),
        MicNews::Lost { seconds } => format!("{seconds:.1} s of audio lost: the buffer was full or given up"),
    }
}

/// The token, from wherever it is given; a file's last line break is none of it.
fn token(args: &MicArgs) -> Result<String, CliError> {
    let text = match (&args.token, &args.token_file) {
        (Some(token), _) => token.clone(),
        (None, Some(path)) => {
            fs::read_to_string(path).map_err(|source| CliError::TokenFile { path: path.clone(), source })?
        }
        (None, None) => env::var(TOKEN_VARIABLE).map_err(|_| CliError::NoToken)?,
    };
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
