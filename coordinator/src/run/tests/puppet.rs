//! The driver against an engine that does and says what a test tells it to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

use renkei_domain::plan::{Band, SlideRef};
use renkei_domain::record::Quarantine;
use renkei_domain::{CaseId, RunId, SlideId, UmPerPx};
use renkei_runtime::clock::ManualClock;
use renkei_runtime::{Clock, Timestamp};
use tokio::sync::watch;

use super::*;
use crate::engine::{WaveId, WaveState};
use crate::ledger::{CancelWish, Request, RunFact, Submission};

/// What becomes of a wave: how many of its shards are committed, and what the engine says.
type Script = Box<dyn Fn(usize, &[Shard]) -> (Range<usize>, WaveState) + Send + Sync>;

struct Puppet {
    store: RunStore,
    script: Script,
    /// Shards of every wave so far, and its state.
    waves: Mutex<Vec<(Vec<Shard>, watch::Sender<WaveState>)>>,
    poison: Vec<ShardId>,
}

impl std::fmt::Debug for Puppet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Puppet")
    }
}

impl Puppet {
    fn new(
        store: &RunStore,
        script: impl Fn(usize, &[Shard]) -> (Range<usize>, WaveState) + Send + Sync + 'static,
    ) -> Self {
        Self { store: store.clone(), script: Box::new(script), waves: Mutex::default(), poison: vec![] }
    }

    fn sizes(&self) -> Vec<usize> {
        self.waves.lock().unwrap().iter().map(|(shards, _)| shards.len()).collect()
    }

    async fn commit(&self, shards: &[Shard]) {
        for shard in shards {
            commit(&self.store, &record(&self.store, shard, 0)).await.unwrap();
        }
    }
}

#[async_trait]
impl Engine for Puppet {
    async fn submit(&self, shards: Vec<Shard>) -> Result<WaveId, ShardError> {
        let number = self.waves.lock().unwrap().len();
        let (committed, state) = (self.script)(number, &shards);
        self.commit(&shards[committed]).await;
        self.waves.lock().unwrap().push((shards, watch::Sender::new(state)));
        Ok(WaveId(number as u64))
    }

    fn watch(&self, wave: WaveId) -> Option<watch::Receiver<WaveState>> {
        self.waves.lock().unwrap().get(wave.0 as usize).map(|(_, state)| state.subscribe())
    }

    async fn cancel(&self, wave: WaveId) {
        self.waves.lock().unwrap()[wave.0 as usize].1.send_replace(WaveState::Cancelled);
    }
}

impl Verdicts for Puppet {
    fn poison(&self, _: &RunId, _: Stage) -> Vec<ShardId> {
        self.poison.clone()
    }
}

fn failed(kind: ErrorKind) -> WaveState {
    WaveState::Failed(ShardError::new(kind, "t"))
}

/// A submitted run under way in waves of eight.
struct Stand {
    ledger: Ledger,
    hold: Hold,
    clock: ManualClock,
    stop: CancellationToken,
}

impl Stand {
    async fn new(plan: &RunPlan) -> Self {
        let ledger = Ledger::new(Arc::new(MemoryStore::new()));
        let submission = Submission { by: "u".into(), at: "t".into(), priority: 0, store: "s".into() };
        let request = Request { run: plan.run.clone(), name: "t".into(), shards: vec![], submission };
        ledger.submit(&request).await.unwrap();
        let hold = ledger.take(&plan.run, "t", vec![], "now".into()).await.unwrap();
        let clock = ManualClock::new(Timestamp::from_unix_millis(0).unwrap());
        Self { ledger, hold, clock, stop: CancellationToken::new() }
    }

    /// Drives to the end; time goes by whenever nothing else happens.
    async fn drive(&self, plan: &RunPlan, puppet: &Puppet) -> Result<Manifest, RunError> {
        let driver = Driver {
            store: &puppet.store,
            engine: puppet,
            verdicts: puppet,
            ledger: &self.ledger,
            clock: &self.clock,
            wave: 8,
            stop: self.stop.clone(),
        };
        let time = async {
            loop {
                self.clock.advance_to_next_sleeper().await;
            }
        };
        tokio::select! {
            biased;
            outcome = driver.execute(plan, self.hold.clone(), &|_| ()) => outcome,
            () = time => unreachable!(),
        }
    }

