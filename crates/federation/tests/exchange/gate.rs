//! The gate between the methods and the outside, on the real hospitals at a minimum cell of 5.

use renkei_domain::CaseId;
use renkei_federation::{
    egress::{Check, Refused},
    exchange::{HubError, Refusal, SiteDesk},
    methods::Table,
    study::Grid,
};
use serde_json::{Value, json};

use crate::hospitals::{COVARIATES, Row, all, table};
use crate::study::{NOW, Study, covariates};

/// Pooled Cox, asked for by month first.
fn on_grid(max_rounds: u32) -> Value {
    json!([{ "name": "on a grid", "method": { "name": "cox_on_grid", "version": 1 },
        "parameters": { "covariates": covariates() }, "grids": ["month", "quarter", "half_year", "year"],
        "max_rounds": max_rounds }])
}

fn by_site(max_rounds: u32) -> Value {
    json!([{ "name": "by site", "method": { "name": "cox_by_site", "version": 1 },
        "parameters": { "covariates": covariates() }, "max_rounds": max_rounds }])
}

fn study(methods: &Value, years: f64, hospitals: &[Vec<Row>; 3]) -> Study {
    Study::approved(methods, years, hospitals.each_ref().map(|rows| table(rows)))
}

/// Why the gate refuses the first question at a site, and the grid that passes.
fn refused(study: &mut Study, place: usize) -> (Refused, Option<Grid>) {
    let (_, call) = study.hub.calls().unwrap().remove(place);
    let refusal = study.sites[place].answer(&call).unwrap_err();
    let Refusal::Gate { refused, passes } = refusal else { unreachable!("{refusal}") };
    (refused, passes)
}

#[test]
fn each_hospital_tells_the_finest_grid_that_passes() {
    let Some(hospitals) = all() else { return };
    let mut found = Vec::new();
    for years in [2.0, 3.0, 4.0, 5.0, 7.0, 12.0] {
        let mut study = study(&on_grid(30), years, &hospitals);
        let passes: Vec<Option<Grid>> = (0..3).map(|place| refused(&mut study, place).1).collect();
        println!("to {years} years: {passes:?}");
        found.push(passes);
    }
    // Four men at Cleveland have a recurrence in the third year, two at MSKCC in the fourth.
    let [year, half_year] = [Grid::Year, Grid::HalfYear].map(Some);
    let [to_two, to_three, to_four] = [[year, year, half_year], [None, year, half_year], [None, None, year]];
    assert_eq!(found, [to_two, to_three, to_four, to_four, [None; 3], [None; 3]]);
}

#[test]
fn the_hub_settles_on_an_agreed_coarser_grid_before_the_first_total_only() {
    let Some(hospitals) = all() else { return };
    let mut study = study(&on_grid(30), 2.0, &hospitals);
    let coarsen = |study: &mut Study, grid| study.hub.coarsen(grid);
    assert!(matches!(coarsen(&mut study, Grid::Day), Err(HubError::Grid { .. })));
    coarsen(&mut study, Grid::HalfYear).unwrap();
    assert!(matches!(coarsen(&mut study, Grid::Quarter), Err(HubError::Grid { .. })));
    coarsen(&mut study, Grid::Year).unwrap();
    // One round of five messages.
    for _ in 0..5 {
        for (seat, call) in study.hub.calls().unwrap() {
            let reply = study.sites[usize::from(seat.number()) - 1].answer(&call).unwrap().reply;
            study.take(seat, reply).unwrap();
        }
        study.hub.advance(false).unwrap();
    }
    let (_, call) = study.hub.calls().unwrap().remove(0);
    assert_eq!((call.order.round, call.order.grid), (2, Some(Grid::Year)));
    assert!(matches!(coarsen(&mut study, Grid::Year), Err(HubError::Grid { .. })));
}

