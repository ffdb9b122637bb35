//! OMP-01 and OMP-02 (RDE^O11): prescriptions and injections as ordered; OMP-11 and OMP-12 (RAS^O17): as given.

use crate::canonical::{Drug, DrugStage, Row};
use crate::hl7::Segment;
use crate::source::ssmix2::sheet::{Codes, Sheet, time};
use crate::{Door, Stated};

pub(in crate::source::ssmix2) fn ordered_drugs(sheet: &Sheet<'_>, door: &mut Door) {
    for order in orders(sheet.message.segments()) {
        order_rows(sheet, order, door);
    }
}

pub(in crate::source::ssmix2) fn given_drugs(sheet: &Sheet<'_>, door: &mut Door) {
    for given in sheet.message.named("RXA") {
        // HL7 tables 0322 and 0206: complete or partial, and not deleted.
        let status = given.field(20).text();
        if !matches!(status.as_ref(), "" | "CP" | "PA") || given.field(21).text() == "D" {
            door.skip("drug not given", 1);
            continue;
        }
        let codes = Codes::of([given.field(5)]);
        let row = Drug {
            patient: sheet.patient,
            codings: &codes.codings(),
            start: time(given.field(3)),
            end: time(given.field(4)),
            stage: DrugStage::Given,
        };
        sheet.row(Row::Drug(row), &given, door);
    }
}

/// The segments of each order: an ORC and what follows it.
fn orders<'s, 'a>(segments: &'s [Segment<'a>]) -> impl Iterator<Item = &'s [Segment<'a>]> {
    let groups = segments.chunk_by(|_, next| next.name() != "ORC");
    groups.filter(|group| group.first().is_some_and(|first| first.name() == "ORC"))
}

fn order_rows(sheet: &Sheet<'_>, order: &[Segment<'_>], door: &mut Door) {
    let named = |name: &'static str| order.iter().filter(move |segment| segment.name() == name);
    // An injection names its drugs as components, and in RXE only the kind of injection.
    let of_injection = named("RXC").next().is_some();
    let drugs: Vec<&Segment<'_>> = named(if of_injection { "RXC" } else { "RXE" }).collect();
    // HL7 table 0119: cancelled, discontinued, or denied.
    let control = named("ORC").next().map(|orc| orc.field(1).text()).unwrap_or_default();
    if matches!(control.as_ref(), "CA" | "CR" | "OC" | "OD" | "DC" | "DR" | "UA" | "UC" | "DE") {
        return door.skip("drug of a cancelled order", drugs.len() as u64);
    }
    let timing = named("TQ1").next();
    let at = |field: usize| timing.map_or(Stated::Absent, |timing| time(timing.field(field)));
    for drug in drugs {
        let codes = Codes::of([drug.field(2)]);
        let row = Drug {
            patient: sheet.patient,
            codings: &codes.codings(),
            start: at(7),
            end: at(8),
            stage: DrugStage::Ordered,
        };
        sheet.row(Row::Drug(row), drug, door);
    }
}
