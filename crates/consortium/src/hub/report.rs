//! What came out of a use of a method, with what it rests on.

use renkei_domain::Digest;
use renkei_federation::certificate::{Certificate, Cohort};
use renkei_federation::exchange::UseResult;
use renkei_federation::methods::{Outcome, Sums};
use renkei_federation::study::{Grid, SignedStudy, SpecHash};
use serde::{Deserialize, Serialize};

/// The end of one use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseReport {
    /// Its name in the study.
    pub method_use: String,
    /// The grid of times, where there was one.
    pub grid: Option<Grid>,
    /// Rounds.
    pub rounds: u32,
    /// The result, if there is one.
    pub outcome: Option<Outcome>,
    /// Why there is no result, or no certificate.
    pub why_none: Option<String>,
    /// The certificate of a result.
    pub certificate: Option<Certificate>,
    /// The totals of every round: the result follows from them.
    pub totals: Vec<Sums>,
}

/// Reports a use that ended. The seed of its check set follows from study and use: nobody chose it.
pub(super) fn report(signed: &SignedStudy, study: SpecHash, ended: &UseResult) -> UseReport {
    let sites: Vec<String> = signed.spec.sites.iter().map(|site| site.name.to_string()).collect();
    let mut report = UseReport {
        method_use: ended.method_use.clone(),
        grid: ended.grid,
        rounds: ended.rounds(),
        outcome: None,
        why_none: None,
        certificate: None,
        totals: ended.totals.clone(),
    };
    match &ended.outcome {
        Err(why) => report.why_none = Some(why.clone()),
        Ok(outcome) => {
            let digest = Digest::from(*study.as_bytes());
            let mark = Digest::of_parts([&study.as_bytes()[..], ended.method_use.as_bytes()]);
            let seed = mark.as_bytes().iter().take(6).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
            match Certificate::issue(digest, &ended.method, &sites, &ended.totals, cohort(outcome), seed) {
                Ok(certificate) => report.certificate = Some(certificate),
                Err(error) => report.why_none = Some(format!("no certificate: {error}")),
            }
            report.outcome = Some(outcome.clone());
        }
    }
    report
}

fn cohort(outcome: &Outcome) -> Option<Cohort> {
    match outcome {
        Outcome::Cox(fit) => Some(Cohort { persons: fit.cases as u64, events: fit.events as u64 }),
        _ => None,
    }
}
