//! The vitals in the text format of Prometheus.

use std::fmt::Write as _;

use crate::agent::tries::Ended;

/// What a worker tells of itself.
#[derive(Debug, Clone, Default)]
pub(in crate::agent) struct Vitals {
    /// Shards at once.
    pub(in crate::agent) slots: u32,
    /// Tries in hand.
    pub(in crate::agent) busy: usize,
    /// How earlier tries ended.
    pub(in crate::agent) ended: Ended,
    /// Grid cells looked at, over all runs since the process started.
    pub(in crate::agent) looked_at: u64,
    /// Tiles encoded, likewise.
    pub(in crate::agent) encoded: u64,
    /// Memory that the process has resident, bytes.
    pub(in crate::agent) resident: u64,
    /// Memory for decoded rows and features, bytes, and what of it is free.
    pub(in crate::agent) budget: (u64, u64),
    /// Runs open.
    pub(in crate::agent) open_runs: usize,
    /// Address and term of the coordinator that leads, if one does.
    pub(in crate::agent) coordinator: Option<(String, u64)>,
    /// Whether the worker is leaving.
    pub(in crate::agent) draining: bool,
}

impl Vitals {
    /// Whether a coordinator may give this worker shards.
    pub(in crate::agent) fn takes_shards(&self) -> bool {
        self.coordinator.is_some() && !self.draining
    }
}

/// `vitals` as Prometheus reads them.
pub(in crate::agent) fn text(vitals: &Vitals) -> String {
    let mut out = String::new();
    let Vitals { slots, busy, ended, looked_at, encoded, resident, budget, open_runs, coordinator, draining } = vitals;
    one(&mut out, "slots", "gauge", "Shards that this worker tries at once.", u64::from(*slots));
    one(&mut out, "busy", "gauge", "Tries in hand.", *busy as u64);
    head(&mut out, "tries_total", "counter", "Tries that ended, by outcome.");
    line(&mut out, "tries_total{outcome=\"committed\"}", ended.committed);
    for (kind, count) in &ended.failed {
        line(&mut out, &format!("tries_total{{outcome=\"{kind}\"}}"), *count);
    }
    one(&mut out, "tiles_looked_at_total", "counter", "Grid cells looked at for tissue.", *looked_at);
    one(&mut out, "tiles_encoded_total", "counter", "Tiles encoded.", *encoded);
    one(&mut out, "resident_bytes", "gauge", "Memory that the process has resident.", *resident);
    one(&mut out, "budget_bytes", "gauge", "Memory that buffers may hold together.", budget.0);
    one(&mut out, "budget_free_bytes", "gauge", "Memory of the budget that nobody holds.", budget.1);
    one(&mut out, "open_runs", "gauge", "Runs that are open.", *open_runs as u64);
    one(&mut out, "draining", "gauge", "1 where the worker takes no new shards.", u64::from(*draining));
    if let Some((url, epoch)) = coordinator {
        head(&mut out, "coordinator_epoch", "gauge", "Term of the coordinator that leads, by its address.");
        line(&mut out, &format!("coordinator_epoch{{url=\"{}\"}}", escaped(url)), *epoch);
    }
    out
}

fn one(out: &mut String, name: &str, kind: &str, help: &str, value: u64) {
    head(out, name, kind, help);
    line(out, name, value);
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing into a string cannot fail.
    let _ = write!(out, "# HELP renkei_worker_{name} {help}\n# TYPE renkei_worker_{name} {kind}\n");
}

fn line(out: &mut String, name: &str, value: u64) {
    let _ = writeln!(out, "renkei_worker_{name} {value}");
}

/// A label's value.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_sample_follows_its_head_and_labels_are_escaped() {
        let vitals = Vitals {
            slots: 2,
            ended: Ended { committed: 7, failed: BTreeMap::from([("cancelled", 1)]) },
            coordinator: Some(("https://c\"1:1".to_owned(), 3)),
            ..Vitals::default()
        };
        let text = text(&vitals);
        assert!(text.contains("# TYPE renkei_worker_slots gauge\nrenkei_worker_slots 2\n"), "{text}");
        assert!(text.contains("renkei_worker_tries_total{outcome=\"committed\"} 7\n"), "{text}");
        assert!(text.contains("renkei_worker_tries_total{outcome=\"cancelled\"} 1\n"), "{text}");
        assert!(text.contains("renkei_worker_coordinator_epoch{url=\"https://c\\\"1:1\"} 3\n"), "{text}");
        for line in text.lines() {
            let sample = !line.starts_with('#');
            assert!(!sample || line.rsplit_once(' ').unwrap().1.parse::<u64>().is_ok(), "{line}");
        }
    }

    #[test]
    fn a_worker_takes_shards_while_it_is_joined_and_stays() {
        let joined = Vitals { coordinator: Some((String::new(), 1)), ..Vitals::default() };
        assert!(joined.takes_shards());
        assert!(!Vitals { draining: true, ..joined }.takes_shards());
        assert!(!Vitals::default().takes_shards());
    }
}
