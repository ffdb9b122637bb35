//! From resources to rows, by type of resource.

mod condition;
mod drug;
mod encounter;
mod observation;
mod patient;
mod procedure;
mod report;

use super::sheet::Sheet;
use crate::{Door, FaultKind};

/// Hands the rows of one resource to the door, or says why nothing can be taken from it.
pub(super) type Reader = fn(&Sheet<'_>, &mut Door) -> Result<(), FaultKind>;

/// What reads a type of resource, with the type's name; nothing for types that have no canonical table, which are counted
/// and not opened.
pub(super) fn reader(of_type: &str) -> Option<(&'static str, Reader)> {
    Some(match of_type {
        "Observation" => ("Observation", observation::observation),
        "Patient" => ("Patient", patient::patient),
        "Encounter" => ("Encounter", encounter::encounter),
        "Condition" => ("Condition", condition::condition),
        "Procedure" => ("Procedure", procedure::procedure),
        "MedicationRequest" => ("MedicationRequest", drug::request),
        "MedicationAdministration" => ("MedicationAdministration", drug::administration),
        "MedicationDispense" => ("MedicationDispense", drug::dispense),
        "MedicationStatement" => ("MedicationStatement", drug::statement),
        "Medication" => ("Medication", drug::medication),
        "DiagnosticReport" => ("DiagnosticReport", report::report),
        "Specimen" => ("Specimen", report::specimen),
        _ => return None,
    })
}
