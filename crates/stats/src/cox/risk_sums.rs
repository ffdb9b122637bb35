//! The partial likelihood of a cohort in parts that share risk sets (WebDISCO, Lu and others 2015), on agreed times.

use nalgebra::{DMatrix, DVector};

use super::{Baseline, Ties, likelihood::Shares};
use crate::{Evaluation, Predictors, Standard, StatsError};

/// What leaves the risk set at each of the agreed times, weighted by exp(linear predictor). Sums of parts at the same
/// coefficients add up, number by number, to those of the whole.
///
/// By time, ascending, for those whose follow-up ends at it: their weight, their weighted rows, and the upper triangle of
/// their weighted cross product, row by row; under Efron's ties the same of those who die at it; at the end the sum of the
/// rows of all deaths. Rows are standardised. Apart from them the number of deaths by time.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskSums {
    times: usize,
    columns: usize,
    ties: Ties,
    values: Vec<f64>,
    deaths: Vec<u64>,
}

/// Sums over a risk set.
#[derive(Clone)]
struct Set {
    weight: f64,
    rows: DVector<f64>,
    cross: DMatrix<f64>,
}

impl Set {
    fn empty(columns: usize) -> Self {
        Self { weight: 0.0, rows: DVector::zeros(columns), cross: DMatrix::zeros(columns, columns) }
    }

    fn add(&mut self, values: &[f64]) {
        let columns = self.rows.len();
        self.weight += values[0];
        self.rows += DVector::from_column_slice(&values[1..=columns]);
        let mut upper = values[1 + columns..].iter();
        for i in 0..columns {
            for (j, value) in (i..columns).zip(&mut upper) {
                self.cross[(i, j)] += value;
                if i != j {
                    self.cross[(j, i)] += value;
                }
            }
        }
    }
}

impl RiskSums {
    /// Numbers for one set of cases.
    fn width(columns: usize) -> usize {
        1 + columns + columns * (columns + 1) / 2
    }

    fn per_time(columns: usize, ties: Ties) -> usize {
        Self::width(columns) * if ties == Ties::Efron { 2 } else { 1 }
    }

    /// How many numbers there are for so many times and predictors.
    pub fn len(times: usize, columns: usize, ties: Ties) -> usize {
        times * Self::per_time(columns, ties) + columns
    }

    /// The sums of nobody.
    pub fn empty(times: usize, columns: usize, ties: Ties) -> Self {
        Self { times, columns, ties, values: vec![0.0; Self::len(times, columns, ties)], deaths: vec![0; times] }
    }

    /// Sums that were formed elsewhere, and deaths by time.
    ///
    /// # Errors
    /// `Length` when they are not as many as [`Self::len`] tells.
    pub fn from_values(columns: usize, ties: Ties, values: Vec<f64>, deaths: Vec<u64>) -> Result<Self, StatsError> {
        let times = deaths.len();
        let expected = Self::len(times, columns, ties);
        if values.len() != expected {
            return Err(StatsError::Length { what: "risk set sums", expected, found: values.len() });
        }
        Ok(Self { times, columns, ties, values, deaths })
    }

    /// The numbers.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Adds cases at standardised `coefficients`: for each the place of its time and whether it died then.
    ///
    /// # Errors
    /// `Length` where they do not go together; `Label` for a place beyond the times.
    pub fn add(
        &mut self,
        ends: &[(usize, bool)],
        predictors: &Predictors<'_>,
        standard: &Standard,
        coefficients: &[f64],
    ) -> Result<(), StatsError> {
        predictors.matching(ends.len())?;
        Predictors::check_row(coefficients, self.columns)?;
        Predictors::check_row(standard.centre(), self.columns)?;
        Predictors::check_row(predictors.row(0), self.columns)?;
        if let Some(row) = ends.iter().position(|(time, _)| *time >= self.times) {
            return Err(StatsError::Label { what: "time", row, found: ends[row].0, limit: self.times });
        }
        let (width, per_time) = (Self::width(self.columns), Self::per_time(self.columns, self.ties));
        let died_rows = self.times * per_time;
        for ((time, died), row) in ends.iter().zip(predictors.iter()) {
            let row: Vec<f64> = standard.apply(row).collect();
            let weight = row.iter().zip(coefficients).map(|(x, b)| x * b).sum::<f64>().exp();
            let own = &mut self.values[time * per_time..(time + 1) * per_time];
            add_case(&mut own[..width], weight, &row);
            if *died {
                if self.ties == Ties::Efron {
                    add_case(&mut own[width..], weight, &row);
                }
                self.deaths[*time] += 1;
                self.values[died_rows..].iter_mut().zip(&row).for_each(|(sum, x)| *sum += x);
            }
        }
        Ok(())
    }

    /// Deaths by time.
    pub fn deaths(&self) -> &[u64] {
        &self.deaths
    }

    /// Weight of all who are at risk, by time.
    pub fn at_risk(&self) -> Vec<f64> {
        let per_time = Self::per_time(self.columns, self.ties);
        let mut at_risk: Vec<f64> = (0..self.times).map(|time| self.values[time * per_time]).collect();
        for time in (1..self.times).rev() {
            at_risk[time - 1] += at_risk[time];
        }
        at_risk
    }

