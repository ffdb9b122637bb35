//! Cases as the models take them.

use arrow::array::RecordBatch;
use renkei_cohort::{Design, events, hospitals, times_years};
use renkei_domain::spec::{EndpointSpec, ModelSpec, Predictor};
use renkei_model::{Column, Hospitals, Images, Input, Records, check_records};

use crate::LaunchError;

/// The models' input from selected cases and, where there are any, their key features in the cases' order.
pub fn model_input(
    predictors: &[Predictor],
    cases: &RecordBatch,
    images: Option<Images>,
) -> Result<Input, LaunchError> {
    let design = Design::of(cases, predictors)?;
    let columns = design.names.iter().zip(&design.groups);
    let columns = columns.map(|(name, group)| Column { name: name.clone(), group: predictors[*group].column.clone() });
    Ok(Input {
        time_years: times_years(cases)?,
        event: events(cases)?,
        records: Records { columns: columns.collect(), values: design.values },
        images,
        hospitals: hospitals(cases)?.map(Hospitals::new),
    })
}

/// Whether the models would refuse these cases: asked before any slide is read.
pub fn check_models(
    predictors: &[Predictor],
    endpoint: &EndpointSpec,
    model: &ModelSpec,
    cases: &RecordBatch,
) -> Result<(), LaunchError> {
    let input = model_input(predictors, cases, None)?;
    Ok(check_records(&input, model, &endpoint.horizons_years)?)
}
