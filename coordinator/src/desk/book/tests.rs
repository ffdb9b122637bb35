use renkei_domain::plan::Stage;
use renkei_domain::{AttemptId, ErrorKind, RunId};
use renkei_stage::{Ticket, Try};

use super::rules::*;
use super::*;
use crate::error::Refusal;

const S: Duration = Duration::from_secs(1);

fn executor(worker: &str, incarnation: u64) -> ExecutorId {
    ExecutorId { worker: WorkerId::new(worker).unwrap(), incarnation }
}

fn presence(worker: &str, incarnation: u64) -> Presence {
    Presence {
        executor: executor(worker, incarnation),
        software: "1".into(),
        protocol: 1,
        class: None,
        slots: 4,
        memory_bytes: 1 << 30,
        pools: vec!["gpu".into()],
    }
}

fn ticket(wave: u64) -> Ticket {
    Ticket { run: RunId::new("r").unwrap(), store: "s".into(), epoch: 7, wave }
}

fn a_try(wave: u64, shard: &str, attempt: &str) -> Try {
    Try {
        ticket: ticket(wave),
        stage: Stage::Embed,
        shard: ShardId::new(shard).unwrap(),
        attempt: AttemptId::new(attempt).unwrap(),
    }
}

/// A book with wave 1 open and these workers, all in incarnation 1.
fn book(workers: &[&str]) -> Book {
    let mut book = Book::new(Expected { software: "1".into(), protocol: 1 });
    book.open((&ticket(1)).into());
    for worker in workers {
        book.join(Duration::ZERO, presence(worker, 1)).unwrap();
    }
    book
}

fn tally(book: &Book, wave: u64) -> (usize, usize, Option<ErrorKind>) {
    let tally = book.tally(&(&ticket(wave)).into());
    (tally.in_flight, tally.done, tally.failure.map(|error| error.kind))
}

fn failed(kind: ErrorKind) -> Result<(), ShardError> {
    Err(ShardError::new(kind, "t"))
}

/// Looks every second from `from` to `to`, as the desk's loop does; all workers but `silent` beat with what they run.
fn pass(book: &mut Book, from: u64, to: u64, beating: &[(&ExecutorId, &[Try])]) -> Vec<WorkerId> {
    (from + 1..=to)
        .flat_map(|second| {
            for (executor, running) in beating {
                book.beat(second as u32 * S, executor, false, running);
            }
            book.reap(second as u32 * S)
        })
        .collect()
}

#[test]
fn a_try_is_counted_from_leave_to_end() {
    let mut book = book(&["w"]);
    let w = executor("w", 1);
    assert_eq!(book.begin(S, &w, &a_try(1, "s", "a")), Leave::Go);
    assert_eq!(book.begin(S, &w, &a_try(1, "s", "a")), Leave::Go, "asking again changes nothing");
    assert_eq!(tally(&book, 1), (1, 0, None));
    book.end(&w, &a_try(1, "s", "a"), &Ok(()));
    book.end(&w, &a_try(1, "s", "a"), &failed(ErrorKind::Data));
    assert_eq!(tally(&book, 1), (0, 1, None), "an end told twice is told once");
    assert_eq!(book.begin(S, &w, &a_try(1, "s", "b")), Leave::NotWanted, "done already");
}

#[test]
fn failures_keep_their_kind_and_those_for_good_come_first() {
    let mut book = book(&["w"]);
    let w = executor("w", 1);
    let mut fail = |shard: &str, kind| {
        book.begin(S, &w, &a_try(1, shard, shard));
        book.end(&w, &a_try(1, shard, shard), &failed(kind));
        tally(&book, 1).2
    };
    assert_eq!(fail("s1", ErrorKind::Fenced), None);
    assert_eq!(fail("s2", ErrorKind::Unavailable), Some(ErrorKind::Unavailable));
    assert_eq!(fail("s3", ErrorKind::Exhausted), Some(ErrorKind::Exhausted));
    assert_eq!(fail("s4", ErrorKind::Data), Some(ErrorKind::Data));
    assert_eq!(fail("s5", ErrorKind::Invalid), Some(ErrorKind::Data));
    assert_eq!(fail("s6", ErrorKind::Unavailable), Some(ErrorKind::Data));
}

