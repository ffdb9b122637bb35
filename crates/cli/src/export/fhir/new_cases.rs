//! Cases that a frozen model scored.

use renkei_domain::record::Manifest;
use renkei_domain::spec::RunSpec;
use renkei_model::frozen::{Risk, Score, ScoredBy};
use serde_json::{Value, json};

use super::super::{File, MODELS, Model};
use super::{Assessment, FILE, SPACE, identifier};

/// What every assessment of a new case says of itself.
const NOTE: &str = "Research output of a model that was frozen before this case. Not a diagnosis, not for the care of a \
                    patient; Renkei is no medical device.";
/// The space of UCUM, in which units are codes.
const UCUM: &str = "http://unitsofmeasure.org";

/// A scored case and what its score rests on.
#[derive(Debug)]
pub(crate) struct NewCase<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) spec: &'a RunSpec,
    /// Name and digest of the new tables and of the frozen model.
    pub(crate) basis: &'a [(String, String)],
    pub(crate) case: &'a str,
    pub(crate) score: &'a Score,
}

/// One assessment a case.
pub(crate) fn new_case_assessments<'a>(cases: impl Iterator<Item = NewCase<'a>>) -> anyhow::Result<File> {
    let (mut bytes, mut rows) = (Vec::new(), 0);
    for case in cases {
        serde_json::to_writer(&mut bytes, &case.resource())?;
        bytes.push(b'\n');
        rows += 1;
    }
    Ok(File { name: FILE, rows, bytes })
}

impl NewCase<'_> {
    fn resource(&self) -> Value {
        let model = model(self.score.by);
        let encoder = self.manifest.identity.inputs.get("encoder").filter(|_| model.images);
        let encoder = encoder.map(|digest| ("encoder".to_owned(), digest.to_string()));
        Assessment {
            manifest: self.manifest,
            spec: self.spec,
            model,
            case: self.case,
            name: identifier("new-case-score", format!("{}/{}/{}", self.manifest.run, model.column, self.case)),
            method: format!("Cox model of {}, fitted on all cases of the run and frozen", model.sees),
            basis: self.basis.iter().cloned().chain(encoder).collect(),
            prediction: self.score.risks.iter().filter_map(|risk| self.prediction(risk)).collect(),
            note: NOTE,
        }
        .resource()
    }

    /// FHIR writes probabilities as percentages; the interval has no element of its own.
    fn prediction(&self, risk: &Risk) -> Option<Value> {
        let percent = |share: f64| json!({"value": 100.0 * share, "unit": "%", "system": UCUM, "code": "%"});
        let years = |years: f64| json!({"value": years, "unit": "years", "system": UCUM, "code": "a"});
        let predictor = self.score.linear_predictor;
        let mut extensions = vec![json!({"url": format!("{SPACE}:linear-predictor"), "valueDecimal": predictor})];
        if let Some(interval) = risk.interval {
            let range = json!({"low": percent(interval.lower), "high": percent(interval.upper)});
            extensions.push(json!({"url": format!("{SPACE}:interval-95"), "valueRange": range}));
        }
        let origin = &self.spec.endpoint.origin;
        let mut prediction = json!({
            "extension": extensions,
            "outcome": {"text": self.spec.endpoint.name},
            "probabilityDecimal": 100.0 * risk.risk?,
            "whenRange": {"low": years(0.0), "high": years(risk.years)},
            "rationale": format!(
                "Probability in per cent within {} years of {origin}. The relative risk is a hazard ratio against the mean of \
                 the cases that the model was fitted on.", risk.years
            ),
        });
        // A number without end is no decimal.
        if let Some(ratio) = Some(predictor.exp()).filter(|ratio| ratio.is_finite()) {
            prediction["relativeRisk"] = json!(ratio);
        }
        Some(prediction)
    }
}

/// The model of a run that scored a case.
pub(crate) fn model(by: ScoredBy) -> Model {
    match by {
        ScoredBy::Records => MODELS[0],
        ScoredBy::RecordsAndImages => MODELS[2],
    }
}
