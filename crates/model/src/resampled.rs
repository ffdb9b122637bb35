//! Concordance and AUC of held-out predictions, on the cases and on bootstrap samples of them.

use renkei_stats::{
    StatsError,
    discrimination::{concordance, cumulative_dynamic_auc},
    resample::bootstrap_indices,
    survival::Outcomes,
};

use crate::{
    Difference, Discrimination, Estimate, HorizonAuc, HorizonDifference, Outcome, TimeDependentAuc, design::Design,
};

/// How many samples, and of which seed. Predictions of the same cases with the same plan share their samples, so they pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) replicates: usize,
    pub(crate) seed: u64,
    pub(crate) horizons_years: &'a [f64],
}

/// One figure on the cases and on every sample; none where it does not exist.
type Sampled = (Result<f64, String>, Vec<Option<f64>>);

/// All figures of one set of predictions.
#[derive(Debug)]
pub(crate) struct Resampled {
    concordance: Sampled,
    /// By horizon: the AUC with its numbers of cases and controls.
    auc: Vec<(Sampled, (usize, usize))>,
    horizons_years: Vec<f64>,
}

impl Resampled {
    /// Computes the figures of `predictor`, one a row of `design`.
    pub(crate) fn new(design: &Design, predictor: &[f64], plan: &Plan<'_>) -> Self {
        let rows: Vec<usize> = (0..design.rows()).collect();
        let observed = Figures::new(design, predictor, &rows, plan.horizons_years);
        let mut concordance = Vec::with_capacity(plan.replicates);
        let mut auc = vec![Vec::with_capacity(plan.replicates); plan.horizons_years.len()];
        for replicate in 0..plan.replicates as u64 {
            let sample = bootstrap_indices(design.rows(), plan.seed, replicate);
            let figures = Figures::new(design, predictor, &sample, plan.horizons_years);
            concordance.push(figures.concordance.ok());
            for (all, one) in auc.iter_mut().zip(figures.auc) {
                all.push(one.ok().map(|(estimate, _)| estimate));
            }
        }
        let by_horizon = observed.auc.into_iter().zip(auc).map(|(observed, sampled)| match observed {
            Ok((estimate, counts)) => ((Ok(estimate), sampled), counts),
            Err(error) => ((Err(error.to_string()), sampled), (0, 0)),
        });
        Self {
            auc: by_horizon.collect(),
            concordance: (observed.concordance.map_err(|error| error.to_string()), concordance),
            horizons_years: plan.horizons_years.to_vec(),
        }
    }

    /// The figures with their intervals.
    pub(crate) fn discrimination(&self) -> Result<Discrimination, String> {
        let auc = self.horizons_years.iter().zip(&self.auc).map(|(years, (sampled, (cases, controls)))| {
            let auc = |estimate| TimeDependentAuc { estimate, cases: *cases, controls: *controls };
            HorizonAuc { years: *years, auc: estimate(sampled).map(auc).into() }
        });
        Ok(Discrimination { concordance: estimate(&self.concordance)?, auc: auc.collect() })
    }

    /// Paired differences to a reference on the same cases and samples: of C, and of AUC by horizon.
    pub(crate) fn against(&self, reference: &Self) -> Result<(Difference, Vec<HorizonDifference>), String> {
        let auc = self.horizons_years.iter().zip(self.auc.iter().zip(&reference.auc));
        let auc = auc.map(|(years, ((model, _), (reference, _)))| HorizonDifference {
            years: *years,
            difference: Outcome::from(difference(model, reference)),
        });
        Ok((difference(&self.concordance, &reference.concordance)?, auc.collect()))
    }
}

/// An AUC with its numbers of cases and controls.
type Counted = (f64, (usize, usize));

struct Figures {
    concordance: Result<f64, StatsError>,
    auc: Vec<Result<Counted, StatsError>>,
}

