//! The link through a TLS proxy, as a hall's reverse proxy makes it.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sansheng::capture::push::client::MicNews;
use sansheng::capture::push::{Coding, LinkFault, Links, Target};
use sansheng::units::WindowId;

use super::support::{Hub, Microphone, RECORDING, TOKEN, Voice, links, samples_of, wait_until};

const CERTIFICATE: &str = "tests/tls/cert.pem";

fn links_trusting(url: &str, ca: &str) -> Result<Links, LinkFault> {
    let target = Target::parse(url, &WindowId::new("3")).expect("an address");
    Links::new(target, TOKEN, Some(Path::new(ca)))
}

/// Takes TLS off and passes the rest on to the hub.
fn tls_proxy(hub: SocketAddr) -> SocketAddr {
    let certificates = vec![CertificateDer::from_pem_file(CERTIFICATE).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file("tests/tls/key.pem").expect("a key");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key);
    let config = Arc::new(config.expect("a certificate and its key"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mic in listener.incoming().map_while(Result::ok) {
            let tls = ServerConnection::new(Arc::clone(&config)).expect("a sound configuration");
            thread::spawn(move || {
                pass(StreamOwned::new(tls, mic), TcpStream::connect(hub).expect("the hub"))
            });
        }
    });
    address
}

fn pass(mut mic: StreamOwned<ServerConnection, TcpStream>, mut hub: TcpStream) {
    for socket in [&mic.sock, &hub] {
        socket.set_read_timeout(Some(Duration::from_millis(2))).expect("a time-out");
    }
    loop {
        if !pass_once(&mut mic, &mut hub) || !pass_once(&mut hub, &mut mic) {
            return;
        }
    }
}

/// False once either end is gone.
fn pass_once(from: &mut impl Read, to: &mut impl Write) -> bool {
    let mut bytes = [0; 16_384];
    match from.read(&mut bytes) {
        Ok(0) => false,
        Ok(count) => to.write_all(&bytes[..count]).and_then(|()| to.flush()).is_ok(),
        Err(fault) => matches!(fault.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

#[test]
fn a_hall_s_own_certificate_is_trusted_when_it_is_given_and_not_otherwise() {
    let (said, rate_hz, channels) = samples_of(RECORDING);
    let mut hub = Hub::start();
    let url = format!("wss://localhost:{}", tls_proxy(hub.address()).port());
    let mut voice = Voice::new(rate_hz, channels, Arc::clone(&hub.now_ms));
    let links_with = links_trusting(&url, CERTIFICATE).expect("a certificate");
    let mic = Microphone::start_with(links_with, voice.source.clone(), 60, Coding::Flac);
    voice.say(&said);
    voice.end();
    hub.listen_until("the end", |_| mic.is_finished());
    hub.listen();
    assert_eq!(mic.finish().expect("an accepted microphone").lost_s, 0.0);
    let heard: Vec<f32> = hub.heard.iter().flat_map(|block| block.samples.clone()).collect();
    assert!(heard == said);

    let voice = Voice::new(rate_hz, channels, Arc::clone(&hub.now_ms));
    let stranger = Microphone::start_with(links(&url, "3", TOKEN), voice.source.clone(), 60, Coding::Flac);
    wait_until("the distrust", || {
        stranger.has(|news| matches!(news, MicNews::Away { reason } if reason.contains("cannot be reached")))
    });
    stranger.stop.store(true, std::sync::atomic::Ordering::SeqCst);
    stranger.finish().expect("it may come back one day");
    hub.listen();
    assert_eq!(hub.told.len(), 2, "the token never left: {:?}", hub.told);
}

#[test]
fn a_file_without_a_certificate_is_refused_at_once() {
    for path in ["tests/tls/key.pem", "tests/tls/README.md", "tests/tls/missing.pem"] {
        let fault = links_trusting("wss://localhost", path).expect_err(path);
        assert!(matches!(fault, LinkFault::Certificate { .. }) && fault.is_final(), "{fault}");
        assert!(fault.to_string().starts_with(path), "{fault}");
    }
}
