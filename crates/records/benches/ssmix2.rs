//! Messages a second and a core through a whole import of a storage on the local disk: listing, fetching, reading, and
//! writing Parquet. Prints one JSON object.
//!
//! `cargo bench -p renkei-records --bench ssmix2 -- [MESSAGES]`

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use renkei_artifacts::Location;
use renkei_records::source::ssmix2::SsMix2;
use renkei_records::{ImportOptions, Pseudonymiser, Rules, SiteTables, import};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Results in one message: about what one blood sample gives.
const RESULTS: usize = 10;
/// Messages of one patient.
const OF_A_PATIENT: usize = 20;

fn main() -> Outcome<()> {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(20_000);
    let folder = std::env::temp_dir().join(format!("renkei-bench-ssmix2-{}", std::process::id()));
    let (storage, output) = (folder.join("storage"), folder.join("output"));
    let bytes = write_storage(&storage, count)?;
    let rules = Rules::new("bench", Pseudonymiser::new(&[1; 32])?, &SiteTables::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let options = ImportOptions { parallelism: NonZeroUsize::MIN };
    let (started, cpu) = (Instant::now(), cpu_seconds()?);
    let source = SsMix2::new(location(&storage)?);
    let summary = runtime.block_on(import(source, Arc::new(rules), &location(&output)?, options))?;
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    std::fs::remove_dir_all(&folder)?;
    let messages = summary.read.values().sum::<u64>() as f64;
    println!(
        r#"{{"messages": {messages}, "bytes": {bytes}, "wall_s": {wall:.2}, "cpu_s": {cpu:.2}, "messages_a_cpu_second": {:.0}}}"#,
        messages / cpu
    );
    Ok(())
}

fn write_storage(root: &Path, count: usize) -> Outcome<u64> {
    let mut bytes = 0;
    for message in 0..count {
        let patient = format!("{:08}", 10_000_000 + message / OF_A_PATIENT * 7);
        let order = message % OF_A_PATIENT;
        let folder = root.join(&patient[..3]).join(&patient[3..6]).join(&patient).join("20200110").join("OML-11");
        std::fs::create_dir_all(&folder)?;
        let text = text(&patient, order);
        bytes += text.len() as u64;
        std::fs::write(folder.join(format!("{patient}_20200110_OML-11_{order}_20200111120000000_01_1")), text)?;
    }
    Ok(bytes)
}

fn text(patient: &str, order: usize) -> Vec<u8> {
    let mut text = format!(
        "MSH|^~\\&|HIS123|SEND|GW|RCV|20200111120000||OUL^R22^OUL_R22|{order}|P|2.5||||||~ISO IR87||ISO2022-1994\r\
         PID|0001||{patient}^^^^PI||\x1b$B45<T\x1b(B^\x1b$BB@O:\x1b(B^^^^^L^I||19500405|M\r\
         SPM|1|||023^\x1b$B7l@6\x1b(B^JC10|||||||||||||202001101500\rOBR|1|{order}||E001^x^99O03|||20200110\r"
    );
    for result in 1..=RESULTS {
        text.push_str(&format!(
            "OBX|{result}|NM|5D305000002302301^\x1b$B7l@6\x1b(B^JC10^10222^x^99X03||{order}.{result}|ng/mL^ng/mL^99XYZ|0-4||||F|||202001101500\r"
        ));
    }
    text.into_bytes()
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
