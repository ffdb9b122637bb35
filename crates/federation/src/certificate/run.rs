//! A method over tables in one process: what hub and sites do in a study, without transport.

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::methods::{Hub, Method, MethodError, Outcome, Step, Sums, Table};

/// Steps of a real in a secure sum: 2^40 to one.
const STEPS: f64 = (1_u64 << 40) as f64;
/// Rounds at most.
const MOST: usize = 10_000;

/// How sites' sums become their total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adding {
    /// As doubles, in the order of the sites.
    Plain,
    /// Each real rounded to the nearest 2^-40 and added as an integer, as secure sums do.
    FixedPoint,
}

/// One round as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Counts that each site sent.
    pub counts: u64,
    /// Reals that each site sent.
    pub reals: u64,
    /// Hash of the total.
    pub total: Digest,
}

impl Round {
    /// The record of a total.
    #[must_use]
    pub fn of(total: &Sums) -> Self {
        let counts: Vec<u8> = total.counts.iter().flat_map(|count| count.to_le_bytes()).collect();
        let reals: Vec<u8> = total.reals.iter().flat_map(|real| real.to_bits().to_le_bytes()).collect();
        Self {
            counts: total.counts.len() as u64,
            reals: total.reals.len() as u64,
            total: Digest::of_parts([&counts[..], &reals[..]]),
        }
    }
}

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The result.
    pub outcome: Outcome,
    /// The totals, by round.
    pub totals: Vec<Sums>,
}

/// Runs a method over the sites' tables.
///
/// # Errors
/// As [`Method::answer`] and [`Hub::step`].
pub fn run(method: &Method, sites: &[(String, Table)], adding: Adding) -> Result<Run, MethodError> {
    let mut hub = Hub::start(method.clone())?;
    let mut totals = Vec::new();
    while totals.len() < MOST {
        let broadcast = hub.broadcast();
        let answers = sites.iter().map(|(name, table)| Ok(method.answer(name, table, &broadcast)?.sums));
        let total = add(&answers.collect::<Result<Vec<_>, MethodError>>()?, adding)?;
        totals.push(total.clone());
        if let Step::Done(outcome) = hub.step(&total)? {
            return Ok(Run { outcome: *outcome, totals });
        }
    }
    Err(MethodError::Done)
}

/// The total of some sites' sums.
///
/// # Errors
/// `Length` when they differ in shape, `Range` for counts that overflow.
pub fn add(sums: &[Sums], adding: Adding) -> Result<Sums, MethodError> {
    let mut sums_left = sums.iter();
    let Some(first) = sums_left.next() else { return Ok(Sums::default()) };
    let mut total = sums_left.try_fold(first.clone(), Sums::plus)?;
    if adding == Adding::FixedPoint {
        // Both products with a power of two are exact; so is the sum of integers.
        let rounded = |place: usize| sums.iter().map(|own| (own.reals[place] * STEPS).round() as i128).sum::<i128>();
        total.reals = (0..first.reals.len()).map(|place| rounded(place) as f64 / STEPS).collect();
    }
    Ok(total)
}
