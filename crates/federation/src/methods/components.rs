//! Principal components from one round of sums and cross products.

use renkei_stats::pca::{Moments, principal_components};
use serde::{Deserialize, Serialize};

use super::{Answer, Ask, Covariate, MethodError, Outcome, Sums, Table, covariates, sums::triangle};

/// The terms. Equal to pooled: `pca::principal_components` of all rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrincipalComponents {
    /// The columns. Their agreed scales keep digits; they do not standardise.
    pub columns: Vec<Covariate>,
    /// Number of components.
    pub count: usize,
}

impl PrincipalComponents {
    pub(crate) const NAME: &'static str = "principal_components";

    pub(crate) fn check(&self) -> Result<(), MethodError> {
        covariates::check(&self.columns)?;
        if (1..=self.columns.len()).contains(&self.count) {
            return Ok(());
        }
        Err(MethodError::terms("count", "from 1 to the number of columns"))
    }

    pub(crate) fn answer(&self, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
        if *ask != Ask::Counts {
            return Err(MethodError::Unexpected { method: Self::NAME, asked: ask.name() });
        }
        let (names, width) = (covariates::names(&self.columns), self.columns.len());
        let (mut sum, mut outer) = (vec![0.0; width], vec![0.0; width * (width + 1) / 2]);
        for row in table.matrix(names.iter().map(String::as_str))?.chunks_exact(width) {
            let scaled = row.iter().zip(&self.columns).map(|(value, column)| (value - column.centre) / column.scale);
            let row: Vec<f64> = scaled.collect();
            sum.iter_mut().zip(&row).for_each(|(sum, x)| *sum += x);
            let products = row.iter().enumerate().flat_map(|(i, a)| row[i..].iter().map(move |b| a * b));
            outer.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
        }
        let mut answer = Answer::default();
        let everyone = table.everyone();
        answer.count_rows("rows", ["rows".into()], table, &vec![0; table.rows()]);
        let whole = |value: f64| (value, &everyone, None);
        answer.add("sum", names.clone(), sum.into_iter().map(whole));
        answer.add("cross products", triangle(&names), outer.into_iter().map(whole));
        Ok(answer)
    }

    pub(crate) fn conclude(&self, total: &Sums) -> Result<Outcome, MethodError> {
        let width = self.columns.len();
        let (sum, upper) = total.reals.split_at(width);
        let origin: Vec<f64> = self.columns.iter().map(|column| column.centre).collect();
        let sum: Vec<f64> = sum.iter().zip(&self.columns).map(|(sum, column)| sum * column.scale).collect();
        let mut outer = vec![0.0; width * width];
        let pairs = (0..width).flat_map(|i| (i..width).map(move |j| (i, j)));
        for ((i, j), value) in pairs.zip(upper) {
            let value = value * self.columns[i].scale * self.columns[j].scale;
            (outer[i * width + j], outer[j * width + i]) = (value, value);
        }
        let moments = Moments::from_sums(total.counts[0], &origin, &sum, &outer)?;
        Ok(Outcome::Components(principal_components(&moments, self.count)?))
    }
}