    async fn fact(&self) -> RunFact {
        self.ledger.run(&self.hold.fact().run).await.unwrap().unwrap()
    }
}

/// `rows` bands of one slide, and the fit.
fn bands(rows: u32) -> RunPlan {
    let slide = Arc::new(SlideRef {
        slide: SlideId::new("s").unwrap(),
        case: CaseId::new("c").unwrap(),
        url: "file:///s".into(),
        digest: Digest::of(b"s"),
        um_per_px: UmPerPx::new(0.5).unwrap(),
    });
    let band = |row: u32| Shard::band(Band { slide: slide.clone(), grid_rows: row..row + 1, cells: 1 }).unwrap();
    RunPlan { stages: vec![(Stage::Embed, (0..rows).map(band).collect()), plan(0).stages.remove(1)], ..plan(0) }
}

#[tokio::test]
async fn the_next_wave_begins_before_the_last_has_drained() {
    let plan = plan(24);
    let store = store(&plan);
    // The first two waves stick with one shard left; the third frees them.
    let puppet = Puppet::new(&store, |wave, shards| match wave {
        0 => (0..7, WaveState::Running { done: 7 }),
        1 => (0..7, WaveState::Running { done: 8 }),
        _ => (0..shards.len(), WaveState::Finished),
    });
    let stand = Stand::new(&plan).await;
    let free = async {
        while puppet.sizes().len() < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(puppet.sizes(), [8, 8, 8]);
        for wave in 0..2 {
            let stuck = puppet.waves.lock().unwrap()[wave].0[7..].to_vec();
            puppet.commit(&stuck).await;
            puppet.waves.lock().unwrap()[wave].1.send_replace(WaveState::Finished);
        }
    };
    let (manifest, ()) = tokio::join!(stand.drive(&plan, &puppet), free);
    assert_eq!(manifest.unwrap().stage(Stage::Embed).len(), 24);
    assert_eq!(puppet.sizes(), [8, 8, 8, 1], "and the fit, nothing twice");
}

#[tokio::test]
async fn failures_that_may_pass_cost_waits_and_a_word_against_the_commits_counts_for_nothing() {
    let plan = plan(8);
    let store = store(&plan);
    let puppet = Puppet::new(&store, |wave, shards| match wave {
        0 => (0..0, failed(ErrorKind::Unavailable)),
        1 => (0..0, WaveState::Cancelled),
        2 => (0..3, failed(ErrorKind::Unavailable)),
        _ => (0..shards.len(), failed(ErrorKind::Internal)),
    });
    let stand = Stand::new(&plan).await;
    stand.drive(&plan, &puppet).await.unwrap();
    assert_eq!(puppet.sizes(), [8, 8, 8, 5, 1]);
    assert_eq!(stand.clock.monotonic().as_secs(), 3, "one second, then two, and none after a commit");
    assert!(matches!(stand.fact().await.state, RunState::Sealed { .. }));
}

#[tokio::test]
async fn a_failure_for_good_stops_the_run_with_its_kind_and_ends_the_other_waves() {
    let plan = plan(16);
    let store = store(&plan);
    let puppet = Puppet::new(&store, |wave, _| match wave {
        0 => (0..7, WaveState::Running { done: 7 }),
        _ => (0..2, failed(ErrorKind::Data)),
    });
    let stand = Stand::new(&plan).await;
    let error = stand.drive(&plan, &puppet).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert_eq!(*puppet.watch(WaveId(0)).unwrap().borrow(), WaveState::Cancelled);
    assert!(matches!(stand.fact().await.state, RunState::Stopped { .. }));
    assert_eq!(store.committed(Stage::Embed).await.unwrap().len(), 9, "what was committed stays");
}

#[tokio::test]
async fn an_engine_that_never_answers_is_given_up_in_the_end() {
    let plan = plan(1);
    let store = store(&plan);
    let puppet = Puppet::new(&store, |_, _| (0..0, failed(ErrorKind::Unavailable)));
    let error = Stand::new(&plan).await.drive(&plan, &puppet).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(puppet.sizes().len(), 6);
}

