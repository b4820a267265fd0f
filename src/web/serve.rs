//! Connections. In: a listener. Out: requests to the routes, within limits of number, size and time.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{interval, sleep, timeout};

use super::Site;
use super::routes::{Hall, routes};

/// Connections at a time: a microphone and a viewer or two for each of 60 windows.
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

pub(super) async fn serve(listener: TcpListener, site: Site, mut stopped: watch::Receiver<bool>) {
    // Nothing is sent: it closes when everybody who holds an end is gone.
    let (here, mut gone) = mpsc::channel::<()>(1);
    let hall = Arc::new(Hall::new(site, stopped.clone(), here.clone()));
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let router = routes(Arc::clone(&hall));
    let mut tick = interval(TICK);
    loop {
        hall.beat();
        tokio::select! {
            () = is_set(&mut stopped) => break,
            _ = tick.tick() => hall.tick(),
            accepted = accept(&listener, &connections) => {
                let service = TowerToHyperService::new(router.clone());
                let (stopped, here) = (stopped.clone(), here.clone());
                tokio::spawn(async move {
                    let (stream, _permit) = accepted;
                    connection(stream, service, stopped).await;
                    drop(here);
                });
            }
        }
    }
    drop((listener, hall, router, here));
    let _ = timeout(STOP_TIMEOUT, gone.recv()).await;
}

/// Waits for a connection while there are fewer than may be.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let permit = Arc::clone(connections).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            Err(fault) => {
                tracing::warn!("a connection was not accepted: {fault}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
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