/// Twelve leave in every quarter, six with the event; three are left in the eighth.
fn three_at_the_end() -> Table {
    let person = |at: usize| ((at / 12) as f64 * 0.25 + 0.1, usize::from(at % 12 < 6 && at < 84));
    let (time, cause) = (0..87).map(person).unzip();
    let cases = (0..87).map(|at| CaseId::new(format!("made {at}")).unwrap()).collect();
    let empty = Table::of_cases(cases).with_follow_up(time, cause).unwrap();
    COVARIATES.iter().zip([2, 3, 5]).fold(empty, |table, (name, every)| {
        table.with_column(name, (0..87).map(|at| f64::from(u8::from(at % every == 0))).collect()).unwrap()
    })
}

#[test]
fn three_at_risk_at_the_last_step_are_refused_on_the_fine_grid_and_nothing_changes() {
    let Some(hospitals) = all() else { return };
    let tables = [three_at_the_end(), table(&hospitals[1]), table(&hospitals[2])];
    let mut study = Study::approved(&on_grid(30), 2.0, tables);
    study.hub.coarsen(Grid::Quarter).unwrap();
    let before = serde_json::to_string(&(&study.sites[0].desk, &study.sites[0].door.gate)).unwrap();
    let (why, passes) = refused(&mut study, 0);
    assert_eq!((why.reasons[0].check, passes), (Check::MinimumCell, Some(Grid::HalfYear)));
    assert!(why.to_string().contains("'those leaving by 2.0000: weight' over 3"), "{why}");
    assert_eq!(serde_json::to_string(&(&study.sites[0].desk, &study.sites[0].door.gate)).unwrap(), before);
    // The log tells the reasons.
    let (_, call) = study.hub.calls().unwrap().remove(0);
    let site = &mut study.sites[0];
    let refusal = site.answer(&call).unwrap_err();
    let line = SiteDesk::refused(&call.order, &refusal, &mut site.door.log, &site.key, NOW).unwrap();
    assert!(line.contains("minimum cell: 1 cells of 1 to 4 persons"), "{line}");
}

#[test]
fn a_second_study_on_a_cohort_that_differs_by_one_man_is_refused() {
    let Some(hospitals) = all() else { return };
    let mut first = study(&by_site(30), 2.0, &hospitals);
    first.run();
    // The same men again, in another study: nothing new is told of any one of them.
    let mut same = study(&by_site(29), 2.0, &hospitals);
    same.sites[0].door.gate = first.sites[0].door.gate.clone();
    let (_, call) = same.hub.calls().unwrap().remove(0);
    same.sites[0].answer(&call).unwrap();
    let mut fewer = hospitals.clone();
    fewer[0].pop();
    let mut second = study(&by_site(29), 2.0, &fewer);
    second.sites[0].door.gate = first.sites[0].door.gate.clone();
    let (why, passes) = refused(&mut second, 0);
    assert_eq!(passes, None);
    let why = why.reasons.iter().find(|reason| reason.check == Check::Differencing).unwrap();
    assert!(why.why.contains("such as a sum of 'by site' round 1 of study"), "{why}");
    assert!(why.passes.contains("differs by 5 persons or more"), "{why}");
}

#[test]
fn a_round_that_left_is_sent_again_after_a_restart_and_counts_once() {
    let Some(hospitals) = all() else { return };
    let mut study = study(&by_site(30), 2.0, &hospitals);
    loop {
        for (seat, call) in study.hub.calls().unwrap() {
            let site = &mut study.sites[usize::from(seat.number()) - 1];
            let before = site.door.gate.history().rounds();
            let answered = site.answer(&call).unwrap();
            let lines = usize::from(!answered.log.is_empty());
            assert_eq!(site.door.gate.history().rounds(), before + lines, "only a vector is remembered");
            if lines == 1 {
                // The reply was lost: the site answers the same, and the round counts once.
                assert_eq!(site.answer(&call).unwrap().reply, answered.reply);
                assert_eq!(site.door.gate.history().rounds(), before + 1);
                if seat == Study::seat(2) {
                    return;
                }
            }
            study.take(seat, answered.reply).unwrap();
        }
        study.hub.advance(false).unwrap();
    }
}
