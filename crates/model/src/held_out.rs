//! Predictions of cases by a model that has not seen them.

use renkei_stats::cox::Ties;

use crate::{
    Fold,
    design::Design,
    fit::{Linear, fit},
    missing::Fill,
    penalty,
    scheme::Scheme,
    seeds::{Purpose, seed_for},
};

/// Where the penalty of a training part comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice {
    /// Chosen inside the training part.
    Nested {
        /// Folds inside it.
        folds: usize,
        /// Seed of the run.
        seed: u64,
    },
    /// The same multiple of the events everywhere.
    Fixed {
        /// The multiple.
        multiple: f64,
    },
}

/// Held-out predictions, one a row of the design.
#[derive(Debug)]
pub(crate) struct HeldOut {
    /// Linear predictors, each against the mean of its training part.
    pub(crate) predictor: Vec<f64>,
    /// Baseline cumulative hazard of the training part at every horizon, one list a row.
    pub(crate) baseline: Vec<Vec<f64>>,
    pub(crate) folds: Vec<Fold>,
    /// The fit on everything outside each fold, with what it gave to gaps; empty where several imputations were fitted.
    pub(crate) fitted: Vec<(Linear, Fill)>,
}

impl HeldOut {
    /// Room for the predictions of some rows.
    pub(crate) fn empty(rows: usize) -> Self {
        Self { predictor: vec![0.0; rows], baseline: vec![Vec::new(); rows], folds: Vec::new(), fitted: Vec::new() }
    }

    /// Predicted probability of the event by the horizon at `place`, one a row.
    pub(crate) fn probability(&self, place: usize) -> Vec<f64> {
        let one = |(predictor, baseline): (&f64, &Vec<f64>)| -(-baseline[place] * predictor.exp()).exp_m1();
        self.predictor.iter().zip(&self.baseline).map(one).collect()
    }
}

/// What is fitted on and what is held out, fold by fold.
pub(crate) struct TrainingPart {
    /// Number of the fold.
    pub(crate) fold: usize,
    /// The cases outside it, their gaps filled.
    pub(crate) part: Design,
    /// Rows of the whole design in it.
    pub(crate) out: Vec<usize>,
    /// The cases in it, their gaps filled by what was learned in the part.
    pub(crate) held_out: Design,
    /// What was learned.
    pub(crate) fill: Fill,
}

/// The parts of every fold in turn; or why the gaps of one cannot be filled, in words with the fold.
pub(crate) fn training_parts(design: &Design, scheme: &Scheme) -> impl Iterator<Item = Result<TrainingPart, String>> {
    let gaps = design.has_gaps();
    (0..scheme.count).map(move |fold| {
        let (out, training) = split(design, scheme, fold);
        let part = design.select(&training);
        let fill = Fill::learn(&part, gaps).map_err(|reason| format!("without {}: {reason}", scheme.name(fold)))?;
        let held_out = fill.apply(design.select(&out));
        Ok(TrainingPart { fold, part: fill.apply(part), out, held_out, fill })
    })
}

/// Rows in a fold and rows outside it.
pub(crate) fn split(design: &Design, scheme: &Scheme, fold: usize) -> (Vec<usize>, Vec<usize>) {
    (0..design.rows()).partition(|row| scheme.fold[*row] == fold)
}

/// Fits without every fold in turn and predicts it, to probabilities at `horizons_years` too.
///
/// # Errors
/// In words, with the fold.
pub(crate) fn predict_held_out(
    design: &Design,
    scheme: &Scheme,
    ties: Ties,
    choice: Choice,
    horizons_years: &[f64],
) -> Result<HeldOut, String> {
    let mut all = HeldOut::empty(design.rows());
    for training in training_parts(design, scheme) {
        let TrainingPart { fold: held_out, part, out, held_out: cases, fill } = training?;
        let in_fold = |reason: String| format!("without {}: {reason}", scheme.name(held_out));
        let (fitted, multiple) = fit_part(&part, ties, choice, held_out).map_err(in_fold)?;
        let baseline = fitted.cox.baselines.first().ok_or("a fit has no baseline hazard")?;
        for (place, row) in out.iter().enumerate() {
            all.predictor[*row] = fitted.predict(cases.row(place));
            all.baseline[*row] = horizons_years.iter().map(|years| baseline.at(*years)).collect();
        }
        let constant = fitted.unused.iter().filter(|column| **column < design.shrunk_from);
        all.folds.push(Fold {
            training_cases: part.rows(),
            training_events: part.events(),
            held_out_cases: out.len(),
            penalty_multiple: multiple,
            constant_columns: constant.map(|column| design.name(*column).to_owned()).collect(),
        });
        all.fitted.push((fitted, fill));
    }
    Ok(all)
}

fn fit_part(part: &Design, ties: Ties, choice: Choice, held_out: usize) -> Result<(Linear, Option<f64>), String> {
    let multiple = penalty_of(part, ties, choice, held_out)?;
    let fitted = fit(part, ties, multiple.unwrap_or(0.0)).map_err(|error| part.explain(&error))?;
    Ok((fitted, multiple))
}

