//! A coordinator process: stands by, leads, drives every run that has not ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use renkei_artifacts::RunStore;
use renkei_coordinator::desk::{Expected, FrontDesk};
use renkei_coordinator::lead::{Candidate, Leadership};
use renkei_coordinator::ledger::{Ledger, RunFact};
use renkei_coordinator::run::Driver;
use renkei_domain::RunId;
use renkei_runtime::Clock;
use renkei_stage::Ticket;

use crate::cluster::Cluster;
use crate::engine::Puller;
use crate::executor::Process;

/// Shards of a wave: few, so that a run has several.
const WAVE: usize = 8;

/// What a leading coordinator answers with.
pub(crate) struct Term {
    pub(crate) front: Arc<FrontDesk>,
    pub(crate) engines: Mutex<BTreeMap<RunId, Arc<Puller>>>,
}

/// Where a coordinator is reached, and what it leads with at present.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) process: Arc<Mutex<Process>>,
    pub(crate) term: Arc<Mutex<Option<Arc<Term>>>>,
}

/// The life of a coordinator process.
pub(crate) async fn live(cluster: Cluster, seat: Seat, process: Process) {
    let facts = cluster.facts(process);
    let clock = Arc::new(cluster.world().clone());
    let number = u64::from(process.0);
    let candidate = Candidate::new(facts.clone(), clock.clone(), format!("c{number}"), format!("c{number}:1"), number);
    loop {
        let (leadership, mut keeper) = candidate.lead().await.unwrap();
        cluster.world().say(|| format!("{process:?} leads in epoch {}", leadership.epoch()));
        cluster.report(|report| report.terms += 1);
        let front = Arc::new(FrontDesk::new(Expected { software: "s".into(), protocol: 1 }, clock.clone()));
        let term = Arc::new(Term { front: Arc::clone(&front), engines: Mutex::default() });
        *seat.term.lock().unwrap() = Some(Arc::clone(&term));
        let ledger = Ledger::led(facts.clone(), leadership.guard());
        tokio::select! {
            biased;
            () = keeper.keep() => {}
            () = front.reap() => {}
            () = drive_all(&cluster, process, &leadership, &term, &ledger) => {}
        }
        cluster.world().say(|| format!("{process:?} leads no more"));
        *seat.term.lock().unwrap() = None;
    }
}

/// Begins every run that has not ended and is not under way here.
async fn drive_all(cluster: &Cluster, process: Process, leadership: &Leadership, term: &Arc<Term>, ledger: &Ledger) {
    let under_way = Arc::<Mutex<BTreeSet<RunId>>>::default();
    loop {
        for fact in ledger.unfinished().await.unwrap_or_default() {
            if under_way.lock().unwrap().insert(fact.run.clone()) {
                let (cluster, term, ledger) = (cluster.clone(), Arc::clone(term), ledger.clone());
                let (leadership, under_way) = (leadership.clone(), Arc::clone(&under_way));
                cluster.world().clone().spawn(process, async move {
                    drive(&cluster, process, &leadership, &term, &ledger, &fact).await;
                    under_way.lock().unwrap().remove(&fact.run);
                });
            }
        }
        cluster.world().sleep(Duration::from_secs(1)).await;
    }
}

async fn drive(
    cluster: &Cluster,
    process: Process,
    leadership: &Leadership,
    term: &Term,
    ledger: &Ledger,
    fact: &RunFact,
) {
    let plan = cluster.plan(&fact.run);
    let world = cluster.world();
    let Ok(hold) = ledger.take(&fact.run, &fact.name, fact.shards.clone(), world.now().to_string()).await else {
        return;
    };
    let engine = Arc::new(Puller {
        world: world.clone(),
        process,
        front: Arc::clone(&term.front),
        ticket: Ticket { run: plan.run.clone(), store: "s".into(), epoch: leadership.epoch(), wave: 0 },
        waves: Arc::default(),
        lies: 0.01,
    });
    term.front.admit(&plan.run, None);
    term.engines.lock().unwrap().insert(plan.run.clone(), Arc::clone(&engine));
    let store = RunStore::new(cluster.objects(process), "p".into(), plan.run.clone());
    let driver = Driver {
        store: &store,
        engine: engine.as_ref(),
        verdicts: term.front.as_ref(),
        ledger,
        clock: world,
        wave: WAVE,
        stop: leadership.lost(),
    };
    let outcome = driver.execute(&plan, hold, &|_| ()).await;
    world.say(|| {
        format!("{process:?} ends with {}: {:?}", plan.run, outcome.as_ref().map(|manifest| manifest.merkle_root))
    });
    term.engines.lock().unwrap().remove(&plan.run);
    term.front.forget_run(&plan.run);
}
