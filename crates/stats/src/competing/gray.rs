//! Gray's test that groups have one cumulative incidence of a cause (Gray 1988), also within strata: R
//! `cmprsk::cuminc`.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{CauseTable, outcomes::check_cause};
use crate::{StatsError, distribution::chi_square_upper_tail};

/// Result of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GrayTest {
    /// Events of the cause by group less those expected if all groups had one incidence (weighted, if the test is).
    pub score: Vec<f64>,
    /// Its covariance, row-major, groups by groups.
    pub variance: Vec<f64>,
    /// The statistic.
    pub chi_square: f64,
    /// Groups with cases, less one.
    pub degrees: usize,
    /// Upper tail of the chi-square distribution.
    pub p: f64,
}

/// Compares the groups in their incidence of `cause`. `strata` holds one list of tables a stratum, each with one table
/// a group ([`super::group_cause_tables`]). Differences count by the pooled P(no event of the cause yet) to the power
/// `rho`: 0 counts all times alike. Tables of sites merge first, group by group, so the federated test equals the
/// pooled one.
///
/// # Errors
/// `Empty` without strata; `Length` when strata differ in groups or tables in causes; `Setting` for a cause that is not
/// one of the tables, or a power that is negative or not finite; `NoEvents` when no risk set with an event of the cause
/// holds two groups.
pub fn gray_test(strata: &[Vec<CauseTable>], cause: usize, rho: f64) -> Result<GrayTest, StatsError> {
    let groups = strata.first().ok_or(StatsError::Empty { what: "strata" })?.len();
    if let Some(odd) = strata.iter().find(|tables| tables.len() != groups) {
        return Err(StatsError::Length { what: "groups of a stratum", expected: groups, found: odd.len() });
    }
    if !(rho.is_finite() && rho >= 0.0) {
        return Err(StatsError::Setting { what: "power of the weights", expected: "finite and not negative" });
    }
    let (mut score, mut variance) = (DVector::zeros(groups), DMatrix::zeros(groups, groups));
    for tables in strata {
        let steps = steps(tables, cause, rho)?;
        steps.iter().for_each(|step| step.add_score(&mut score));
        add_variance(&steps, &mut variance);
    }
    let filled = (0..groups).filter(|group| strata.iter().any(|tables| tables[*group].cases() > 0));
    let mut used: Vec<usize> = filled.collect();
    used.pop();
    let apart = StatsError::NoEvents { what: "risk sets that hold two groups" };
    if used.is_empty() {
        return Err(apart);
    }
    let difference = score.select_rows(&used);
    let factor = variance.select_rows(&used).select_columns(&used).cholesky().ok_or(apart)?;
    let chi_square = difference.dot(&factor.solve(&difference));
    Ok(GrayTest {
        score: score.as_slice().to_vec(),
        variance: variance.as_slice().to_vec(),
        chi_square,
        degrees: used.len(),
        p: chi_square_upper_tail(chi_square, used.len()),
    })
}

/// One group at one time; "before" and "after" are just before and just after it.
#[derive(Debug, Clone, Copy)]
struct Group {
    at_risk: f64,
    events: f64,
    competing: f64,
    free_before: f64,
    free_after: f64,
    incidence_before: f64,
}

impl Group {
    /// Cases that would be at risk had nobody been censored or had an event, as far as the follow-up tells: h of the
    /// paper.
    fn unfolded(&self) -> f64 {
        if self.at_risk > 0.0 { self.at_risk / self.free_before } else { 0.0 }
    }

    /// Cases at risk of the cause, among them those who had another: R of the paper.
    fn subject(&self) -> f64 {
        self.unfolded() * (1.0 - self.incidence_before)
    }
}

/// One time at which any event happened.
#[derive(Debug)]
struct Step {
    groups: Vec<Group>,
    weight: f64,
    events: f64,
    /// Sum of the groups' unfolded cases.
    unfolded: f64,
    /// Pooled incidence of the cause before and after.
    pooled: [f64; 2],
}