#[test]
fn waves_that_are_closed_cancelled_or_of_another_time_give_no_leave() {
    let mut book = book(&["w"]);
    let w = executor("w", 1);
    assert_eq!(book.begin(S, &w, &a_try(2, "s", "a")), Leave::NotWanted, "never opened");
    book.open((&ticket(2)).into());
    book.begin(S, &w, &a_try(2, "s", "a"));
    book.close(&(&ticket(2)).into());
    assert_eq!(book.begin(S, &w, &a_try(2, "t", "b")), Leave::NotWanted);
    assert_eq!(tally(&book, 2), (1, 0, None), "what runs goes on");

    book.begin(S, &w, &a_try(1, "s", "c"));
    book.cancel(&(&ticket(1)).into());
    assert_eq!(book.begin(S, &w, &a_try(1, "t", "d")), Leave::Refused(ShardError::cancelled()));
    let told = Beat::Known { cancelled: vec![(&ticket(1)).into()] };
    let running = [a_try(1, "s", "c"), a_try(2, "s", "a")];
    assert_eq!(book.beat(2 * S, &w, false, &running), told);
    assert_eq!(book.beat(3 * S, &w, false, &running), told, "told again until it has ended");
    book.end(&w, &a_try(1, "s", "c"), &Err(ShardError::cancelled()));
    assert_eq!(book.beat(4 * S, &w, false, &running[1..]), Beat::Known { cancelled: vec![] });
    assert_eq!(tally(&book, 1), (0, 0, None));

    let mut old = a_try(1, "s", "e");
    old.ticket.epoch = 6;
    let Leave::Refused(error) = book.begin(S, &w, &old) else { panic!("an older epoch must be refused") };
    assert_eq!(error.kind, ErrorKind::Fenced);
}

#[test]
fn a_cancelled_run_stops_also_what_an_earlier_coordinator_began() {
    let mut book = book(&["w"]);
    let w = executor("w", 1);
    let mut old = a_try(9, "s", "a");
    old.ticket.epoch = 6;
    assert_eq!(book.beat(S, &w, false, std::slice::from_ref(&old)), Beat::Known { cancelled: vec![] });
    book.cancel_run(&old.ticket.run);
    let told = Beat::Known { cancelled: vec![(&old.ticket).into()] };
    assert_eq!(book.beat(2 * S, &w, false, std::slice::from_ref(&old)), told);
    book.admit(&old.ticket.run, None);
    assert_eq!(book.beat(3 * S, &w, false, &[old]), Beat::Known { cancelled: vec![] });
}

#[test]
fn a_silent_worker_is_lost_and_what_it_tried_is_free_again() {
    let mut book = book(&["w", "v"]);
    let (w, v) = (executor("w", 1), executor("v", 1));
    book.begin(Duration::ZERO, &w, &a_try(1, "s", "a"));
    assert!(pass(&mut book, 0, 8, &[(&v, &[])]).is_empty());
    assert_eq!(pass(&mut book, 8, 9, &[(&v, &[])]), std::slice::from_ref(&w.worker));
    assert_eq!(tally(&book, 1), (0, 0, None));
    assert_eq!(book.beat(9 * S, &w, false, &[]), Beat::Rejoin);
    book.end(&w, &a_try(1, "s", "a"), &failed(ErrorKind::Data));
    assert_eq!(tally(&book, 1), (0, 0, None), "the end of an unknown try counts for nothing");
    assert_eq!(book.begin(9 * S, &v, &a_try(1, "s", "b")), Leave::Go);
}

#[test]
fn a_coordinator_that_was_stopped_loses_no_worker_for_it() {
    let mut book = book(&["w"]);
    assert!(book.reap(S).is_empty());
    assert!(book.reap(61 * S).is_empty(), "a minute's pause counts as two seconds");
    assert_eq!(pass(&mut book, 61, 68, &[]), [executor("w", 1).worker]);
}

