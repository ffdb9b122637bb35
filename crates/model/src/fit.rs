//! One Cox fit: records without penalty, tile proportions with a ridge on their standardised scale.

use renkei_stats::{
    Predictors, StatsError,
    cox::{self, CoxFit, CoxSettings, Ties},
};

use crate::design::Design;

/// A fit with coefficients for every column of its design.
#[derive(Debug)]
pub(crate) struct Linear {
    /// One a column, on the scale of the columns as given; 0 for a column that did not vary.
    pub(crate) coefficients: Vec<f64>,
    /// Means of the columns; 0 for a column that did not vary.
    pub(crate) means: Vec<f64>,
    /// Columns that did not vary.
    pub(crate) unused: Vec<usize>,
    /// The fit on the other columns.
    pub(crate) cox: CoxFit,
}

impl Linear {
    /// Linear predictor of a row against the means.
    pub(crate) fn predict(&self, row: &[f64]) -> f64 {
        sum_of_products(&self.coefficients, row) - sum_of_products(&self.coefficients, &self.means)
    }

    pub(crate) fn predict_all(&self, design: &Design) -> Vec<f64> {
        (0..design.rows()).map(|row| self.predict(design.row(row))).collect()
    }
}

pub(crate) fn sum_of_products(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Fits the design; `multiple` times the number of events is the ridge weight of the standardised proportions.
///
/// # Errors
/// As [`cox::fit`], with columns of the design; `Empty` when no column varies.
pub(crate) fn fit(design: &Design, ties: Ties, multiple: f64) -> Result<Linear, StatsError> {
    let variances = variances(design);
    let kept: Vec<usize> = (0..design.columns).filter(|column| variances[*column] > 0.0).collect();
    if kept.is_empty() {
        return Err(StatsError::Empty { what: "the list of columns that vary" });
    }
    let values: Vec<f64> =
        (0..design.rows()).flat_map(|row| kept.iter().map(move |column| design.row(row)[*column])).collect();
    let weight = multiple * design.events() as f64;
    let ridge = |column: &usize| if *column >= design.shrunk_from { weight * variances[*column] } else { 0.0 };
    let penalty = (design.shrunk_from < design.columns).then(|| kept.iter().map(ridge).collect());
    let predictors = Predictors::new(&values, kept.len())?;
    let cox = cox::fit(&design.outcomes()?, &predictors, None, &CoxSettings { ties, penalty })
        .map_err(|error| in_design(error, &kept))?;
    let (mut coefficients, mut means) = (vec![0.0; design.columns], vec![0.0; design.columns]);
    for (place, column) in kept.iter().enumerate() {
        (coefficients[*column], means[*column]) = (cox.coefficients[place], cox.means[place]);
    }
    let unused = (0..design.columns).filter(|column| variances[*column] == 0.0).collect();
    Ok(Linear { coefficients, means, unused, cox })
}

/// Variance (divisor n) of every column; exactly 0 for one that does not vary beyond rounding.
pub(crate) fn variances(design: &Design) -> Vec<f64> {
    let rows = design.rows() as f64;
    let column = |column: usize| (0..design.rows()).map(move |row| design.row(row)[column]);
    (0..design.columns)
        .map(|at| {
            let mean = column(at).map(|value| value / rows).sum::<f64>();
            let widest = column(at).map(|value| (value - mean).abs()).fold(0.0, f64::max);
            let largest = column(at).map(f64::abs).fold(0.0, f64::max);
            let square: f64 = column(at).map(|value| (value - mean) * (value - mean)).sum();
            if widest <= 1e-11 * largest { 0.0 } else { square / rows }
        })
        .collect()
}

/// The same error with the column of the design in place of that of the fit.
fn in_design(error: StatsError, kept: &[usize]) -> StatsError {
    match error {
        StatsError::Constant { column } => StatsError::Constant { column: kept[column] },
        StatsError::Collinear { column } => StatsError::Collinear { column: kept[column] },
        StatsError::InfiniteCoefficient { column } => StatsError::InfiniteCoefficient { column: kept[column] },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Images, Input, Records};

    #[test]
    fn the_ridge_is_on_the_standardised_scale_and_spares_the_records() {
        let columns = vec![Column { name: "x".into(), group: "x".into() }];
        let input = Input {
            time_years: (0..50_u64).map(|i| (i * 17 % 41) as f64 / 4.0 + 0.5).collect(),
            event: (0..50).map(|i| i * 7 % 5 < 3).collect(),
            records: Records { values: (0..50_u64).map(|i| (i * 23 % 29) as f64).collect(), columns },
            images: None,
            hospitals: None,
        };
        let counts = (0..150).map(|i| (i * 31 % 37) * (i % 3 * 10 + 1)).collect();
        let cases: Vec<usize> = (0..50).collect();
        let design = Design::records(&input, &cases).with_proportions(&Images { counts, key_features: 3 });
        let fitted = fit(&design, Ties::Efron, 0.5).unwrap();
        let scale: Vec<f64> = variances(&design).iter().map(|variance| variance.sqrt()).collect();
        let standard: Vec<f64> = (0..50)
            .flat_map(|row| (0..4).map(move |column| (row, column)))
            .map(|(row, column)| design.row(row)[column] / scale[column])
            .collect();
        let weight = 0.5 * design.events() as f64;
        let settings = CoxSettings { ties: Ties::Efron, penalty: Some(vec![0.0, weight, weight, weight]) };
        let predictors = Predictors::new(&standard, 4).unwrap();
        let reference = cox::fit(&design.outcomes().unwrap(), &predictors, None, &settings).unwrap();
        for (column, scale) in scale.iter().enumerate() {
            assert!((fitted.coefficients[column] * scale - reference.coefficients[column]).abs() < 1e-10);
        }
        assert!(fitted.predict_all(&design).iter().sum::<f64>().abs() < 1e-10);
    }
}
