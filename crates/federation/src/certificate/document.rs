//! The certificate.

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::{Adding, Follow, Round, check_set, difference, pooled, run};
use crate::methods::{Hub, Method, MethodError, Outcome, Step, Sums};

/// Largest difference between federated and pooled that a method marked exact may have.
pub const BOUND: f64 = 1e-9;
/// Cases of a site in the check set: at least, and at most.
const CASES: std::ops::RangeInclusive<u64> = 200..=1000;
/// Version of this document's form.
const VERSION: u32 = 1;

/// What a result rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Version of this document's form: 1.
    pub version: u32,
    /// Hash of the study.
    pub study: Digest,
    /// Registered name of the method.
    pub name: String,
    /// Its registered version.
    pub method_version: u32,
    /// The method with its terms; the grid is among them.
    pub method: Method,
    /// The sites in the sums.
    pub sites: Vec<String>,
    /// Persons and events, where the study lets them be told.
    pub cohort: Option<Cohort>,
    /// The rounds.
    pub rounds: Vec<Round>,
    /// Hash of the result.
    pub result: Digest,
    /// Federated against pooled.
    pub check: Check,
    /// What the agreed times change by themselves, on the check set, for a method that has some.
    pub grid: Option<GridError>,
}

/// Persons and events of all sites together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// Persons.
    pub persons: u64,
    /// Events.
    pub events: u64,
}

/// The check set and what it gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Seed.
    pub seed: u64,
    /// Cases of each site in it.
    pub cases: Vec<u64>,
    /// Largest difference with sums as doubles.
    pub plain: f64,
    /// Largest difference with sums rounded to 2^-40.
    pub fixed_point: f64,
}

/// The error of the agreed times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GridError {
    /// Largest change of a coefficient, in its standard errors.
    StandardErrors(f64),
    /// Largest change of a curve at an agreed time; of C, AUC, Brier score or mean risk.
    Probability(f64),
}

/// Why a certificate is not given, or does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The check set could not be analysed.
    #[error("the check set could not be analysed")]
    Method(#[from] MethodError),
    /// Federated and pooled differ.
    #[error("on the check set federated and pooled differ by {found:e}, more than {bound:e}: do not use the result")]
    Differs {
        /// Largest difference.
        found: f64,
        /// Largest that is allowed.
        bound: f64,
    },
    /// The document says something else than what follows from it.
    #[error("the certificate's {what} is not what its own contents give")]
    Altered {
        /// Which part.
        what: &'static str,
    },
}

impl Certificate {
    /// The certificate of a finished method: its totals, by round, and the check set of `seed`.
    ///
    /// # Errors
    /// `Method` where the totals or the check set have no result; `Differs` where the bound is not met.
    pub fn issue(
        study: Digest,
        method: &Method,
        sites: &[String],
        totals: &[Sums],
        cohort: Option<Cohort>,
        seed: u64,
    ) -> Result<Self, CertificateError> {
        let result = replay(method, totals)?;
        let persons = totals.first().and_then(|total| total.counts.first()).copied().unwrap_or(0);
        let each = (persons / sites.len().max(1) as u64).clamp(*CASES.start(), *CASES.end());
        // Hospitals differ in size.
        let cases: Vec<u64> = (0..sites.len() as u64).map(|site| each * (4 + site % 3) / 5).collect();
        let (check, grid) = measure(method, sites, &cases, seed)?;
        Ok(Self {
            version: VERSION,
            study,
            name: method.name().into(),
            method_version: method.version(),
            method: method.clone(),
            sites: sites.to_vec(),
            cohort,
            rounds: totals.iter().map(Round::of).collect(),
            result: digest(&result)?,
            check,
            grid,
        })
    }

    /// Repeats the check set.
    ///
    /// # Errors
    /// `Differs` where the bound is not met, `Altered` where the document claims anything else than what is found.
    pub fn verify_check(&self) -> Result<(), CertificateError> {
        if (self.version, self.name.as_str(), self.method_version)
            != (VERSION, self.method.name(), self.method.version())
        {
            return Err(CertificateError::Altered { what: "method or version" });
        }
        if self.check.cases.len() != self.sites.len()
            || !self.check.cases.iter().all(|cases| (1..=2000).contains(cases))
        {
            return Err(CertificateError::Altered { what: "check set" });
        }
        let (check, grid) = measure(&self.method, &self.sites, &self.check.cases, self.check.seed)?;
        // Other processors may round elementary functions otherwise; the claim is the bound.
        let near = |a: f64, b: f64| (a - b).abs() <= BOUND;
        if !(near(check.plain, self.check.plain) && near(check.fixed_point, self.check.fixed_point)) {
            return Err(CertificateError::Altered { what: "largest difference" });
        }
        let same = match (grid, self.grid) {
            (None, None) => true,
            (Some(GridError::StandardErrors(a)), Some(GridError::StandardErrors(b)))
            | (Some(GridError::Probability(a)), Some(GridError::Probability(b))) => near(a, b),
            _ => false,
        };
        if same { Ok(()) } else { Err(CertificateError::Altered { what: "error of the grid" }) }
    }