impl Figures {
    fn new(design: &Design, predictor: &[f64], rows: &[usize], horizons_years: &[f64]) -> Self {
        let time: Vec<f64> = rows.iter().map(|row| design.time[*row]).collect();
        let event: Vec<bool> = rows.iter().map(|row| design.event[*row]).collect();
        let risk: Vec<f64> = rows.iter().map(|row| predictor[*row]).collect();
        let concordance = || Ok(concordance(&Outcomes::new(&time, &event)?, &risk)?.estimate);
        let auc = |years: &f64| {
            let found = cumulative_dynamic_auc(&Outcomes::new(&time, &event)?, &risk, &[*years])?;
            let one = found.first().ok_or(StatsError::Empty { what: "the list of horizons" })?;
            Ok((one.estimate, (one.cases, one.controls)))
        };
        Self { concordance: concordance(), auc: horizons_years.iter().map(auc).collect() }
    }
}

fn estimate((observed, sampled): &Sampled) -> Result<Estimate, String> {
    interval(observed.clone()?, sampled)
}

fn difference(model: &Sampled, reference: &Sampled) -> Result<Difference, String> {
    let (of_model, of_reference) = (model.0.clone()?, reference.0.clone()?);
    let pairs = || model.1.iter().zip(&reference.1).map(|(a, b)| a.zip(*b));
    let absolute: Vec<Option<f64>> = pairs().map(|pair| pair.map(|(a, b)| a - b)).collect();
    let relative = |(a, b): (f64, f64)| (b > 0.0).then(|| (a - b) / b);
    let relative: Vec<Option<f64>> = pairs().map(|pair| pair.and_then(relative)).collect();
    if of_reference <= 0.0 {
        return Err("the figure of the reference is 0, so nothing is relative to it".to_owned());
    }
    Ok(Difference {
        model: of_model,
        reference: of_reference,
        absolute: interval(of_model - of_reference, &absolute)?,
        relative: interval((of_model - of_reference) / of_reference, &relative)?,
        p: two_sided_p(&absolute),
    })
}

/// Twice the smaller share of samples on either side of 0, each side counted with one sample more (so never 0).
fn two_sided_p(sampled: &[Option<f64>]) -> f64 {
    let count = |test: fn(f64) -> bool| sampled.iter().flatten().filter(|value| test(**value)).count();
    let all = sampled.iter().flatten().count();
    let smaller = count(|value| value <= 0.0).min(count(|value| value >= 0.0));
    (2.0 * (1 + smaller) as f64 / (1 + all) as f64).min(1.0)
}

/// The 95 % percentile interval.
fn interval(estimate: f64, sampled: &[Option<f64>]) -> Result<Estimate, String> {
    let mut values: Vec<f64> = sampled.iter().flatten().copied().collect();
    if values.is_empty() || 2 * values.len() < sampled.len() {
        return Err(format!(
            "only {} of {} bootstrap samples support it: too few events or too short a follow-up",
            values.len(),
            sampled.len()
        ));
    }
    values.sort_by(f64::total_cmp);
    let (lower, upper) = (quantile(&values, 0.025), quantile(&values, 0.975));
    Ok(Estimate { estimate, lower, upper, replicates: values.len() })
}

/// Quantile of ascending values, linear between neighbours (R `quantile`, type 7).
pub(crate) fn quantile(ascending: &[f64], probability: f64) -> f64 {
    let last = ascending.len().saturating_sub(1);
    let place = probability * last as f64;
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    ascending[below] + (place - below as f64) * (ascending[above] - ascending[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_equal_type_7_of_r() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.0, 0.5, 1.0].map(|p| quantile(&values, p)), [1.0, 3.0, 8.0]);
        assert!((quantile(&values, 0.9) - 6.8).abs() < 1e-12);
    }

    #[test]
    fn the_p_value_counts_the_smaller_side() {
        let sampled: Vec<Option<f64>> = (0..99).map(|i| Some(f64::from(i) - 4.5)).chain([None]).collect();
        assert_eq!(two_sided_p(&sampled), 2.0 * 6.0 / 100.0);
        assert_eq!(two_sided_p(&[Some(0.0); 9]), 1.0);
    }

    #[test]
    fn an_interval_needs_half_of_the_samples() {
        assert!(interval(0.5, &[Some(0.4), None, None]).is_err());
        assert!(interval(0.5, &[]).is_err());
        assert_eq!(interval(0.5, &[Some(0.4), Some(0.6), None]).unwrap().replicates, 2);
    }
}
