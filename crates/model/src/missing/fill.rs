//! One value for every gap: the median, or the most common level.

use std::borrow::Cow;

use crate::design::Design;

/// What a training part gives to gaps, its own and those of held-out cases.
#[derive(Debug)]
pub(crate) struct Fill {
    /// One a column; none at all where the part was learned for cases without gaps.
    values: Option<Vec<f64>>,
}

impl Fill {
    /// Learns from `part`. Where `gaps` is false nothing is looked at, because nothing will be filled in.
    ///
    /// # Errors
    /// In words, with the predictor that no case of the part has.
    pub(crate) fn learn(part: &Design, gaps: bool) -> Result<Self, String> {
        if !gaps {
            return Ok(Self { values: None });
        }
        let mut values = vec![f64::NAN; part.columns];
        for columns in predictors(part) {
            let given = typical(part, &columns).ok_or_else(|| {
                format!("no case to learn from has a value of `{}`, so nothing can be filled in", part.name(columns[0]))
            })?;
            columns.iter().zip(given).for_each(|(column, value)| values[*column] = value);
        }
        Ok(Self { values: Some(values) })
    }

    /// The rows of `design` with their gaps filled.
    pub(crate) fn apply(&self, design: Design) -> Design {
        if self.values.is_none() {
            return design;
        }
        let values = (0..design.rows()).flat_map(|row| self.row(design.row(row)).into_owned()).collect();
        design.with_values(values)
    }

    /// One row with its gaps filled.
    pub(crate) fn row<'r>(&self, row: &'r [f64]) -> Cow<'r, [f64]> {
        match &self.values {
            None => Cow::Borrowed(row),
            Some(values) => row.iter().zip(values).map(|(own, fill)| if own.is_nan() { *fill } else { *own }).collect(),
        }
    }
}

/// The columns of every predictor of the records, in the order of their first columns.
pub(crate) fn predictors(design: &Design) -> Vec<Vec<usize>> {
    let of =
        |first: usize| (0..design.shrunk_from).filter(move |column| design.groups[*column] == design.groups[first]);
    let firsts = (0..design.shrunk_from).filter(|column| of(*column).next() == Some(*column));
    firsts.map(|first| of(first).collect()).collect()
}

/// The values of a predictor's columns by case, ascending, those without gaps.
pub(crate) fn observed(design: &Design, columns: &[usize]) -> Vec<Vec<f64>> {
    let row = |row: usize| columns.iter().map(|column| design.row(row)[*column]).collect::<Vec<f64>>();
    let mut observed: Vec<Vec<f64>> =
        (0..design.rows()).map(row).filter(|values| !values.iter().any(|value| value.is_nan())).collect();
    observed.sort_by(|a, b| compare(a, b));
    observed
}

fn compare(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    a.iter().zip(b).map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

/// The different entries of a sorted list.
pub(crate) fn levels(observed: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut levels = observed.to_vec();
    levels.dedup();
    levels
}

/// The median of a number; of several columns, or of two values, the most common level (of two equally common the lower).
fn typical(design: &Design, columns: &[usize]) -> Option<Vec<f64>> {
    let observed = observed(design, columns);
    if columns.len() == 1 && levels(&observed).len() > 2 {
        let (below, above) = (observed[(observed.len() - 1) / 2][0], observed[observed.len() / 2][0]);
        return Some(vec![below + (above - below) / 2.0]);
    }
    let mut most: Option<&[Vec<f64>]> = None;
    for alike in observed.chunk_by(|a, b| a == b) {
        if most.is_none_or(|most| alike.len() > most.len()) {
            most = Some(alike);
        }
    }
    most.map(|alike| alike[0].clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Input, Records};

    const GAP: f64 = f64::NAN;

    fn design(rows: &[[f64; 4]]) -> Design {
        let column = |(name, group): (&str, &str)| Column { name: name.into(), group: group.into() };
        let columns = [("psa", "psa"), ("g=2", "g"), ("g=3", "g"), ("margin", "margin")].map(column).to_vec();
        let values = rows.iter().flatten().copied().collect();
        let time_years = (0..rows.len()).map(|row| row as f64 + 1.0).collect();
        let records = Records { values, columns };
        let input = Input { time_years, event: vec![true; rows.len()], records, images: None, hospitals: None };
        Design::records(&input, &(0..rows.len()).collect::<Vec<_>>())
    }

    #[test]
    fn numbers_get_the_median_and_categories_their_most_common_level_as_a_whole() {
        let part = design(&[
            [1.0, 1.0, 0.0, 1.0],
            [9.0, 0.0, 1.0, GAP],
            [2.0, 0.0, 1.0, 0.0],
            [4.0, GAP, GAP, 1.0],
            [GAP, 0.0, 0.0, 0.0],
        ]);
        let fill = Fill::learn(&part, true).unwrap();
        // No case has g=2 and g=3 at once, as medians or modes by column might say; a tie goes to the lower level.
        assert_eq!(&*fill.row(&[GAP; 4]), &[3.0, 0.0, 1.0, 0.0]);
        assert_eq!(&*fill.row(&[7.0, 1.0, 0.0, GAP]), &[7.0, 1.0, 0.0, 0.0]);
        assert!(!fill.apply(part.clone()).has_gaps());
        assert!(matches!(Fill::learn(&part, false).unwrap().row(&[1.0]), Cow::Borrowed(_)));
    }

    #[test]
    fn a_predictor_that_no_case_has_is_named() {
        let reason = Fill::learn(&design(&[[1.0, GAP, GAP, 1.0], [2.0, GAP, GAP, 0.0]]), true).unwrap_err();
        assert!(reason.contains("`g=2`"), "{reason}");
    }
}
