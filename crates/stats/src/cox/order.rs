//! The cohort sorted once: by stratum, then by descending time, so that risk sets grow along the rows.

use std::ops::Range;

use crate::{Predictors, StatsError, standard::Standard, survival::Outcomes};

/// One event time of one stratum.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) time: f64,
    /// Rows that enter the risk set here: those censored since the next event time, the deaths, those censored at this time.
    pub(crate) entering: Range<usize>,
    /// The deaths among them.
    pub(crate) deaths: Range<usize>,
}

/// One stratum: its rows and its event times, both by descending time.
#[derive(Debug, Clone)]
pub(crate) struct Stratum {
    pub(crate) label: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) steps: Vec<Step>,
}

/// Standardised predictors in the sorted order.
#[derive(Debug)]
pub(crate) struct Ordered {
    pub(crate) standard: Standard,
    pub(crate) columns: usize,
    values: Vec<f64>,
    pub(crate) strata: Vec<Stratum>,
    /// Sum of the rows of all deaths.
    pub(crate) death_sum: Vec<f64>,
}

impl Ordered {
    pub(crate) fn new(
        outcomes: &Outcomes<'_>,
        predictors: &Predictors<'_>,
        strata: Option<&[usize]>,
    ) -> Result<Self, StatsError> {
        let standard = Standard::new(predictors)?;
        let label = |row: usize| strata.map_or(0, |labels| labels[row]);
        let (time, event) = (outcomes.time(), outcomes.event());
        let mut order: Vec<usize> = (0..outcomes.rows()).collect();
        order.sort_unstable_by(|a, b| {
            let by_time = time[*b].total_cmp(&time[*a]).then(event[*b].cmp(&event[*a]));
            label(*a).cmp(&label(*b)).then(by_time).then(a.cmp(b))
        });
        let columns = predictors.columns();
        let mut values = Vec::with_capacity(order.len() * columns);
        let mut death_sum = vec![0.0; columns];
        for case in &order {
            let first = values.len();
            values.extend(standard.apply(predictors.row(*case)));
            if event[*case] {
                death_sum.iter_mut().zip(&values[first..]).for_each(|(sum, value)| *sum += value);
            }
        }
        let strata = cut_strata(outcomes, &order, label);
        Ok(Self { standard, columns, values, strata, death_sum })
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    pub(crate) fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.columns)
    }
}

fn cut_strata(outcomes: &Outcomes<'_>, order: &[usize], label: impl Fn(usize) -> usize) -> Vec<Stratum> {
    let mut strata = Vec::new();
    let mut first = 0;
    for cases in order.chunk_by(|a, b| label(*a) == label(*b)) {
        let rows = first..first + cases.len();
        strata.push(Stratum { label: label(cases[0]), steps: cut_steps(outcomes, cases, first), rows: rows.clone() });
        first = rows.end;
    }
    strata
}

fn cut_steps(outcomes: &Outcomes<'_>, cases: &[usize], first: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut start, mut at) = (first, first);
    for tied in cases.chunk_by(|a, b| outcomes.time()[*a] == outcomes.time()[*b]) {
        let deaths = tied.iter().take_while(|case| outcomes.event()[**case]).count();
        let end = at + tied.len();
        if deaths > 0 {
            steps.push(Step { time: outcomes.time()[tied[0]], entering: start..end, deaths: at..at + deaths });
            start = end;
        }
        at = end;
    }
    steps
}