    /// Follows the totals to the result.
    ///
    /// # Errors
    /// `Altered` where a total or the result is another than the one that was certified; `Method` where there is no result.
    pub fn verify_totals(&self, totals: &[Sums]) -> Result<Outcome, CertificateError> {
        if !totals.iter().map(Round::of).eq(self.rounds.iter().cloned()) {
            return Err(CertificateError::Altered { what: "list of totals" });
        }
        let result = replay(&self.method, totals)?;
        if digest(&result)? != self.result {
            return Err(CertificateError::Altered { what: "result" });
        }
        Ok(result)
    }
}

/// The hub's way through the totals; all of them are needed, and no more.
fn replay(method: &Method, totals: &[Sums]) -> Result<Outcome, MethodError> {
    let mut hub = Hub::start(method.clone())?;
    for (round, total) in totals.iter().enumerate() {
        match hub.step(total)? {
            Step::Done(outcome) if round + 1 == totals.len() => return Ok(*outcome),
            Step::Done(_) => return Err(MethodError::Done),
            Step::Next(_) => {}
        }
    }
    Err(MethodError::terms("totals", "the method is not at its end"))
}

fn digest(result: &Outcome) -> Result<Digest, MethodError> {
    let text = serde_json::to_vec(result).map_err(|error| MethodError::terms("result", error.to_string()))?;
    Ok(Digest::of(&text))
}

fn measure(
    method: &Method,
    sites: &[String],
    cases: &[u64],
    seed: u64,
) -> Result<(Check, Option<GridError>), CertificateError> {
    let tables = check_set(method, sites, cases, seed)?;
    let reference = pooled(method, &tables, Follow::Grid)?;
    let of = |adding| difference(&run(method, &tables, adding)?.outcome, &reference);
    let (plain, fixed_point) = (of(Adding::Plain)?, of(Adding::FixedPoint)?);
    let found = plain.max(fixed_point);
    if found.is_nan() || found > BOUND {
        return Err(CertificateError::Differs { found, bound: BOUND });
    }
    let grid = grid_error(&reference, || pooled(method, &tables, Follow::Exact), method)?;
    Ok((Check { seed, cases: cases.to_vec(), plain, fixed_point }, grid))
}

fn grid_error(
    on_grid: &Outcome,
    exact: impl FnOnce() -> Result<Outcome, MethodError>,
    method: &Method,
) -> Result<Option<GridError>, MethodError> {
    match (method, on_grid) {
        (Method::CoxOnGrid(_), Outcome::Cox(coarse)) => {
            let Outcome::Cox(fine) = exact()? else { return Ok(None) };
            let shift = coarse.coefficients.iter().zip(&fine.coefficients).zip(fine.std_errors());
            let largest = shift.map(|((a, b), std_err)| (a - b).abs() / std_err).fold(0.0, f64::max);
            Ok(Some(GridError::StandardErrors(largest)))
        }
        (Method::PredictionOnGrid(_), Outcome::Prediction(coarse)) => {
            let Outcome::Prediction(fine) = exact()? else { return Ok(None) };
            let shifts = [
                coarse.concordance.estimate - fine.concordance.estimate,
                coarse.auc.estimate - fine.auc.estimate,
                coarse.brier.estimate - fine.brier.estimate,
                coarse.calibration.overall.expected - fine.calibration.overall.expected,
            ];
            Ok(Some(GridError::Probability(shifts.iter().fold(0.0, |largest: f64, shift| largest.max(shift.abs())))))
        }
        (Method::CurvesOnGrid(terms), Outcome::Curves(coarse)) => {
            let Outcome::Curves(fine) = exact()? else { return Ok(None) };
            let mut largest = 0.0_f64;
            for (a, b) in coarse.groups.iter().zip(&fine.groups) {
                for end in terms.times.ends() {
                    let survival = a.kaplan_meier.survival_at(*end) - b.kaplan_meier.survival_at(*end);
                    largest = largest.max(survival.abs());
                    for cause in 1..=terms.causes {
                        let incidence = a.aalen_johansen.at(cause, *end)?.0 - b.aalen_johansen.at(cause, *end)?.0;
                        largest = largest.max(incidence.abs());
                    }
                }
            }
            Ok(Some(GridError::Probability(largest)))
        }
        _ => Ok(None),
    }
}
