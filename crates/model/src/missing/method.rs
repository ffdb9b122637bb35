//! What was done about gaps, in words.

use renkei_domain::spec::Missing;

use crate::MissingValues;

/// One line of the method section.
pub(crate) fn method(missing: &MissingValues) -> String {
    let counts: Vec<String> =
        missing.predictors.iter().map(|one| format!("{} in {}", one.group, one.missing)).collect();
    let counts = counts.join(", ");
    let cases = missing.cases_with_gaps;
    let single = "the median, or the most common level of a category, learned in each training part alone";
    let how = match missing.way {
        Missing::CompleteCases => "no value is filled in".to_owned(),
        Missing::Median => format!("a gap is filled with {single}"),
        Missing::Indicator => format!(
            "a gap is filled with {single}, and a column of 0 and 1 a predictor says where it was; predictors missing in the \
             very same cases share one. Such a column predicts only as long as values go missing for the same reasons"
        ),
        Missing::MultipleImputation => format!(
            "{} imputations by chained equations (van Buuren et al. 2006), numbers by predictive mean matching, categories by \
             logistic regressions, with the event and the Nelson-Aalen estimate among the regressors (White and Royston \
             2009), but not the tiles. Coefficients are pooled by Rubin's rules, degrees of freedom after Barnard and Rubin \
             (1999), predictors of several columns by the test D1 (Li et al. 1991), given as its F times its degrees. \
             Imputation models are learned in each training part alone; held-out cases are filled in without their outcome, \
             and their prediction is the mean linear predictor over the imputations, with the mean baseline hazard. Values \
             are taken to be missing at random given what is observed. With the median (or most common level) in place of \
             imputations: the choice of the penalty, effects by year, landmark models, importance by horizon, joining \
             records and images in other ways, selection, and re-fitted baselines",
            missing.imputations.unwrap_or_default()
        ),
    };
    format!("Missing values: {cases} cases lack a predictor ({counts}); {how}.")
}
