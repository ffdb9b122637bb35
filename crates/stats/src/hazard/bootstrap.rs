//! Cohorts drawn from a fitted hazard that keep each case's censoring.

use rand::RngExt;

use super::{PersonYears, YearRows};
use crate::resample::generator;

/// The model to draw from: hazards of the null fit, and the loss to follow-up as [`super::test_year_effects`] tells.
pub(crate) struct NullModel<'a> {
    rows: &'a PersonYears,
    /// Hazard by case and interval.
    hazards: Vec<Vec<f64>>,
    /// Chance of loss within an interval, for a case at its start that has no event in it.
    loss: Vec<f64>,
    /// Whether the case had its event within the intervals.
    died: Vec<bool>,
}

impl<'a> NullModel<'a> {
    pub(crate) fn new(rows: &'a PersonYears, hazards: Vec<Vec<f64>>) -> Self {
        let mut died = vec![false; rows.followed.len()];
        for year in &rows.years {
            for (case, event) in year.case.iter().zip(&year.event) {
                died[*case] |= event;
            }
        }
        let loss = (0..rows.years.len())
            .map(|interval| {
                let lost = (0..died.len()).filter(|case| !died[*case] && rows.followed[*case] == interval).count();
                let stayed = rows.years[interval].case.len() - rows.years[interval].events();
                lost as f64 / (lost + stayed).max(1) as f64
            })
            .collect();
        Self { rows, hazards, loss, died }
    }

    /// Replicate `replicate` of `seed`: the rows of every interval.
    pub(crate) fn draw(&self, seed: u64, replicate: u64) -> Vec<YearRows> {
        let mut generator = generator(seed, replicate);
        let mut chance = || generator.random::<f64>();
        let mut years = vec![YearRows::default(); self.rows.years.len()];
        for (case, hazards) in self.hazards.iter().enumerate() {
            let mut observable = self.rows.followed[case];
            if self.died[case] {
                let lost = self.loss[observable..].iter().position(|loss| chance() < *loss);
                observable += lost.unwrap_or(self.loss.len() - observable);
            }
            for (interval, hazard) in hazards[..observable].iter().enumerate() {
                let event = chance() < *hazard;
                years[interval].push(case, event);
                if event {
                    break;
                }
            }
        }
        years
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hazard::Years, survival::Outcomes};

    #[test]
    fn censored_cases_stay_observable_as_long_as_they_were() {
        let time: Vec<f64> = (0..400).map(|i| f64::from(i % 4) + 1.0).collect();
        let event: Vec<bool> = (0..400).map(|i| i % 8 < 4).collect();
        let years = Years::new(vec![1.0, 2.0, 3.0]).unwrap();
        let rows = PersonYears::new(&Outcomes::new(&time, &event).unwrap(), &years);
        let model = NullModel::new(&rows, vec![vec![0.0; 3]; 400]);
        let drawn = model.draw(5, 0);
        assert!(drawn.iter().all(|year| year.events() == 0));
        for case in (0..400).filter(|case| !event[*case]) {
            let seen = drawn.iter().filter(|year| year.case.contains(&case)).count();
            assert_eq!(seen, (case % 4 + 1).min(3));
        }
        // Cases with an event in year 1 reach year 2 at the rate at which others do: 150 of 200 are not lost.
        let carried = (0..400).filter(|case| case % 8 == 0 && drawn[1].case.contains(case)).count();
        assert!((25..=50).contains(&carried), "{carried}");
        assert_eq!(model.loss[0], 0.0);
        assert_eq!(model.draw(5, 0), drawn);
        let certain = NullModel::new(&rows, vec![vec![1.0; 3]; 400]).draw(5, 0);
        assert_eq!((certain[0].events(), certain[1].case.len()), (400, 0));
    }
}
