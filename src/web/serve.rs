//! Connections. In: a listener. Out: requests to the routes, within limits of number, size and time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, sleep, timeout};

use super::guests::{Guest, Guests};
use super::routes::{Hall, routes};
use super::{Doors, Hub, Site, api, security};

/// Connections at a time, besides microphones that were let in: two viewers and a microphone that comes back for each
/// of 60 windows.
const CONNECTIONS_MAX: usize = 256;
/// Time to send the header of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest life of a connection on which no microphone speaks.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);
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
    // Nothing is sent: it closes when everybody who holds an end is gone.
    let (here, mut gone) = mpsc::channel::<()>(1);
    let is_local = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
    let hall = Arc::new(Hall { site, doors, stopped: stopped.clone(), here: here.clone() });
    let guests = Guests::new(CONNECTIONS_MAX);
    let router = routes(Arc::clone(&hall)).merge(hub.map_or_else(axum::Router::new, api::routes));
    let router = security::around(router, is_local);
    let mut tick = interval(TICK);
    loop {
        hall.beat();
        tokio::select! {
            () = is_set(&mut stopped) => break,
            _ = tick.tick() => hall.tick(),
            (stream, from) = accept(&listener) => {
                let guest = guests.enter(from.ip());
                let service = TowerToHyperService::new(router.clone());
                let (stopped, here) = (stopped.clone(), here.clone());
                tokio::spawn(async move {
                    connection(stream, guest, service, stopped).await;
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

async fn connection(
    stream: TcpStream,
    mut guest: Guest,
    service: TowerToHyperService<axum::Router>,
    mut stopped: watch::Receiver<bool>,
) {
    // Without it answers are only later.
    let _ = stream.set_nodelay(true);
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADER_LINES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let served = timeout(CONNECTION_TIMEOUT, async {
        tokio::select! {
            served = serving.as_mut() => served,
            () = guest.sent_away() => Ok(()),
            () = is_set(&mut stopped) => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        }
    });
    match served.await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => tracing::debug!("a connection broke: {fault}"),
        Err(_) => tracing::debug!("a connection was cut after {} s", CONNECTION_TIMEOUT.as_secs()),
    }
}

/// Waits until the server is to stop.
pub(super) async fn is_set(stopped: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is the same.
    let _ = stopped.wait_for(|&stopped| stopped).await;
}
