//! What of the scheduler workers can reach: asking for work, and saying that they stop. Nothing else.

use std::pin::Pin;

use async_trait::async_trait;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::{
    CancelJobParams, CancelJobResult, CleanJobDataParams, CleanJobDataResult, CreateUpdateSessionParams,
    CreateUpdateSessionResult, ExecuteQueryParams, ExecuteQueryResult, ExecutorStoppedParams, ExecutorStoppedResult,
    GetJobMetricsParams, GetJobMetricsResult, GetJobStatusParams, GetJobStatusResult, HeartBeatParams, HeartBeatResult,
    PollWorkParams, PollWorkResult, RegisterExecutorParams, RegisterExecutorResult, RemoveSessionParams,
    RemoveSessionResult, TaskStatus, UpdateTaskStatusParams, UpdateTaskStatusResult,
};
use futures::Stream;
use renkei_stage::{ExecutorId, ShardError};
use renkei_transport::Identity;
use tonic::{Extensions, Request, Response, Status};

use super::Scheduler;

/// The most slots that one executor may say it has free.
const MAX_SLOTS: u32 = 1024;

/// Ballista's scheduler service with all but two of its doors shut. Its own would take plans from whoever reaches it, and
/// ends the process's scheduling (a panic in its event loop) on a malformed message.
#[derive(Debug)]
pub struct Door {
    scheduler: Scheduler,
}

type Answer<T> = Result<Response<T>, Status>;

fn shut<T>() -> Answer<T> {
    Err(Status::permission_denied("workers ask for work and run it; everything else goes through renkei.v1"))
}

fn malformed(what: &str) -> Status {
    Status::invalid_argument(format!("{what}: this is no executor of renkei's"))
}

/// Refuses an id that is none of an executor's, or that of another worker than the one who calls. A server without mutual
/// TLS (a test's) knows of no caller.
fn owned(executor: &str, extensions: &Extensions) -> Result<(), Status> {
    let executor: ExecutorId = executor.parse().map_err(|error: ShardError| malformed(&error.message))?;
    match extensions.get::<Identity>() {
        Some(caller) if caller.name() != executor.worker.as_str() => {
            Err(Status::permission_denied("the executor's id is another worker's than the certificate's"))
        }
        _ => Ok(()),
    }
}

impl Door {
    pub(super) fn new(scheduler: Scheduler) -> Self {
        Self { scheduler }
    }

    /// Leaves of `statuses` those that belong to tasks which the scheduler handed out.
    async fn known(&self, statuses: Vec<TaskStatus>) -> Vec<TaskStatus> {
        if statuses.is_empty() {
            return statuses;
        }
        let running = self.scheduler.0.state.task_manager.get_running_job_cache();
        let mut known = Vec::with_capacity(statuses.len());
        for status in statuses {
            let Some(info) = running.get(status.job_id.as_str()) else { continue };
            let graph = info.execution_graph.read().await;
            let stage = graph.stages().get(&(status.stage_id as usize));
            let tasks = stage.and_then(|stage| stage.task_infos()).map_or(0, <[_]>::len);
            if status.status.is_some() && (status.task_id as usize) < tasks {
                known.push(status);
            }
        }
        known
    }
}

#[async_trait]
impl SchedulerGrpc for Door {
    type ExecuteQueryPushStream = Pin<Box<dyn Stream<Item = Result<GetJobStatusResult, Status>> + Send>>;

    async fn poll_work(&self, request: Request<PollWorkParams>) -> Answer<PollWorkResult> {
        let (metadata, extensions, mut poll) = request.into_parts();
        let executor = poll.metadata.as_mut().ok_or_else(|| malformed("a poll names no executor"))?;
        owned(&executor.id, &extensions)?;
        if executor.specification.is_none() || executor.os_info.is_none() {
            return Err(malformed("a poll does not describe its executor"));
        }
        if poll.num_free_vcores > MAX_SLOTS {
            return Err(malformed("a poll has more free slots than any worker may have"));
        }
        // Nobody calls an executor back, so where it might be is not kept.
        executor.host = Some(String::new());
        (executor.port, executor.grpc_port) = (0, 0);
        poll.task_status = self.known(std::mem::take(&mut poll.task_status)).await;
        self.scheduler.0.poll_work(Request::from_parts(metadata, extensions, poll)).await
    }

    async fn executor_stopped(&self, request: Request<ExecutorStoppedParams>) -> Answer<ExecutorStoppedResult> {
        owned(&request.get_ref().executor_id, request.extensions())?;
        self.scheduler.0.executor_stopped(request).await
    }

    async fn register_executor(&self, _: Request<RegisterExecutorParams>) -> Answer<RegisterExecutorResult> {
        shut()
    }

    async fn heart_beat_from_executor(&self, _: Request<HeartBeatParams>) -> Answer<HeartBeatResult> {
        shut()
    }

    async fn update_task_status(&self, _: Request<UpdateTaskStatusParams>) -> Answer<UpdateTaskStatusResult> {
        shut()
    }

    async fn create_update_session(&self, _: Request<CreateUpdateSessionParams>) -> Answer<CreateUpdateSessionResult> {
        shut()
    }

    async fn remove_session(&self, _: Request<RemoveSessionParams>) -> Answer<RemoveSessionResult> {
        shut()
    }

    async fn execute_query_push(&self, _: Request<ExecuteQueryParams>) -> Answer<Self::ExecuteQueryPushStream> {
        shut()
    }

    async fn execute_query(&self, _: Request<ExecuteQueryParams>) -> Answer<ExecuteQueryResult> {
        shut()
    }

    async fn get_job_status(&self, _: Request<GetJobStatusParams>) -> Answer<GetJobStatusResult> {
        shut()
    }

    async fn get_job_metrics(&self, _: Request<GetJobMetricsParams>) -> Answer<GetJobMetricsResult> {
        shut()
    }

    async fn cancel_job(&self, _: Request<CancelJobParams>) -> Answer<CancelJobResult> {
        shut()
    }

    async fn clean_job_data(&self, _: Request<CleanJobDataParams>) -> Answer<CleanJobDataResult> {
        shut()
    }
}

#[cfg(test)]
mod tests {
    use renkei_transport::Role;
    use tonic::Code;

    use super::*;

    #[test]
    fn a_worker_can_only_be_itself() {
        let mut extensions = Extensions::new();
        assert_eq!(owned("w1", &extensions).unwrap_err().code(), Code::InvalidArgument);
        owned("w1/0000000000000001", &extensions).unwrap();
        extensions.insert(Identity::new(Role::Worker, "site", "w1").unwrap());
        owned("w1/0000000000000001", &extensions).unwrap();
        assert_eq!(owned("w2/0000000000000001", &extensions).unwrap_err().code(), Code::PermissionDenied);
    }
}
