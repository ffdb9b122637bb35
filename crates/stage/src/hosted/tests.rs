use std::sync::Mutex;

use renkei_domain::plan::Stage;
use renkei_domain::{AttemptId, RunId};
use renkei_runtime::clock::{ManualClock, Timestamp};
use renkei_runtime::random::SeededAttemptIds;

use super::*;

/// A desk, a host and a runner in one: follows its script and keeps a diary.
#[derive(Debug, Default)]
struct Scripted {
    begins: Mutex<Vec<Result<Option<()>, ShardError>>>,
    outcomes: Mutex<Vec<Step>>,
    diary: Mutex<Vec<String>>,
    attempts: Mutex<Vec<AttemptId>>,
    leave: CancellationToken,
}

#[derive(Debug)]
enum Step {
    Return(Result<(), ShardError>),
    Panic,
    WaitForStop,
}

impl Scripted {
    fn wrote(&self, line: impl Into<String>) {
        self.diary.lock().unwrap().push(line.into());
    }
}

#[async_trait]
impl Desk for Scripted {
    async fn begin(&self, a_try: &Try) -> Result<Option<CancellationToken>, ShardError> {
        self.attempts.lock().unwrap().push(a_try.attempt.clone());
        self.wrote("begin");
        let answer = self.begins.lock().unwrap().pop().unwrap_or(Ok(Some(())));
        answer.map(|leave| leave.map(|()| self.leave.clone()))
    }

    async fn end(&self, a_try: &Try, outcome: &Result<(), ShardError>) {
        assert_eq!(Some(&a_try.attempt), self.attempts.lock().unwrap().last());
        self.wrote(outcome.as_ref().map_or_else(|error| format!("end {:?}", error.kind), |()| "end well".into()));
    }
}

#[derive(Debug)]
struct Handed(Arc<Scripted>);

#[async_trait]
impl RunHost for Handed {
    async fn runner(&self, ticket: &Ticket) -> Result<Arc<dyn ShardRunner>, ShardError> {
        self.0.wrote(format!("open {}", ticket.run));
        Ok(Arc::new(Self(Arc::clone(&self.0))))
    }
}

#[async_trait]
impl ShardRunner for Handed {
    async fn run(&self, _: Shard, cancel: CancellationToken) -> Result<(), ShardError> {
        self.0.wrote("run");
        let step = self.0.outcomes.lock().unwrap().pop().unwrap_or(Step::Return(Ok(())));
        match step {
            Step::Return(outcome) => outcome,
            Step::Panic => panic!("scripted"),
            Step::WaitForStop => {
                cancel.cancelled().await;
                Err(ShardError::cancelled())
            }
        }
    }
}

/// What became of a shard, and the diary, under a script whose last entries come first.
async fn run(script: Scripted, cancel: CancellationToken) -> (Result<(), ErrorKind>, Vec<String>) {
    let script = Arc::new(script);
    let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(0).unwrap()));
    let hosting = Hosting {
        host: Arc::new(Handed(Arc::clone(&script))),
        desk: script.clone(),
        attempts: Arc::new(SeededAttemptIds::new(Seed::new(1))),
        clock: clock.clone(),
        stop: CancellationToken::new(),
    };
    let ticket = Ticket { run: RunId::new("r").unwrap(), store: "memory:".into(), epoch: 1, wave: 1 };
    let runner = HostedRunner::new(hosting, ticket);
    let time_flies = async {
        loop {
            clock.advance_to_next_sleeper().await;
        }
    };
    let outcome = tokio::select! {
        outcome = runner.run(Shard::whole(Stage::Fit).unwrap(), cancel) => outcome,
        () = time_flies => unreachable!(),
    };
    let attempts = script.attempts.lock().unwrap().clone();
    assert!(attempts.windows(2).all(|pair| pair[0] != pair[1]), "a try has an id of its own");
    (outcome.map_err(|error| error.kind), script.diary.lock().unwrap().clone())
}

