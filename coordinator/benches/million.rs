//! How time and memory of a coordinator grow with the number of shards: 10^4, 10^5 and 10^6, planned, tracked from nothing,
//! and resumed from half, with an engine that commits at once and a store that remembers one bit a shard.
//!
//! `cargo bench --bench million`; `cargo bench --bench million -- 10000` for one size. Every size has a process of its own,
//! since memory once used is not given back. Prints a table; nothing here is a test.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path as FilePath;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use renkei_artifacts::{Location, RunStore};
use renkei_cohort::SlideRow;
use renkei_coordinator::desk::NoVerdicts;
use renkei_coordinator::engine::{Engine, WaveId, WaveState};
use renkei_coordinator::ledger::Ledger;
use renkei_coordinator::planner::{RunPlan, Surveyed, Wish, plan};
use renkei_coordinator::run::{Driver, WAVE};
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::record::{CommitRecord, Identity, RECORD_VERSION};
use renkei_domain::spec::SlideFailure;
use renkei_domain::{AttemptId, CaseId, Digest, RunId, ShardId, SlideId, UmPerPx};
use renkei_metastore::MemoryStore;
use renkei_runtime::{ByteSize, Clock, SystemClock, resident_bytes};
use renkei_slide::{Codec, GridWish, Level, SlideFormat, SlideHeader};
use renkei_stage::ShardError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Shards a slide, about as many as a large slide has.
const ROWS: u32 = 500;

fn main() -> Outcome<()> {
    let sizes: Vec<u32> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if let [size] = sizes.as_slice() {
        return tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(*size));
    }
    let heads = ["shards", "from", "planned s", "driven s", "us/shard", "tracking MiB", "sealing MiB"];
    println!("{}", heads.map(|head| format!("{head:>12}")).join(" "));
    for size in [10_000, 100_000, 1_000_000] {
        let ended = Command::new(std::env::current_exe()?).arg(size.to_string()).status()?;
        if !ended.success() {
            return Err(format!("{size} shards: {ended}").into());
        }
    }
    Ok(())
}

/// Plans `size` shards and drives them, from nothing and then from half of them. Tracking is the most memory resident while
/// waves went on, sealing the most ever: the lists of commits are written as one object a stage.
async fn measure(size: u32) -> Outcome<()> {
    let clock = SystemClock::new();
    let planned = planned(size)?;
    let planning = clock.monotonic();
    for half in [false, true] {
        let store = Arc::new(BitStore::new(&planned, half));
        let start = clock.monotonic();
        let tracking = drive(&planned, Arc::clone(&store), &clock).await?;
        let took = (clock.monotonic() - start).as_secs_f64();
        let (from, each) = (if half { "half" } else { "nothing" }, took * 1e6 / f64::from(size));
        let (planning, peak) = (planning.as_secs_f64(), peak_mib()?);
        println!("{size:>12} {from:>12} {planning:>12.2} {took:>12.2} {each:>12.1} {tracking:>12} {peak:>12}");
    }
    Ok(())
}

/// The most memory that this process ever had resident (proc(5), `VmHWM`), in MiB.
fn peak_mib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}

async fn drive(plan: &RunPlan, bits: Arc<BitStore>, clock: &dyn Clock) -> Outcome<u64> {
    let store = RunStore::new(bits.clone(), Path::from("p"), plan.run.clone());
    let ledger = Ledger::new(Arc::new(MemoryStore::new()));
    let hold = ledger.take(&plan.run, &plan.name, vec![], clock.now().to_string()).await?;
    let engine = Null { bits, waves: Mutex::default(), next: AtomicU64::new(0), resident: AtomicU64::new(0) };
    let (verdicts, stop) = (&NoVerdicts, CancellationToken::new());
    let driver = Driver { store: &store, engine: &engine, verdicts, ledger: &ledger, clock, wave: WAVE, stop };
    let manifest = driver.execute(plan, hold, &|_| ()).await?;
    let sealed: usize = manifest.stages.iter().map(|stage| stage.commits.len()).sum();
    let planned: usize = plan.stages.iter().map(|(_, shards)| shards.len()).sum();
    let tracking = engine.resident.load(Ordering::Relaxed) >> 20;
    if sealed == planned { Ok(tracking) } else { Err(format!("{sealed} commits for {planned} shards").into()) }
}

fn planned(size: u32) -> Outcome<RunPlan> {
    let um_per_px = UmPerPx::new(0.5)?;
    let slide = |number: u32| -> Outcome<Surveyed> {
        let (columns, rows) = (100, ROWS.min(size));
        let level = Level {
            width: 224 * columns,
            height: 224 * rows,
            tile_width: 224,
            tile_height: 224,
            columns,
            rows,
            downsample: 1.0,
            codec: Codec::Jpeg,
        };
        let name = format!("TCGA-{number:04}-01Z-00-DX1");
        let digest = Digest::of(name.as_bytes());
        let header =
            SlideHeader { format: SlideFormat::AperioSvs, levels: vec![level], um_per_px: None, digest, bytes: 1 };
        let row = SlideRow {
            slide_id: SlideId::new(&name)?,
            case_id: CaseId::new(digest.short())?,
            location: Location::resolve(&format!("{name}.svs"), FilePath::new("/slides/of/the/site"))?,
            um_per_px: Some(um_per_px),
        };
        Ok(Surveyed { row, header: Ok(header) })
    };
    let slides = (0..size / ROWS.min(size)).map(slide).collect::<Outcome<Vec<_>>>()?;
    let grid = GridWish { um_per_px, tolerance: 0.1, tile_px: 224, stride_px: 224 };
    let wish = Wish { grid, shard_tiles: 100, on_failure: SlideFailure::Stop };
    let spec = Digest::of(b"spec");
    let identity = Identity { software: "s".into(), execution_class: "c".into(), spec, inputs: BTreeMap::new() };
    Ok(plan("million", identity, &slides, &wish)?)
}

