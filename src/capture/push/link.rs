//! One WebSocket from the PC to the hub. In: messages to send. Out: messages received, or why there is no link.
//! Thread: the caller's, which it may block for as long as the time-outs here say. The only file that knows the
//! WebSocket client and TLS.

use std::fmt;
use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::Request;
use tungstenite::http::{HeaderValue, Response, header};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Connector, Error, Message, WebSocket, client_tls_with_config};

use super::token::check_secret;
use super::{HubWord, MicWord, STREAM_HEADER, StreamId, Target, TokenFault, WORD_BYTES_MAX, WireFault};

/// Time for the network to answer at all, and again for the hub to accept.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for the network to take what is written.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a message when there is none.
const READ_TIMEOUT: Duration = Duration::from_millis(20);

/// Makes links to one hub.
pub struct Links {
    target: Target,
    authorization: HeaderValue,
    tls: Option<Arc<ClientConfig>>,
}

impl Links {
    /// `ca`: a PEM file of the only certificates trusted; without it, those the system trusts.
    ///
    /// # Errors
    /// When the token cannot be sent, or the file holds no certificate.
    pub fn new(target: Target, token: &str, ca: Option<&Path>) -> Result<Self, LinkFault> {
        let secret = check_secret(token)?;
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {secret}")).map_err(|_| TokenFault::Characters)?;
        authorization.set_sensitive(true);
        let tls = ca.map(trusting).transpose()?;
        Ok(Self { target, authorization, tls })
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn connect(&self, stream: StreamId) -> Result<Link, LinkFault> {
        let tcp = self.reach()?;
        let shared = tcp.try_clone().map_err(unreachable)?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(WORD_BYTES_MAX))
            .max_frame_size(Some(WORD_BYTES_MAX));
        let connector = self.tls.clone().map(Connector::Rustls);
        let request = self.request(stream)?;
        let (socket, _) = client_tls_with_config(request, tcp, Some(config), connector).map_err(refused)?;
        shared.set_read_timeout(Some(READ_TIMEOUT)).map_err(unreachable)?;
        shared.set_write_timeout(Some(WRITE_TIMEOUT)).map_err(unreachable)?;
        Ok(Link { socket })
    }

    fn reach(&self) -> Result<TcpStream, LinkFault> {
        let addresses = self.target.address().to_socket_addrs().map_err(unreachable)?;
        let mut fault = io::Error::new(io::ErrorKind::NotFound, "its name leads to no address");
        for address in addresses {
            match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
                Ok(tcp) => {
                    tcp.set_nodelay(true).map_err(unreachable)?;
                    tcp.set_read_timeout(Some(CONNECT_TIMEOUT)).map_err(unreachable)?;
                    tcp.set_write_timeout(Some(CONNECT_TIMEOUT)).map_err(unreachable)?;
                    return Ok(tcp);
                }
                Err(refusal) => fault = refusal,
            }
        }
        Err(unreachable(fault))
    }

    fn request(&self, stream: StreamId) -> Result<Request, LinkFault> {
        let mut request = self.target.to_string().into_client_request().map_err(broken)?;
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, self.authorization.clone());
        let stream = HeaderValue::try_from(stream.to_string()).map_err(|_| WireFault::Stream)?;
        headers.insert(STREAM_HEADER, stream);
        Ok(request)
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Links({}, token not shown)", self.target)
    }
}

fn trusting(ca: &Path) -> Result<Arc<ClientConfig>, LinkFault> {
    let fault = |found: String| LinkFault::Certificate { path: ca.to_owned(), found };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|found| fault(found.to_string()))? {
        let certificate = certificate.map_err(|found| fault(found.to_string()))?;
        roots.add(certificate).map_err(|found| fault(found.to_string()))?;
    }
    if roots.is_empty() {
        return Err(fault("it holds none".to_owned()));
    }
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

/// An open link.
pub(super) struct Link {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
}

/// What one look for messages brought.
#[derive(Debug)]
pub(super) enum Received {
    Word(HubWord),
    /// A sign of life.
    Alive,
    Nothing,
    /// The hub closed the link as agreed.
    Closed,
}

impl Link {
    pub fn say(&mut self, word: &MicWord) -> Result<(), LinkFault> {
        self.queue(Message::text(word.to_text()))?;
        self.flush()
    }

    /// Queues a frame; [`flush`](Self::flush) sees it off.
    pub fn write(&mut self, frame: &[u8]) -> Result<(), LinkFault> {
        self.queue(Message::binary(frame.to_vec()))
    }

