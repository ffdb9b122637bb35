//! What must hold in the end, whatever went wrong.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use object_store::path::Path;
use renkei_artifacts::RunStore;
use renkei_coordinator::lead::Leader;
use renkei_coordinator::ledger::RunState;
use renkei_coordinator::planner::RunPlan;
use renkei_domain::ShardId;
use renkei_domain::record::Manifest;

use crate::cluster::Cluster;
use crate::work;

/// What is wrong, if anything.
pub(crate) fn check(cluster: &Cluster) -> Result<(), String> {
    for plan in cluster.plans() {
        // The stores themselves answer at once: no wire is between.
        of_run(cluster, plan).now_or_never().ok_or("the store did not answer at once")??;
    }
    only_leaders_wrote(cluster)
}

async fn of_run(cluster: &Cluster, plan: &RunPlan) -> Result<(), String> {
    let fault = |error: renkei_artifacts::ArtifactError| error.to_string();
    let store = RunStore::new(cluster.stored(), Path::from("p"), plan.run.clone());
    let manifest = store.manifest().await.map_err(fault)?.ok_or("there is no manifest")?;
    if manifest.merkle_root != Manifest::root_of(&plan.identity, &manifest.stages) {
        return Err("the manifest's root is not that of its content".into());
    }
    let fact = cluster.ledger().run(&plan.run).await.map_err(|error| error.to_string())?.ok_or("no fact")?;
    if fact.state != RunState::of(&manifest) {
        return Err(format!("the ledger says {:?}, the manifest {}", fact.state, manifest.merkle_root));
    }
    for (stage, shards) in &plan.stages {
        let planned: BTreeSet<ShardId> = shards.iter().map(|shard| shard.id.clone()).collect();
        let stored: BTreeSet<ShardId> = store.committed(*stage).await.map_err(fault)?.into_iter().collect();
        if stored != planned {
            return Err(format!("stage {stage}: commits of {stored:?} instead of {planned:?}"));
        }
        let sealed = manifest.stage(*stage);
        if sealed.len() != shards.len() {
            return Err(format!("stage {stage}: {} commits sealed for {} shards", sealed.len(), shards.len()));
        }
        for (shard, record) in shards.iter().zip(sealed) {
            if !work::is_right(shard, record, cluster.poison()) {
                return Err(format!("stage {stage}: shard {} was sealed as {record:?}", shard.id));
            }
            if store.commit_of(*stage, &shard.id).await.map_err(fault)?.as_ref() != Some(record) {
                return Err(format!("stage {stage}: shard {} was sealed with another commit than it has", shard.id));
            }
            let aside = u64::from(!record.quarantine.is_empty());
            cluster
                .report(|report| (report.commits, report.set_aside) = (report.commits + 1, report.set_aside + aside));
        }
    }
    Ok(())
}

/// Whoever wrote a fact of a run led, by the facts themselves, when it was written.
fn only_leaders_wrote(cluster: &Cluster) -> Result<(), String> {
    for (process, key, leader) in cluster.writes().into_iter().filter(|(_, key, _)| key.starts_with("runs/")) {
        let leader: Option<Leader> = leader.and_then(|value| serde_json::from_slice(&value).ok());
        if leader.as_ref().map(|leader| leader.process) != Some(u64::from(process.0)) {
            return Err(format!("{process:?} wrote {key} while {leader:?} led"));
        }
    }
    Ok(())
}
