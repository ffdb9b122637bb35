use std::sync::Mutex;

use async_trait::async_trait;
use datafusion::physical_plan::ExecutionPlanProperties;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::TryStreamExt;
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::{RunId, ShardId};
use renkei_runtime::{SystemAttemptIds, SystemClock};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{Desk, RunHost, ShardError, ShardRunner, Try};

/// Stands for the engine's codec: knows no node, and says so in its own words.
#[derive(Debug)]
struct Engine;

impl PhysicalExtensionCodec for Engine {
    fn try_decode(
        &self,
        buf: &[u8],
        _: &[Arc<dyn ExecutionPlan>],
        _: &TaskContext,
        _: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(DataFusionError::Internal(format!("engine got {buf:?}")))
    }

    fn try_encode(
        &self,
        _: Arc<dyn ExecutionPlan>,
        _: &mut Vec<u8>,
        _: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        Err(DataFusionError::Internal("engine was asked".into()))
    }
}

/// A worker that writes down what it is asked.
#[derive(Debug, Default)]
struct Worker {
    ran: Mutex<Vec<(Ticket, ShardId)>>,
}

#[async_trait]
impl RunHost for Worker {
    async fn runner(&self, _: &Ticket) -> Result<Arc<dyn ShardRunner>, ShardError> {
        #[derive(Debug)]
        struct Nothing;
        #[async_trait]
        impl ShardRunner for Nothing {
            async fn run(&self, _: Shard, _: CancellationToken) -> Result<(), ShardError> {
                Ok(())
            }
        }
        Ok(Arc::new(Nothing))
    }
}

#[async_trait]
impl Desk for Worker {
    async fn begin(&self, a_try: &Try) -> Result<Option<CancellationToken>, ShardError> {
        self.ran.lock().unwrap().push((a_try.ticket.clone(), a_try.shard.clone()));
        Ok(Some(CancellationToken::new()))
    }

    async fn end(&self, _: &Try, _: &Result<(), ShardError>) {}
}

fn ticket() -> Ticket {
    Ticket { run: RunId::new("r").unwrap(), store: "s3://b/p".into(), epoch: 3, wave: 9 }
}

fn wave(count: usize) -> Arc<dyn ExecutionPlan> {
    let one = |n| Shard { id: ShardId::new(format!("s{n}")).unwrap(), ..Shard::whole(Stage::Fit).unwrap() };
    StageExec::ticketed(&(0..count).map(one).collect::<Vec<_>>(), ticket()).unwrap()
}

fn coordinator() -> StageCodec {
    StageCodec::coordinator(Arc::new(Engine))
}

fn on_the_wire(plan: Arc<dyn ExecutionPlan>) -> PhysicalPlanNode {
    PhysicalPlanNode::try_from_physical_plan(plan, &coordinator()).unwrap()
}

#[tokio::test]
async fn a_ticket_reaches_the_worker_and_its_shards_run_there_once() {
    let worker = Arc::new(Worker::default());
    let hosting = Hosting {
        host: worker.clone(),
        desk: worker.clone(),
        attempts: Arc::new(SystemAttemptIds),
        clock: Arc::new(SystemClock::new()),
        stop: CancellationToken::new(),
    };
    let codec = StageCodec::worker(Arc::new(Engine), hosting);
    let context = Arc::new(TaskContext::default());
    let plan = on_the_wire(wave(3)).try_into_physical_plan(&context, &codec).unwrap();
    assert_eq!(plan.output_partitioning().partition_count(), 3);
    let rows: Vec<_> = plan.execute(1, context).unwrap().try_collect().await.unwrap();
    assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1, "one row a shard");
    assert_eq!(*worker.ran.lock().unwrap(), [(ticket(), ShardId::new("s1").unwrap())]);
}

#[test]
fn a_coordinator_reads_its_ticket_back_and_never_runs_it() {
    let context = Arc::new(TaskContext::default());
    let plan = on_the_wire(wave(1)).try_into_physical_plan(&context, &coordinator()).unwrap();
    assert_eq!(plan.downcast_ref::<StageExec>().unwrap().ticket(), Some(&ticket()));
    let error = plan.execute(0, context).err().unwrap();
    assert!(error.to_string().contains("on workers only"), "{error}");
}

#[test]
fn other_nodes_go_to_the_engines_codec_and_unknown_bytes_are_refused() {
    let (codec, context) = (coordinator(), TaskContext::default());
    let converter = datafusion_proto::physical_plan::DefaultPhysicalProtoConverter {};
    let read = |bytes: &[u8]| {
        let inputs = [wave(1).children()[0].clone()];
        codec.try_decode(bytes, &inputs, &context, &converter).err().unwrap().to_string()
    };
    assert!(read(&[INNER, 7, 8]).contains("engine got [7, 8]"));
    assert!(read(&[]).contains("no known kind"));
    assert!(read(&[2, 1]).contains("no known kind"));
    assert!(read(&[STAGE]).contains("another version"));
    assert!(read(&[STAGE, VERSION + 1]).contains("another version"));
    assert!(read(&[STAGE, VERSION, b'{', b'}']).contains("missing field"));
    let foreign = codec.try_encode(wave(1).children()[0].clone(), &mut Vec::new(), &converter).unwrap_err();
    assert!(foreign.to_string().contains("engine was asked"));
}
