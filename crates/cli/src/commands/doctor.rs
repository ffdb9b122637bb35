//! `renkei doctor`: is this machine, and is this store, fit to run?

use std::process::ExitCode;

use renkei_artifacts::probe_conditional_create;
use renkei_domain::ErrorKind;
use renkei_inference::Runtime;
use renkei_runtime::{AttemptIds as _, SystemAttemptIds};
use serde::Serialize;

use crate::args::{DoctorArgs, Format};
use crate::display;
use crate::session::{ledger_of, location_of, site_key};

#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    good: bool,
    says: String,
}

pub(crate) async fn doctor(args: DoctorArgs, format: Format) -> anyhow::Result<ExitCode> {
    let findings = vec![
        finding("ONNX Runtime", runtime(&args)),
        finding("site key", site_key(args.machine.site_key.as_deref()).map(|_| "usable".to_owned())),
        finding("store", store(&args).await),
        finding("cores", std::thread::available_parallelism().map(|cores| cores.to_string()).map_err(Into::into)),
    ];
    display::print(format, &findings, |findings| text(findings))?;
    let good = findings.iter().all(|finding| finding.good);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(ErrorKind::Invalid.exit_code()) })
}

fn finding(what: &'static str, outcome: anyhow::Result<String>) -> Finding {
    match outcome {
        Ok(says) => Finding { what, good: true, says },
        Err(error) => Finding { what, good: false, says: format!("{error:#}") },
    }
}

fn runtime(args: &DoctorArgs) -> anyhow::Result<String> {
    let library = renkei_inference::locate(args.machine.onnxruntime.as_deref())?;
    Ok(Runtime::init(&library)?.build_info().to_owned())
}

/// Races sixteen writers for one key and opens the control store.
async fn store(args: &DoctorArgs) -> anyhow::Result<String> {
    let location = location_of(&args.store)?;
    probe_conditional_create(&location.store, &location.path, &SystemAttemptIds.next()).await?;
    let runs = ledger_of(&location).await?.runs().await?.len();
    Ok(format!("{location}: exactly one of 16 writers won, {runs} runs"))
}

fn text(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        format!("{} {:<13} {}", if finding.good { "ok  " } else { "FAIL" }, finding.what, finding.says)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}
