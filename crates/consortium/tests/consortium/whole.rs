//! A whole study: what comes out equals what pooling would give, and everything that left stands in the logs.

use std::time::Duration;

use renkei_consortium::LOG;
use renkei_consortium::hub::UseReport;
use renkei_federation::audit::{Countersigned, verify};
use renkei_federation::keys::Identity;
use renkei_federation::methods::Outcome;
use renkei_federation::study::SpecHash;

use crate::study::{key, methods, pooled, signed};
use crate::world::World;

pub(crate) const PATIENT: Duration = Duration::from_secs(600);

fn difference(report: &UseReport, sites: &[usize]) -> f64 {
    let (Some(Outcome::Cox(fit)), reference) = (&report.outcome, pooled(sites)) else {
        panic!("{:?}", report.why_none)
    };
    assert_eq!((fit.cases, fit.events), (reference.cases, reference.events));
    fit.coefficients.iter().zip(&reference.coefficients).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// A log with every head that the other sides signed of it.
fn verified(folder: &std::path::Path, owner: u8, witnesses: &[u8]) -> (u64, u64) {
    let heads: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("heads.json")).unwrap()).unwrap();
    let heads: Vec<Countersigned> =
        heads["own"].as_object().unwrap().values().map(|head| serde_json::from_value(head.clone()).unwrap()).collect();
    assert!(!heads.is_empty());
    let witnesses: Vec<Identity> = witnesses.iter().map(|number| Identity::of(&key(*number))).collect();
    let log = std::fs::read(folder.join(LOG)).unwrap();
    let verified = verify(&log, Identity::of(&key(owner)), &witnesses, &heads).unwrap();
    (verified.entries, verified.not_covered())
}

#[test]
fn three_sites_get_what_pooling_would_give() {
    let world = World::new(3, PATIENT);
    let study = world.approved(&signed(3, &methods(), "restart"));
    let reports = world.done(study);
    let [headline, on_grid] = &reports[..] else { panic!("two uses") };
    let most = difference(headline, &[0, 1, 2]);
    assert!(most < 1e-9, "{most:e}");
    assert!(on_grid.grid.is_some() && on_grid.outcome.is_some(), "{:?}", on_grid.why_none);
    for report in &reports {
        let certificate = report.certificate.as_ref().unwrap();
        certificate.verify_check().unwrap();
        let followed = certificate.verify_totals(&report.totals).unwrap();
        assert_eq!(Some(&followed), report.outcome.as_ref());
        assert_eq!(certificate.study.as_bytes(), study.as_bytes());
        println!("{}: {} rounds, check {:.1e}", report.method_use, report.rounds, certificate.check.fixed_point);
    }
    // Reading again gives the same bytes; so does a hub that starts again.
    logs(world, study, &reports);
}

fn logs(mut world: World, study: SpecHash, reports: &[UseReport]) {
    let rounds: u32 = reports.iter().map(|report| report.rounds).sum();
    // The end of each log is countersigned sooner or later.
    for (place, owner) in [(0, 1), (1, 2), (2, 3)] {
        let folder = world.site_folder(place);
        while !std::fs::exists(folder.path().join("heads.json")).unwrap() || verified(folder.path(), owner, &[99]).1 > 0
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        let left = std::fs::read_to_string(folder.path().join(LOG)).unwrap().matches("\"left\":{").count();
        assert_eq!(left, rounds as usize);
    }
    verified(&world.hub_folder(), 99, &[1, 2, 3]);
    world.kill_hub();
    world.start_hub(|_| {});
    assert_eq!(world.done(study), reports);
}

#[test]
fn kills_at_every_round_change_no_byte_of_the_result() {
    let calm = World::new(3, PATIENT);
    let study = calm.approved(&signed(3, &methods(), "restart"));
    let expected = calm.done(study);
    drop(calm);
    let mut world = World::new(3, PATIENT);
    let study = world.approved(&signed(3, &methods(), "restart"));
    let (mut killed, mut last) = (0, (0, 0));
    loop {
        let status = world.until(study, |_| true);
        let position = (status.uses_done, status.round);
        if status.uses_done == status.uses {
            break;
        }
        if position != last && status.round > 0 {
            last = position;
            match killed % 4 {
                3 => {
                    world.kill_hub();
                    world.start_hub(|_| {});
                }
                place => {
                    world.kill_site(place);
                    world.start_site(place);
                }
            }
            killed += 1;
        }
    }
    println!("{killed} kills");
    assert!(killed >= 4, "the study was over after {killed} kills");
    assert_eq!(world.done(study), expected);
}
