//! The product-limit estimate (Kaplan and Meier 1958) with Greenwood's variance (1926), as R `survfit`.

use serde::{Deserialize, Serialize};

use super::RiskTable;
use crate::{StatsError, distribution::two_sided};

/// Scale on which an interval is symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalForm {
    /// Symmetric about S (R `conf.type = "plain"`).
    Plain,
    /// Symmetric about log S: the default of R.
    #[default]
    Log,
    /// Symmetric about log(-log S) (R `conf.type = "log-log"`): stays within 0 and 1.
    LogLog,
}

/// A confidence interval, both ends within 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// A survival curve: a step function that falls at the event times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KaplanMeier {
    /// Event times, ascending.
    pub time: Vec<f64>,
    /// Cases at risk just before each time.
    pub at_risk: Vec<u64>,
    /// Events at each time.
    pub events: Vec<u64>,
    /// S just after each time.
    pub survival: Vec<f64>,
    /// Greenwood's sum of d / (n (n - d)): the variance of log S; infinite once S is 0.
    pub log_variance: Vec<f64>,
}

impl KaplanMeier {
    /// The curve of a risk table; without events S is 1 throughout.
    pub fn new(table: &RiskTable) -> Self {
        let (mut survival, mut variance) = (1.0, 0.0);
        let mut curve = Self { time: vec![], at_risk: vec![], events: vec![], survival: vec![], log_variance: vec![] };
        for (row, at_risk) in table.with_at_risk().filter(|(row, _)| row.events > 0) {
            let (n, d) = (at_risk as f64, row.events as f64);
            survival *= (n - d) / n;
            variance += d / (n * (n - d));
            curve.time.push(row.time);
            curve.at_risk.push(at_risk);
            curve.events.push(row.events);
            curve.survival.push(survival);
            curve.log_variance.push(variance);
        }
        curve
    }

    fn step(&self, time: f64) -> Option<usize> {
        self.time.partition_point(|t| *t <= time).checked_sub(1)
    }

    /// S(`time`) = P(T > `time`). Beyond the last event the last value stands.
    pub fn survival_at(&self, time: f64) -> f64 {
        self.step(time).map_or(1.0, |step| self.survival[step])
    }

    /// Greenwood's standard error of S(`time`); none where S is 0.
    pub fn std_err_at(&self, time: f64) -> Option<f64> {
        let survival = self.survival_at(time);
        let log_variance = self.step(time).map_or(0.0, |step| self.log_variance[step]);
        (survival > 0.0).then(|| survival * log_variance.sqrt())
    }

    /// Pointwise interval of S(`time`) at `level` (0.95); none where S is 0, nor on the log-log scale where S is 1.
    ///
    /// # Errors
    /// `Setting` when `level` is not between 0 and 1.
    pub fn interval_at(&self, time: f64, level: f64, form: IntervalForm) -> Result<Option<Interval>, StatsError> {
        let z = two_sided(level)?;
        let survival = self.survival_at(time);
        let Some(std_err) = self.std_err_at(time) else { return Ok(None) };
        let spread = z * std_err / survival;
        let (lower, upper) = match form {
            IntervalForm::Plain => (survival - z * std_err, survival + z * std_err),
            IntervalForm::Log => (survival * (-spread).exp(), survival * spread.exp()),
            IntervalForm::LogLog if survival == 1.0 => return Ok(None),
            IntervalForm::LogLog => {
                let power = spread / -survival.ln();
                (survival.powf(power.exp()), survival.powf((-power).exp()))
            }
        };
        Ok(Some(Interval { lower: lower.max(0.0), upper: upper.min(1.0) }))
    }

    /// The first time at which S falls to 1 - `probability` or below (the median for 0.5), as R `quantile(survfit)`: where S
    /// equals it, the middle of that step. None when S stays above.
    pub fn quantile(&self, probability: f64) -> Option<f64> {
        let target = 1.0 - probability;
        let slack = f64::EPSILON.sqrt();
        let first = self.survival.iter().position(|s| *s <= target + slack)?;
        match self.time.get(first + 1) {
            Some(next) if (self.survival[first] - target).abs() <= slack => Some((self.time[first] + next) / 2.0),
            _ => Some(self.time[first]),
        }
    }
}
