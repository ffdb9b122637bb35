//! Means, variances, histograms and quantiles, from one round.

use serde::{Deserialize, Serialize};

use super::{Answer, Ask, Covariate, MethodError, Outcome, Quantile, Summary, Sums, Table, covariates};

/// The terms. Equal to pooled: mean and variance of all rows, and their counts in the agreed bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summaries {
    /// The columns.
    pub columns: Vec<Covariate>,
    /// Edges of the bins of each column, ascending, in its own unit; none for no histogram.
    pub edges: Vec<Vec<f64>>,
}

impl Summaries {
    pub(crate) const NAME: &'static str = "summaries";
    /// Shares whose quantiles are told.
    pub(crate) const SHARES: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

    pub(crate) fn check(&self) -> Result<(), MethodError> {
        covariates::check(&self.columns)?;
        let sound = |edges: &Vec<f64>| {
            edges.iter().all(|edge| edge.is_finite()) && edges.windows(2).all(|pair| pair[0] < pair[1])
        };
        if self.edges.len() == self.columns.len() && self.edges.iter().all(sound) {
            return Ok(());
        }
        Err(MethodError::terms("edges", "one list a column is needed, ascending and finite"))
    }

    pub(crate) fn answer(&self, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
        if *ask != Ask::Counts {
            return Err(MethodError::Unexpected { method: Self::NAME, asked: ask.name() });
        }
        let mut answer = Answer::default();
        answer.count_rows("rows", ["rows".into()], table, &vec![0; table.rows()]);
        for (column, edges) in self.columns.iter().zip(&self.edges).filter(|(_, edges)| !edges.is_empty()) {
            let bin = |value: &f64| edges.partition_point(|edge| edge < value);
            let bins: Vec<usize> = table.column(&column.name)?.iter().map(bin).collect();
            let labels = edges.iter().map(|edge| format!("up to {edge}")).chain(["above".into()]);
            let name = format!("histogram of {}", column.name);
            answer.count_rows(&name, labels, table, &bins);
        }
        covariates::add_spread(&mut answer, &self.columns, table)?;
        Ok(answer)
    }

    pub(crate) fn conclude(&self, total: &Sums) -> Result<Outcome, MethodError> {
        let (rows, mut counts) = total.counts.split_first().ok_or(MethodError::Done)?;
        if *rows == 0 {
            return Err(renkei_stats::StatsError::Empty { what: "the table of all sites" }.into());
        }
        let (sums, squares) = total.reals.split_at(self.columns.len());
        let mut summaries = Vec::with_capacity(self.columns.len());
        for (place, (column, edges)) in self.columns.iter().zip(&self.edges).enumerate() {
            let bins = if edges.is_empty() { 0 } else { edges.len() + 1 };
            let (histogram, rest) = counts.split_at(bins);
            counts = rest;
            if bins > 0 && histogram.iter().try_fold(0, |sum: u64, count| sum.checked_add(*count)) != Some(*rows) {
                return Err(MethodError::Contradiction { block: "histogram" });
            }
            let mean = sums[place] / *rows as f64;
            let around = (squares[place] - sums[place] * mean).max(0.0) * column.scale * column.scale;
            summaries.push(Summary {
                name: column.name.clone(),
                count: *rows,
                mean: column.centre + column.scale * mean,
                variance: (*rows > 1).then(|| around / (*rows - 1) as f64),
                edges: edges.clone(),
                histogram: histogram.to_vec(),
                quantiles: quantiles(edges, histogram, *rows),
            });
        }
        Ok(Outcome::Summaries(summaries))
    }
}

fn quantiles(edges: &[f64], histogram: &[u64], rows: u64) -> Vec<Quantile> {
    let quantile = |probability: &f64| {
        let needed = (probability * rows as f64).ceil() as u64;
        let mut seen = 0;
        let bin = histogram.iter().position(|count| {
            seen += count;
            seen >= needed
        })?;
        let above = bin.checked_sub(1).map(|before| edges[before]);
        Some(Quantile { probability: *probability, above, up_to: edges.get(bin).copied() })
    };
    Summaries::SHARES.iter().filter_map(quantile).collect()
}
