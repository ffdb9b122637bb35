//! How Ballista's scheduler is set, and why.

use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::BallistaPhysicalExtensionCodec;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use renkei_stage::StageCodec;

use super::FairShares;

/// Silence after which an executor's shards are given to others, seconds. A busy executor polls every five.
const EXECUTOR_TIMEOUT_S: u64 = 8;
/// How often silence is looked for, seconds.
const LOOK_OUT_S: u64 = 1;
/// How long the scheduler remembers a wave that is over, seconds. 0 would be for ever.
const REMEMBER_S: u64 = 30;

pub(super) fn of(policy: FairShares) -> SchedulerConfig {
    SchedulerConfig {
        scheduler_id: "renkei".into(),
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        task_distribution: TaskDistributionPolicy::Custom(Arc::new(policy)),
        executor_timeout_seconds: EXECUTOR_TIMEOUT_S,
        expire_dead_executor_interval_seconds: LOOK_OUT_S,
        // All workers may go and new ones come: waves wait.
        no_executors_grace_period_seconds: u64::MAX,
        // Stages leave no files behind.
        finished_job_data_clean_up_interval_seconds: 0,
        finished_job_state_clean_up_interval_seconds: REMEMBER_S,
        override_physical_codec: Some(Arc::new(StageCodec::coordinator(Arc::new(
            BallistaPhysicalExtensionCodec::default(),
        )))),
        // Ballista dials executors to stop tasks, at whatever address they gave. Ours listen nowhere and hear of it at the desk.
        override_create_grpc_client_endpoint: Some(Arc::new(|_| Err("workers are never called".into()))),
        ..SchedulerConfig::default()
    }
}
