//! Effects by year beside what was planted.

use renkei_model::{EffectsByYear, Findings};
use renkei_stats::{
    Predictors, StatsError,
    distribution::normal_quantile,
    hazard::{Effects, HazardFit, Link, Shrinkage, Years, choose_years, fit, fit_shrunk, test_year_effects},
    survival::Outcomes,
};
use serde::{Deserialize, Serialize};

use crate::{Cohort, FollowUp, PlantedError, Truth, truth::SHARE_UNIT};

/// The shrinkage of the report's picture.
const SHRINKAGE: Shrinkage = Shrinkage { ridge: 1.0, fused: 4.0 };
/// Events that a year needs.
const EVENTS: usize = 5;
/// The column of the acting kind of tissue.
const TISSUE: &str = "tissue";

/// What the yearly hazards say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct YearFindings {
    /// The analysis's p value that the effects of the records do not differ by year (complementary log-log, bootstrapped).
    pub p: Option<f64>,
    /// The same statistic by the chi-square distribution.
    pub p_chi_square: Option<f64>,
    /// The same test with the logit link, by the chi-square distribution: known to invent effects.
    pub p_logit: Option<f64>,
    /// The test on the share of the key features of the watched kind alone (bootstrapped).
    pub p_tissue: Option<f64>,
    /// Unpenalised effects of records and true share, single years, beside what was planted.
    pub plain: Vec<Cell>,
    /// Effects of the records in the report's picture (a standard deviation), beside what was planted. They are shrunk.
    pub picture: Vec<Cell>,
    /// Shrunk effect of the share of the key features of the watched kind, beside the records, beside what was planted.
    pub tissue: Vec<Cell>,
}

/// One effect in one year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Name of the record, or `tissue`.
    pub column: String,
    /// The year, from 1.
    pub year: usize,
    /// What was planted.
    pub planted: f64,
    /// What was found.
    pub effect: f64,
    /// Lower end of its 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// What the analysis does not do itself is done here on the same cohort, over the years of its test.
pub(crate) struct Question<'a> {
    pub(crate) truth: &'a Truth,
    pub(crate) cohort: &'a Cohort,
    pub(crate) follow_up: &'a FollowUp,
    /// Share of the key features of the watched kind, one a case.
    pub(crate) share: &'a [f64],
    pub(crate) horizon: usize,
    pub(crate) replicates: usize,
    pub(crate) seed: u64,
}

