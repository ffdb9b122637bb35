//! How recurrence is read off records: the endpoint protocol, as data. It is part of the spec, so its digest is part of every result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SpecError;

/// Makes a table of outcomes, one row a person who had the first treatment, from canonical tables of records.
///
/// The table has `person_id`, `origin` (day of the first treatment), `outcome` (`recurrence`, `persistence`, `salvage`,
/// `adjuvant`, `death` or `censored`), `days` (from the origin to the outcome), `days_free` (to the last marker value
/// before it that spoke against recurrence: the true time lies between the two) and `marker_values` (how many counted).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecurrenceRule {
    /// The table's name in SQL.
    #[serde(default = "RecurrenceRule::default_table")]
    pub table: String,
    /// What the first treatment was, and what counts as recurrence after it.
    pub after: FirstTreatment,
    /// The marker's concept.
    #[serde(default = "RecurrenceRule::default_marker")]
    pub marker: String,
    /// Values of the first days after the origin do not count: the marker is still falling.
    #[serde(default = "RecurrenceRule::default_settling_days")]
    pub settling_days: u32,
    /// Concepts of procedures and drugs that are further treatment, such as `prostate_radiotherapy`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_treatment: Vec<String>,
    /// Further treatment within so many days of the origin is adjuvant, later treatment is salvage.
    #[serde(default = "RecurrenceRule::default_adjuvant_days")]
    pub adjuvant_days: u32,
}

/// A first treatment and its rule. Values are in the marker's canonical unit (PSA: ng/mL).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum FirstTreatment {
    /// Removal of the prostate: the marker should vanish.
    Prostatectomy {
        /// The concept of the procedure; a person's first one is the origin.
        #[serde(default = "FirstTreatment::default_prostatectomy")]
        procedure: String,
        /// Two values in a row of at least this much: the first of them is the recurrence (AUA 2007: 0.2).
        #[serde(default = "FirstTreatment::default_twice_from")]
        twice_from: f64,
        /// One value of at least this much, above the one before it, is recurrence by itself (0.4).
        #[serde(default = "FirstTreatment::default_rising_from")]
        rising_from: f64,
        /// A first settled value of at least this much is persistence, which is no recurrence (EAU: 0.1).
        #[serde(default = "FirstTreatment::default_persistent_from")]
        persistent_from: f64,
    },
    /// Radiotherapy of the prostate: the marker falls to a nadir.
    Radiotherapy {
        /// The concept of the procedure; a person's first one is the origin.
        procedure: String,
        /// Recurrence is a value of at least the lowest before it plus this much (Phoenix 2006: 2.0).
        #[serde(default = "FirstTreatment::default_above_nadir")]
        above_nadir: f64,
    },
}

impl FirstTreatment {
    /// The concept of the procedure.
    #[must_use]
    pub fn procedure(&self) -> &str {
        match self {
            Self::Prostatectomy { procedure, .. } | Self::Radiotherapy { procedure, .. } => procedure,
        }
    }

    fn default_prostatectomy() -> String {
        "prostatectomy".to_owned()
    }

    fn default_twice_from() -> f64 {
        0.2
    }

    fn default_rising_from() -> f64 {
        0.4
    }

    fn default_persistent_from() -> f64 {
        0.1
    }

    fn default_above_nadir() -> f64 {
        2.0
    }

    fn thresholds(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::Prostatectomy { twice_from, rising_from, persistent_from, .. } => {
                vec![("twice_from", *twice_from), ("rising_from", *rising_from), ("persistent_from", *persistent_from)]
            }
            Self::Radiotherapy { above_nadir, .. } => vec![("above_nadir", *above_nadir)],
        }
    }
}

impl RecurrenceRule {
    fn default_table() -> String {
        "recurrence".to_owned()
    }

    fn default_marker() -> String {
        "psa".to_owned()
    }

    fn default_settling_days() -> u32 {
        28
    }

    fn default_adjuvant_days() -> u32 {
        180
    }

    /// Everything that is wrong without opening a source.
    pub(super) fn faults(&self) -> Vec<SpecError> {
        let wrong = |(_, value): &(&'static str, f64)| !value.is_finite() || *value <= 0.0;
        let fault = |(name, value): (&'static str, f64)| {
            let reason = format!("is {value}: write a positive number in the marker's unit");
            SpecError::field(format!("cohort.recurrence.after.{name}"), reason)
        };
        self.after.thresholds().into_iter().filter(wrong).map(fault).collect()
    }
}
