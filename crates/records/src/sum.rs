//! Bytes on their way, counted and hashed.

use std::sync::{Arc, Mutex};

use renkei_domain::Digest;
use sha2::{Digest as _, Sha256};

use crate::RecordsError;

/// How many bytes passed, and their SHA-256. Clones are the same sum: one goes with the bytes, the other is asked.
#[derive(Clone, Default)]
pub(crate) struct Sum(Arc<Mutex<(Sha256, u64)>>);

impl Sum {
    pub(crate) fn add(&self, bytes: &[u8]) {
        if let Ok(mut sum) = self.0.lock() {
            sum.0.update(bytes);
            sum.1 += bytes.len() as u64;
        }
    }

    /// The digest and number of all bytes so far.
    pub(crate) fn total(&self) -> Result<(Digest, u64), RecordsError> {
        let sum = self.0.lock().map_err(|_| RecordsError::Internal("a reader or writer ended early"))?;
        let digest: [u8; 32] = sum.0.clone().finalize().into();
        Ok((Digest::from(digest), sum.1))
    }
}
