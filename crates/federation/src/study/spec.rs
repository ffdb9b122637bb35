//! The study spec: one document that says what is asked, of whom, and by which registered methods. No code travels.

use crate::keys::Identity;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::parsed;
use super::{Day, Grid, StudyError};

/// What the sites agree on. Unknown fields are refused; a field that is left out where it may be is left out of the
/// canonical form too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudySpec {
    /// Version of this document's form: 1.
    pub version: u32,
    /// What people call the study.
    pub name: String,
    /// What is asked, in a sentence that a reviewer understands.
    pub question: String,
    /// What is predicted, in words; each site maps them to its own columns.
    pub endpoint: Endpoint,
    /// The variables that enter, in order.
    pub variables: Vec<Variable>,
    /// Who proposes the study and answers for it.
    pub lead: Lead,
    /// The sites that are asked, with their keys.
    pub sites: Vec<StudySite>,
    /// What is computed; nothing else is.
    pub methods: Vec<MethodUse>,
    /// What must hold before anything leaves a site; a site's policy may be stricter.
    pub thresholds: Thresholds,
    /// Budget of differential privacy per site; without it no noise is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<PrivacyBudget>,
    /// The last day on which a round may run.
    pub expires: Day,
    /// What happens when a site leaves in the middle of a round.
    pub drop_out: DropOut,
}

/// The endpoint in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The event's honest name.
    pub name: String,
    /// What day 0 is.
    pub origin: String,
    /// What counts as the event.
    pub event: String,
    /// What ends follow-up without it.
    pub censoring: String,
    /// What makes it impossible, where that is counted apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competing: Option<String>,
    /// Years at which results are reported, ascending; the last ends follow-up.
    pub horizons_years: Vec<f64>,
}

/// One variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name in this study.
    pub name: String,
    /// What it is, when it was measured.
    pub meaning: String,
    /// A number or a category.
    pub kind: VariableKind,
}

/// What values a variable takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum VariableKind {
    /// A number in a unit.
    Number {
        /// The unit, "1" where there is none.
        unit: String,
    },
    /// One of some levels, the first the reference.
    Category {
        /// The levels.
        levels: Vec<String>,
    },
}

/// Who leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lead {
    /// Name or office.
    pub name: String,
    /// The key that signs the proposal.
    pub identity: Identity,
}

/// A site's name: lower-case letters, digits and hyphens, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteName(String);

impl SiteName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SiteName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if (1..=64).contains(&text.len()) && text.chars().all(fits) {
            Ok(Self(text))
        } else {
            Err(format!("'{text}' is no site name: 1 to 64 lower-case letters, digits and hyphens are needed"))
        }
    }
}

impl From<SiteName> for String {
    fn from(name: SiteName) -> String {
        name.0
    }
}

impl fmt::Display for SiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudySite {
    /// Its name in the consortium.
    pub name: SiteName,
    /// Its ed25519 key.
    pub identity: Identity,
}

/// A registered method: the same name and version mean the same arithmetic everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodId {
    /// Its registered name.
    pub name: String,
    /// Its version.
    pub version: u32,
}

impl fmt::Display for MethodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {}", self.name, self.version)
    }
}

/// One use of a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodUse {
    /// What this use is called in the study ("headline", "without age"); unique.
    pub name: String,
    /// The registered method.
    pub method: MethodId,
    /// Its parameters, as the method documents them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// Agreed grids of time, from fine to coarse: the first is asked for, the gate may step to the next. Empty for a
    /// method that sums nothing by time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grids: Vec<Grid>,
    /// Most rounds that this use may take.
    pub max_rounds: u32,
}

impl MethodUse {
    /// The least distance of two times in a list of times among the parameters, or of the first from 0; none without a list.
    /// What stands there instead of a list of numbers is 0 years apart.
    #[must_use]
    pub fn shortest_step(&self) -> Option<f64> {
        self.parameters.iter().filter_map(|(name, value)| shortest_step(name, value)).reduce(f64::min)
    }
}

/// A method may stand among the parameters of another, so lists are looked for at every depth.
fn shortest_step(name: &str, value: &Value) -> Option<f64> {
    match value {
        Value::Array(list) if name == "times" => {
            let times = std::iter::once(Some(0.0)).chain(list.iter().map(Value::as_f64));
            let times: Vec<f64> = times.map(Option::unwrap_or_default).collect();
            times.windows(2).map(|pair| pair[1] - pair[0]).reduce(f64::min).or(Some(0.0))
        }
        Value::Object(fields) => fields.iter().filter_map(|(name, value)| shortest_step(name, value)).reduce(f64::min),
        Value::Array(list) => list.iter().filter_map(|value| shortest_step("", value)).reduce(f64::min),
        _ => None,
    }
}

/// What must hold before anything leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Fewest persons behind a number, 2 or more.
    pub minimum_cell: u32,
    /// Most parameters per person, over all methods jointly.
    pub parameter_share: f64,
    /// Largest part of a sum that one person may contribute.
    pub dominance_share: f64,
    /// Fewest sites in a secure sum, 3 or more.
    pub survivors: u32,
}

/// A budget of differential privacy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyBudget {
    /// Epsilon, above 0.
    pub epsilon: f64,
    /// Delta, above 0 and below 1.
    pub delta: f64,
}

/// What a round does when a site leaves in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropOut {
    /// The survivors' sum is recovered.
    Recover,
    /// The round begins anew without the site.
    Restart,
    /// The study pauses until people decide.
    Pause,
}

impl StudySpec {
    /// Parses and checks a document.
    ///
    /// # Errors
    /// The field that is unknown, missing or mistyped with its line; else everything wrong in the content.
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        parsed("study spec", text, Self::faults)
    }

    /// The use of a method by its name in the study.
    #[must_use]
    pub fn method_use(&self, name: &str) -> Option<&MethodUse> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// The site with this key.
    #[must_use]
    pub fn site(&self, identity: &Identity) -> Option<&StudySite> {
        self.sites.iter().find(|site| site.identity == *identity)
    }

    /// Most rounds of the whole study.
    #[must_use]
    pub fn max_rounds(&self) -> u64 {
        self.methods.iter().map(|method| u64::from(method.max_rounds)).sum()
    }
}
