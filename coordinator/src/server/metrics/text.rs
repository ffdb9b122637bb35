//! The figures, in Prometheus' text format 0.0.4.

use std::fmt::Write as _;

use super::super::terms::Terms;
use crate::runs::Census;

/// All figures now. A standby, or a leader whose store of facts does not answer, tells only that.
pub(super) async fn of(terms: &Terms, name: &str) -> String {
    let term = terms.present();
    let mut text = String::new();
    let leads = u64::from(term.is_some());
    family(&mut text, "renkei_leading", "gauge", "1 on the coordinator that leads, 0 on one that stands by");
    sample(&mut text, "renkei_leading", &[("coordinator", name)], leads as f64);
    let Some(term) = term else { return text };
    family(&mut text, "renkei_leader_epoch", "gauge", "Fencing number of the term");
    sample(&mut text, "renkei_leader_epoch", &[], term.epoch as f64);
    match term.host.census().await {
        Ok(census) => figures(&mut text, &census),
        Err(error) => tracing::warn!(%error, "no figures of runs"),
    }
    text
}

fn figures(text: &mut String, census: &Census) {
    family(text, "renkei_runs", "gauge", "Runs by state");
    for (state, runs) in &census.runs {
        sample(text, "renkei_runs", &[("state", state)], *runs as f64);
    }
    family(text, "renkei_shards", "gauge", "Shards of the runs that this leader worked on");
    for (stage, shards) in &census.shards {
        let states = [
            ("planned", shards.planned),
            ("committed", shards.committed),
            ("in_flight", shards.in_flight),
            ("set_aside", shards.set_aside),
        ];
        for (state, count) in states {
            sample(text, "renkei_shards", &[("stage", stage.name()), ("state", state)], count as f64);
        }
    }
    family(text, "renkei_workers", "gauge", "Workers that are not lost");
    for (state, workers) in [("working", census.working), ("draining", census.draining)] {
        sample(text, "renkei_workers", &[("state", state)], workers as f64);
    }
    family(text, "renkei_slots", "gauge", "Shards that the workers can try at once");
    sample(text, "renkei_slots", &[], census.slots as f64);
    family(text, "renkei_shards_waiting", "gauge", "Shards handed to the engine that no worker has yet");
    sample(text, "renkei_shards_waiting", &[], census.waiting as f64);
    family(text, "renkei_tiles_per_second", "gauge", "Tiles encoded in a second, over the last seconds");
    sample(text, "renkei_tiles_per_second", &[], census.tiles_per_second);
}

fn family(text: &mut String, name: &str, kind: &str, what: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# HELP {name} {what}.\n# TYPE {name} {kind}");
}

/// Label values are names of this program or of certificates: none holds a quote, a backslash or a line's end.
fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: f64) {
    let labels: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let _ = writeln!(text, "{name}{labels} {value}");
}
