//! The wish to stop: the first signal asks, the second insists.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// The exit code after a second signal: 128 + SIGINT, as a shell reports an interrupted program.
pub const INTERRUPTED_EXIT_CODE: i32 = 130;

/// Asks a process to stop. Clones share one wish; nothing is process-wide but the signal handlers themselves.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// A wish that only [`Shutdown::request`] makes: for tests and for a process inside another.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A wish that the first SIGINT or SIGTERM makes. The second ends the process at once with
    /// [`INTERRUPTED_EXIT_CODE`]: unfinished work is then left to the next run's resume.
    ///
    /// For a `main` only, within a tokio runtime; an error where the system refuses signal handlers.
    pub fn on_signals() -> Result<Self, Error> {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signals)?;
        let shutdown = Self::new();
        let token = shutdown.token.clone();
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            tracing::warn!("stopping after the work in hand; a second signal stops at once");
            token.cancel();
            either(&mut interrupt, &mut terminate).await;
            std::process::exit(INTERRUPTED_EXIT_CODE);
        });
        Ok(shutdown)
    }

    /// Asks to stop.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Returns when somebody asks to stop.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// A token cancelled together with this, for code that takes one; cancelling it does not ask the process to stop.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.child_token()
    }
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_reaches_every_clone_and_token() {
        let shutdown = Shutdown::new();
        let (clone, token) = (shutdown.clone(), shutdown.token());
        assert!(!clone.is_requested());
        shutdown.request();
        clone.requested().await;
        token.cancelled().await;
    }

    #[test]
    fn a_cancelled_token_does_not_stop_the_process() {
        let shutdown = Shutdown::new();
        shutdown.token().cancel();
        assert!(!shutdown.is_requested());
    }
}
