//! How often the whole analysis finds what was planted in synthetic cohorts, and how often what was not: power and
//! false-positive rates with exact intervals. Everything is SYNTHETIC and supports no clinical claim.
//!
//! `cargo bench -p renkei-planted --bench recovery -- [--seeds 200] [--threads 2] [--bootstrap 199] [--key-features 32]
//! [--stain 0] [--truths planted,strong,null,confounded] [--library FILE] [--out FILE]`. The library of tiles is made by
//! `benches/planted/library.py` from real slides. FILE keeps the runs as they end; the same command goes on from it. Results do
//! not depend on the number of threads.

mod kept;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Instant;

use kept::Kept;
use renkei_domain::spec::ModelSpec;
use renkei_planted::study::{Recovered, Settings, figures, key_features, recover, table};
use renkei_planted::{Cohort, Library, NOTICE, PlantedError, Truth};

/// Kinds of tissue that the library is sorted into, and the seed of that.
const KINDS: (usize, u64) = (8, 1);
const OPTIONS: [&str; 8] =
    ["--seeds", "--threads", "--bootstrap", "--key-features", "--stain", "--truths", "--library", "--out"];

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

struct Plan {
    truths: Vec<Truth>,
    library: Library,
    settings: Settings,
    key_features: usize,
}

fn main() -> Outcome<()> {
    let options = options()?;
    let number = |name: &str, default: u64| -> Outcome<u64> {
        Ok(options.get(name).map(|text| text.parse()).transpose()?.unwrap_or(default))
    };
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.renkei/planted/library.bin");
    let path = options.get("--library").map_or(default, PathBuf::from);
    println!("{NOTICE}");
    if !path.is_file() {
        println!("skipped: {} is absent; make it with benches/planted/library.py", path.display());
        return Ok(());
    }
    let stain: f64 = options.get("--stain").map(|text| text.parse()).transpose()?.unwrap_or(0.0);
    let names = options.get("--truths").map_or("planted,strong,null,confounded", String::as_str);
    let model = ModelSpec { bootstrap: number("--bootstrap", 199)? as u32, permutations: 0, ..ModelSpec::default() };
    let plan = Plan {
        truths: names.split(',').map(|name| Ok(truth(name)?.stained(stain))).collect::<Outcome<_>>()?,
        library: library(&path)?,
        settings: Settings { model, horizons_years: vec![2.0, 5.0] },
        key_features: number("--key-features", 32)? as usize,
    };
    let cores = std::thread::available_parallelism()?.get() as u64;
    let (seeds, threads) = (number("--seeds", 200)?, number("--threads", cores)?);
    let start = Instant::now();
    let mut kept = Kept::open(options.get("--out").map(Path::new), &plan.head())?;
    plan.run(seeds, threads, &mut kept)?;
    let of = |truth: &Truth| -> Vec<Recovered> {
        let runs = kept.runs.range(..seeds).flat_map(|(_, runs)| runs);
        runs.filter(|run| run.truth == truth.name).cloned().collect()
    };
    let by_truth: Vec<_> = plan.truths.iter().map(|truth| (truth.name.clone(), figures(&of(truth)))).collect();
    println!("{seeds} seeds, stain {stain}, {:?}, {} s\n", plan.settings, start.elapsed().as_secs());
    println!("{}", table(&by_truth));
    Ok(())
}

/// `--name value` pairs; cargo adds `--bench`.
fn options() -> Outcome<BTreeMap<String, String>> {
    let mut given = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut options = BTreeMap::new();
    while let Some(name) = given.next() {
        if !OPTIONS.contains(&name.as_str()) {
            return Err(format!("{name} is no option: {}", OPTIONS.join(", ")).into());
        }
        let value = given.next().ok_or(format!("{name} needs a value"))?;
        options.insert(name, value);
    }
    Ok(options)
}

fn truth(name: &str) -> Outcome<Truth> {
    match name {
        "planted" => Ok(Truth::planted(KINDS.0)),
        "strong" => Ok(Truth::strong(KINDS.0)),
        "null" => Ok(Truth::null(KINDS.0)),
        "confounded" => Ok(Truth::confounded(KINDS.0)),
        other => Err(format!("{other} is no truth: planted, strong, null, confounded").into()),
    }
}

/// One line of JSON with the columns, then rows of little-endian f32.
fn library(path: &Path) -> Outcome<Library> {
    let bytes = std::fs::read(path)?;
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or("the library has no first line")?;
    let head: serde_json::Value = serde_json::from_slice(&bytes[..end])?;
    let columns = head["columns"].as_u64().ok_or("the library does not say its columns")? as usize;
    let (values, rest) = bytes[end + 1..].as_chunks::<4>();
    if !rest.is_empty() {
        return Err("the library ends within a number".into());
    }
    let features = values.iter().map(|value| f32::from_le_bytes(*value)).collect();
    let library = Library::sorted_by_look(features, columns, KINDS.0, KINDS.1)?;
    let sizes: Vec<usize> = (0..library.kinds()).map(|kind| library.of_kind(kind).len()).collect();
    println!("tiles of real tissue: {head}; by kind: {sizes:?}");
    Ok(library)
}

impl Plan {
    /// What is run, in full.
    fn head(&self) -> serde_json::Value {
        serde_json::json!({
            "notice": NOTICE, "truths": self.truths, "model": self.settings.model,
            "horizons_years": self.settings.horizons_years, "key_features": self.key_features,
        })
    }

    /// Runs those of the seeds 0, 1, ... that are not kept yet, on threads that each take the next one.
    fn run(&self, seeds: u64, threads: u64, kept: &mut Kept) -> Outcome<()> {
        let missing: Vec<u64> = (0..seeds).filter(|seed| !kept.runs.contains_key(seed)).collect();
        let next = Mutex::new(missing.into_iter());
        let (sender, ended) = mpsc::channel();
        let work = |sender: mpsc::Sender<(u64, Result<Vec<Recovered>, PlantedError>)>| {
            let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some(seed) = take() {
                if sender.send((seed, self.seed(seed))).is_err() {
                    return;
                }
            }
        };
        std::thread::scope(|scope| {
            for sender in std::iter::repeat_n(sender, threads.max(1) as usize) {
                scope.spawn(|| work(sender));
            }
            for (seed, runs) in ended {
                kept.add(seed, runs?)?;
                eprintln!("{} of {seeds} seeds", kept.runs.len());
            }
            Ok(())
        })
    }

    /// The truths differ in outcomes only, so that they share cases and key features.
    fn seed(&self, seed: u64) -> Result<Vec<Recovered>, PlantedError> {
        let Some(first) = self.truths.first() else { return Ok(Vec::new()) };
        let cohort = Cohort::draw(first, &self.library, seed)?;
        let features = key_features(&cohort, self.key_features, seed)?;
        self.truths.iter().map(|truth| recover(truth, &cohort, &features, &self.settings, seed)).collect()
    }
}
