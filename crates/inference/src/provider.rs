//! Where a session runs: on the processor, or on an NVIDIA GPU through CUDA.

use std::path::Path;

use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{CUDA, ExecutionProvider as _};
use ort::session::builder::SessionBuilder;
use serde::{Deserialize, Serialize};

use crate::error::{InferenceError, Result};

/// What the spec asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderChoice {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU, or an error.
    Cuda,
    /// A GPU where the library and the driver offer one, else the processor.
    Auto,
}

/// What a session runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU. Written after ONNX Runtime's documentation; not yet run on a GPU by this project's tests.
    Cuda,
}

impl Provider {
    /// The name as it stands in an execution class.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        }
    }

    /// The device whose kind decides the bytes: processor features, or GPU models with their driver.
    pub(crate) fn device(self) -> Result<String> {
        match self {
            Self::Cpu => Ok(processor_features()),
            Self::Cuda => gpu_models(Path::new("/proc/driver/nvidia"))
                .map_err(|source| unavailable(&format!("the GPU's model cannot be read ({source})"))),
        }
    }
}

fn unavailable(reason: &str) -> InferenceError {
    InferenceError::ProviderUnavailable { provider: Provider::Cuda.as_str(), reason: reason.to_owned() }
}

/// Registers what `choice` asks for on a session that is being built.
pub(crate) fn register(choice: ProviderChoice, builder: &mut SessionBuilder) -> Result<Provider> {
    match (choice, register_cuda_unless(choice == ProviderChoice::Cpu, builder)) {
        (ProviderChoice::Cpu, _) => Ok(Provider::Cpu),
        (_, Ok(())) => Ok(Provider::Cuda),
        (ProviderChoice::Cuda, Err(error)) => Err(error),
        (ProviderChoice::Auto, Err(error)) => {
            tracing::info!(reason = %error, "no GPU: the encoder runs on the processor");
            Ok(Provider::Cpu)
        }
    }
}

fn register_cuda_unless(skip: bool, builder: &mut SessionBuilder) -> Result<()> {
    if skip {
        return Ok(());
    }
    if !CUDA::is_available().unwrap_or(false) {
        return Err(unavailable("this ONNX Runtime library was built without CUDA"));
    }
    // An exhaustive search picks convolution algorithms by timing, and TF32 rounds to 10 bits: neither can be repeated.
    let cuda = CUDA::default().with_conv_algorithm_search(ConvAlgorithmSearch::Heuristic).with_tf32(false);
    cuda.register(builder).map_err(|error| unavailable(error.message()))
}

/// The instruction sets among those that ONNX Runtime's kernels are chosen by, in a fixed order.
#[cfg(target_arch = "x86_64")]
fn processor_features() -> String {
    let found = [
        ("avx", std::is_x86_feature_detected!("avx")),
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("f16c", std::is_x86_feature_detected!("f16c")),
        ("avxvnni", std::is_x86_feature_detected!("avxvnni")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512bw", std::is_x86_feature_detected!("avx512bw")),
        ("avx512dq", std::is_x86_feature_detected!("avx512dq")),
        ("avx512vl", std::is_x86_feature_detected!("avx512vl")),
        ("avx512vnni", std::is_x86_feature_detected!("avx512vnni")),
        ("avx512bf16", std::is_x86_feature_detected!("avx512bf16")),
    ];
    joined("x86_64", &found)
}

/// The instruction sets among those that ONNX Runtime's kernels are chosen by, in a fixed order.
#[cfg(target_arch = "aarch64")]
fn processor_features() -> String {
    let found = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
        ("i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
        ("bf16", std::arch::is_aarch64_feature_detected!("bf16")),
        ("sve", std::arch::is_aarch64_feature_detected!("sve")),
    ];
    joined("aarch64", &found)
}

fn joined(architecture: &str, found: &[(&str, bool)]) -> String {
    let present = found.iter().filter(|(_, present)| *present).map(|(name, _)| *name);
    std::iter::once(architecture).chain(present).collect::<Vec<_>>().join("+")
}

/// The driver's version line and each GPU's model, from the driver's files under `proc`.
fn gpu_models(proc: &Path) -> std::io::Result<String> {
    let version = std::fs::read_to_string(proc.join("version"))?;
    let mut models = Vec::new();
    for entry in std::fs::read_dir(proc.join("gpus"))? {
        let text = std::fs::read_to_string(entry?.path().join("information"))?;
        models.extend(text.lines().filter_map(|line| line.strip_prefix("Model:")).map(|model| model.trim().to_owned()));
    }
    models.sort();
    let driver = version.lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(format!("{} ({driver})", models.join("+")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_keep_their_order_and_leave_out_what_is_absent() {
        assert_eq!(joined("x", &[("b", true), ("c", false), ("a", true)]), "x+b+a");
    }

    #[test]
    fn a_gpus_model_and_driver_are_read() {
        let proc = tempfile::tempdir().unwrap();
        let gpu = proc.path().join("gpus/0000:01:00.0");
        std::fs::create_dir_all(&gpu).unwrap();
        std::fs::write(gpu.join("information"), "Model: \t NVIDIA H100\nIRQ: 1\n").unwrap();
        std::fs::write(proc.path().join("version"), "NVRM version: NVIDIA  570.1\nGCC version: 12\n").unwrap();
        assert_eq!(gpu_models(proc.path()).unwrap(), "NVIDIA H100 (NVRM version: NVIDIA 570.1)");
        assert!(gpu_models(&proc.path().join("absent")).is_err());
    }
}
