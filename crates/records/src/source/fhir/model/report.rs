//! DiagnosticReport (FHIR R4, 10.3), Specimen (10.5).

use super::{Concept, Period, Reference, Text};

resource!(
    DiagnosticReport {
        #[serde(borrow)]
        status: Text<'a>,
        #[serde(borrow)]
        category: Vec<Concept<'a>>,
        #[serde(borrow)]
        code: Concept<'a>,
        #[serde(borrow)]
        effective_date_time: Text<'a>,
        #[serde(borrow)]
        effective_period: Period<'a>,
        #[serde(borrow)]
        issued: Text<'a>,
        #[serde(borrow)]
        specimen: Vec<Reference<'a>>,
        #[serde(borrow)]
        conclusion_code: Vec<Concept<'a>>,
    }
);

resource!(
    Specimen {
        #[serde(borrow)]
        status: Text<'a>,
        #[serde(rename = "type", borrow)]
        kind: Concept<'a>,
        #[serde(borrow)]
        collection: Collection<'a>,
    }
);

members!(
    /// How a specimen was taken.
    Collection {
        #[serde(borrow)]
        collected_date_time: Text<'a>,
        #[serde(borrow)]
        collected_period: Period<'a>,
        #[serde(borrow)]
        body_site: Option<Concept<'a>>,
    }
);
