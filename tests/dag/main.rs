//! The shape of the workspace: which way dependencies point, how long a file may be, and who may read the clock.

mod levels;
mod sources;
mod workspace;

use workspace::Workspace;

#[test]
fn dependencies_point_one_way() {
    let packages = Workspace::read().packages;
    let runtime = packages.iter().find(|package| package.name == "runtime").unwrap();
    assert!(runtime.dependencies.iter().any(|on| on == "domain"), "an edge that is there was not read");
    report(&levels::faults(&packages));
}

#[test]
fn files_stay_short_and_read_no_ambient_time_or_randomness() {
    let files = Workspace::read().sources();
    assert!(files.len() > 20, "only {} source files were found", files.len());
    report(&sources::faults(&files));
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n  {}", faults.len(), faults.join("\n  "));
}
