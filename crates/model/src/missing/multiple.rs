//! Several draws for every gap, and one model a draw.

use renkei_stats::{
    StatsError,
    cox::Ties,
    imputation::{Imputation, ImputationSettings, impute},
};

use super::Layout;
use crate::{
    Fold,
    design::Design,
    fit::{Linear, fit},
    held_out::{Choice, HeldOut, penalty_of, split},
    missing::Fill,
    scheme::Scheme,
    seeds::{Purpose, seed_for},
};

/// How values are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Imputing {
    pub(crate) imputations: usize,
    /// Seed of the run.
    pub(crate) seed: u64,
}

/// The models of one part, one an imputation.
pub(crate) struct Imputed {
    /// The cases of the part, completed, each with its fit.
    pub(crate) fits: Vec<(Design, Linear)>,
    imputations: Vec<Imputation>,
    seed: u64,
}

impl Imputed {
    /// Imputes `part` and fits every completed copy; `multiple` is the ridge weight of the key features, by event.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn learn(
        part: &Design,
        layout: &Layout,
        (ties, multiple): (Ties, f64),
        (imputations, seed): (usize, u64),
    ) -> Result<Self, String> {
        let in_words = |error: StatsError| match error {
            StatsError::Unobserved { variable } => format!(
                "no case to learn from has a value of `{}`, so nothing can be filled in",
                part.name(layout.first_column(variable))
            ),
            other => part.explain(&other),
        };
        let settings = ImputationSettings { imputations, seed, ..ImputationSettings::default() };
        let outcomes = part.outcomes().map_err(in_words)?;
        let imputations = impute(&layout.variables(part), Some(&outcomes), &settings).map_err(in_words)?;
        let fitted = |imputation: &Imputation| {
            let of_row = |row: usize| imputation.values.iter().map(|values| values[row]).collect();
            let completed = completed(part, layout, (0..part.rows()).map(of_row));
            let fitted = fit(&completed, ties, multiple).map_err(|error| completed.explain(&error))?;
            Ok((completed, fitted))
        };
        let fits = imputations.iter().map(fitted).collect::<Result<_, String>>()?;
        Ok(Self { fits, imputations, seed })
    }

    /// Mean linear predictor over the imputations of cases that the part does not have, each against the mean of its part.
    fn predict(&self, cases: &Design, layout: &Layout) -> Result<Vec<f64>, String> {
        let mut sums = vec![0.0; cases.rows()];
        for (imputation, (_, fitted)) in self.imputations.iter().zip(&self.fits) {
            let filled: Vec<Vec<f64>> = (0..cases.rows())
                .map(|row| imputation.fill(&layout.encode(cases.row(row)), self.seed))
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?;
            let filled = completed(cases, layout, filled.into_iter());
            sums.iter_mut().zip(fitted.predict_all(&filled)).for_each(|(sum, predictor)| *sum += predictor);
        }
        Ok(sums.into_iter().map(|sum| sum / self.fits.len() as f64).collect())
    }

    /// Mean over the imputations of something of a fit.
    pub(crate) fn mean(&self, of: impl Fn(&Linear) -> f64) -> f64 {
        self.fits.iter().map(|(_, fitted)| of(fitted)).sum::<f64>() / self.fits.len() as f64
    }

    /// Mean baseline cumulative hazard at `years`.
    fn baseline(&self, years: f64) -> f64 {
        self.mean(|fitted| fitted.cox.baselines.first().map_or(f64::NAN, |baseline| baseline.at(years)))
    }
}

/// A design with the values of its variables replaced, one list a row.
fn completed(design: &Design, layout: &Layout, values: impl Iterator<Item = Vec<f64>>) -> Design {
    let row = |(row, values): (usize, Vec<f64>)| {
        let mut filled = design.row(row).to_vec();
        layout.decode(&values, &mut filled);
        filled
    };
    design.with_values(values.enumerate().flat_map(row).collect())
}

