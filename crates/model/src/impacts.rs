//! The impact of every key feature on its own, after Yamamoto et al. 2019.

use renkei_stats::{
    Predictors, StatsError,
    adjust::benjamini_hochberg,
    compose::centred_log_ratios,
    cox::{self, CoxSettings, Ties},
};

use crate::{
    Images, Impact, Impacts, Untestable,
    design::Design,
    model::{two_sided_95, wald_p},
};

/// Added to every count before the logs are taken, so that an absent key feature stays finite (Jeffreys' prior).
pub(crate) const PSEUDO_COUNT: f64 = 0.5;

/// Univariable Cox regression of every key feature's centred log-ratio, per standard deviation, over the cases of `design`.
/// With `hospitals` (one label a row) cases are compared within their hospital only: a hospital whose patients fare worse would
/// lend its risk to whatever its slides look like (docs/planted-truth.md, `confounded`).
///
/// # Errors
/// In words.
pub(crate) fn impacts(
    design: &Design,
    images: &Images,
    ties: Ties,
    hospitals: Option<&[usize]>,
) -> Result<Impacts, String> {
    let ratios: Vec<Vec<f64>> = design
        .cases
        .iter()
        .map(|case| centred_log_ratios(images.row(*case), PSEUDO_COUNT).map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;
    let (mut tested, mut untestable) = (Vec::new(), Vec::new());
    for key_feature in 0..images.key_features {
        let tiles = design.cases.iter().map(|case| images.row(*case)[key_feature]).sum();
        let column: Vec<f64> = ratios.iter().map(|row| row[key_feature]).collect();
        match impact(design, (key_feature, tiles), &column, ties, hospitals) {
            Ok(impact) => tested.push(impact),
            Err(reason) => untestable.push(Untestable { key_feature, reason }),
        }
    }
    let p_values: Vec<f64> = tested.iter().map(|impact| impact.p).collect();
    let adjusted = benjamini_hochberg(&p_values).map_err(|error| error.to_string())?;
    tested.iter_mut().zip(adjusted).for_each(|(impact, p)| impact.p_adjusted = p);
    Ok(Impacts { pseudo_count: PSEUDO_COUNT, within_hospitals: hospitals.is_some(), tested, untestable })
}

fn impact(
    design: &Design,
    (key_feature, tiles): (usize, u64),
    ratios: &[f64],
    ties: Ties,
    hospitals: Option<&[usize]>,
) -> Result<Impact, String> {
    if tiles == 0 {
        return Err("no case has a tile in it".to_owned());
    }
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    let square: f64 = ratios.iter().map(|ratio| (ratio - mean) * (ratio - mean)).sum();
    let deviation = (square / (ratios.len() - 1).max(1) as f64).sqrt();
    if deviation <= 1e-11 {
        return Err("its share does not vary".to_owned());
    }
    let values: Vec<f64> = ratios.iter().map(|ratio| (ratio - mean) / deviation).collect();
    let fitted = univariable(design, &values, ties, hospitals).map_err(|error| match error {
        StatsError::InfiniteCoefficient { .. } => "its coefficient runs to infinity".to_owned(),
        StatsError::Constant { .. } => "its share does not vary among those at risk".to_owned(),
        other => other.to_string(),
    })?;
    let (coefficient, reach) = (fitted.0, two_sided_95() * fitted.1);
    let p = wald_p(coefficient, fitted.1);
    let (lower, upper) = (coefficient - reach, coefficient + reach);
    Ok(Impact { key_feature, tiles, coefficient, lower, upper, p, p_adjusted: p })
}

/// Coefficient and standard error.
fn univariable(
    design: &Design,
    values: &[f64],
    ties: Ties,
    hospitals: Option<&[usize]>,
) -> Result<(f64, f64), StatsError> {
    let settings = CoxSettings { ties, penalty: None };
    let fitted = cox::fit(&design.outcomes()?, &Predictors::new(values, 1)?, hospitals, &settings)?;
    Ok((fitted.coefficients[0], fitted.std_errors()[0]))
}
