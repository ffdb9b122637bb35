//! Imports much more than memory holds, and says how much it took: records are made as they are asked for, so that they
//! need no disk; the output does, some 5 % of them, and is removed.
//!
//! `cargo run --release -p renkei-records --example large -- fhir|omop|ss-mix2 GIGABYTES [PARALLELISM]`
//!
//! Prints one JSON object. 100,000 persons whatever the size: what is held grows with those only, so that the peak of 10
//! gigabytes should be that of one.

mod forms;
mod store;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use renkei_artifacts::Location;
use renkei_records::source::fhir::Fhir;
use renkei_records::source::omop::Omop;
use renkei_records::source::ssmix2::SsMix2;
use renkei_records::{ImportOptions, Pseudonymiser, RecordsError, Rules, SiteTables, Source, Summary, import};

use store::{Generated, Made};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [form, gigabytes, ..] = &arguments[..] else { return Err("say the form and the gigabytes".into()) };
    let bytes = gigabytes.parse::<u64>()? * 1_000_000_000;
    let parallelism = arguments.get(2).map_or(Ok(NonZeroUsize::MIN), |text| text.parse())?;
    let output = std::env::temp_dir().join(format!("renkei-large-{}", std::process::id()));
    let (started, cpu) = (Instant::now(), cpu_seconds()?);
    let done = match form.as_str() {
        "fhir" => run(Fhir::new(made(forms::fhir(bytes))?), &output, parallelism),
        "omop" => run(Omop::new(made(forms::omop(bytes))?), &output, parallelism),
        "ss-mix2" => run(SsMix2::new(made(forms::SsMix2::new(bytes))?), &output, parallelism),
        _ => return Err("the forms are fhir, omop and ss-mix2".into()),
    };
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    std::fs::remove_dir_all(&output)?;
    let summary = done??;
    let rows = summary.rows.values().sum::<u64>();
    println!(
        r#"{{"form": "{form}", "bytes": {}, "rows": {rows}, "faults": {}, "output_bytes": {}, "wall_s": {wall:.0}, "cpu_s": {cpu:.0}, "rows_a_second": {:.0}, "mb_a_second": {:.0}, "peak_mib": {}}}"#,
        summary.bytes,
        summary.faults.values().sum::<u64>(),
        summary.output.values().map(|file| file.bytes).sum::<u64>(),
        rows as f64 / wall,
        summary.bytes as f64 / 1e6 / wall,
        peak_mib()?
    );
    Ok(())
}

/// Where the records are.
fn made(records: impl Made) -> Outcome<Location> {
    let mut location = Location::resolve("/", Path::new("/"))?;
    location.store = Arc::new(Generated::new(records));
    (location.path, location.url) = ("".into(), "memory://records/".parse()?);
    Ok(location)
}

fn run<S: Source>(source: S, output: &Path, parallelism: NonZeroUsize) -> Outcome<Result<Summary, RecordsError>> {
    let rules = Rules::new("large", Pseudonymiser::new(&[1; 32])?, &SiteTables::default())?;
    let output = Location::resolve(output.to_str().ok_or("no text")?, Path::new("/"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(import(source, Arc::new(rules), &output, ImportOptions { parallelism })))
}

/// Kernel and user time of this process, all threads (proc(5), fields 14 and 15, in hundredths of a second).
fn cpu_seconds() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
}

/// The most memory that this process has held (proc(5), VmHWM).
fn peak_mib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? / 1024)
}
