//! From a source's row to the cells of its table.

use std::sync::Arc;

use super::{Door, Origin};
use crate::canonical::{
    Certainty, Condition, ConditionCells, Drug, DrugCells, DrugStage, Measurement, MeasurementCells, Pathology,
    PathologyCells, Person, PersonCells, Procedure, ProcedureCells, Sex, TraceCells, Visit, VisitCells, VisitClass,
};
use crate::pseudonym::Hashed;
use crate::{Stated, Table};

impl Origin<'_> {
    fn cells<'a>(&'a self, source: &'a str) -> TraceCells<'a> {
        TraceCells {
            source,
            file: self.file.0.as_str(),
            line: self.line,
            resource: self.resource.map(|id| id.0.as_str()),
            recorded: self.recorded.moment(),
        }
    }
}

impl Door {
    pub(super) fn person(&mut self, person: &Hashed, row: Person<'_>, at: &Origin<'_>) {
        // A year alone is no fault here: it has a column of its own.
        let birth = match row.birth {
            Stated::Vague { .. } => None,
            stated => self.past_day(stated, Table::Person, at),
        };
        let death = self.past_day(row.death, Table::Person, at);
        self.tables.person.append(PersonCells {
            person_id: person.as_str(),
            birth_date: birth,
            birth_year: row.birth.year().and_then(|year| i16::try_from(year).ok()),
            sex: row.sex.map(Sex::as_str),
            death_date: death,
            trace: at.cells(&self.rules.source),
        });
    }

    pub(super) fn condition(&mut self, person: &Hashed, row: Condition<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Condition, at) else { return };
        let start = self.past_day(row.start, Table::Condition, at);
        let end = self.end_day(row.end, start, Table::Condition, at);
        self.tables.condition.append(ConditionCells {
            person_id: person.as_str(),
            code: code.cells(),
            start_date: start,
            end_date: end,
            certainty: row.certainty.map(|certainty| match certainty {
                Certainty::Confirmed => "confirmed",
                Certainty::Suspected => "suspected",
            }),
            trace: at.cells(&rules.source),
        });
    }

    pub(super) fn measurement(&mut self, person: &Hashed, row: Measurement<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Measurement, at) else { return };
        let time = self.time(row.time, Table::Measurement, at);
        let value = self.value(&rules, row.patient, code.concept, row.value, Table::Measurement, at);
        self.tables.measurement.append(MeasurementCells {
            person_id: person.as_str(),
            code: code.cells(),
            time,
            value: value.cells(),
            trace: at.cells(&rules.source),
        });
    }

    pub(super) fn pathology(&mut self, person: &Hashed, row: Pathology<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Pathology, at) else { return };
        let time = self.time(row.time, Table::Pathology, at);
        let value = self.value(&rules, row.patient, code.concept, row.value, Table::Pathology, at);
        let specimen = match row.specimen {
            [] => None,
            codings => self.code(&rules, row.patient, codings, Table::Pathology, at),
        };
        self.tables.pathology.append(PathologyCells {
            person_id: person.as_str(),
            code: code.cells(),
            time,
            value: value.cells(),
            specimen_system: specimen.as_ref().map(|specimen| specimen.system),
            specimen_code: specimen.as_ref().map(|specimen| specimen.code),
            trace: at.cells(&rules.source),
        });
    }

    pub(super) fn procedure(&mut self, person: &Hashed, row: Procedure<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Procedure, at) else { return };
        let start = self.past_day(row.start, Table::Procedure, at);
        self.undated(row.start, Table::Procedure, at);
        let end = self.end_day(row.end, start, Table::Procedure, at);
        self.tables.procedure.append(ProcedureCells {
            person_id: person.as_str(),
            code: code.cells(),
            start_date: start,
            end_date: end,
            trace: at.cells(&rules.source),
        });
    }

    pub(super) fn drug(&mut self, person: &Hashed, row: Drug<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Drug, at) else { return };
        // An order speaks of days to come.
        let (start, end) = match row.stage {
            DrugStage::Ordered => (self.any_day(row.start, Table::Drug, at), self.any_day(row.end, Table::Drug, at)),
            DrugStage::Given => (self.past_day(row.start, Table::Drug, at), self.past_day(row.end, Table::Drug, at)),
        };
        self.undated(row.start, Table::Drug, at);
        self.ordered(start, end, Table::Drug, at);
        self.tables.drug.append(DrugCells {
            person_id: person.as_str(),
            code: code.cells(),
            start_date: start,
            end_date: end,
            stage: match row.stage {
                DrugStage::Ordered => "ordered",
                DrugStage::Given => "given",
            },
            trace: at.cells(&rules.source),
        });
    }

    pub(super) fn visit(&mut self, person: &Hashed, row: Visit<'_>, at: &Origin<'_>) {
        let start = self.past_day(row.start, Table::Visit, at);
        let end = self.end_day(row.end, start, Table::Visit, at);
        if row.end == Stated::Absent {
            self.undated(row.start, Table::Visit, at);
        }
        self.tables.visit.append(VisitCells {
            person_id: person.as_str(),
            class: row.class.map(|class| match class {
                VisitClass::Inpatient => "inpatient",
                VisitClass::Outpatient => "outpatient",
                VisitClass::Emergency => "emergency",
            }),
            start_date: start,
            end_date: end,
            trace: at.cells(&self.rules.source),
        });
    }
}
