//! The execution class: what must be equal for features to be equal to the byte (DESIGN section 5).
//!
//! Measured with ONNX Runtime 1.32.0 on the processor: neither batch size nor thread count changes a byte for the
//! convolutional encoders tried, but both do for a vision transformer (matrices of one row take another kernel, and
//! threads divide them), by 3e-6. So both belong to the class. The number of sessions does not.

use std::fmt;

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::provider::Provider;
use crate::runtime::Runtime;

/// What stands before the batch, the last field of a class's text.
const BATCH: &str = ";batch=";

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
    /// The class of sessions of `runtime` on this machine's `provider`. Needs no encoder.
    pub fn of(runtime: &Runtime, provider: Provider, threads: usize, batch: usize) -> Result<Self> {
        let (onnxruntime, build) = (runtime.digest(), runtime.build_info().to_owned());
        Ok(Self { onnxruntime, build, provider, device: provider.device()?, threads, batch })
    }

    /// The class's text without the batch: what a worker knows of itself before it opens a run, whose spec sets the batch.
    #[must_use]
    pub fn machine(&self) -> String {
        let Self { onnxruntime, build, provider, device, threads, batch: _ } = self;
        let provider = provider.as_str();
        format!("onnxruntime={onnxruntime};build={build};provider={provider};device={device};threads={threads}")
    }

    /// The text of the class that machines of the text `machine` compute batches of `batch` tiles in.
    #[must_use]
    pub fn of_machine(machine: &str, batch: usize) -> String {
        format!("{machine}{BATCH}{batch}")
    }

    /// The text of the machines that the class with the text `class` needs; `None` where `class` is no class's text.
    #[must_use]
    pub fn machine_of(class: &str) -> Option<&str> {
        let (machine, batch) = class.rsplit_once(BATCH)?;
        batch.parse::<usize>().is_ok().then_some(machine)
    }

    /// The digest of the class's text: equal digests, equal bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }
}

/// One line with every field; stable, and what [`ExecutionClass::digest`] covers.
impl fmt::Display for ExecutionClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::of_machine(&self.machine(), self.batch))
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

    #[test]
    fn a_machine_and_a_batch_make_the_class_and_back() {
        let machine = class().machine();
        assert_eq!(ExecutionClass::of_machine(&machine, 4), class().to_string());
        assert_eq!(ExecutionClass { batch: 64, ..class() }.machine(), machine);
        assert_eq!(ExecutionClass::machine_of(&class().to_string()), Some(&*machine));
        for text in ["", "t", &machine, "x;batch=", "x;batch=many"] {
            assert_eq!(ExecutionClass::machine_of(text), None, "{text}");
        }
    }
}
