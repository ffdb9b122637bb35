//! `renkei cohort check`: everything that keeps a cohort from being made or predicted from, at once.

use std::process::ExitCode;

use renkei_domain::ErrorKind;
use renkei_launch::{Check, LaunchError};
use serde::Serialize;

use super::Opened;
use crate::args::{CheckArgs, Format};
use crate::display;

#[derive(Debug, Serialize)]
struct Checked {
    /// Whether a run could use it.
    fit: bool,
    faults: Vec<Fault>,
    warnings: Vec<String>,
    /// Cases that would be selected; none where the query could not be run.
    cases: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Fault {
    kind: ErrorKind,
    says: String,
}

pub(super) async fn check(args: CheckArgs, format: Format) -> anyhow::Result<ExitCode> {
    let opened = Opened::of(&args.spec, &args.site)?;
    let found = opened.half.check(&opened.stores, &opened.pseudonyms).await;
    let code = found.faults.first().map_or(ExitCode::SUCCESS, |fault| ExitCode::from(fault.kind().exit_code()));
    display::print(format, &checked(&found), text)?;
    Ok(code)
}

fn checked(found: &Check) -> Checked {
    let fault = |fault: &LaunchError| Fault { kind: fault.kind(), says: fault.to_string() };
    Checked {
        fit: found.faults.is_empty(),
        faults: found.faults.iter().map(fault).collect(),
        warnings: found.warnings.iter().map(ToString::to_string).collect(),
        cases: found.cohort.as_ref().map(|cohort| cohort.cases.num_rows()),
    }
}

fn text(checked: &Checked) -> String {
    let cases = checked.cases.map_or("no rows could be selected".to_owned(), |cases| format!("{cases} cases"));
    let (faults, warnings) = (checked.faults.len(), checked.warnings.len());
    let verdict = if checked.fit { "fit to predict from" } else { "not fit" };
    let mut lines = vec![format!("{verdict}: {cases}; faults: {faults}, warnings: {warnings}")];
    let listed = |kind: &str, says: &str| format!("  {kind:<7} {}", says.trim_end().replace('\n', "\n          "));
    lines.extend(checked.faults.iter().map(|fault| listed("fault", &fault.says)));
    lines.extend(checked.warnings.iter().map(|warning| listed("warning", warning)));
    lines.join("\n")
}
