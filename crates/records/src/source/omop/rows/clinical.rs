//! `condition_occurrence`, `drug_exposure` and `procedure_occurrence`.

use super::Line;
use crate::canonical::{Certainty, Condition, Drug, DrugStage, Procedure, Row};
use crate::source::omop::cell::Concept;
use crate::{Door, Stated};

pub(in crate::source::omop) fn condition(line: &mut Line<'_>, door: &mut Door) {
    let Some((patient, known)) = line.person(door) else { return };
    let Some(codes) = line.subject(1, door) else { return };
    // Condition Status domain: 32893 confirmed; 32899 preliminary diagnosis.
    let certainty = match line.record.concept(6) {
        Concept::Id(32893) => Some(Certainty::Confirmed),
        Concept::Id(32899) => Some(Certainty::Suspected),
        _ => None,
    };
    let row = Condition {
        patient: &patient,
        codings: &codes.codings(),
        start: line.record.time(2, 3),
        end: line.record.time(4, 5),
        certainty,
    };
    line.row(known, Row::Condition(row), door);
}

pub(in crate::source::omop) fn drug(line: &mut Line<'_>, door: &mut Door) {
    let Some((patient, known)) = line.person(door) else { return };
    let Some(codes) = line.subject(1, door) else { return };
    // The end as the source has it, before the one that the export's makers may have derived.
    let end = match line.record.stated(6) {
        Stated::Absent => line.record.time(4, 5),
        verbatim => verbatim,
    };
    let row = Drug {
        patient: &patient,
        codings: &codes.codings(),
        start: line.record.time(2, 3),
        end,
        stage: stage(line.record.concept(7)),
    };
    line.row(known, Row::Drug(row), door);
}

/// How far a drug has got, by `drug_type_concept_id`. What is not said to be dispensed or given is only ordered.
fn stage(of_type: Concept) -> DrugStage {
    match of_type {
        // Type Concept domain: EHR administration and dispensing records, pharmacy claim; before 5.4: dispensed in
        // pharmacy and by mail order, inpatient and physician administration. Of the last (581373) no second source was
        // found that names it; those that list it put it beside 38000180.
        Concept::Id(32818 | 32825 | 32869 | 38000175 | 38000176 | 38000180 | 581373) => DrugStage::Given,
        _ => DrugStage::Ordered,
    }
}

pub(in crate::source::omop) fn procedure(line: &mut Line<'_>, door: &mut Door) {
    let Some((patient, known)) = line.person(door) else { return };
    let Some(codes) = line.subject(1, door) else { return };
    let row = Procedure {
        patient: &patient,
        codings: &codes.codings(),
        start: line.record.time(2, 3),
        end: line.record.time(4, 5),
    };
    line.row(known, Row::Procedure(row), door);
}
