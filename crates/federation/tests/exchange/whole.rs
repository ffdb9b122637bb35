//! What comes out equals what pooling would give; what must not happen does not.

use renkei_federation::keys::Identity;
use renkei_federation::{
    audit::verify,
    exchange::{Call, HubError, Refusal, SiteDesk},
    methods::{Broadcast, Method, Outcome, Times},
    secure::{HubMessage, HubRound, HubStep, Seat, Totals},
    study::{Grid, Order, Unordered},
};
use renkei_stats::{
    Predictors,
    cox::{self, CoxFit, CoxSettings, Ties},
    survival::Outcomes,
};
use serde_json::{Value, json};

use crate::hospitals::{Row, all, table};
use crate::study::{HUB, NOW, Study, covariates, key};

/// The last horizon: with later ones no agreed grid passes at Cleveland.
const YEARS: f64 = 2.0;

fn methods() -> Value {
    json!([
        { "name": "by site", "method": { "name": "cox_by_site", "version": 1 },
          "parameters": { "covariates": covariates() }, "max_rounds": 30 },
        { "name": "on a grid", "method": { "name": "cox_on_grid", "version": 1 },
          "parameters": { "covariates": covariates() }, "grids": ["quarter", "half_year", "year"], "max_rounds": 30 },
    ])
}

/// The ordinary fit of all cases in one place.
fn pooled(hospitals: &[Vec<Row>; 3], on_grid: Option<Grid>) -> CoxFit {
    let rows: Vec<(usize, &Row)> =
        hospitals.iter().enumerate().flat_map(|(site, rows)| rows.iter().map(move |row| (site, row))).collect();
    let ends = on_grid.map(|grid| Times::regular(grid.steps_per_year(), YEARS).unwrap().ends().to_vec());
    let coarse = |years: f64, event: bool| match &ends {
        None => (years, event),
        Some(ends) => match ends.iter().find(|end| **end >= years - 1e-9) {
            Some(end) => (*end, event),
            None => (ends[ends.len() - 1], false),
        },
    };
    let (time, event): (Vec<f64>, Vec<bool>) = rows.iter().map(|(_, row)| coarse(row.0, row.1)).unzip();
    let values: Vec<f64> = rows.iter().flat_map(|(_, row)| row.2).collect();
    let strata: Vec<usize> = rows.iter().map(|(site, _)| *site).collect();
    let strata = on_grid.is_none().then_some(&strata[..]);
    let settings = CoxSettings { ties: Ties::Efron, penalty: None };
    cox::fit(&Outcomes::new(&time, &event).unwrap(), &Predictors::new(&values, 3).unwrap(), strata, &settings).unwrap()
}

fn difference(ours: &CoxFit, reference: &CoxFit) -> f64 {
    let pairs = ours.coefficients.iter().zip(&reference.coefficients);
    let errors = ours.std_errors().into_iter().zip(reference.std_errors());
    pairs.map(|(a, b)| (a - b).abs()).chain(errors.map(|(a, b)| (a - b).abs())).fold(0.0, f64::max)
}

fn three(hospitals: &[Vec<Row>; 3]) -> Study {
    Study::approved(&methods(), YEARS, hospitals.each_ref().map(|rows| table(rows)))
}

#[test]
fn three_hospitals_get_what_pooling_would_give() {
    let Some(hospitals) = all() else { return };
    // As `renkei cohort analyse docs/studies/three-hospitals.yaml` counts them.
    assert_eq!(hospitals.each_ref().map(Vec::len), [277, 179, 486]);
    let mut study = three(&hospitals);
    let calls = study.run();
    let [by_site, on_grid] = study.hub.results() else { unreachable!("two uses") };
    // Quarters and half-years are refused at Cleveland and at MSKCC.
    for (result, grid) in [(by_site, None), (on_grid, Some(Grid::Year))] {
        assert_eq!(result.grid, grid);
        let Ok(Outcome::Cox(fit)) = &result.outcome else { unreachable!("{:?}", result.outcome) };
        let reference = pooled(&hospitals, grid);
        let most = difference(fit, &reference);
        println!("{}: {} rounds, differs from pooled by {most:.1e} at most", result.method_use, result.rounds());
        assert!(most < 1e-9, "{}: {most:e}", result.method_use);
        assert_eq!((fit.cases, fit.events), (reference.cases, reference.events));
    }
    // Five messages a round.
    let rounds = (by_site.rounds() + on_grid.rounds()) as usize;
    assert!(calls.values().all(|calls| *calls == 5 * rounds), "{calls:?}");
}

