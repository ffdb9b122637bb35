//! Comparable pairs, each weighted by the event that makes it comparable, and the jackknife of their balance.

use super::ranks::{Compared, RankWeights};
use crate::{StatsError, survival::Outcomes};

/// Weights of comparable pairs: those in which the higher risk had the event first, the lower, and neither.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pairs {
    pub(crate) concordant: f64,
    pub(crate) discordant: f64,
    pub(crate) tied: f64,
}

impl Pairs {
    fn plus(self, other: &Self) -> Self {
        Self {
            concordant: self.concordant + other.concordant,
            discordant: self.discordant + other.discordant,
            tied: self.tied + other.tied,
        }
    }

    fn excess(&self) -> f64 {
        self.concordant - self.discordant
    }

    fn all(&self) -> f64 {
        self.concordant + self.discordant + self.tied
    }
}

/// All pairs of a cohort, with C and its standard error.
#[derive(Debug)]
pub(crate) struct Balance {
    pub(crate) total: Pairs,
    pub(crate) estimate: f64,
    pub(crate) std_err: f64,
}

/// Weighs all pairs; `weight` is that of a row's event (0 leaves its pairs out).
pub(crate) fn balance(
    outcomes: &Outcomes<'_>,
    order: &[usize],
    (ranks, distinct): (&[usize], usize),
    weight: &[f64],
) -> Result<Balance, StatsError> {
    let mut pairs = vec![Pairs::default(); outcomes.rows()];
    add_outlived(outcomes, order, (ranks, distinct), weight, &mut pairs);
    // Every pair was met once, from the case that had the event first.
    let total = pairs.iter().fold(Pairs::default(), |sum, own| sum.plus(own));
    if total.all() == 0.0 {
        return Err(StatsError::NoEvents { what: "a pair of cases that can be compared" });
    }
    add_outlivers(outcomes, order, (ranks, distinct), weight, &mut pairs);
    let (all, excess) = (total.all(), total.excess());
    // Infinitesimal jackknife: derivative of Somers' D = 2 C - 1 with respect to the weight of each case.
    let derivative = |own: &Pairs| own.excess() / all - excess / all * own.all() / all;
    let variance: f64 = pairs.iter().map(|own| derivative(own).powi(2)).sum();
    Ok(Balance { total, estimate: 0.5 + 0.5 * excess / all, std_err: 0.5 * variance.sqrt() })
}

/// Rows of one time after the other, split into events and censored.
pub(crate) fn by_time<'a>(
    outcomes: &Outcomes<'a>,
    order: &'a [usize],
) -> impl DoubleEndedIterator<Item = (&'a [usize], &'a [usize])> {
    let (time, event) = (outcomes.time(), outcomes.event());
    let tied: Vec<&[usize]> = order.chunk_by(|a, b| time[*a] == time[*b]).collect();
    tied.into_iter().map(|tied| tied.split_at(tied.iter().take_while(|row| event[**row]).count()))
}

/// For every event the pairs with those who outlived it.
fn add_outlived(
    outcomes: &Outcomes<'_>,
    order: &[usize],
    (ranks, distinct): (&[usize], usize),
    weight: &[f64],
    pairs: &mut [Pairs],
) {
    let mut later = RankWeights::new(distinct);
    for (events, censored) in by_time(outcomes, order).rev() {
        censored.iter().for_each(|row| later.add(ranks[*row], 1.0));
        for row in events {
            let (Compared { below, equal, above }, own) = (later.compare(ranks[*row]), weight[*row]);
            pairs[*row] = Pairs { concordant: own * below, discordant: own * above, tied: own * equal };
        }
        events.iter().for_each(|row| later.add(ranks[*row], 1.0));
    }
}

/// For every case the pairs with those whose event it outlived, added to what it has.
fn add_outlivers(
    outcomes: &Outcomes<'_>,
    order: &[usize],
    (ranks, distinct): (&[usize], usize),
    weight: &[f64],
    pairs: &mut [Pairs],
) {
    let mut earlier = RankWeights::new(distinct);
    let outlived = |earlier: &RankWeights, row: usize| {
        let Compared { below, equal, above } = earlier.compare(ranks[row]);
        Pairs { concordant: above, discordant: below, tied: equal }
    };
    for (events, censored) in by_time(outcomes, order) {
        events.iter().for_each(|row| pairs[*row] = pairs[*row].plus(&outlived(&earlier, *row)));
        events.iter().for_each(|row| earlier.add(ranks[*row], weight[*row]));
        censored.iter().for_each(|row| pairs[*row] = pairs[*row].plus(&outlived(&earlier, *row)));
    }
}
