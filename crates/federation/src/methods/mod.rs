//! Registered federated methods: what a site sums in a round, and what the hub makes of the totals.
//!
//! A [`Method`] is a name, a version and terms that the study agreed; no code travels. A round is a [`Broadcast`] to all
//! sites, an [`Answer`] formed at each of them ([`Method::answer`]), and the total of their [`Sums`], which is all that the
//! hub sees ([`Hub::step`]). How many numbers a site sends, and what each stands for, follows from the terms and the
//! broadcast alone ([`Method::layout`]), never from the site's rows.

mod ask;
mod components;
mod covariates;
mod cox_by_site;
mod cox_on_grid;
mod curves;
mod elastic_net;
mod error;
mod hub;
mod k_means;
mod outcome;
mod prediction;
mod regression;
mod summaries;
mod sums;
mod table;
mod times;
mod without_each;
mod yearly_hazard;

pub use ask::{Ask, Broadcast, Step};
pub use components::PrincipalComponents;
pub(crate) use covariates::names as covariate_names;
pub use covariates::{Covariate, Point};
pub use cox_by_site::CoxBySite;
pub use cox_on_grid::CoxOnGrid;
pub use curves::{CurvesOnGrid, Grouping};
pub use elastic_net::{ElasticNet, RiskSets};
pub use error::MethodError;
pub use hub::Hub;
pub use k_means::KMeansRounds;
pub use outcome::{Curves, GroupCurves, NetPath, NetPoint, Outcome, Prediction, Quantile, Summary, Without};
pub use prediction::PredictionOnGrid;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
pub use summaries::Summaries;
pub use sums::{Answer, Block, Layout, Sums, Told};
pub use table::Table;
pub use times::Times;
pub use without_each::WithoutEach;
pub use yearly_hazard::YearlyHazard;

use regression::Regression;

/// Version of every method so far.
const VERSION: u32 = 1;

/// A registered method with its terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Method {
    /// Cox regression stratified by site.
    CoxBySite(CoxBySite),
    /// Pooled Cox regression at agreed times.
    CoxOnGrid(CoxOnGrid),
    /// Elastic-net Cox regression.
    ElasticNet(ElasticNet),
    /// Yearly hazard, and logistic regression.
    YearlyHazard(YearlyHazard),
    /// Kaplan-Meier, Nelson-Aalen, Aalen-Johansen, log-rank.
    CurvesOnGrid(CurvesOnGrid),
    /// C, AUC, Brier score, calibration and decision curve at agreed times and bins of risk.
    PredictionOnGrid(PredictionOnGrid),
    /// Means, variances, histograms, quantiles.
    Summaries(Summaries),
    /// Principal components.
    PrincipalComponents(PrincipalComponents),
    /// k-means.
    KMeans(KMeansRounds),
    /// A method without each site.
    WithoutEach(WithoutEach),
}

impl Method {
    /// The method that a study names, with its parameters as they stand there.
    ///
    /// # Errors
    /// `NotRegistered`; `Terms` for parameters that do not fit.
    pub fn registered(name: &str, version: u32, parameters: Map<String, Value>) -> Result<Self, MethodError> {
        if version != VERSION || !Self::names().contains(&name) {
            return Err(MethodError::NotRegistered { name: name.into(), version });
        }
        let mut terms = parameters;
        terms.insert("method".into(), name.into());
        let parsed: Result<Self, _> = serde_json::from_value(Value::Object(terms));
        let method = parsed.map_err(|error| MethodError::terms("parameters", error.to_string()))?;
        method.check()?;
        Ok(method)
    }

