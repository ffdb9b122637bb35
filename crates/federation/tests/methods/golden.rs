//! The reference values of `golden/fed.txt`: pbc312.csv in three sites by `id % 3`.

use std::path::{Path, PathBuf};

use renkei_federation::{
    certificate::{Adding, Follow, pooled, run},
    methods::{
        Covariate, CoxBySite, CoxOnGrid, CurvesOnGrid, Method, Outcome, PrincipalComponents, Table, Times, YearlyHazard,
    },
};
use renkei_stats::{
    cox::Ties,
    hazard::{Effects, Link, Years},
};

use super::cohort::{cases, cox, off};

const NAMES: [&str; 5] = ["age", "edema", "lb", "la", "lp"];

fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    named.into_iter().chain(beside).find(|folder| folder.join("golden").is_dir())
}

/// Three sites; none (with a note) where the shared folder is absent. Causes: 1 for any event as in `fed.py`, or death and
/// transplant apart.
fn sites(apart: bool) -> Option<Vec<(String, Table)>> {
    let Some(folder) = shared() else {
        println!("skipped: ../shared/golden is absent");
        return None;
    };
    let text = std::fs::read_to_string(folder.join("golden/pbc312.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').map(|name| name.trim_matches('"')).collect();
    let rows: Vec<Vec<f64>> = lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    let place = |name: &str| names.iter().position(|found| *found == name).unwrap();
    let site = |site: usize| {
        let own: Vec<&Vec<f64>> = rows.iter().filter(|row| row[place("id")] as usize % 3 == site).collect();
        let column = |name: &str| -> Vec<f64> { own.iter().map(|row| row[place(name)]).collect() };
        let cause =
            column("st").into_iter().map(|st| if apart { [0, 2, 1][st as usize] } else { usize::from(st > 0.0) });
        let table = Table::of_cases(cases(column("id").iter().map(|id| *id as usize)))
            .with_follow_up(column("etime"), cause.collect())
            .unwrap();
        let table = NAMES.iter().fold(table, |table, name| table.with_column(name, column(name)).unwrap());
        (format!("site-{site}"), table)
    };
    Some((0..3).map(site).collect())
}

fn covariates() -> Vec<Covariate> {
    NAMES.iter().map(|name| Covariate::plain(name)).collect()
}

#[track_caller]
fn near(ours: &[f64], reference: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), reference.len());
    for (a, b) in ours.iter().zip(reference) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }
}

#[test]
fn cox_by_site_is_that_of_the_reference() {
    let Some(sites) = sites(false) else { return };
    let method = Method::CoxBySite(CoxBySite { covariates: covariates(), ties: Ties::Efron });
    let done = run(&method, &sites, Adding::FixedPoint).unwrap();
    let fitted = cox(&done.outcome);
    near(&fitted.coefficients, &[0.02047898, 0.86336646, 0.88533813, -2.82029394, 2.11302805], 5e-9);
    near(&fitted.std_errors(), &[0.00814827, 0.29869164, 0.09635166, 0.70731236, 1.02892938], 5e-9);
    assert!((fitted.log_likelihood + 485.1797501094307).abs() < 1e-9, "{}", fitted.log_likelihood);
    assert_eq!((fitted.cases, fitted.events), (312, 144));
    let [plain, fixed] = [Adding::Plain, Adding::FixedPoint].map(|adding| off(&method, &sites, adding));
    println!("pbc312 Cox by site: {} rounds, plain {plain:.1e}, fixed point {fixed:.1e}", done.totals.len());
    assert!(plain <= 1e-9 && fixed <= 1e-9);
}

#[test]
fn cox_on_exact_times_is_r_s_pooled_fit() {
    let Some(sites) = sites(false) else { return };
    let mut times: Vec<f64> = Vec::new();
    for (_, table) in &sites {
        times.extend(table.follow_up().unwrap().0);
    }
    times.sort_by(f64::total_cmp);
    times.dedup();
    let times = Times::new(times).unwrap();
    for ties in [Ties::Efron, Ties::Breslow] {
        let method = Method::CoxOnGrid(CoxOnGrid { covariates: covariates(), ties, times: times.clone() });
        let done = run(&method, &sites, Adding::FixedPoint).unwrap();
        let fitted = cox(&done.outcome);
        if ties == Ties::Efron {
            let r = [0.0193634547724, 0.7521500051432, 0.8692572317617, -2.8697689312829, 2.1641523198281];
            near(&fitted.coefficients, &r, 1e-10);
            assert!((fitted.log_likelihood + 642.5629856322366).abs() < 1e-9, "{}", fitted.log_likelihood);
        }
        let [plain, fixed] = [Adding::Plain, Adding::FixedPoint].map(|adding| off(&method, &sites, adding));
        println!("pbc312 Cox on days, {ties:?}: {} rounds, plain {plain:.1e}, fixed {fixed:.1e}", done.totals.len());
        assert!(plain <= 1e-9 && fixed <= 1e-9, "{plain:e} {fixed:e}");
    }
}

