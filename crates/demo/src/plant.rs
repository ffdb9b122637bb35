//! The planted link: how a man's outcome decides how much of his pseudo-slide is dense.

use std::fmt;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use renkei_stats::discrimination::concordance;
use renkei_stats::survival::Outcomes;
use serde::{Deserialize, Serialize};

use crate::cohort::{Man, Outcome};
use crate::error::DemoError;
use crate::layout::TISSUE_CELLS;

/// The share of dense tiles that a man without recurrence has on average.
const BASE: f64 = 0.20;
/// What a recurrence on the first day would add.
const RISE: f64 = 0.35;
/// Months after which a recurrence adds 1/e of it.
const FADE_MONTHS: f64 = 60.0;
/// Standard deviation of the noise on the share.
const NOISE: f64 = 0.15;
/// The least and the largest share: every lesion has a tile, and none fills the slide.
const BOUNDS: (f64, f64) = (0.04, 0.80);

/// The planted link in words and numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlantDescription {
    /// The rule by which the outcome decides the share of dense tiles.
    pub rule: String,
    /// The seed of all draws.
    pub seed: u64,
    /// Men, one pseudo-slide each.
    pub men: usize,
    /// Men with a recurrence at a known time.
    pub recurrences: usize,
    /// Tissue tiles of one pseudo-slide.
    pub tiles_per_slide: u32,
    /// Distinct dense tiles of the fetched slide.
    pub source_dense: usize,
    /// Distinct sparse tiles of the fetched slide.
    pub source_sparse: usize,
    /// Dense tiles on all pseudo-slides.
    pub planted_dense: u64,
    /// Sparse tiles on all pseudo-slides.
    pub planted_sparse: u64,
    /// Mean share of dense tiles among men with a recurrence.
    pub share_recurred: f64,
    /// Mean share of dense tiles among the others.
    pub share_censored: f64,
    /// Harrell's C of the true share against the real outcome: no image model should do better but by chance.
    pub concordance: f64,
    /// Its standard error.
    pub concordance_std_err: f64,
}

/// The generator of one man: one seed, one stream a man, so that no man's draws depend on another's.
pub(crate) fn generator(seed: u64, row: usize) -> ChaCha12Rng {
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    generator.set_stream(row as u64);
    generator
}

/// How many of a man's tissue tiles are dense.
pub(crate) fn dense_tiles(outcome: Option<Outcome>, generator: &mut ChaCha12Rng) -> u32 {
    let mean = match outcome {
        Some(Outcome { recurred: true, months }) => BASE + RISE * (-months / FADE_MONTHS).exp(),
        _ => BASE,
    };
    let share = (mean + NOISE * normal(generator)).clamp(BOUNDS.0, BOUNDS.1);
    (share * f64::from(TISSUE_CELLS)).round() as u32
}

/// A standard normal deviate (Box and Muller 1958).
fn normal(generator: &mut ChaCha12Rng) -> f64 {
    let (radius, angle): (f64, f64) = (generator.random(), generator.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// Measures what was planted: `dense` holds each man's dense tiles, `source` the distinct dense and sparse tiles.
pub(crate) fn describe(
    seed: u64,
    men: &[Man],
    dense: &[u32],
    source: (usize, usize),
) -> Result<PlantDescription, DemoError> {
    let shares: Vec<f64> = dense.iter().map(|&n| f64::from(n) / f64::from(TISSUE_CELLS)).collect();
    let known: Vec<(Outcome, f64)> = men.iter().zip(&shares).filter_map(|(man, &s)| Some((man.outcome?, s))).collect();
    let time: Vec<f64> = known.iter().map(|(outcome, _)| outcome.months).collect();
    let event: Vec<bool> = known.iter().map(|(outcome, _)| outcome.recurred).collect();
    let risk: Vec<f64> = known.iter().map(|(_, share)| *share).collect();
    let measured = concordance(&Outcomes::new(&time, &event)?, &risk)?;
    let mean = |recurred: bool| {
        let of: Vec<f64> = known.iter().filter(|(o, _)| o.recurred == recurred).map(|(_, share)| *share).collect();
        of.iter().sum::<f64>() / of.len().max(1) as f64
    };
    let planted_dense = dense.iter().map(|&n| u64::from(n)).sum();
    Ok(PlantDescription {
        rule: rule(),
        seed,
        men: men.len(),
        recurrences: event.iter().filter(|event| **event).count(),
        tiles_per_slide: TISSUE_CELLS,
        source_dense: source.0,
        source_sparse: source.1,
        planted_dense,
        planted_sparse: men.len() as u64 * u64::from(TISSUE_CELLS) - planted_dense,
        share_recurred: mean(true),
        share_censored: mean(false),
        concordance: measured.estimate,
        concordance_std_err: measured.std_err,
    })
}

pub(crate) fn rule() -> String {
    format!(
        "share of dense tiles = {BASE} for a man without recurrence, {BASE} + {RISE} * exp(-t / {FADE_MONTHS}) for a \
         recurrence at t months; plus normal noise of standard deviation {NOISE}; kept between {} and {}; rounded to \
         whole tiles",
        BOUNDS.0, BOUNDS.1
    )
}

impl fmt::Display for PlantDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "PLANTED LINK: the records are real and the tissue is real, but they belong to different people.")?;
        writeln!(
            f,
            "Each man's pseudo-slide was composed from his real outcome; its figures say nothing of medicine."
        )?;
        writeln!(f, "  rule    {} (seed {})", self.rule, self.seed)?;
        writeln!(
            f,
            "  tiles   {} men x {} tissue tiles: {} dense (from {} distinct), {} sparse (from {} distinct)",
            self.men,
            self.tiles_per_slide,
            self.planted_dense,
            self.source_dense,
            self.planted_sparse,
            self.source_sparse
        )?;
        writeln!(
            f,
            "  shares  mean {:.2} dense in {} men with a recurrence at a known time, {:.2} in the others",
            self.share_recurred, self.recurrences, self.share_censored
        )?;
        write!(
            f,
            "  ceiling C of the true share = {:.3} (standard error {:.3}); a model that sees only images should come near it",
            self.concordance, self.concordance_std_err
        )
    }
}
