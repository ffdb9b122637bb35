//! DiagnosticReport (FHIR R4, 10.3) of pathology, and Specimen (10.5) of tissue.

use crate::canonical::{Coding, Pathology, Row, Value};
use crate::source::fhir::model::{self, Concept, DiagnosticReport, first};
use crate::source::fhir::sheet::Sheet;
use crate::{Door, FaultKind, Stated, Table};

/// Services of pathology (HL7 v2 table 0074: pathology, surgical pathology, cytopathology) and LOINC's class of their
/// studies.
const PATHOLOGY: [&str; 4] = ["PAT", "SP", "CP", "LP7839-6"];
/// Pathology study, surgical pathology study, cytology study (LOINC).
const STUDIES: [&str; 3] = ["60567-5", "11526-1", "11529-5"];
/// Tissue (HL7 v2 table 0487; SNOMED CT).
const TISSUE: [&str; 2] = ["TISS", "119376003"];

pub(super) fn report(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let report: DiagnosticReport<'_> = sheet.parse()?;
    // DiagnosticReportStatus (FHIR R4).
    if !matches!(&*report.status, "final" | "amended" | "corrected" | "appended") {
        door.skip("report not final", 1);
        return Ok(());
    }
    if !report.category.iter().any(|category| category.is_one_of(&PATHOLOGY)) && !report.code.is_one_of(&STUDIES) {
        door.skip("report of something other than pathology", 1);
        return Ok(());
    }
    let issued = report.issued.stated();
    let head = (&*report.id, &report.meta, [issued]);
    let record = sheet.record(head, report.subject.as_ref(), report.contained, Table::Pathology, door);
    let Some(record) = record else { return Ok(()) };
    let named = report.specimen.first().map(|specimen| &*specimen.reference).unwrap_or_default();
    let specimen: model::Specimen<'_> = Sheet::contained(report.contained, named, "Specimen").unwrap_or_default();
    let time =
        first([taken(&specimen), report.effective_date_time.stated(), report.effective_period.start.stated(), issued]);
    let (codings, kind) = (report.code.codings(), specimen.kind.codings());
    let mut hand = |value: Value<'_>| {
        let row = Pathology { patient: record.patient(), codings: &codings, time, value, specimen: &kind };
        record.row(Row::Pathology(row), door);
    };
    if report.conclusion_code.is_empty() {
        hand(Value::Absent);
    }
    for concept in &report.conclusion_code {
        let values = concept.codings();
        hand(if values.is_empty() { Value::Text } else { Value::Coded(&values) });
    }
    Ok(())
}

pub(super) fn specimen(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let specimen: model::Specimen<'_> = sheet.parse()?;
    if matches!(&*specimen.status, "unsatisfactory" | "entered-in-error" | "unavailable") {
        door.skip("specimen that cannot be used", 1);
        return Ok(());
    }
    let site = specimen.collection.body_site.as_ref().map(Concept::codings).unwrap_or_default();
    if site.is_empty() && !specimen.kind.is_one_of(&TISSUE) {
        door.skip("specimen of something other than tissue", 1);
        return Ok(());
    }
    let head = (&*specimen.id, &specimen.meta, [Stated::Absent]);
    let record = sheet.record(head, specimen.subject.as_ref(), specimen.contained, Table::Pathology, door);
    let Some(record) = record else { return Ok(()) };
    let kind: Vec<Coding<'_>> = specimen.kind.codings();
    let row = Pathology {
        patient: record.patient(),
        codings: if site.is_empty() { &kind } else { &site },
        time: taken(&specimen),
        value: Value::Absent,
        specimen: &kind,
    };
    record.row(Row::Pathology(row), door);
    Ok(())
}

fn taken(specimen: &model::Specimen<'_>) -> Stated {
    let collection = &specimen.collection;
    first([collection.collected_date_time.stated(), collection.collected_period.start.stated()])
}
