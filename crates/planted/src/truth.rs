//! What is planted.

use serde::{Deserialize, Serialize};

use crate::{NOTICE, PlantedError};

/// A share of tissue acts by this much of it: effects are for ten percentage points.
pub(crate) const SHARE_UNIT: f64 = 0.1;

/// A planted truth. With b the baseline, x a record, s the share of a kind of tissue among the case's tiles and K kinds, the
/// chance of the event in year k of a case of hospital h that reaches the start of year k is `1 - exp(-exp(eta))`,
/// `eta = b_k + b_h + sum_j beta_jk x_j + sum_m gamma_mk (s_m - 1 / K) / 0.1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Its name.
    pub name: String,
    /// [`NOTICE`].
    pub notice: String,
    /// Cases.
    pub cases: usize,
    /// Least and most tiles of a case, drawn evenly.
    pub tiles: (u32, u32),
    /// Log hazard of a year (complementary log-log) of a case whose terms are all 0, by year. Follow-up ends with the last.
    pub baseline: Vec<f64>,
    /// The hospitals.
    pub hospitals: Vec<Hospital>,
    /// The records.
    pub records: Vec<Record>,
    /// The kinds of tissue, as many as the library has.
    pub tissues: Vec<Tissue>,
    /// Standard deviation of the log weight of a kind of tissue between the cases of one hospital.
    pub tissue_spread: f64,
    /// Rate of loss to follow-up a year that depends on nothing.
    pub loss: f64,
}

/// A hospital.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hospital {
    /// Share of the cases, against the other hospitals.
    pub size: f64,
    /// Added to the log hazard of all of its cases.
    pub baseline: f64,
    /// Case mix of the records: added to the mean of every normal record.
    pub records: f64,
    /// Case mix of the tissue: added to the log weight of every kind, by kind.
    pub tissues: Vec<f64>,
    /// Size of the shift of its tiles' features in a direction of its own, in standard deviations a column: its stain.
    pub stain: f64,
    /// Follow-up ends between these years, drawn evenly: loss that depends on the hospital.
    pub followed: (f64, f64),
}

/// A record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// How its values are drawn.
    pub distribution: Distribution,
    /// Log hazard ratio a unit, by year.
    pub effects: Vec<f64>,
}

/// How the values of a record are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Normal with variance 1 about the mean of the hospital.
    Normal,
    /// 1 with this chance, else 0, in every hospital.
    Binary(f64),
}

/// A kind of tissue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tissue {
    /// Mean log weight of the kind in a slide.
    pub weight: f64,
    /// Log hazard ratio for ten percentage points of its share, by year.
    pub effects: Vec<f64>,
}

/// Years of follow-up.
const YEARS: usize = 8;
/// The kind of tissue that has an effect.
const ACTING: usize = 1;
/// The constant effects of the two acting records under the null.
const PROPORTIONAL: f64 = 0.5;

impl Truth {
    /// Year-specific effects of two records and of one kind of tissue; hospitals differ in case mix and baseline, the two
    /// unrelated.
    pub fn planted(kinds: usize) -> Self {
        let mut truth = Self::null(kinds);
        truth.name = "planted".to_owned();
        truth.records[0].effects = vec![1.1, 0.9, 0.6, 0.3, 0.0, 0.0, 0.0, 0.0];
        truth.records[1].effects = vec![0.0, 0.0, 0.3, 0.6, 0.9, 1.1, 1.1, 1.1];
        if let Some(tissue) = truth.tissues.get_mut(ACTING) {
            tissue.effects = vec![0.6, 0.5, 0.3, 0.1, 0.0, 0.0, 0.0, 0.0];
        }
        truth
    }

    /// The planted truth with twice its effect of tissue.
    pub fn strong(kinds: usize) -> Self {
        let mut truth = Self::planted(kinds);
        truth.name = "strong".to_owned();
        truth.tissues.iter_mut().flat_map(|tissue| &mut tissue.effects).for_each(|effect| *effect *= 2.0);
        truth
    }

