//! The three hospitals of `docs/studies/three-hospitals.yaml`, read from the same files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use renkei_domain::CaseId;
use renkei_federation::methods::Table;

/// One man: years, event, grade 7, grade 8 to 10, confined.
pub(crate) type Row = (f64, bool, [f64; 3]);

/// The folder of the cohorts; none (with a note) where it is absent.
fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    let found = named.into_iter().chain(beside).map(|folder| folder.join("data/clinical")).find(|one| one.is_dir());
    if found.is_none() {
        println!("skipped: ../shared/data is absent");
    }
    found
}

/// Rows of a file as maps.
fn records(file: &Path, delimiter: u8) -> Vec<HashMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).comment(Some(b'#')).from_path(file).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn grade(level: u8) -> [f64; 2] {
    [f64::from(u8::from(level == 1)), f64::from(u8::from(level == 2))]
}

fn gleason(score: &str) -> Option<u8> {
    match score.parse::<f64>().ok()? as u32 {
        0..=6 => Some(0),
        7 => Some(1),
        _ => Some(2),
    }
}

fn row(months: &str, event: Option<bool>, level: Option<u8>, confined: Option<bool>) -> Option<Row> {
    let months: f64 = months.parse().ok()?;
    let [seven, eight] = grade(level?);
    (months > 0.0).then_some((months / 12.0, event?, [seven, eight, f64::from(u8::from(confined?))]))
}

fn stage(stage: &str) -> Option<bool> {
    stage.starts_with('T').then(|| stage.starts_with("T2"))
}

fn cleveland(folder: &Path) -> Vec<Row> {
    let bit = |text: &str| match text {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    };
    let man = |man: HashMap<String, String>| {
        let level = man["sGS"].parse::<u8>().ok().and_then(|level| level.checked_sub(2));
        row(&man["TimeToRecurrence"], bit(&man["Recurrence"]), level, bit(&man["OrganConfined"]))
    };
    records(&folder.join("blood_storage.csv"), b',').into_iter().filter_map(man).collect()
}

fn mskcc(folder: &Path) -> Vec<Row> {
    let patients = records(&folder.join("prad_mskcc_data_clinical_patient.txt"), b'\t');
    let patients: HashMap<String, HashMap<String, String>> =
        patients.into_iter().map(|one| (one["PATIENT_ID"].clone(), one)).collect();
    let man = |sample: HashMap<String, String>| {
        let patient = patients.get(&sample["PATIENT_ID"]).filter(|_| sample["SAMPLE_CLASS"] == "PRIMARY")?;
        let of = |name: &str| patient.get(name).or_else(|| sample.get(name)).cloned().unwrap_or_default();
        let event = match of("DFS_STATUS").as_str() {
            "Recurred" => Some(true),
            "DiseaseFree" => Some(false),
            _ => None,
        };
        row(&of("DFS_MONTHS"), event, gleason(&of("GLEASON_SCORE")), stage(&of("PATH_T_STAGE")))
    };
    records(&folder.join("prad_mskcc_data_clinical_sample.txt"), b'\t').into_iter().filter_map(man).collect()
}

fn tcga(folder: &Path) -> Vec<Row> {
    let man = |man: HashMap<String, String>| {
        let event = match man["dfs_status"].as_str() {
            "Recurred/Progressed" => Some(true),
            "DiseaseFree" => Some(false),
            _ => None,
        };
        let primary = man["id"].get(13..15) != Some("06");
        row(&man["dfs_months"], event, gleason(&man["gleason_score"]), stage(&man["path_t_stage"])).filter(|_| primary)
    };
    records(&folder.join("tcga-cgds_prad.csv"), b',').into_iter().filter_map(man).collect()
}

/// Cleveland, MSKCC, TCGA; none (with a note) where the data folder is absent.
pub(crate) fn all() -> Option<[Vec<Row>; 3]> {
    let folder = folder()?;
    Some([cleveland(&folder), mskcc(&folder), tcga(&folder)])
}

pub(crate) const COVARIATES: [&str; 3] = ["grade=7", "grade=8 to 10", "confined"];

/// Rows as a site's table.
pub(crate) fn table(rows: &[Row]) -> Table {
    let case = |row| CaseId::new(format!("case {row}")).unwrap();
    let table = Table::of_cases((0..rows.len()).map(case).collect());
    let cause = rows.iter().map(|row| usize::from(row.1)).collect();
    let table = table.with_follow_up(rows.iter().map(|row| row.0).collect(), cause).unwrap();
    COVARIATES.iter().enumerate().fold(table, |table, (place, name)| {
        table.with_column(name, rows.iter().map(|row| row.2[place]).collect()).unwrap()
    })
}
