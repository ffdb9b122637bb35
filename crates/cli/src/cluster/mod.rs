//! The command line as a user of a cluster.

use std::path::Path;

use anyhow::Context as _;
use renkei_domain::{ErrorKind, RunId};
use renkei_proto::WireError;
use renkei_proto::runs::{Accepted, Run, Submission, Worker};
use renkei_proto::v1;
use renkei_proto::v1::runs_client::RunsClient;
use renkei_runtime::Clock;
use renkei_transport::limits::MAX_MESSAGE_BYTES;
use renkei_transport::{Credentials, Files, Servers};
use serde::{Deserialize, Serialize};
use tonic::transport::Channel;
use tonic::{Response, Status, Streaming};

/// How a user reaches a cluster; `renkei cluster up` writes one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientFile {
    /// Addresses of the coordinators, `https://host:port`.
    pub(crate) coordinators: Vec<String>,
    /// The user's certificate.
    pub(crate) tls: Files,
}

impl ClientFile {
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| {
            format!(
                "cannot read {}: start a cluster with `renkei cluster up`, or name its file with --cluster",
                file.display()
            )
        })?;
        serde_norway::from_str(&text).with_context(|| format!("{} is not valid", file.display()))
    }
}

/// A cluster, by its coordinators. Every call goes to all of them; those that do not lead refuse it.
#[derive(Debug)]
pub(crate) struct Cluster {
    coordinators: Servers,
}

impl Cluster {
    pub(crate) fn open(file: &Path, clock: &dyn Clock) -> anyhow::Result<Self> {
        let ClientFile { coordinators, tls } = ClientFile::read(file)?;
        let credentials = Credentials::read(&tls, clock)?;
        Ok(Self { coordinators: Servers::new(&coordinators, &credentials)? })
    }

    async fn ask<T, F>(&self, call: impl Fn(RunsClient<Channel>) -> F) -> Result<T, WireError>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let ask = |channel: Channel| {
            let answer = call(RunsClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES));
            async move { answer.await.map(Response::into_inner) }
        };
        self.coordinators.find(ask).await.map(|found| found.answer).map_err(refusal)
    }

    /// Submits a run.
    pub(crate) async fn submit(&self, submission: Submission) -> Result<Accepted, WireError> {
        let request = v1::SubmitRequest::from(submission);
        self.ask(|mut runs| {
            let request = request.clone();
            async move { runs.submit(request).await }
        })
        .await?
        .try_into()
    }

    /// All runs, the newest first.
    pub(crate) async fn runs(&self) -> Result<Vec<Run>, WireError> {
        let listed = self.ask(|mut runs| async move { runs.list(v1::ListRequest {}).await }).await?;
        listed.runs.into_iter().map(Run::try_from).collect()
    }

    /// The run as it changes, until it is over or the coordinator is lost.
    pub(crate) async fn watch(&self, run: &RunId) -> Result<Streaming<v1::Run>, WireError> {
        let request = v1::WatchRequest::from(run.clone());
        self.ask(|mut runs| {
            let request = request.clone();
            async move { runs.watch(request).await }
        })
        .await
    }

    /// Asks a run to stop.
    pub(crate) async fn cancel(&self, run: &RunId) -> Result<Run, WireError> {
        let request = v1::CancelRequest::from(run.clone());
        self.ask(|mut runs| {
            let request = request.clone();
            async move { runs.cancel(request).await }
        })
        .await?
        .try_into()
    }

    /// The workers that the leader knows.
    pub(crate) async fn workers(&self) -> Result<Vec<Worker>, WireError> {
        let known = self.ask(|mut runs| async move { runs.workers(v1::WorkersRequest {}).await }).await?;
        known.workers.into_iter().map(Worker::try_from).collect()
    }
}

/// What the leader said, where one was reached; else what each of them said.
fn refusal(error: renkei_transport::Error) -> WireError {
    let renkei_transport::Error::Unanswered { refusals } = error else {
        return WireError::Answer { kind: error.kind(), message: error.to_string() };
    };
    let mut all = Vec::new();
    for (url, status) in refusals {
        let reason = renkei_transport::reason(&status);
        match WireError::from(status) {
            WireError::Answer { kind: ErrorKind::Unavailable, .. } => all.push(format!("{url}: {reason}")),
            of_leader => return of_leader,
        }
    }
    WireError::Answer { kind: ErrorKind::Unavailable, message: format!("no coordinator leads: {}", all.join("; ")) }
}

/// Where `renkei cluster up` puts its files.
pub(crate) const DEFAULT_FOLDER: &str = ".renkei/cluster-run";
/// Where users look for a cluster.
pub(crate) const DEFAULT_FILE: &str = ".renkei/cluster-run/client.yaml";
