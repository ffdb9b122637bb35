//! Signals, tried on a real process: this test binary starts itself as a child and signals it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use renkei_runtime::Shutdown;
use renkei_runtime::shutdown::INTERRUPTED_EXIT_CODE;

const CHILD: &str = "RENKEI_TEST_SHUTDOWN_CHILD";

/// The child's part: says when it listens and when it was asked to stop; stays on where its role is `stubborn`.
#[tokio::test]
async fn child() {
    let Ok(role) = std::env::var(CHILD) else { return };
    let shutdown = Shutdown::on_signals().unwrap();
    println!("listening");
    shutdown.requested().await;
    println!("requested");
    if role == "stubborn" {
        std::future::pending::<()>().await;
    }
}

struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(role: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, role)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self { child, lines };
        process.wait_for("listening");
        process
    }

    fn wait_for(&mut self, word: &str) {
        let found = self.lines.by_ref().any(|line| line.unwrap().ends_with(word));
        assert!(found, "the child ended without saying '{word}'");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_first_signal_asks() {
    for name in ["INT", "TERM"] {
        let mut process = Process::start("willing");
        process.signal(name);
        process.wait_for("requested");
        assert!(process.child.wait().unwrap().success(), "{name}");
    }
}

#[test]
fn the_second_signal_insists() {
    let mut process = Process::start("stubborn");
    process.signal("TERM");
    process.wait_for("requested");
    process.signal("INT");
    assert_eq!(process.child.wait().unwrap().code(), Some(INTERRUPTED_EXIT_CODE));
}
