//! The gate: every check on every number, with what it found, or why not and what would pass.

use std::fmt;

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::groups::{Close, Joint};
use super::{History, Kind, MOST_GROUPS, PersonSet, Recovered, Release, Rules, recoverable};
use crate::audit::{Allowed, Left};
use crate::study::{MethodId, SpecHash};

/// How many examples a reason names.
const EXAMPLES: usize = 3;

/// What the gate checks, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// A round leaves once: asked again, it answers with the same numbers or not at all.
    Round,
    /// No number over 1 to (cell - 1) persons.
    MinimumCell,
    /// No sum of which one person makes up too much: the (n, k) rule with n = 1.
    Dominance,
    /// Parameters of models and independent sums together at most a share of the persons, over the whole study.
    Parameters,
    /// No two sums, in this or any earlier study, over groups that differ by 1 to (cell - 1) persons.
    Differencing,
    /// No person, and no group below the cell, in the row space of everything that left.
    LinearAlgebra,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Round => "round",
            Self::MinimumCell => "minimum cell",
            Self::Dominance => "dominance",
            Self::Parameters => "parameters",
            Self::Differencing => "differencing",
            Self::LinearAlgebra => "linear algebra",
        })
    }
}

/// Why a release does not pass a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The check.
    pub check: Check,
    /// What it found.
    pub why: String,
    /// What would pass.
    pub passes: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; what would pass: {}", self.check, self.why, self.passes)
    }
}

/// A release that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("nothing leaves: {}", .reasons.iter().map(Reason::to_string).collect::<Vec<_>>().join("; "))]
pub struct Refused {
    /// Every check that it does not pass.
    pub reasons: Vec<Reason>,
}

/// A release that may leave. Only the gate makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    study: SpecHash,
    method_use: String,
    method: MethodId,
    round: u32,
    numbers: usize,
    persons: usize,
    digest: Digest,
    checks: Vec<Allowed>,
}

impl Passed {
    /// Every check with what it found.
    #[must_use]
    pub fn checks(&self) -> &[Allowed] {
        &self.checks
    }

    /// Whether this pass is for `release`.
    #[must_use]
    pub fn is_for(&self, release: &Release) -> bool {
        self.study == release.study()
            && self.method_use == release.method_use()
            && self.round == release.round()
            && self.digest == release.digest()
    }

    /// What the audit log tells of the `bytes` that leave under this pass.
    #[must_use]
    pub fn left(&self, to: impl Into<String>, bytes: &[u8]) -> Left {
        Left {
            study: self.study,
            method_use: self.method_use.clone(),
            method: self.method.clone(),
            round: self.round,
            to: to.into(),
            vector: Digest::of(bytes),
            bytes: bytes.len() as u64,
            numbers: self.numbers as u64,
            persons: self.persons as u64,
            allowed: self.checks.clone(),
        }
    }
}

/// What one check says: what it found, or why not and what would pass.
type Outcome = Result<String, (String, String)>;

/// The one door out of a site. Serialised, it is all that a restart needs; store it before the bytes leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    history: History,
}

impl Gate {
    /// A gate that knows what left before.
    #[must_use]
    pub fn new(history: History) -> Self {
        Self { history }
    }

    /// What left before.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Lets a release leave: it is remembered as departed.
    ///
    /// # Errors
    /// Why it stays; then nothing is remembered.
    pub fn open(&mut self, release: &Release, rules: &Rules) -> Result<Passed, Refused> {
        let passed = self.judge(release, rules)?;
        self.depart(release);
        Ok(passed)
    }

    /// Remembers a release that passed and leaves.
    pub(crate) fn depart(&mut self, release: &Release) {
        self.history.remember(release);
    }

    /// Judges a release without letting it leave.
    ///
    /// # Errors
    /// Every check that it does not pass.
    pub fn judge(&self, release: &Release, rules: &Rules) -> Result<Passed, Refused> {
        let joint = self.history.joint(release);
        let attacked = attack(&joint.groups, rules.minimum_cell);
        let outcomes = [
            (Check::Round, self.round(release)),
            (Check::MinimumCell, minimum_cell(release, rules)),
            (Check::Dominance, dominance(release, rules)),
            (Check::Parameters, self.parameters(release, rules, (&joint, &attacked))),
            (Check::Differencing, differencing(&joint, rules)),
            (Check::LinearAlgebra, linear_algebra(release, attacked, rules)),
        ];
        let (mut checks, mut reasons) = (Vec::new(), Vec::new());
        for (check, outcome) in outcomes {
            match outcome {
                Ok(found) => checks.push(Allowed { check: check.to_string(), found }),
                Err((why, passes)) => reasons.push(Reason { check, why, passes }),
            }
        }
        if !reasons.is_empty() {
            return Err(Refused { reasons });
        }
        Ok(Passed {
            study: release.study(),
            method_use: release.method_use().to_owned(),
            method: release.method().clone(),
            round: release.round(),
            numbers: release.numbers().len(),
            persons: release.cohort().len(),
            digest: release.digest(),
            checks,
        })
    }

    fn round(&self, release: &Release) -> Outcome {
        match self.history.answered(release) {
            None => Ok("has not left before".into()),
            Some(digest) if digest == release.digest() => Ok("left before with the same numbers".into()),
            Some(_) => Err((
                format!("round {} of '{}' has left with other numbers", release.round(), release.method_use()),
                "the numbers that left, or a further round".into(),
            )),
        }
    }

