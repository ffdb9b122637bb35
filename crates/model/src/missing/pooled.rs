//! The description of a model fitted on several imputations, by Rubin's rules.

use renkei_stats::{
    cox::{Baseline, Ties},
    discrimination::concordance,
    imputation::{ImputedFit, Pooled, pool},
};

use super::{Imputed, Imputing, Layout};
use crate::{
    Coefficient, Column, GroupTest, KeyFeatureWeights, MissingInformation, Model, Outcome, Penalty, Significance,
    Validation,
    design::Design,
    fit::sum_of_products,
    seeds::{Purpose, seed_for},
};

/// Imputes all cases of `design`, fits each copy and puts the pooled fit into tables. A penalised fit has mean coefficients and
/// no errors. `columns` are those of the records.
///
/// # Errors
/// In words.
pub(crate) fn describe_imputed(
    design: &Design,
    columns: &[Column],
    (ties, imputing): (Ties, Imputing),
    penalty: Option<Penalty>,
    validation: Outcome<Validation>,
) -> Result<(Model, Vec<MissingInformation>), String> {
    let layout = Layout::of(design)?;
    let multiple = penalty.as_ref().map_or(0.0, |penalty| penalty.multiple);
    let draws = (imputing.imputations, seed_for(imputing.seed, Purpose::WholeImputation));
    let imputed = Imputed::learn(design, &layout, (ties, multiple), draws)?;
    if imputed.fits.iter().any(|(_, fitted)| fitted.unused.iter().any(|column| *column < design.shrunk_from)) {
        return Err("a column of the records does not vary in an imputation".to_owned());
    }
    let records = &columns[..design.shrunk_from];
    let pooled = if penalty.is_none() { Some(pooled(design, &imputed)?) } else { None };
    let means: Vec<f64> = (0..design.columns).map(|at| imputed.mean(|fitted| fitted.coefficients[at])).collect();
    let in_words = |error| design.explain(&error);
    let mut predictor = vec![0.0; design.rows()];
    for (completed, fitted) in &imputed.fits {
        let one = fitted.predict_all(completed);
        predictor.iter_mut().zip(one).for_each(|(sum, value)| *sum += value / imputed.fits.len() as f64);
    }
    let apparent = concordance(&design.outcomes().map_err(in_words)?, &predictor).map_err(in_words)?;
    let information = pooled.as_ref().map_or_else(Vec::new, |pooled| information(records, pooled));
    let model = Model {
        cases: design.rows(),
        events: design.events(),
        records: coefficients(records, &means, pooled.as_ref())?,
        key_features: (design.shrunk_from < design.columns).then(|| weights(design, &means, &imputed)),
        penalty,
        tests: None,
        groups: pooled.as_ref().map_or_else(|| Ok(Vec::new()), |pooled| group_tests(records, pooled))?,
        null_log_likelihood: imputed.mean(|fitted| fitted.cox.null_log_likelihood),
        log_likelihood: imputed.mean(|fitted| fitted.cox.log_likelihood),
        baseline: baseline(&imputed)?,
        apparent_concordance: apparent.estimate,
        validation,
    };
    Ok((model, information))
}

/// The complete data would leave as many degrees of freedom as there are events less coefficients.
fn pooled(design: &Design, imputed: &Imputed) -> Result<Pooled, String> {
    let fits: Vec<ImputedFit<'_>> =
        imputed.fits.iter().map(|(_, fitted)| (&fitted.cox.coefficients[..], &fitted.cox.covariance[..])).collect();
    let degrees = design.events().saturating_sub(design.columns).max(1);
    pool(&fits, degrees as f64).map_err(|error| design.explain(&error))
}

fn information(columns: &[Column], pooled: &Pooled) -> Vec<MissingInformation> {
    let figures = pooled.missing_information.iter().zip(&pooled.degrees);
    let one = |(column, (fraction, degrees)): (&Column, (&f64, &f64))| MissingInformation {
        column: column.name.clone(),
        fraction: *fraction,
        degrees: *degrees,
    };
    columns.iter().zip(figures).map(one).collect()
}

/// With errors only where nothing was penalised.
fn coefficients(columns: &[Column], means: &[f64], pooled: Option<&Pooled>) -> Result<Vec<Coefficient>, String> {
    let significance: Vec<Option<Significance>> = match pooled {
        None => vec![None; columns.len()],
        Some(pooled) => {
            let reaches = pooled.reaches(0.95).map_err(|error| error.to_string())?;
            let errors = pooled.std_errors().into_iter().zip(reaches).zip(pooled.p());
            let one = |(coefficient, ((std_error, reach), p)): (&f64, ((f64, f64), f64))| Significance {
                std_error,
                lower: (coefficient - reach).exp(),
                upper: (coefficient + reach).exp(),
                p,
            };
            pooled.coefficients.iter().zip(errors).map(|one_of| Some(one(one_of))).collect()
        }
    };
    let one = |(column, (coefficient, significance)): (&Column, (&f64, Option<Significance>))| Coefficient {
        column: column.name.clone(),
        group: column.group.clone(),
        coefficient: *coefficient,
        hazard_ratio: coefficient.exp(),
        significance,
    };
    Ok(columns.iter().zip(means.iter().zip(significance)).map(one).collect())
}

/// Every predictor, all of its columns together, in the order of their first columns.
fn group_tests(columns: &[Column], pooled: &Pooled) -> Result<Vec<GroupTest>, String> {
    let of = |group: &str| (0..columns.len()).filter(|at| columns[*at].group == group).collect::<Vec<_>>();
    let firsts = columns.iter().enumerate().filter(|(at, column)| of(&column.group).first() == Some(at));
    firsts
        .map(|(_, column)| {
            let found = pooled.test(&of(&column.group)).map_err(|error| error.to_string())?;
            let chi_square = found.statistic * found.degrees as f64;
            Ok(GroupTest { group: column.group.clone(), chi_square, degrees: found.degrees, p: found.p })
        })
        .collect()
}

/// Tiles have no gaps, so their means are the same in every imputation.
fn weights(design: &Design, means: &[f64], imputed: &Imputed) -> KeyFeatureWeights {
    let (first, (_, fitted)) = (design.shrunk_from, &imputed.fits[0]);
    let weights = means[first..].to_vec();
    let centre = sum_of_products(&weights, &fitted.means[first..]);
    let unused = fitted.unused.iter().filter_map(|column| column.checked_sub(first)).collect();
    KeyFeatureWeights { weights, centre, unused }
}

/// Mean cumulative hazard; the event times are the same in every imputation.
fn baseline(imputed: &Imputed) -> Result<Baseline, String> {
    let first = imputed.fits[0].1.cox.baselines.first().ok_or("the fit has no baseline hazard")?;
    let at = |step: usize| {
        imputed.mean(|fitted| fitted.cox.baselines.first().map_or(f64::NAN, |own| own.cumulative_hazard[step]))
    };
    Ok(Baseline { cumulative_hazard: (0..first.time.len()).map(at).collect(), ..first.clone() })
}
