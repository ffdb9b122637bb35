//! The name under which a worker's executor asks an engine for work.

use std::fmt;
use std::str::FromStr;

use renkei_domain::WorkerId;

use crate::ShardError;

/// A worker in one of its lives. Ballista redoes the shards of an executor that stays away, but never those of one that
/// comes back under its old id in time; so a restarted worker is another executor.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExecutorId {
    /// The worker.
    pub worker: WorkerId,
    /// Random number drawn when the process started.
    pub incarnation: u64,
}

impl fmt::Display for ExecutorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:016x}", self.worker, self.incarnation)
    }
}

impl FromStr for ExecutorId {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let parsed = text.rsplit_once('/').and_then(|(worker, incarnation)| {
            let worker = WorkerId::new(worker).ok()?;
            Some(Self { worker, incarnation: u64::from_str_radix(incarnation, 16).ok()? })
        });
        parsed.filter(|id| id.to_string() == text).ok_or_else(|| {
            let what = "an executor's id is not of the form worker/incarnation: upgrade the worker";
            ShardError::new(renkei_domain::ErrorKind::Invalid, what)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_their_text_and_others_are_refused() {
        let id = ExecutorId { worker: WorkerId::new("rack/7").unwrap(), incarnation: 0xabc };
        assert_eq!(id.to_string(), "rack/7/0000000000000abc");
        assert_eq!(id.to_string().parse::<ExecutorId>().unwrap(), id);
        for wrong in ["", "w", "w/", "/1", "w/xyz", "w/+000000000000001", "w/1", "w/0000000000000ABC"] {
            wrong.parse::<ExecutorId>().unwrap_err();
        }
    }
}
