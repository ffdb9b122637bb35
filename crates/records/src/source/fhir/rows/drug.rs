//! MedicationRequest, MedicationAdministration, MedicationDispense, MedicationStatement, Medication (FHIR R4, 11.1 to
//! 11.5).

use serde_json::value::RawValue;

use crate::canonical::{Drug, DrugStage, Row};
use crate::source::fhir::medications::Code;
use crate::source::fhir::model::{
    Administration, Concept, Dispense, Medication, MedicationRequest, Meta, Reference, Statement, first,
};
use crate::source::fhir::sheet::Sheet;
use crate::{Door, FaultKind, Stated, Table};

/// What all of them have.
struct Common<'s, 'a> {
    id: &'s str,
    meta: &'s Meta<'a>,
    subject: Option<&'s Reference<'a>>,
    contained: Option<&'a RawValue>,
    concept: Option<&'s Concept<'a>>,
    reference: Option<&'s Reference<'a>>,
}

macro_rules! common {
    ($resource:ident) => {
        Common {
            id: &$resource.id,
            meta: &$resource.meta,
            subject: $resource.subject.as_ref(),
            contained: $resource.contained,
            concept: $resource.medication_codeable_concept.as_ref(),
            reference: $resource.medication_reference.as_ref(),
        }
    };
}

pub(super) fn request(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let request: MedicationRequest<'_> = sheet.parse()?;
    let ordered = matches!(&*request.status, "active" | "on-hold" | "completed" | "stopped") && !request.do_not_perform;
    if !ordered {
        door.skip("drug of a cancelled order", 1);
        return Ok(());
    }
    if matches!(&*request.intent, "proposal" | "plan" | "option") {
        door.skip("drug proposed and not ordered", 1);
        return Ok(());
    }
    let written = request.authored_on.stated();
    let (from, to) = request.bounds().map(|bounds| (bounds.start.stated(), bounds.end.stated())).unwrap_or_default();
    let span = Span { start: first([from, written]), end: to, written, stage: DrugStage::Ordered };
    row(sheet, &common!(request), span, door);
    Ok(())
}

pub(super) fn administration(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let given: Administration<'_> = sheet.parse()?;
    if !matches!(&*given.status, "completed" | "in-progress" | "stopped") {
        door.skip("drug not given", 1);
        return Ok(());
    }
    let start = first([given.effective_date_time.stated(), given.effective_period.start.stated()]);
    row(sheet, &common!(given), Span::given(start, given.effective_period.end.stated()), door);
    Ok(())
}

pub(super) fn dispense(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let dispense: Dispense<'_> = sheet.parse()?;
    if &*dispense.status != "completed" {
        door.skip("drug not given", 1);
        return Ok(());
    }
    let start = first([dispense.when_handed_over.stated(), dispense.when_prepared.stated()]);
    row(sheet, &common!(dispense), Span::given(start, Stated::Absent), door);
    Ok(())
}

pub(super) fn statement(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let taken: Statement<'_> = sheet.parse()?;
    if !matches!(&*taken.status, "active" | "completed" | "stopped") {
        door.skip("drug not given", 1);
        return Ok(());
    }
    let start = first([taken.effective_date_time.stated(), taken.effective_period.start.stated()]);
    row(sheet, &common!(taken), Span::given(start, taken.effective_period.end.stated()), door);
    Ok(())
}

/// When, and how far the drug has got.
struct Span {
    start: Stated,
    end: Stated,
    written: Stated,
    stage: DrugStage,
}

impl Span {
    fn given(start: Stated, end: Stated) -> Self {
        Self { start, end, written: Stated::Absent, stage: DrugStage::Given }
    }
}

/// A Medication (FHIR R4, 11.5): its code has been noted for those that name it.
pub(super) fn medication(sheet: &Sheet<'_>, _: &mut Door) -> Result<(), FaultKind> {
    sheet.parse::<Medication<'_>>().map(drop)
}

fn row<'a>(sheet: &Sheet<'a>, common: &Common<'_, 'a>, span: Span, door: &mut Door) {
    let head = (common.id, common.meta, [span.written]);
    let Some(record) = sheet.record(head, common.subject, common.contained, Table::Drug, door) else { return };
    let named = common.reference.map(|reference| &*reference.reference).unwrap_or_default();
    let contained: Option<Medication<'_>> = Sheet::contained(common.contained, named, "Medication");
    let concept = common.concept.or_else(|| contained.as_ref().map(|medication| &medication.code));
    let codings = match (concept, sheet.medication(named)) {
        (Some(concept), _) => concept.codings(),
        (None, Some(codes)) => codes.iter().map(Code::coding).collect(),
        // Without a reference too, there is no code at all.
        (None, None) if named.is_empty() => Vec::new(),
        (None, None) => return door.fault(FaultKind::DanglingReference, Some(Table::Drug), &record.origin()),
    };
    let row =
        Drug { patient: record.patient(), codings: &codings, start: span.start, end: span.end, stage: span.stage };
    record.row(Row::Drug(row), door);
}
