//! What the ordinary functions of `renkei-stats` give on all rows in one table.

use renkei_stats::{
    Predictors, StatsError,
    competing::{AalenJohansen, CauseTable, CompetingOutcomes, group_cause_tables},
    cox,
    elastic_net::{self, ElasticNetSettings, Lambdas, PathPoint},
    hazard,
    kmeans::{Centres, KMeans, LloydSums},
    pca::{Moments, principal_components},
    survival::{KaplanMeier, NelsonAalen, Outcomes, RiskTable, group_tables, log_rank},
};

use crate::methods::{
    CoxBySite, CoxOnGrid, Curves, CurvesOnGrid, ElasticNet, GroupCurves, KMeansRounds, Method, MethodError, NetPath,
    NetPoint, Outcome, PredictionOnGrid, PrincipalComponents, Quantile, RiskSets, Summaries, Summary, Table, Times,
    Without, YearlyHazard, covariate_names,
};

/// Whether times are taken on the agreed grid or as they are (ended at its last time).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// On the grid: what the federated result has to equal.
    Grid,
    /// As they are: the grid's own error is the difference.
    Exact,
}

/// The pooled result of a method.
///
/// # Errors
/// As the method itself.
pub fn pooled(method: &Method, sites: &[(String, Table)], follow: Follow) -> Result<Outcome, MethodError> {
    let tables: Vec<&Table> = sites.iter().map(|(_, table)| table).collect();
    let all = Table::concat(&tables)?;
    match method {
        Method::CoxBySite(terms) => cox_by_site(terms, &tables, &all),
        Method::CoxOnGrid(terms) => cox_on_grid(terms, &all, follow),
        Method::ElasticNet(terms) => elastic_net(terms, &tables, &all, follow),
        Method::YearlyHazard(terms) => yearly_hazard(terms, &all),
        Method::CurvesOnGrid(terms) => curves(terms, &all, follow),
        Method::PredictionOnGrid(terms) => prediction(terms, &all, follow),
        Method::Summaries(terms) => summaries(terms, &all),
        Method::PrincipalComponents(terms) => components(terms, &all),
        Method::KMeans(terms) => k_means(terms, &all),
        Method::WithoutEach(terms) => {
            let without = |left_out: &String| {
                let others: Vec<_> = sites.iter().filter(|(name, _)| name != left_out).cloned().collect();
                let (outcome, problem) = match pooled(&terms.of, &others, follow) {
                    Ok(outcome) => (Some(Box::new(outcome)), None),
                    Err(error) => (None, Some(error.to_string())),
                };
                Without { site: left_out.clone(), outcome, problem }
            };
            Ok(Outcome::WithoutEach(terms.sites.iter().map(without).collect()))
        }
    }
}

fn cox_by_site(terms: &CoxBySite, tables: &[&Table], all: &Table) -> Result<Outcome, MethodError> {
    let strata = site_labels(tables);
    let rows = all.survival(&covariate_names(&terms.covariates))?;
    let settings = cox::CoxSettings { ties: terms.ties, penalty: None };
    let predictors = Predictors::new(&rows.values, terms.covariates.len())?;
    let mut fitted = cox::fit(&Outcomes::new(&rows.time, &rows.event)?, &predictors, Some(&strata), &settings)?;
    fitted.baselines.clear();
    Ok(Outcome::Cox(fitted))
}

/// The site of every row.
fn site_labels(tables: &[&Table]) -> Vec<usize> {
    tables.iter().enumerate().flat_map(|(site, table)| std::iter::repeat_n(site, table.rows())).collect()
}

/// Follow-up as `follow` says: time and cause.
fn follow_up(table: &Table, times: &Times, follow: Follow) -> Result<(Vec<f64>, Vec<usize>), MethodError> {
    let (time, cause) = table.follow_up()?;
    let end = times.ends().last().copied().unwrap_or(f64::INFINITY);
    let one = |(time, cause): (&f64, &usize)| {
        let (step, cause) = times.coarsen(*time, *cause);
        match follow {
            Follow::Grid => (times.ends()[step], cause),
            Follow::Exact => (time.min(end), cause),
        }
    };
    Ok(time.iter().zip(cause).map(one).unzip())
}

