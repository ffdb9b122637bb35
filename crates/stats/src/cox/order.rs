//! The cohort sorted once: by stratum, then by descending time, so that risk sets grow along the rows.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::{Predictors, parallel, standard::Standard, survival::Outcomes};

/// Values (rows by columns) from which a part is worth a thread.
const PART: usize = 1 << 17;
/// Parts at most; more even out the threads no further.
const PARTS: usize = 32;

/// One event time of one stratum.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) time: f64,
    /// Rows that enter the risk set here: those censored since the next event time, the deaths, those censored at this time.
    pub(crate) entering: Range<usize>,
    /// The deaths among them.
    pub(crate) deaths: Range<usize>,
}

/// Neighbouring event times of one stratum, by descending time; never empty.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    /// Place of the stratum among the strata.
    pub(crate) stratum: usize,
    pub(crate) steps: Vec<Step>,
}

impl Segment {
    /// Rows that enter within the segment.
    pub(crate) fn rows(&self) -> Range<usize> {
        let end = self.steps.last().map_or(0, |step| step.entering.end);
        self.steps.first().map_or(end, |step| step.entering.start)..end
    }
}

/// Standardised predictors in the sorted order.
#[derive(Debug)]
pub(crate) struct Ordered {
    pub(crate) standard: Standard,
    pub(crate) columns: usize,
    values: Vec<f64>,
    /// Labels of the strata, ascending.
    pub(crate) strata: Vec<usize>,
    /// All segments in order, in parts of about equal work; the cut depends on the cohort alone.
    pub(crate) parts: Vec<Vec<Segment>>,
    /// Sum of the rows of all deaths.
    pub(crate) death_sum: Vec<f64>,
}

impl Ordered {
    pub(crate) fn new(
        outcomes: &Outcomes<'_>,
        predictors: &Predictors<'_>,
        strata: Option<&[usize]>,
        standard: Standard,
    ) -> Self {
        let chunk = outcomes.rows().div_ceil(PARTS).max(PART / predictors.columns()).max(1);
        Self::in_parts(outcomes, predictors, strata, (standard, chunk))
    }

    /// In parts of `chunk` rows, or somewhat more.
    pub(crate) fn in_parts(
        outcomes: &Outcomes<'_>,
        predictors: &Predictors<'_>,
        strata: Option<&[usize]>,
        (standard, chunk): (Standard, usize),
    ) -> Self {
        let order = sort(outcomes, strata, 0..outcomes.rows());
        let columns = predictors.columns();
        let mut values = vec![0.0; order.len() * columns];
        let chunks = values.chunks_mut(chunk * columns).zip(order.chunks(chunk));
        let event = outcomes.event();
        let sums = parallel::map(chunks, |(values, order)| {
            Arch::new().dispatch(Gather { predictors, standard: &standard, event, order, values })
        });
        let mut death_sum = vec![0.0; columns];
        sums.iter().for_each(|part| death_sum.iter_mut().zip(part).for_each(|(sum, more)| *sum += more));
        // Every part holds a matrix of its own: together they stay within the size of the data.
        let (strata, parts) = cut(outcomes, &order, chunk.max(columns));
        Self { standard, columns, values, strata, parts, death_sum }
    }

    /// Some rows, row-major.
    pub(crate) fn rows(&self, rows: Range<usize>) -> &[f64] {
        &self.values[rows.start * self.columns..rows.end * self.columns]
    }
}

/// Cases sorted, with the risk sets of their strata as whole segments.
#[derive(Debug)]
pub(crate) struct Sorted {
    pub(crate) order: Vec<usize>,
    pub(crate) segments: Vec<Segment>,
}

impl Sorted {
    /// Sorts the cases `among`.
    pub(crate) fn new(outcomes: &Outcomes<'_>, strata: Option<&[usize]>, among: impl Iterator<Item = usize>) -> Self {
        let cases = sort(outcomes, strata, among);
        let (_, parts) = cut(outcomes, &cases, usize::MAX);
        Self { order: cases.iter().map(|case| case.row).collect(), segments: parts.into_iter().flatten().collect() }
    }
}

/// A case on its way into the order.
struct Case {
    stratum: usize,
    /// Ascending where time descends, and within a time events first: the bits of positive doubles are in their order.
    key: u64,
    row: usize,
}

fn sort(outcomes: &Outcomes<'_>, strata: Option<&[usize]>, among: impl Iterator<Item = usize>) -> Vec<Case> {
    let case = |row: usize| {
        let key = (((u64::MAX >> 1) - outcomes.time()[row].to_bits()) << 1) | u64::from(!outcomes.event()[row]);
        Case { stratum: strata.map_or(0, |labels| labels[row]), key, row }
    };
    let mut order: Vec<Case> = among.map(case).collect();
    order.sort_by_key(|case| (case.stratum, case.key));
    order
}

/// Brings some rows into the order; gives the sum of the rows of deaths. Compiled for the vector units at hand, so that the
/// rows, which lie anywhere in memory, are fetched several at a time.
struct Gather<'a> {
    predictors: &'a Predictors<'a>,
    standard: &'a Standard,
    event: &'a [bool],
    order: &'a [Case],
    values: &'a mut [f64],
}

impl WithSimd for Gather<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f64> {
        let columns = self.predictors.columns();
        let mut death_sum = vec![0.0; columns];
        for (row, case) in self.values.chunks_exact_mut(columns).zip(self.order) {
            row.iter_mut().zip(self.standard.apply(self.predictors.row(case.row))).for_each(|(to, value)| *to = value);
            if self.event[case.row] {
                death_sum.iter_mut().zip(&*row).for_each(|(sum, value)| *sum += value);
            }
        }
        death_sum
    }
}

/// Strata and segments; a part ends with the first segment that fills it, a segment at latest with a full part.
fn cut(outcomes: &Outcomes<'_>, order: &[Case], full: usize) -> (Vec<usize>, Vec<Vec<Segment>>) {
    let (mut strata, mut parts, mut part, mut filled) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut first = 0;
    for cases in order.chunk_by(|a, b| a.stratum == b.stratum) {
        let mut steps = Vec::new();
        for step in cut_steps(outcomes, cases, first) {
            filled += step.entering.len();
            steps.push(step);
            if filled >= full {
                part.push(Segment { stratum: strata.len(), steps: std::mem::take(&mut steps) });
                parts.push(std::mem::take(&mut part));
                filled = 0;
            }
        }
        if !steps.is_empty() {
            part.push(Segment { stratum: strata.len(), steps });
        }
        strata.push(cases[0].stratum);
        first += cases.len();
    }
    if !part.is_empty() {
        parts.push(part);
    }
    (strata, parts)
}

fn cut_steps(outcomes: &Outcomes<'_>, cases: &[Case], first: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut start, mut at) = (first, first);
    for tied in cases.chunk_by(|a, b| a.key >> 1 == b.key >> 1) {
        let deaths = tied.partition_point(|case| case.key & 1 == 0);
        let end = at + tied.len();
        if deaths > 0 {
            let time = outcomes.time()[tied[0].row];
            steps.push(Step { time, entering: start..end, deaths: at..at + deaths });
            start = end;
        }
        at = end;
    }
    steps
}
