//! `visit_occurrence`.

use super::Line;
use crate::Door;
use crate::canonical::{Row, Visit, VisitClass};
use crate::source::omop::cell::Concept;

pub(in crate::source::omop) fn visit(line: &mut Line<'_>, door: &mut Door) {
    let Some((patient, known)) = line.person(door) else { return };
    let concept = line.record.concept(1);
    let class = class(concept);
    if class.is_none() {
        // The visit took place whatever it was.
        door.skip(if concept == Concept::None { "unmapped" } else { "class of a visit" }, 1);
    }
    let row = Visit { patient: &patient, class, start: line.record.time(2, 3), end: line.record.time(4, 5) };
    line.row(known, Row::Visit(row), door);
}

/// Visit domain. All of them were found with these names in a second source (NHLBI BDC harmonized model,
/// `VisitCategoryEnum`; the Place of Service concepts in a health system's table of concepts in use).
fn class(concept: Concept) -> Option<VisitClass> {
    match concept {
        // Inpatient; emergency room and inpatient; inpatient hospital; intensive care.
        Concept::Id(9201 | 262 | 8717 | 32037) => Some(VisitClass::Inpatient),
        // Outpatient; office; telehealth; outpatient hospital; laboratory; home.
        Concept::Id(9202 | 581477 | 5083 | 8756 | 32036 | 581476) => Some(VisitClass::Outpatient),
        // Emergency room; emergency room of a hospital.
        Concept::Id(9203 | 8870) => Some(VisitClass::Emergency),
        _ => None,
    }
}