fn cox_on_grid(terms: &CoxOnGrid, all: &Table, follow: Follow) -> Result<Outcome, MethodError> {
    let (time, cause) = follow_up(all, &terms.times, follow)?;
    let event: Vec<bool> = cause.iter().map(|cause| *cause == 1).collect();
    let values = all.survival(&covariate_names(&terms.covariates))?.values;
    let settings = cox::CoxSettings { ties: terms.ties, penalty: None };
    let predictors = Predictors::new(&values, terms.covariates.len())?;
    Ok(Outcome::Cox(cox::fit(&Outcomes::new(&time, &event)?, &predictors, None, &settings)?))
}

fn elastic_net(terms: &ElasticNet, tables: &[&Table], all: &Table, follow: Follow) -> Result<Outcome, MethodError> {
    let values = all.survival(&covariate_names(&terms.covariates))?.values;
    let predictors = Predictors::new(&values, terms.covariates.len())?;
    let ((time, cause), strata) = match &terms.risk_sets {
        RiskSets::BySite => {
            let (time, cause) = all.follow_up()?;
            ((time.to_vec(), cause.to_vec()), Some(site_labels(tables)))
        }
        RiskSets::OnGrid(times) => (follow_up(all, times, follow)?, None),
    };
    let event: Vec<bool> = cause.iter().map(|cause| *cause == 1).collect();
    let outcomes = Outcomes::new(&time, &event)?;
    let path = |lambdas| {
        let settings = ElasticNetSettings { alpha: terms.alpha, lambdas, ..ElasticNetSettings::default() };
        elastic_net::fit(&outcomes, &predictors, strata.as_deref(), &settings)
    };
    let found = path(Lambdas::Given(terms.lambdas.clone()))?;
    let point = |point: PathPoint| NetPoint {
        lambda: point.lambda,
        coefficients: point.coefficients,
        log_likelihood: point.log_likelihood,
    };
    Ok(Outcome::Net(NetPath {
        points: found.points.into_iter().map(point).collect(),
        largest: path(Lambdas::Automatic(2))?.points[0].lambda,
        cases: found.cases as u64,
        events: found.events as u64,
    }))
}

fn yearly_hazard(terms: &YearlyHazard, all: &Table) -> Result<Outcome, MethodError> {
    let rows = all.survival(&covariate_names(&terms.covariates))?;
    let outcomes = Outcomes::new(&rows.time, &rows.event)?;
    let predictors = Predictors::new(&rows.values, terms.covariates.len())?;
    Ok(Outcome::Hazard(hazard::fit(&outcomes, &predictors, &terms.years, terms.link, terms.effects)?))
}

fn curves(terms: &CurvesOnGrid, all: &Table, follow: Follow) -> Result<Outcome, MethodError> {
    let (time, cause) = follow_up(all, &terms.times, follow)?;
    let event: Vec<bool> = cause.iter().map(|cause| *cause == 1).collect();
    let group = terms.labels(all)?;
    let tables = group_tables(&Outcomes::new(&time, &event)?, &group, terms.groups())?;
    let competing = CompetingOutcomes::new(&time, &cause, terms.causes)?;
    let causes = group_cause_tables(&competing, &group, terms.groups())?;
    let one = |(table, causes): (&RiskTable, &CauseTable)| GroupCurves {
        kaplan_meier: KaplanMeier::new(table),
        nelson_aalen: NelsonAalen::new(table),
        aalen_johansen: AalenJohansen::new(causes),
    };
    let groups = tables.iter().zip(&causes).map(one).collect();
    Ok(Outcome::Curves(Curves { groups, log_rank: log_rank(&[tables]).ok() }))
}

