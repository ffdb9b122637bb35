//! The score of a case that the run never saw.

use super::{Cell, FrozenFit, FrozenModel, Interval, Refusal};
use crate::Outcome;

/// A case to score.
#[derive(Debug, Clone, Copy)]
pub struct NewCase<'a> {
    /// Its cells, one a predictor, in the model's order.
    pub records: &'a [Cell],
    /// Its tiles by key feature; none for a case without a slide.
    pub tiles: Option<&'a [u64]>,
}

/// Which model scored a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoredBy {
    /// That of the records: the case has no slide, or the run has no other model.
    Records,
    /// That of records and key features.
    RecordsAndImages,
}

/// What a model says of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The model.
    pub by: ScoredBy,
    /// Log hazard ratio against the mean of the cases that the model was fitted on.
    pub linear_predictor: f64,
    /// What it is made of: every predictor in the model's order, then the images. They sum to it.
    pub contributions: Vec<Contribution>,
    /// Risk by horizon.
    pub risks: Vec<Risk>,
}

/// A part of a linear predictor.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// Of what.
    pub part: Part,
    /// Log hazard ratio of this case against the mean of the training cases in this part alone.
    pub value: f64,
}

/// What contributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A predictor, all of its columns together.
    Predictor(String),
    /// The tiles.
    Images,
}

/// Risk by one horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk {
    /// The horizon.
    pub years: f64,
    /// Probability of the event by then; none where the model's follow-up does not reach so far.
    pub risk: Option<f64>,
    /// Its 95 % interval; none where the model gives none.
    pub interval: Option<Interval>,
}

impl FrozenModel {
    /// Which model scores a case with or without slides.
    #[must_use]
    pub fn scores_by(&self, slides: bool) -> ScoredBy {
        match slides && self.records_and_images.done().is_some() {
            true => ScoredBy::RecordsAndImages,
            false => ScoredBy::Records,
        }
    }

    /// One of the two fits.
    #[must_use]
    pub fn fit(&self, by: ScoredBy) -> &Outcome<FrozenFit> {
        match by {
            ScoredBy::Records => &self.records,
            ScoredBy::RecordsAndImages => &self.records_and_images,
        }
    }

    /// Whether the records of a case with or without slides are of the model's population: asked before any slide is read.
    ///
    /// # Errors
    /// Every rule that they break.
    pub fn check_records(&self, records: &[Cell], slides: bool) -> Result<(), Vec<Refusal>> {
        self.row(self.done(self.scores_by(slides))?, records).map(|_| ())
    }

    /// Scores a case.
    ///
    /// # Errors
    /// Every rule that the case breaks, in the order of the predictors, then of its images. It gets no score then.
    pub fn score(&self, case: NewCase<'_>) -> Result<Score, Vec<Refusal>> {
        let by = self.scores_by(case.tiles.is_some());
        let fit = self.done(by)?;
        let row = self.row(fit, case.records);
        let images = match (by, &fit.key_features, case.tiles) {
            (ScoredBy::RecordsAndImages, Some(weights), Some(tiles)) if tiles.len() == weights.weights.len() => {
                weights.case(tiles).map(Some).ok_or(Refusal::NoTissue)
            }
            (ScoredBy::RecordsAndImages, ..) => {
                Err(Refusal::NoModel { reason: "its tiles are counted by other key features".to_owned() })
            }
            (ScoredBy::Records, ..) => Ok(None),
        };
        match (row, images) {
            (Ok(row), Ok(images)) => Ok(self.told(fit, by, &row, images)),
            (row, images) => Err(row.err().into_iter().flatten().chain(images.err()).collect()),
        }
    }

    fn done(&self, by: ScoredBy) -> Result<&FrozenFit, Vec<Refusal>> {
        match self.fit(by) {
            Outcome::Done(fit) => Ok(fit),
            Outcome::Impossible { reason } => Err(vec![Refusal::NoModel { reason: reason.clone() }]),
        }
    }

    /// The columns of the records.
    fn row(&self, fit: &FrozenFit, cells: &[Cell]) -> Result<Vec<f64>, Vec<Refusal>> {
        let (mut row, mut refusals) = (Vec::with_capacity(self.columns.len()), Vec::new());
        let cells = cells.iter().chain(std::iter::repeat(&Cell::Missing));
        for ((predictor, population), cell) in self.predictors.iter().zip(&fit.population).zip(cells) {
            let coded = predictor.code(cell, &mut row).and_then(|()| predictor.check(cell, population));
            refusals.extend(coded.err());
        }
        if refusals.is_empty() { Ok(row) } else { Err(refusals) }
    }

    fn told(&self, fit: &FrozenFit, by: ScoredBy, row: &[f64], images: Option<f64>) -> Score {
        let linear_predictor = fit.records_part(row) + images.unwrap_or(0.0);
        let terms = fit.terms(row);
        let of_predictor = |column: &String| {
            let own = self.columns.iter().zip(&terms).filter(|(of, _)| of.group == *column);
            Contribution { part: Part::Predictor(column.clone()), value: own.map(|(_, term)| term).sum() }
        };
        let records = self.predictors.iter().map(|predictor| of_predictor(&predictor.column));
        let contributions = records.chain(images.map(|value| Contribution { part: Part::Images, value })).collect();
        let risks = fit.horizons.iter().map(|horizon| fit.risk(horizon, row, linear_predictor));
        Score { by, linear_predictor, contributions, risks: risks.collect() }
    }
}
