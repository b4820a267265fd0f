//! Connections. In: a listener. Out: requests to the routes, within limits of number, size and time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::guests::{Guest, Guests};
use super::link::{Link, Linked, Watched};
use super::routes::{Hall, open_status, routes};
use super::{Doors, Hub, Site, api, recordings, security};

/// Connections at a time of whom nobody knows who they are, besides microphones that were let in: two requests and a
/// microphone that comes back for each of 60 windows.
const STRANGERS_MAX: usize = 256;
/// And of those who have shown it: pages that are open. Together they fit into the 1024 files that a process may open.
const MEMBERS_MAX: usize = 512;
/// Time to send the header of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest life of a connection on which no microphone speaks and nobody has shown who they are.
const STRANGER_LIFE: Duration = Duration::from_secs(60);
/// Longest life of one of somebody who has: a page that stays open comes back and is looked at again.
const MEMBER_LIFE: Duration = Duration::from_secs(3_600);
/// Longest request line and header, in bytes: the least that the HTTP library takes.
const HEADER_BYTES_MAX: usize = 8_192;
/// Most header lines of a request.
const HEADER_LINES_MAX: usize = 32;
/// Time for connections to end when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);
/// How often microphones that stay away are looked for.
const TICK: Duration = Duration::from_secs(1);
/// Waiting after the system refused a connection: it is short of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn serve(
    listener: TcpListener,
    (site, doors): (Site, Doors),
    hub: Option<Arc<Hub>>,
    mut stopped: watch::Receiver<bool>,
) {
    let tls = hub.as_ref().and_then(|hub| hub.tls()).map(TlsAcceptor::from);
    if let Some(hub) = &hub {
        tokio::spawn(recordings::tidy(Arc::downgrade(hub)));
    }
    // Nothing is sent: it closes when everybody who holds an end is gone.
    let (here, mut gone) = mpsc::channel::<()>(1);
    let is_local = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
    let hall = Arc::new(Hall { site, doors, stopped: stopped.clone(), here: here.clone() });
    let guests = Guests::new(STRANGERS_MAX, MEMBERS_MAX);
    let pages = hub.map_or_else(|| open_status(Arc::clone(&hall)), api::routes);
    let router = routes(Arc::clone(&hall)).merge(pages);
    let router = security::around(router, is_local, tls.is_some());
    let mut tick = interval(TICK);
    loop {
        hall.beat();
        tokio::select! {
            () = is_set(&mut stopped) => break,
            _ = tick.tick() => hall.tick(),
            (stream, from) = accept(&listener) => {
                let guest = guests.enter(from.ip());
                let link = Link::new(from.ip(), &guests, guest.number());
                let service = Linked { router: TowerToHyperService::new(router.clone()), link };
                let (tls, stopped, here) = (tls.clone(), stopped.clone(), here.clone());
                tokio::spawn(async move {
                    welcome(stream, tls, guest, service, stopped).await;
                    drop(here);
                });
            }
        }
    }
    drop((listener, hall, router, here));
    let _ = timeout(STOP_TIMEOUT, gone.recv()).await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(fault) => {
                tracing::warn!("a connection was not accepted: {fault}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Brings a connection to where requests come, under TLS where there is TLS.
async fn welcome(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    guest: Guest,
    service: Linked,
    stopped: watch::Receiver<bool>,
) {
    // Without it answers are only later.
    let _ = stream.set_nodelay(true);
    let moved = Arc::default();
    let Some(tls) = tls else {
        return connection(Watched::new(stream, &moved), &moved, guest, service, stopped).await;
    };
    match timeout(HEADER_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            connection(Watched::new(stream, &moved), &moved, guest, service, stopped).await;
        }
        Ok(Err(fault)) => tracing::debug!("a connection did not come to TLS: {fault}"),
        Err(_) => tracing::debug!("a connection did not come to TLS in time"),
    }
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    moved: &Arc<AtomicU64>,
    mut guest: Guest,
    service: Linked,
    mut stopped: watch::Receiver<bool>,
) {
    let link = service.link.clone();
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADER_LINES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = guest.sent_away() => Ok(()),
        () = life(&link, moved) => {
            tracing::debug!("a connection was cut: its time was over");
            Ok(())
        }
        () = is_set(&mut stopped) => {
            serving.as_mut().graceful_shutdown();
            match timeout(STOP_TIMEOUT, serving).await {
                Ok(served) => served,
                Err(_) => Ok(()),
            }
        }
    };
    if let Err(fault) = served {
        tracing::debug!("a connection broke: {fault}");
    }
}

/// How long a connection may last: of a stranger a minute; of whoever showed who they are an hour, or until their file is here,
/// while bytes move on it.
async fn life(link: &Link, moved: &AtomicU64) {
    sleep(STRANGER_LIFE).await;
    let mut lasted = STRANGER_LIFE;
    let mut before = 0;
    while link.is_known() && (lasted < MEMBER_LIFE || link.has_file()) {
        let now = moved.load(Ordering::Relaxed);
        if now == before {
            return;
        }
        before = now;
        sleep(STRANGER_LIFE).await;
        lasted += STRANGER_LIFE;
    }
}

/// Waits until the server is to stop.
pub(super) async fn is_set(stopped: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is the same.
    let _ = stopped.wait_for(|&stopped| stopped).await;
}
