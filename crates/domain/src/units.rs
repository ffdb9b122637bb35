//! Physical units that must not be confused.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Resolution: micrometres of tissue per pixel, positive and finite. A 40x scan is about 0.25, a 20x scan about 0.5.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(with = "f64")]
pub struct UmPerPx(f64);

/// A number that is no resolution.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not a resolution: micrometres per pixel must lie between 0.01 and 1000")]
pub struct UmPerPxError(f64);

impl UmPerPx {
    /// Accepts 0.01 to 1000 um/px: outside lies no optical scan, only a wrong unit.
    pub fn new(value: f64) -> Result<Self, UmPerPxError> {
        if (0.01..=1000.0).contains(&value) { Ok(Self(value)) } else { Err(UmPerPxError(value)) }
    }

    /// The number, in um/px.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Relative difference to `target`: |self - target| / target.
    #[must_use]
    pub fn relative_difference(self, target: Self) -> f64 {
        (self.0 - target.0).abs() / target.0
    }
}

impl TryFrom<f64> for UmPerPx {
    type Error = UmPerPxError;
    fn try_from(value: f64) -> Result<Self, UmPerPxError> {
        Self::new(value)
    }
}

impl From<UmPerPx> for f64 {
    fn from(value: UmPerPx) -> f64 {
        value.0
    }
}

impl fmt::Display for UmPerPx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} um/px", self.0)
    }
}
