//! The run specs of the demo: one that runs, and one that the leakage guard must refuse.

/// The spec's text; `$NAME`, `$SEED`, `$LEAKS` and `$DISTINCT` are filled in.
pub(crate) const TEMPLATE: &str = include_str!("run.yaml");
/// Predictors known only after the operation.
const LEAKS: &str = "    # Known only from the specimen or later: the leakage guard refuses each of these.
    - { column: sGS, kind: category }
    - { column: OrganConfined, kind: number }
    - { column: TVol, kind: category }
    - { column: AnyAdjTherapy, kind: number }
";

/// `run.yaml` for a seed and a number of distinct tissue tiles.
pub(crate) fn run(seed: u64, distinct: usize) -> String {
    filled("demo", "", seed, distinct)
}

/// `leaky.yaml`: the same with predictors that leak.
pub(crate) fn leaky(seed: u64, distinct: usize) -> String {
    filled("demo-leaky", LEAKS, seed, distinct)
}

fn filled(name: &str, leaks: &str, seed: u64, distinct: usize) -> String {
    TEMPLATE
        .replace("$NAME", name)
        .replace("$SEED", &seed.to_string())
        .replace("$LEAKS\n", &format!("{leaks}\n"))
        .replace("$DISTINCT", &distinct.to_string())
}

#[cfg(test)]
mod tests {
    use renkei_domain::spec::{Known, RunSpec};

    use super::*;

    fn read(text: &str) -> RunSpec {
        assert!(!text.contains('$'), "a placeholder is left");
        let document = serde_norway::Deserializer::from_str(text);
        let spec: RunSpec = serde_norway::with::singleton_map_recursive::deserialize(document).unwrap();
        assert_eq!(spec.check(), Ok(()));
        spec
    }

    #[test]
    fn the_spec_is_whole_and_every_predictor_was_known_before() {
        let spec = read(&run(7, 18));
        assert_eq!((spec.seed, spec.tiles.stride_px), (7, Some(240)));
        assert!(spec.banner.unwrap().starts_with("Planted"));
        assert_eq!(spec.cohort.predictors.len(), 7);
        for predictor in &spec.cohort.predictors {
            assert_eq!(spec.cohort.columns[&predictor.column].known, Known::BeforeIndex, "{}", predictor.column);
        }
    }

    #[test]
    fn the_leaky_spec_differs_by_name_and_four_leaks_only() {
        let (mut leaky, run) = (read(&leaky(7, 18)), read(&run(7, 18)));
        let leaks = leaky.cohort.predictors.split_off(run.cohort.predictors.len());
        assert_eq!(
            leaks.iter().map(|p| &*p.column).collect::<Vec<_>>(),
            ["sGS", "OrganConfined", "TVol", "AnyAdjTherapy"]
        );
        assert!(leaks.iter().all(|p| leaky.cohort.columns[&p.column].known == Known::AfterIndex));
        leaky.name = run.name.clone();
        assert_eq!(leaky, run);
    }
}
