//! Key features that are chosen again and again, in the report's words.

use renkei_model::{Findings, Stability};
use renkei_report::Chosen;

/// How often one key feature was chosen.
pub(super) fn chosen(findings: &Findings, key_feature: usize) -> Option<Chosen> {
    let selection = findings.selection.as_ref()?;
    let elastic_net = findings.fusion.as_ref().and_then(|fusion| fusion.elastic_net.done());
    let folds = elastic_net.map(|found| {
        let chose = found.folds.iter().filter(|fold| fold.key_features.contains(&key_feature)).count();
        (chose as u64, found.folds.len() as u64)
    });
    let share = |found: &Stability| found.share.get(key_feature).copied();
    let place = |order: &Vec<renkei_model::Relevance>| order.iter().position(|one| one.key_feature == key_feature);
    Some(Chosen {
        folds,
        stability: selection.stability.done().and_then(share),
        place: selection.relevance.done().and_then(place).map(|place| place as u64 + 1),
    })
}

/// What was chosen again and again, or why nothing can be said.
pub(super) fn sentences(findings: &Findings) -> Vec<String> {
    let Some(selection) = &findings.selection else { return Vec::new() };
    match selection.stability.done() {
        None => vec![format!("No stability selection: {}", super::reason(&selection.stability))],
        Some(found) => vec![of_stability(found)],
    }
}

fn of_stability(found: &Stability) -> String {
    let listed: Vec<String> = found.chosen.iter().map(usize::to_string).collect();
    let which = match &listed[..] {
        [] => "No key feature is stable".to_owned(),
        [one] => format!("Key feature {one} is stable"),
        many => format!("Key features {} are stable", many.join(", ")),
    };
    format!(
        "{which}: chosen in at least {:.0} % of {} random halves of the cases, beside the records (at most {:.1} expected by \
         chance).",
        100.0 * found.threshold,
        2 * found.pairs,
        found.expected_false
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stability(chosen: Vec<usize>) -> Stability {
        Stability { pairs: 50, most: 7, threshold: 0.75, share: vec![0.0; 20], chosen, expected_false: 0.97 }
    }

    #[test]
    fn what_is_stable_is_listed() {
        let sentence = |chosen| of_stability(&stability(chosen));
        assert!(sentence(vec![]).starts_with("No key feature is stable: chosen in at least 75 % of 100"));
        assert!(sentence(vec![3]).starts_with("Key feature 3 is stable"));
        assert!(sentence(vec![3, 7]).starts_with("Key features 3, 7 are stable"));
        assert!(sentence(vec![3]).ends_with("(at most 1.0 expected by chance)."));
    }
}
