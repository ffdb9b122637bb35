//! The cumulative incidence of each cause (Aalen and Johansen 1978), as R `survfit(Surv(time, factor(cause)) ~ 1)`,
//! with the Greenwood-type variance that equals its infinitesimal jackknife. `cmprsk::cuminc` estimates the same
//! incidence with the variance of Aalen 1978, which differs a little.

use serde::{Deserialize, Serialize};

use super::{CauseTable, outcomes::check_cause};
use crate::{StatsError, distribution::two_sided, survival::Interval};

/// Cumulative incidences: step functions that rise at the event times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AalenJohansen {
    /// Number of causes.
    pub causes: usize,
    /// Times at which any event happened, ascending.
    pub time: Vec<f64>,
    /// Cases at risk just before each time.
    pub at_risk: Vec<u64>,
    /// P(no event) just after each time: the Kaplan-Meier estimate of all causes as one.
    pub free: Vec<f64>,
    /// Incidence of each cause just after each time, row-major, one row a time.
    pub incidence: Vec<f64>,
    /// Its variance, in the same order.
    pub variance: Vec<f64>,
}

/// Running sums of one cause, in which F_j is the incidence just after time j, n and d the cases at risk and events
/// there.
#[derive(Debug, Clone, Copy, Default)]
struct CauseSums {
    incidence: f64,
    /// Sums over j of d / (n (n - d)) times (F - F_j) to the first and second power.
    lost: [f64; 2],
    /// Sums over j of S d_cause / n^2, plain and times F - F_j.
    mixed: [f64; 2],
    /// The sum over j of S^2 d_cause (n - d_cause) / n^3.
    own: f64,
}

impl CauseSums {
    /// Moves from F to F + `rise`, with the sum of d / (n (n - d)) so far.
    fn rise(&mut self, rise: f64, lost: f64) {
        self.incidence += rise;
        self.lost[1] += rise * (2.0 * self.lost[0] + rise * lost);
        self.lost[0] += rise * lost;
        self.mixed[1] += rise * self.mixed[0];
    }

    fn variance(&self) -> f64 {
        (self.lost[1] + self.own - 2.0 * self.mixed[1]).max(0.0)
    }
}

impl AalenJohansen {
    /// The estimate of a table; without events nobody has any cause.
    pub fn new(table: &CauseTable) -> Self {
        let causes = table.causes();
        let mut curve =
            Self { causes, time: vec![], at_risk: vec![], free: vec![], incidence: vec![], variance: vec![] };
        let mut sums = vec![CauseSums::default(); causes];
        let (mut free, mut lost) = (1.0, 0.0);
        for row in table.rows().filter(|row| row.events() > 0) {
            let (n, all) = (row.at_risk as f64, row.events() as f64);
            for (place, sum) in sums.iter_mut().enumerate() {
                let d = row.of(place + 1) as f64;
                sum.rise(free * d / n, lost);
                sum.mixed[0] += free * d / (n * n);
                sum.own += free * free * d * (n - d) / (n * n * n);
            }
            // Infinite once nobody is left; then no further incidence rises.
            lost += all / (n * (n - all));
            free *= (n - all) / n;
            curve.time.push(row.time);
            curve.at_risk.push(row.at_risk);
            curve.free.push(free);
            curve.incidence.extend(sums.iter().map(|sum| sum.incidence));
            curve.variance.extend(sums.iter().map(CauseSums::variance));
        }
        curve
    }

    /// P(event of `cause` up to `time`) and its standard error; beyond the last event the last values stand.
    ///
    /// # Errors
    /// `Setting` for a cause that is not one of the table.
    pub fn at(&self, cause: usize, time: f64) -> Result<(f64, f64), StatsError> {
        check_cause(cause, self.causes)?;
        let step = self.time.partition_point(|t| *t <= time).checked_sub(1);
        let place = step.map(|step| step * self.causes + cause - 1);
        Ok(place.map_or((0.0, 0.0), |place| (self.incidence[place], self.variance[place].sqrt())))
    }

    /// Pointwise interval at `level` (0.95), symmetric about log(-log F) (R `conf.type = "log-log"`); none where F is 0
    /// or 1.
    ///
    /// # Errors
    /// `Setting` for a cause that is not one of the table, or a level not between 0 and 1.
    pub fn interval_at(&self, cause: usize, time: f64, level: f64) -> Result<Option<Interval>, StatsError> {
        let (z, (incidence, std_err)) = (two_sided(level)?, self.at(cause, time)?);
        if incidence <= 0.0 || incidence >= 1.0 {
            return Ok(None);
        }
        let power = (z * std_err / (incidence * -incidence.ln())).exp();
        Ok(Some(Interval { lower: incidence.powf(power), upper: incidence.powf(power.recip()) }))
    }
}
