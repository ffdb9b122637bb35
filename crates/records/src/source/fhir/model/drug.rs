//! MedicationRequest (FHIR R4, 11.1), MedicationAdministration (11.2), MedicationDispense (11.3), MedicationStatement
//! (11.4), Medication (11.5).

use serde::Deserialize;

use super::{Concept, Once, Period, Reference, Text};

macro_rules! drug {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        resource!(
            $(#[$doc])*
            $name {
                #[serde(borrow)]
                status: Text<'a>,
                #[serde(borrow)]
                medication_codeable_concept: Option<Concept<'a>>,
                #[serde(borrow)]
                medication_reference: Option<Reference<'a>>,
                $($(#[$attribute])* $field: $kind,)*
            }
        );
    };
}

drug!(
    /// An order.
    MedicationRequest {
        #[serde(borrow)]
        intent: Text<'a>,
        do_not_perform: bool,
        #[serde(borrow)]
        authored_on: Text<'a>,
        #[serde(borrow)]
        dosage_instruction: Vec<Dosage<'a>>,
    }
);
drug!(
    /// What was given in the hospital.
    Administration {
        #[serde(borrow)]
        effective_date_time: Text<'a>,
        #[serde(borrow)]
        effective_period: Period<'a>,
    }
);
drug!(
    /// What was handed out.
    Dispense {
        #[serde(borrow)]
        when_handed_over: Text<'a>,
        #[serde(borrow)]
        when_prepared: Text<'a>,
    }
);
drug!(
    /// What somebody says that the patient takes.
    Statement {
        #[serde(borrow)]
        effective_date_time: Text<'a>,
        #[serde(borrow)]
        effective_period: Period<'a>,
    }
);

members!(
    /// A drug that others name: its code.
    Medication {
        #[serde(rename = "resourceType")]
        _type: Once,
        #[serde(borrow)]
        id: Text<'a>,
        #[serde(borrow)]
        code: Concept<'a>,
    }
);

/// How a drug is taken: only from when to when.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::source::fhir) struct Dosage<'a> {
    #[serde(borrow)]
    timing: Timing<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Timing<'a> {
    #[serde(borrow)]
    repeat: Repeat<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Repeat<'a> {
    #[serde(borrow)]
    bounds_period: Period<'a>,
}

impl<'a> MedicationRequest<'a> {
    /// From when to when it is to be taken, if that is stated.
    pub(in crate::source::fhir) fn bounds(&self) -> Option<&Period<'a>> {
        let mut periods = self.dosage_instruction.iter().map(|dosage| &dosage.timing.repeat.bounds_period);
        periods.find(|period| !period.start.is_empty() || !period.end.is_empty())
    }
}
