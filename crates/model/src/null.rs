//! What the image model reaches when outcomes are shuffled against images.

use renkei_stats::{cox::Ties, discrimination::concordance, resample::permutation};

use crate::{
    PermutationNull,
    design::Design,
    held_out::{Choice, predict_held_out},
    scheme::Scheme,
};

/// Refits the image model of `design` on `permutations` shuffles of the outcomes, all folds anew.
///
/// The penalty is not chosen again: it stays at `multiple`, the median choice of the true run, because the choice is nine
/// tenths and more of the cost. The true C beside which the shuffled ones stand is taken with the same fixed penalty.
/// Images are shuffled against follow-up, which is the same null and leaves the folds as they are.
///
/// # Errors
/// In words, when there is nothing to do or the true outcomes have no fit.
pub(crate) fn permutation_null(
    design: &Design,
    scheme: &Scheme,
    ties: Ties,
    multiple: f64,
    (permutations, seed): (usize, u64),
) -> Result<PermutationNull, String> {
    if permutations == 0 {
        return Err("the spec asks for no permutations".to_owned());
    }
    let reached = |design: &Design| {
        let held_out = predict_held_out(design, scheme, ties, Choice::Fixed { multiple }, &[])?;
        let outcomes = design.outcomes().map_err(|error| error.to_string())?;
        concordance(&outcomes, &held_out.predictor).map(|c| c.estimate).map_err(|error| error.to_string())
    };
    let observed = reached(design)?;
    let shuffled = |replicate| reached(&design.shuffled(&permutation(design.rows(), seed, replicate))).ok();
    let permuted: Vec<f64> = (0..permutations as u64).filter_map(shuffled).collect();
    let failed = permutations - permuted.len();
    let reaching = permuted.iter().filter(|c| **c >= observed).count() + failed;
    let p = (1 + reaching) as f64 / (1 + permutations) as f64;
    Ok(PermutationNull { penalty_multiple: multiple, observed, permuted, failed, p })
}