#[test]
fn every_vector_that_left_stands_in_both_logs() {
    let Some(hospitals) = all() else { return };
    let mut study = three(&hospitals);
    study.run();
    let rounds: u32 = study.hub.results().iter().map(|result| result.rounds()).sum();
    for site in &study.sites {
        let verified = verify(site.log.as_bytes(), Identity::of(&site.key), &[], &[]).unwrap();
        assert_eq!(verified.entries, u64::from(rounds));
        for line in site.log.lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            let left = &entry["entry"]["what"]["left"];
            let vector = left["vector"].as_str().unwrap();
            assert_eq!(study.hub_log.matches(vector).count(), 1, "{vector}");
            let checks: Vec<&str> =
                left["allowed"].as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap()).collect();
            let all = ["round", "minimum cell", "dominance", "parameters", "differencing", "linear algebra"];
            assert_eq!(checks, all);
            assert_eq!(left["persons"], json!(site.table.rows()));
            assert_eq!(left["bytes"], json!(16 * left["numbers"].as_u64().unwrap()));
        }
    }
    let verified = verify(study.hub_log.as_bytes(), Identity::of(&key(HUB)), &[], &[]).unwrap();
    assert_eq!(verified.entries, 3 * u64::from(rounds));
}

#[test]
fn a_hub_that_asks_for_more_than_was_approved_gets_nothing() {
    let Some(hospitals) = all() else { return };
    let mut study = three(&hospitals);
    let (_, call) = study.hub.calls().unwrap().remove(0);
    let site = &mut study.sites[0];
    let mut refused = |change: &dyn Fn(&mut renkei_federation::exchange::Call)| {
        let mut asked = call.clone();
        change(&mut asked);
        site.answer(&asked).unwrap_err()
    };
    let other = refused(&|call| call.order.method.name = "k_means".into());
    assert!(matches!(other, Refusal::Order(Unordered::NotApproved { .. })), "{other}");
    let grid = refused(&|call| call.order.grid = Some(Grid::Day));
    assert!(matches!(grid, Refusal::Order(Unordered::Grid { .. })), "{grid}");
    let rounds = refused(&|call| call.order.round = 31);
    assert!(matches!(rounds, Refusal::Order(Unordered::Round { .. })), "{rounds}");
    let skewed = refused(&|call| call.broadcast.round = 3);
    assert!(matches!(skewed, Refusal::Rounds { .. }), "{skewed}");
    // A smaller threshold, or two sites of the hub's own making in place of the others.
    let fewer = refused(&|call| {
        let mut terms = serde_json::to_value(&call.terms).unwrap();
        terms["identities"][1] = json!(Identity::of(&key(7)));
        call.terms = serde_json::from_value(terms).unwrap();
    });
    assert!(matches!(fewer, Refusal::Terms), "{fewer}");
    // What was refused is told to the log, and the site still answers what was approved.
    let line = SiteDesk::refused(&call.order, &fewer, &mut site.door.log, &site.key, NOW).unwrap();
    assert!(line.contains("\"refused\""), "{line}");
    assert!(site.answer(&call).is_ok());
}

