//! Federated equals pooled, for every registered method.

use renkei_federation::{
    certificate::{Adding, add, check_set, run},
    methods::{Method, Sums},
};

use super::cohort::{all_methods, off, sites};

#[test]
fn every_registered_method_is_tested_here() {
    let mut tested: Vec<&str> = all_methods().iter().map(|(_, method)| method.name()).collect();
    tested.dedup();
    assert_eq!(tested, Method::names());
}

/// The table of `docs/federation.md`: run with `--nocapture`.
#[test]
fn equals_pooled_to_a_billionth_plain_and_rounded() {
    println!("| method | rounds | counts, reals a site and round (largest) | bytes | plain | fixed point |");
    let mut apart = Vec::new();
    for (name, method) in all_methods() {
        let tables = check_set(&method, &sites(3), &[160, 200, 240], 20_261_124).unwrap();
        let [plain, fixed] = [Adding::Plain, Adding::FixedPoint].map(|adding| off(&method, &tables, adding));
        let done = run(&method, &tables, Adding::FixedPoint).unwrap();
        let largest = done.totals.iter().max_by_key(|total| total.len()).unwrap();
        println!(
            "| {name} | {} | {}, {} | {} | {plain:.1e} | {fixed:.1e} |",
            done.totals.len(),
            largest.counts.len(),
            largest.reals.len(),
            16 * largest.len()
        );
        if !(plain <= 1e-9 && fixed <= 1e-9) {
            apart.push((name, plain, fixed));
        }
    }
    assert!(apart.is_empty(), "{apart:?}");
}

#[test]
fn sums_in_another_order_give_the_same_total() {
    for (name, method) in all_methods() {
        let mut tables = check_set(&method, &sites(3), &[60, 80, 100], 3).unwrap();
        let forward = run(&method, &tables, Adding::FixedPoint).unwrap();
        tables.rotate_left(1);
        tables.swap(0, 1);
        let backward = run(&method, &tables, Adding::FixedPoint).unwrap();
        assert_eq!(forward, backward, "{name}");
    }
}

#[test]
fn adding_is_associative_in_fixed_point() {
    let sums = |reals: [f64; 2]| Sums { counts: vec![1], reals: reals.to_vec() };
    let parts = [sums([1e9, 0.1]), sums([-1e9, 0.2]), sums([1e-7, 0.3])];
    let whole = add(&parts, Adding::FixedPoint).unwrap();
    let first = add(&parts[..2], Adding::FixedPoint).unwrap();
    assert_eq!(add(&[first, parts[2].clone()], Adding::FixedPoint).unwrap(), whole);
    assert_eq!(whole.counts, vec![3]);
    let step = 1.0 / (1_u64 << 40) as f64;
    assert!((whole.reals[0] - 1e-7).abs() <= step && (whole.reals[1] - 0.6).abs() <= 2.0 * step, "{whole:?}");
}