impl Question<'_> {
    pub(crate) fn answer(&self, findings: &Findings) -> Result<YearFindings, PlantedError> {
        let outcomes = Outcomes::new(&self.follow_up.time_years, &self.follow_up.event)?;
        let test = findings.year_effects.test.done();
        let mut found = YearFindings {
            p: test.map(|test| test.p_bootstrap),
            p_chi_square: test.map(|test| test.p_asymptotic),
            picture: findings.year_effects.effects.done().map(|effects| self.picture(effects)).unwrap_or_default(),
            ..YearFindings::default()
        };
        let records = self.truth.records.len();
        if let Ok(years) = Years::new(findings.year_effects.test_years.clone()) {
            let predictors = Predictors::new(&self.cohort.records, records)?;
            let logit = test_year_effects(&outcomes, &predictors, &years, Link::Logit, 1, self.seed);
            found.p_logit = logit.ok().map(|test| test.p_asymptotic);
        }
        if let Ok(years) = choose_years(&outcomes, self.horizon, EVENTS) {
            found.p_tissue = self.tissue_test(&outcomes, &years).ok();
            found.tissue = self.tissue(&outcomes, &years).unwrap_or_default();
        }
        if let Ok(years) = choose_years(&outcomes, self.horizon, records + 2) {
            found.plain = self.plain(&outcomes, &years).unwrap_or_default();
        }
        Ok(found)
    }

    fn tissue_test(&self, outcomes: &Outcomes<'_>, years: &Years) -> Result<f64, StatsError> {
        let link = Link::ComplementaryLogLog;
        let share = Predictors::new(self.share, 1)?;
        Ok(test_year_effects(outcomes, &share, years, link, self.replicates, self.seed)?.p_bootstrap)
    }

    /// Records and the true share of the watched kind, without penalty.
    fn plain(&self, outcomes: &Outcomes<'_>, years: &Years) -> Result<Vec<Cell>, StatsError> {
        let kinds = self.truth.tissues.len();
        let shares: Vec<f64> =
            self.cohort.shares.chunks(kinds).map(|row| row[self.truth.watched()] / SHARE_UNIT).collect();
        let (values, columns) = self.beside_records(&shares, &vec![1.0; self.truth.records.len()]);
        let predictors = Predictors::new(&values, columns)?;
        let fitted = fit(outcomes, &predictors, years, Link::ComplementaryLogLog, Effects::ByYear)?;
        Ok(self.cells(&fitted, years, &vec![1.0; columns]))
    }

    /// As the report's picture, with the share that the key features give beside the records, all a standard deviation.
    fn tissue(&self, outcomes: &Outcomes<'_>, years: &Years) -> Result<Vec<Cell>, StatsError> {
        let mut scale = self.record_scales();
        let of_share = deviation(self.share.iter().copied());
        let share: Vec<f64> = self.share.iter().map(|share| share / of_share).collect();
        let (values, columns) = self.beside_records(&share, &scale);
        let predictors = Predictors::new(&values, columns)?;
        let fitted = fit_shrunk(outcomes, &predictors, years, Link::ComplementaryLogLog, &SHRINKAGE)?;
        scale.push(of_share / SHARE_UNIT);
        let cells = self.cells(&fitted, years, &scale).into_iter();
        Ok(cells.filter(|cell| cell.column == TISSUE).collect())
    }

    /// The records over their scales with one column more.
    fn beside_records(&self, column: &[f64], scale: &[f64]) -> (Vec<f64>, usize) {
        let rows = self.cohort.records.chunks(scale.len()).zip(column);
        let row = |(records, own): (&[f64], &f64)| -> Vec<f64> {
            records.iter().zip(scale).map(|(value, scale)| value / scale).chain([*own]).collect()
        };
        (rows.flat_map(row).collect(), scale.len() + 1)
    }

    fn record_scales(&self) -> Vec<f64> {
        let records = self.truth.records.len();
        (0..records).map(|at| deviation(self.cohort.records.iter().copied().skip(at).step_by(records))).collect()
    }

    /// Name and planted effects of a column; the one after the records is tissue.
    fn planted(&self, column: usize) -> (&str, &[f64]) {
        match self.truth.records.get(column) {
            Some(record) => (&record.name, &record.effects),
            None => (TISSUE, &self.truth.tissues[self.truth.watched()].effects),
        }
    }

    fn picture(&self, found: &EffectsByYear) -> Vec<Cell> {
        let (scales, columns) = (self.record_scales(), found.columns.len());
        let cell = |(place, interval, year): (usize, usize, usize)| {
            let (name, planted) = self.planted(place);
            let effect = found.effects[interval * columns + place];
            Cell {
                column: name.to_owned(),
                year,
                planted: planted[year - 1] * scales[place],
                effect: effect.effect,
                lower: effect.lower,
                upper: effect.upper,
            }
        };
        places(&found.years, columns).into_iter().map(cell).collect()
    }

    fn cells(&self, fitted: &HazardFit, years: &Years, scale: &[f64]) -> Vec<Cell> {
        let (errors, columns) = (fitted.std_errors(), scale.len());
        let cell = |(place, interval, year): (usize, usize, usize)| {
            let (name, planted) = self.planted(place);
            let at = interval * columns + place;
            let (effect, error) = (fitted.coefficients[at], errors[fitted.intercepts.len() + at]);
            let reach = normal_quantile(0.975) * error;
            Cell {
                column: name.to_owned(),
                year,
                planted: planted[year - 1] * scale[place],
                effect,
                lower: effect - reach,
                upper: effect + reach,
            }
        };
        places(years.ends(), columns).into_iter().map(cell).collect()
    }
}

/// Column, interval and year of every cell whose interval is a single year: only there one effect was planted.
fn places(ends: &[f64], columns: usize) -> Vec<(usize, usize, usize)> {
    let starts = std::iter::once(0.0).chain(ends.iter().copied());
    let single = ends.iter().zip(starts).enumerate().filter(|(_, (end, start))| *end - start == 1.0);
    single.flat_map(|(interval, (end, _))| (0..columns).map(move |column| (column, interval, *end as usize))).collect()
}

/// Standard deviation (divisor n), as the picture's.
fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let rows = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / rows;
    (values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows).sqrt()
}
