//! Two models joined by their linear predictors (stacking: Wolpert 1992, Breiman 1996).

use renkei_stats::{cox::Ties, resample::stratified_folds};

use super::Predict;
use crate::{
    design::Design,
    fit::{Linear, fit},
    held_out::{TrainingPart, training_parts},
    penalty,
    scheme::Scheme,
};

/// The two models of a training part and their weights.
pub(super) struct Late {
    records: Linear,
    images: Linear,
    joined: Linear,
}

/// Weighs the two models by a Cox regression on their predictions of cases that they have not seen, inside the part; then fits
/// both on the whole part. The ridge of the image model is chosen once, on the whole part, not anew in every inner fold.
/// Inner folds in which a model has no fit (a rare level without events) give no predictions to weigh by.
pub(super) fn train(part: &Design, ties: Ties, folds: usize, seed: u64) -> Result<Late, String> {
    let images = part.shrunk_only();
    let multiple = penalty::choose(&images, ties, folds, seed).map_err(|error| images.explain(&error))?.multiple;
    let train = |part: &Design| {
        let (records, images) = halves(part);
        let of_records = fit(&records, ties, 0.0).map_err(|error| records.explain(&error))?;
        Ok::<_, String>((of_records, fit(&images, ties, multiple).map_err(|error| images.explain(&error))?))
    };
    let folds = folds.min(part.events());
    let fold = stratified_folds(&part.event, folds, seed).map_err(|error| error.to_string())?;
    let (mut rows, mut seen) = (Vec::new(), Vec::new());
    for training in training_parts(part, &Scheme::random(fold, folds)) {
        let TrainingPart { part: inner, out, .. } = training?;
        let Ok((of_records, of_images)) = train(&inner) else { continue };
        for row in out {
            let (own, shares) = part.row(row).split_at(part.shrunk_from);
            rows.push(row);
            seen.extend([of_records.predict(own), of_images.predict(shares)]);
        }
    }
    let stacked = part.select(&rows).with_columns(&["records", "images"], seen);
    if stacked.events() < 2 {
        return Err("too few events to weigh the two models by".to_owned());
    }
    let joined = fit(&stacked, ties, 0.0).map_err(|error| stacked.explain(&error))?;
    let (records, images) = train(part)?;
    Ok(Late { records, images, joined })
}

/// The records and the tile proportions of a design.
fn halves(design: &Design) -> (Design, Design) {
    (design.columns(&(0..design.shrunk_from).collect::<Vec<_>>()), design.shrunk_only())
}

impl Late {
    /// Of the records and of the images.
    pub(super) fn weights(&self) -> [f64; 2] {
        [self.joined.coefficients[0], self.joined.coefficients[1]]
    }
}

impl Predict for Late {
    fn predict(&self, row: &[f64]) -> f64 {
        let (own, shares) = row.split_at(row.len() - self.images.coefficients.len());
        let [of_records, of_images] = self.weights();
        // Both models predict against the mean of the training part, so the sum does too.
        of_records * self.records.predict(own) + of_images * self.images.predict(shares)
    }
}