fn steps(tables: &[CauseTable], cause: usize, rho: f64) -> Result<Vec<Step>, StatsError> {
    let causes = tables.first().map_or(0, CauseTable::causes);
    check_cause(cause, causes)?;
    let pooled = tables.iter().try_fold(CauseTable::empty(causes), |all, table| all.merge(table))?;
    let mut rows: Vec<_> = tables.iter().map(|table| table.rows().peekable()).collect();
    let mut groups: Vec<Group> = tables.iter().map(|table| Group::start(table.cases() as f64)).collect();
    let (mut steps, mut incidence) = (Vec::new(), 0.0);
    for row in pooled.rows() {
        let mut leaving = vec![0.0; groups.len()];
        for (place, group) in groups.iter_mut().enumerate() {
            (group.events, group.competing) = (0.0, 0.0);
            if let Some(own) = rows[place].next_if(|own| own.time == row.time) {
                group.events = own.of(cause) as f64;
                group.competing = own.events() as f64 - group.events;
                leaving[place] = own.leaving() as f64;
            }
            if group.at_risk > 0.0 {
                let left = group.at_risk - group.events - group.competing;
                group.free_after = group.free_before * left / group.at_risk;
            }
        }
        if row.events() > 0 {
            let unfolded = groups.iter().map(Group::unfolded).sum::<f64>();
            let (weight, events) = ((1.0_f64 - incidence).max(0.0).powf(rho), row.of(cause) as f64);
            let after = incidence + events / unfolded;
            steps.push(Step { groups: groups.clone(), weight, events, unfolded, pooled: [incidence, after] });
            incidence = after;
        }
        groups.iter_mut().zip(leaving).for_each(|(group, leaving)| group.pass(leaving));
    }
    Ok(steps)
}

impl Group {
    fn start(at_risk: f64) -> Self {
        let (free_before, free_after, incidence_before) = (1.0, 1.0, 0.0);
        Self { at_risk, events: 0.0, competing: 0.0, free_before, free_after, incidence_before }
    }

    /// Goes on to the next time.
    fn pass(&mut self, leaving: f64) {
        if self.at_risk > 0.0 {
            self.incidence_before += self.free_before * self.events / self.at_risk;
        }
        self.free_before = self.free_after;
        self.at_risk -= leaving;
    }
}

impl Step {
    fn add_score(&self, score: &mut DVector<f64>) {
        let subject = self.groups.iter().map(Group::subject).sum::<f64>();
        for (sum, group) in score.iter_mut().zip(&self.groups) {
            // Where all groups have run out of the cause nothing is expected.
            let expected = if subject > 0.0 { self.events * group.subject() / subject } else { 0.0 };
            *sum += self.weight * (group.events - expected);
        }
    }

    /// How the incidence of group k (column) at this time moves the score of group i (row).
    fn slopes(&self) -> DMatrix<f64> {
        let unfolded = DVector::from_iterator(self.groups.len(), self.groups.iter().map(Group::unfolded));
        (DMatrix::from_diagonal(&unfolded) - &unfolded * unfolded.transpose() / self.unfolded) * self.weight
    }

    /// Variance of the incidence's increment in a group through events of the cause, under the null hypothesis.
    fn spread(&self, group: &Group) -> f64 {
        let mut tied = 1.0;
        if self.events > 1.0 {
            // A correction for ties; below 0 it would be no variance.
            tied = (1.0 - (self.events - 1.0) / (self.unfolded * group.free_before - 1.0)).max(0.0);
        }
        tied * group.free_before * self.events / (self.unfolded * group.at_risk)
    }
}

/// Adds the covariance of the score: every increment counts by its own slope and by what it changes in all later ones.
fn add_variance(steps: &[Step], variance: &mut DMatrix<f64>) {
    // Slopes times the pooled subdistribution hazard, summed over the later times.
    let mut later = DMatrix::<f64>::zeros(variance.nrows(), variance.ncols());
    for step in steps.iter().rev() {
        let slopes = step.slopes();
        for (column, group) in step.groups.iter().enumerate().filter(|(_, group)| group.at_risk > 0.0) {
            let remaining = 1.0 - step.pooled[1];
            let share = if group.free_after > 0.0 { remaining / group.free_after } else { 0.0 };
            if step.events > 0.0 {
                let moved = slopes.column(column) + later.column(column) * (1.0 - share);
                variance.ger(step.spread(group), &moved, &moved, 1.0);
            }
            if group.competing > 0.0 && group.free_after > 0.0 {
                let moved = later.column(column) * share;
                let tied = if group.competing > 1.0 { (group.competing - 1.0) / (group.at_risk - 1.0) } else { 0.0 };
                let spread = (group.free_before / group.at_risk).powi(2) * group.competing;
                variance.ger((1.0 - tied) * spread, &moved, &moved, 1.0);
            }
        }
        let remaining = 1.0 - step.pooled[0];
        if remaining > 0.0 {
            later += slopes * (step.events / (step.unfolded * remaining));
        }
    }
}
