//! Held-out scores as FHIR R4 `RiskAssessment` (hl7.org/fhir/R4/riskassessment.html), newline-delimited JSON.

mod new_cases;

pub(crate) use new_cases::{NewCase, model, new_case_assessments};

use renkei_domain::record::Manifest;
use renkei_domain::spec::RunSpec;
use serde_json::{Value, json};

use super::{File, MODELS, Model, SealedRun};

/// The file's name, as bulk exports name theirs.
const FILE: &str = "RiskAssessment.ndjson";
/// The space of Renkei's identifiers: nobody's registered name, so that nothing seems to be resolvable.
const SPACE: &str = "urn:renkei";
/// What every assessment says of itself.
const NOTE: &str = "Held-out research output: predicted by a model that was fitted without this case. Not a diagnosis, not \
                    for the care of a patient.";

/// One assessment a case and model that scored it, by model.
pub(crate) fn risk_assessments(run: &SealedRun) -> anyhow::Result<File> {
    let (mut bytes, mut rows) = (Vec::new(), 0);
    let cases = run.case_ids()?;
    for model in MODELS {
        for (case, score) in cases.iter().zip(run.scores_of(model)?) {
            let Some(score) = score else { continue };
            serde_json::to_writer(&mut bytes, &assessment(run, model, case, score))?;
            bytes.push(b'\n');
            rows += 1;
        }
    }
    Ok(File { name: FILE, rows, bytes })
}

fn assessment(run: &SealedRun, model: Model, case: &str, score: f64) -> Value {
    Assessment {
        manifest: &run.manifest,
        spec: &run.spec,
        model,
        case,
        name: identifier("score", format!("{}/{}/{case}", run.manifest.run, model.column)),
        method: format!("Cox model of {}; linear predictor held out {}", model.sees, held_out(&run.spec)),
        basis: run.basis(model).map(|(name, digest)| (name.to_owned(), digest)).collect(),
        prediction: vec![prediction(run, score)],
        note: NOTE,
    }
    .resource()
}

/// How the run held cases out.
fn held_out(spec: &RunSpec) -> String {
    match &spec.cohort.hospital {
        Some(_) => "with all cases of its hospital".to_owned(),
        None => format!("by {}-fold cross-validation", spec.model.folds),
    }
}

/// An identifier in Renkei's own space.
fn identifier(of: &str, value: String) -> Value {
    json!({"system": format!("{SPACE}:{of}"), "value": value})
}

/// What every assessment says, whoever made it.
struct Assessment<'a> {
    manifest: &'a Manifest,
    spec: &'a RunSpec,
    model: Model,
    case: &'a str,
    /// Its own identifier.
    name: Value,
    method: String,
    /// Name and digest of what it rests on.
    basis: Vec<(String, String)>,
    prediction: Vec<Value>,
    note: &'static str,
}

impl Assessment<'_> {
    fn resource(self) -> Value {
        let Self { manifest, spec, .. } = self;
        let basis = self.basis.into_iter();
        let basis: Vec<Value> =
            basis.map(|(name, digest)| json!({"identifier": identifier("sha256", digest), "display": name})).collect();
        let mut notes = vec![json!({"text": self.note})];
        if let Some(banner) = spec.banner.as_ref().filter(|_| self.model.images) {
            notes.push(json!({"text": banner}));
        }
        json!({
            "resourceType": "RiskAssessment",
            "identifier": [
                self.name,
                identifier("run", manifest.run.to_string()),
                identifier("merkle-root", manifest.merkle_root.to_string()),
            ],
            "status": "preliminary",
            "method": {"text": self.method},
            "code": {"text": format!("Risk of {} after {}", spec.endpoint.name, spec.endpoint.origin)},
            // A pseudonym of the site, which no server resolves.
            "subject": {"type": "Patient", "identifier": identifier("case", self.case.to_owned())},
            "performer": {"type": "Device", "display": format!("Renkei {}", manifest.identity.software)},
            "basis": basis,
            "prediction": self.prediction,
            "note": notes,
        })
    }
}

/// No probability: the table of scores holds none (`findings.json` does, by horizon).
fn prediction(run: &SealedRun, score: f64) -> Value {
    let mut prediction = json!({
        "extension": [{"url": format!("{SPACE}:linear-predictor"), "valueDecimal": score}],
        "outcome": {"text": run.spec.endpoint.name},
        "rationale": format!(
            "Linear predictor (log hazard) against the mean of the cases that the model was fitted on; the relative risk is \
             its exponential, a hazard ratio at any time since {}.", run.spec.endpoint.origin
        ),
    });
    // A number without end is no decimal.
    if let Some(ratio) = Some(score.exp()).filter(|ratio| ratio.is_finite()) {
        prediction["relativeRisk"] = json!(ratio);
    }
    prediction
}
