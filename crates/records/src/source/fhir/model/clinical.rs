//! Encounter (FHIR R4, 8.11), Condition (9.2), Procedure (9.3).

use super::{Coding, Concept, Period, Text};

resource!(
    Encounter {
        #[serde(borrow)]
        status: Text<'a>,
        #[serde(borrow)]
        class: Coding<'a>,
        #[serde(borrow)]
        period: Period<'a>,
    }
);

resource!(
    Condition {
        #[serde(borrow)]
        verification_status: Concept<'a>,
        #[serde(borrow)]
        code: Concept<'a>,
        #[serde(borrow)]
        onset_date_time: Text<'a>,
        #[serde(borrow)]
        onset_period: Period<'a>,
        #[serde(borrow)]
        abatement_date_time: Text<'a>,
        #[serde(borrow)]
        abatement_period: Period<'a>,
        #[serde(borrow)]
        recorded_date: Text<'a>,
    }
);

resource!(
    Procedure {
        #[serde(borrow)]
        status: Text<'a>,
        #[serde(borrow)]
        code: Concept<'a>,
        #[serde(borrow)]
        performed_date_time: Text<'a>,
        #[serde(borrow)]
        performed_period: Period<'a>,
    }
);
