//! An order of the cases that does not depend on the order in which they came.
//!
//! Folds and bootstrap samples are drawn by row number. Working in one canonical order makes them, the penalty chosen with them
//! and every coefficient the same however a table was sorted.

use std::cmp::Ordering;

use crate::Input;

/// Case numbers by time, event, records, tile counts and hospital. Cases equal in all of these are interchangeable.
pub(crate) fn canonical(input: &Input) -> Vec<usize> {
    let mut order: Vec<usize> = (0..input.time_years.len()).collect();
    order.sort_by(|a, b| {
        let (time, event) = (&input.time_years, &input.event);
        time[*a]
            .total_cmp(&time[*b])
            .then(event[*b].cmp(&event[*a]))
            .then_with(|| compare_records(input, *a, *b))
            .then_with(|| compare_counts(input, *a, *b))
            .then_with(|| compare_hospitals(input, *a, *b))
    });
    order
}

fn compare_records(input: &Input, a: usize, b: usize) -> Ordering {
    let width = input.records.columns.len();
    let row = |case: usize| &input.records.values[case * width..(case + 1) * width];
    row(a).iter().zip(row(b)).map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare_counts(input: &Input, a: usize, b: usize) -> Ordering {
    input.images.as_ref().map_or(Ordering::Equal, |images| images.row(a).cmp(images.row(b)))
}

fn compare_hospitals(input: &Input, a: usize, b: usize) -> Ordering {
    input.hospitals.as_ref().map_or(Ordering::Equal, |hospitals| hospitals.of_case[a].cmp(&hospitals.of_case[b]))
}