/// The penalty of a training part as a multiple of its events; none where nothing is penalised.
///
/// # Errors
/// In words.
pub(crate) fn penalty_of(part: &Design, ties: Ties, choice: Choice, held_out: usize) -> Result<Option<f64>, String> {
    if part.events() < 2 {
        return Err("fewer than 2 events are left to train on".to_owned());
    }
    match choice {
        _ if part.shrunk_from == part.columns => Ok(None),
        Choice::Fixed { multiple } => Ok(Some(multiple)),
        Choice::Nested { folds, seed } => {
            let seed = seed_for(seed, Purpose::InnerFolds(held_out));
            let chosen = penalty::choose(part, ties, folds, seed).map_err(|error| part.explain(&error))?;
            Ok(Some(chosen.multiple))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Images, Input, Records};

    const NESTED: Choice = Choice::Nested { folds: 4, seed: 9 };
    const FIXED: Choice = Choice::Fixed { multiple: 1.0 };

    fn scheme() -> Scheme {
        Scheme::random((0..60).map(|row| row % 4).collect(), 4)
    }

    fn design() -> Design {
        let spread = |i: u64, step: u64, modulus: u64| i * step % modulus;
        let columns = vec![Column { name: "x".into(), group: "x".into() }];
        let input = Input {
            time_years: (0..60).map(|i| spread(i, 17, 41) as f64 / 4.0 + 0.5).collect(),
            event: (0..60).map(|i| spread(i, 7, 5) < 3).collect(),
            records: Records { values: (0..60).map(|i| spread(i, 23, 29) as f64).collect(), columns },
            images: None,
            hospitals: None,
        };
        let counts = (0..240).map(|i| spread(i, 31, 37) + 1).collect();
        let cases: Vec<usize> = (0..60).collect();
        Design::records(&input, &cases).with_proportions(&Images { counts, key_features: 4 })
    }

    #[test]
    fn outcomes_of_a_fold_do_not_touch_its_own_predictions() {
        let design = design();
        let scheme = scheme();
        let fold = &scheme.fold;
        let predict = |design: &Design| predict_held_out(design, &scheme, Ties::Efron, NESTED, &[]).unwrap().predictor;
        let mut changed = design.clone();
        for row in (0..60).filter(|row| fold[*row] == 2) {
            (changed.time[row], changed.event[row]) = (20.0 - design.time[row], !design.event[row]);
        }
        let (before, after) = (predict(&design), predict(&changed));
        let same: Vec<bool> = before.iter().zip(&after).map(|(a, b)| a == b).collect();
        assert_eq!(same, fold.iter().map(|fold| *fold == 2).collect::<Vec<_>>());
    }

    #[test]
    fn gaps_of_a_fold_are_filled_by_what_the_others_have() {
        let mut design = design();
        let scheme = scheme();
        (0..60).step_by(3).for_each(|row| design.values[row * 5] = f64::NAN);
        let predict = |design: &Design| predict_held_out(design, &scheme, Ties::Efron, FIXED, &[]).unwrap().predictor;
        let mut changed = design.clone();
        // Row 2 is of fold 2 and has a value; the outcomes of its fold change too.
        changed.values[2 * 5] += 1000.0;
        for row in (0..60).filter(|row| scheme.fold[*row] == 2) {
            (changed.time[row], changed.event[row]) = (20.0 - design.time[row], !design.event[row]);
        }
        let (before, after) = (predict(&design), predict(&changed));
        assert!(before.iter().all(|predictor| predictor.is_finite()));
        let same = |row: &usize| before[*row] == after[*row];
        assert!((0..60).filter(|row| scheme.fold[*row] == 2 && *row != 2).all(|row| same(&row)));
        assert!(!(0..60).filter(|row| scheme.fold[*row] != 2).any(|row| same(&row)));
    }

    #[test]
    fn a_column_constant_in_training_counts_for_nothing_there() {
        let mut design = design();
        let scheme = scheme();
        let fold = &scheme.fold;
        for (row, fold) in fold.iter().enumerate() {
            design.values[row * 5] = if *fold == 0 { row as f64 } else { 0.0 };
        }
        let held_out = predict_held_out(&design, &scheme, Ties::Efron, FIXED, &[]).unwrap();
        let constant = held_out.folds.iter().map(|fold| fold.constant_columns.len()).collect::<Vec<_>>();
        assert_eq!(constant, vec![1, 0, 0, 0]);
        assert_eq!(held_out.folds[0].constant_columns, vec!["x".to_owned()]);
        let mut moved = design.clone();
        (0..60).filter(|row| fold[*row] == 0).for_each(|row| moved.values[row * 5] += 3.0);
        let again = predict_held_out(&moved, &scheme, Ties::Efron, FIXED, &[]).unwrap();
        (0..60).filter(|row| fold[*row] == 0).for_each(|row| assert_eq!(again.predictor[row], held_out.predictor[row]));
    }

    #[test]
    fn a_training_part_without_events_is_named() {
        let mut design = design();
        let scheme = scheme();
        let fold = &scheme.fold;
        design.event = fold.iter().map(|fold| *fold == 1).collect();
        let reason = predict_held_out(&design, &scheme, Ties::Efron, NESTED, &[]).unwrap_err();
        assert!(reason.starts_with("without fold 2: fewer than 2 events"), "{reason}");
    }
}