#[test]
fn a_suspect_runs_alone_and_is_set_aside_after_three_deaths() {
    let mut book = book(&["w1", "w2", "w3"]);
    let [w1, w2, w3] = ["w1", "w2", "w3"].map(|worker| executor(worker, 1));
    book.begin(Duration::ZERO, &w1, &a_try(1, "bad", "a1"));
    pass(&mut book, 0, 9, &[(&w2, &[]), (&w3, &[])]);

    // On w2 it waits until the other shard has ended, and from then on nothing begins beside it.
    let other = a_try(1, "good", "g1");
    assert_eq!(book.begin(9 * S, &w2, &other), Leave::Go);
    assert_eq!(book.begin(9 * S, &w2, &a_try(1, "bad", "a2")), Leave::Wait(ASK_AGAIN));
    assert_eq!(tally(&book, 1).0, 2, "who waits counts as in flight");
    assert_eq!(book.begin(9 * S, &w2, &a_try(1, "late", "l1")), Leave::Wait(ASK_AGAIN), "its place is kept");
    book.end(&w2, &other, &Ok(()));
    assert_eq!(book.begin(9 * S, &w2, &a_try(1, "bad", "a2")), Leave::Go);
    assert_eq!(book.begin(9 * S, &w2, &a_try(1, "late", "l1")), Leave::Wait(ASK_AGAIN), "a suspect runs alone");
    assert_eq!(book.begin(9 * S, &w3, &a_try(1, "bad", "a3")), Leave::Wait(ASK_AGAIN), "in one place only");
    pass(&mut book, 9, 18, &[(&w3, &[])]);

    assert_eq!(book.begin(18 * S, &w3, &a_try(1, "bad", "a3")), Leave::Go);
    assert!(book.poison(&ticket(1).run, Stage::Embed).is_empty());
    pass(&mut book, 18, 27, &[]);
    assert_eq!(book.poison(&ticket(1).run, Stage::Embed), [ShardId::new("bad").unwrap()]);
    assert_eq!(tally(&book, 1), (0, 2, None), "it needs no more tries");
    book.join(27 * S, presence("w4", 1)).unwrap();
    assert_eq!(book.begin(27 * S, &executor("w4", 1), &a_try(1, "bad", "a4")), Leave::NotWanted);
    assert_eq!(book.begin(27 * S, &executor("w4", 1), &a_try(1, "late", "l2")), Leave::Go);
}

#[test]
fn the_place_kept_for_a_suspect_that_never_comes_is_given_up() {
    let mut book = book(&["w1", "w2"]);
    let (w1, w2) = (executor("w1", 1), executor("w2", 1));
    book.begin(Duration::ZERO, &w1, &a_try(1, "bad", "a1"));
    pass(&mut book, 0, 9, &[(&w2, &[])]);
    book.begin(9 * S, &w2, &a_try(1, "good", "g1"));
    book.begin(9 * S, &w2, &a_try(1, "bad", "a2"));
    assert_eq!(book.begin(11 * S, &w2, &a_try(1, "late", "l1")), Leave::Wait(ASK_AGAIN));
    assert_eq!(book.begin(12 * S, &w2, &a_try(1, "late", "l1")), Leave::Go);
}

#[test]
fn a_worker_that_only_slept_gives_its_deaths_back_and_another_process_does_not() {
    for (incarnation, deaths) in [(1, 0), (2, 1)] {
        let mut book = book(&["w"]);
        book.begin(Duration::ZERO, &executor("w", 1), &a_try(1, "s", "a"));
        pass(&mut book, 0, 9, &[]);
        let task = Task::from(&a_try(1, "s", "a"));
        assert_eq!(book.deaths_of(&task), 1);
        book.join(10 * S, presence("w", incarnation)).unwrap();
        assert_eq!(book.deaths_of(&task), deaths);
    }
}

#[test]
fn a_worker_that_leaves_kills_nobody() {
    let mut book = book(&["w"]);
    let w = executor("w", 1);
    book.begin(S, &w, &a_try(1, "s", "a"));
    book.leave(&executor("w", 2));
    assert_eq!(tally(&book, 1).0, 1, "another process cannot take it away");
    book.leave(&w);
    assert_eq!((tally(&book, 1).0, book.deaths_of(&Task::from(&a_try(1, "s", "a")))), (0, 0));
    assert!(book.workers(S).is_empty());
}

#[test]
fn an_end_that_was_lost_is_found_by_the_beats() {
    let mut book = book(&["w"]);
    let w = executor("w", 1);
    let (kept, dropped) = (a_try(1, "s", "a"), a_try(1, "t", "b"));
    book.begin(Duration::ZERO, &w, &kept);
    book.begin(Duration::ZERO, &w, &dropped);
    pass(&mut book, 0, 5, &[(&w, std::slice::from_ref(&kept))]);
    assert_eq!(tally(&book, 1).0, 2, "the beat may be older than the leave");
    pass(&mut book, 5, 6, &[(&w, &[kept])]);
    assert_eq!(tally(&book, 1).0, 1);
}

