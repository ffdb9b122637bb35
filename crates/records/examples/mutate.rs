//! Mutated records through whole imports: no panic, bounded memory. Deterministic: the same seed gives the same inputs.
//!
//! `cargo run --release -p renkei-records --example mutate -- INPUTS SEED [SOURCE]`
//!
//! An input is one message, or one table of an export. Inputs are mutated (bits flipped, parts deleted, doubled,
//! spliced in from other samples, cut off, grown), put into an object store in memory, a hundred messages or the tables
//! of one export at a time, and imported. The run ends with an error at the first panic, at the first import that fails for another reason than a column that is
//! missing, and when one allocation or all together are larger than the limits below. To take in another source, add a
//! line to `SOURCES`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use object_store::memory::InMemory;
use object_store::{ObjectStoreExt as _, PutPayload};
use renkei_artifacts::Location;
use renkei_domain::ErrorKind;
use renkei_records::source::omop::Omop;
use renkei_records::source::ssmix2::SsMix2;
use renkei_records::{ImportOptions, Pseudonymiser, RecordsError, Rules, SiteTables, Source, Summary, import};

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

struct Sample {
    path: &'static str,
    bytes: Vec<u8>,
}

static SOURCES: [Fuzzed; 3] = [
    Fuzzed { name: "ss-mix2", samples: ssmix2, run: |on, at| run(on, SsMix2::new(at)), together: true, caught: false },
    Fuzzed { name: "omop-csv", samples: omop, run: |on, at| run(on, Omop::new(at)), together: false, caught: false },
    Fuzzed {
        name: "omop-parquet",
        samples: parquet,
        run: |on, at| run(on, Omop::new(at)),
        together: false,
        caught: true,
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
    let mut random = Random(seed | 1);
    let (started, mut done, mut rows, mut faults, mut refused) = (Instant::now(), 0, 0_u64, 0_u64, 0_u64);
    while done < inputs {
        let before = random.0;
        let store = Arc::new(InMemory::new());
        let count = if source.together { AT_ONCE } else { samples.len() };
        for input in 0..count {
            let sample = &samples[if source.together { random.below(samples.len()) } else { input }];
            let path = sample.path.replace("{}", &input.to_string());
            let bytes = mutated(&sample.bytes, &samples, &mut random);
            runtime.block_on(store.put(&path.as_str().into(), PutPayload::from(bytes)))?;
        }
        done += count;
        let mut location = Location::resolve("/", Path::new("/"))?;
        (location.store, location.path, location.url) = (store, "".into(), "memory://records/".parse()?);
        match (source.run)(runtime, location)? {
            Ok(summary) => {
                rows += summary.rows.values().sum::<u64>();
                faults += summary.faults.values().sum::<u64>();
            }
            // A header that has lost a column's name, and nothing else.
            Err(error) if error.kind() == ErrorKind::Invalid => refused += 1,
            Err(error) => return Err(format!("{}: state {before}: {error}", source.name).into()),
        }
        let (largest, most) = (LARGEST_SEEN.load(Ordering::SeqCst), MOST_SEEN.load(Ordering::SeqCst));
        let panics = PANICS.load(Ordering::SeqCst);
        if (panics > 0 && !source.caught) || largest > LARGEST || most > MOST {
            return Err(
                format!("{}: state {before}: panic, or {largest} bytes at once, {most} in all", source.name).into()
            );
        }
    }
    println!(
        r#"{{"source": "{}", "seed": {seed}, "inputs": {done}, "rows": {rows}, "faults": {faults}, "refused_imports": {refused}, "caught_panics": {}, "largest_allocation": {}, "most_held": {}, "wall_s": {:.0}}}"#,
        source.name,
        PANICS.load(Ordering::SeqCst),
        LARGEST_SEEN.load(Ordering::SeqCst),
        MOST_SEEN.load(Ordering::SeqCst),
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

/// Messages of each kind of row, in the folders that their names say.
fn ssmix2() -> Vec<Sample> {
    let head = |event: &str| {
        format!(
            "MSH|^~\\&|HIS||GW||20200111120000||{event}|M1|P|2.5||||||~ISO IR87||ISO2022-1994\r\
             PID|0001||1234567^^^^PI||\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B^^^^^L^I||19500102|M\r"
        )
    };
    let message =
        |path: &'static str, event: &str, body: &str| Sample { path, bytes: (head(event) + body).into_bytes() };
    vec![
        message(
            "123/456/1234567/20200110/OML-11/1234567_20200110_OML-11_{}_20200111120000000_01_1",
            "OUL^R22",
            "SPM|1|||023^\x1b$B7l@6\x1b(B^JC10|||||||||||||20200110^20200111\rOBR|1||||||20200110\r\
             OBX|1|NM|5D305^PSA^JC10^1^x^99X||4.05|ng/mL|||||F|||202001101200\r\
             OBX|2|SN|5D305^PSA^JC10||<^0.01|\\X6E67\\/mL|||||F\rOBX|3|CWE|5H010^x^JC10||A^A^JSHR002~B^B^JSHR002||||||F\r",
        ),
        message(
            "123/456/1234567/-/ADT-00/1234567_-_ADT-00_{}_20200111120000000_-_1",
            "ADT^A08",
            "OBX|1|NM|9N001^x^JC10||170|cm|||||F\r",
        ),
        message(
            "123/456/1234567/20200110/OMP-01/1234567_20200110_OMP-01_{}_20200111120000000_01_1",
            "RDE^O11",
            "ORC|NW|1\rRXE||108665201^x^HOT9|1||錠\rTQ1|1||||||20200110|20200114\rORC|CA|2\rRXE||1^x^99X\r",
        ),
        message(
            "123/456/1234567/-/PPR-01/1234567_-_PPR-01_{}_20200111120000000_01_1",
            "PPR^ZD1",
            "PRB|AD|20200110|20054174^x^MDCDX2|1|||20200110||20200201|C61^x^I10|||||||20200101\r",
        ),
        message(
            "123/456/1234567/20200110/ADT-22/1234567_20200110_ADT-22_{}_20200111120000000_01_1",
            "ADT^A01",
            "PV1|1|I||||||||||||||||||||||||||||||||||||||||||20200110|20200120\r",
        ),
    ]
}

/// The tables of the committed export.
fn omop() -> Vec<Sample> {
    macro_rules! table {
        ($name:literal) => {
            Sample { path: $name, bytes: include_bytes!(concat!("../tests/data/omop/csv/", $name)).to_vec() }
        };
    }
    vec![
        table!("person.csv"),
        table!("death.csv"),
        table!("condition_occurrence.csv"),
        table!("drug_exposure.csv"),
        table!("procedure_occurrence.csv"),
        table!("measurement.csv"),
        table!("observation.csv"),
        table!("visit_occurrence.csv"),
        table!("observation_period.csv"),
        table!("concept.csv"),
    ]
}

/// The same tables as Parquet, in five compressions.
fn parquet() -> Vec<Sample> {
    macro_rules! table {
        ($name:literal) => {
            Sample { path: $name, bytes: include_bytes!(concat!("../tests/data/omop/parquet/", $name)).to_vec() }
        };
    }
    vec![
        table!("PERSON.parquet"),
        table!("DEATH.parquet"),
        table!("CONDITION_OCCURRENCE.parquet"),
        table!("DRUG_EXPOSURE.parquet"),
        table!("MEASUREMENT.parquet"),
        table!("VISIT_OCCURRENCE.parquet"),
        table!("CONCEPT.parquet"),
    ]
}

/// A sample with one to eight changes. All but one table in 64 keep their header, or little behind it would be reached.
fn mutated(sample: &[u8], samples: &[Sample], random: &mut Random) -> Vec<u8> {
    let binary = sample.starts_with(b"PAR1");
    let header = sample.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let kept = if binary || random.below(64) == 0 { 0 } else { header };
    let (head, body) = sample.split_at(kept);
    let mut body = body.to_vec();
    for _ in 0..=random.below(8) {
        change(&mut body, samples, random);
    }
    [head, &body].concat()
}

fn change(bytes: &mut Vec<u8>, samples: &[Sample], random: &mut Random) {
    let telling = b"|^~\\&\r\n\x1b\x1c\"$B(DJI<>-.,;e09 \t\x00\xff\x8e";
    let (from, to) = (random.below(bytes.len() + 1), random.below(bytes.len() + 1));
    let length = random.below(40).min(bytes.len() - from);
    let part = bytes[from..from + length].to_vec();
    match random.below(7) {
        0 if from < bytes.len() => bytes[from] ^= 1 << random.below(8),
        1 if from < bytes.len() => bytes[from] = telling[random.below(telling.len())],
        2 => drop(bytes.drain(from..from + length)),
        3 => drop(bytes.splice(to..to, part)),
        4 => {
            let other = &samples[random.below(samples.len())].bytes;
            let at = random.below(other.len());
            let taken: Vec<u8> = other[at..].iter().take(80).copied().collect();
            drop(bytes.splice(to..to, taken));
        }
        5 if random.below(4) == 0 => bytes.truncate(from),
        6 if random.below(16) == 0 => {
            let grown = vec![bytes.get(from).copied().unwrap_or(b'9'); 1 << random.below(14)];
            drop(bytes.splice(to..to, grown));
        }
        _ => {}
    }
}

/// xorshift64* (Vigna 2016): the same inputs for the same seed on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        drawn as usize % end.max(1)
    }
}

static PANICS: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST_SEEN: AtomicUsize = AtomicUsize::new(0);
static LARGEST_SEEN: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counting.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call goes to the system's allocator as it came; the counters touch no memory of it.
#[expect(unsafe_code, reason = "an allocator that counts can be written in no other way")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST_SEEN.fetch_max(layout.size(), Ordering::Relaxed);
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST_SEEN.fetch_max(held, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}