    /// The same hospitals and records, with effects of records that stay the same and no effect of tissue.
    pub fn null(kinds: usize) -> Self {
        // Baselines and case mixes of the hospitals: their products sum to 0.
        let baseline = [-0.3, -0.3, 0.0, 0.0, 0.3, 0.3];
        let mix = [0.4, -0.4, 0.4, -0.4, 0.4, -0.4];
        let followed = [(4.0, 8.0), (3.0, 8.0), (5.0, 8.0), (2.0, 7.0), (4.0, 8.0), (3.0, 6.0)];
        let size = [2.0, 1.5, 1.5, 1.0, 1.0, 1.0];
        let hospital = |h: usize| Hospital {
            size: size[h],
            baseline: baseline[h],
            records: mix[h] / 2.0,
            tissues: (0..kinds).map(|kind| if kind == ACTING { mix[h] } else { 0.0 }).collect(),
            stain: 0.0,
            followed: followed[h],
        };
        let record = |name: &str, distribution, effect: f64| Record {
            name: name.to_owned(),
            distribution,
            effects: vec![effect; YEARS],
        };
        Self {
            name: "null".to_owned(),
            notice: NOTICE.to_owned(),
            cases: 300,
            tiles: (60, 100),
            baseline: vec![-2.7; YEARS],
            hospitals: (0..6).map(hospital).collect(),
            records: vec![
                record("fades", Distribution::Normal, PROPORTIONAL),
                record("grows", Distribution::Normal, PROPORTIONAL),
                record("idle", Distribution::Normal, 0.0),
                record("idle binary", Distribution::Binary(0.4), 0.0),
            ],
            tissues: vec![Tissue { weight: 0.0, effects: vec![0.0; YEARS] }; kinds],
            tissue_spread: 0.8,
            loss: 0.03,
        }
    }

    /// The null, but the hospitals with more of the acting kind of tissue have the higher hazards: images then tell the
    /// hospital, and through it the outcome, without any effect of tissue.
    pub fn confounded(kinds: usize) -> Self {
        let mut truth = Self::null(kinds);
        truth.name = "confounded".to_owned();
        for hospital in &mut truth.hospitals {
            hospital.baseline = hospital.tissues.get(ACTING).map_or(0.0, |mix| 1.25 * mix);
        }
        truth
    }

    /// The same truth with stains of a size.
    #[must_use]
    pub fn stained(mut self, stain: f64) -> Self {
        self.hospitals.iter_mut().for_each(|hospital| hospital.stain = stain);
        self
    }

    /// The kinds of tissue with an effect in some year.
    pub fn acting(&self) -> Vec<usize> {
        let acts = |kind: &usize| self.tissues[*kind].effects.iter().any(|effect| *effect != 0.0);
        (0..self.tissues.len()).filter(acts).collect()
    }

    /// The kind that [`Self::planted`] gives its effect to.
    pub fn watched(&self) -> usize {
        ACTING
    }

    /// Log hazard of year `year` (from 0) of a case, as in the formula of [`Truth`]; `shares` are by kind.
    pub fn log_hazard(&self, hospital: usize, records: &[f64], shares: &[f64], year: usize) -> f64 {
        let whole = self.tissues.len() as f64;
        let of_records = self.records.iter().zip(records).map(|(record, value)| record.effects[year] * value);
        let of_tissue = self.tissues.iter().zip(shares);
        let of_tissue = of_tissue.map(|(tissue, share)| tissue.effects[year] * (share - 1.0 / whole) / SHARE_UNIT);
        self.baseline[year] + self.hospitals[hospital].baseline + of_records.sum::<f64>() + of_tissue.sum::<f64>()
    }

    /// Whether the truth can be drawn from a library with `kinds` kinds of tissue.
    ///
    /// # Errors
    /// `Truth` with what does not fit.
    pub fn check(&self, kinds: usize) -> Result<(), PlantedError> {
        let years = self.baseline.len();
        let by_year = |effects: &Vec<f64>| effects.len() == years;
        let window = |hospital: &Hospital| 0.0 < hospital.followed.0 && hospital.followed.0 <= hospital.followed.1;
        let faults = [
            (self.cases == 0 || years == 0, "it has no case or no year"),
            (self.tiles.0 == 0 || self.tiles.0 > self.tiles.1, "a case needs a tile, and no more than the most"),
            (self.tissues.len() != kinds, "its kinds of tissue are not those of the library"),
            (
                !self.records.iter().map(|record| &record.effects).all(by_year)
                    || !self.tissues.iter().map(|tissue| &tissue.effects).all(by_year),
                "an effect does not have one value a year",
            ),
            (self.hospitals.is_empty() || !self.hospitals.iter().all(window), "a hospital follows nobody"),
            (self.hospitals.iter().any(|one| one.tissues.len() != kinds), "a hospital's case mix misses a kind"),
            (!self.hospitals.iter().all(|one| one.size > 0.0), "a hospital has no size"),
        ];
        match faults.iter().find(|(fault, _)| *fault) {
            Some((_, reason)) => Err(PlantedError::Truth { truth: self.name.clone(), reason: (*reason).to_owned() }),
            None => Ok(()),
        }
    }
}
