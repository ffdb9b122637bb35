//! Seeded k-means over rows that are streamed in blocks: k-means++ (Arthur and Vassilvitskii 2007), then Lloyd (1982).
//!
//! One pass over the rows forms [`LloydSums`], which merge, so that shards on many workers (or many hospitals) give the centres
//! that one process gives.

mod centres;
mod lloyd;
mod rows;
mod seeding;

pub use centres::{Assignment, Centres};
pub use lloyd::{KMeans, KMeansError, KMeansSettings, LloydSums, cluster};
pub use rows::{Block, RowBlocks};
pub use seeding::seed_centres;

/// Number of clusters that `tiles` can carry: as many as asked for, with at least 20 tiles each, and at least 1.
pub fn effective_clusters(requested: usize, tiles: u64) -> usize {
    requested.min(usize::try_from(tiles / 20).unwrap_or(usize::MAX)).max(1)
}