    /// Multiplies what leaves at each time by a factor of its own.
    ///
    /// # Errors
    /// `Length` unless there is one factor a time.
    pub fn scaled(mut self, factors: &[f64]) -> Result<Self, StatsError> {
        if factors.len() != self.times {
            return Err(StatsError::Length { what: "factors by time", expected: self.times, found: factors.len() });
        }
        let per_time = Self::per_time(self.columns, self.ties);
        for (values, factor) in self.values.chunks_exact_mut(per_time).zip(factors) {
            values.iter_mut().for_each(|value| *value *= factor);
        }
        Ok(self)
    }

    /// Partial log-likelihood with its derivatives at the standardised coefficients that the sums were formed at.
    ///
    /// # Errors
    /// `Length` unless there is one coefficient a predictor.
    pub fn evaluation(&self, coefficients: &[f64]) -> Result<Evaluation, StatsError> {
        Predictors::check_row(coefficients, self.columns)?;
        let events = DVector::from_column_slice(&self.values[self.values.len() - self.columns..]);
        let mut sum = Evaluation::zero(self.columns);
        sum.value = events.dot(&DVector::from_column_slice(coefficients));
        sum.gradient = events;
        self.descend(|_, shares, at_risk, dying| {
            let ([whole, spared], [square, mixed, rest]) = (shares.first, shares.second);
            sum.value -= shares.log;
            sum.gradient -= &at_risk.rows * whole - &dying.rows * spared;
            let across = &at_risk.rows * dying.rows.transpose() * mixed;
            sum.information += &at_risk.cross * whole - &dying.cross * spared;
            sum.information -= &at_risk.rows * at_risk.rows.transpose() * square - &across - across.transpose()
                + &dying.rows * dying.rows.transpose() * rest;
        });
        Ok(sum)
    }

    /// The baseline cumulative hazard of a case at the means of all predictors; `times` are the agreed ones.
    ///
    /// # Errors
    /// `Length` when there are more or fewer of them.
    pub fn baseline(&self, times: &[f64]) -> Result<Baseline, StatsError> {
        if times.len() != self.times {
            return Err(StatsError::Length { what: "times", expected: self.times, found: times.len() });
        }
        let mut increments = Vec::new();
        self.descend(|time, shares, _, _| increments.push((times[time], shares.first[0])));
        Ok(Baseline::new(0, increments))
    }

    /// Visits the times at which anybody died, from the last to the first.
    fn descend(&self, mut visit: impl FnMut(usize, &Shares, &Set, &Set)) {
        let (width, per_time) = (Self::width(self.columns), Self::per_time(self.columns, self.ties));
        let mut at_risk = Set::empty(self.columns);
        for (time, deaths) in self.deaths().iter().enumerate().rev() {
            let own = &self.values[time * per_time..(time + 1) * per_time];
            at_risk.add(&own[..width]);
            let mut dying = Set::empty(self.columns);
            if self.ties == Ties::Efron {
                dying.add(&own[width..]);
            }
            if *deaths > 0 {
                let shares = Shares::new(at_risk.weight, dying.weight, *deaths as usize, self.ties);
                visit(time, &shares, &at_risk, &dying);
            }
        }
    }
}

fn add_case(sums: &mut [f64], weight: f64, row: &[f64]) {
    sums[0] += weight;
    sums[1..].iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
    let mut upper = sums[1 + row.len()..].iter_mut();
    for (i, a) in row.iter().enumerate() {
        row[i..].iter().zip(&mut upper).for_each(|(b, sum)| *sum += weight * a * b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cox::CoxSums, survival::Outcomes};

    #[test]
    fn equals_the_likelihood_that_sees_all_rows() {
        let end = |row: usize| (row * 37 % 9, !row.is_multiple_of(3));
        let ends: Vec<(usize, bool)> = (0..120).map(end).collect();
        let time: Vec<f64> = ends.iter().map(|(time, _)| *time as f64 + 1.0).collect();
        let event: Vec<bool> = ends.iter().map(|(_, event)| *event).collect();
        let values: Vec<f64> = (0..120).flat_map(|row| [(row * 31 % 101) as f64, (row * 17 % 13) as f64]).collect();
        let (outcomes, predictors) = (Outcomes::new(&time, &event).unwrap(), Predictors::new(&values, 2).unwrap());
        let standard = Standard::new(&predictors).unwrap();
        for ties in [Ties::Efron, Ties::Breslow] {
            let at = [0.7, -0.4];
            let whole = CoxSums::new(&outcomes, &predictors, None, standard.clone(), ties).unwrap().at(&at).unwrap();
            let mut sums = RiskSums::empty(9, 2, ties);
            for rows in [0..50, 50..120] {
                let part = Predictors::new(&values[2 * rows.start..2 * rows.end], 2).unwrap();
                sums.add(&ends[rows], &part, &standard, &at).unwrap();
            }
            let found = sums.evaluation(&at).unwrap();
            assert!((found.value - whole.value).abs() < 1e-11, "{} {}", found.value, whole.value);
            assert!((found.gradient - whole.gradient).amax() < 1e-12);
            assert!((found.information - whole.information).amax() < 1e-12);
            assert!(sums.add(&[(9, true)], &Predictors::new(&[0.0; 2], 2).unwrap(), &standard, &at).is_err());
        }
    }
}
