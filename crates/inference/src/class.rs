//! The execution class: what must be equal for features to be equal to the byte (DESIGN section 5).
//!
//! Measured with ONNX Runtime 1.32.0 on the processor: neither batch size nor thread count changes a byte for the
//! convolutional encoders tried, but both do for a vision transformer (matrices of one row take another kernel, and
//! threads divide them), by 3e-6. So both belong to the class. The number of sessions does not.

use std::fmt;

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::provider::Provider;

/// Everything besides encoder and tile that a feature's bytes can depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionClass {
    /// SHA-256 of ONNX Runtime's library file.
    pub onnxruntime: Digest,
    /// What the library says of its own build, for people.
    pub build: String,
    /// What the session runs on.
    pub provider: Provider,
    /// Processor features, or GPU models with their driver.
    pub device: String,
    /// Threads inside one session.
    pub threads: usize,
    /// Tiles in every batch; a short one is filled up.
    pub batch: usize,
}

impl ExecutionClass {
    /// The digest of the class's text: equal digests, equal bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }
}

/// One line with every field; stable, and what [`ExecutionClass::digest`] covers.
impl fmt::Display for ExecutionClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { onnxruntime, build, provider, device, threads, batch } = self;
        let provider = provider.as_str();
        write!(
            f,
            "onnxruntime={onnxruntime};build={build};provider={provider};device={device};threads={threads};batch={batch}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class() -> ExecutionClass {
        ExecutionClass {
            onnxruntime: Digest::of(b"library"),
            build: "git-commit-id=abc".to_owned(),
            provider: Provider::Cpu,
            device: "x86_64+avx2".to_owned(),
            threads: 1,
            batch: 4,
        }
    }

    #[test]
    fn the_digest_is_stable_and_sees_every_field() {
        let expected = "a6e2785d"; // changes only with the text's format, which old runs' identities depend on
        assert_eq!(&class().digest().to_string()[..8], expected);
        let others = [
            ExecutionClass { onnxruntime: Digest::of(b"other"), ..class() },
            ExecutionClass { build: "git-commit-id=abd".to_owned(), ..class() },
            ExecutionClass { provider: Provider::Cuda, ..class() },
            ExecutionClass { device: "x86_64".to_owned(), ..class() },
            ExecutionClass { threads: 2, ..class() },
            ExecutionClass { batch: 8, ..class() },
        ];
        for other in others {
            assert_ne!(other.digest(), class().digest(), "{other}");
        }
    }
}
