//! The description of a fitted model for the tables.

use renkei_stats::{
    cox::Ties,
    discrimination::concordance,
    distribution::{chi_square_upper_tail, normal_quantile, normal_upper_tail},
};

use crate::{
    Coefficient, Column, GroupTest, KeyFeatureWeights, Model, Outcome, Penalty, Significance, Validation,
    design::Design,
    fit::{Linear, fit, sum_of_products},
};

/// Puts the fit on all cases of `design` into tables. `columns` are those of the records.
///
/// # Errors
/// In words.
pub(crate) fn describe(
    design: &Design,
    columns: &[Column],
    ties: Ties,
    fitted: &Linear,
    penalty: Option<Penalty>,
    validation: Outcome<Validation>,
) -> Result<Model, String> {
    let predictor = fitted.predict_all(design);
    let in_words = |error| design.explain(&error);
    let apparent = concordance(&design.outcomes().map_err(in_words)?, &predictor).map_err(in_words)?;
    let baseline = fitted.cox.baselines.first().ok_or("the fit has no baseline hazard")?.clone();
    let records = &columns[..design.shrunk_from];
    Ok(Model {
        cases: design.rows(),
        events: design.events(),
        records: coefficients(records, fitted, penalty.is_none()),
        key_features: (design.shrunk_from < design.columns).then(|| weights(design, fitted)),
        tests: fitted.cox.tests,
        groups: if penalty.is_none() { group_tests(design, records, ties, fitted)? } else { Vec::new() },
        null_log_likelihood: fitted.cox.null_log_likelihood,
        log_likelihood: fitted.cox.log_likelihood,
        baseline,
        apparent_concordance: apparent.estimate,
        penalty,
        validation,
    })
}

/// Coefficients of the columns that vary, with errors only where nothing was penalised.
pub(crate) fn coefficients(columns: &[Column], fitted: &Linear, unpenalised: bool) -> Vec<Coefficient> {
    let mut errors = fitted.cox.std_errors().into_iter();
    let used = columns.iter().enumerate().filter(|(place, _)| !fitted.unused.contains(place));
    used.map(|(place, column)| {
        let (coefficient, error) = (fitted.coefficients[place], errors.next());
        Coefficient {
            column: column.name.clone(),
            group: column.group.clone(),
            coefficient,
            hazard_ratio: coefficient.exp(),
            significance: error.filter(|_| unpenalised).map(|error| significance(coefficient, error)),
        }
    })
    .collect()
}

fn significance(coefficient: f64, std_error: f64) -> Significance {
    let reach = two_sided_95() * std_error;
    Significance {
        std_error,
        lower: (coefficient - reach).exp(),
        upper: (coefficient + reach).exp(),
        p: wald_p(coefficient, std_error),
    }
}

/// Two-sided Wald p value.
pub(crate) fn wald_p(coefficient: f64, std_error: f64) -> f64 {
    2.0 * normal_upper_tail((coefficient / std_error).abs())
}

/// The normal multiplier of a 95 % interval.
pub(crate) fn two_sided_95() -> f64 {
    normal_quantile(0.975)
}

/// Likelihood-ratio test of every predictor, all of its columns together, in the order of their first columns.
fn group_tests(design: &Design, columns: &[Column], ties: Ties, fitted: &Linear) -> Result<Vec<GroupTest>, String> {
    let mut groups: Vec<&str> = Vec::new();
    for column in columns {
        if !groups.contains(&column.group.as_str()) {
            groups.push(&column.group);
        }
    }
    groups
        .into_iter()
        .map(|group| {
            let rest: Vec<usize> = (0..columns.len()).filter(|place| columns[*place].group != group).collect();
            let without = match rest.is_empty() {
                true => fitted.cox.null_log_likelihood,
                false => {
                    let reduced = design.columns(&rest);
                    fit(&reduced, ties, 0.0).map_err(|error| reduced.explain(&error))?.cox.log_likelihood
                }
            };
            let chi_square = (2.0 * (fitted.cox.log_likelihood - without)).max(0.0);
            let degrees = columns.len() - rest.len();
            let p = chi_square_upper_tail(chi_square, degrees);
            Ok(GroupTest { group: group.to_owned(), chi_square, degrees, p })
        })
        .collect()
}

fn weights(design: &Design, fitted: &Linear) -> KeyFeatureWeights {
    let first = design.shrunk_from;
    let weights = fitted.coefficients[first..].to_vec();
    let centre = sum_of_products(&weights, &fitted.means[first..]);
    let unused = fitted.unused.iter().filter_map(|column| column.checked_sub(first)).collect();
    KeyFeatureWeights { weights, centre, unused }
}
