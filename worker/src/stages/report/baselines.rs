//! What clinicians use already, in the report's words.

use renkei_model::{BaselineFindings, Comparison, Counted, Findings, Outcome};
use renkei_report::{Baseline, PairedDifference};

use super::models::{auc, compared, estimate};

pub(super) fn all(findings: &Findings) -> Vec<Baseline> {
    findings.baselines.iter().map(|found| one(found, findings.images.reason())).collect()
}

/// `imageless` is why there is no model of images, which the report says in its own place.
fn one(found: &BaselineFindings, imageless: Option<&str>) -> Baseline {
    let discrimination = found.discrimination.done();
    let own = [("records", &found.records, false), ("records and images", &found.records_and_images, true)];
    Baseline {
        name: found.name.clone(),
        source: found.source.clone(),
        knows_specimen: found.knows_specimen,
        cases: found.cases as u64,
        events: found.events as u64,
        not_computable: counted(&found.not_computable),
        flagged: counted(&found.flagged),
        c_index: discrimination.map(|found| estimate(found.concordance)),
        auc: discrimination.map_or_else(Vec::new, auc),
        differences: own.into_iter().flat_map(|own| differences(&found.name, own)).collect(),
        missing: missing(found, imageless),
    }
}

fn counted(of: &[Counted]) -> Vec<(String, u64)> {
    of.iter().map(|counted| (counted.reason.clone(), counted.cases as u64)).collect()
}

fn differences(
    reference: &str,
    (model, comparison, images): (&str, &Outcome<Comparison>, bool),
) -> Vec<PairedDifference> {
    let against = |difference| PairedDifference { rests_on_images: images, ..difference };
    compared((model, reference), comparison).into_iter().map(against).collect()
}

/// Why figures are missing.
fn missing(found: &BaselineFindings, imageless: Option<&str>) -> Vec<String> {
    let joint = found.records_and_images.reason().filter(|reason| Some(*reason) != imageless);
    let reasons = [
        found.discrimination.reason().map(|reason| format!("no figure: {reason}")),
        found.records.reason().map(|reason| format!("not compared with the records model: {reason}")),
        joint.map(|reason| format!("not compared with records and images: {reason}")),
    ];
    reasons.into_iter().flatten().collect()
}
