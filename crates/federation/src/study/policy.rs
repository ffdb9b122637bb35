//! What a hospital lets happen, and whether a spec keeps to it.

use crate::keys::Identity;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::fault::parsed;
use super::{Day, Grid, MethodId, PrivacyBudget, SiteName, StudyError, StudySpec};

/// A site's own rules. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SitePolicy {
    /// Version of this document's form: 1.
    pub version: u32,
    /// The site.
    pub site: SiteName,
    /// Who may propose a study here.
    pub leads: Vec<Identity>,
    /// The registered methods that may run here.
    pub methods: Vec<MethodId>,
    /// Fewest persons behind a number that leaves.
    pub minimum_cell: u32,
    /// Most parameters per person.
    pub parameter_share: f64,
    /// Largest part of a sum that one person may contribute.
    pub dominance_share: f64,
    /// Fewest sites in a secure sum.
    pub survivors: u32,
    /// The finest grid of time.
    pub finest_grid: Grid,
    /// Most rounds of a study.
    pub max_rounds: u64,
    /// Most days from approval to expiry.
    pub expires_within_days: i64,
    /// Who reviews here.
    pub reviewers: Vec<Reviewer>,
    /// How many different reviewers must approve.
    pub reviewers_needed: u32,
    /// What is asked of differential privacy; nothing where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<PrivacyRule>,
}

/// One person who reviews.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewer {
    /// Name or office.
    pub name: String,
    /// The key that signs reviews.
    pub identity: Identity,
}

/// What a site asks of differential privacy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyRule {
    /// Whether a study without a budget is refused.
    pub required: bool,
    /// The largest budget of a study.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<PrivacyBudget>,
}

/// What an objection is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// This site is not asked.
    Site,
    /// The lead may not propose here.
    Lead,
    /// A method that may not run here.
    Method,
    /// A grid finer than the finest.
    Grid,
    /// Too many rounds.
    Rounds,
    /// Too few persons behind a number.
    MinimumCell,
    /// Too many parameters per person.
    ParameterShare,
    /// Too large a part of one person.
    DominanceShare,
    /// Too few sites in a sum.
    Survivors,
    /// Expired, or too long.
    Expiry,
    /// No budget of differential privacy, or too large a one.
    Privacy,
}

/// Why a spec does not pass a policy, and what would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// What it is about.
    pub subject: Subject,
    /// What the spec says and why it does not pass.
    pub why: String,
    /// What would pass.
    pub passes: String,
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; what would pass: {}", self.why, self.passes)
    }
}

impl SitePolicy {
    /// Parses and checks a document.
    ///
    /// # Errors
    /// The field that is unknown, missing or mistyped with its line; else everything wrong in the content.
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        parsed("site policy", text, Self::faults)
    }

    /// The reviewer with this key.
    #[must_use]
    pub fn reviewer(&self, identity: &Identity) -> Option<&Reviewer> {
        self.reviewers.iter().find(|reviewer| reviewer.identity == *identity)
    }
}

/// Everything in `spec` that `policy` does not let happen on `today`, each with what would pass; empty when it passes.
#[must_use]
pub fn check(spec: &StudySpec, policy: &SitePolicy, today: Day) -> Vec<Objection> {
    let mut found = Vec::new();
    let mut object = |subject, why: String, passes: String| found.push(Objection { subject, why, passes });
    if !spec.sites.iter().any(|site| site.name == policy.site) {
        object(Subject::Site, format!("{} is not among the sites", policy.site), "a spec that lists it".into());
    }
    if !policy.leads.contains(&spec.lead.identity) {
        let why = format!("{} (key {}) may not propose here", spec.lead.name, spec.lead.identity.short());
        object(Subject::Lead, why, "a lead whose key the policy lists".into());
    }
    for used in &spec.methods {
        if !policy.methods.contains(&used.method) {
            let allowed = policy.methods.iter().map(MethodId::to_string).collect::<Vec<_>>().join(", ");
            object(Subject::Method, format!("'{}' uses {}, which may not run here", used.name, used.method), allowed);
        }
        if let Some(finest) = used.grids.first().filter(|grid| **grid < policy.finest_grid) {
            let why = format!("'{}' asks for times by {finest}", used.name);
            object(Subject::Grid, why, format!("times by {} or coarser", policy.finest_grid));
        }
        let step = 1.0 / policy.finest_grid.steps_per_year();
        if let Some(found) = used.shortest_step().filter(|found| *found < step * (1.0 - 1e-9)) {
            let why = format!("'{}' lists times {found:.4} years apart", used.name);
            let passes = format!("times {step:.4} years apart (a {}) or more", policy.finest_grid);
            object(Subject::Grid, why, passes);
        }
    }
    if spec.max_rounds() > policy.max_rounds {
        let why = format!("{} rounds in all", spec.max_rounds());
        object(Subject::Rounds, why, format!("{} rounds or fewer", policy.max_rounds));
    }
    let asked = &spec.thresholds;
    if asked.minimum_cell < policy.minimum_cell {
        let why = format!("numbers of {} persons", asked.minimum_cell);
        object(Subject::MinimumCell, why, format!("{} persons or more", policy.minimum_cell));
    }
    if asked.survivors < policy.survivors {
        let why = format!("sums of {} sites", asked.survivors);
        object(Subject::Survivors, why, format!("{} sites or more", policy.survivors));
    }
    if asked.parameter_share > policy.parameter_share {
        let why = format!("{} parameters per person", asked.parameter_share);
        object(Subject::ParameterShare, why, format!("{} or fewer", policy.parameter_share));
    }
    if asked.dominance_share > policy.dominance_share {
        let why = format!("one person may make up {} of a sum", asked.dominance_share);
        object(Subject::DominanceShare, why, format!("{} or less", policy.dominance_share));
    }
    let days = spec.expires.days_since(today);
    if days < 0 {
        object(Subject::Expiry, format!("expired on {}", spec.expires), "a spec with a later day".into());
    } else if days > policy.expires_within_days {
        let why = format!("runs until {}, {days} days from now", spec.expires);
        object(Subject::Expiry, why, format!("{} days or fewer", policy.expires_within_days));
    }
    if let Some((why, passes)) = policy.privacy.and_then(|rule| privacy_objection(spec.privacy, rule)) {
        object(Subject::Privacy, why, passes);
    }
    found
}

fn privacy_objection(asked: Option<PrivacyBudget>, rule: PrivacyRule) -> Option<(String, String)> {
    let stated = |budget: PrivacyBudget| format!("epsilon {} and delta {}", budget.epsilon, budget.delta);
    match (asked, rule.at_most) {
        (None, at_most) if rule.required => {
            let passes = at_most.map_or("any budget".into(), |budget| format!("at most {}", stated(budget)));
            Some(("no budget of differential privacy".into(), passes))
        }
        (Some(asked), Some(most)) if asked.epsilon > most.epsilon || asked.delta > most.delta => {
            Some((format!("a budget of {}", stated(asked)), format!("at most {}", stated(most))))
        }
        _ => None,
    }
}
