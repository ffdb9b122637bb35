//! Breslow's partial likelihood as a function of linear predictors.

use nalgebra::DMatrix;

use super::design::Design;
use crate::{
    cox::{Segment, Sorted},
    gram::Gram,
    survival::Outcomes,
};

/// Risk sets of some cases; linear predictors come and derivatives go in their sorted order.
#[derive(Debug)]
pub(crate) struct Risk {
    pub(crate) order: Vec<usize>,
    segments: Vec<Segment>,
    death: Vec<bool>,
    /// Log-likelihood of a model that gives every death at one time an equal share of a certain death.
    saturated: f64,
}

/// The log-likelihood at linear predictors, with its slope and (negative) curvature along each of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slopes {
    pub(crate) log_likelihood: f64,
    pub(crate) slope: Vec<f64>,
    pub(crate) curvature: Vec<f64>,
}

impl Risk {
    /// Risk sets of the cases `among` (in any order).
    pub(crate) fn new(outcomes: &Outcomes<'_>, strata: Option<&[usize]>, among: impl Iterator<Item = usize>) -> Self {
        let Sorted { order, segments } = Sorted::new(outcomes, strata, among);
        let death = order.iter().map(|case| outcomes.event()[*case]).collect();
        let deaths = segments.iter().flat_map(|segment| &segment.steps).map(|step| step.deaths.len() as f64);
        let saturated = -deaths.map(|deaths| deaths * deaths.ln()).sum::<f64>();
        Self { order, segments, death, saturated }
    }

    /// Twice the distance to the saturated model.
    pub(crate) fn deviance(&self, log_likelihood: f64) -> f64 {
        2.0 * (self.saturated - log_likelihood)
    }

    pub(crate) fn events(&self) -> usize {
        self.death.iter().filter(|death| **death).count()
    }

    /// Information about the coefficients of some columns at linear predictors: the cross product of all rows, weighted
    /// by the hazard that they lived through, less that of the risk set means.
    pub(crate) fn information(&self, design: &Design, columns: &[usize], predictors: &[f64]) -> DMatrix<f64> {
        let (mut rows, mut means) = (Gram::new(columns.len()), Gram::new(columns.len()));
        let columns: Vec<&[f64]> = columns.iter().map(|column| design.column(*column)).collect();
        for segment in &self.segments {
            let first = segment.rows().start;
            let predictors = &predictors[segment.rows()];
            let shift = predictors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weight: Vec<f64> = predictors.iter().map(|value| (value - shift).exp()).collect();
            let (mut at_risk, mut sums, mut hazards) = (0.0, vec![0.0; columns.len()], Vec::new());
            for step in &segment.steps {
                for row in step.entering.clone() {
                    at_risk += weight[row - first];
                    let values = columns.iter().map(|column| column[row]);
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight[row - first] * value);
                }
                let deaths = step.deaths.len() as f64;
                means.add(deaths.sqrt() / at_risk, sums.iter().copied());
                hazards.push(deaths / at_risk);
            }
            let mut hazard = 0.0;
            for (step, own) in segment.steps.iter().zip(&hazards).rev() {
                hazard += own;
                for row in step.entering.clone() {
                    rows.add((weight[row - first] * hazard).sqrt(), columns.iter().map(|column| column[row]));
                }
            }
        }
        rows.finish() - means.finish()
    }

    /// Evaluates at linear predictors, in sorted order.
    pub(crate) fn evaluate(&self, predictors: &[f64], to: &mut Slopes) {
        to.log_likelihood = 0.0;
        to.slope.clear();
        // Who is censored before the first event of the stratum stays at 0.
        to.slope.extend(self.death.iter().map(|death| f64::from(u8::from(*death))));
        to.curvature.clear();
        to.curvature.resize(predictors.len(), 0.0);
        for segment in &self.segments {
            to.add_segment(segment, predictors);
        }
    }
}

impl Slopes {
    fn add_segment(&mut self, segment: &Segment, predictors: &[f64]) {
        let rows = segment.rows();
        let shift = predictors[rows.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weight = &mut self.curvature[rows.clone()];
        weight.iter_mut().zip(&predictors[rows.clone()]).for_each(|(weight, value)| *weight = (value - shift).exp());
        let mut at_risk = 0.0;
        let mut hazards = Vec::with_capacity(segment.steps.len());
        for step in &segment.steps {
            at_risk += self.curvature[step.entering.clone()].iter().sum::<f64>();
            let deaths = step.deaths.len() as f64;
            let predicted = predictors[step.deaths.clone()].iter().map(|value| value - shift).sum::<f64>();
            self.log_likelihood += predicted - deaths * at_risk.ln();
            hazards.push([deaths / at_risk, deaths / (at_risk * at_risk)]);
        }
        let [mut hazard, mut square] = [0.0; 2];
        for (step, [own, own_square]) in segment.steps.iter().zip(&hazards).rev() {
            hazard += own;
            square += own_square;
            for row in step.entering.clone() {
                let weight = self.curvature[row];
                self.slope[row] -= weight * hazard;
                self.curvature[row] = weight * (hazard - weight * square);
            }
        }
    }
}
