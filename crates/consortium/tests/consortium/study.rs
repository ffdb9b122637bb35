//! Made-up cohorts, and a study over them.

use ed25519_dalek::SigningKey;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use renkei_domain::CaseId;
use renkei_federation::keys::Identity;
use renkei_federation::methods::Table;
use renkei_federation::study::{SignedStudy, StudySpec};
use renkei_stats::Predictors;
use renkei_stats::cox::{self, CoxFit, CoxSettings, Ties};
use renkei_stats::survival::Outcomes;
use serde_json::{Value, json};

pub(crate) const COVARIATES: [&str; 3] = ["psa", "grade", "stage"];
pub(crate) const LEAD: u8 = 100;
pub(crate) const REVIEWERS: [u8; 2] = [50, 51];

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub(crate) fn name(place: usize) -> String {
    format!("site-{}", place + 1)
}

/// One person: years, event, covariates.
pub(crate) type Row = (f64, bool, [f64; 3]);

/// A cohort of each site, of 150 persons and more.
pub(crate) fn rows(place: usize) -> Vec<Row> {
    let mut rng = ChaCha20Rng::seed_from_u64(place as u64);
    let person = |_| {
        let x: [f64; 3] = std::array::from_fn(|_| rng.random::<f64>() - 0.5);
        let risk = 0.25 * (0.8 * x[0] - 0.5 * x[1] + 0.2 * x[2]).exp();
        let event_at = -(1.0 - rng.random::<f64>()).ln() / risk;
        let lost_at = 1.0 + 5.0 * rng.random::<f64>();
        (event_at.min(lost_at).max(0.01), event_at <= lost_at, x)
    };
    (0..150 + 40 * place).map(person).collect()
}

pub(crate) fn table(place: usize) -> Table {
    let rows = rows(place);
    let cases = (0..rows.len()).map(|row| CaseId::new(format!("{place}-{row}")).unwrap()).collect();
    let causes = rows.iter().map(|row| usize::from(row.1)).collect();
    let table = Table::of_cases(cases).with_follow_up(rows.iter().map(|row| row.0).collect(), causes).unwrap();
    COVARIATES.iter().enumerate().fold(table, |table, (column, name)| {
        table.with_column(name, rows.iter().map(|row| row.2[column]).collect()).unwrap()
    })
}

/// The ordinary fit of all persons of `sites` in one place, stratified by site.
pub(crate) fn pooled(sites: &[usize]) -> CoxFit {
    let all: Vec<(usize, Row)> =
        sites.iter().flat_map(|place| rows(*place).into_iter().map(|row| (*place, row))).collect();
    let (time, event): (Vec<f64>, Vec<bool>) = all.iter().map(|(_, row)| (row.0, row.1)).unzip();
    let values: Vec<f64> = all.iter().flat_map(|(_, row)| row.2).collect();
    let strata: Vec<usize> = all.iter().map(|(place, _)| *place).collect();
    let settings = CoxSettings { ties: Ties::Efron, penalty: None };
    let (outcomes, predictors) = (Outcomes::new(&time, &event).unwrap(), Predictors::new(&values, 3).unwrap());
    cox::fit(&outcomes, &predictors, Some(&strata), &settings).unwrap()
}

/// Cox by site, then curves by month: the gate has a word to say about the second.
pub(crate) fn methods() -> Value {
    let covariates = json!(COVARIATES.map(|name| json!({ "name": name })));
    json!([
        { "name": "headline", "method": { "name": "cox_by_site", "version": 1 },
          "parameters": { "covariates": covariates }, "max_rounds": 30 },
        { "name": "on a grid", "method": { "name": "cox_on_grid", "version": 1 },
          "parameters": { "covariates": covariates }, "grids": ["month", "quarter", "half_year", "year"], "max_rounds": 30 },
    ])
}

pub(crate) fn spec(sites: usize, methods: &Value, drop_out: &str) -> StudySpec {
    let site = |place| json!({ "name": name(place), "identity": Identity::of(&key(place as u8 + 1)) });
    let variable = |name: &str| json!({ "name": name, "meaning": "made up", "kind": { "number": { "unit": "1" } } });
    let spec = json!({
        "version": 1, "name": "made up", "question": "Does it run?",
        "endpoint": { "name": "made up", "origin": "made up", "event": "made up", "censoring": "made up",
            "horizons_years": [1.0, 2.0] },
        "variables": COVARIATES.map(variable),
        "lead": { "name": "lead", "identity": Identity::of(&key(LEAD)) },
        "sites": (0..sites).map(site).collect::<Vec<_>>(),
        "methods": methods,
        "thresholds": { "minimum_cell": 5, "parameter_share": 0.34, "dominance_share": 0.9, "survivors": 3 },
        "expires": "2099-03-01", "drop_out": drop_out,
    });
    StudySpec::parse(&spec.to_string()).unwrap()
}

pub(crate) fn signed(sites: usize, methods: &Value, drop_out: &str) -> SignedStudy {
    SignedStudy::sign(spec(sites, methods, drop_out), &key(LEAD)).unwrap()
}

pub(crate) fn policy(place: usize) -> Value {
    let reviewers =
        REVIEWERS.map(|number| json!({ "name": number.to_string(), "identity": Identity::of(&key(number)) }));
    let methods = ["cox_by_site", "cox_on_grid"].map(|name| json!({ "name": name, "version": 1 }));
    json!({
        "version": 1, "site": name(place), "leads": [Identity::of(&key(LEAD))], "methods": methods, "minimum_cell": 5,
        "parameter_share": 0.34, "dominance_share": 0.9, "survivors": 3, "finest_grid": "month", "max_rounds": 1000,
        "expires_within_days": 40000, "reviewers": reviewers, "reviewers_needed": 2,
    })
}
