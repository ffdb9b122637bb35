//! Who leads, as this worker knows it, and a channel that always leads there.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::{Either, select};
use renkei_proto::v1::workers_client::WorkersClient;
use renkei_transport::limits::MAX_MESSAGE_BYTES;
use tokio::sync::watch;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::Channel;
use tower::Service;

/// The coordinator that took this worker in.
#[derive(Debug, Clone)]
pub struct Leader {
    /// Its address.
    pub url: String,
    /// Its name.
    pub name: String,
    /// Fencing number of its term.
    pub epoch: u64,
    /// Time between two beats.
    pub(super) beat_interval: Duration,
    /// The channel to it.
    pub(super) channel: Channel,
}

impl Leader {
    /// The desk there.
    pub(super) fn desk(&self) -> WorkersClient<Channel> {
        desk(self.channel.clone())
    }
}

/// The desk behind a channel.
pub(super) fn desk(channel: Channel) -> WorkersClient<Channel> {
    WorkersClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES)
}

/// Whoever leads at the moment; `None` while that is being found out.
pub(super) type Leads = watch::Receiver<Option<Leader>>;

/// A channel to whoever leads: each call goes to the leader of that moment.
///
/// Without a leader a call fails at once. A call in flight fails once another coordinator leads: its answer would come
/// from one that has nothing to say any more, or not at all.
#[derive(Debug, Clone)]
pub struct LeaderChannel {
    leads: Leads,
}

impl LeaderChannel {
    pub(super) fn new(leads: Leads) -> Self {
        Self { leads }
    }
}

impl Service<http::Request<Body>> for LeaderChannel {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut leads = self.leads.clone();
        Box::pin(async move {
            let leader = leads.borrow_and_update().clone();
            let Some(Leader { url, mut channel, .. }) = leader else {
                return Err(Status::unavailable("no coordinator leads at the moment"));
            };
            let answer = Box::pin(async move {
                std::future::poll_fn(|context| channel.poll_ready(context)).await?;
                channel.call(request).await
            });
            match select(answer, Box::pin(moved(&mut leads, &url))).await {
                Either::Left((answer, _)) => answer.map_err(|error| Status::from_error(error.into())),
                Either::Right(_) => Err(Status::unavailable("another coordinator leads")),
            }
        })
    }
}

/// Returns when another coordinator than that at `url` leads.
async fn moved(leads: &mut Leads, url: &str) {
    if leads.wait_for(|leader| leader.as_ref().is_some_and(|leader| leader.url != url)).await.is_err() {
        // Nobody looks for a leader any more, so there will be no other.
        std::future::pending::<()>().await;
    }
}
