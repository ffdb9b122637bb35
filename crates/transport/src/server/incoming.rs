//! Connections as they come in: a bounded number of them.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use futures::stream::unfold;
use renkei_runtime::Clock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::limits::MAX_CONNECTIONS;

/// How long nothing is accepted after the system could not (no file handle left, say): it would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The connections of `listener`, for `serve_with_incoming`: at most [`MAX_CONNECTIONS`] at once. One more is closed
/// as soon as it opens, so that its caller tries another server instead of waiting here.
pub fn incoming(listener: TcpListener, clock: Arc<dyn Clock>) -> impl Stream<Item = Result<Connection, Infallible>> {
    bounded(listener, clock, MAX_CONNECTIONS)
}

fn bounded(
    listener: TcpListener,
    clock: Arc<dyn Clock>,
    most: usize,
) -> impl Stream<Item = Result<Connection, Infallible>> {
    let door = Door { listener, clock, places: Arc::new(Semaphore::new(most)) };
    unfold(door, async |door| Some((Ok(door.next().await), door)))
}

struct Door {
    listener: TcpListener,
    clock: Arc<dyn Clock>,
    places: Arc<Semaphore>,
}

impl Door {
    async fn next(&self) -> Connection {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => match Arc::clone(&self.places).try_acquire_owned() {
                    Ok(place) => return Connection::new(stream, place),
                    Err(_) => tracing::warn!("a connection was closed: all places are taken"),
                },
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    self.clock.sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// One TCP connection, which gives its place free when it is dropped.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit) -> Self {
        // Without it small answers wait for more to send; a connection that has ended already fails soon enough.
        let _ = stream.set_nodelay(true);
        Self { stream, _place: place }
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::StreamExt as _;
    use futures::future::{Either, select};
    use renkei_runtime::SystemClock;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn one_connection_too_many_is_closed_and_a_place_is_free_again_after_one_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut incoming = pin!(bounded(listener, Arc::new(SystemClock::new()), 2));
        let dial = || TcpStream::connect(at);

        let mut clients = vec![];
        let mut served = vec![];
        for _ in 0..2 {
            clients.push(dial().await.unwrap());
            served.push(incoming.next().await.unwrap().unwrap());
        }
        let mut third = dial().await.unwrap();
        let mut byte = [0];
        match select(incoming.next(), pin!(third.read(&mut byte))).await {
            Either::Right((read, _)) => assert_eq!(read.unwrap(), 0, "closed without a byte"),
            Either::Left((taken, _)) => panic!("a third connection was taken: {taken:?}"),
        }
        served.pop();
        let fourth = dial().await.unwrap();
        let taken = incoming.next().await.unwrap().unwrap();
        assert_eq!(taken.connect_info().remote_addr(), Some(fourth.local_addr().unwrap()));
    }
}
