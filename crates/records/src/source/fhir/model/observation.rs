//! Observation (FHIR R4, 10.1).

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{Concept, Period, Quantity, Text};

macro_rules! measured {
    ($declare:ident: $(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        $declare!(
            $(#[$doc])*
            $name {
                $($(#[$attribute])* $field: $kind,)*
                #[serde(borrow)]
                code: Concept<'a>,
                #[serde(borrow)]
                value_quantity: Option<Quantity<'a>>,
                #[serde(borrow)]
                value_codeable_concept: Option<Concept<'a>>,
                #[serde(borrow)]
                value_integer: Option<&'a RawValue>,
                #[serde(borrow)]
                value_string: Option<Text<'a>>,
                value_boolean: Option<IgnoredAny>,
                value_range: Option<IgnoredAny>,
                value_ratio: Option<IgnoredAny>,
                value_sampled_data: Option<IgnoredAny>,
                value_time: Option<IgnoredAny>,
                value_date_time: Option<IgnoredAny>,
                value_period: Option<IgnoredAny>,
                data_absent_reason: Option<IgnoredAny>,
            }
        );

        impl<'a> $name<'a> {
            /// What was measured.
            pub(in crate::source::fhir) fn measured(&self) -> Measured<'_, 'a> {
                let others = [
                    &self.value_boolean, &self.value_range, &self.value_ratio, &self.value_sampled_data,
                    &self.value_time, &self.value_date_time, &self.value_period,
                ];
                if let Some(quantity) = &self.value_quantity {
                    Measured::Quantity(quantity)
                } else if let Some(concept) = &self.value_codeable_concept {
                    Measured::Coded(concept)
                } else if let Some(integer) = self.value_integer {
                    Measured::Number(integer.get())
                } else if let Some(text) = &self.value_string {
                    Measured::Number(text)
                } else if others.iter().any(|other| other.is_some()) {
                    Measured::Other
                } else if self.data_absent_reason.is_some() {
                    Measured::Missing
                } else {
                    Measured::Nothing
                }
            }
        }
    };
}

measured!(
    resource:
    /// An observation, with a value, with components or with both.
    Observation {
        #[serde(borrow)]
        status: Text<'a>,
        #[serde(borrow)]
        effective_date_time: Text<'a>,
        #[serde(borrow)]
        effective_instant: Text<'a>,
        #[serde(borrow)]
        effective_period: Period<'a>,
        #[serde(borrow)]
        issued: Text<'a>,
        #[serde(borrow)]
        component: Vec<ObservationComponent<'a>>,
    }
);

measured!(
    members:
    /// A part of an observation, such as the systolic of two blood pressures.
    ObservationComponent {}
);

/// The value of an observation or of one of its components.
pub(in crate::source::fhir) enum Measured<'s, 'a> {
    Quantity(&'s Quantity<'a>),
    Coded(&'s Concept<'a>),
    /// A number without a unit, or text that may be one.
    Number(&'s str),
    /// A value of a type that no column takes.
    Other,
    /// Stated to be missing.
    Missing,
    Nothing,
}
