//! Rows a second and a core through a whole import of an OMOP export on the local disk: `person` and a `measurement`
//! table in Parquet. Prints one JSON object. `benches/peers/omop_import.py` does the same projection and join in DuckDB;
//! with a folder as second argument the export is left there for it.
//!
//! `cargo bench -p renkei-records --bench omop -- [ROWS] [FOLDER]`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use renkei_artifacts::Location;
use renkei_records::source::omop::Omop;
use renkei_records::{ImportOptions, Pseudonymiser, Rules, SiteTables, Table, import};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measurements of one person.
const OF_A_PERSON: i32 = 100;
/// Rows of a row group: what DuckDB writes.
const ROW_GROUP: i32 = 122_880;
/// A PSA, a body weight, a haemoglobin and an INR, with their units.
const KINDS: [(i32, i32); 4] = [(3_013_603, 8842), (3_025_315, 9529), (3_000_963, 8713), (3_022_217, 0)];

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let count: i32 = arguments.next().map_or(Ok(4_000_000), |count| count.parse())?;
    let kept = arguments.next().map(PathBuf::from);
    let scratch = std::env::temp_dir().join(format!("renkei-bench-omop-{}", std::process::id()));
    let (export, output) = (kept.clone().unwrap_or_else(|| scratch.join("export")), scratch.join("output"));
    write_export(&export, count)?;
    let rules = Rules::new("bench", Pseudonymiser::new(&[1; 32])?, &SiteTables::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let options = ImportOptions { parallelism: NonZeroUsize::MIN };
    let (started, cpu) = (Instant::now(), cpu_seconds()?);
    let source = Omop::new(location(&export)?);
    let summary = runtime.block_on(import(source, Arc::new(rules), &location(&output)?, options))?;
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    std::fs::remove_dir_all(&scratch)?;
    let rows = summary.rows[&Table::Measurement] as f64;
    println!(
        r#"{{"rows": {rows}, "bytes": {}, "wall_s": {wall:.2}, "cpu_s": {cpu:.2}, "rows_a_cpu_second": {:.0}, "peak_mib": {}}}"#,
        summary.bytes,
        rows / cpu,
        peak_mib()?
    );
    Ok(())
}

fn write_export(folder: &Path, count: i32) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    let persons = 0..count / OF_A_PERSON + 1;
    let columns: [(&str, ArrayRef); 3] = [
        ("person_id", Arc::new(Int32Array::from_iter_values(persons.clone()))),
        ("gender_concept_id", Arc::new(Int32Array::from_iter_values(persons.clone().map(|_| 8507)))),
        ("year_of_birth", Arc::new(Int32Array::from_iter_values(persons.map(|person| 1930 + person % 50)))),
    ];
    write(&folder.join("person.parquet"), std::iter::once(Ok(RecordBatch::try_from_iter(columns)?)))?;
    let groups = (0..count).step_by(ROW_GROUP as usize);
    let persons = count / OF_A_PERSON;
    let batches = groups.map(|from| measurements(from..count.min(from + ROW_GROUP), persons));
    write(&folder.join("measurement.parquet"), batches)
}

fn measurements(rows: std::ops::Range<i32>, persons: i32) -> Outcome<RecordBatch> {
    // Rows in the order in which results come in, so that persons are mixed.
    let mixed = |row: i32| (i64::from(row) * 7919 % 1_000_003) as i32;
    let kind = |row: i32| KINDS[row as usize % KINDS.len()];
    let numbers = |of: &dyn Fn(i32) -> i32| Arc::new(Int32Array::from_iter_values(rows.clone().map(of))) as ArrayRef;
    let values = Decimal128Array::from_iter_values(rows.clone().map(|row| i128::from(mixed(row) % 90_000 + 1)));
    let texts = StringArray::from_iter_values(rows.clone().map(|row| format!("result {} of the source", mixed(row))));
    let columns: [(&str, ArrayRef); 9] = [
        ("measurement_id", numbers(&|row| row)),
        ("person_id", numbers(&|row| mixed(row) % persons.max(1))),
        ("measurement_concept_id", numbers(&|row| kind(row).0)),
        (
            "measurement_date",
            Arc::new(Date32Array::from_iter_values(rows.clone().map(|row| 10_000 + mixed(row) % 9000))),
        ),
        ("operator_concept_id", numbers(&|row| if row % 50 == 0 { 4_171_756 } else { 0 })),
        ("value_as_number", Arc::new(values.with_precision_and_scale(18, 3)?)),
        ("value_as_concept_id", numbers(&|_| 0)),
        ("unit_concept_id", numbers(&|row| kind(row).1)),
        ("value_source_value", Arc::new(texts)),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

fn write(path: &Path, mut batches: impl Iterator<Item = Outcome<RecordBatch>>) -> Outcome<()> {
    let first = batches.next().ok_or("no rows")??;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP as usize))
        .build();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path)?, first.schema(), Some(properties))?;
    writer.write(&first)?;
    for batch in batches {
        writer.write(&batch?)?;
    }
    writer.close()?;
    Ok(())
}

fn location(path: &Path) -> Outcome<Location> {
    Ok(Location::resolve(path.to_str().ok_or("no text")?, Path::new("/"))?)
}

/// Kernel and user time of this process, all threads (proc(5), fields 14 and 15, in hundredths of a second).
fn cpu_seconds() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
}

/// The most memory this process has held, the making of the export included (proc(5), VmHWM).
fn peak_mib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? / 1024)
}
