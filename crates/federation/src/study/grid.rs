//! Grids of time: what is summed by time at a site is summed by steps of an agreed length.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A time within this many steps after a boundary counts as on it: times are divided by year lengths, and
/// 487 days must stay the end of month 16 whatever the last bit says.
const ON_BOUNDARY: f64 = 1e-9;

/// The length of a step of time, from fine to coarse. A year has 365.25 days and 12 months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grid {
    /// One day.
    Day,
    /// A twelfth of a year.
    Month,
    /// A quarter of a year.
    Quarter,
    /// Half a year.
    HalfYear,
    /// One year.
    Year,
}

impl Grid {
    /// All grids, from fine to coarse.
    pub const ALL: [Self; 5] = [Self::Day, Self::Month, Self::Quarter, Self::HalfYear, Self::Year];

    /// How many steps make a year.
    #[must_use]
    pub fn steps_per_year(self) -> f64 {
        match self {
            Self::Day => 365.25,
            Self::Month => 12.0,
            Self::Quarter => 4.0,
            Self::HalfYear => 2.0,
            Self::Year => 1.0,
        }
    }

    /// The step at whose end a time of `years` counts: 0 at time 0, 1 up to the end of the first step, and so on.
    /// Events and censorings move to the end of their step alike.
    #[must_use]
    pub fn step(self, years: f64) -> u32 {
        // Saturates: negative times count as 0, endless ones as the last step there is.
        (years * self.steps_per_year() - ON_BOUNDARY).ceil() as u32
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::HalfYear => "half-year",
            Self::Year => "year",
        })
    }
}
