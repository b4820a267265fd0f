//! TLS from files.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sansheng::access::Role;
use sansheng::config::TlsFiles;
use serde_json::json;

use super::support::{Hall, Known, PATIENCE, Request};

const CERT: &str = "tests/tls/cert.pem";

#[test]
fn under_tls_the_cookie_is_secure_and_browsers_are_told_to_stay() {
    let files = TlsFiles { cert: PathBuf::from(CERT), key: PathBuf::from("tests/tls/key.pem") };
    let tls = files.load().expect("a certificate and its key");
    let hall = Hall::with(|dashboard| dashboard.tls = Some(tls));
    let (_, password) = hall.add("王主任", Role::Supervisor);
    let mut request = Request::new("POST", "/api/v1/session");
    request.json(&json!({"name": "王主任", "password": password}));
    let answer = request.send_over(connect(&hall));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.ends_with("; Secure")), "{answer:?}");
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=15768000"));
    // Plain HTTP is not answered, and does the server no harm.
    let mut plain = TcpStream::connect(hall.address()).expect("a connection");
    plain.set_read_timeout(Some(PATIENCE)).expect("a limit");
    std::io::Write::write_all(&mut plain, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a way");
    let mut told = Vec::new();
    let _ = std::io::Read::read_to_end(&mut plain, &mut told);
    assert!(!told.starts_with(b"HTTP"), "{told:?}");
    assert_eq!(Request::new("GET", "/").send_over(connect(&hall)).status, 200);
}

#[test]
fn the_terminal_view_trusts_the_halls_own_authority_where_it_is_told_to() {
    let files = TlsFiles { cert: PathBuf::from(CERT), key: PathBuf::from("tests/tls/key.pem") };
    let tls = files.load().expect("a certificate and its key");
    let hall = Hall::with(|dashboard| dashboard.tls = Some(tls));
    let Known::Bearer(token) = hall.token() else { panic!("no token") };
    let folder = hall.folder.path();
    std::fs::write(folder.join("token"), token).expect("a file");
    std::fs::write(folder.join("none.pem"), "no certificate").expect("a file");
    std::fs::copy(CERT, folder.join("ca.pem")).expect("a file");
    let port = hall.address().port();
    let top = |host: &str, more: &[&str]| {
        let url = format!("https://{host}:{port}");
        let arguments = [&["top", "--once", "--url", &url, "--token-file", "token"], more].concat();
        let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
        let ran = program.args(arguments).current_dir(folder).output().expect("the program");
        let text = [ran.stdout, ran.stderr].concat();
        (ran.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let (is_shown, shown) = top("localhost", &["--ca", "ca.pem"]);
    assert!(is_shown && shown.contains('厅'), "{shown}");
    for (host, more, told) in [
        ("localhost", &[][..], "authority that is not trusted"),
        ("localhost", &["--ca", "none.pem"], "no certificate is in it"),
        ("localhost", &["--ca", "absent.pem"], "absent.pem"),
    ] {
        let (is_shown, refused) = top(host, more);
        assert!(!is_shown && refused.contains(told), "{host} {more:?}: {refused}");
    }
}

fn connect(hall: &Hall) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(CERT).expect("a certificate")).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TcpStream::connect(hall.address()).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).expect("a client"), stream)
}