    fn parameters(
        &self,
        release: &Release,
        rules: &Rules,
        (joint, attacked): (&Joint, &Result<Attacked, (String, String)>),
    ) -> Outcome {
        let persons = self.history.persons(release);
        let most = (persons as f64 * rules.parameter_share).floor() as u64;
        let models = self.history.parameters(release);
        let others = self.history.not_linear(release);
        let sums = match joint.of_study_alone() {
            None => attacked.as_ref().map_err(Clone::clone)?.found.rank,
            Some(own) => attack(&own, 0)?.found.rank,
        } as u64;
        let told = format!(
            "{models} parameters of models, {sums} independent sums and {others} other numbers over {persons} persons"
        );
        if models + sums + others <= most {
            Ok(format!("{told}; at most {most} in all"))
        } else {
            Err((told, format!("{most} in all or fewer: a coarser grid, fewer bins or fewer parameters")))
        }
    }
}

fn differencing(joint: &Joint, rules: &Rules) -> Outcome {
    let close = joint.close(rules.minimum_cell);
    let Some(Close { apart, pair: (one, other) }) = close.first() else {
        return Ok(format!(
            "none found below {} persons by differences of any two of {} sums, {} of which left before",
            rules.minimum_cell,
            joint.groups.len(),
            joint.before
        ));
    };
    Err((
        format!(
            "{} pairs of sums differ by 1 to {} persons, such as {} and {} by {apart}",
            close.len(),
            rules.minimum_cell - 1,
            joint.origins[*one],
            joint.origins[*other]
        ),
        format!("a coarser grid, or a cohort that is the same or differs by {} persons or more", rules.minimum_cell),
    ))
}

fn linear_algebra(release: &Release, attacked: Result<Attacked, (String, String)>, rules: &Rules) -> Outcome {
    let Attacked { sums, found } = attacked?;
    if found.is_nothing() {
        let unseen = release.numbers().iter().filter(|number| number.group.is_none()).count();
        let unseen = if unseen == 0 { String::new() } else { format!("; {unseen} numbers it does not see") };
        return Ok(format!(
            "none found below {} persons by linear combinations of {} sums, rank {}{unseen}",
            rules.minimum_cell, sums, found.rank
        ));
    }
    let why = format!(
        "linear combinations of {} sums give {} persons alone and {} groups of 2 to {}",
        sums,
        found.alone.len(),
        found.groups.len() + found.combinations.len(),
        rules.minimum_cell - 1
    );
    Err((why, "a coarser grid, fewer bins, or an earlier last time".into()))
}

/// What the linear attack found among so many sums.
struct Attacked {
    sums: usize,
    found: Recovered,
}

/// The linear attack; too many sums are no way around it.
fn attack(groups: &[PersonSet], cell: usize) -> Result<Attacked, (String, String)> {
    if groups.len() > MOST_GROUPS {
        return Err(too_many(groups.len()));
    }
    Ok(Attacked { sums: groups.len(), found: recoverable(groups, cell) })
}

fn too_many(groups: usize) -> (String, String) {
    (format!("{groups} different sums, too many to attack"), format!("{MOST_GROUPS} or fewer: a coarser grid"))
}

fn minimum_cell(release: &Release, rules: &Rules) -> Outcome {
    let small = |persons: usize| (1..rules.minimum_cell).contains(&persons);
    let everyone = release.cohort().len();
    let mut found: Vec<String> = Vec::new();
    let labels = release.label_of_groups();
    for (at, group) in release.groups().iter().enumerate().filter(|(_, group)| small(group.len())) {
        found.push(format!("'{}' over {}", labels.get(&at).copied().unwrap_or("numbers over everyone"), group.len()));
    }
    for number in release.numbers().iter().filter(|number| number.kind == Kind::Count) {
        // The number of persons in the cohort is no secret, so a count tells its complement.
        let others = everyone - release.persons_behind(number);
        if small(others) {
            found.push(format!("'{}' leaves out {others} of {everyone}", number.label));
        }
    }
    if small(everyone) {
        found.push(format!("the cohort itself has {everyone} persons"));
    }
    if found.is_empty() {
        return Ok(format!("none found below {} persons in {} numbers", rules.minimum_cell, release.numbers().len()));
    }
    Err((
        format!("{} cells of 1 to {} persons: {}", found.len(), rules.minimum_cell - 1, examples(&found)),
        format!("cells of 0 or of {} persons or more: wider bins or a coarser grid", rules.minimum_cell),
    ))
}

fn dominance(release: &Release, rules: &Rules) -> Outcome {
    let stated = |number: &super::Number| number.concentration.map(super::Concentration::share);
    let over: Vec<String> = release
        .numbers()
        .iter()
        .filter_map(|number| stated(number).map(|share| (number, share)))
        // Not "share > limit": a share that is no number does not pass.
        .filter(|(_, share)| !matches!(share.partial_cmp(&rules.dominance_share), Some(o) if o.is_le()))
        .map(|(number, _)| format!("'{}'", number.label))
        .collect();
    if over.is_empty() {
        let stated = release.numbers().iter().filter(|number| number.concentration.is_some()).count();
        return Ok(format!("in none of {stated} sums does one person make up more than {}", rules.dominance_share));
    }
    Err((
        format!("one person makes up more than {} of {} sums: {}", rules.dominance_share, over.len(), examples(&over)),
        "sums over more persons: a coarser grid or wider bins, or values bounded beforehand".into(),
    ))
}

fn examples(found: &[String]) -> String {
    let shown = found.iter().take(EXAMPLES).cloned().collect::<Vec<_>>().join(", ");
    if found.len() > EXAMPLES { format!("{shown} and others") } else { shown }
}
