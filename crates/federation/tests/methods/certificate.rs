//! Certificates: what they say can be repeated, and nothing in them can be changed unseen.

use renkei_domain::Digest;
use renkei_federation::{
    certificate::{Adding, BOUND, Certificate, CertificateError, Cohort, GridError, check_set, run},
    methods::{Method, Sums},
};
use renkei_stats::cox::Ties;

use super::cohort::{all_methods, cox_on_grid, sites};

fn issued(method: &Method) -> (Certificate, Vec<Sums>) {
    let tables = check_set(method, &sites(3), &[150, 160, 170], 77).unwrap();
    let totals = run(method, &tables, Adding::FixedPoint).unwrap().totals;
    let cohort = Some(Cohort { persons: 480, events: 200 });
    let study = Digest::of(b"study");
    (Certificate::issue(study, method, &sites(3), &totals, cohort, 5).unwrap(), totals)
}

#[test]
fn every_method_gets_one_that_can_be_repeated() {
    for (name, method) in all_methods() {
        let (certificate, totals) = issued(&method);
        println!("{name}: {:?} grid {:?}", certificate.check, certificate.grid);
        assert!(certificate.check.plain <= BOUND && certificate.check.fixed_point <= BOUND);
        let stored: Certificate = serde_json::from_str(&serde_json::to_string(&certificate).unwrap()).unwrap();
        assert_eq!(stored, certificate);
        stored.verify_check().unwrap();
        let tables = check_set(&method, &sites(3), &[150, 160, 170], 77).unwrap();
        let outcome = run(&method, &tables, Adding::FixedPoint).unwrap().outcome;
        let followed = stored.verify_totals(&totals).unwrap();
        assert_eq!(serde_json::to_string(&followed).unwrap(), serde_json::to_string(&outcome).unwrap());
        assert_eq!(stored.rounds.len(), totals.len());
    }
}

#[test]
fn the_grid_s_own_error_is_told_apart() {
    let errors: Vec<f64> = [Ties::Efron, Ties::Breslow]
        .map(|ties| match issued(&cox_on_grid(ties)).0.grid {
            Some(GridError::StandardErrors(error)) => error,
            other => panic!("{other:?}"),
        })
        .to_vec();
    // Efron's ties stand a grid better than Breslow's.
    assert!(errors[0] > 0.0 && errors[0] < errors[1] && errors[1] < 5.0, "{errors:?}");
}

#[test]
fn whatever_is_changed_is_found() {
    let (certificate, totals) = issued(&cox_on_grid(Ties::Efron));
    let altered = |change: &dyn Fn(&mut Certificate)| {
        let mut other = certificate.clone();
        change(&mut other);
        assert_ne!(other, certificate);
        let found = other.verify_check().and_then(|()| other.verify_totals(&totals).map(|_| ()));
        assert!(matches!(found, Err(CertificateError::Altered { .. } | CertificateError::Method(_))), "{found:?}");
    };
    altered(&|c| c.version = 2);
    altered(&|c| c.name = "cox_by_site".into());
    altered(&|c| c.method_version = 2);
    altered(&|c| c.method = cox_on_grid(Ties::Breslow));
    altered(&|c| c.sites.truncate(2));
    altered(&|c| c.rounds.truncate(2));
    altered(&|c| c.rounds[1].total = Digest::of(b"other"));
    altered(&|c| c.rounds[1].reals += 1);
    altered(&|c| c.result = Digest::of(b"other"));
    altered(&|c| c.check.fixed_point = 1e-6);
    altered(&|c| c.check.cases[0] = 1_000_000);
    altered(&|c| c.grid = None);
    altered(&|c| c.grid = Some(GridError::StandardErrors(0.5)));
    let mut other = totals.clone();
    other[1].reals[0] += 1e-9;
    assert!(matches!(certificate.verify_totals(&other), Err(CertificateError::Altered { what: "list of totals" })));
    assert!(certificate.verify_totals(&totals[..2]).is_err());
}
