//! Bytes a second and a core through a whole import of a bulk export on the local disk: listing, the pass over the
//! patients, reading, and writing Parquet. Prints one JSON object; the peer is `benches/peers/fhir_import.py`.
//!
//! `cargo bench -p renkei-records --bench fhir -- [--keep FOLDER] [MEGABYTES]`

use std::fmt::Write as _;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use renkei_artifacts::Location;
use renkei_records::source::fhir::Fhir;
use renkei_records::{ImportOptions, Pseudonymiser, Rules, SiteTables, import};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Observations of one patient in the made-up export.
const OF_A_PATIENT: usize = 200;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let megabytes = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(400);
    let kept = arguments.iter().position(|argument| argument == "--keep").and_then(|place| arguments.get(place + 1));
    let made = std::env::temp_dir().join(format!("renkei-bench-fhir-{}", std::process::id()));
    let folder = kept.map_or(made, PathBuf::from);
    let (export, output) = (folder.join("export"), folder.join("output"));
    if !export.exists() {
        write_export(&export, megabytes << 20)?;
    }
    let rules = Rules::new("bench", Pseudonymiser::new(&[1; 32])?, &SiteTables::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let options = ImportOptions { parallelism: NonZeroUsize::MIN };
    let (started, cpu) = (Instant::now(), cpu_seconds()?);
    let source = Fhir::new(location(&export)?);
    let summary = runtime.block_on(import(source, Arc::new(rules), &location(&output)?, options))?;
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    if kept.is_none() {
        std::fs::remove_dir_all(&folder)?;
    }
    let read = summary.bytes as f64 / 1e6;
    println!(
        r#"{{"resources": {}, "rows": {}, "faults": {}, "bytes": {}, "wall_s": {wall:.2}, "cpu_s": {cpu:.2}, "mb_a_cpu_second": {:.0}}}"#,
        summary.read.values().sum::<u64>(),
        summary.rows.values().sum::<u64>(),
        summary.faults.values().sum::<u64>(),
        summary.bytes,
        read / cpu
    );
    Ok(())
}

/// Patients and their observations as a bulk export writes them, with the members that servers put into each.
fn write_export(folder: &Path, bytes: usize) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    let mut patients = std::io::BufWriter::new(std::fs::File::create(folder.join("Patient.000.ndjson"))?);
    let mut observations = std::io::BufWriter::new(std::fs::File::create(folder.join("Observation.000.ndjson"))?);
    let (mut written, mut line) = (0, String::new());
    for number in 0.. {
        if written >= bytes {
            break;
        }
        let patient = format!("129c6ac7-8d06-89de-ad63-{number:012x}");
        writeln!(
            patients,
            r#"{{"resourceType":"Patient","id":"{patient}","text":{{"status":"generated","div":"<div>x</div>"}},"identifier":[{{"system":"urn:oid:1.2.3","value":"{number:08}"}}],"name":[{{"family":"Medhurst46","given":["Sumiko254"]}}],"gender":"male","birthDate":"1950-05-21"}}"#
        )?;
        for order in 0..OF_A_PATIENT {
            line.clear();
            observation(&mut line, &patient, number * OF_A_PATIENT + order)?;
            observations.write_all(line.as_bytes())?;
            written += line.len();
        }
    }
    patients.flush()?;
    Ok(observations.flush()?)
}

/// One observation of some 900 bytes, about what Synthea and the servers of hospitals write.
fn observation(line: &mut String, patient: &str, number: usize) -> Outcome<()> {
    let (code, display, unit) = [
        ("2857-1", "Prostate specific Ag [Mass/volume] in Serum or Plasma", "ng/mL"),
        ("29463-7", "Body Weight", "kg"),
        ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL"),
        ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL"),
    ][number % 4];
    let (value, month, day) = (number % 97, number % 12 + 1, number % 28 + 1);
    writeln!(
        line,
        r#"{{"resourceType":"Observation","id":"0023b3a7-2ded-840c-ee5b-{number:012x}","meta":{{"versionId":"1","lastUpdated":"2024-08-06T14:11:57.560-04:00","profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]}},"status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"Laboratory"}}],"text":"Laboratory"}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"{code}","display":"{display}"}}],"text":"{display}"}},"subject":{{"reference":"Patient/{patient}"}},"encounter":{{"reference":"Encounter/f6003197-6507-1168-87be-{number:012x}"}},"effectiveDateTime":"2019-{month:02}-{day:02}T22:58:16-05:00","issued":"2019-{month:02}-{day:02}T22:58:16.123-05:00","valueQuantity":{{"value":{value}.{day},"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}}}}"#
    )?;
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
