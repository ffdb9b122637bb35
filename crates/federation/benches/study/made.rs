//! Made-up hospitals whose cohorts follow one Cox model, and their study.

use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use renkei_domain::CaseId;
use renkei_federation::{
    audit::Log,
    egress::{Gate, History},
    exchange::{Call, Door, HubDesk, Reply, SiteDesk},
    keys::Identity,
    methods::{Method, Table},
    secure::SiteMessage,
    study::{Moment, Move, Review, SignedStudy, SitePolicy, SiteStudy, StudySpec, Verdict},
};
use renkei_stats::{
    Predictors,
    cox::{self, CoxFit, CoxSettings, Ties},
    survival::Outcomes,
};
use serde_json::{Map, Value, json};

use crate::Fallible;

pub(crate) const KEY_OF_HUB: u8 = 255;
const LEAD: u8 = 254;
const REVIEWER: u8 = 253;
/// 2026-11-24.
pub(crate) const NOW: Moment = Moment(1_795_478_400);

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// A site, with what it spent.
pub(crate) struct Site {
    key: SigningKey,
    desk: SiteDesk,
    door: Door,
    table: Table,
    rows: Rows,
    rng: ChaCha20Rng,
    method: Method,
    /// In all answers.
    pub(crate) spent: Duration,
    /// In the method's own sums, formed once a round beside the answers.
    pub(crate) arithmetic: Duration,
}

struct Rows {
    time: Vec<f64>,
    event: Vec<bool>,
    values: Vec<f64>,
}

impl Site {
    pub(crate) fn answer(&mut self, call: &Call) -> Fallible<Reply> {
        if call.message.is_none() {
            let begun = Instant::now();
            self.method.answer("", &self.table, &call.broadcast)?;
            self.arithmetic += begun.elapsed();
        }
        let begun = Instant::now();
        let answered = self.desk.answer(call, (&self.table, &mut self.door), &self.key, NOW, &mut self.rng)?;
        self.spent += begun.elapsed();
        Ok(answered.reply)
    }
}

/// Bytes of a reply: the vector as the bytes it is, all else as JSON.
pub(crate) fn size(reply: &Reply) -> Fallible<usize> {
    Ok(match &reply.message {
        SiteMessage::Masked(signed) => signed.body.values.as_bytes().len() + signed.signature.len() + 1,
        other => serde_json::to_vec(other)?.len(),
    })
}

fn names(covariates: usize) -> Vec<String> {
    (0..covariates).map(|place| format!("x{place}")).collect()
}

pub(crate) fn parameters(covariates: usize) -> Map<String, Value> {
    let named: Vec<Value> = names(covariates).iter().map(|name| json!({ "name": name })).collect();
    Map::from_iter([("covariates".to_owned(), json!(named))])
}

