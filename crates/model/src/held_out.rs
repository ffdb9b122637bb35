//! Predictions of cases by a model that has not seen them.

use renkei_stats::cox::Ties;

use crate::{
    Fold,
    design::Design,
    fit::{Linear, fit},
    penalty,
    seeds::{Purpose, seed_for},
};

/// Where the penalty of a training part comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice {
    /// Chosen inside the training part by as many folds again.
    Nested {
        /// Seed of the run.
        seed: u64,
    },
    /// The same multiple of the events everywhere.
    Fixed {
        /// The multiple.
        multiple: f64,
    },
}

/// Held-out linear predictors, one a row of the design.
#[derive(Debug)]
pub(crate) struct HeldOut {
    pub(crate) predictor: Vec<f64>,
    pub(crate) folds: Vec<Fold>,
}

/// Fits without every fold in turn and predicts it. `fold` holds a number below `folds`, one a row.
///
/// # Errors
/// In words, with the fold.
pub(crate) fn predict_held_out(
    design: &Design,
    fold: &[usize],
    folds: usize,
    ties: Ties,
    choice: Choice,
) -> Result<HeldOut, String> {
    let mut all = HeldOut { predictor: vec![0.0; design.rows()], folds: Vec::with_capacity(folds) };
    for held_out in 0..folds {
        let (out, training): (Vec<usize>, Vec<usize>) = (0..design.rows()).partition(|row| fold[*row] == held_out);
        let part = design.select(&training);
        let in_fold = |reason: String| format!("without fold {}: {reason}", held_out + 1);
        let (fitted, multiple) = fit_part(&part, folds, ties, choice, held_out).map_err(in_fold)?;
        for row in &out {
            all.predictor[*row] = fitted.predict(design.row(*row));
        }
        let constant = fitted.unused.iter().filter(|column| **column < design.shrunk_from);
        all.folds.push(Fold {
            training_cases: part.rows(),
            training_events: part.events(),
            held_out_cases: out.len(),
            penalty_multiple: multiple,
            constant_columns: constant.map(|column| design.name(*column).to_owned()).collect(),
        });
    }
    Ok(all)
}

fn fit_part(
    part: &Design,
    folds: usize,
    ties: Ties,
    choice: Choice,
    held_out: usize,
) -> Result<(Linear, Option<f64>), String> {
    if part.events() < 2 {
        return Err("fewer than 2 events are left to train on".to_owned());
    }
    let explain = |error| part.explain(&error);
    let multiple = match choice {
        _ if part.shrunk_from == part.columns => None,
        Choice::Fixed { multiple } => Some(multiple),
        Choice::Nested { seed } => {
            let seed = seed_for(seed, Purpose::InnerFolds(held_out));
            Some(penalty::choose(part, ties, folds, seed).map_err(explain)?.multiple)
        }
    };
    let fitted = fit(part, ties, multiple.unwrap_or(0.0)).map_err(explain)?;
    Ok((fitted, multiple))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Images, Input, Records};

    fn design() -> Design {
        let spread = |i: u64, step: u64, modulus: u64| i * step % modulus;
        let columns = vec![Column { name: "x".into(), group: "x".into() }];
        let input = Input {
            time_years: (0..60).map(|i| spread(i, 17, 41) as f64 / 4.0 + 0.5).collect(),
            event: (0..60).map(|i| spread(i, 7, 5) < 3).collect(),
            records: Records { values: (0..60).map(|i| spread(i, 23, 29) as f64).collect(), columns },
            images: None,
        };
        let counts = (0..240).map(|i| spread(i, 31, 37) + 1).collect();
        let cases: Vec<usize> = (0..60).collect();
        Design::records(&input, &cases).with_proportions(&Images { counts, key_features: 4 })
    }

    #[test]
    fn outcomes_of_a_fold_do_not_touch_its_own_predictions() {
        let design = design();
        let fold: Vec<usize> = (0..60).map(|row| row % 4).collect();
        let predict = |design: &Design| {
            predict_held_out(design, &fold, 4, Ties::Efron, Choice::Nested { seed: 9 }).unwrap().predictor
        };
        let mut changed = design.clone();
        for row in (0..60).filter(|row| fold[*row] == 2) {
            (changed.time[row], changed.event[row]) = (20.0 - design.time[row], !design.event[row]);
        }
        let (before, after) = (predict(&design), predict(&changed));
        let same: Vec<bool> = before.iter().zip(&after).map(|(a, b)| a == b).collect();
        assert_eq!(same, fold.iter().map(|fold| *fold == 2).collect::<Vec<_>>());
    }

    #[test]
    fn a_column_constant_in_training_counts_for_nothing_there() {
        let mut design = design();
        let fold: Vec<usize> = (0..60).map(|row| row % 4).collect();
        for (row, fold) in fold.iter().enumerate() {
            design.values[row * 5] = if *fold == 0 { row as f64 } else { 0.0 };
        }
        let held_out = predict_held_out(&design, &fold, 4, Ties::Efron, Choice::Fixed { multiple: 1.0 }).unwrap();
        let constant = held_out.folds.iter().map(|fold| fold.constant_columns.len()).collect::<Vec<_>>();
        assert_eq!(constant, vec![1, 0, 0, 0]);
        assert_eq!(held_out.folds[0].constant_columns, vec!["x".to_owned()]);
        let mut moved = design.clone();
        (0..60).filter(|row| fold[*row] == 0).for_each(|row| moved.values[row * 5] += 3.0);
        let again = predict_held_out(&moved, &fold, 4, Ties::Efron, Choice::Fixed { multiple: 1.0 }).unwrap();
        (0..60).filter(|row| fold[*row] == 0).for_each(|row| assert_eq!(again.predictor[row], held_out.predictor[row]));
    }

    #[test]
    fn a_training_part_without_events_is_named() {
        let mut design = design();
        let fold: Vec<usize> = (0..60).map(|row| row % 4).collect();
        design.event = fold.iter().map(|fold| *fold == 1).collect();
        let choice = Choice::Nested { seed: 9 };
        let reason = predict_held_out(&design, &fold, 4, Ties::Efron, choice).unwrap_err();
        assert!(reason.starts_with("without fold 2: fewer than 2 events"), "{reason}");
    }
}