/// `fed.txt`: "coarsen quarter efron max|db|/se 0.0382 distinct event bins 42", breslow 0.2597.
#[test]
fn quarters_move_coefficients_as_the_reference_says() {
    let Some(sites) = sites(false) else { return };
    let times = Times::regular(4.0, 13.0).unwrap();
    for (ties, expected) in [(Ties::Efron, 0.0382), (Ties::Breslow, 0.2597)] {
        let method = Method::CoxOnGrid(CoxOnGrid { covariates: covariates(), ties, times: times.clone() });
        let ours = run(&method, &sites, Adding::FixedPoint).unwrap().outcome;
        // The reference moves from its pooled Efron fit, in that fit's standard errors.
        let efron = Method::CoxOnGrid(CoxOnGrid { covariates: covariates(), ties: Ties::Efron, times: times.clone() });
        let exact = pooled(&efron, &sites, Follow::Exact).unwrap();
        let shifts = cox(&ours).coefficients.iter().zip(&cox(&exact).coefficients);
        let moved = shifts.zip(cox(&exact).std_errors()).map(|((a, b), se)| (a - b).abs() / se).fold(0.0, f64::max);
        assert!((moved - expected).abs() < 5e-5, "{ties:?} {moved}");
        assert!(off(&method, &sites, Adding::FixedPoint) <= 1e-9);
    }
}

#[test]
fn yearly_hazard_is_that_of_the_reference() {
    let Some(sites) = sites(false) else { return };
    let years = Years::new(vec![1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
    let terms = YearlyHazard { covariates: covariates(), years, link: Link::Logit, effects: Effects::Common };
    for (effects, value) in [(Effects::Common, -249.217196595), (Effects::ByYear, -227.029340302)] {
        let method = Method::YearlyHazard(YearlyHazard { effects, ..terms.clone() });
        let Outcome::Hazard(fitted) = run(&method, &sites, Adding::FixedPoint).unwrap().outcome else { panic!() };
        assert_eq!((fitted.person_years, fitted.events), (1259, 98));
        assert!((fitted.log_likelihood - value).abs() < 1e-9, "{}", fitted.log_likelihood);
        for adding in [Adding::Plain, Adding::FixedPoint] {
            let off = off(&method, &sites, adding);
            println!("pbc312 yearly hazard, {effects:?}, {adding:?}: {off:.1e}");
            assert!(off <= 1e-9, "{off:e}");
        }
    }
}

/// `fed.txt`: KM [0.92948718 0.89102564 0.78433115 0.71864881 0.67220722] at 1 to 5 years.
#[test]
fn curves_on_days_are_those_of_the_reference() {
    let Some(sites) = sites(false) else { return };
    let method =
        Method::CurvesOnGrid(CurvesOnGrid { times: Times::regular(365.25, 13.0).unwrap(), causes: 1, group: None });
    let Outcome::Curves(curves) = run(&method, &sites, Adding::FixedPoint).unwrap().outcome else { panic!() };
    let survival: Vec<f64> = (1..=5).map(|year| curves.groups[0].kaplan_meier.survival_at(f64::from(year))).collect();
    near(&survival, &[0.92948718, 0.89102564, 0.78433115, 0.71864881, 0.67220722], 5e-9);
    assert_eq!(off(&method, &sites, Adding::Plain), 0.0);
}

#[test]
fn incidence_and_components_of_real_records_equal_pooled() {
    let Some(sites) = sites(true) else { return };
    let methods = [
        Method::CurvesOnGrid(CurvesOnGrid { times: Times::regular(4.0, 12.0).unwrap(), causes: 2, group: None }),
        Method::PrincipalComponents(PrincipalComponents { columns: covariates(), count: 3 }),
    ];
    for method in methods {
        // The ordinary components take 32-bit features.
        let tolerance = if matches!(method, Method::CurvesOnGrid(_)) { 0.0 } else { 1e-6 };
        let found = off(&method, &sites, Adding::FixedPoint);
        assert!(found <= tolerance, "{} {found:e}", method.name());
    }
}