/// As [`crate::held_out::predict_held_out`], over imputations: each training part is imputed with its outcomes, the held-out
/// cases without theirs. A penalty is chosen on the part with its gaps filled by medians.
///
/// # Errors
/// In words, with the fold.
pub(crate) fn predict_imputed(
    design: &Design,
    scheme: &Scheme,
    ties: Ties,
    choice: Choice,
    horizons_years: &[f64],
    imputing: Imputing,
) -> Result<HeldOut, String> {
    let layout = Layout::of(design)?;
    let mut all = HeldOut::empty(design.rows());
    for fold in 0..scheme.count {
        let in_fold = |reason: String| format!("without {}: {reason}", scheme.name(fold));
        let (out, training) = split(design, scheme, fold);
        let part = design.select(&training);
        let filled = Fill::learn(&part, true).map_err(in_fold)?.apply(part.clone());
        let multiple = penalty_of(&filled, ties, choice, fold).map_err(in_fold)?;
        let draws = (imputing.imputations, seed_for(imputing.seed, Purpose::Imputation(fold)));
        let imputed = Imputed::learn(&part, &layout, (ties, multiple.unwrap_or(0.0)), draws).map_err(in_fold)?;
        let predicted = imputed.predict(&design.select(&out), &layout).map_err(in_fold)?;
        let baseline: Vec<f64> = horizons_years.iter().map(|years| imputed.baseline(*years)).collect();
        for (row, predictor) in out.iter().zip(predicted) {
            all.predictor[*row] = predictor;
            all.baseline[*row].clone_from(&baseline);
        }
        let never_used = |column: &usize| imputed.fits.iter().all(|(_, fitted)| fitted.unused.contains(column));
        all.folds.push(Fold {
            training_cases: part.rows(),
            training_events: part.events(),
            held_out_cases: out.len(),
            penalty_multiple: multiple,
            constant_columns: (0..design.shrunk_from).filter(never_used).map(|at| design.name(at).to_owned()).collect(),
        });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Input, Records};

    const GAP: f64 = f64::NAN;
    const IMPUTING: Imputing = Imputing { imputations: 5, seed: 3 };
    const FIXED: Choice = Choice::Fixed { multiple: 0.0 };

    /// A number, a category of three levels in two columns, and gaps in both.
    fn design() -> Design {
        let spread = |i: u64, step: u64, modulus: u64| i * step % modulus;
        let column = |(name, group): (&str, &str)| Column { name: name.into(), group: group.into() };
        let columns = [("x", "x"), ("g=2", "g"), ("g=3", "g"), ("y", "y")].map(column).to_vec();
        let row = |i: u64| {
            let x = if spread(i, 11, 7) < 2 { GAP } else { spread(i, 23, 29) as f64 };
            let level = spread(i, 13, 3);
            let dummy = |of: u64| if spread(i, 5, 6) == 0 { GAP } else { f64::from(u8::from(level == of)) };
            [x, dummy(1), dummy(2), spread(i, 37, 41) as f64]
        };
        let input = Input {
            time_years: (0..90).map(|i| spread(i, 17, 83) as f64 / 4.0 + 0.5).collect(),
            event: (0..90).map(|i| spread(i, 7, 5) < 3).collect(),
            records: Records { values: (0..90).flat_map(row).collect(), columns },
            images: None,
            hospitals: None,
        };
        Design::records(&input, &(0..90).collect::<Vec<_>>())
    }

    fn scheme() -> Scheme {
        Scheme::random((0..90).map(|row| row % 4).collect(), 4)
    }

    fn predict(design: &Design) -> HeldOut {
        predict_imputed(design, &scheme(), Ties::Efron, FIXED, &[2.0], IMPUTING).unwrap()
    }

    #[test]
    fn outcomes_of_held_out_cases_do_not_touch_their_predictions() {
        let design = design();
        let mut changed = design.clone();
        for row in (0..90).filter(|row| row % 4 == 2) {
            (changed.time[row], changed.event[row]) = (30.0 - design.time[row], !design.event[row]);
        }
        let (before, after) = (predict(&design), predict(&changed));
        let same: Vec<bool> = before.predictor.iter().zip(&after.predictor).map(|(a, b)| a == b).collect();
        assert_eq!(same, (0..90).map(|row| row % 4 == 2).collect::<Vec<_>>());
        assert!(before.predictor.iter().all(|predictor| predictor.is_finite()));
        assert!(before.baseline.iter().all(|baseline| baseline[0] > 0.0));
    }

    #[test]
    fn other_held_out_cases_do_not_touch_a_prediction() {
        let design = design();
        let mut changed = design.clone();
        changed.values[4 * 6 + 3] += 100.0;
        changed.values[4 * 10] = GAP;
        let (before, after) = (predict(&design).predictor, predict(&changed).predictor);
        for row in (2..90).step_by(4).filter(|row| ![6, 10].contains(row)) {
            assert_eq!(before[row], after[row]);
        }
        assert_ne!(before[6], after[6]);
    }

    #[test]
    fn a_category_is_drawn_as_a_whole() {
        let design = design();
        let layout = Layout::of(&design).unwrap();
        let imputed = Imputed::learn(&design, &layout, (Ties::Efron, 0.0), (5, 1)).unwrap();
        for (completed, _) in &imputed.fits {
            assert!((0..90).all(|row| completed.row(row)[1] + completed.row(row)[2] <= 1.0));
            let kept = |(own, drawn): (&f64, &f64)| own.is_nan() || own == drawn;
            assert!(design.values.iter().zip(&completed.values).all(kept) && !completed.has_gaps());
        }
        let row = design.row(1);
        let mut back = vec![0.0; 4];
        layout.decode(&layout.encode(row), &mut back);
        assert_eq!(back, row);
    }

    #[test]
    fn a_predictor_that_a_training_part_lacks_is_named_with_the_fold() {
        let mut design = design();
        (0..90).filter(|row| row % 4 != 1).for_each(|row| design.values[row * 4] = GAP);
        let reason = predict_imputed(&design, &scheme(), Ties::Efron, FIXED, &[], IMPUTING).unwrap_err();
        assert!(reason.starts_with("without fold 2: no case to learn from has a value of `x`"), "{reason}");
    }

    #[test]
    fn a_predictor_of_many_numbers_is_refused() {
        let mut design = design();
        design.values.chunks_mut(4).for_each(|row| (row[1], row[2]) = (row[3], row[3] * row[3]));
        let reason = Layout::of(&design).unwrap_err();
        assert!(reason.contains("`g=2` is neither"), "{reason}");
    }
}
