//! A connection, as requests on it see it: where it comes from, and that somebody turned out to be at its end.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::guests::Guests;

/// Among a request's extensions.
#[derive(Clone)]
pub(super) struct Link {
    pub from: IpAddr,
    guests: Arc<Guests>,
    number: u64,
    known: Arc<AtomicBool>,
    /// Files that are on their way.
    files: Arc<AtomicUsize>,
}

/// A file is on its way for as long as this is held.
pub(super) struct OnItsWay(Arc<AtomicUsize>);

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Link {
    pub fn new(from: IpAddr, guests: &Arc<Guests>, number: u64) -> Self {
        Self { from, guests: Arc::clone(guests), number, known: Arc::default(), files: Arc::default() }
    }

    /// Somebody has shown who they are: the connection may last.
    pub fn is_of(&self, person: i64) {
        if !self.known.swap(true, Ordering::Relaxed) {
            self.guests.welcome(self.number, person);
        }
    }

    /// A file comes over it, which is not to be cut because of the connection's age.
    pub fn with_file(&self) -> OnItsWay {
        self.files.fetch_add(1, Ordering::Relaxed);
        OnItsWay(Arc::clone(&self.files))
    }

    pub fn has_file(&self) -> bool {
        self.files.load(Ordering::Relaxed) > 0
    }

    pub fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }
}

/// The routes, for one connection.
#[derive(Clone)]
pub(super) struct Linked {
    pub router: TowerToHyperService<Router>,
    pub link: Link,
}

impl Service<Request<Incoming>> for Linked {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.link.clone());
        self.router.call(request)
    }
}

/// A stream of which it is counted how often bytes moved on it.
pub(super) struct Watched<S> {
    stream: S,
    moved: Arc<AtomicU64>,
}

impl<S> Watched<S> {
    pub fn new(stream: S, moved: &Arc<AtomicU64>) -> Self {
        Self { stream, moved: Arc::clone(moved) }
    }

    fn note(&self, bytes: usize) {
        if bytes > 0 {
            self.moved.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.note(buffer.filled().len() - before);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            self.note(*count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
