//! Every case: its score, or why it has none. Pure.

use std::collections::{BTreeMap, BTreeSet};

use renkei_cohort::{NewCases, case_ids};
use renkei_domain::CaseId;
use renkei_domain::spec::Predictor;
use renkei_launch::cells;
use renkei_model::frozen::{Cell, FrozenModel, NewCase, Refusal, Score};

/// New cases as the model takes them.
#[derive(Debug)]
pub(crate) struct Cases {
    ids: Vec<CaseId>,
    /// One row a case.
    cells: Vec<Vec<Cell>>,
    refusals: Vec<Option<String>>,
}

/// A case with its score or the reason why it has none.
#[derive(Debug)]
pub(crate) struct ScoredCase {
    pub(crate) case: CaseId,
    pub(crate) outcome: Result<Score, String>,
}

/// What the slides say: tiles by key feature of every case with a tile, and what is wrong with the slides of others.
#[derive(Debug, Default)]
pub(crate) struct Tiles {
    pub(crate) counts: BTreeMap<String, Vec<u64>>,
    pub(crate) faults: BTreeMap<CaseId, String>,
}

impl Cases {
    pub(crate) fn of(new: &NewCases, predictors: &[Predictor]) -> anyhow::Result<Self> {
        let columns: Vec<Vec<Cell>> = predictors.iter().map(|predictor| cells(predictor, &new.rows)).collect();
        let row = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
        Ok(Self {
            ids: case_ids(&new.rows)?,
            cells: (0..new.rows.num_rows()).map(row).collect(),
            refusals: new.refusals.clone(),
        })
    }

    /// The cases among `with_slides` whose slides are worth reading: their records are of the model's population.
    pub(crate) fn worth_reading(&self, model: &FrozenModel, with_slides: &BTreeSet<CaseId>) -> BTreeSet<CaseId> {
        let cases = self.ids.iter().zip(&self.cells).zip(&self.refusals);
        let worth = cases.filter(|((id, cells), refusal)| {
            refusal.is_none() && with_slides.contains(id) && model.check_records(cells, true).is_ok()
        });
        worth.map(|((id, _), _)| id.clone()).collect()
    }

    /// Scores every case, those `with_slides` by their tiles.
    pub(crate) fn score(&self, model: &FrozenModel, with_slides: &BTreeSet<CaseId>, tiles: &Tiles) -> Vec<ScoredCase> {
        let no_tiles = vec![0; key_features(model)];
        let cases = self.ids.iter().zip(&self.cells).zip(&self.refusals);
        let scored = cases.map(|((id, records), refusal)| {
            let (slides, own) = (with_slides.contains(id), tiles.counts.get(id.as_str()).unwrap_or(&no_tiles));
            let case = NewCase { records, tiles: slides.then_some(own.as_slice()) };
            // Slides were not read where the records are refused, so they say nothing then.
            let score = || model.check_records(records, slides).and_then(|()| model.score(case));
            let outcome = match refusal.as_ref().or_else(|| tiles.faults.get(id)) {
                Some(reason) => Err(reason.clone()),
                None => score().map_err(|refusals| in_words(&refusals)),
            };
            ScoredCase { case: id.clone(), outcome }
        });
        scored.collect()
    }
}

fn in_words(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn key_features(model: &FrozenModel) -> usize {
    let weights = model.records_and_images.done().and_then(|fit| fit.key_features.as_ref());
    weights.map_or(0, |weights| weights.weights.len())
}
