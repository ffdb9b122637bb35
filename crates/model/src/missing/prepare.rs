//! Which gaps there are, before anything is learned.

use std::borrow::Cow;

use renkei_domain::spec::{Missing, ModelSpec};

use crate::{Column, Input, MissingPredictor, MissingValues, ModelError, Records};

/// The input as it is analysed, and what is said about its gaps.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    /// With indicator columns, if the spec asks for them and there are gaps.
    pub(crate) input: Cow<'a, Input>,
    /// None where every case has every predictor.
    pub(crate) missing: Option<MissingValues>,
}

/// Counts gaps, checks that the columns of a predictor are missing together, and adds the indicator columns. Lengths are
/// checked already.
///
/// # Errors
/// `NotFinite` for an infinity, and for a gap where the settings allow none; `PartlyMissing`; `NothingObserved`.
pub(crate) fn prepare<'a>(input: &'a Input, settings: &ModelSpec) -> Result<Prepared<'a>, ModelError> {
    let way = settings.missing;
    let Records { values, columns } = &input.records;
    let width = columns.len();
    let refused = |value: &f64| value.is_infinite() || (value.is_nan() && way == Missing::CompleteCases);
    if let Some(at) = values.iter().position(refused) {
        return Err(ModelError::NotFinite { column: columns[at % width].name.clone(), row: at / width });
    }
    if !values.iter().any(|value| value.is_nan()) {
        return Ok(Prepared { input: Cow::Borrowed(input), missing: None });
    }
    let mut gaps = gaps(&input.records)?;
    let mut input = input.clone();
    // One gap is as good as another: bits of NaN must not order the cases.
    input.records.values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = f64::NAN);
    let cases_with_gaps = input.records.values.chunks_exact(width).filter(|row| row.iter().any(|v| v.is_nan())).count();
    if way == Missing::Indicator {
        add_indicators(&mut input.records, &mut gaps);
    }
    let predictors = gaps.into_iter().map(|gap| gap.told).collect();
    let imputations = (way == Missing::MultipleImputation).then_some(settings.imputations as usize);
    let missing = MissingValues { way, imputations, cases_with_gaps, predictors, information: Vec::new() };
    Ok(Prepared { input: Cow::Owned(input), missing: Some(missing) })
}

/// A predictor with gaps.
struct Gap {
    told: MissingPredictor,
    /// One a case.
    missing: Vec<bool>,
}

fn gaps(records: &Records) -> Result<Vec<Gap>, ModelError> {
    let mut gaps: Vec<Gap> = Vec::new();
    for (place, column) in records.columns.iter().enumerate() {
        let missing: Vec<bool> =
            records.values.iter().skip(place).step_by(records.columns.len()).map(|value| value.is_nan()).collect();
        let first = records.columns.iter().position(|other| other.group == column.group) == Some(place);
        let before = gaps.iter().find(|gap| gap.told.group == column.group);
        let expected = |row: usize| before.is_some_and(|gap| gap.missing[row]);
        if let Some(row) = (0..missing.len()).find(|row| !first && missing[*row] != expected(*row)) {
            return Err(ModelError::PartlyMissing { column: column.group.clone(), row });
        }
        let count = missing.iter().filter(|missing| **missing).count();
        if count == missing.len() {
            return Err(ModelError::NothingObserved { column: column.group.clone() });
        }
        if first && count > 0 {
            let told = MissingPredictor { group: column.group.clone(), missing: count, indicator: None };
            gaps.push(Gap { told, missing });
        }
    }
    Ok(gaps)
}

/// Appends one column of 0 and 1 a predictor with gaps. Predictors missing in the very same cases share the first's: two equal
/// columns have no coefficients.
fn add_indicators(records: &mut Records, gaps: &mut [Gap]) {
    let width = records.columns.len();
    let mut added: Vec<usize> = Vec::new();
    for place in 0..gaps.len() {
        let same = added.iter().copied().find(|other| gaps[*other].missing == gaps[place].missing);
        let group = &gaps[same.unwrap_or(place)].told.group;
        let name = format!("{group} missing");
        if same.is_none() {
            records.columns.push(Column { name: name.clone(), group: group.clone() });
            added.push(place);
        }
        gaps[place].told.indicator = Some(name);
    }
    let rows = records.values.chunks_exact(width).enumerate();
    let indicators = |case: usize| added.iter().map(move |place| (*place, case));
    let flag = |(place, case): (usize, usize)| f64::from(u8::from(gaps[place].missing[case]));
    records.values = rows
        .flat_map(|(case, row)| row.iter().copied().chain(indicators(case).map(flag)).collect::<Vec<_>>())
        .collect();
}
