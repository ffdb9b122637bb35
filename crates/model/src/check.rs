//! Everything about the input that can be refused before a model is fitted.

use crate::{Input, ModelError};

/// Checks lengths, follow-up, events and horizons; values are looked at by [`crate::missing::prepare`], and what
/// only a fit can show (collinear columns) comes later.
pub(crate) fn check(input: &Input, folds: usize, horizons_years: &[f64]) -> Result<(), ModelError> {
    check_lengths(input)?;
    if let Some(row) = input.time_years.iter().position(|time| !(time.is_finite() && *time > 0.0)) {
        return Err(ModelError::Time { row });
    }
    if let Some(place) = horizons_years.iter().position(|years| !(years.is_finite() && *years > 0.0)) {
        return Err(ModelError::Horizon { place });
    }
    let events = input.event.iter().filter(|event| **event).count();
    if events < folds.max(2) {
        return Err(ModelError::TooFewEvents { events, folds });
    }
    Ok(())
}

fn check_lengths(input: &Input) -> Result<(), ModelError> {
    let (cases, columns) = (input.time_years.len(), input.records.columns.len());
    let empty = |what| Err(ModelError::Empty { what });
    if cases == 0 {
        return empty("the cohort");
    }
    if columns == 0 {
        return empty("the list of predictors");
    }
    let lengths = [("event", cases, input.event.len()), ("records", cases * columns, input.records.values.len())];
    let images = input.images.as_ref().map(|images| ("tile counts", cases * images.key_features, images.counts.len()));
    let hospitals = input.hospitals.as_ref().map(|hospitals| ("hospitals", cases, hospitals.of_case.len()));
    for (what, expected, found) in lengths.into_iter().chain(images).chain(hospitals) {
        if expected != found {
            return Err(ModelError::Length { what, expected, found });
        }
    }
    if input.images.as_ref().is_some_and(|images| images.key_features == 0) {
        return empty("the list of key features");
    }
    match &input.hospitals {
        Some(hospitals) if hospitals.names.len() < 2 => Err(ModelError::OneHospital),
        _ => Ok(()),
    }
}