    pub fn flush(&mut self) -> Result<(), LinkFault> {
        loop {
            match self.socket.flush() {
                // A signal came while it waited: what was not written is still queued.
                Err(Error::Io(fault)) if fault.kind() == io::ErrorKind::Interrupted => {}
                flushed => return flushed.map_err(broken),
            }
        }
    }

    pub fn ping(&mut self) -> Result<(), LinkFault> {
        self.queue(Message::Ping(Vec::new().into()))?;
        self.flush()
    }

    fn queue(&mut self, message: Message) -> Result<(), LinkFault> {
        match self.socket.write(message) {
            // It is queued before anything is written.
            Err(Error::Io(fault)) if fault.kind() == io::ErrorKind::Interrupted => Ok(()),
            queued => queued.map_err(broken),
        }
    }

    pub fn receive(&mut self) -> Result<Received, LinkFault> {
        match self.socket.read() {
            Ok(Message::Text(text)) => Ok(Received::Word(HubWord::parse(text.as_str())?)),
            Ok(Message::Close(frame)) => closed(frame),
            Ok(_) => Ok(Received::Alive),
            Err(Error::Io(fault)) if is_timeout(&fault) || fault.kind() == io::ErrorKind::Interrupted => {
                Ok(Received::Nothing)
            }
            Err(Error::ConnectionClosed) => Ok(Received::Closed),
            Err(fault) => Err(broken(fault)),
        }
    }

    /// Says good-bye without waiting for an answer.
    pub fn close(mut self) {
        let _ = self.socket.close(None);
        let _ = self.socket.flush();
    }
}

fn closed(frame: Option<CloseFrame>) -> Result<Received, LinkFault> {
    match frame {
        Some(CloseFrame { code: CloseCode::Normal, .. }) => Ok(Received::Closed),
        Some(CloseFrame { code, reason }) => {
            Err(LinkFault::Closed { code: code.into(), reason: shown(reason.as_str()) })
        }
        None => Err(LinkFault::Closed { code: 1005, reason: "it gave no reason".to_owned() }),
    }
}

fn is_timeout(fault: &io::Error) -> bool {
    matches!(fault.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn unreachable(fault: io::Error) -> LinkFault {
    LinkFault::Unreachable(fault.to_string())
}

fn broken(fault: Error) -> LinkFault {
    match fault {
        Error::Io(fault) if is_timeout(&fault) => {
            LinkFault::Broken(format!("nothing gets through for {} s", WRITE_TIMEOUT.as_secs()))
        }
        fault => LinkFault::Broken(fault.to_string()),
    }
}

fn refused<R: tungstenite::handshake::HandshakeRole>(fault: HandshakeError<R>) -> LinkFault {
    match fault {
        HandshakeError::Failure(Error::Http(response)) => refusal(*response),
        HandshakeError::Failure(fault) => LinkFault::Unreachable(fault.to_string()),
        HandshakeError::Interrupted(_) => {
            LinkFault::Unreachable(format!("it does not answer within {} s", CONNECT_TIMEOUT.as_secs()))
        }
    }
}

fn refusal(response: Response<Option<Vec<u8>>>) -> LinkFault {
    let status = response.status();
    let body = response.into_body().unwrap_or_default();
    let sentence = shown(String::from_utf8_lossy(&body).trim());
    let sentence = if sentence.is_empty() {
        status.canonical_reason().unwrap_or("no reason").to_owned()
    } else {
        sentence
    };
    LinkFault::Refused { status: status.as_u16(), sentence }
}

/// What a stranger wrote, fit for a line on a terminal.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// Why there is no link.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LinkFault {
    #[error(transparent)]
    Token(#[from] TokenFault),
    #[error("{}: no certificate to trust: {found}: give the hall's certificate in PEM form", path.display())]
    Certificate { path: PathBuf, found: String },
    #[error("the hub cannot be reached: {0}")]
    Unreachable(String),
    #[error("the hub refuses ({status}): {sentence}")]
    Refused { status: u16, sentence: String },
    #[error("the link broke: {0}")]
    Broken(String),
    #[error("the hub closed the link ({code}): {reason}")]
    Closed { code: u16, reason: String },
    #[error(transparent)]
    Wire(#[from] WireFault),
}

impl LinkFault {
    /// Trying again cannot help: somebody has to change something first.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Token(_) | Self::Certificate { .. } => true,
            // Taken by another microphone, too many requests, and requests that came too slowly pass by.
            Self::Refused { status, .. } => (400..500).contains(status) && ![408, 409, 429].contains(status),
            // What was sent breaks the protocol, and would again.
            Self::Closed { code, .. } => *code == u16::from(CloseCode::Policy),
            Self::Unreachable(_) | Self::Broken(_) | Self::Wire(_) => false,
        }
    }
}
