//! How a failure is told: what, where, what to do, and an exit code that means something.

use std::process::ExitCode;

use renkei_domain::ErrorKind;

/// Prints `error` with its causes and gives the exit code of its kind.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("renkei: {}", text(error));
    ExitCode::from(kind(error).exit_code())
}

/// The error with those causes that say something new.
fn text(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// The kind of the first error in the chain that has one.
pub(crate) fn kind(error: &anyhow::Error) -> ErrorKind {
    error.chain().find_map(kind_of).unwrap_or(ErrorKind::Invalid)
}

fn kind_of(error: &(dyn std::error::Error + 'static)) -> Option<ErrorKind> {
    macro_rules! first {
        ($($known:ty),*) => { None$(.or_else(|| error.downcast_ref::<$known>().map(<$known>::kind)))* };
    }
    first!(
        renkei_artifacts::ArtifactError,
        renkei_cohort::CohortError,
        renkei_cohort::SecretError,
        renkei_coordinator::RunError,
        renkei_demo::DemoError,
        renkei_inference::InferenceError,
        renkei_launch::LaunchError,
        renkei_metastore::Error,
        renkei_proto::WireError,
        renkei_records::RecordsError,
        renkei_runtime::Error,
        renkei_slide::SlideError,
        renkei_stage::ShardError,
        renkei_telemetry::TelemetryError,
        renkei_transport::Error
    )
}
