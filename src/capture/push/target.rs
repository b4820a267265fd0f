//! Where a microphone sends to. In: what was given on the command line. Out: a checked address.

use std::fmt;

use thiserror::Error;
use tungstenite::http::Uri;

use crate::units::WindowId;

/// The hub's address and the window's path on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// With the leading slash.
    path: String,
}

impl Target {
    /// # Errors
    /// When `url` is not an address of the form `ws://HOST:PORT`, `wss://HOST`, or the same with `http`.
    pub fn parse(url: &str, window: &WindowId) -> Result<Self, TargetFault> {
        // Not shown in the message: it may hold what should not have been written there.
        if url.contains(['@', '?', '#']) {
            return Err(TargetFault::Secrets);
        }
        let malformed = || TargetFault::Malformed(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let tls = match uri.scheme_str() {
            Some("ws" | "http") => false,
            Some("wss" | "https") => true,
            _ => return Err(malformed()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(malformed)?;
        if window.as_str().is_empty() {
            return Err(TargetFault::NoWindow);
        }
        let port = match uri.authority().map(|authority| authority.as_str()) {
            // A port that is out of range reads as none at all.
            Some(text) if text.len() > host.len() && uri.port_u16().is_none() => return Err(malformed()),
            _ => uri.port_u16().unwrap_or(if tls { 443 } else { 80 }),
        };
        let path = format!(
            "{}/api/v1/windows/{}/audio",
            uri.path().trim_end_matches('/'),
            percent_encoded(window.as_str())
        );
        Ok(Self { tls, host: host.to_owned(), port, path })
    }

    /// The address for a socket: without the brackets of an IPv6 address.
    pub(super) fn address(&self) -> (&str, u16) {
        (self.host.trim_start_matches('[').trim_end_matches(']'), self.port)
    }

    /// Whether the token goes over the network as it is.
    pub fn is_in_the_clear(&self) -> bool {
        !self.tls
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tls, host, port, path } = self;
        write!(f, "{}://{host}:{port}{path}", if *tls { "wss" } else { "ws" })
    }
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Why an address is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetFault {
    #[error("{0:?} is not the address of a hub: write --to ws://HOST:PORT, or wss://HOST where it has TLS")]
    Malformed(String),
    #[error(
        "the address holds `@`, `?` or `#`: write the host and port alone, and give the token with --token-file"
    )]
    Secrets,
    #[error("the window has no name: write --window ID as the hub's configuration names it")]
    NoWindow,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_the_window_on_the_hub() {
        for (url, window, found) in [
            ("ws://hub:8740", "3", "ws://hub:8740/api/v1/windows/3/audio"),
            ("http://10.0.0.2:8740/", "a b/c", "ws://10.0.0.2:8740/api/v1/windows/a%20b%2Fc/audio"),
            ("wss://hall.example", "三", "wss://hall.example:443/api/v1/windows/%E4%B8%89/audio"),
            ("https://hall.example/sansheng/", "3", "wss://hall.example:443/sansheng/api/v1/windows/3/audio"),
            ("ws://[::1]:8740", "3", "ws://[::1]:8740/api/v1/windows/3/audio"),
        ] {
            let target = Target::parse(url, &WindowId::new(window)).expect(url);
            assert_eq!(target.to_string(), found);
        }
        let v6 = Target::parse("ws://[::1]:8740", &WindowId::new("3")).expect("an address");
        assert_eq!(v6.address(), ("::1", 8740));
    }

    #[test]
    fn what_is_no_address_is_refused_and_secrets_are_not_repeated() {
        let parse = |url, window| Target::parse(url, &WindowId::new(window));
        for url in ["", "hub:8740", "ftp://hub", "ws://", "ws://hub:99999", "ws://hub:port", "/path"] {
            assert_eq!(parse(url, "3"), Err(TargetFault::Malformed(url.to_owned())));
        }
        for url in ["ws://me:secret@hub", "ws://hub?token=secret", "ws://hub#secret"] {
            let fault = parse(url, "3").expect_err(url);
            assert!(fault == TargetFault::Secrets && !fault.to_string().contains("secret"));
        }
        assert_eq!(parse("ws://hub", ""), Err(TargetFault::NoWindow));
    }
}
