//! Against `/work/shared/golden/README.md`, MSKCC models of 2 June 2022, to its printed digits.

use std::path::{Path, PathBuf};

use super::super::mskcc::{KNOTS, POSTOPERATIVE, Preoperative, WITH_CORES, WITHOUT_CORES};
use super::*;

fn before<'a>(age: &'a str, psa: &'a str, grade: &'a str, stage: &'a str) -> Inputs<'a> {
    let cells = [
        (ClinicalInput::Age, age),
        (ClinicalInput::Psa, psa),
        (ClinicalInput::Grade, grade),
        (ClinicalInput::Stage, stage),
    ];
    Inputs::new(cells.into_iter().chain([(ClinicalInput::PositiveCores, "4"), (ClinicalInput::NegativeCores, "8")]))
}

fn after<'a>(age: &'a str, psa: &'a str, grade: &'a str, findings: [&'a str; 4]) -> Inputs<'a> {
    let cells = [(ClinicalInput::Age, age), (ClinicalInput::Psa, psa), (ClinicalInput::PathologicalGrade, grade)];
    let named = [
        ClinicalInput::ExtracapsularExtension,
        ClinicalInput::SeminalVesicleInvasion,
        ClinicalInput::LymphNodeInvolvement,
        ClinicalInput::SurgicalMargin,
    ];
    Inputs::new(cells.into_iter().chain(named.into_iter().zip(findings)))
}

#[track_caller]
fn near(freedom: Freedom, reference: [f64; 6]) {
    for (years, reference) in [1.0, 2.0, 3.0, 4.0, 5.0, 10.0].into_iter().zip(reference) {
        let ours = freedom.curve.free_at(years);
        assert!(reference.is_nan() || (ours - reference).abs() <= 5.000_001e-7, "{years}: {ours} is not {reference}");
    }
}

const NONE: f64 = f64::NAN;

#[test]
fn the_golden_cases_agree_to_the_printed_digits() {
    let first = preoperative(&before("65", "7", "1", "T1c")).unwrap();
    near(first, [0.980363, 0.964052, 0.949096, 0.935091, 0.921839, 0.863679]);
    let second = preoperative(&before("65", "7", "2", "T2a")).unwrap();
    near(second, [0.923933, 0.867106, 0.819372, 0.778024, 0.741568, 0.606523]);
    let cores = preoperative_with_cores(&before("65", "7", "2", "T2a")).unwrap();
    near(cores, [0.931623, NONE, NONE, NONE, 0.756364, 0.621485]);
    let third = preoperative(&before("62", "12", "3", "T2b")).unwrap();
    near(third, [0.704031, 0.560983, 0.470446, 0.407028, 0.359780, 0.231878]);
    let fourth = preoperative(&before("70", "25", "5", "T3")).unwrap();
    near(fourth, [0.246113, 0.149203, 0.108673, 0.086094, 0.071602, 0.039782]);
    let fifth = postoperative(&after("65", "7", "2", ["1", "0", "0", "1"])).unwrap();
    near(fifth, [0.896179, 0.809284, 0.736912, 0.675958, 0.624022, 0.449311]);
    let sixth = postoperative(&after("70", "25", "5", ["1"; 4])).unwrap();
    near(sixth, [0.130619, 0.068779, 0.046487, 0.035036, 0.028077, 0.014002]);
    assert!([first, second, cores, third, fourth, fifth, sixth].iter().all(|freedom| !freedom.uncertain));
}

#[test]
fn freedom_of_one_who_is_free_already_is_the_ratio() {
    let curve = preoperative(&before("62", "12", "3", "T2b")).unwrap().curve;
    assert_eq!(curve.free_after(0.0, 5.0), curve.free_at(5.0));
    assert!((curve.free_after(2.0, 3.0) - 0.359780 / 0.560983).abs() < 2e-6);
    assert!(curve.free_after(4.0, 1.0) > curve.free_after(0.0, 1.0));
}

#[test]
fn psa_above_25_is_flagged_and_above_50_not_computable() {
    for (psa, uncertain) in [("25", false), ("25.1", true), ("50", true)] {
        assert_eq!(preoperative(&before("65", psa, "2", "T2a")).unwrap().uncertain, uncertain, "{psa}");
        assert_eq!(postoperative(&after("65", psa, "2", ["0"; 4])).unwrap().uncertain, uncertain, "{psa}");
    }
    for psa in ["50.1", "100", "400"] {
        let reason = preoperative(&before("65", psa, "2", "T2a")).unwrap_err();
        assert_eq!(reason.to_string(), "PSA is above 50 ng/ml, where the model is unstable");
        assert_eq!(postoperative(&after("65", psa, "2", ["0"; 4])), Err(reason));
    }
}

/// Why: five-year freedom by PSA with every knot moved by 0.005 up or down.
#[test]
fn rounded_knots_decide_far_out_and_hardly_matter_at_25() {
    let free = |psa: &str, knots: &[f64; 4]| {
        let location = WITHOUT_CORES.location(&before("65", psa, "1", "T1c"), knots).unwrap();
        LogLogistic { location, scale: WITHOUT_CORES.scale }.free_at(5.0)
    };
    let range = |psa: &str| {
        let moved = (0..81_usize).map(|code| {
            let step = |place: u32| (code / 3_usize.pow(place) % 3) as f64 - 1.0;
            let mut knots = KNOTS;
            knots.iter_mut().zip(0..).for_each(|(knot, place)| *knot += 0.005 * step(place));
            free(psa, &knots)
        });
        moved.fold((1.0_f64, 0.0_f64), |(low, high), free| (low.min(free), high.max(free)))
    };
    let (low, high) = range("25");
    assert!(low > 0.77 && high < 0.82, "{low} to {high}");
    let (low, high) = range("100");
    assert!(low < 0.16 && high > 0.94, "{low} to {high}");
    let by_psa = ["30", "74", "200"].map(|psa| free(psa, &KNOTS));
    assert!(by_psa[1] < by_psa[0] && by_psa[2] > 0.98, "risk falls again: {by_psa:?}");
}

fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    named.into_iter().chain(beside).find(|folder| folder.join("golden").is_dir())
}

