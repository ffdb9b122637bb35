//! Runs from submission to their end.

use renkei_domain::plan::Stage;
use renkei_domain::record::Manifest;
use renkei_domain::{AttemptId, ErrorKind, ShardId};
use renkei_proto::runs::{Run, RunState, Submission};
use renkei_proto::v1;
use renkei_proto::workers::Permission;
use renkei_stage::{ShardError, Ticket, Try};

use crate::place::{Place, until};
use crate::study::Study;
use crate::talk::{NullWorker, User};

fn is_running(run: &Run) -> bool {
    matches!(run.state, RunState::Running { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_shards_are_committed_is_sealed_and_stays_so() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let user = User::of(&place, &serving).await;
    NullWorker::joined(&place, &serving, "w1").await;
    let study = Study::of(&place);
    let plan = study.commit_everything().await;
    assert!(plan.shards(Stage::Embed).len() > 1, "the study is too small to say anything");

    let accepted = user.submit(study.submission()).await.unwrap();
    assert_eq!((&accepted.run, accepted.is_new), (&plan.run, true));
    let run = user.follow(accepted.run.as_str(), |run| run.state.is_over()).await;
    let manifest: Manifest = study.plan().await.1.manifest().await.unwrap().unwrap();
    assert_eq!(run.state, RunState::Sealed { merkle_root: manifest.merkle_root });
    assert_eq!((&*run.name, &*run.submitted_by, &*run.leader), ("study", "aiko", "c1"));
    for stage in &run.stages {
        assert_eq!(stage.committed, stage.planned, "{stage:?}");
    }

    let again = user.submit(study.submission()).await.unwrap();
    assert_eq!((&again.run, again.is_new), (&plan.run, false));
    assert_eq!(user.get(plan.run.as_str()).await.unwrap().state, run.state);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_can_be_cancelled_and_submitted_again() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let user = User::of(&place, &serving).await;
    NullWorker::joined(&place, &serving, "w1").await;
    let study = Study::of(&place);
    let run = user.submit(study.submission()).await.unwrap().run;
    user.follow(run.as_str(), is_running).await;
    user.cancel(run.as_str()).await.unwrap();
    // Submitted again at once: refused until it has stopped, and not lost after that.
    let again = until(async || match user.submit(study.submission()).await {
        Ok(accepted) => Some(accepted),
        Err(error) => {
            assert!(error.to_string().contains("being cancelled"), "{error}");
            None
        }
    });
    let again = again.await;
    assert_eq!((&again.run, again.is_new), (&run, false));
    user.follow(run.as_str(), is_running).await;

    user.cancel(run.as_str()).await.unwrap();
    let over = user.follow(run.as_str(), |run| run.state.is_over()).await;
    assert_eq!(over.state, RunState::Cancelled);
    // Of a run that ended there is nothing to cancel.
    assert_eq!(user.cancel(run.as_str()).await.unwrap().state, RunState::Cancelled);
    study.commit_everything().await;
    user.submit(study.submission()).await.unwrap();
    let over = user.follow(run.as_str(), |run| matches!(run.state, RunState::Sealed { .. })).await;
    assert_eq!(over.epoch, 3, "each time it was taken over anew: {over:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_means_one_run_until_that_has_ended() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let user = User::of(&place, &serving).await;
    NullWorker::joined(&place, &serving, "w1").await;
    let mut study = Study::of(&place);
    let first = user.submit(study.submission()).await.unwrap().run;
    let same = user.submit(study.submission()).await.unwrap();
    assert_eq!((&same.run, same.is_new), (&first, false));

    study.spec["seed"] = 2.into();
    let error = user.submit(study.submission()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains(first.as_str()) && error.to_string().contains("the spec"), "{error}");

    let named = Submission { name: Some("another".into()), ..study.submission() };
    assert!(user.submit(named).await.unwrap().is_new);
    user.cancel(first.as_str()).await.unwrap();
    user.follow(first.as_str(), |run| run.state.is_over()).await;
    let list = user.0.clone().list(v1::ListRequest {}).await.unwrap().into_inner();
    assert_eq!((list.runs.len(), list.omitted), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_beyond_the_limit_wait_and_the_most_urgent_goes_first() {
    let place = Place::new();
    let serving = place.serve("c1", "limits: { runs: 1 }\n").await;
    let user = User::of(&place, &serving).await;
    NullWorker::joined(&place, &serving, "w1").await;
    let mut study = Study::of(&place);
    let mut runs = Vec::new();
    for (seed, priority) in [(1, 0), (2, 0), (3, 50)] {
        study.spec["seed"] = seed.into();
        let named = Submission { name: Some(format!("study {seed}")), priority, ..study.submission() };
        runs.push(user.submit(named).await.unwrap().run);
        if seed == 1 {
            user.follow(runs[0].as_str(), is_running).await;
        }
    }
    for waiting in &runs[1..] {
        assert_eq!(user.get(waiting.as_str()).await.unwrap().state, RunState::Queued);
    }
    user.cancel(runs[0].as_str()).await.unwrap();
    user.follow(runs[2].as_str(), is_running).await;
    assert_eq!(user.get(runs[1].as_str()).await.unwrap().state, RunState::Queued);
    assert_eq!(user.cancel(runs[1].as_str()).await.unwrap().state, RunState::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_in_hand_is_seen_is_told_to_stop_and_keeps_the_run_until_it_has() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let user = User::of(&place, &serving).await;
    let worker = NullWorker::joined(&place, &serving, "w1").await;
    let study = Study::of(&place);
    let run = user.submit(study.submission()).await.unwrap().run;
    let epoch = user.follow(run.as_str(), is_running).await.epoch;
    let store = study.folder.join("store").display().to_string();
    let ticket = Ticket { run: run.clone(), store, epoch, wave: 1 };
    let shard = ShardId::new("whole").unwrap();
    let a_try = Try { ticket: ticket.clone(), stage: Stage::Cohort, shard, attempt: AttemptId::new("a").unwrap() };
    // Before the wave is open nobody wants the try.
    until(async || (worker.begin(&a_try).await == Permission::Go).then_some(())).await;
    let seen = user.follow(run.as_str(), |run| run.stages[0].in_flight == 1).await;
    assert_eq!(seen.state, RunState::Running { stage: Stage::Cohort });

    user.cancel(run.as_str()).await.unwrap();
    let told = worker.beat_with(vec![a_try.clone()]).await.unwrap();
    assert_eq!(told.cancelled, [v1::Wave { run: run.to_string(), epoch, wave: 1 }]);
    assert!(is_running(&user.get(run.as_str()).await.unwrap()), "something of it still runs");
    worker.end(&a_try, Err(ShardError::cancelled())).await;
    let over = user.follow(run.as_str(), |run| run.state.is_over()).await;
    assert_eq!(over.state, RunState::Cancelled);
    let Permission::Refused(refused) = worker.begin(&a_try).await else { panic!("a cancelled run's shard was begun") };
    assert_eq!(refused.kind, ErrorKind::Fenced);
}
