//! `renkei.v1.Runs`, for users.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt, try_unfold};
use renkei_domain::{ErrorKind, RunId};
use renkei_proto::runs::{Run, Submission};
use renkei_proto::status::status_of;
use renkei_proto::v1;
use renkei_proto::v1::runs_server::Runs;
use renkei_runtime::Clock;
use renkei_transport::Identity;
use tonic::{Request, Response, Status};

use super::terms::{Term, Terms};
use crate::runs::HostError;

/// How often a watched run is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// A watched run is told at least this often, changed or not.
const TELL: Duration = Duration::from_secs(3);

/// What users ask of the leader.
#[derive(Debug)]
pub(super) struct RunsService {
    pub(super) terms: Arc<Terms>,
    pub(super) clock: Arc<dyn Clock>,
}

type Answer<T> = Result<Response<T>, Status>;

/// Whose certificate the call came with.
pub(super) fn caller<T>(request: &Request<T>) -> Result<Identity, Status> {
    let identity = request.extensions().get::<Identity>().cloned();
    identity.ok_or_else(|| status_of(ErrorKind::Denied, "the call came past the gate: nobody knows who asks"))
}

fn refused(error: impl AsRef<HostError> + Display) -> Status {
    status_of(error.as_ref().kind(), error)
}

#[tonic::async_trait]
impl Runs for RunsService {
    type WatchStream = BoxStream<'static, Result<v1::Run, Status>>;

    async fn submit(&self, request: Request<v1::SubmitRequest>) -> Answer<v1::SubmitResponse> {
        let by = caller(&request)?;
        let term = self.terms.term().await?;
        let submission = Submission::try_from(request.into_inner())?;
        let accepted = term.host.submit(by.name(), submission).await.map_err(refused)?;
        Ok(Response::new(accepted.into()))
    }

    async fn get(&self, request: Request<v1::GetRequest>) -> Answer<v1::Run> {
        let term = self.terms.term().await?;
        let run = RunId::try_from(request.into_inner())?;
        let run = term.host.get(&run).await.map_err(refused)?;
        Ok(Response::new(run.into()))
    }

    async fn list(&self, _: Request<v1::ListRequest>) -> Answer<v1::ListResponse> {
        let term = self.terms.term().await?;
        let (runs, omitted) = term.host.list().await.map_err(refused)?;
        let runs = runs.into_iter().map(Into::into).collect();
        Ok(Response::new(v1::ListResponse { runs, omitted: omitted as u64 }))
    }

    async fn watch(&self, request: Request<v1::WatchRequest>) -> Answer<Self::WatchStream> {
        let term = self.terms.term().await?;
        let run = RunId::try_from(request.into_inner())?;
        // An unknown run is refused here, not in the stream.
        let first = term.host.get(&run).await.map_err(refused)?;
        let watching = Watching { term, clock: Arc::clone(&self.clock), run, first: Some(first), told: None };
        let stream = try_unfold(watching, Watching::next);
        Ok(Response::new(stream.map(|run| run.map(Into::into)).boxed()))
    }

    async fn cancel(&self, request: Request<v1::CancelRequest>) -> Answer<v1::Run> {
        let by = caller(&request)?;
        let term = self.terms.term().await?;
        let run = RunId::try_from(request.into_inner())?;
        term.host.cancel(by.name(), &run).await.map_err(refused)?;
        let run = term.host.get(&run).await.map_err(refused)?;
        Ok(Response::new(run.into()))
    }

    async fn workers(&self, _: Request<v1::WorkersRequest>) -> Answer<v1::WorkersResponse> {
        let term = self.terms.term().await?;
        let workers = term.host.workers().into_iter().map(Into::into).collect();
        Ok(Response::new(v1::WorkersResponse { workers }))
    }
}

/// One user who follows one run.
struct Watching {
    term: Arc<Term>,
    clock: Arc<dyn Clock>,
    run: RunId,
    first: Option<Run>,
    /// What was told last, and when.
    told: Option<(Run, Duration)>,
}

impl Watching {
    /// What there is to tell next; nothing more once the run is over.
    async fn next(mut self) -> Result<Option<(Run, Self)>, Status> {
        if self.told.as_ref().is_some_and(|(run, _)| run.state.is_over()) {
            return Ok(None);
        }
        let run = match self.first.take() {
            Some(run) => run,
            None => self.change().await?,
        };
        self.told = Some((run.clone(), self.clock.monotonic()));
        Ok(Some((run, self)))
    }

    async fn change(&self) -> Result<Run, Status> {
        loop {
            if self.term.over.run_until_cancelled(self.clock.sleep(LOOK)).await.is_none() {
                let text = "this coordinator leads no more: watch the run at the one that does";
                return Err(status_of(ErrorKind::Unavailable, text));
            }
            match self.term.host.get(&self.run).await {
                Ok(run) if self.is_news(&run) => return Ok(run),
                Ok(_) => {}
                Err(error) if error.kind().retryable() => tracing::warn!(%error, "a watched run cannot be seen"),
                Err(error) => return Err(refused(error)),
            }
        }
    }

    fn is_news(&self, run: &Run) -> bool {
        self.told.as_ref().is_none_or(|(told, at)| told != run || self.clock.monotonic() - *at >= TELL)
    }
}