#[test]
fn nothing_leaves_a_site_that_withdrew_and_the_hub_takes_no_stranger() {
    let Some(hospitals) = all() else { return };
    let mut study = three(&hospitals);
    let (seat, call) = study.hub.calls().unwrap().remove(0);
    let reply = study.sites[0].answer(&call).unwrap().reply;
    // Another site sends it as its own.
    let stranger = study.take(Study::seat(1), reply.clone()).unwrap_err();
    assert!(matches!(stranger, HubError::Impostor { .. }), "{stranger}");
    let mut late = reply;
    late.attempt = 4;
    let late = study.take(seat, late).unwrap_err();
    assert!(matches!(late, HubError::NotOpen { .. }), "{late}");
    let site = &mut study.sites[0];
    let withdrawn = site.desk.life().clone();
    let withdrawn = withdrawn.step(renkei_federation::study::Move::Withdraw, crate::study::NOW).unwrap();
    site.desk.set_life(withdrawn);
    let refused = site.answer(&call).unwrap_err();
    assert!(matches!(refused, Refusal::Order(Unordered::NotRunning(_))), "{refused}");
}

/// The totals of one secure sum of these calls, of which each is answered by its site.
fn totals(study: &mut Study, calls: &[(Seat, Call)]) -> Totals {
    let mut hub = HubRound::new(calls[0].1.terms.clone());
    let mut messages = Vec::new();
    loop {
        for (seat, call) in calls {
            let message =
                messages.iter().find(|(to, _)| to == seat).map(|(_, message): &(_, HubMessage)| message.clone());
            let call = Call { message, ..call.clone() };
            hub.receive(study.sites[usize::from(seat.number()) - 1].answer(&call).unwrap().reply.message).unwrap();
        }
        match hub.close().unwrap() {
            HubStep::Send(next) => messages = next,
            HubStep::Done(totals) => return totals,
        }
    }
}

#[test]
fn a_site_that_never_restarts_answers_every_question_with_its_own_sums() {
    let Some(hospitals) = all() else { return };
    let mut study = three(&hospitals);
    study.sites.iter_mut().for_each(|site| site.restarts = false);
    let asked = study.hub.calls().unwrap();
    // A question that is begun and never ended, then another of the same round in a later attempt.
    let spread = totals(&mut study, &asked);
    study.hub.calls().unwrap();
    let slopes = |at: f64, attempt: u32| -> Vec<(Seat, Call)> {
        let point = json!({ "centre": [0.5, 0.5, 0.5], "scale": [1.0, 1.0, 1.0], "at": [at, 0.0, 0.0] });
        let broadcast = serde_json::from_value(json!({ "round": 1, "ask": { "slopes": point } })).unwrap();
        asked.iter().map(|(seat, call)| (*seat, asked_again(call, &broadcast, attempt))).collect()
    };
    for (seat, call) in slopes(0.0, 0) {
        study.sites[usize::from(seat.number()) - 1].answer(&call).unwrap();
    }
    let calls = slopes(0.7, 1);
    let expected: Vec<f64> = study.sites.iter().zip(&calls).fold(Vec::new(), |sum: Vec<f64>, (site, (_, call))| {
        let own = site.desk.preview(call, &site.table, NOW).unwrap().sums.reals;
        if sum.is_empty() { own } else { sum.iter().zip(own).map(|(a, b)| a + b).collect() }
    });
    let found = totals(&mut study, &calls);
    assert_eq!(found.reals.len(), expected.len());
    assert!(found.reals.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
    assert_ne!(spread.reals, found.reals);
}

/// The same call for another broadcast and attempt.
fn asked_again(call: &Call, broadcast: &Broadcast, attempt: u32) -> Call {
    let mut terms = serde_json::to_value(&call.terms).unwrap();
    terms["round"] = json!(broadcast.round);
    terms["attempt"] = json!(attempt);
    let method =
        Method::registered("cox_by_site", 1, serde_json::from_value(json!({ "covariates": covariates() })).unwrap());
    let (counts, reals) = method.unwrap().layout(broadcast).unwrap().shape();
    terms["layout"] = json!({ "reals": reals, "counts": counts });
    let terms = serde_json::from_value(terms).unwrap();
    let order = Order { round: broadcast.round + 1, ..call.order.clone() };
    Call { order, broadcast: broadcast.clone(), terms, message: None }
}
