//! The protocol in words, for the method section of a report.

use renkei_stats::cox::Ties;

use crate::{
    PENALTY_GRID, TimeDependentAuc,
    hospitals::LEAST_EVENTS,
    impacts::PSEUDO_COUNT,
    years::{SHRINKAGE, YEAR_EVENTS},
};

/// How cases are held out.
pub(crate) struct Split {
    /// Folds inside a training part, and of the whole where hospitals are not held out.
    pub(crate) folds: usize,
    /// Number of hospitals, where each is held out in turn.
    pub(crate) hospitals: Option<usize>,
}

/// One sentence or two a line; lines on images only where there are images.
pub(crate) fn describe(ties: Ties, split: &Split, bootstrap: usize, permutations: usize, images: bool) -> Vec<String> {
    let mut lines = records(ties, split, bootstrap);
    if images {
        lines.extend(image_lines(split, permutations));
    }
    lines
}

fn records(ties: Ties, split: &Split, bootstrap: usize) -> Vec<String> {
    let ties = if ties == Ties::Efron { "Efron (1977)" } else { "Breslow (1974)" };
    vec![
        format!(
            "Records: Cox regression without penalty, ties after {ties}; Wald intervals and p values by column, \
             likelihood-ratio tests by predictor."
        ),
        held_out(split),
        format!(
            "Discrimination: Harrell's C, and cumulative/dynamic AUC with inverse probability of censoring \
             weights. Intervals are 95 % percentile intervals over {bootstrap} bootstrap samples of the cases \
             with their held-out predictions; models are not fitted again, so the intervals leave out the \
             uncertainty of training."
        ),
        format!(
            "Calibration: held-out probabilities by horizon, from the baseline hazard of each training part, against \
             Kaplan-Meier estimates in fifths of predicted risk; calibration slope and calibration in the large on the \
             complementary log-log scale; Brier score with inverse probability of censoring weights (Graf et al. 1999); \
             decision curve (Vickers et al. 2008). A horizon is called unreliable with fewer than {} cases at risk \
             beyond it or fewer than {} events up to it.",
            TimeDependentAuc::LEAST_AT_RISK,
            TimeDependentAuc::LEAST_EVENTS,
        ),
        "Differences between models are paired by case and sample; p is twice the smaller share of samples on \
         either side of 0, each counted with one sample more."
            .to_owned(),
        "Survival: Kaplan-Meier with 95 % pointwise bands on the log(-log) scale. Risk groups are thirds of \
         the held-out linear predictor, compared by the log-rank test."
            .to_owned(),
        format!(
            "Effects by year: yearly hazard (complementary log-log) without penalty, common against year-specific \
             effects, by a likelihood-ratio test calibrated on {bootstrap} cohorts drawn from the common-effects \
             fit. A year with fewer than {YEAR_EVENTS} events (or fewer than there are columns) joins the last \
             year before it that has enough; a case lost within an interval does not count in it."
        ),
        format!(
            "The heat map of effects by year is shrunk (ridge {}, fused ridge {} per standard deviation; a year \
             needs {YEAR_EVENTS} events): it is a picture and tests nothing. Effects that differ by year are not \
             proportional over time; this says nothing of mechanism.",
            SHRINKAGE.ridge, SHRINKAGE.fused
        ),
        "Importance by horizon: models fitted with follow-up stopped at the horizon (van Houwelingen 2007), judged by held-out \
         AUC there. Shapley values are exact: every set of predictors is fitted anew. Permutation importance is the mean loss \
         over 20 shuffles of a predictor's values. The change of ranks between the first and the last horizon is Spearman's \
         footrule, beside shuffled outcomes. Landmark models are unpenalised Cox regressions of those still at risk."
            .to_owned(),
    ]
}

fn held_out(split: &Split) -> String {
    let how = match split.hospitals {
        None => format!("{} folds stratified by event", split.folds),
        Some(hospitals) => format!(
            "each of {hospitals} hospitals in turn, by models fitted on the others. A hospital with fewer than \
             {LEAST_EVENTS} events has no figure of its own"
        ),
    };
    format!(
        "Held-out predictions: {how}. Every linear predictor is taken against the mean of its training part, and the \
         predictions of all parts are pooled. A column that does not vary in a training part has coefficient 0 there."
    )
}

fn image_lines(split: &Split, permutations: usize) -> Vec<String> {
    let folds = split.folds;
    let within = if split.hospitals.is_some() { ", stratified by hospital" } else { "" };
    let grid = PENALTY_GRID.map(|multiple| multiple.to_string()).join(", ");
    let mut lines = vec![
        "Images: Cox regression on the share of a case's tiles in every key feature, with a ridge penalty on \
         the standardised shares, so that the linear predictor is the mean of its tiles' contributions. Cases \
         without tiles are left out. With records, only the shares are penalised. Penalised coefficients have \
         no p values."
            .to_owned(),
        format!(
            "The penalty is chosen inside every training part by {folds}-fold cross-validated partial \
             log-likelihood (Verweij and van Houwelingen 1993) among {grid} times the number of events."
        ),
        format!(
            "Impact of a key feature: univariable Cox regression of its centred log-ratio (pseudo-count \
             {PSEUDO_COUNT}) per standard deviation{within}, Wald interval, p values adjusted after Benjamini and \
             Hochberg (1995) over all tested key features."
        ),
    ];
    lines.push(format!(
        "Records and images joined in other ways, in the same folds. Early: elastic-net Cox regression (half lasso, half \
         ridge; Breslow ties; Simon et al. 2011) of records, not penalised, and standardised shares, with the penalty of the \
         lowest {}-fold cross-validated deviance inside every training part. Late: a Cox regression of two linear \
         predictors, that of the records model and that of the image model, each of cases held out inside the training \
         part; the ridge of the image model is chosen once a training part.",
        folds.max(3)
    ));
    lines.push(format!(
        "Selection: stability selection over 50 complementary pairs of halves (Shah and Samworth 2013) by lasso Cox \
         regression beside the records' linear predictor{within}; a half chooses so many key features that one false call is expected at most. \
         Order by relevance: minimum redundancy, maximum relevance (Peng et al. 2005) from Spearman correlations and \
         martingale residuals. Selection looks at all cases with tiles and is validated by nothing: it describes."
    ));
    if permutations > 0 {
        lines.push(format!(
            "Null: {permutations} permutations of the outcomes against the images, all folds fitted again with \
             the penalty fixed at the median choice of the true run; p = (b + 1) / (m + 1)."
        ));
    }
    lines
}
