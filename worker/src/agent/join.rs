//! Finding the coordinator that leads, and joining it.

use std::sync::Arc;
use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_proto::workers::{Announcement, Welcome};
use renkei_proto::{WireError, v1};
use renkei_runtime::{Clock, Policy, Seed, retry};
use renkei_transport::{Found, Servers, reason};
use tonic::Status;
use tonic::transport::Channel;

use super::leader::{Leader, desk};
use super::line::timed;
use crate::WorkerError;

/// Rounds of questions until somebody leads: a cluster may start after its workers.
const ROUNDS: Policy = Policy {
    first_wait: Duration::from_millis(200),
    longest_wait: Duration::from_secs(3),
    tries: u32::MAX,
    total: Duration::MAX,
};
/// How long one coordinator may take to answer.
const CALL: Duration = Duration::from_secs(5);
/// A worker whose id is taken waits this long for its forerunner to be given up.
pub(super) const ID_TAKEN_FOR: Duration = Duration::from_secs(30);

/// Makes this worker known to whoever leads.
#[derive(Debug)]
pub(super) struct Joining {
    pub(super) coordinators: Servers,
    pub(super) announcement: Announcement,
    pub(super) clock: Arc<dyn Clock>,
}

impl Joining {
    /// Asks all coordinators, again and again, until one takes this worker in; an error where one that leads refuses it
    /// for good.
    pub(super) async fn join(&self) -> Result<Leader, WorkerError> {
        let since = self.clock.monotonic();
        let jitter = Seed::new(self.announcement.caller.incarnation).derive("join");
        let again = |refused: &Refused| match refused.kind() {
            ErrorKind::Conflict => self.clock.monotonic() - since < ID_TAKEN_FOR,
            kind => !is_for_good(kind),
        };
        let joined = retry(&ROUNDS, self.clock.as_ref(), jitter, again, || self.round()).await;
        joined.map_err(|refused| refused.0)
    }

    /// Asks all coordinators once.
    async fn round(&self) -> Result<Leader, Refused> {
        let found = self.coordinators.find(async |channel| self.ask(channel).await).await;
        match found {
            Ok(Found { url, channel, answer }) => Ok(Leader {
                url,
                name: answer.leader,
                epoch: answer.epoch,
                beat_interval: answer.beat_interval,
                channel,
            }),
            Err(error) => {
                let refused = Refused::from(error);
                tracing::warn!(reason = %refused.0, "no coordinator takes this worker in yet");
                Err(refused)
            }
        }
    }

    async fn ask(&self, channel: Channel) -> Result<Welcome, Status> {
        let announcement = v1::Announcement::from(self.announcement.clone());
        let welcome = desk(channel).join(timed(announcement, CALL)).await?.into_inner();
        Ok(Welcome::try_from(welcome)?)
    }
}

/// Nobody took this worker in.
struct Refused(WorkerError);

impl Refused {
    fn kind(&self) -> ErrorKind {
        self.0.kind()
    }
}

impl From<renkei_transport::Error> for Refused {
    /// One that leads refuses clearly; the others only do not answer, or stand by.
    fn from(error: renkei_transport::Error) -> Self {
        let renkei_transport::Error::Unanswered { refusals } = &error else { return Self(error.into()) };
        let kinds = refusals.iter().map(|(url, status)| (url, status, WireError::from(status.clone()).kind()));
        let clear = kinds.filter(|(.., kind)| is_for_good(*kind) || *kind == ErrorKind::Conflict);
        match clear.max_by_key(|(.., kind)| is_for_good(*kind)) {
            Some((url, status, kind)) => Self(WorkerError::Refused { url: url.clone(), kind, reason: reason(status) }),
            None => Self(error.into()),
        }
    }
}

/// Whether asking again is of no use: a version that does not fit, slots that no machine has, a role that may not join.
fn is_for_good(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Invalid | ErrorKind::Denied)
}

#[cfg(test)]
mod tests {
    use renkei_proto::status::status_of;

    use super::*;

    fn refused(answers: &[(&str, Status)]) -> WorkerError {
        let refusals = answers.iter().map(|(url, status)| ((*url).to_owned(), status.clone())).collect();
        Refused::from(renkei_transport::Error::Unanswered { refusals }).0
    }

    #[test]
    fn the_one_that_leads_is_heard_among_those_that_stand_by() {
        let standby = || status_of(ErrorKind::Unavailable, "another coordinator leads");
        let version = status_of(ErrorKind::Invalid, "worker w1 is of version 2");
        let error = refused(&[("https://a:1", standby()), ("https://b:1", version), ("https://c:1", standby())]);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let text = error.to_string();
        assert_eq!(text, "the coordinator https://b:1 refuses this worker: worker w1 is of version 2");
    }

    #[test]
    fn a_refusal_for_good_outweighs_an_id_that_is_taken_and_both_outweigh_silence() {
        let taken = status_of(ErrorKind::Conflict, "taken");
        let denied = status_of(ErrorKind::Denied, "not of this site");
        let silent = Status::unavailable("connection refused");
        let all = [("https://a:1", taken), ("https://b:1", denied), ("https://c:1", silent)];
        assert_eq!(refused(&all).kind(), ErrorKind::Denied);
        assert_eq!(refused(&[all[0].clone(), all[2].clone()]).kind(), ErrorKind::Conflict);
        let error = refused(&all[2..]);
        assert!(matches!(error, WorkerError::Transport(_)) && error.kind() == ErrorKind::Unavailable, "{error}");
    }
}
