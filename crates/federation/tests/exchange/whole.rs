//! What comes out equals what pooling would give; what must not happen does not.

use renkei_federation::{
    audit::verify,
    exchange::{HubError, Refusal},
    methods::{Outcome, Times},
    study::{Grid, Identity, Unordered},
};
use renkei_stats::{
    Predictors,
    cox::{self, CoxFit, CoxSettings, Ties},
    survival::Outcomes,
};
use serde_json::{Value, json};

use crate::hospitals::{Row, all, table};
use crate::study::{HUB, Study, covariates, key};

fn methods() -> Value {
    json!([
        { "name": "by site", "method": { "name": "cox_by_site", "version": 1 },
          "parameters": { "covariates": covariates() }, "max_rounds": 30 },
        { "name": "on quarters", "method": { "name": "cox_on_grid", "version": 1 },
          "parameters": { "covariates": covariates() }, "grids": ["quarter", "half_year", "year"], "max_rounds": 30 },
    ])
}

/// The ordinary fit of all cases in one place.
fn pooled(hospitals: &[Vec<Row>; 3], on_grid: Option<Grid>) -> CoxFit {
    let rows: Vec<(usize, &Row)> =
        hospitals.iter().enumerate().flat_map(|(site, rows)| rows.iter().map(move |row| (site, row))).collect();
    let ends = on_grid.map(|grid| Times::regular(grid.steps_per_year(), 12.0).unwrap().ends().to_vec());
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
    Study::approved(&methods(), hospitals.each_ref().map(|rows| table(rows)))
}

#[test]
fn three_hospitals_get_what_pooling_would_give() {
    let Some(hospitals) = all() else { return };
    // As `renkei cohort analyse docs/studies/three-hospitals.yaml` counts them.
    assert_eq!(hospitals.each_ref().map(Vec::len), [277, 179, 486]);
    let mut study = three(&hospitals);
    let calls = study.run();
    let [by_site, on_quarters] = study.hub.results() else { unreachable!("two uses") };
    for (result, grid) in [(by_site, None), (on_quarters, Some(Grid::Quarter))] {
        let Ok(Outcome::Cox(fit)) = &result.outcome else { unreachable!("{:?}", result.outcome) };
        let reference = pooled(&hospitals, grid);
        let most = difference(fit, &reference);
        println!("{}: {} rounds, differs from pooled by {most:.1e} at most", result.method_use, result.rounds);
        assert!(most < 1e-9, "{}: {most:e}", result.method_use);
        assert_eq!((fit.cases, fit.events), (942, 171));
        assert_eq!(result.totals.len(), result.rounds as usize);
    }
    // Five messages a round.
    let rounds = (by_site.rounds + on_quarters.rounds) as usize;
    assert!(calls.values().all(|calls| *calls == 5 * rounds), "{calls:?}");
}

#[test]
fn every_vector_that_left_stands_in_both_logs() {
    let Some(hospitals) = all() else { return };
    let mut study = three(&hospitals);
    study.run();
    let rounds: u32 = study.hub.results().iter().map(|result| result.rounds).sum();
    for site in &study.sites {
        let verified = verify(site.log.as_bytes(), Identity::of(&site.key), &[], &[]).unwrap();
        assert_eq!(verified.entries, u64::from(rounds));
        for line in site.log.lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            let left = &entry["entry"]["what"]["left"];
            let vector = left["vector"].as_str().unwrap();
            assert_eq!(study.hub_log.matches(vector).count(), 1, "{vector}");
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
    let line = site.desk.refused(&call.order, &fewer, &site.key, crate::study::NOW).unwrap();
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
    let stranger = study.hub.receive(Study::seat(1), reply.clone(), &key(HUB), crate::study::NOW).unwrap_err();
    assert!(matches!(stranger, HubError::Impostor { .. }), "{stranger}");
    let mut late = reply;
    late.attempt = 4;
    let late = study.hub.receive(seat, late, &key(HUB), crate::study::NOW).unwrap_err();
    assert!(matches!(late, HubError::NotOpen { .. }), "{late}");
    let site = &mut study.sites[0];
    let withdrawn = site.desk.life().clone();
    let withdrawn = withdrawn.step(renkei_federation::study::Move::Withdraw, crate::study::NOW).unwrap();
    site.desk.set_life(withdrawn);
    let refused = site.answer(&call).unwrap_err();
    assert!(matches!(refused, Refusal::Order(Unordered::NotRunning(_))), "{refused}");
}

#[test]
fn what_the_door_refuses_never_reaches_the_secure_sum() {
    struct Shut;
    impl renkei_federation::exchange::Door for Shut {
        fn pass(
            &mut self,
            _: &renkei_federation::study::Order,
            _: &renkei_federation::methods::Answer,
        ) -> Result<renkei_federation::exchange::Passed, Vec<String>> {
            Err(vec!["too few persons".into()])
        }
    }
    let Some(hospitals) = all() else { return };
    let mut study = three(&hospitals);
    let (_, call) = study.hub.calls().unwrap().remove(0);
    let site = &mut study.sites[0];
    let before = serde_json::to_string(&site.desk).unwrap();
    let mut rng = <rand_chacha::ChaCha20Rng as rand::SeedableRng>::seed_from_u64(1);
    let refused =
        site.desk.answer(&call, (&site.table, &mut Shut), &site.key, crate::study::NOW, &mut rng).unwrap_err();
    assert_eq!(refused.to_string(), "nothing leaves: too few persons");
    assert_eq!(serde_json::to_string(&site.desk).unwrap(), before);
}
