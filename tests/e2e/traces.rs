//! One run is one trace, from whichever processes its spans come.

use std::collections::BTreeSet;

use renkei_testkit::{Collector, LocalCluster, Span, Study};

/// All that a span may say besides its name: ids and counts.
const SAYABLE: [&str; 7] = ["run", "stage", "shard", "shards", "attempt", "target", "level"];

#[test]
fn spans_of_coordinator_and_workers_are_one_trace_of_ids() {
    let Some(mut study) = Study::of_slides(6).unwrap() else { return };
    let collector = Collector::start().unwrap();
    let program = study.program.clone().with_environment(collector.environment());
    let folder = study.input().with_file_name("cluster");
    let Some(cluster) = LocalCluster::up(&program, &folder, &[]).unwrap() else { return };
    study.spec.store = cluster.store("traced");
    study.write(&study.spec).unwrap();
    let run = cluster.submit(&study.run_yaml()).unwrap();
    assert_eq!(cluster.follow(&run).unwrap()["state"], "sealed");
    // What waits is sent when the processes end.
    drop(cluster);
    let of_run = |span: &&Span| span.attributes.get("run") == Some(&run);
    let spans = collector.spans();
    let traces: BTreeSet<_> = spans.iter().filter(of_run).map(|span| &span.trace).collect();
    assert_eq!(traces.len(), 1, "{spans:?}");
    let of_trace: Vec<&Span> = spans.iter().filter(|span| traces.contains(&span.trace)).collect();
    let services = |name: &str| -> BTreeSet<&str> {
        of_trace.iter().filter(|span| span.name == name).map(|span| span.service.as_str()).collect()
    };
    assert_eq!(services("stage"), ["renkei-coordinator"].into());
    assert_eq!(services("try"), ["renkei-worker"].into());
    let root: Vec<_> = of_trace.iter().filter(|span| span.parent.is_empty()).collect();
    assert!(matches!(root[..], [root] if root.name == "run"), "{root:?}");
    let shards: BTreeSet<_> =
        of_trace.iter().filter(|span| span.name == "try").map(|span| &span.attributes["shard"]).collect();
    assert!(shards.len() >= 6, "{shards:?}");
    let named = ["run", "stage", "try", "compute", "commit"];
    for span in of_trace {
        assert!(named.contains(&span.name.as_str()), "{span:?}");
        assert!(span.attributes.keys().all(|key| SAYABLE.contains(&key.as_str())), "{span:?}");
    }
}
