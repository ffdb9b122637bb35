//! Can the cohort be made, and can anything be predicted from it?

use renkei_artifacts::Stores;
use renkei_cohort::{Cohort, Design, Pseudonymiser, QualityFinding, QualityRule, Sources, follow_up, try_select};

use super::{RecordsHalf, Warning};
use crate::{LaunchError, check_models};

/// What a spec's records are fit for.
#[derive(Debug)]
pub struct Check {
    /// What forbids the run; empty where it can be made.
    pub faults: Vec<LaunchError>,
    /// What forbids nothing and should be known.
    pub warnings: Vec<Warning>,
    /// The rows that would be selected, as far as the query could be run.
    pub cohort: Option<Cohort>,
}

impl RecordsHalf {
    /// Tells everything that is wrong: of the spec, and if that is sound, of tables, query, predictors, cases and
    /// what the models would refuse.
    pub async fn check(&self, stores: &Stores, pseudonyms: &Pseudonymiser) -> Check {
        let faults: Vec<LaunchError> = self.spec.faults().into_iter().map(LaunchError::from).collect();
        if !faults.is_empty() {
            return Check { faults, warnings: Vec::new(), cohort: None };
        }
        let sources = match Sources::resolve(&self.spec.cohort, &self.base, stores) {
            Ok(sources) => sources,
            Err(fault) => return Check { faults: vec![fault.into()], warnings: Vec::new(), cohort: None },
        };
        let (cohort, endpoint, model) = (&self.spec.cohort, &self.spec.endpoint, &self.spec.model);
        let (cohort, faults) = try_select(cohort, endpoint, model, &sources, pseudonyms).await;
        let mut faults: Vec<LaunchError> = faults.into_iter().map(LaunchError::from).collect();
        let mut warnings = cohort.as_ref().map_or_else(Vec::new, |cohort| of_quality(&cohort.quality));
        if let Some(cohort) = cohort.as_ref().filter(|_| faults.is_empty()) {
            match self.fitness(cohort) {
                Ok(more) => warnings.extend(more),
                Err(fault) => faults.push(fault),
            }
        }
        Check { faults, warnings, cohort }
    }

    /// What the models would refuse, else what they would warn of.
    fn fitness(&self, cohort: &Cohort) -> Result<Vec<Warning>, LaunchError> {
        let (predictors, endpoint) = (&self.spec.cohort.predictors, &self.spec.endpoint);
        check_models(predictors, endpoint, &self.spec.model, &cohort.cases)?;
        let parameters = Design::of(&cohort.cases, predictors)?.columns as u64;
        let follow_up = follow_up(&cohort.cases, &endpoint.horizons_years)?;
        let horizons = follow_up.horizons.iter().filter_map(Warning::of_horizon);
        Ok(Warning::of_events(follow_up.events, parameters).into_iter().chain(horizons).collect())
    }
}

/// Missing values warn of nothing: they are counted where they make somebody leave.
fn of_quality(quality: &[QualityFinding]) -> Vec<Warning> {
    quality.iter().filter(|found| found.rule != QualityRule::Present).cloned().map(Warning::Quality).collect()
}