    /// Names of all registered methods.
    #[must_use]
    pub fn names() -> &'static [&'static str] {
        &[
            "cox_by_site",
            "cox_on_grid",
            ElasticNet::NAME,
            "yearly_hazard",
            CurvesOnGrid::NAME,
            PredictionOnGrid::NAME,
            Summaries::NAME,
            PrincipalComponents::NAME,
            KMeansRounds::NAME,
            WithoutEach::NAME,
        ]
    }

    /// Registered name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CoxBySite(terms) => Regression::name(terms),
            Self::CoxOnGrid(terms) => Regression::name(terms),
            Self::ElasticNet(_) => ElasticNet::NAME,
            Self::YearlyHazard(terms) => Regression::name(terms),
            Self::CurvesOnGrid(_) => CurvesOnGrid::NAME,
            Self::PredictionOnGrid(_) => PredictionOnGrid::NAME,
            Self::Summaries(_) => Summaries::NAME,
            Self::PrincipalComponents(_) => PrincipalComponents::NAME,
            Self::KMeans(_) => KMeansRounds::NAME,
            Self::WithoutEach(_) => WithoutEach::NAME,
        }
    }

    /// Registered version.
    #[must_use]
    pub fn version(&self) -> u32 {
        VERSION
    }

    /// Checks the terms.
    ///
    /// # Errors
    /// `Terms`, or `Stats` for first centres that are none.
    pub fn check(&self) -> Result<(), MethodError> {
        match self {
            Self::CoxBySite(terms) => covariates::check(&terms.covariates),
            Self::CoxOnGrid(terms) => covariates::check(&terms.covariates),
            Self::ElasticNet(terms) => terms.check(),
            Self::YearlyHazard(terms) => covariates::check(&terms.covariates),
            Self::CurvesOnGrid(terms) => terms.check(),
            Self::PredictionOnGrid(terms) => terms.check(),
            Self::Summaries(terms) => terms.check(),
            Self::PrincipalComponents(terms) => terms.check(),
            Self::KMeans(terms) => terms.check(),
            Self::WithoutEach(terms) => terms.check(),
        }
    }

    /// What `site` would send in answer to a broadcast, with what its gate has to know. A table without rows gives zeros.
    ///
    /// # Errors
    /// `Unexpected` and `Coefficients` for a question that this method does not ask; `Column` for a table that does not fit;
    /// `Range` for sums that the secure sum cannot carry.
    pub fn answer(&self, site: &str, table: &Table, broadcast: &Broadcast) -> Result<Answer, MethodError> {
        let ask = &broadcast.ask;
        let answer = match self {
            Self::CoxBySite(terms) => regression::answer(terms, table, ask),
            Self::CoxOnGrid(terms) => regression::answer(terms, table, ask),
            Self::ElasticNet(terms) => terms.answer(table, ask),
            Self::YearlyHazard(terms) => regression::answer(terms, table, ask),
            Self::CurvesOnGrid(terms) => terms.answer(table, ask),
            Self::PredictionOnGrid(terms) => terms.answer(table, ask),
            Self::Summaries(terms) => terms.answer(table, ask),
            Self::PrincipalComponents(terms) => terms.answer(table, ask),
            Self::KMeans(terms) => terms.answer(table, ask),
            Self::WithoutEach(terms) => terms.answer(site, table, ask),
        };
        answer?.checked()
    }

    /// A question of a later round whose answer shows every set of persons that later rounds sum over, so that a site can judge
    /// them before the first round; none where the first round shows them, and for k-means, whose sets move. It never leaves.
    ///
    /// # Errors
    /// `Column` for a table that does not fit.
    pub fn trial(&self, table: &Table) -> Result<Option<Ask>, MethodError> {
        Ok(match self {
            Self::CoxBySite(terms) => Some(regression::trial(terms, table)?),
            Self::CoxOnGrid(terms) => Some(regression::trial(terms, table)?),
            Self::YearlyHazard(terms) => Some(regression::trial(terms, table)?),
            Self::ElasticNet(terms) => Some(terms.trial(table)?),
            Self::WithoutEach(terms) => {
                let one = terms.of.trial(table)?;
                one.map(|ask| Ask::Each(vec![Some(ask); terms.sites.len()]))
            }
            Self::CurvesOnGrid(_)
            | Self::PredictionOnGrid(_)
            | Self::Summaries(_)
            | Self::PrincipalComponents(_)
            | Self::KMeans(_) => None,
        })
    }

    /// Free parameters of the model that is fitted; 0 where none is.
    #[must_use]
    pub fn parameters(&self) -> usize {
        match self {
            Self::CoxBySite(terms) => Regression::parameters(terms),
            Self::CoxOnGrid(terms) => Regression::parameters(terms),
            Self::ElasticNet(terms) => terms.covariates.len(),
            Self::YearlyHazard(terms) => Regression::parameters(terms),
            Self::KMeans(terms) => terms.start.len(),
            Self::WithoutEach(terms) => terms.sites.len() * terms.of.parameters(),
            Self::CurvesOnGrid(_) | Self::PredictionOnGrid(_) | Self::Summaries(_) | Self::PrincipalComponents(_) => 0,
        }
    }

    /// The numbers that a broadcast asks for, the same for every site.
    ///
    /// # Errors
    /// As [`Self::answer`], for the broadcast.
    pub fn layout(&self, broadcast: &Broadcast) -> Result<Layout, MethodError> {
        // What a site without rows would send.
        Ok(self.answer("", &Table::default(), broadcast)?.layout)
    }

    /// The counts that are the same in every round.
    fn cohort(&self, total: &Sums) -> Vec<u64> {
        let fixed = match self {
            Self::CoxBySite(_) | Self::CoxOnGrid(_) | Self::ElasticNet(_) | Self::YearlyHazard(_) => 2,
            Self::WithoutEach(_) => 0,
            _ => 1,
        };
        total.counts.iter().take(fixed).copied().collect()
    }
}
