//! The cluster of one seed: two coordinators, three workers, their stores, one or two runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::memory::InMemory;
use renkei_coordinator::desk::Presence;
use renkei_coordinator::ledger::{Ledger, Request, RunState, Submission};
use renkei_coordinator::planner::RunPlan;
use renkei_domain::plan::Stage;
use renkei_domain::{RunId, ShardId, WorkerId};
use renkei_metastore::MemoryStore;
use renkei_runtime::Clock;
use renkei_stage::ExecutorId;

use crate::coordinator::{self, Seat};
use crate::executor::{Process, World};
use crate::wire::{Breakage, Facts, Objects, Outages, Wire, Written};
use crate::{faults, verdict, work, worker};

/// Worker processes at a time.
pub(crate) const WORKERS: u64 = 3;
/// The user, and whatever starts processes anew: nothing happens to it.
pub(crate) const OUTSIDE: Process = Process(0);
/// A run that has not ended by then never will.
const LIMIT: Duration = Duration::from_secs(3600);
/// So long the world goes on after the last run was sealed and the last sleeper woke.
const AFTERWARDS: Duration = Duration::from_secs(10);

/// What happened in a seed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) faults: u64,
    pub(crate) terms: u64,
    pub(crate) workers_started: u64,
    pub(crate) commits: u64,
    pub(crate) yielded: u64,
    pub(crate) met_itself: u64,
    pub(crate) set_aside: u64,
    pub(crate) submitted_again: u64,
    pub(crate) polls: u64,
    pub(crate) seconds: u64,
}

impl Report {
    pub(crate) fn add(&mut self, other: &Self) {
        self.faults += other.faults;
        self.terms += other.terms;
        self.workers_started += other.workers_started;
        self.commits += other.commits;
        self.yielded += other.yielded;
        self.met_itself += other.met_itself;
        self.set_aside += other.set_aside;
        self.submitted_again += other.submitted_again;
        self.polls += other.polls;
        self.seconds += other.seconds;
    }

    /// A simulation in which nothing goes wrong finds nothing.
    pub(crate) fn assert_that_faults_happened(&self, seeds: u64) {
        assert!(self.faults > seeds, "{self:?}");
        assert!(self.terms > seeds + seeds / 4 && self.workers_started > WORKERS * seeds, "{self:?}");
        assert!(self.yielded > seeds / 40 && self.met_itself > seeds / 40 && self.set_aside > seeds / 20, "{self:?}");
    }
}

struct Inner {
    wire: Wire,
    facts: Arc<MemoryStore>,
    objects: Arc<InMemory>,
    writes: Arc<Mutex<Vec<Written>>>,
    plans: BTreeMap<RunId, RunPlan>,
    poison: Option<ShardId>,
    seats: Vec<Seat>,
    workers: Mutex<BTreeMap<WorkerId, Process>>,
    processes: AtomicU32,
    report: Mutex<Report>,
    done: AtomicBool,
}

/// Handle on everything, for everything in it.
#[derive(Clone)]
pub(crate) struct Cluster(Arc<Inner>);

/// Lives through one seed; what is wrong in the end is the error.
pub(crate) fn run(seed: u64, trace: bool, breakage: Breakage) -> Result<Report, String> {
    let world = World::new(seed, trace);
    let cluster = Cluster::new(&world, breakage);
    for seat in 0..cluster.seats() {
        cluster.start_coordinator(seat);
    }
    for worker in 0..WORKERS {
        cluster.start_worker(WorkerId::new(format!("w{worker}")).unwrap());
    }
    let schedule = faults::schedule(&world, cluster.0.poison.is_some());
    world.spawn(OUTSIDE, faults::happen(cluster.clone(), schedule));
    world.spawn(OUTSIDE, user(cluster.clone()));
    let ended = world.run(LIMIT, || cluster.0.done.load(Ordering::Relaxed));
    cluster.report(|report| (report.polls, report.seconds) = (world.polls(), world.monotonic().as_secs()));
    if !ended {
        return Err(format!("a run has not ended after {LIMIT:?}"));
    }
    verdict::check(&cluster)?;
    Ok(cluster.0.report.lock().unwrap().clone())
}

/// Submits the runs, again where they stopped, until all are sealed.
async fn user(cluster: Cluster) {
    let world = cluster.world();
    let ledger = cluster.ledger();
    let mut first = true;
    loop {
        let mut sealed = 0;
        for plan in cluster.0.plans.values() {
            let state = ledger.run(&plan.run).await.unwrap().map(|fact| fact.state);
            sealed += usize::from(matches!(state, Some(RunState::Sealed { .. })));
            if matches!(state, None | Some(RunState::Stopped { .. })) {
                cluster.report(|report| report.submitted_again += u64::from(!first));
                let submission =
                    Submission { by: "u".into(), at: world.now().to_string(), priority: 0, store: "s".into() };
                let shards = plan.stages.iter().map(|(stage, shards)| (*stage, shards.len())).collect();
                let request = Request { run: plan.run.clone(), name: plan.name.clone(), shards, submission };
                ledger.submit(&request).await.unwrap();
            }
        }
        if sealed == cluster.0.plans.len() {
            break;
        }
        first = false;
        world.sleep(Duration::from_secs(2)).await;
    }
    // Zombies that wake late may still do what they can.
    world.sleep(world.longest_pause() + AFTERWARDS).await;
    cluster.0.done.store(true, Ordering::Relaxed);
}

