//! The ridge penalty, chosen by cross-validated partial log-likelihood.

use renkei_stats::{StatsError, cox::Ties, resample::stratified_folds};

use crate::{Penalty, design::Design, fit::fit, likelihood::partial_log_likelihood};

/// Penalties tried: ridge weights of the standardised tile proportions as multiples of the number of events, from hardly any to
/// one that leaves only the direction of the first step. Per event, so that the grid fits a cohort of any size.
pub const PENALTY_GRID: [f64; 8] = [0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0];

/// Chooses from [`PENALTY_GRID`] the penalty with the largest cross-validated partial log-likelihood (Verweij and van
/// Houwelingen 1993): the sum over folds of l(b) - l_(-k)(b), where b was fitted without fold k, l is the partial
/// log-likelihood of the whole part and l_(-k) that of the part without fold k. Equals go to the heavier penalty.
///
/// A fold without which the unpenalised records have no fit (a rare level without events) is left out for every penalty alike.
///
/// # Errors
/// `Setting` for fewer than 2 events; the failure of the first fold when no fold has a fit.
pub(crate) fn choose(part: &Design, ties: Ties, folds: usize, seed: u64) -> Result<Penalty, StatsError> {
    let events = part.events();
    // A fold needs an event to tell anything.
    let folds = folds.min(events);
    let fold = stratified_folds(&part.event, folds, seed)?;
    let mut sums = vec![0.0; PENALTY_GRID.len()];
    let (mut usable, mut failure) = (0, None);
    for held_out in 0..folds {
        match gains(part, &fold, held_out, ties) {
            Ok(gains) => {
                usable += 1;
                sums.iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain);
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if usable == 0 => Err(error),
        _ => Ok(best(sums, events)),
    }
}

/// What one fold adds to the sum of every penalty.
fn gains(part: &Design, fold: &[usize], held_out: usize, ties: Ties) -> Result<Vec<f64>, StatsError> {
    let training: Vec<usize> = (0..part.rows()).filter(|row| fold[*row] != held_out).collect();
    let trained = part.select(&training);
    PENALTY_GRID
        .iter()
        .map(|multiple| {
            let fitted = fit(&trained, ties, *multiple)?;
            let whole = partial_log_likelihood(part, &fitted.predict_all(part), ties);
            Ok(whole - partial_log_likelihood(&trained, &fitted.predict_all(&trained), ties))
        })
        .collect()
}

fn best(cross_validated: Vec<f64>, events: usize) -> Penalty {
    let mut place = 0;
    for (at, value) in cross_validated.iter().enumerate() {
        if *value >= cross_validated[place] {
            place = at;
        }
    }
    let multiple = PENALTY_GRID[place];
    Penalty { multiple, weight: multiple * events as f64, cross_validated }
}