#[tokio::test]
async fn a_band_that_nobody_survives_is_set_aside_and_the_run_goes_on() {
    let plan = bands(3);
    let store = store(&plan);
    let poison = plan.shards(Stage::Embed)[1].id.clone();
    let mut puppet = Puppet::new(&store, |wave, shards| match wave {
        0 => (0..1, WaveState::Finished),
        _ => (0..shards.len(), WaveState::Finished),
    });
    puppet.poison = vec![poison.clone()];
    let manifest = Stand::new(&plan).await.drive(&plan, &puppet).await.unwrap();
    let commits = manifest.stage(Stage::Embed);
    assert_eq!(commits.iter().map(|commit| commit.quarantine.len()).collect::<Vec<_>>(), [0, 1, 0]);
    let Quarantine { slide, tile, reason } = &commits[1].quarantine[0];
    assert_eq!((slide, tile), (&SlideId::new("s").unwrap().hashed(), &None));
    assert!(reason.contains("rows 1 to 2") && reason.contains("3 workers"), "{reason}");
    assert_eq!((commits[1].shard.clone(), puppet.sizes()), (poison, vec![3, 1, 1]));
}

#[tokio::test]
async fn a_stage_in_one_piece_that_nobody_survives_stops_the_run() {
    let plan = plan(1);
    let store = store(&plan);
    let mut puppet = Puppet::new(&store, |wave, _| (0..usize::from(wave == 0), WaveState::Finished));
    puppet.poison = vec![ShardId::new("whole").unwrap()];
    let error = Stand::new(&plan).await.drive(&plan, &puppet).await.unwrap_err();
    assert!(matches!(error, RunError::Poison { stage: Stage::Fit, deaths: 3 }), "{error}");
}

#[tokio::test]
async fn a_submitted_run_that_is_stopped_waits_for_the_next_leader_and_a_cancelled_one_does_not() {
    for cancelled in [false, true] {
        let plan = plan(8);
        let store = store(&plan);
        let puppet = Puppet::new(&store, |_, _| (0..3, WaveState::Running { done: 3 }));
        let stand = Stand::new(&plan).await;
        if cancelled {
            stand.ledger.cancel(&plan.run, CancelWish { by: "u".into(), at: "t".into() }).await.unwrap();
        }
        let stop = async {
            while puppet.sizes().is_empty() {
                tokio::task::yield_now().await;
            }
            stand.stop.cancel();
        };
        let (outcome, ()) = tokio::join!(stand.drive(&plan, &puppet), stop);
        let fact = stand.fact().await;
        match (cancelled, outcome.unwrap_err(), fact.state) {
            (false, RunError::Stopped, RunState::Running) | (true, RunError::Cancelled, RunState::Cancelled) => {}
            (_, error, state) => panic!("{error} left {state:?}"),
        }
        assert_eq!(*puppet.watch(WaveId(0)).unwrap().borrow(), WaveState::Cancelled);
    }
}

#[tokio::test]
async fn a_process_that_was_overtaken_seals_nothing() {
    let plan = plan(1);
    let store = store(&plan);
    let puppet = Puppet::new(&store, |_, shards| (0..shards.len(), WaveState::Finished));
    let stand = Stand::new(&plan).await;
    stand.ledger.take(&plan.run, "t", vec![], "later".into()).await.unwrap();
    let error = stand.drive(&plan, &puppet).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fenced, "{error}");
    assert_eq!(store.manifest().await.unwrap(), None);
    assert_eq!(stand.fact().await.epoch, 2);
}

/// Shards of an earlier process are found by one listing, in whatever order the store lists them.
#[tokio::test]
async fn what_was_committed_before_is_not_run_again() {
    let plan = plan(20);
    let store = store(&plan);
    let before: BTreeMap<usize, Shard> = plan.shards(Stage::Embed).iter().cloned().enumerate().collect();
    let puppet = Puppet::new(&store, |_, shards| (0..shards.len(), WaveState::Finished));
    for place in [0, 3, 4, 19] {
        puppet.commit(std::slice::from_ref(&before[&place])).await;
    }
    let manifest = Stand::new(&plan).await.drive(&plan, &puppet).await.unwrap();
    assert_eq!(puppet.sizes(), [8, 8, 1]);
    let order: Vec<_> = manifest.stage(Stage::Embed).iter().map(|commit| &commit.shard).collect();
    assert!(order.len() == 20 && order.is_sorted());
}