#[test]
fn workers_of_another_kind_or_with_absurd_claims_are_refused() {
    let mut book = book(&[]);
    let mut refused = |change: fn(&mut Presence)| {
        let mut presence = presence("w", 1);
        change(&mut presence);
        book.join(S, presence).unwrap_err()
    };
    assert!(matches!(refused(|p| p.software = "2".into()), Refusal::Software { .. }));
    assert!(matches!(refused(|p| p.protocol = 2), Refusal::Protocol { found: 2, expected: 1, .. }));
    for slots in [0, 1025, u32::MAX] {
        let mut presence = presence("w", 1);
        presence.slots = slots;
        assert!(matches!(book.join(S, presence), Err(Refusal::Slots { .. })), "{slots}");
    }
    for bytes in [0, 1 << 20, u64::MAX] {
        let mut presence = presence("w", 1);
        presence.memory_bytes = bytes;
        assert!(matches!(book.join(S, presence), Err(Refusal::Memory { .. })), "{bytes}");
    }
    assert!(book.workers(S).is_empty());
}

#[test]
fn an_id_in_use_is_not_given_to_another_process_until_the_first_falls_silent() {
    let mut book = book(&["w"]);
    let w = executor("w", 1);
    book.begin(Duration::ZERO, &w, &a_try(1, "s", "a"));
    book.beat(S, &w, false, &[]);
    assert!(matches!(book.join(2 * S, presence("w", 2)), Err(Refusal::Present { .. })));
    book.join(2 * S, presence("w", 1)).unwrap();
    assert_eq!(tally(&book, 1).0, 1, "the same process keeps what it runs");
    for second in 3..=5 {
        book.reap(second * S);
    }
    assert!(matches!(book.join(5 * S, presence("w", 2)), Err(Refusal::Present { .. })));
    book.reap(6 * S);
    book.join(6 * S, presence("w", 2)).unwrap();
    assert_eq!(book.deaths_of(&Task::from(&a_try(1, "s", "a"))), 1, "the process before is gone");
    let Leave::Refused(error) = book.begin(6 * S, &w, &a_try(1, "s", "b")) else {
        panic!("the old process is refused")
    };
    assert_eq!(error.kind, ErrorKind::Fenced);
}

#[test]
fn shards_go_to_workers_that_take_them() {
    let mut book = book(&["w"]);
    let w = executor("w", 1);
    assert!(book.takes(&w, None) && book.takes(&w, Some("gpu")));
    assert!(!book.takes(&w, Some("cpu")) && !book.takes(&executor("w", 2), None));

    book.admit(&ticket(1).run, Some("onnx=1;device=b;batch=32".into()));
    assert_eq!(book.begin(S, &w, &a_try(1, "s", "a")), Leave::Go, "a worker that does not know its class yet");
    let class = |class: &str| Presence { class: Some(class.into()), ..presence("w", 1) };
    book.join(S, class("onnx=1;device=a")).unwrap();
    let Leave::Refused(error) = book.begin(S, &w, &a_try(1, "t", "b")) else { panic!("another device") };
    assert_eq!(error.kind, ErrorKind::Unavailable);
    book.join(S, class("onnx=1;device=b")).unwrap();
    assert_eq!(book.begin(S, &w, &a_try(1, "t", "b")), Leave::Go, "the batch is the run's");

    book.beat(2 * S, &w, true, &[]);
    assert!(!book.takes(&w, None));
    let Leave::Refused(error) = book.begin(2 * S, &w, &a_try(1, "u", "c")) else { panic!("it is leaving") };
    assert_eq!(error.kind, ErrorKind::Unavailable);
}

#[test]
fn an_ended_run_leaves_nothing_behind() {
    let mut book = book(&["w"]);
    book.admit(&ticket(1).run, Some("c".into()));
    book.begin(Duration::ZERO, &executor("w", 1), &a_try(1, "s", "a"));
    pass(&mut book, 0, 9, &[]);
    book.forget_run(&ticket(1).run);
    assert!(book.waves.is_empty() && book.deaths.is_empty() && book.classes.is_empty());
    assert!(book.lost.values().all(|lost| lost.tasks.is_empty()));
}
