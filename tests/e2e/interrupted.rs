//! Killed at twenty random moments, a run ends with the same bytes as one that was left alone.

use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use renkei_testkit::{Study, manifest_in};

const KILLS: usize = 20;

#[test]
fn a_run_killed_at_twenty_random_moments_ends_with_the_same_bytes() {
    let Some(mut study) = Study::prepare().unwrap() else { return };
    let undisturbed = study.with_store("undisturbed").unwrap();
    let begun = Instant::now();
    run_to_the_end(&study);
    let whole = begun.elapsed();
    let baseline = manifest_in(&undisturbed).unwrap();

    let disturbed = study.with_store("disturbed").unwrap();
    let mut moments = ChaCha8Rng::seed_from_u64(11);
    let mut killed_at_work = 0;
    for _ in 0..KILLS {
        killed_at_work += usize::from(kill_after(&study, whole.mul_f64(moments.random_range(0.02..0.5))));
        if disturbed.join("runs").exists() && manifest_in(&disturbed).is_ok() {
            std::fs::remove_dir_all(&disturbed).unwrap();
        }
    }
    run_to_the_end(&study);
    let after = manifest_in(&disturbed).unwrap();
    assert!(killed_at_work >= KILLS / 2, "only {killed_at_work} of {KILLS} kills met a run at work");
    assert_eq!(after.merkle_root, baseline.merkle_root);
    assert_eq!(contents(&after), contents(&baseline));
    let store = disturbed.display().to_string();
    let verified = study.program.run(&["verify", "--store", &store]).unwrap();
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}

/// Digests of all objects in order, whoever wrote them.
fn contents(manifest: &renkei_domain::record::Manifest) -> Vec<String> {
    let artifacts = manifest.stages.iter().flat_map(|stage| &stage.commits).flat_map(|commit| &commit.artifacts);
    artifacts.map(|artifact| format!("{} {}", artifact.name, artifact.sha256)).collect()
}

fn run_to_the_end(study: &Study) {
    let arguments = study.run_arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = study.program.run(&arguments).unwrap();
    assert_eq!(output.code, Some(0), "{}", output.err);
}

/// Starts a run and ends it by SIGKILL after `moment`; whether it was still at work then.
fn kill_after(study: &Study, moment: Duration) -> bool {
    let arguments = study.run_arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut running = study.program.start(&arguments).unwrap();
    // The moment is what is tested: any moment must do, so nothing is waited for.
    std::thread::sleep(moment);
    let at_work = running.try_wait().unwrap().is_none();
    running.kill().unwrap();
    running.wait().unwrap();
    at_work
}
