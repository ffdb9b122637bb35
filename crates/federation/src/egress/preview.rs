//! What a reviewer sees before anything leaves: the exact bytes, explained number by number.

use std::fmt;
use std::ops::Range;

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::{Kind, Passed, Reason, Refused, Release};
use crate::audit::Allowed;
use crate::study::{MethodId, SpecHash};

/// Why there is no preview.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PreviewError {
    /// The bytes do not hold the numbers one after another in equal width.
    #[error("{bytes} bytes cannot hold {numbers} numbers of equal width")]
    Width {
        /// How many bytes.
        bytes: usize,
        /// How many numbers.
        numbers: usize,
    },
    /// The pass is another release's.
    #[error("the pass is not for this release")]
    OtherRelease,
}

/// What would leave in one round, or why nothing does. No record values and no pseudonyms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// The study.
    pub study: SpecHash,
    /// The use of the method, by its name in the study.
    pub method_use: String,
    /// The registered method.
    pub method: MethodId,
    /// The round.
    pub round: u32,
    /// Over how many persons.
    pub persons: usize,
    /// Whether the bytes are masked, so that the hub reads only the sum over the sites.
    pub masked: bool,
    /// The exact bytes, in hexadecimal digits; empty where nothing leaves.
    pub payload: String,
    /// SHA-256 of the bytes, as the audit log will name them.
    pub digest: Digest,
    /// Every number, in the order of the bytes.
    pub lines: Vec<PreviewLine>,
    /// The checks passed, with what each found.
    pub passed: Vec<Allowed>,
    /// Why nothing leaves; empty where it does.
    pub refused: Vec<Reason>,
}

/// One number of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewLine {
    /// What it is.
    pub label: String,
    /// Count or sum.
    pub kind: Kind,
    /// How many persons are behind it.
    pub persons: usize,
    /// Where it stands in the bytes.
    pub bytes: Range<usize>,
}

impl Preview {
    /// Of `release`, which passed and would leave as `bytes`: its numbers in order, each in as many bytes.
    ///
    /// # Errors
    /// When the pass is another release's, or the bytes cannot be the numbers.
    pub fn of_passed(release: &Release, passed: &Passed, bytes: &[u8], masked: bool) -> Result<Self, PreviewError> {
        if !passed.is_for(release) {
            return Err(PreviewError::OtherRelease);
        }
        let numbers = release.numbers().len();
        let width = bytes.len().checked_div(numbers).unwrap_or(0);
        if width * numbers != bytes.len() || (width == 0) != bytes.is_empty() {
            return Err(PreviewError::Width { bytes: bytes.len(), numbers });
        }
        let passed = passed.checks().to_vec();
        Ok(Self { masked, passed, ..Self::new(release, bytes, width) })
    }

    /// Of `release`, which stays: nothing leaves.
    #[must_use]
    pub fn of_refused(release: &Release, refused: &Refused) -> Self {
        Self { refused: refused.reasons.clone(), ..Self::new(release, &[], 0) }
    }

    fn new(release: &Release, bytes: &[u8], width: usize) -> Self {
        let line = |(at, number): (usize, &super::Number)| PreviewLine {
            label: number.label.clone(),
            kind: number.kind,
            persons: release.persons_behind(number),
            bytes: at * width..(at + 1) * width,
        };
        Self {
            study: release.study(),
            method_use: release.method_use().to_owned(),
            method: release.method().clone(),
            round: release.round(),
            persons: release.cohort().len(),
            masked: false,
            payload: hex::encode(bytes),
            digest: Digest::of(bytes),
            lines: release.numbers().iter().enumerate().map(line).collect(),
            passed: Vec::new(),
            refused: Vec::new(),
        }
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "study {}", self.study)?;
        writeln!(f, "'{}' ({}), round {}, over {} persons", self.method_use, self.method, self.round, self.persons)?;
        if self.refused.is_empty() {
            writeln!(f, "would leave: {} numbers, {} bytes", self.lines.len(), self.payload.len() / 2)?;
            writeln!(f, "sha-256 {}", self.digest)?;
            writeln!(
                f,
                "{}",
                if self.masked {
                    "masked: the hub reads only the sum over the sites"
                } else {
                    "not masked: the hub reads these numbers"
                }
            )?;
        } else {
            writeln!(f, "NOTHING LEAVES; {} numbers were described", self.lines.len())?;
            self.refused.iter().try_for_each(|reason| writeln!(f, "  refused by {reason}"))?;
        }
        for allowed in &self.passed {
            writeln!(f, "  {}: {}", allowed.check, allowed.found)?;
        }
        writeln!(f, "{:>15}  {:>8}  number", "bytes", "persons")?;
        for line in &self.lines {
            let bytes = format!("{}..{}", line.bytes.start, line.bytes.end);
            let kind = if line.kind == Kind::Count { "count" } else { "sum" };
            writeln!(f, "{bytes:>15}  {:>8}  {} ({kind})", line.persons, line.label)?;
            if let Some(shown) = self.payload.get(line.bytes.start * 2..line.bytes.end * 2).filter(|s| !s.is_empty()) {
                writeln!(f, "{:>27}{shown}", "")?;
            }
        }
        Ok(())
    }
}
