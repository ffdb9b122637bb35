//! Discrimination and calibration of predicted risks from one round of counts: by agreed time, end and bin of risk.
//!
//! The counts are the whole cohort as the grids see it, so that Harrell's C, the time-dependent AUC, the Brier score,
//! calibration and the decision curve all follow from them, each by its ordinary function.

use renkei_stats::{
    StatsError,
    discrimination::{concordance, cumulative_dynamic_auc},
    prediction::{CalibrationTables, DecisionTables, brier, quantile_cuts},
    survival::Outcomes,
};
use serde::{Deserialize, Serialize};

use super::{Answer, Ask, MethodError, Outcome, Prediction, Sums, Table, Times};

/// Bins at most, and persons at most whose counts are unfolded.
const BINS: usize = 1000;
const PERSONS: u64 = 20_000_000;

/// The terms. Equal to pooled: the ordinary functions of all cases with times on the grid and risks at the middles of their
/// bins. What the grids change is told by the certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictionOnGrid {
    /// Column that holds each case's predicted risk of the event of interest by the horizon, made without the case itself.
    pub risk: String,
    /// The horizon, before the last agreed time.
    pub horizon: f64,
    /// The agreed times.
    pub times: Times,
    /// Bins of risk, of equal width from 0 to 1.
    pub bins: usize,
    /// Groups of the calibration, by quantiles of the risk.
    pub groups: usize,
    /// Thresholds of the decision curve; best between bins.
    pub thresholds: Vec<f64>,
}

impl PredictionOnGrid {
    pub(crate) const NAME: &'static str = "prediction_on_grid";

    pub(crate) fn check(&self) -> Result<(), MethodError> {
        let last = self.times.ends()[self.times.count() - 1];
        if !(self.horizon > 0.0 && self.horizon < last) {
            return Err(MethodError::terms("horizon", "it has to lie above 0 and before the last agreed time"));
        }
        if !(2..=BINS).contains(&self.bins) || self.groups == 0 || self.groups > self.bins {
            return Err(MethodError::terms(
                "bins and groups",
                "2 to 1000 bins and no more groups than bins are needed",
            ));
        }
        if self.thresholds.is_empty() || !self.thresholds.iter().all(|threshold| (0.0..1.0).contains(threshold)) {
            return Err(MethodError::terms("thresholds", "at least one, from 0 to below 1"));
        }
        Ok(())
    }

    fn cells(&self) -> usize {
        self.times.count() * 2 * self.bins
    }

    pub(crate) fn bin(&self, risk: f64) -> usize {
        ((risk * self.bins as f64) as usize).min(self.bins - 1)
    }

    pub(crate) fn middle(&self, bin: usize) -> f64 {
        (bin as f64 + 0.5) / self.bins as f64
    }

    pub(crate) fn risks<'t>(&self, table: &'t Table) -> Result<&'t [f64], MethodError> {
        let risks = table.column(&self.risk)?;
        let problem = "holds a risk that is not between 0 and 1";
        match risks.iter().all(|risk| (0.0..=1.0).contains(risk)) {
            true => Ok(risks),
            false => Err(MethodError::Column { column: self.risk.clone(), problem }),
        }
    }

    pub(crate) fn answer(&self, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
        if *ask != Ask::Counts {
            return Err(MethodError::Unexpected { method: Self::NAME, asked: ask.name() });
        }
        table.one_row_each()?;
        let (time, cause) = table.follow_up()?;
        let cell = |((time, cause), risk): ((&f64, &usize), &f64)| {
            let (step, cause) = self.times.coarsen(*time, *cause);
            (step * 2 + usize::from(cause == 1)) * self.bins + self.bin(*risk)
        };
        let cells: Vec<usize> = time.iter().zip(cause).zip(self.risks(table)?).map(cell).collect();
        let mut sets = table.sets_by(&cells, self.cells()).into_iter();
        let mut answer = Answer::default();
        answer.count("persons", ["persons".into()], [table.everyone()]);
        for time in self.times.labels() {
            for end in ["censored", "events"] {
                let labels = (0..self.bins).map(|bin| format!("risk {:.4}", self.middle(bin)));
                answer.count(&format!("{end} {time}"), labels, sets.by_ref().take(self.bins));
            }
        }
        Ok(answer)
    }

    pub(crate) fn conclude(&self, total: &Sums) -> Result<Outcome, MethodError> {
        let (persons, counts) = total.counts.split_first().ok_or(MethodError::Done)?;
        if counts.iter().try_fold(0, |sum: u64, count| sum.checked_add(*count)) != Some(*persons) {
            return Err(MethodError::Contradiction { block: "ends of follow-up by risk" });
        }
        if *persons > PERSONS {
            return Err(MethodError::terms("persons", "20 million can be analysed at most"));
        }
        let (mut time, mut event, mut risk) = (vec![], vec![], vec![]);
        for (cell, count) in counts.iter().enumerate() {
            let (end, bin) = (cell / self.bins, cell % self.bins);
            time.extend(std::iter::repeat_n(self.times.ends()[end / 2], *count as usize));
            event.extend(std::iter::repeat_n(end % 2 == 1, *count as usize));
            risk.extend(std::iter::repeat_n(self.middle(bin), *count as usize));
        }
        Ok(Outcome::Prediction(self.measure(&time, &event, &risk)?))
    }

    /// The ordinary functions.
    pub(crate) fn measure(&self, time: &[f64], event: &[bool], risk: &[f64]) -> Result<Prediction, StatsError> {
        let outcomes = Outcomes::new(time, event)?;
        let calibration = CalibrationTables::new(&outcomes, risk, &quantile_cuts(risk, self.groups)?)?;
        let auc = cumulative_dynamic_auc(&outcomes, risk, &[self.horizon])?;
        Ok(Prediction {
            concordance: concordance(&outcomes, risk)?,
            auc: auc[0],
            brier: brier(&outcomes, risk, self.horizon)?,
            calibration: calibration.calibration(self.horizon, 0.95)?,
            net_benefits: DecisionTables::new(&outcomes, risk, &self.thresholds)?.net_benefits(self.horizon)?,
        })
    }
}
