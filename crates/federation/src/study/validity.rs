//! What makes a well-formed spec or policy meaningless, each fault with its field.

use std::collections::BTreeSet;

use super::fault::Fault;
use super::{MethodUse, PrivacyBudget, SitePolicy, StudySpec, Thresholds, VariableKind};

/// The form of spec and policy that this software reads.
const VERSION: u32 = 1;
/// Fewest sites that a secure sum hides anybody among (DESIGN 10).
const FEWEST_SURVIVORS: u32 = 3;

impl StudySpec {
    /// Everything wrong with the content; none in a spec that [`StudySpec::parse`] returned.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        version(self.version, &mut found);
        let endpoint = &self.endpoint;
        for (field, text) in [
            ("name", &self.name),
            ("question", &self.question),
            ("endpoint.name", &endpoint.name),
            ("endpoint.origin", &endpoint.origin),
            ("endpoint.event", &endpoint.event),
            ("endpoint.censoring", &endpoint.censoring),
            ("lead.name", &self.lead.name),
        ] {
            not_blank(field, text, &mut found);
        }
        let years = &endpoint.horizons_years;
        if years.is_empty()
            || years.iter().any(|year| *year <= 0.0 || year.is_nan())
            || years.windows(2).any(|pair| pair[0] >= pair[1])
        {
            found.push(Fault::new("endpoint.horizons_years", "one or more years above 0 are needed, ascending"));
        }
        unique("variables", "name", self.variables.iter().map(|variable| variable.name.as_str()), &mut found);
        for (at, variable) in self.variables.iter().enumerate() {
            if let VariableKind::Category { levels } = &variable.kind {
                unique(&format!("variables[{at}].levels"), "level", levels.iter().map(String::as_str), &mut found);
                if levels.len() < 2 {
                    found.push(Fault::new(format!("variables[{at}].levels"), "a category needs two levels or more"));
                }
            }
        }
        unique("sites", "name", self.sites.iter().map(|site| site.name.as_str()), &mut found);
        unique("sites", "identity", self.sites.iter().map(|site| site.identity.to_string()), &mut found);
        unique("methods", "name", self.methods.iter().map(|method| method.name.as_str()), &mut found);
        if self.methods.is_empty() {
            found.push(Fault::new("methods", "a study needs a method"));
        }
        self.methods.iter().enumerate().for_each(|(at, method)| method_faults(at, method, &mut found));
        threshold_faults(&self.thresholds, self.sites.len(), &mut found);
        self.privacy.iter().for_each(|budget| budget_faults("privacy", budget, &mut found));
        found
    }
}

impl SitePolicy {
    /// Everything wrong with the content; none in a policy that [`SitePolicy::parse`] returned.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        version(self.version, &mut found);
        cell(self.minimum_cell, "minimum_cell", &mut found);
        share(self.parameter_share, "parameter_share", &mut found);
        share(self.dominance_share, "dominance_share", &mut found);
        survivors(self.survivors, "survivors", &mut found);
        unique("reviewers", "name", self.reviewers.iter().map(|reviewer| reviewer.name.as_str()), &mut found);
        unique("reviewers", "identity", self.reviewers.iter().map(|r| r.identity.to_string()), &mut found);
        if self.reviewers_needed == 0 || self.reviewers_needed as usize > self.reviewers.len() {
            found.push(Fault::new(
                "reviewers_needed",
                format!("1 to {} (the reviewers listed) can be needed", self.reviewers.len()),
            ));
        }
        if let Some(budget) = self.privacy.as_ref().and_then(|rule| rule.at_most.as_ref()) {
            budget_faults("privacy.at_most", budget, &mut found);
        }
        found
    }
}

fn version(stated: u32, found: &mut Vec<Fault>) {
    if stated != VERSION {
        found.push(Fault::new("version", format!("{stated} is not known here; {VERSION} is")));
    }
}

fn not_blank(field: &str, text: &str, found: &mut Vec<Fault>) {
    if text.trim().is_empty() {
        found.push(Fault::new(field, "is empty"));
    }
}

fn unique(field: &str, what: &str, texts: impl Iterator<Item = impl AsRef<str>>, found: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for text in texts {
        let text = text.as_ref().to_owned();
        if text.trim().is_empty() {
            found.push(Fault::new(field, format!("an empty {what}")));
        } else if !seen.insert(text.clone()) {
            found.push(Fault::new(field, format!("the {what} '{text}' stands there twice")));
        }
    }
}

fn method_faults(at: usize, method: &MethodUse, found: &mut Vec<Fault>) {
    if method.max_rounds == 0 {
        found.push(Fault::new(format!("methods[{at}].max_rounds"), "1 or more rounds are needed"));
    }
    not_blank(&format!("methods[{at}].method.name"), &method.method.name, found);
    if method.grids.windows(2).any(|pair| pair[0] >= pair[1]) {
        found.push(Fault::new(format!("methods[{at}].grids"), "must go from fine to coarse, each once"));
    }
}

fn cell(cell: u32, field: &str, found: &mut Vec<Fault>) {
    if cell < 2 {
        found.push(Fault::new(field, "2 or more persons are needed behind a number"));
    }
}

fn share(share: f64, field: &str, found: &mut Vec<Fault>) {
    if !(share > 0.0 && share <= 1.0) {
        found.push(Fault::new(field, "a share above 0 and at most 1 is needed"));
    }
}

fn survivors(survivors: u32, field: &str, found: &mut Vec<Fault>) {
    if survivors < FEWEST_SURVIVORS {
        found.push(Fault::new(field, format!("{FEWEST_SURVIVORS} or more sites are needed in a secure sum")));
    }
}

fn threshold_faults(thresholds: &Thresholds, sites: usize, found: &mut Vec<Fault>) {
    cell(thresholds.minimum_cell, "thresholds.minimum_cell", found);
    share(thresholds.parameter_share, "thresholds.parameter_share", found);
    share(thresholds.dominance_share, "thresholds.dominance_share", found);
    survivors(thresholds.survivors, "thresholds.survivors", found);
    if sites < thresholds.survivors as usize {
        found.push(Fault::new("sites", format!("{sites} sites cannot make up {} survivors", thresholds.survivors)));
    }
}

fn budget_faults(field: &str, budget: &PrivacyBudget, found: &mut Vec<Fault>) {
    if !(budget.epsilon > 0.0 && budget.epsilon.is_finite()) {
        found.push(Fault::new(format!("{field}.epsilon"), "a number above 0 is needed"));
    }
    if !(budget.delta > 0.0 && budget.delta < 1.0) {
        found.push(Fault::new(format!("{field}.delta"), "a number above 0 and below 1 is needed"));
    }
}
