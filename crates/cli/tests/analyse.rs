//! `renkei cohort analyse` on three real hospitals, against R (`tests/golden/three_hospitals.R`).

#![expect(clippy::unwrap_used, reason = "a file of test code: a failed unwrap is a failed test")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use renkei_model::{Findings, Validation};

const STUDY: &str = include_str!("../../../docs/studies/three-hospitals.yaml");
const FILES: [&str; 4] = [
    "blood_storage.csv",
    "prad_mskcc_data_clinical_patient.txt",
    "prad_mskcc_data_clinical_sample.txt",
    "tcga-cgds_prad.csv",
];

/// The study with its tables beside it; none (with a note) where the data folder is absent.
fn folder() -> Option<tempfile::TempDir> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    let Some(shared) = named.into_iter().chain(beside).find(|folder| folder.join("data").is_dir()) else {
        println!("skipped: ../shared/data is absent");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    for file in FILES {
        std::fs::copy(shared.join("data/clinical").join(file), folder.path().join(file)).unwrap();
    }
    let key = folder.path().join("site.key");
    std::fs::write(&key, "a secret of the site, for tests only").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    Some(folder)
}

fn analyse(folder: &Path, study: &str) -> Output {
    std::fs::write(folder.join("study.yaml"), study).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_renkei"));
    command.current_dir(folder).args(["cohort", "analyse", "study.yaml", "--to", "out", "--site-key", "site.key"]);
    command.output().unwrap()
}

fn findings(folder: &Path, study: &str) -> Findings {
    let output = analyse(folder, study);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&std::fs::read(folder.join("out/findings.json")).unwrap()).unwrap()
}

/// The study without one hospital, so that each of the other two is predicted by the other.
fn without(hospital: &str) -> String {
    let exclusion = format!("  exclude:\n    - {{ reason: the third, where: hospital = '{hospital}' }}");
    let study = STUDY.replacen("  exclude:", &exclusion, 1);
    assert_ne!(study, STUDY);
    study
}

fn held_out(findings: &Findings) -> &Validation {
    findings.records.done().unwrap().validation.done().unwrap()
}

/// Hospital, cases, events, C, and observed over expected at five years.
fn figures(validation: &Validation) -> Vec<(&str, usize, usize, f64, f64)> {
    let one = |one: &'_ renkei_model::InHospital| {
        (one.concordance.done().unwrap().estimate, one.calibration[2].overall.done().unwrap().ratio)
    };
    let hospitals = validation.by_hospital.iter();
    hospitals.map(|found| (found.hospital.as_str(), found.cases, found.events, one(found).0, one(found).1)).collect()
}

#[track_caller]
fn near(ours: f64, reference: f64) {
    assert!((ours - reference).abs() < 1e-8, "{ours} is not {reference}");
}

#[test]
fn each_of_three_hospitals_is_predicted_from_the_others_as_r_does() {
    let Some(folder) = folder() else { return };
    let all = findings(folder.path(), STUDY);
    assert_eq!((all.cohort.cases, all.cohort.events), (942, 171));
    near(held_out(&all).discrimination.concordance.estimate, 0.7024004199220721);
    let expected = [
        ("Cleveland", 277, 37, 0.7420143664985481, 1.3107028796624558),
        ("MSKCC", 179, 43, 0.802508960573477, 1.293514653470878),
        ("TCGA", 486, 91, 0.6972671902548485, 0.6272022436268115),
    ];
    for (ours, reference) in figures(held_out(&all)).into_iter().zip(expected) {
        assert_eq!((ours.0, ours.1, ours.2), (reference.0, reference.1, reference.2));
        near(ours.3, reference.3);
        near(ours.4, reference.4);
    }
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    let card = std::fs::read_to_string(folder.path().join("out/model-card.md")).unwrap();
    for words in ["Each of 3 hospitals was held out in turn", "Cleveland", "recurrence as each hospital defines it"] {
        assert!(page.contains(words) && card.contains(words), "{words}");
    }
}

#[test]
fn two_hospitals_predict_each_other_in_both_directions() {
    let Some(folder) = folder() else { return };
    let pairs = [
        ("TCGA", [("Cleveland", 1.031208662383881), ("MSKCC", 0.9496816098067933)]),
        ("MSKCC", [("Cleveland", 1.5084266706093357), ("TCGA", 0.6385868453356178)]),
    ];
    for (third, expected) in pairs {
        let found = findings(folder.path(), &without(third));
        let ours = figures(held_out(&found));
        for ((hospital, _, _, _, ratio), reference) in ours.into_iter().zip(expected) {
            assert_eq!(hospital, reference.0);
            near(ratio, reference.1);
        }
    }
}

#[test]
fn an_analysis_that_cannot_be_made_writes_nothing_and_says_why() {
    let Some(folder) = folder() else { return };
    let one = without("TCGA").replacen("hospital = 'TCGA'", "hospital <> 'TCGA'", 1);
    let output = analyse(folder.path(), &one);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("every case is of one hospital"), "{said}");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn men_without_a_predictor_are_imputed_where_the_study_says_so() {
    let Some(folder) = folder() else { return };
    let complete = findings(folder.path(), STUDY);
    let study =
        format!("{STUDY}\nmodel: {{ missing: multiple_imputation, imputations: 5, bootstrap: 20, permutations: 0 }}\n");
    let imputed = findings(folder.path(), &study);
    let missing = imputed.missing.as_ref().unwrap();
    assert!(complete.missing.is_none() && missing.cases_with_gaps > 0, "{missing:?}");
    assert_eq!(imputed.cohort.cases, complete.cohort.cases + missing.cases_with_gaps);
    assert_eq!(missing.imputations, Some(5));
    // Few are missing, so little moves.
    let c = |findings: &Findings| held_out(findings).discrimination.concordance.estimate;
    assert!((c(&imputed) - c(&complete)).abs() < 0.02, "{} {}", c(&imputed), c(&complete));
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.contains(&format!("{} cases lack a predictor", missing.cases_with_gaps)));
}
