//! The Cox partial log-likelihood of given linear predictors, for cross-validation.

use renkei_stats::cox::Ties;

use crate::design::Design;

/// Partial log-likelihood of the follow-up of `design` at one linear predictor a row (Efron 1977 or Breslow 1974 for ties).
pub(crate) fn partial_log_likelihood(design: &Design, predictor: &[f64], ties: Ties) -> f64 {
    let mut order: Vec<usize> = (0..design.rows()).collect();
    order.sort_by(|a, b| design.time[*b].total_cmp(&design.time[*a]));
    // Weights are taken against the largest predictor, which cancels, so that none overflows.
    let shift = predictor.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weight = |row: usize| (predictor[row] - shift).exp();
    let (mut at_risk, mut value) = (0.0, 0.0);
    for tied in order.chunk_by(|a, b| design.time[*a] == design.time[*b]) {
        at_risk += tied.iter().map(|row| weight(*row)).sum::<f64>();
        let deaths: Vec<usize> = tied.iter().copied().filter(|row| design.event[*row]).collect();
        let dying: f64 = deaths.iter().map(|row| weight(*row)).sum();
        for (place, row) in deaths.iter().enumerate() {
            let gone = if ties == Ties::Efron { place as f64 / deaths.len() as f64 } else { 0.0 };
            value += predictor[*row] - shift - (at_risk - gone * dying).ln();
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Input, Records, fit::fit};

    #[test]
    fn equals_the_likelihood_of_the_fit_with_and_without_ties() {
        let time_years: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 13) + 1.0).collect();
        let event: Vec<bool> = (0..40).map(|i| i % 3 != 0).collect();
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * 11 % 17) / 4.0).collect();
        let columns = vec![Column { name: "x".into(), group: "x".into() }];
        let input = Input { time_years, event, records: Records { values, columns }, images: None, hospitals: None };
        let cases: Vec<usize> = (0..40).rev().collect();
        let design = Design::records(&input, &cases);
        for ties in [Ties::Efron, Ties::Breslow] {
            let fitted = fit(&design, ties, 0.0).unwrap();
            let ours = partial_log_likelihood(&design, &fitted.predict_all(&design), ties);
            assert!((ours - fitted.cox.log_likelihood).abs() < 1e-10, "{ours} {}", fitted.cox.log_likelihood);
            let null = partial_log_likelihood(&design, &[700.0; 40], ties);
            assert!((null - fitted.cox.null_log_likelihood).abs() < 1e-10);
        }
    }
}
