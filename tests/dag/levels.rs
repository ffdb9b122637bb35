//! Which way dependencies point (DESIGN section 2).

use crate::workspace::Package;

/// Each level may use the levels above it in this table, never those below.
const LEVELS: [&[&str]; 9] = [
    &["domain", "runtime", "stats"],
    &["proto", "transport", "metastore", "artifacts", "slide", "inference", "stage", "model", "telemetry"],
    &["records"],
    &["cohort", "federation", "report", "demo", "planted"],
    &["launch", "consortium"],
    &["coordinator", "worker"],
    &["cli"],
    &["testkit"],
    &["tests"],
];

/// The only edges inside one level: `proto` carries the tickets, tries and failures of `stage`. Coordinator and worker
/// never get one.
const INSIDE: [(&str, &str); 2] = [("runtime", "domain"), ("proto", "stage")];

/// Packages of pure words and pure arithmetic, and the families of packages that they never name.
const PURE: [&str; 2] = ["domain", "stats"];
const IMPURE: [&str; 5] = ["tokio", "tonic", "arrow", "object_store", "datafusion"];

/// Every edge that points the wrong way, in words.
pub(crate) fn faults(packages: &[Package]) -> Vec<String> {
    let edges = packages.iter().flat_map(|package| package.dependencies.iter().map(move |on| (&*package.name, &**on)));
    let ours = |name: &str| packages.iter().any(|package| package.name == name);
    let unknown = packages.iter().filter(|package| level(&package.name).is_none());
    let mut faults: Vec<String> =
        unknown.map(|package| format!("{} has no level: give it one in tests/dag/levels.rs", package.name)).collect();
    for (from, on) in edges {
        if ours(on) && level(from).is_some() && !allowed(from, on) {
            faults.push(format!("{from} depends on {on}, which its level may not"));
        }
        if PURE.contains(&from) && IMPURE.iter().any(|family| in_family(on, family)) {
            faults.push(format!("{from} depends on {on}, but {from} is pure"));
        }
    }
    faults
}

fn level(name: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&name))
}

fn allowed(from: &str, on: &str) -> bool {
    level(on) < level(from) || INSIDE.contains(&(from, on))
}

/// Whether `name` is `family` or one of its parts, as `arrow-array` is of `arrow`.
fn in_family(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[test]
fn edges_the_wrong_way_are_found() {
    let package = |name: &str, dependencies: &[&str]| Package {
        name: name.to_owned(),
        folder: "".into(),
        dependencies: dependencies.iter().map(|&on| on.to_owned()).collect(),
    };
    let found = faults(&[
        package("domain", &["serde", "runtime", "arrow-array"]),
        package("runtime", &["domain", "tokio"]),
        package("stats", &["tokio-util", "tokiosaurus"]),
        package("coordinator", &["worker", "domain"]),
        package("worker", &["stats", "coordinator"]),
        package("common", &["domain"]),
    ]);
    assert_eq!(
        found,
        [
            "common has no level: give it one in tests/dag/levels.rs",
            "domain depends on runtime, which its level may not",
            "domain depends on arrow-array, but domain is pure",
            "stats depends on tokio-util, but stats is pure",
            "coordinator depends on worker, which its level may not",
            "worker depends on coordinator, which its level may not",
        ]
    );
}
