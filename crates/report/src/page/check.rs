//! Whether the content fits together, before anything is drawn.

use crate::content::{ImportanceSection, Part, ReportContent, SurvivalSection, ValidationSection, YearlyEffects};
use crate::error::ReportError;

/// Refuse content whose lists do not match; the message names the list, never a value.
pub(super) fn content(content: &ReportContent) -> Result<(), ReportError> {
    if let Part::Done(survival) = &content.survival {
        check_survival(survival)?;
    }
    if let Part::Done(yearly) = &content.yearly {
        check_yearly(yearly)?;
    }
    if let Part::Done(validation) = &content.validation {
        check_validation(validation)?;
    }
    if let Part::Done(importance) = &content.importance {
        check_importance(importance)?;
    }
    if let Part::Done(slides) = &content.slides {
        for slide in slides {
            slide.mask.as_ref().map_or(Ok(()), |mask| mask.check())?;
            slide.surface.thumbnail.as_ref().map_or(Ok(()), |thumbnail| thumbnail.check())?;
        }
    }
    Ok(())
}

fn check_survival(section: &SurvivalSection) -> Result<(), ReportError> {
    let days = section.at_risk_days.len();
    for curve in std::iter::once(&section.overall).chain(&section.groups) {
        if curve.at_risk.len() != days {
            return refuse(format!("a survival curve has {} numbers at risk for {days} days", curve.at_risk.len()));
        }
        if !curve.points.is_sorted_by(|one, next| one.day <= next.day) {
            return refuse("the points of a survival curve are not in order of time".to_owned());
        }
    }
    Ok(())
}

fn check_validation(section: &ValidationSection) -> Result<(), ReportError> {
    let horizons = section.horizons.len();
    let mut hospitals = section.models.iter().flat_map(|model| &model.hospitals);
    match hospitals.find(|one| one.ratios.len() > horizons) {
        Some(one) => refuse(format!("a hospital has {} ratios for {horizons} horizons", one.ratios.len())),
        None => Ok(()),
    }
}

fn check_importance(section: &ImportanceSection) -> Result<(), ReportError> {
    let predictors = section.predictors.len();
    let lists = section.horizons.iter().flat_map(|at| at.shapley.iter().chain([&at.permutation]));
    match lists.map(Vec::len).find(|length| *length != predictors) {
        Some(length) => refuse(format!("{length} importances for {predictors} predictors")),
        None => Ok(()),
    }
}

fn check_yearly(yearly: &YearlyEffects) -> Result<(), ReportError> {
    let (rows, years) = (yearly.predictors.len(), yearly.years.len());
    if yearly.events.len() != years {
        return refuse(format!("yearly effects count events in {} years of {years}", yearly.events.len()));
    }
    if yearly.effects.len() != rows || yearly.effects.iter().any(|row| row.len() != years) {
        return refuse(format!("yearly effects are not {rows} predictors by {years} years"));
    }
    Ok(())
}

fn refuse(what: String) -> Result<(), ReportError> {
    Err(ReportError::Content { what })
}
