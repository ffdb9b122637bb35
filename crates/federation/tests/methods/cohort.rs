//! Methods and tables that the tests share.

use renkei_domain::CaseId;
use renkei_federation::{
    certificate::{Adding, Follow, difference, pooled, run},
    methods::{
        Covariate, CoxBySite, CoxOnGrid, CurvesOnGrid, ElasticNet, Grouping, KMeansRounds, Method, Outcome,
        PredictionOnGrid, PrincipalComponents, RiskSets, Summaries, Table, Times, WithoutEach, YearlyHazard,
    },
};
use renkei_stats::{
    cox::Ties,
    hazard::{Effects, Link, Years},
};

pub(crate) fn covariates() -> Vec<Covariate> {
    let covariate = |name: &str, centre, scale| Covariate { name: name.into(), centre, scale };
    vec![covariate("age", 60.0, 10.0), covariate("psa", 2.0, 1.0), covariate("grade", 0.0, 1.0)]
}

pub(crate) fn sites(count: usize) -> Vec<String> {
    (0..count).map(|site| format!("site-{site}")).collect()
}

pub(crate) fn cox_by_site(ties: Ties) -> Method {
    Method::CoxBySite(CoxBySite { covariates: covariates(), ties })
}

pub(crate) fn cox_on_grid(ties: Ties) -> Method {
    let times = Times::regular(4.0, 5.0).unwrap();
    Method::CoxOnGrid(CoxOnGrid { covariates: covariates(), ties, times })
}

pub(crate) fn yearly_hazard(link: Link, effects: Effects, years: usize) -> Method {
    let years = Years::new((1..=years).map(|year| year as f64).collect()).unwrap();
    Method::YearlyHazard(YearlyHazard { covariates: covariates(), years, link, effects })
}

pub(crate) fn elastic_net(risk_sets: RiskSets) -> Method {
    let mut covariates = covariates();
    covariates.extend(["noise-1", "noise-2", "noise-3"].map(Covariate::plain));
    Method::ElasticNet(ElasticNet { covariates, risk_sets, alpha: 0.8, lambdas: vec![0.2, 0.06, 0.02, 0.0005] })
}

/// Every registered method, as the study might agree it for three sites.
pub(crate) fn all_methods() -> Vec<(&'static str, Method)> {
    let columns: Vec<String> = covariates().into_iter().map(|covariate| covariate.name).collect();
    let edges = |centre: f64, scale: f64| (-4..=4).map(|step| centre + scale * f64::from(step)).collect();
    let start = vec![-1.0, 1.0, 0.0, 0.0, -1.0, 1.0, 1.0, 0.0, -1.0, 1e6, 0.0, 0.0];
    vec![
        ("Cox by site, Efron", cox_by_site(Ties::Efron)),
        ("Cox by site, Breslow", cox_by_site(Ties::Breslow)),
        ("Cox on quarters, Efron", cox_on_grid(Ties::Efron)),
        ("Cox on quarters, Breslow", cox_on_grid(Ties::Breslow)),
        ("elastic net by site, 4 lambdas", elastic_net(RiskSets::BySite)),
        ("elastic net on quarters, 4 lambdas", elastic_net(RiskSets::OnGrid(Times::regular(4.0, 5.0).unwrap()))),
        ("yearly hazard, cloglog", yearly_hazard(Link::ComplementaryLogLog, Effects::Common, 5)),
        ("yearly hazard, cloglog, by year", yearly_hazard(Link::ComplementaryLogLog, Effects::ByYear, 5)),
        ("yearly hazard, logit", yearly_hazard(Link::Logit, Effects::Common, 5)),
        ("logistic", yearly_hazard(Link::Logit, Effects::Common, 1)),
        (
            "curves on quarters, 2 causes, 2 groups",
            Method::CurvesOnGrid(CurvesOnGrid {
                times: Times::regular(4.0, 5.0).unwrap(),
                causes: 2,
                group: Some(Grouping { column: "arm".into(), groups: 2 }),
            }),
        ),
        (
            "prediction on quarters, 50 bins",
            Method::PredictionOnGrid(PredictionOnGrid {
                risk: "risk".into(),
                horizon: 3.0,
                times: Times::regular(4.0, 5.0).unwrap(),
                bins: 50,
                groups: 5,
                thresholds: vec![0.1, 0.2, 0.4],
            }),
        ),
        (
            "summaries, 10 bins",
            Method::Summaries(Summaries {
                columns: covariates(),
                edges: vec![edges(60.0, 10.0), edges(2.0, 1.0), edges(0.0, 1.0)],
            }),
        ),
        ("principal components", Method::PrincipalComponents(PrincipalComponents { columns: covariates(), count: 2 })),
        ("k-means, 4 centres", Method::KMeans(KMeansRounds { columns, start, rounds: 50, tolerance: 1e-6 })),
        (
            "without each, Cox by site",
            Method::WithoutEach(WithoutEach { sites: sites(3), of: Box::new(cox_by_site(Ties::Efron)) }),
        ),
    ]
}

/// Largest difference from pooled.
pub(crate) fn off(method: &Method, tables: &[(String, Table)], adding: Adding) -> f64 {
    let reference = pooled(method, tables, Follow::Grid).unwrap();
    difference(&run(method, tables, adding).unwrap().outcome, &reference).unwrap()
}

pub(crate) fn cox(outcome: &Outcome) -> &renkei_stats::cox::CoxFit {
    match outcome {
        Outcome::Cox(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

/// Pseudonyms of numbered persons.
pub(crate) fn cases(persons: impl IntoIterator<Item = usize>) -> Vec<CaseId> {
    persons.into_iter().map(|person| CaseId::new(format!("case {person}")).unwrap()).collect()
}

/// Rows of one site.
pub(crate) fn table(person: usize, time: Vec<f64>, cause: Vec<usize>, columns: &[(&str, Vec<f64>)]) -> Table {
    let empty = Table::of_cases(cases(person..person + time.len())).with_follow_up(time, cause).unwrap();
    columns.iter().fold(empty, |table, (name, values)| table.with_column(name, values.clone()).unwrap())
}
