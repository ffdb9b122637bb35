use std::time::Duration;

use renkei_domain::{AttemptId, WorkerId};
use renkei_runtime::Timestamp;
use renkei_runtime::clock::ManualClock;
use renkei_stage::Desk as _;

use super::*;
use crate::desk::Line;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_unix_millis(0).unwrap()))
}

fn line(front: &Arc<FrontDesk>, clock: &Arc<ManualClock>, worker: &str) -> Arc<Line> {
    let presence = Presence {
        executor: ExecutorId { worker: WorkerId::new(worker).unwrap(), incarnation: 1 },
        software: "1".into(),
        protocol: 1,
        class: None,
        slots: 2,
        memory_bytes: 1 << 30,
        pools: vec![],
    };
    Arc::new(Line::new(Arc::clone(front), clock.clone(), presence))
}

fn front(clock: &Arc<ManualClock>) -> Arc<FrontDesk> {
    Arc::new(FrontDesk::new(Expected { software: "1".into(), protocol: 1 }, clock.clone()))
}

fn ticket() -> Ticket {
    Ticket { run: RunId::new("r").unwrap(), store: "s".into(), epoch: 1, wave: 1 }
}

fn a_try(shard: &str, attempt: &str) -> Try {
    let (shard, attempt) = (ShardId::new(shard).unwrap(), AttemptId::new(attempt).unwrap());
    Try { ticket: ticket(), stage: Stage::Embed, shard, attempt }
}

/// Lets everything that is ready run, then moves the clock to the next sleeper, until it shows `until`.
async fn pass(clock: &ManualClock, until: Duration) {
    while clock.monotonic() < until {
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
        clock.advance_to_next_sleeper().await;
    }
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_cancelled_wave_reaches_its_tries_and_the_engine_sees_them_end() {
    let clock = clock();
    let front = front(&clock);
    let line = line(&front, &clock, "w");
    front.join(line.presence().clone()).unwrap();
    let tally = front.open(&ticket());
    let token = line.begin(&a_try("s", "a")).await.unwrap().unwrap();
    assert_eq!(tally.borrow().in_flight, 1);
    front.cancel(&ticket());
    assert!(token.is_cancelled());
    line.end(&a_try("s", "a"), &Err(ShardError::cancelled())).await;
    assert_eq!(*tally.borrow(), Tally::default());
    let refused = line.begin(&a_try("t", "b")).await.unwrap_err();
    assert_eq!(refused, ShardError::cancelled());
    front.forget(&ticket());
    assert!(line.begin(&a_try("t", "b")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_worker_that_beats_stays_and_one_that_stops_is_lost() {
    let clock = clock();
    let front = front(&clock);
    let (steady, falling) = (line(&front, &clock, "steady"), line(&front, &clock, "falling"));
    let reaping = tokio::spawn({
        let front = Arc::clone(&front);
        async move { front.reap().await }
    });
    let [beating, stopping] = [&steady, &falling].map(|line| {
        let line = Arc::clone(line);
        tokio::spawn(async move { line.keep().await })
    });
    let tally = front.open(&ticket());
    pass(&clock, Duration::from_secs(3)).await;
    assert!(falling.begin(&a_try("s", "a")).await.unwrap().is_some());
    stopping.abort();
    pass(&clock, Duration::from_secs(14)).await;
    let workers: Vec<String> = front.workers().iter().map(|view| view.presence.executor.worker.to_string()).collect();
    assert_eq!((workers, tally.borrow().in_flight), (vec!["steady".to_owned()], 0));
    assert!(!beating.is_finished() && !reaping.is_finished());
    beating.abort();
    reaping.abort();
}

#[tokio::test]
async fn a_suspect_that_waits_begins_when_its_worker_is_empty() {
    let clock = clock();
    let front = front(&clock);
    let (gone, line) = (line(&front, &clock, "gone"), line(&front, &clock, "w"));
    front.join(gone.presence().clone()).unwrap();
    let _tally = front.open(&ticket());
    gone.begin(&a_try("s", "a")).await.unwrap();
    for _ in 0..10 {
        clock.advance(Duration::from_secs(1));
        front.change(Book::reap);
    }
    front.join(line.presence().clone()).unwrap();
    line.begin(&a_try("other", "o")).await.unwrap();
    let suspect = tokio::spawn({
        let line = Arc::clone(&line);
        async move { line.begin(&a_try("s", "b")).await }
    });
    clock.advance_to_next_sleeper().await;
    tokio::task::yield_now().await;
    assert!(!suspect.is_finished());
    line.end(&a_try("other", "o"), &Ok(())).await;
    clock.advance_to_next_sleeper().await;
    assert!(suspect.await.unwrap().unwrap().is_some());
}
