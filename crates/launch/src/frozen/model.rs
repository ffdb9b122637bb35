//! The frozen model of a run as the fit stage writes it and as `renkei score` reads it.

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Float64Type;
use renkei_cohort::Design;
use renkei_domain::spec::{Predictor, PredictorKind, RunSpec};
use renkei_inference::EncoderCard;
use renkei_model::frozen::{Cell, Coding, FrozenModel, FrozenPredictor, TrainingPredictor, freeze};
use renkei_model::{Findings, Input};
use serde::{Deserialize, Serialize};

use crate::LaunchError;

/// Version of the document's form.
const VERSION: u32 = 1;

/// `model.json`: everything that scoring a new case takes but for components and key features, which have tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// Version of this document's form: 1.
    pub version: u32,
    /// The models.
    pub model: FrozenModel,
    /// The encoder that tiles must come from.
    pub encoder: EncoderCard,
}

impl Frozen {
    /// Freezes what `findings` were made with.
    pub fn of(
        spec: &RunSpec,
        cases: &RecordBatch,
        input: &Input,
        findings: &Findings,
        encoder: EncoderCard,
    ) -> Result<Self, LaunchError> {
        let predictors = training(&spec.cohort.predictors, cases)?;
        let model = freeze(input, predictors, &spec.model, findings, &spec.endpoint.horizons_years)?;
        Ok(Self { version: VERSION, model, encoder })
    }

    /// Reads `model.json`.
    ///
    /// # Errors
    /// Another version, or no such document.
    pub fn read(bytes: &[u8]) -> Result<Self, LaunchError> {
        let malformed = |reason: String| LaunchError::Malformed { path: "model.json".into(), reason };
        let version: Version = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        if version.version != VERSION {
            return Err(malformed(format!("version {} is unknown: this renkei reads {VERSION}", version.version)));
        }
        serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Coding and cells of the predictors of the cases that a model is fitted on.
fn training(predictors: &[Predictor], cases: &RecordBatch) -> Result<Vec<TrainingPredictor>, LaunchError> {
    let references = Design::of(cases, predictors)?.references;
    let one = |(predictor, reference): (&Predictor, Option<String>)| {
        let cells = cells(predictor, cases);
        let coding = match reference {
            None => Coding::Number { transform: predictor.transform },
            Some(reference) => {
                let level = |cell: &Cell| match cell {
                    Cell::Level(level) if *level != reference => Some(level.clone()),
                    _ => None,
                };
                let mut levels: Vec<String> = cells.iter().filter_map(level).collect();
                levels.sort_unstable();
                levels.dedup();
                Coding::Category { reference, levels }
            }
        };
        TrainingPredictor { predictor: FrozenPredictor { column: predictor.column.clone(), coding }, cells }
    };
    Ok(predictors.iter().zip(references).map(one).collect())
}

/// A predictor's cells in a table of cases; a column that is not there has none.
#[must_use]
pub fn cells(predictor: &Predictor, cases: &RecordBatch) -> Vec<Cell> {
    let column = cases.column_by_name(&predictor.column);
    let of_kind = column.and_then(|column| match predictor.kind {
        PredictorKind::Number => {
            let numbers = column.as_primitive_opt::<Float64Type>()?;
            Some(numbers.iter().map(|number| number.map_or(Cell::Missing, Cell::Number)).collect())
        }
        PredictorKind::Category => {
            let levels = column.as_string_opt::<i32>()?;
            Some(
                levels.iter().map(|level| level.map_or(Cell::Missing, |level| Cell::Level(level.to_owned()))).collect(),
            )
        }
    });
    of_kind.unwrap_or_else(|| vec![Cell::Missing; cases.num_rows()])
}