fn failing(kind: ErrorKind) -> ShardError {
    ShardError::new(kind, "scripted")
}

#[tokio::test]
async fn a_try_asks_opens_runs_and_tells() {
    let (outcome, diary) = run(Scripted::default(), CancellationToken::new()).await;
    assert_eq!((outcome, diary), (Ok(()), ["begin", "open r", "run", "end well"].map(String::from).to_vec()));
}

#[tokio::test]
async fn what_is_not_wanted_is_not_opened_and_counts_as_done() {
    let script = Scripted { begins: Mutex::new(vec![Ok(None)]), ..Scripted::default() };
    assert_eq!(run(script, CancellationToken::new()).await, (Ok(()), vec!["begin".to_owned()]));
}

#[tokio::test]
async fn a_refusal_is_final_and_a_desk_out_of_reach_is_asked_again() {
    let script = Scripted { begins: Mutex::new(vec![Err(ShardError::cancelled())]), ..Scripted::default() };
    let (outcome, diary) = run(script, CancellationToken::new()).await;
    assert_eq!((outcome, diary), (Err(ErrorKind::Fenced), vec!["begin".to_owned()]));

    let away = vec![Err(failing(ErrorKind::Unavailable))];
    let script = Scripted { begins: Mutex::new(away), ..Scripted::default() };
    let (outcome, diary) = run(script, CancellationToken::new()).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(diary, ["begin", "end Unavailable", "begin", "open r", "run", "end well"]);
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_and_one_for_good_is_not() {
    let passing = || Step::Return(Err(failing(ErrorKind::Unavailable)));
    let script = Scripted { outcomes: Mutex::new(vec![passing()]), ..Scripted::default() };
    let (outcome, diary) = run(script, CancellationToken::new()).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(diary.iter().filter(|line| *line == "run").count(), 2);

    let script = Scripted { outcomes: Mutex::new((0..99).map(|_| passing()).collect()), ..Scripted::default() };
    let (outcome, diary) = run(script, CancellationToken::new()).await;
    assert_eq!(outcome, Err(ErrorKind::Unavailable));
    assert_eq!(diary.iter().filter(|line| *line == "run").count(), 6, "as often as the policy says");

    let broken = Step::Return(Err(failing(ErrorKind::Data)));
    let script = Scripted { outcomes: Mutex::new(vec![broken]), ..Scripted::default() };
    let (outcome, diary) = run(script, CancellationToken::new()).await;
    assert_eq!((outcome, diary.last().unwrap().as_str()), (Err(ErrorKind::Data), "end Data"));
}

#[tokio::test]
async fn a_panic_is_told_to_the_desk() {
    let script = Scripted { outcomes: Mutex::new(vec![Step::Panic]), ..Scripted::default() };
    let (outcome, diary) = run(script, CancellationToken::new()).await;
    assert_eq!((outcome, diary.last().unwrap().as_str()), (Err(ErrorKind::Internal), "end Internal"));
}

#[tokio::test]
async fn either_side_stops_a_try_and_its_end_is_told() {
    let waiting = || Scripted { outcomes: Mutex::new(vec![Step::WaitForStop]), ..Scripted::default() };
    let by_the_desk = waiting();
    by_the_desk.leave.cancel();
    let (outcome, diary) = run(by_the_desk, CancellationToken::new()).await;
    assert_eq!((outcome, diary.last().unwrap().as_str()), (Err(ErrorKind::Fenced), "end Fenced"));

    let cancel = CancellationToken::new();
    let later = cancel.clone();
    let stopped = tokio::join!(run(waiting(), cancel), async move {
        tokio::task::yield_now().await;
        later.cancel();
    });
    assert_eq!((stopped.0.0, stopped.0.1.last().unwrap().as_str()), (Err(ErrorKind::Fenced), "end Fenced"));
}

#[tokio::test]
async fn a_worker_that_must_go_begins_nothing() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    assert_eq!(run(Scripted::default(), cancel).await, (Err(ErrorKind::Fenced), vec![]));
}
