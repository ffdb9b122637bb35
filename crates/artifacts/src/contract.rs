//! What every object store must do for Renkei, asked through the code that runs use. Each store's tests call [`run_all`]
//! and nothing else tells them apart.

#![expect(clippy::unwrap_used, reason = "a contract suite fails by panicking, like any test")]

mod commits;
mod erasure;
mod leftovers;
mod objects;
mod seals;

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::record::{CommitRecord, RECORD_VERSION};
use renkei_domain::{AttemptId, RunId};

use crate::RunStore;

/// Writers that race for one key.
const WRITERS: usize = 16;

/// A store, and a prefix in it under which nothing lies yet.
pub type Ground = (Arc<dyn ObjectStore>, Path);

/// Runs the whole suite; `make` gives new ground each time.
pub async fn run_all(make: impl AsyncFn() -> Ground) {
    run_without_races(&make).await;
    let (store, prefix) = make().await;
    crate::probe_conditional_create(&store, &prefix, &AttemptId::new("nonce").unwrap()).await.unwrap();
    objects::one_of_sixteen_creators_wins(&run(make().await)).await;
    commits::sixteen_equal_attempts_leave_one(&run(make().await)).await;
    seals::sixteen_sealers_get_one_manifest(&run(make().await)).await;
}

/// The suite without the races for one key: for stores behind something slow or broken.
pub async fn run_without_races(make: &impl AsyncFn() -> Ground) {
    objects::bytes_are_kept_and_read_by_range(&make().await).await;
    objects::lists_go_by_segments(&make().await).await;
    objects::deleting_is_final_and_twice_is_no_error(&run(make().await)).await;
    objects::a_second_creator_reads_the_first_ones_bytes(&run(make().await)).await;
    objects::an_altered_or_missing_artifact_is_noticed(&run(make().await)).await;
    commits::the_first_wins_and_an_equal_second_cleans_up_after_itself(&run(make().await)).await;
    commits::an_attempt_that_meets_itself_deletes_nothing(&run(make().await)).await;
    commits::other_content_is_a_conflict_and_the_committed_result_stays(&run(make().await)).await;
    commits::an_attempt_that_is_not_whole_is_not_committed(&run(make().await)).await;
    seals::whoever_seals_second_gets_what_the_first_sealed(&run(make().await)).await;
    leftovers::only_lost_attempts_of_a_sealed_run_are_removed(&run(make().await)).await;
    erasure::what_a_run_made_goes_and_a_tombstone_stays(&run(make().await)).await;
}

fn run((store, prefix): Ground) -> RunStore {
    RunStore::new(store, prefix, RunId::new("r1").unwrap())
}

/// An attempt at the stage's one shard that has written `content`, ready to commit.
pub async fn attempt(store: &RunStore, stage: Stage, name: &str, content: &[u8]) -> CommitRecord {
    let (shard, attempt) = (Shard::whole(stage).unwrap(), AttemptId::new(name).unwrap());
    let entry = store.put_artifact(&shard, &attempt, "model", "model.json", content.to_vec(), 1).await.unwrap();
    CommitRecord {
        version: RECORD_VERSION,
        run: store.run().clone(),
        stage,
        shard: shard.id,
        attempt,
        epoch: 1,
        artifacts: vec![entry],
        quarantine: vec![],
        input: None,
        started: "0".into(),
        committed: "1".into(),
    }
}

/// The key of the attempt's one object.
fn object_of(record: &CommitRecord) -> Path {
    Path::from(record.artifacts[0].key.as_str())
}