/// Commits every shard at once.
#[derive(Debug)]
struct Null {
    bits: Arc<BitStore>,
    waves: Mutex<BTreeMap<u64, watch::Sender<WaveState>>>,
    next: AtomicU64,
    /// The most memory resident when a wave of the embed stage came, in bytes.
    resident: AtomicU64,
}

#[async_trait]
impl Engine for Null {
    async fn submit(&self, shards: Vec<Shard>) -> std::result::Result<WaveId, ShardError> {
        let wave = self.next.fetch_add(1, Ordering::Relaxed);
        if shards.iter().any(|shard| shard.stage == Stage::Embed) {
            self.resident.fetch_max(resident_bytes().map_or(0, ByteSize::bytes), Ordering::Relaxed);
        }
        for shard in &shards {
            self.bits.set(shard.stage, &shard.id);
        }
        let mut waves = self.waves.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // The driver has let go of the wave before.
        waves.clear();
        waves.insert(wave, watch::Sender::new(WaveState::Finished));
        Ok(WaveId(wave))
    }

    fn watch(&self, wave: WaveId) -> Option<watch::Receiver<WaveState>> {
        let waves = self.waves.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        waves.get(&wave.0).map(watch::Sender::subscribe)
    }

    async fn cancel(&self, _: WaveId) {}
}

/// Remembers which shards have commits, makes their records up when asked, and lets go of everything else.
#[derive(Debug)]
struct BitStore {
    run: RunId,
    commits: Path,
    /// By stage: the shards' ids in order, and whether each has its commit.
    stages: BTreeMap<&'static str, (Vec<ShardId>, Mutex<Vec<bool>>)>,
}

impl BitStore {
    fn new(plan: &RunPlan, half: bool) -> Self {
        let of_stage = |(stage, shards): &(Stage, Vec<Shard>)| {
            let ids: Vec<ShardId> = shards.iter().map(|shard| shard.id.clone()).collect();
            let bits = (0..ids.len()).map(|place| half && *stage == Stage::Embed && place % 2 == 0).collect();
            (stage.name(), (ids, Mutex::new(bits)))
        };
        let commits = Path::from(format!("p/runs/{}/commits", plan.run));
        Self { run: plan.run.clone(), commits, stages: plan.stages.iter().map(of_stage).collect() }
    }

    fn set(&self, stage: Stage, shard: &ShardId) {
        let (ids, bits) = &self.stages[stage.name()];
        if let Ok(place) = ids.binary_search(shard) {
            bits.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[place] = true;
        }
    }

    /// The record at `location`, if that names a shard with a commit.
    fn record(&self, location: &Path) -> Option<Vec<u8>> {
        let parts: Vec<String> = location.prefix_match(&self.commits)?.map(|part| part.as_ref().to_owned()).collect();
        let [stage, file] = parts.as_slice() else { return None };
        let shard = ShardId::new(file.strip_suffix(".json")?).ok()?;
        let (ids, bits) = self.stages.get(stage.as_str())?;
        let place = ids.binary_search(&shard).ok()?;
        if !bits.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[place] {
            return None;
        }
        let record = CommitRecord {
            version: RECORD_VERSION,
            run: self.run.clone(),
            stage: Stage::ALL.into_iter().find(|known| known.name() == stage)?,
            shard,
            attempt: AttemptId::new("0b1e1a52-27a8-4c59-a1a7-1d9a3f2f9e57").ok()?,
            epoch: 1,
            artifacts: vec![],
            quarantine: vec![],
            input: None,
            started: "2026-11-23T09:00:00.000Z".into(),
            committed: "2026-11-23T09:00:10.000Z".into(),
        };
        serde_json::to_vec(&record).ok()
    }
}

impl fmt::Display for BitStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bits")
    }
}

fn meta(location: Path, size: u64) -> ObjectMeta {
    ObjectMeta { location, last_modified: Default::default(), size, e_tag: None, version: None }
}

fn unsupported() -> Error {
    Error::NotSupported { source: "the bench's store does not do this".into() }
}

#[async_trait]
impl ObjectStore for BitStore {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(unsupported())
    }

    async fn get_opts(&self, location: &Path, _: GetOptions) -> Result<GetResult> {
        let record = self.record(location);
        let missing = || Error::NotFound { path: location.to_string(), source: "no such bit".into() };
        let bytes = Bytes::from(record.ok_or_else(missing)?);
        let size = bytes.len() as u64;
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::once(async { Ok(bytes) }).boxed()),
            meta: meta(location.clone(), size),
            range: 0..size,
            attributes: Attributes::default(),
        })
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::once(async { Err(unsupported()) }).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let stage = prefix.and_then(|prefix| prefix.filename()).unwrap_or_default();
        let Some((ids, bits)) = self.stages.get(stage) else { return stream::empty().boxed() };
        let bits = bits.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let folder = self.commits.clone().join(stage);
        let committed = ids.iter().zip(bits).filter(|(_, bit)| *bit).map(|(id, _)| id.clone());
        // One list of ids, as a client has one page at a time, not all of a listing's answers.
        let committed: Vec<ShardId> = committed.collect();
        stream::iter(committed.into_iter().map(move |id| Ok(meta(folder.clone().join(format!("{id}.json")), 400))))
            .boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(unsupported())
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(unsupported())
    }
}
