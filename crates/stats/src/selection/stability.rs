//! Stability selection (Meinshausen and Buehlmann 2010) over complementary pairs of halves (Shah and Samworth 2013).

use serde::{Deserialize, Serialize};

use crate::{
    Predictors, StatsError,
    elastic_net::{ElasticNetSettings, Lambdas, check, fit_cases},
    parallel,
    resample::permutation,
    standard::Standard,
    survival::Outcomes,
};

/// Settings of [`stability_selection`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StabilitySettings {
    /// The elastic net that chooses; unpenalised predictors take no part in the choice. Its lambdas are automatic.
    pub elastic_net: ElasticNetSettings,
    /// Predictors that one half may choose: the last model of the path with no more than these.
    pub most: usize,
    /// Share of the halves that must choose a predictor; above 0.5.
    pub threshold: f64,
    /// Pairs of halves; Shah and Samworth take 50.
    pub pairs: usize,
    /// Seed of the halves.
    pub seed: u64,
}

/// What was chosen how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StabilitySelection {
    /// Share of the halves that chose it, by predictor.
    pub share: Vec<f64>,
    /// Predictors at or above the threshold, by descending share, then by column.
    pub chosen: Vec<usize>,
    /// Predictors that a half chose on average.
    pub average: f64,
    /// Bound q^2 / ((2 threshold - 1) p) on the expected number chosen wrongly, q being `average` and p the penalised
    /// predictors. Without assumptions it bounds those that a half chooses with a chance of q / p or less (Shah and
    /// Samworth, theorem 1); for all that have no effect it holds if these are exchangeable and chosen no better than
    /// by chance (Meinshausen and Buehlmann, theorem 1).
    pub expected_false: f64,
}

/// Splits the cases `pairs` times into two halves, each with half of the events, and fits the elastic net on each half.
///
/// # Errors
/// As [`crate::elastic_net::fit`], for a half too; `Setting` for no pair, a threshold outside 0.5 to 1, given lambdas,
/// `most` outside 1 to the number of penalised predictors, or fewer than two events.
pub fn stability_selection(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    settings: &StabilitySettings,
) -> Result<StabilitySelection, StatsError> {
    let factors = check(outcomes, predictors, strata, &settings.elastic_net)?;
    Standard::new(predictors)?;
    let penalised: Vec<bool> = factors.iter().map(|factor| *factor > 0.0).collect();
    let candidates = penalised.iter().filter(|penalised| **penalised).count();
    check_settings(settings, candidates)?;
    if outcomes.events() < 2 {
        return Err(StatsError::NoEvents { what: "one half of the cases" });
    }
    let halves = parallel::map(0..2 * settings.pairs, |half| {
        let cases = cases_of(outcomes, settings.seed, half);
        let path = fit_cases(outcomes, predictors, strata, (&settings.elastic_net, &factors), cases, settings.most)?;
        let choices = path.points.iter().map(|point| point.chosen().filter(|column| penalised[*column]));
        let choices = choices.map(Iterator::collect::<Vec<usize>>);
        Ok(choices.take_while(|chosen| chosen.len() <= settings.most).last().unwrap_or_default())
    });
    let halves = halves.into_iter().collect::<Result<Vec<_>, StatsError>>()?;
    let mut count = vec![0; factors.len()];
    halves.iter().flatten().for_each(|column| count[*column] += 1);
    let share: Vec<f64> = count.iter().map(|count| f64::from(*count) / halves.len() as f64).collect();
    let mut chosen: Vec<usize> = (0..share.len()).filter(|column| share[*column] >= settings.threshold).collect();
    chosen.sort_by(|a, b| share[*b].total_cmp(&share[*a]));
    let average = share.iter().sum::<f64>();
    let expected_false = average * average / ((2.0 * settings.threshold - 1.0) * candidates as f64);
    Ok(StabilitySelection { share, chosen, average, expected_false })
}

fn check_settings(settings: &StabilitySettings, candidates: usize) -> Result<(), StatsError> {
    let refuse = |what, expected| Err(StatsError::Setting { what, expected });
    if settings.pairs == 0 {
        return refuse("number of pairs", "at least 1");
    }
    if !(settings.threshold > 0.5 && settings.threshold <= 1.0) {
        return refuse("threshold", "above 0.5 and at most 1");
    }
    if settings.most == 0 || settings.most > candidates {
        return refuse("most predictors of a half", "from 1 to the number of penalised predictors");
    }
    match settings.elastic_net.lambdas {
        Lambdas::Automatic(_) => Ok(()),
        Lambdas::Given(_) => refuse("lambdas", "automatic: halves choose by number, not by penalty"),
    }
}

/// The cases of one half; halves 2 k and 2 k + 1 share none and hold all between them.
fn cases_of(outcomes: &Outcomes<'_>, seed: u64, half: usize) -> Vec<usize> {
    let shuffled = permutation(outcomes.rows(), seed, half as u64 / 2);
    let (events, censored): (Vec<usize>, Vec<usize>) = shuffled.into_iter().partition(|case| outcomes.event()[*case]);
    let dealt = events.into_iter().chain(censored).enumerate();
    dealt.filter(|(place, _)| place % 2 == half % 2).map(|(_, case)| case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_complement_each_other_and_share_the_events() {
        let time: Vec<f64> = (1..=31).map(f64::from).collect();
        let event: Vec<bool> = (0..31).map(|case| case % 3 == 0).collect();
        let outcomes = Outcomes::new(&time, &event).unwrap();
        for pair in 0..5 {
            let halves = [2 * pair, 2 * pair + 1].map(|half| cases_of(&outcomes, 9, half));
            let events = halves.each_ref().map(|half| half.iter().filter(|case| event[**case]).count());
            assert!(events[0].abs_diff(events[1]) <= 1, "{events:?}");
            let mut all = halves.concat();
            all.sort_unstable();
            assert_eq!(all, (0..31).collect::<Vec<_>>());
        }
        assert_ne!(cases_of(&outcomes, 9, 0), cases_of(&outcomes, 9, 2));
    }
}
