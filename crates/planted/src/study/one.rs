//! One synthetic cohort through the analysis.

use renkei_domain::spec::ModelSpec;
use renkei_model::{Column, Difference, Findings, Hospitals, Input, Model, Outcome, Records, analyse};
use serde::{Deserialize, Serialize};

use super::{KeyFeatures, YearFindings, years::Question};
use crate::{Cohort, FollowUp, PlantedError, Truth};

/// How the analysis is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// As in a run's spec.
    pub model: ModelSpec,
    /// Horizons in whole years, ascending.
    pub horizons_years: Vec<f64>,
}

/// What one run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// Name of the truth.
    pub truth: String,
    /// Seed of the cohort.
    pub seed: u64,
    /// Events.
    pub events: usize,
    /// Cases.
    pub cases: usize,
    /// Tiles.
    pub tiles: usize,
    /// Share of the tiles whose kind of tissue is that of their key feature.
    pub purity: f64,
    /// Findings, or why there are none.
    pub found: Result<Found, String>,
}

/// The findings beside the truth. What was not possible is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Held-out C of records, images, and both.
    pub concordance: [Option<f64>; 3],
    /// Gain in C of both over records.
    pub gain: Option<Gain>,
    /// Gain in AUC by horizon.
    pub auc_gain: Vec<Option<Gain>>,
    /// Gain in C over records of the early fusion (elastic net) and of the late one.
    pub fusion_gain: [Option<Gain>; 2],
    /// By key feature.
    pub impacts: Vec<ImpactFound>,
    /// By key feature: whether most of its tiles are of the watched kind of tissue, and whether stability selection calls it.
    pub stable: Vec<(bool, bool)>,
    /// Cox coefficients of the records with 95 % interval, without images.
    pub records: Vec<RecordFound>,
    /// Effects by year.
    pub years: YearFindings,
}

/// A paired difference with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// The difference.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// The impact of one key feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ImpactFound {
    /// Whether most of its tiles are of the watched kind of tissue.
    pub watched: bool,
    /// Log hazard ratio a standard deviation.
    pub coefficient: f64,
    /// Adjusted p value.
    pub p_adjusted: f64,
}

/// One record in the Cox model of the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordFound {
    /// Its name.
    pub name: String,
    /// What was planted, if it is the same in all years.
    pub planted: Option<f64>,
    /// Log hazard ratio.
    pub coefficient: f64,
    /// Lower end of its 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Wald p value.
    pub p: f64,
}

/// Runs the analysis on a cohort whose outcomes are drawn from `truth`, with the key features of its tiles.
///
/// # Errors
/// `Stats` where the outcomes are no outcomes; what the analysis refuses is in the result.
pub fn recover(
    truth: &Truth,
    cohort: &Cohort,
    features: &KeyFeatures,
    settings: &Settings,
    seed: u64,
) -> Result<Recovered, PlantedError> {
    let follow_up = cohort.follow(truth);
    let input = input(truth, cohort, features, &follow_up);
    let found = match analyse(&input, &settings.model, seed, &settings.horizons_years) {
        Ok(findings) => {
            let years = Question {
                truth,
                cohort,
                follow_up: &follow_up,
                share: &features.share_of(truth.watched()),
                horizon: settings.horizons_years.last().map_or(1, |years| years.ceil() as usize),
                replicates: settings.model.bootstrap as usize,
                seed,
            };
            Ok(found(truth, features, &findings, years.answer(&findings)?))
        }
        Err(error) => Err(error.to_string()),
    };
    Ok(Recovered {
        truth: truth.name.clone(),
        seed,
        events: follow_up.event.iter().filter(|event| **event).count(),
        cases: cohort.hospital.len(),
        tiles: cohort.tile_case.len(),
        purity: features.purity,
        found,
    })
}

fn input(truth: &Truth, cohort: &Cohort, features: &KeyFeatures, follow_up: &FollowUp) -> Input {
    let column = |name: &String| Column { name: name.clone(), group: name.clone() };
    let columns = truth.records.iter().map(|record| column(&record.name)).collect();
    let of_case: Vec<String> = cohort.hospital.iter().map(|hospital| format!("hospital {}", hospital + 1)).collect();
    Input {
        time_years: follow_up.time_years.clone(),
        event: follow_up.event.clone(),
        records: Records { values: cohort.records.clone(), columns },
        images: Some(features.images.clone()),
        hospitals: Some(Hospitals::new(of_case.iter().map(String::as_str))),
    }
}

fn found(truth: &Truth, features: &KeyFeatures, findings: &Findings, years: YearFindings) -> Found {
    let concordance =
        |model: &Outcome<Model>| Some(model.done()?.validation.done()?.discrimination.concordance.estimate);
    let compared = findings.joint_against_records.done();
    let impacts = findings.impacts.done().map_or(&[][..], |impacts| &impacts.tested);
    let impact = |impact: &renkei_model::Impact| ImpactFound {
        watched: features.kind[impact.key_feature] == truth.watched(),
        coefficient: impact.coefficient,
        p_adjusted: impact.p_adjusted,
    };
    Found {
        concordance: [&findings.records, &findings.images, &findings.records_and_images].map(concordance),
        gain: compared.map(|compared| gain(&compared.concordance)),
        auc_gain: compared.map_or_else(Vec::new, |compared| {
            compared.auc.iter().map(|horizon| horizon.difference.done().map(gain)).collect()
        }),
        fusion_gain: fusion_gains(findings),
        impacts: impacts.iter().map(impact).collect(),
        stable: stable(truth, features, findings),
        records: findings.records.done().map(|model| records(truth, model)).unwrap_or_default(),
        years,
    }
}

fn fusion_gains(findings: &Findings) -> [Option<Gain>; 2] {
    let Some(fusion) = &findings.fusion else { return [None; 2] };
    let early = fusion.elastic_net.done().map(|found| &found.held_out);
    let late = fusion.late.done().map(|found| &found.held_out);
    [early, late].map(|held_out| Some(gain(&held_out?.against_records.done()?.concordance)))
}

fn stable(truth: &Truth, features: &KeyFeatures, findings: &Findings) -> Vec<(bool, bool)> {
    let Some(found) = findings.selection.as_ref().and_then(|found| found.stability.done()) else { return Vec::new() };
    let one = |key_feature: usize| (features.kind[key_feature] == truth.watched(), found.chosen.contains(&key_feature));
    (0..found.share.len()).map(one).collect()
}

fn gain(difference: &Difference) -> Gain {
    let absolute = difference.absolute;
    Gain { estimate: absolute.estimate, lower: absolute.lower, upper: absolute.upper }
}

fn records(truth: &Truth, model: &Model) -> Vec<RecordFound> {
    let one = |column: &renkei_model::Coefficient| {
        let significance = column.significance?;
        let record = truth.records.iter().find(|record| record.name == column.column)?;
        let same = record.effects.iter().all(|effect| *effect == record.effects[0]);
        Some(RecordFound {
            name: record.name.clone(),
            planted: same.then_some(record.effects[0]),
            coefficient: column.coefficient,
            lower: significance.lower.ln(),
            upper: significance.upper.ln(),
            p: significance.p,
        })
    };
    model.records.iter().filter_map(one).collect()
}
