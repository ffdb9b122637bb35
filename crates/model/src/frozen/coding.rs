//! How a predictor's cell becomes columns, and which cells are of the population.

use std::collections::BTreeSet;

use renkei_domain::spec::Transform;
use serde::{Deserialize, Serialize};

use super::Refusal;

/// A predictor's cell of one case, before any transform.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Missing,
    /// A finite number.
    Number(f64),
    /// A level of a category.
    Level(String),
}

/// One predictor of a frozen model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenPredictor {
    /// The column of the selected rows.
    pub column: String,
    /// How it was coded.
    pub coding: Coding,
}

/// How a predictor was coded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// One column, after the transform.
    Number {
        /// The transform.
        transform: Transform,
    },
    /// One column of 0 and 1 a level, without the reference.
    Category {
        /// The level whose columns are all 0.
        reference: String,
        /// The levels of the columns, in their order.
        levels: Vec<String>,
    },
}

/// What the cases had that a model was fitted on: beyond it nothing is predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// The smallest and the largest number, before the transform; both are of the population.
    Range {
        /// The smallest.
        lowest: f64,
        /// The largest.
        highest: f64,
    },
    /// The levels that occurred.
    Levels(BTreeSet<String>),
}

impl FrozenPredictor {
    /// Appends the columns of a cell to `row`, as `renkei_cohort::Design` codes them.
    ///
    /// # Errors
    /// The rule that the cell breaks, whatever the population.
    pub fn code(&self, cell: &Cell, row: &mut Vec<f64>) -> Result<(), Refusal> {
        let column = || self.column.clone();
        match (&self.coding, cell) {
            (_, Cell::Missing) => return Err(Refusal::Missing { column: column() }),
            (Coding::Number { transform }, Cell::Number(value)) if value.is_finite() => match transform {
                Transform::None => row.push(*value),
                Transform::Log2 if *value > 0.0 => row.push(value.log2()),
                Transform::Log2 => return Err(Refusal::NotPositive { column: column() }),
            },
            (Coding::Number { .. }, _) => return Err(Refusal::NotANumber { column: column() }),
            (Coding::Category { reference, levels }, Cell::Level(level))
                if level == reference || levels.contains(level) =>
            {
                row.extend(levels.iter().map(|other| f64::from(other == level)));
            }
            (Coding::Category { .. }, _) => return Err(Refusal::UnknownLevel { column: column() }),
        }
        Ok(())
    }

    /// Whether a cell lies in the population.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self, cell: &Cell, population: &Population) -> Result<(), Refusal> {
        match (population, cell) {
            (Population::Range { lowest, highest }, Cell::Number(value)) if !(lowest..=highest).contains(&value) => {
                Err(Refusal::OutsideRange { column: self.column.clone() })
            }
            (Population::Levels(levels), Cell::Level(level)) if !levels.contains(level) => {
                Err(Refusal::UnknownLevel { column: self.column.clone() })
            }
            _ => Ok(()),
        }
    }
}

impl Population {
    /// The population of cells without gaps; none where there is no cell, or cells are of two kinds.
    pub(super) fn of<'a>(cells: impl Iterator<Item = &'a Cell>) -> Option<Self> {
        cells.fold(None, |before, cell| match (before, cell) {
            (None, Cell::Number(value)) => Some(Self::Range { lowest: *value, highest: *value }),
            (None, Cell::Level(level)) => Some(Self::Levels(BTreeSet::from([level.clone()]))),
            (Some(Self::Range { lowest, highest }), Cell::Number(value)) => {
                Some(Self::Range { lowest: lowest.min(*value), highest: highest.max(*value) })
            }
            (Some(Self::Levels(mut levels)), Cell::Level(level)) => {
                levels.insert(level.clone());
                Some(Self::Levels(levels))
            }
            (before, _) => before,
        })
    }
}
