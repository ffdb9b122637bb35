//! Ranks of a risk score and counts below and above a rank.

use crate::StatsError;

/// Dense ranks from 0 (equal scores share one) and the number of distinct scores.
pub(crate) fn dense_ranks(risk: &[f64], rows: usize) -> Result<(Vec<usize>, usize), StatsError> {
    if risk.len() != rows {
        return Err(StatsError::Length { what: "risk", expected: rows, found: risk.len() });
    }
    if let Some(row) = risk.iter().position(|value| !value.is_finite()) {
        return Err(StatsError::NotFinite { what: "risk", row, column: 0 });
    }
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|a, b| risk[*a].total_cmp(&risk[*b]));
    let mut ranks = vec![0; rows];
    let mut distinct = 0;
    // Equal by value, so that 0 and -0 share a rank.
    for tied in order.chunk_by(|a, b| risk[*a] == risk[*b]) {
        tied.iter().for_each(|row| ranks[*row] = distinct);
        distinct += 1;
    }
    Ok((ranks, distinct))
}

/// A binary indexed tree (Fenwick 1994) of weights by rank. Whole weights are summed exactly up to 2^53.
#[derive(Debug)]
pub(crate) struct RankWeights {
    tree: Vec<f64>,
    total: f64,
}

/// Weight of a set's members by how their rank compares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Compared {
    pub(crate) below: f64,
    pub(crate) equal: f64,
    pub(crate) above: f64,
}

impl RankWeights {
    pub(crate) fn new(ranks: usize) -> Self {
        Self { tree: vec![0.0; ranks + 1], total: 0.0 }
    }

    pub(crate) fn add(&mut self, rank: usize, weight: f64) {
        self.total += weight;
        let mut at = rank + 1;
        while at < self.tree.len() {
            self.tree[at] += weight;
            at += at & at.wrapping_neg();
        }
    }

    /// Weight of the members with a rank below `rank`.
    fn before(&self, rank: usize) -> f64 {
        let (mut at, mut sum) = (rank, 0.0);
        while at > 0 {
            sum += self.tree[at];
            at &= at - 1;
        }
        sum
    }

    pub(crate) fn compare(&self, rank: usize) -> Compared {
        let (below, within) = (self.before(rank), self.before(rank + 1));
        Compared { below, equal: within - below, above: self.total - within }
    }
}

/// Cumulated shares by rank, ties at one half.
#[derive(Debug)]
pub(crate) struct RankShares {
    cumulative: Vec<f64>,
}

impl RankShares {
    pub(crate) fn new(ranks: &[usize], distinct: usize, share: impl Fn(usize) -> f64) -> Self {
        let mut cumulative = vec![0.0; distinct + 1];
        for (row, rank) in ranks.iter().enumerate() {
            cumulative[rank + 1] += share(row);
        }
        for rank in 0..distinct {
            cumulative[rank + 1] += cumulative[rank];
        }
        Self { cumulative }
    }

    pub(crate) fn below(&self, rank: usize) -> f64 {
        0.5 * (self.cumulative[rank] + self.cumulative[rank + 1])
    }

    pub(crate) fn above(&self, rank: usize) -> f64 {
        self.cumulative.last().copied().unwrap_or(0.0) - self.below(rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_rank_equal_plain_counting() {
        let risk = [0.5, -1.0, 0.5, 3.0, 0.0, -0.0, 2.0];
        let (ranks, distinct) = dense_ranks(&risk, 7).unwrap();
        assert_eq!((ranks[4], distinct), (ranks[5], 5));
        let mut counts = RankWeights::new(distinct);
        ranks.iter().for_each(|rank| counts.add(*rank, 1.0));
        for (row, rank) in ranks.iter().enumerate() {
            let count = |test: &dyn Fn(f64) -> bool| risk.iter().filter(|other| test(**other)).count() as f64;
            let (below, above) = (count(&|other| other < risk[row]), count(&|other| other > risk[row]));
            assert_eq!(counts.compare(*rank), Compared { below, equal: 7.0 - below - above, above });
        }
    }
}
