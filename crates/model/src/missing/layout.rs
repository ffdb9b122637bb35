//! Predictors as the variables of an imputation: a category is one variable, whatever its columns.

use renkei_stats::imputation::{Kind, Variable};

use super::fill::{levels, observed, predictors};
use crate::design::Design;

/// How the columns of the records make variables. Levels are those of all cases, so that a held-out case may have one that its
/// training part lacks; nothing is learned from them.
#[derive(Debug)]
pub(crate) struct Layout(Vec<Predictor>);

#[derive(Debug)]
struct Predictor {
    columns: Vec<usize>,
    /// Rows of values of a category, one a level; none for a number.
    levels: Option<Vec<Vec<f64>>>,
}

impl Layout {
    /// The layout of the records of `design`.
    ///
    /// # Errors
    /// In words, with a predictor whose columns are neither a number nor the levels of a category.
    pub(crate) fn of(design: &Design) -> Result<Self, String> {
        let predictor = |columns: Vec<usize>| {
            let mut levels = levels(&observed(design, &columns));
            // The reference, whose columns are all 0, is the last.
            levels.reverse();
            match (columns.len(), levels.len()) {
                (1, 2) => Ok(Predictor { columns, levels: Some(levels) }),
                (1, _) => Ok(Predictor { columns, levels: None }),
                (width, count) if count <= width + 1 => Ok(Predictor { columns, levels: Some(levels) }),
                _ => Err(format!(
                    "`{}` is neither a number nor a category, so it cannot be imputed",
                    design.name(columns[0])
                )),
            }
        };
        predictors(design).into_iter().map(predictor).collect::<Result<_, _>>().map(Self)
    }

    /// One value a variable: the number, or the number of the level.
    pub(crate) fn encode(&self, row: &[f64]) -> Vec<f64> {
        let one = |predictor: &Predictor| {
            let own: Vec<f64> = predictor.columns.iter().map(|column| row[*column]).collect();
            match &predictor.levels {
                None => own[0],
                Some(levels) => levels.iter().position(|level| *level == own).map_or(f64::NAN, |level| level as f64),
            }
        };
        self.0.iter().map(one).collect()
    }

    /// Writes the values of all variables into the columns of a row.
    pub(crate) fn decode(&self, values: &[f64], row: &mut [f64]) {
        for (predictor, value) in self.0.iter().zip(values) {
            match &predictor.levels {
                None => row[predictor.columns[0]] = *value,
                Some(levels) => {
                    let level = &levels[*value as usize];
                    predictor.columns.iter().zip(level).for_each(|(column, value)| row[*column] = *value);
                }
            }
        }
    }

    /// The variables of all cases of a design.
    pub(crate) fn variables(&self, design: &Design) -> Vec<Variable> {
        let rows: Vec<Vec<f64>> = (0..design.rows()).map(|row| self.encode(design.row(row))).collect();
        let variable = |(at, predictor): (usize, &Predictor)| Variable {
            kind: match &predictor.levels {
                None => Kind::Number,
                Some(levels) => Kind::Category { levels: levels.len() },
            },
            values: rows.iter().map(|row| row[at]).collect(),
        };
        self.0.iter().enumerate().map(variable).collect()
    }

    /// The first column of a variable.
    pub(crate) fn first_column(&self, variable: usize) -> usize {
        self.0[variable].columns[0]
    }
}
