//! Mutated records through whole imports: no panic, bounded memory. Deterministic: the same seed gives the same inputs.
//!
//! `cargo run --release -p renkei-records --example mutate -- INPUTS SEED [SOURCE]`
//!
//! An input is one message, one table of an export, or one file of a FHIR export. Inputs are mutated (bits flipped, parts
//! deleted, doubled, spliced in from other samples, cut off, grown), put into an object store in memory, a hundred
//! messages or files or the tables of one export at a time, and imported. The run ends with an error at the first panic,
//! at the first import that fails for another reason than a column that is missing, and when one allocation or all
//! together are larger than the limits below. To take in another source, add a line to `SOURCES`. With `RENKEI_SHARED`
//! the FHIR samples below it are mutated too.

mod change;
mod counting;
mod fhir;
mod samples;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use object_store::memory::InMemory;
use object_store::{ObjectStoreExt as _, PutPayload};
use renkei_artifacts::Location;
use renkei_domain::ErrorKind;
use renkei_records::source::fhir::{Fhir, Limits};
use renkei_records::source::omop::Omop;
use renkei_records::source::ssmix2::SsMix2;
use renkei_records::{
    FaultCounts, ImportOptions, Pseudonymiser, RecordsError, Rules, SiteTables, Source, Summary, import,
};

use change::{Random, mutated};
use samples::{Sample, omop, parquet, ssmix2};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The largest single allocation allowed, in bytes: inputs hold some KiB.
const LARGEST: usize = 64 << 20;
/// The most memory held at any time, in bytes.
const MOST: usize = 512 << 20;
/// Inputs of one import.
const AT_ONCE: usize = 100;

/// A source: its name, its samples as paths below the source's folder with their bytes, and what imports a folder.
struct Fuzzed {
    name: &'static str,
    samples: fn() -> Vec<Sample>,
    run: fn(&tokio::runtime::Runtime, Location) -> Outcome<Result<Summary, RecordsError>>,
    /// Whether each input stands beside others, or has an export of its own made of all samples.
    together: bool,
    /// Whether a library below panics over broken files, which the source must catch and make a fault of the file.
    caught: bool,
}

/// Panics so far.
static PANICS: AtomicUsize = AtomicUsize::new(0);

static SOURCES: [Fuzzed; 5] = [
    Fuzzed { name: "ss-mix2", samples: ssmix2, run: |on, at| run(on, SsMix2::new(at)), together: true, caught: false },
    Fuzzed { name: "omop-csv", samples: omop, run: |on, at| run(on, Omop::new(at)), together: false, caught: false },
    Fuzzed {
        name: "omop-parquet",
        samples: parquet,
        run: |on, at| run(on, Omop::new(at)),
        together: false,
        caught: true,
    },
    Fuzzed {
        name: "fhir",
        samples: fhir::samples,
        run: |on, at| run(on, Fhir::new(at)),
        together: true,
        caught: false,
    },
    Fuzzed {
        name: "fhir-cut",
        samples: fhir::samples,
        // Cut within nearly every file, and patients known by a number.
        run: |on, at| {
            run(on, Fhir::new(at).with_identifier(fhir::NUMBERS).with_limits(Limits { piece: 256, longest: 4096 }))
        },
        together: true,
        caught: false,
    },
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let inputs: usize = arguments.first().map_or(Ok(10_000), |text| text.parse())?;
    let seed: u64 = arguments.get(1).map_or(Ok(1), |text| text.parse())?;
    let chosen: Vec<&Fuzzed> =
        SOURCES.iter().filter(|source| arguments.get(2).is_none_or(|name| name == source.name)).collect();
    if chosen.is_empty() {
        return Err("no source of that name".into());
    }
    std::panic::set_hook(Box::new(|panic| {
        // Those that a source must catch are too many to list.
        if PANICS.fetch_add(1, Ordering::SeqCst) == 0 {
            eprintln!("{panic}");
        }
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for source in &chosen {
        fuzz(source, inputs.div_ceil(chosen.len()), seed, &runtime)?;
    }
    Ok(())
}

fn fuzz(source: &Fuzzed, inputs: usize, seed: u64, runtime: &tokio::runtime::Runtime) -> Outcome<()> {
    let samples = (source.samples)();
    PANICS.store(0, Ordering::SeqCst);
    let mut random = Random::new(seed);
    let (started, mut done, mut rows, mut refused) = (Instant::now(), 0, 0_u64, 0_u64);
    let mut faults = FaultCounts::new();
    while done < inputs {
        let before = random.state();
        let store = Arc::new(InMemory::new());
        let count = if source.together { AT_ONCE } else { samples.len() };
        for input in 0..count {
            let sample = &samples[if source.together { random.below(samples.len()) } else { input }];
            let path = sample.path.replace("{}", &input.to_string());
            let bytes = mutated(sample, &samples, &mut random);
            runtime.block_on(store.put(&path.as_str().into(), PutPayload::from(bytes)))?;
        }
        done += count;
        let mut location = Location::resolve("/", Path::new("/"))?;
        (location.store, location.path, location.url) = (store, "".into(), "memory://records/".parse()?);
        match (source.run)(runtime, location)? {
            Ok(summary) => {
                rows += summary.rows.values().sum::<u64>();
                for (kind, count) in summary.faults {
                    *faults.entry(kind).or_default() += count;
                }
            }
            // A header that has lost a column's name, and nothing else.
            Err(error) if error.kind() == ErrorKind::Invalid => refused += 1,
            Err(error) => return Err(format!("{}: state {before}: {error}", source.name).into()),
        }
        let (largest, most) = (counting::largest(), counting::most());
        let panics = PANICS.load(Ordering::SeqCst);
        if (panics > 0 && !source.caught) || largest > LARGEST || most > MOST {
            return Err(
                format!("{}: state {before}: panic, or {largest} bytes at once, {most} in all", source.name).into()
            );
        }
    }
    println!(
        r#"{{"source": "{}", "seed": {seed}, "inputs": {done}, "rows": {rows}, "faults": {}, "refused_imports": {refused}, "caught_panics": {}, "largest_allocation": {}, "most_held": {}, "wall_s": {:.0}}}"#,
        source.name,
        serde_json::to_string(&faults)?,
        PANICS.load(Ordering::SeqCst),
        counting::largest(),
        counting::most(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn run<S: Source>(runtime: &tokio::runtime::Runtime, source: S) -> Outcome<Result<Summary, RecordsError>> {
    let rules = Rules::new("fuzz", Pseudonymiser::new(&[1; 32])?, &SiteTables::default())?;
    let mut output = Location::resolve("/", Path::new("/"))?;
    (output.store, output.path) = (Arc::new(InMemory::new()), "output".into());
    let options = ImportOptions { parallelism: NonZeroUsize::MIN };
    Ok(runtime.block_on(import(source, Arc::new(rules), &output, options)))
}
