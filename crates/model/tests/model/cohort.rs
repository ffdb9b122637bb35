//! Synthetic cohorts whose link to the outcome is known, and the real Cleveland cohort.

use std::path::{Path, PathBuf};

use renkei_domain::spec::{Missing, ModelSpec, Ties};
use renkei_model::{Column, Hospitals, Images, Input, Records};

pub(crate) const SETTINGS: ModelSpec = ModelSpec {
    ties: Ties::Efron,
    folds: 5,
    bootstrap: 50,
    permutations: 19,
    missing: Missing::CompleteCases,
    imputations: 20,
    baselines: Vec::new(),
};

/// Uniform numbers (SplitMix64, Steele et al. 2014).
pub(crate) struct Source(u64);

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Tile counts: every case has its own mixture of key features.
pub(crate) fn tiles(cases: usize, key_features: usize, source: &mut Source) -> Images {
    let mut counts = Vec::with_capacity(cases * key_features);
    for _ in 0..cases {
        let weights: Vec<f64> = (0..key_features).map(|_| (0.8 * source.normal()).exp()).collect();
        let whole: f64 = weights.iter().sum();
        counts.extend(weights.iter().map(|weight| (300.0 * weight / whole).floor() as u64));
    }
    Images { counts, key_features }
}

/// Effect of whole key features on the log hazard: the plant.
pub(crate) fn plant(key_features: usize) -> Vec<f64> {
    let mut plant = vec![0.0; key_features];
    (plant[0], plant[1], plant[2]) = (25.0, -20.0, 15.0);
    plant
}

/// A cohort whose outcome follows one of two record columns and, times `strength`, the planted key features.
pub(crate) fn synthetic(cases: usize, key_features: usize, strength: f64, seed: u64) -> Input {
    let mut source = Source::new(seed);
    let images = tiles(cases, key_features, &mut source);
    let plant = plant(key_features);
    let (mut values, mut time_years, mut event) = (vec![], vec![], vec![]);
    for case in 0..cases {
        let (psa, stage) = (source.normal(), f64::from(u8::from(source.uniform() < 0.3)));
        let counts = &images.counts[case * key_features..(case + 1) * key_features];
        let whole = counts.iter().sum::<u64>() as f64;
        let image: f64 = counts.iter().zip(&plant).map(|(count, effect)| *count as f64 / whole * effect).sum();
        let rate = 0.05 * (0.7 * psa + strength * (image - 20.0 / key_features as f64)).exp();
        let event_at = -(1.0 - source.uniform()).ln() / rate;
        let lost_at = 1.0 + 8.0 * source.uniform();
        values.extend([psa, stage]);
        time_years.push(event_at.min(lost_at).max(1e-3));
        event.push(event_at <= lost_at);
    }
    let columns = ["psa", "stage"].map(|name| Column { name: name.into(), group: name.into() }).to_vec();
    Input { time_years, event, records: Records { values, columns }, images: Some(images), hospitals: None }
}

/// A file of the data folder; none (with a note) where that folder is absent.
pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    let Some(folder) = named.into_iter().chain(beside).find(|folder| folder.join("data").is_dir()) else {
        println!("skipped: ../shared/data is absent");
        return None;
    };
    Some(folder.join("data/clinical").join(file))
}

/// Named fields of every row of a table.
fn fields(file: &Path, names: &[&str]) -> Vec<Vec<String>> {
    let mut table = csv::Reader::from_path(file).unwrap();
    let header = table.headers().unwrap().clone();
    let at: Vec<usize> = names.iter().map(|name| header.iter().position(|n| n == *name).unwrap()).collect();
    table.records().map(|row| row.unwrap()).map(|row| at.iter().map(|at| row[*at].to_owned()).collect()).collect()
}

/// The Cleveland Clinic prostatectomies with all predictors known; none (with a note) where the data folder is absent.
pub(crate) fn cleveland() -> Option<Input> {
    let needed = ["Age", "PreopPSA", "T.Stage", "bGS", "AA", "FamHx", "TimeToRecurrence", "Recurrence"];
    let table = fields(&shared("blood_storage.csv")?, &needed);
    let (mut values, mut time_years, mut event) = (vec![], vec![], vec![]);
    for row in table {
        let known: Option<Vec<f64>> = row.iter().map(|field| field.parse().ok()).collect();
        let Some([age, psa, stage, grade, aa, family, months, recurrence]) = known.as_deref() else { continue };
        let is = |value: &f64, level: f64| f64::from(u8::from(*value == level));
        values.extend([*age, psa.log2(), is(stage, 2.0), is(grade, 2.0), is(grade, 3.0), *aa, *family]);
        time_years.push(months / 12.0);
        event.push(*recurrence == 1.0);
    }
    let names = [("age", "age"), ("log2 psa", "psa"), ("stage=2", "stage"), ("grade=2", "grade"), ("grade=3", "grade")];
    let names = names.into_iter().chain([("african american", "african american"), ("family", "family")]);
    let columns = names.map(|(name, group)| Column { name: name.into(), group: group.into() }).collect();
    Some(Input { time_years, event, records: Records { values, columns }, images: None, hospitals: None })
}

/// TCGA-PRAD with its hospitals: complete men as the study `docs/studies/tcga-prad.yaml` takes them, without age.
pub(crate) fn tcga() -> Option<Input> {
    let needed = ["id", "dfs_months", "dfs_status", "gleason_score", "gleason_pattern_primary", "path_t_stage"];
    let needed = [&needed[..], &["residual_tumor", "path_n_stage", "tissue_source_site"]].concat();
    let (mut values, mut time_years, mut event, mut hospitals) = (vec![], vec![], vec![], vec![]);
    for row in fields(&shared("tcga-cgds_prad.csv")?, &needed) {
        let [id, months, status, gleason, primary, stage, margin, node, hospital] = &row[..] else { unreachable!() };
        let number = |field: &str| field.parse::<f64>().ok();
        let level =
            |field: &str, levels: &[(&str, f64)]| levels.iter().find(|(name, _)| *name == field).map(|one| one.1);
        let known: Option<Vec<f64>> = [
            number(gleason),
            number(primary).map(|pattern| f64::from(u8::from(pattern >= 4.0))),
            stage.starts_with('T').then(|| f64::from(u8::from(!stage.starts_with("T2")))),
            level(margin, &[("R0", 0.0), ("R1", 1.0), ("R2", 1.0)]),
            level(node, &[("N0", 0.0), ("N1", 1.0)]),
        ]
        .into_iter()
        .collect();
        let recurred = level(status, &[("Recurred/Progressed", 1.0), ("DiseaseFree", 0.0)]);
        let (Some(known), Some(recurred), Some(months)) = (known, recurred, number(months)) else { continue };
        if months <= 0.0 || &id[13..15] == "06" {
            continue;
        }
        values.extend(known);
        time_years.push(months / 12.0);
        event.push(recurred == 1.0);
        hospitals.push(hospital.clone());
    }
    let names = ["gleason", "primary 4", "pt", "margin", "n1"];
    let columns = names.map(|name| Column { name: name.into(), group: name.into() }).to_vec();
    let hospitals = Hospitals::new(hospitals.iter().map(String::as_str));
    Some(Input { time_years, event, records: Records { values, columns }, images: None, hospitals: Some(hospitals) })
}
