//! One model's held-out predictions against another's, on the same cases.

use crate::{Comparison, Outcome, design::Design, resampled::Resampled};

/// Paired differences, or why one of the two has no predictions.
pub(crate) fn compare(
    design: &Design,
    model: Result<&Resampled, &String>,
    reference: Result<&Resampled, &String>,
) -> Outcome<Comparison> {
    let (model, reference) = match (model, reference) {
        (Ok(model), Ok(reference)) => (model, reference),
        (Err(reason), _) | (_, Err(reason)) => return Outcome::impossible(reason),
    };
    let differences = model.against(reference);
    Outcome::from(differences.map(|(concordance, auc)| Comparison {
        cases: design.rows(),
        events: design.events(),
        concordance,
        auc,
    }))
}
