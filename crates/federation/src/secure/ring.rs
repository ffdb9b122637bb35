//! Numbers as elements of the ring of integers modulo 2^128: reals in steps of 2^-40, counts as they are.

use serde::{Deserialize, Serialize};

use super::{Layout, SecureError, hexed};

/// Numbers in one secure sum at most: 256 MiB of masked vector a site.
pub const MAX_NUMBERS: u64 = 1 << 24;

const ELEMENT: usize = 16;

/// 2^40 steps to one.
const STEPS: f64 = (1_u64 << 40) as f64;

/// How far rounding can move a real number.
pub(super) const HALF_STEP: f64 = 0.5 / STEPS;

/// The sum of all sites' reals stays below 2^87, so that in steps of 2^-40 it fits the signed half of the ring.
const BOUND: f64 = (1_u128 << 87) as f64;

/// What a site gives to the sum.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Real numbers, each below 2^87 divided by the number of sites; rounded to the nearest multiple of 2^-40.
    pub reals: &'a [f64],
    /// Counts, each at most 2^64 - 1 divided by the number of sites.
    pub counts: &'a [u64],
}

/// Elements of the ring, 16 bytes each, little-endian: as they are masked, sent, hashed and added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RingVector(#[serde(with = "hexed")] Vec<u8>);

impl RingVector {
    /// Takes bytes as they came; the round checks that their number is the agreed one.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// 16 bytes an element, little-endian.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    pub(super) fn zeros(layout: Layout) -> Self {
        Self(vec![0; Self::size(layout)])
    }

    pub(super) fn fits(&self, layout: Layout) -> bool {
        self.0.len() == Self::size(layout)
    }

    /// Numbers were bounded by the terms, so this fits.
    fn size(layout: Layout) -> usize {
        (layout.reals as usize + layout.counts as usize) * ELEMENT
    }

    pub(super) fn add(&mut self, other: &Self) {
        add(&mut self.0, &other.0);
    }

    /// Rounds and checks a site's input. An error names the place of a number, never the number.
    pub(super) fn encode(input: &Input<'_>, layout: Layout, sites: usize) -> Result<Self, SecureError> {
        let lengths = [("reals", input.reals.len(), layout.reals), ("counts", input.counts.len(), layout.counts)];
        for (what, given, agreed) in lengths {
            if given != agreed as usize {
                return Err(SecureError::Length { what, given, agreed: agreed as usize });
            }
        }
        let mut bytes = Vec::with_capacity(Self::size(layout));
        for (index, value) in input.reals.iter().enumerate() {
            bytes.extend_from_slice(&real(*value, index, sites)?.to_le_bytes());
        }
        for (index, count) in input.counts.iter().enumerate() {
            if *count > u64::MAX / sites as u64 {
                return Err(SecureError::OutOfRange { what: "count", index, sites });
            }
            bytes.extend_from_slice(&u128::from(*count).to_le_bytes());
        }
        Ok(Self(bytes))
    }

    /// The totals that this vector, with all masks gone, stands for.
    pub(super) fn decode(&self, layout: Layout) -> Result<(Vec<f64>, Vec<u64>), SecureError> {
        let elements = self.0.as_chunks::<ELEMENT>().0;
        let (reals, counts) = elements.split_at(elements.len().min(layout.reals as usize));
        let counts = counts
            .iter()
            .enumerate()
            .map(|(index, bytes)| u64::try_from(u128::from_le_bytes(*bytes)).map_err(|_| SecureError::Total { index }));
        let reals = reals.iter().map(|bytes| i128::from_le_bytes(*bytes) as f64 / STEPS).collect();
        Ok((reals, counts.collect::<Result<_, _>>()?))
    }
}

fn real(value: f64, index: usize, sites: usize) -> Result<i128, SecureError> {
    if !value.is_finite() {
        return Err(SecureError::NotFinite { index });
    }
    // Rounding of the product can't hide a value at the bound: the bound is a power of two.
    if value.abs() * sites as f64 >= BOUND {
        return Err(SecureError::OutOfRange { what: "real number", index, sites });
    }
    Ok((value * STEPS).round_ties_even() as i128)
}

pub(super) fn add(values: &mut [u8], others: &[u8]) {
    combine(values, others, u128::wrapping_add);
}

pub(super) fn subtract(values: &mut [u8], others: &[u8]) {
    combine(values, others, u128::wrapping_sub);
}

fn combine(values: &mut [u8], others: &[u8], with: impl Fn(u128, u128) -> u128) {
    for (value, other) in values.as_chunks_mut::<ELEMENT>().0.iter_mut().zip(others.as_chunks::<ELEMENT>().0) {
        *value = with(u128::from_le_bytes(*value), u128::from_le_bytes(*other)).to_le_bytes();
    }
}
