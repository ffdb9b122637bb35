//! Effects among those still at risk.

use renkei_stats::cox::Ties;

use crate::{Column, Landmark, Outcome, design::Design, fit::fit, hospitals::LEAST_EVENTS, model::coefficients};

/// One model from every horizon to the next, beginning at the origin.
pub(crate) fn landmarks(records: &Design, columns: &[Column], ties: Ties, horizons_years: &[f64]) -> Vec<Landmark> {
    let starts = std::iter::once(0.0).chain(horizons_years.iter().copied());
    starts.zip(horizons_years).map(|(from, to)| landmark(records, columns, ties, (from, *to))).collect()
}

fn landmark(records: &Design, columns: &[Column], ties: Ties, (from_years, to_years): (f64, f64)) -> Landmark {
    let rows: Vec<usize> = (0..records.rows()).filter(|row| records.time[*row] > from_years).collect();
    let still = records.select(&rows).stopped(to_years);
    let (cases, events) = (still.rows(), still.events());
    let fitted = if events < LEAST_EVENTS {
        Err(format!("{events} events between the two; a model needs {LEAST_EVENTS}"))
    } else {
        fit(&still, ties, 0.0).map(|fitted| coefficients(columns, &fitted, true)).map_err(|error| still.explain(&error))
    };
    Landmark { from_years, to_years, cases, events, coefficients: Outcome::from(fitted) }
}