pub(crate) fn study(cases: usize, covariates: usize, sites: u8) -> Fallible<(HubDesk, Vec<Site>)> {
    let site = |number: u8| json!({ "name": format!("site-{number}"), "identity": Identity::of(&key(number)) });
    let variable = |name: &String| json!({ "name": name, "meaning": "made up", "kind": { "number": { "unit": "1" } } });
    let method = json!({ "name": "cox_by_site", "version": 1 });
    let spec = json!({
        "version": 1, "name": "bench", "question": "How long does it take?",
        "endpoint": { "name": "made up", "origin": "made up", "event": "made up", "censoring": "made up", "horizons_years": [5.0] },
        "variables": names(covariates).iter().map(variable).collect::<Vec<_>>(),
        "lead": { "name": "lead", "identity": Identity::of(&key(LEAD)) },
        "sites": (1..=sites).map(site).collect::<Vec<_>>(),
        "methods": [{ "name": "cox", "method": method, "parameters": parameters(covariates), "max_rounds": 30 }],
        "thresholds": { "minimum_cell": 5, "parameter_share": 0.33, "dominance_share": 0.5, "survivors": 3 },
        "expires": "2027-03-01", "drop_out": "restart",
    });
    let signed = SignedStudy::sign(StudySpec::parse(&spec.to_string())?, &key(LEAD))?;
    let made = (1..=sites).map(|number| {
        let reviewers = json!([{ "name": "reviewer", "identity": Identity::of(&key(REVIEWER)) }]);
        let policy = json!({
            "version": 1, "site": format!("site-{number}"), "leads": [Identity::of(&key(LEAD))], "methods": [method],
            "minimum_cell": 5, "parameter_share": 0.33, "dominance_share": 0.5, "survivors": 3, "finest_grid": "month",
            "max_rounds": 100, "expires_within_days": 365, "reviewers": reviewers, "reviewers_needed": 1,
        });
        let policy = SitePolicy::parse(&policy.to_string())?;
        let life = SiteStudy::proposed(&signed)?;
        let review = Review::sign(&key(REVIEWER), life.study(), policy.site.clone(), Verdict::Approve, "read", NOW);
        let life = life.review(review, &policy, NOW)?.approve(&signed, &policy, NOW)?.step(Move::Start, NOW)?;
        let rows = rows(cases, covariates, u64::from(number));
        let key = key(number);
        Ok(Site {
            desk: SiteDesk::new(signed.clone(), life, policy),
            door: Door { gate: Gate::new(History::default()), log: Log::new(Identity::of(&key)) },
            table: table(&rows, covariates, number)?,
            rows,
            rng: ChaCha20Rng::seed_from_u64(u64::from(number)),
            method: Method::registered("cox_by_site", 1, parameters(covariates))?,
            key,
            spent: Duration::ZERO,
            arithmetic: Duration::ZERO,
        })
    });
    let made = made.collect::<Fallible<Vec<Site>>>()?;
    Ok((HubDesk::new(signed)?, made))
}

/// Uniform covariates, exponential times on days, about half of them censored.
fn rows(cases: usize, covariates: usize, seed: u64) -> Rows {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut rows = Rows { time: Vec::with_capacity(cases), event: Vec::new(), values: Vec::new() };
    for _ in 0..cases {
        let first = rows.values.len();
        rows.values.extend((0..covariates).map(|_| rng.random::<f64>() - 0.5));
        let risk: f64 = rows.values[first..].iter().enumerate().map(|(place, x)| x * 0.5 / (1 + place) as f64).sum();
        let event_at = -(1.0 - rng.random::<f64>()).ln() / (0.1 * risk.exp());
        let lost_at = 1.0 + 10.0 * rng.random::<f64>();
        rows.time.push((event_at.min(lost_at) * 365.25).ceil() / 365.25);
        rows.event.push(event_at <= lost_at);
    }
    rows
}

fn table(rows: &Rows, covariates: usize, site: u8) -> Fallible<Table> {
    let case = |place: usize| CaseId::new(format!("{site:03}-{place:012}"));
    let cases = (0..rows.time.len()).map(case).collect::<Result<_, _>>()?;
    let causes = rows.event.iter().map(|event| usize::from(*event)).collect();
    let table = Table::of_cases(cases).with_follow_up(rows.time.clone(), causes)?;
    names(covariates).iter().enumerate().try_fold(table, |table, (place, name)| {
        Ok(table.with_column(name, rows.values.iter().skip(place).step_by(covariates).copied().collect())?)
    })
}

/// The ordinary fit of all rows in one place, stratified by site.
pub(crate) fn pooled(sites: &[Site]) -> Fallible<CoxFit> {
    let all =
        |of: fn(&Rows) -> &[f64]| sites.iter().flat_map(|site| of(&site.rows).iter().copied()).collect::<Vec<f64>>();
    let (time, values) = (all(|rows| &rows.time), all(|rows| &rows.values));
    let event: Vec<bool> = sites.iter().flat_map(|site| site.rows.event.iter().copied()).collect();
    let strata: Vec<usize> =
        sites.iter().enumerate().flat_map(|(place, site)| vec![place; site.rows.time.len()]).collect();
    let columns = values.len() / time.len();
    let settings = CoxSettings { ties: Ties::Efron, penalty: None };
    Ok(cox::fit(&Outcomes::new(&time, &event)?, &Predictors::new(&values, columns)?, Some(&strata), &settings)?)
}