impl Cluster {
    fn new(world: &World, breakage: Breakage) -> Self {
        let wire = Wire {
            world: world.clone(),
            weather: faults::weather(world),
            breakage,
            outages: Arc::<Mutex<Outages>>::default(),
        };
        let names = if world.chance(0.2) { &["one", "two"][..] } else { &["one"] };
        let plans: BTreeMap<RunId, RunPlan> =
            names.iter().map(|name| work::planned(world, name)).map(|plan| (plan.run.clone(), plan)).collect();
        let bands: Vec<&ShardId> =
            plans.values().flat_map(|plan| plan.shards(Stage::Embed)).map(|shard| &shard.id).collect();
        let poison = world.chance(0.2).then(|| bands[world.below(bands.len() as u64) as usize].clone());
        let seat = || Seat { process: Arc::new(Mutex::new(OUTSIDE)), term: Arc::default() };
        Self(Arc::new(Inner {
            wire,
            facts: Arc::new(MemoryStore::new()),
            objects: Arc::new(InMemory::new()),
            writes: Arc::default(),
            plans,
            poison,
            seats: vec![seat(), seat()],
            workers: Mutex::default(),
            processes: AtomicU32::new(1),
            report: Mutex::default(),
            done: AtomicBool::new(false),
        }))
    }

    pub(crate) fn world(&self) -> &World {
        &self.0.wire.world
    }

    pub(crate) fn wire(&self) -> &Wire {
        &self.0.wire
    }

    pub(crate) fn seats(&self) -> usize {
        self.0.seats.len()
    }

    pub(crate) fn seat(&self, at: usize) -> &Seat {
        &self.0.seats[at]
    }

    pub(crate) fn plan(&self, run: &RunId) -> RunPlan {
        self.0.plans[run].clone()
    }

    pub(crate) fn plans(&self) -> impl Iterator<Item = &RunPlan> {
        self.0.plans.values()
    }

    pub(crate) fn poison(&self) -> Option<&ShardId> {
        self.0.poison.as_ref()
    }

    pub(crate) fn is_poison(&self, shard: &ShardId) -> bool {
        self.poison() == Some(shard)
    }

    /// The facts as they are, past the network.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::new(self.0.facts.clone())
    }

    /// The objects as they are, past the network.
    pub(crate) fn stored(&self) -> Arc<InMemory> {
        Arc::clone(&self.0.objects)
    }

    pub(crate) fn writes(&self) -> Vec<Written> {
        self.0.writes.lock().unwrap().clone()
    }

    pub(crate) fn facts(&self, process: Process) -> Arc<Facts> {
        let (store, writes) = (Arc::clone(&self.0.facts), Arc::clone(&self.0.writes));
        Arc::new(Facts { wire: self.0.wire.clone(), process, store, writes })
    }

    pub(crate) fn objects(&self, process: Process) -> Arc<Objects> {
        Arc::new(Objects { wire: self.0.wire.clone(), process, store: self.stored() })
    }

    pub(crate) fn report(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.0.report.lock().unwrap());
    }

    fn next_process(&self) -> Process {
        Process(self.0.processes.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn worker_process(&self, worker: &WorkerId) -> Process {
        self.0.workers.lock().unwrap()[worker]
    }

    fn start_worker(&self, worker: WorkerId) {
        let process = self.next_process();
        self.report(|report| report.workers_started += 1);
        self.0.workers.lock().unwrap().insert(worker.clone(), process);
        let presence = Presence {
            executor: ExecutorId { worker, incarnation: self.world().number() },
            software: "s".into(),
            protocol: 1,
            class: None,
            slots: 2,
            memory_bytes: 1 << 30,
            pools: vec![],
        };
        worker::start(self, process, presence);
    }

    fn start_coordinator(&self, at: usize) {
        let process = self.next_process();
        let seat = self.seat(at).clone();
        *seat.process.lock().unwrap() = process;
        *seat.term.lock().unwrap() = None;
        self.world().spawn(process, coordinator::live(self.clone(), seat, process));
    }

    /// Ends a worker's process at once; another begins after a while, unless one has begun already.
    pub(crate) fn crash_worker(&self, worker: &WorkerId) {
        let (cluster, worker, killed) = (self.clone(), worker.clone(), self.worker_process(worker));
        self.world().kill(killed);
        self.world().spawn(OUTSIDE, async move {
            cluster.world().sleep(cluster.world().millis(100, 15_000)).await;
            if cluster.worker_process(&worker) == killed {
                cluster.start_worker(worker);
            }
        });
    }

    /// Ends a coordinator's process at once; another begins after a while, unless one has begun already.
    pub(crate) fn crash_coordinator(&self, at: usize) {
        let (cluster, killed) = (self.clone(), *self.seat(at).process.lock().unwrap());
        self.world().kill(killed);
        self.world().spawn(OUTSIDE, async move {
            cluster.world().sleep(cluster.world().millis(100, 15_000)).await;
            if *cluster.seat(at).process.lock().unwrap() == killed {
                cluster.start_coordinator(at);
            }
        });
    }

    pub(crate) fn cut_off(&self, process: Process, until: Duration) {
        self.wire().outages.lock().unwrap().cut_off.push((process, until));
    }
}