fn prediction(terms: &PredictionOnGrid, all: &Table, follow: Follow) -> Result<Outcome, MethodError> {
    let (time, cause) = follow_up(all, &terms.times, follow)?;
    let event: Vec<bool> = cause.iter().map(|cause| *cause == 1).collect();
    let risk: Vec<f64> = match follow {
        Follow::Grid => terms.risks(all)?.iter().map(|risk| terms.middle(terms.bin(*risk))).collect(),
        Follow::Exact => terms.risks(all)?.to_vec(),
    };
    Ok(Outcome::Prediction(terms.measure(&time, &event, &risk)?))
}

/// Mean and variance in two passes, quantiles from the sorted values.
fn summaries(terms: &Summaries, all: &Table) -> Result<Outcome, MethodError> {
    let one = |(column, edges): (&crate::methods::Covariate, &Vec<f64>)| {
        let mut values = all.column(&column.name)?.to_vec();
        values.sort_by(f64::total_cmp);
        let rows = values.len();
        if rows == 0 {
            return Err(StatsError::Empty { what: "the table of all sites" }.into());
        }
        let mean = values.iter().sum::<f64>() / rows as f64;
        let around: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let up_to = |edge: &f64| values.partition_point(|value| value <= edge) as u64;
        let mut reached: Vec<u64> = edges.iter().map(up_to).collect();
        reached.push(rows as u64);
        let step = |place: usize| reached[place] - place.checked_sub(1).map_or(0, |before| reached[before]);
        let quantile = |probability: &f64| {
            let least = values[((probability * rows as f64).ceil() as usize).max(1) - 1];
            Quantile {
                probability: *probability,
                above: edges.iter().rev().find(|edge| **edge < least).copied(),
                up_to: edges.iter().find(|edge| least <= **edge).copied(),
            }
        };
        Ok(Summary {
            name: column.name.clone(),
            count: rows as u64,
            mean,
            variance: (rows > 1).then(|| around / (rows - 1) as f64),
            edges: edges.clone(),
            histogram: if edges.is_empty() { vec![] } else { (0..=edges.len()).map(step).collect() },
            quantiles: if edges.is_empty() { vec![] } else { Summaries::SHARES.iter().map(quantile).collect() },
        })
    };
    let summaries: Result<_, MethodError> = terms.columns.iter().zip(&terms.edges).map(one).collect();
    Ok(Outcome::Summaries(summaries?))
}

fn components(terms: &PrincipalComponents, all: &Table) -> Result<Outcome, MethodError> {
    let values = all.matrix(terms.columns.iter().map(|column| column.name.as_str()))?;
    let rows: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    let mut moments = Moments::new(terms.columns.len())?;
    moments.add_rows(&rows)?;
    Ok(Outcome::Components(principal_components(&moments, terms.count)?))
}

/// Lloyd's iteration with the stopping rule of `kmeans::cluster`, which seeds its own centres.
fn k_means(terms: &KMeansRounds, all: &Table) -> Result<Outcome, MethodError> {
    let values = all.matrix(terms.columns.iter().map(String::as_str))?;
    let rows: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    let mut centres = Centres::new(terms.start.clone(), terms.columns.len())?;
    let sum = |centres: &Centres| {
        let mut sums = LloydSums::new(centres);
        sums.add_block(centres, &rows).map(|()| sums)
    };
    let mut last = sum(&centres)?;
    for rounds in 1.. {
        centres = last.update(&centres);
        let next = sum(&centres)?;
        let converged = last.inertia - next.inertia <= terms.tolerance * last.inertia;
        if converged || rounds == terms.rounds as usize {
            let (counts, inertia) = (next.counts, next.inertia);
            return Ok(Outcome::KMeans(KMeans { centres, counts, inertia, rounds, converged }));
        }
        last = next;
    }
    Err(MethodError::Done)
}
