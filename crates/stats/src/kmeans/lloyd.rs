//! Lloyd's iteration (1982) on sums that merge.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{Centres, RowBlocks, seed_centres};
use crate::{StatsError, resample::generator};

/// Settings of [`cluster`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KMeansSettings {
    /// Number of clusters; see [`super::effective_clusters`].
    pub clusters: usize,
    /// Seed of the first centres.
    pub seed: u64,
    /// Rounds at most.
    pub rounds: usize,
    /// Stop when a round lowers the inertia by this share or less.
    pub tolerance: f64,
    /// Rows that k-means++ chooses from; of more rows a seeded sample is taken in one pass, so that seeding does not read the
    /// source once a cluster.
    pub seeding_rows: usize,
}

/// What one pass over some rows gives. Sums of parts [`merge`](Self::merge) into those of the whole, to rounding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LloydSums {
    /// Rows nearest to each centre.
    pub counts: Vec<u64>,
    /// Sums of these rows, row-major, centres by columns.
    pub sums: Vec<f64>,
    /// Sum of the squared distances.
    pub inertia: f64,
}

impl LloydSums {
    /// Sums of no rows.
    pub fn new(centres: &Centres) -> Self {
        let (count, columns) = (centres.count(), centres.columns());
        Self { counts: vec![0; count], sums: vec![0.0; count * columns], inertia: 0.0 }
    }

    /// Adds a block of rows (row-major), each to its nearest centre.
    ///
    /// # Errors
    /// As [`Centres::assign`]; nothing is added then.
    pub fn add_block(&mut self, centres: &Centres, rows: &[f32]) -> Result<(), StatsError> {
        let columns = centres.columns();
        for (assignment, row) in centres.assign(rows)?.iter().zip(rows.chunks_exact(columns)) {
            let cluster = assignment.cluster as usize;
            self.counts[cluster] += 1;
            self.inertia += f64::from(assignment.squared_distance);
            let sums = &mut self.sums[cluster * columns..(cluster + 1) * columns];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        Ok(())
    }

    /// Sums of both parts.
    ///
    /// # Errors
    /// `Length` when the shapes differ.
    pub fn merge(mut self, other: &Self) -> Result<Self, StatsError> {
        if (other.counts.len(), other.sums.len()) != (self.counts.len(), self.sums.len()) {
            let (expected, found) = (self.sums.len(), other.sums.len());
            return Err(StatsError::Length { what: "cluster sums", expected, found });
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, more)| *sum += more);
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, more)| *sum += more);
        self.inertia += other.inertia;
        Ok(self)
    }

    /// The next centres: the mean of each cluster. A centre without rows stays where it was, so that the outcome does not depend
    /// on how the rows were split.
    pub fn update(&self, centres: &Centres) -> Centres {
        let columns = centres.columns();
        let mut values = Vec::with_capacity(self.sums.len());
        for (cluster, sums) in self.sums.chunks_exact(columns).enumerate() {
            match self.counts[cluster] {
                0 => values.extend_from_slice(centres.row(cluster)),
                count => values.extend(sums.iter().map(|sum| (sum / count as f64) as f32)),
            }
        }
        Centres::from_checked(values, columns)
    }
}

/// A finished clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeans {
    /// The centres.
    pub centres: Centres,
    /// Rows of each cluster.
    pub counts: Vec<u64>,
    /// Sum of squared distances to the centres.
    pub inertia: f64,
    /// Rounds done.
    pub rounds: usize,
    /// Whether the tolerance was met within the rounds allowed.
    pub converged: bool,
}

/// Why rows could not be clustered.
#[derive(Debug, thiserror::Error)]
pub enum KMeansError<E> {
    /// The source failed.
    #[error("the rows could not be read")]
    Source(#[source] E),
    /// The rows or the settings do not fit.
    #[error(transparent)]
    Stats(#[from] StatsError),
}

/// Clusters all rows of `source`. Deterministic for a seed; the source is read once for seeding and once a round.
///
/// # Errors
/// `Source` when a read fails; `Stats` as [`seed_centres`] and [`LloydSums::add_block`], and `Setting` for no rounds, no seeding
/// rows or a tolerance that is negative or not finite.
pub fn cluster<S: RowBlocks>(source: &S, settings: &KMeansSettings) -> Result<KMeans, KMeansError<S::Error>> {
    let sound = settings.tolerance.is_finite() && settings.tolerance >= 0.0;
    if settings.rounds == 0 || settings.seeding_rows == 0 || !sound {
        let expected = "at least one round and one seeding row, and a tolerance of 0 or more";
        return Err(StatsError::Setting { what: "k-means", expected }.into());
    }
    let sample = sample_rows(source, settings).map_err(KMeansError::Source)?;
    let mut centres = seed_centres(&sample, source.columns(), settings.clusters, settings.seed)?;
    let mut last = sum_pass(source, &centres)?;
    let mut rounds = 0;
    loop {
        rounds += 1;
        centres = last.update(&centres);
        let next = sum_pass(source, &centres)?;
        let converged = last.inertia - next.inertia <= settings.tolerance * last.inertia;
        if converged || rounds == settings.rounds {
            return Ok(KMeans { centres, counts: next.counts, inertia: next.inertia, rounds, converged });
        }
        last = next;
    }
}

fn sum_pass<S: RowBlocks>(source: &S, centres: &Centres) -> Result<LloydSums, KMeansError<S::Error>> {
    let mut sums = LloydSums::new(centres);
    let mut outcome = Ok(());
    source
        .visit(&mut |block| {
            if outcome.is_ok() {
                outcome = sums.add_block(centres, block);
            }
        })
        .map_err(KMeansError::Source)?;
    outcome?;
    Ok(sums)
}

/// All rows, or a uniform sample of them (reservoir sampling, Vitter 1985), in one pass.
fn sample_rows<S: RowBlocks>(source: &S, settings: &KMeansSettings) -> Result<Vec<f32>, S::Error> {
    let columns = source.columns().max(1);
    let mut generator = generator(settings.seed, 1);
    let (mut sample, mut seen) = (Vec::new(), 0);
    source.visit(&mut |block| {
        for row in block.chunks(columns) {
            seen += 1;
            if seen <= settings.seeding_rows {
                sample.extend_from_slice(row);
                continue;
            }
            let place = generator.random_range(0..seen);
            if let (true, Some(kept)) = (row.len() == columns, sample.get_mut(place * columns..(place + 1) * columns)) {
                kept.copy_from_slice(row);
            }
        }
    })?;
    Ok(sample)
}
