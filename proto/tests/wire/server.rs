//! A real server on loopback: kinds and texts survive it, and what breaks on the way is `Unavailable`.

use std::net::SocketAddr;

use futures::stream::{self, BoxStream};
use renkei_domain::ErrorKind;
use renkei_proto::runs::Run;
use renkei_proto::v1::runs_client::RunsClient;
use renkei_proto::v1::runs_server::{Runs, RunsServer};
use renkei_proto::{WireError, status, v1};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

use crate::samples;

/// Answers every call that names a run with one failure; a watch gives a run first.
struct Refusing(WireError);

#[tonic::async_trait]
impl Runs for Refusing {
    type WatchStream = BoxStream<'static, Result<v1::Run, Status>>;

    async fn submit(&self, _: Request<v1::SubmitRequest>) -> Result<Response<v1::SubmitResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get(&self, _: Request<v1::GetRequest>) -> Result<Response<v1::Run>, Status> {
        Err(self.0.clone().into())
    }

    async fn list(&self, _: Request<v1::ListRequest>) -> Result<Response<v1::ListResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn watch(&self, _: Request<v1::WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let then = Status::from(self.0.clone());
        Ok(Response::new(Box::pin(stream::iter([Ok(samples::run().into()), Err(then)]))))
    }

    async fn cancel(&self, _: Request<v1::CancelRequest>) -> Result<Response<v1::Run>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn workers(&self, _: Request<v1::WorkersRequest>) -> Result<Response<v1::WorkersResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

/// A server that runs until it is stopped.
struct Serving {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Serving {
    fn refusing(error: WireError) -> Self {
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = incoming.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = Server::builder().add_service(RunsServer::new(Refusing(error)));
        let task = tokio::spawn(async move {
            server.serve_with_incoming_shutdown(incoming, async { _ = stopped.await }).await.unwrap();
        });
        Self { address, stop, task }
    }

    fn client(&self) -> RunsClient<Channel> {
        RunsClient::new(Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect_lazy())
    }

    async fn stop(self) {
        _ = self.stop.send(());
        self.task.await.unwrap();
    }
}

fn named() -> v1::GetRequest {
    samples::run_id().into()
}

#[tokio::test]
async fn kind_and_text_survive_a_server_up_to_the_longest_text() {
    let longest = "連携\n%".repeat(status::MAX_TEXT_BYTES / 8);
    for kind in [ErrorKind::Fenced, ErrorKind::Exhausted, ErrorKind::Data] {
        let error = WireError::Answer { kind, message: longest.clone() };
        let serving = Serving::refusing(error.clone());
        let answer = serving.client().get(named()).await.unwrap_err();
        assert_eq!(WireError::from(answer), error);
        serving.stop().await;
    }
}

#[tokio::test]
async fn a_watch_gives_runs_and_then_the_failure() {
    let error = WireError::Answer { kind: ErrorKind::Fenced, message: "another leads".to_owned() };
    let serving = Serving::refusing(error.clone());
    let mut runs = serving.client().watch(v1::WatchRequest::from(samples::run_id())).await.unwrap().into_inner();
    let first = runs.message().await.unwrap().unwrap();
    assert_eq!(Run::try_from(first).unwrap(), samples::run());
    assert_eq!(WireError::from(runs.message().await.unwrap_err()), error);
    serving.stop().await;
}

#[tokio::test]
async fn a_call_that_the_server_does_not_know_says_so() {
    let serving = Serving::refusing(WireError::Answer { kind: ErrorKind::Data, message: String::new() });
    let mut client = v1::workers_client::WorkersClient::new(
        Endpoint::from_shared(format!("http://{}", serving.address)).unwrap().connect_lazy(),
    );
    let answer = WireError::from(client.leave(v1::LeaveRequest::default()).await.unwrap_err());
    assert_eq!(answer.kind(), ErrorKind::Invalid);
    assert!(answer.to_string().contains("older than this program"), "{answer}");
    serving.stop().await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable_and_the_cause_is_told() {
    let serving = Serving::refusing(WireError::Answer { kind: ErrorKind::Data, message: String::new() });
    let mut client = serving.client();
    let address = serving.address;
    serving.stop().await;
    let answer = WireError::from(client.get(named()).await.unwrap_err());
    assert_eq!(answer.kind(), ErrorKind::Unavailable);
    assert!(answer.to_string().contains("refused"), "{answer}");
    let refused = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap_err();
    assert_eq!(WireError::from(refused).kind(), ErrorKind::Unavailable);
}