#[test]
fn coefficients_are_those_of_the_published_table() {
    let Some(folder) = shared() else { return println!("skipped: ../shared/golden is absent") };
    let text = std::fs::read_to_string(folder.join("golden/mskcc_coefficients_2022-06-02.json")).unwrap();
    let table: serde_json::Value = serde_json::from_str(&text).unwrap();
    let published = |model: &str| -> Vec<f64> {
        let models = table["Model"].as_object().unwrap();
        let mut rows: Vec<usize> =
            models.iter().filter(|(_, name)| *name == model).map(|(row, _)| row.parse().unwrap()).collect();
        rows.sort_unstable();
        let rows = rows.iter().map(ToString::to_string);
        let used = rows.filter(|row| !["C-index", "Model N"].contains(&table["Variable"][row].as_str().unwrap()));
        used.map(|row| table["Value"][&row].as_f64().unwrap()).collect()
    };
    let first = |intercept, age, psa: &super::super::mskcc::PsaTerms| {
        [intercept, age, psa.linear, psa.splines[0], psa.splines[1]].into_iter()
    };
    let before = |model: &Preoperative| -> Vec<f64> {
        let all = first(model.intercept, model.age, &model.psa).chain(model.grade).chain(model.stage);
        all.chain(model.cores.into_iter().flatten()).chain([model.scale]).collect()
    };
    assert_eq!(before(&WITHOUT_CORES), published("Preoperative BCR"));
    assert_eq!(before(&WITH_CORES), published("Preoperative BCR (Cores)"));
    let model = &POSTOPERATIVE;
    let after = first(model.intercept, model.age, &model.psa).chain(model.grade);
    let after = after.chain(model.findings.map(|(_, coefficient)| coefficient)).chain([model.scale]);
    assert_eq!(after.collect::<Vec<_>>(), published("Postoperative BCR"));
}
