//! One seed a purpose, all from the seed of the run, so that no two random choices share a stream.

/// What a random choice is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// The folds behind the held-out predictions.
    Folds,
    /// The folds inside the training part without this fold.
    InnerFolds(usize),
    /// The folds that choose the penalty of the fit on all cases.
    WholeFolds,
    /// Bootstrap samples of the cases.
    Bootstrap,
    /// Cohorts drawn for the test of year-specific effects.
    YearTest,
    /// Shuffled outcomes.
    Permutation,
    /// Shuffled values of one predictor.
    Importance,
    /// The folds inside the training part without this fold, behind the other ways of joining records and images.
    FusionFolds(usize),
    /// Halves of stability selection.
    Halves,
    /// Shuffled outcomes behind the change of ranks.
    RankChange,
    /// Values drawn for gaps in the training part without this fold, and in it.
    Imputation(usize),
    /// Values drawn for gaps in the fit on all cases.
    WholeImputation,
}

/// The seed of a purpose: a step of the golden ratio (as in SplitMix64) for every purpose, so that near seeds stay apart.
pub(crate) fn seed_for(seed: u64, purpose: Purpose) -> u64 {
    let place = match purpose {
        Purpose::Folds => 0,
        Purpose::WholeFolds => 1,
        Purpose::Bootstrap => 2,
        Purpose::YearTest => 3,
        Purpose::Permutation => 4,
        // Far from the folds, of which there may be as many as hospitals.
        Purpose::Importance => 1 << 32,
        Purpose::RankChange => (1 << 32) + 1,
        Purpose::Halves => (1 << 32) + 2,
        Purpose::WholeImputation => (1 << 32) + 3,
        Purpose::Imputation(fold) => (1 << 34) + fold as u64,
        Purpose::FusionFolds(fold) => (1 << 33) + fold as u64,
        Purpose::InnerFolds(fold) => 5 + fold as u64,
    };
    seed.wrapping_add(place.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}
