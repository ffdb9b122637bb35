use renkei_domain::Digest;
use renkei_metastore::MemoryStore;

use super::*;

fn run(id: &str) -> RunId {
    RunId::new(id).unwrap()
}

fn request(id: &str, name: &str, priority: i32, at: &str) -> Request {
    let submission = Submission { by: "u".into(), at: at.into(), priority, store: "file:///s".into() };
    Request { run: run(id), name: name.into(), shards: vec![(Stage::Embed, 3)], submission }
}

fn wish() -> CancelWish {
    CancelWish { by: "u".into(), at: "t".into() }
}

fn sealed() -> RunState {
    RunState::Sealed { merkle_root: Digest::of(b"x"), set_aside: 0 }
}

fn memory() -> Ledger {
    Ledger::new(Arc::new(MemoryStore::new()))
}

#[tokio::test]
async fn whoever_takes_a_run_over_fences_the_one_before() {
    let ledger = memory();
    let run = run("r");
    let mut first = ledger.take(&run, "n", vec![], "t1".into()).await.unwrap();
    let mut second = ledger.take(&run, "n", vec![], "t2".into()).await.unwrap();
    assert_eq!((first.epoch(), second.epoch()), (1, 2));
    assert!(matches!(ledger.set(&mut first, sealed()).await, Err(RunError::Fenced { epoch: 1, .. })));
    assert!(matches!(ledger.refresh(&mut first).await, Err(RunError::Fenced { epoch: 1, .. })));
    ledger.set(&mut second, sealed()).await.unwrap();
    assert_eq!(ledger.run(&run).await.unwrap().unwrap().state, sealed());
    assert_eq!(ledger.runs().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_coordinator_that_was_overtaken_writes_nothing() {
    let store = Arc::new(MemoryStore::new());
    let leader = Key::new("leader/epoch").unwrap();
    let lead = async |epoch: u8| {
        let write = Write::Put { key: leader.clone(), value: vec![epoch] };
        match store.transact(&[], &[write]).await.unwrap() {
            Outcome::Committed { version } => {
                Ledger::led(store.clone(), Guard::VersionIs { key: leader.clone(), version })
            }
            outcome => panic!("{outcome:?}"),
        }
    };
    let old = lead(1).await;
    old.submit(&request("q", "q", 0, "t")).await.unwrap();
    let mut hold = old.take(&run("r"), "n", vec![], "t".into()).await.unwrap();
    let new = lead(2).await;
    let before = new.runs().await.unwrap();
    assert!(matches!(old.set(&mut hold, sealed()).await, Err(RunError::NotLeading)));
    assert!(matches!(old.refresh(&mut hold).await, Err(RunError::NotLeading)));
    assert!(matches!(old.take(&run("r"), "n", vec![], "t".into()).await, Err(RunError::NotLeading)));
    assert!(matches!(old.submit(&request("s", "s", 0, "t")).await, Err(RunError::NotLeading)));
    assert!(matches!(old.cancel(&run("q"), wish()).await, Err(RunError::NotLeading)));
    assert_eq!(new.runs().await.unwrap(), before);
}

#[tokio::test]
async fn a_new_leader_goes_on_with_all_that_have_not_ended_the_most_urgent_first() {
    let ledger = memory();
    for (id, priority, at) in [("old", 0, "t1"), ("new", 0, "t2"), ("urgent", 5, "t3"), ("done", 9, "t0")] {
        assert!(ledger.submit(&request(id, id, priority, at)).await.unwrap().is_new);
    }
    let mut done = ledger.take(&run("done"), "done", vec![], "t4".into()).await.unwrap();
    ledger.set(&mut done, sealed()).await.unwrap();
    ledger.take(&run("new"), "new", vec![], "t5".into()).await.unwrap();
    ledger.take(&run("embedded"), "embedded", vec![], "t6".into()).await.unwrap();
    let unfinished = ledger.unfinished().await.unwrap();
    let ids: Vec<&str> = unfinished.iter().map(|fact| fact.run.as_str()).collect();
    assert_eq!(ids, ["urgent", "old", "new"]);
    assert_eq!(unfinished[2].submission.as_ref().unwrap().at, "t2", "taking a run over keeps who submitted it");
    assert_eq!((&unfinished[2].state, unfinished[2].epoch), (&RunState::Running, 1));
}

#[tokio::test]
async fn one_name_means_one_run_until_that_run_has_ended() {
    let ledger = memory();
    ledger.submit(&request("r1", "n", 0, "t1")).await.unwrap();
    let again = ledger.submit(&request("r1", "n", 0, "t2")).await.unwrap();
    assert_eq!((again.is_new, again.fact.since.as_str()), (false, "t1"), "the same run is not queued twice");
    let error = ledger.submit(&request("r2", "n", 0, "t3")).await.unwrap_err();
    assert!(matches!(&error, RunError::NameTaken { run, .. } if run == "r1"), "{error}");
    assert_eq!(error.kind(), renkei_domain::ErrorKind::Conflict);
    let mut hold = ledger.take(&run("r1"), "n", vec![], "t4".into()).await.unwrap();
    ledger.submit(&request("r2", "n", 0, "t5")).await.unwrap_err();
    ledger.set(&mut hold, RunState::Stopped { reason: "x".into(), kind: None }).await.unwrap();
    assert!(ledger.submit(&request("r2", "n", 0, "t6")).await.unwrap().is_new);
    let error = ledger.submit(&request("r1", "n", 0, "t7")).await.unwrap_err();
    assert!(matches!(&error, RunError::NameTaken { run, .. } if run == "r2"), "{error}");
}

#[tokio::test]
async fn runs_that_ended_are_queued_anew_but_for_sealed_ones() {
    let ledger = memory();
    ledger.submit(&request("r", "n", 0, "t1")).await.unwrap();
    ledger.cancel(&run("r"), wish()).await.unwrap();
    let anew = ledger.submit(&request("r", "n", 1, "t2")).await.unwrap();
    assert_eq!((anew.is_new, &anew.fact.state, &anew.fact.cancel), (false, &RunState::Queued, &None));
    let mut hold = ledger.take(&run("r"), "n", vec![], "t3".into()).await.unwrap();
    ledger.set(&mut hold, sealed()).await.unwrap();
    let kept = ledger.submit(&request("r", "n", 0, "t4")).await.unwrap();
    assert_eq!((kept.is_new, kept.fact.state, kept.fact.epoch), (false, sealed(), 1));
}

#[tokio::test]
async fn cancelling_ends_what_waits_marks_what_runs_and_leaves_what_ended() {
    let ledger = memory();
    let error = ledger.cancel(&run("none"), wish()).await.unwrap_err();
    assert_eq!(error.kind(), renkei_domain::ErrorKind::NotFound);
    ledger.submit(&request("waits", "w", 0, "t")).await.unwrap();
    assert_eq!(ledger.cancel(&run("waits"), wish()).await.unwrap().state, RunState::Cancelled);
    ledger.submit(&request("runs", "r", 0, "t")).await.unwrap();
    let mut hold = ledger.take(&run("runs"), "r", vec![], "t".into()).await.unwrap();
    let marked = ledger.cancel(&run("runs"), wish()).await.unwrap();
    assert_eq!((&marked.state, &marked.cancel), (&RunState::Running, &Some(wish())));
    ledger.refresh(&mut hold).await.unwrap();
    assert_eq!(hold.fact().cancel, Some(wish()), "the holder sees it");
    ledger.set(&mut hold, sealed()).await.unwrap();
    assert_eq!(ledger.cancel(&run("runs"), wish()).await.unwrap().state, sealed());
}

/// The wish changes the fact under the holder's hands; that is no takeover.
#[tokio::test]
async fn a_wish_to_cancel_does_not_fence_the_holder() {
    let ledger = memory();
    ledger.submit(&request("r", "n", 0, "t")).await.unwrap();
    let mut hold = ledger.take(&run("r"), "n", vec![], "t".into()).await.unwrap();
    ledger.cancel(&run("r"), wish()).await.unwrap();
    ledger.set(&mut hold, RunState::Cancelled).await.unwrap();
    let fact = ledger.run(&run("r")).await.unwrap().unwrap();
    assert_eq!((fact.state, fact.cancel), (RunState::Cancelled, Some(wish())));
}

#[tokio::test]
async fn a_state_written_with_the_answer_lost_is_not_an_error_the_second_time() {
    let ledger = memory();
    let hold = ledger.take(&run("r"), "n", vec![], "t".into()).await.unwrap();
    ledger.set(&mut hold.clone(), sealed()).await.unwrap();
    ledger.set(&mut hold.clone(), sealed()).await.unwrap();
}

/// What Renkei wrote before there were clusters, one record a line.
#[tokio::test]
async fn records_of_version_1_still_load_and_go_on() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::new(store.clone());
    let mut ended = Vec::new();
    for line in include_str!("tests/version_1.json").lines() {
        let fact = RunFact::read(&run("r"), line.as_bytes()).unwrap();
        assert_eq!((fact.version, fact.name.as_str(), &fact.submission, &fact.cancel), (1, "demo", &None, &None));
        assert_eq!(fact.shards[1], (Stage::Embed, 300));
        ended.push(fact.state.is_ended());
        let write = Write::Put { key: key(&fact.run).unwrap(), value: line.into() };
        let _ = store.transact(&[], &[write]).await.unwrap();
        let hold = ledger.take(&fact.run, "demo", vec![], "t".into()).await.unwrap();
        assert_eq!((hold.epoch(), hold.fact().version), (fact.epoch + 1, FACT_VERSION));
    }
    assert_eq!(ended, [false, true, true]);
}

#[test]
fn a_newer_record_is_refused_with_both_versions() {
    let error = RunFact::read(&run("r"), br#"{"version":3,"anything":1}"#).unwrap_err().to_string();
    assert!(error.contains("version is 3") && error.contains("up to 2"), "{error}");
    RunFact::read(&run("r"), br#"{"version":2,"run":"r"}"#).unwrap_err();
}
