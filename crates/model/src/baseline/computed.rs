//! One baseline over all cases of a cohort: who has a prediction, and why the others have none.

use std::collections::BTreeMap;

use renkei_domain::spec::{ClinicalInput, Refit};
use renkei_stats::cox::Ties;

use super::compare::Cells;
use super::{Freedom, Inputs, NotComputable, Score};
use crate::{
    Counted,
    design::Design,
    held_out::{Choice, predict_held_out},
    scheme::Scheme,
};

/// Predicted risk of every case that has one, the larger the worse; only its order is used.
#[derive(Debug, Default)]
pub(super) struct Computed {
    /// By case of the input.
    pub(super) risk: Vec<Option<f64>>,
    pub(super) not_computable: Vec<Counted>,
    pub(super) flagged: Vec<Counted>,
}

/// What a published model says of a case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Risk {
    value: f64,
    uncertain: bool,
}

/// A published model.
pub(super) type Formula = fn(&Inputs<'_>) -> Result<Risk, NotComputable>;

impl From<Freedom> for Risk {
    /// Cases of a log-logistic model are ordered alike at every horizon.
    fn from(freedom: Freedom) -> Self {
        Self { value: -freedom.curve.location, uncertain: freedom.uncertain }
    }
}

impl From<Score> for Risk {
    fn from(score: Score) -> Self {
        Self { value: f64::from(score.points), uncertain: false }
    }
}

const FLAG: &str = "PSA is above 25 ng/ml, where the model is uncertain";

impl Computed {
    /// A published model, computed case by case. A column that is not in `cells` is missing for every case.
    pub(super) fn published(formula: Formula, inputs: &[(ClinicalInput, &str)], cells: &Cells, cases: usize) -> Self {
        let mut computed = Self { risk: Vec::with_capacity(cases), ..Self::default() };
        let (mut reasons, mut flagged) = (BTreeMap::<NotComputable, usize>::new(), 0);
        for case in 0..cases {
            let cell = |column: &str| cells.get(column)?.get(case)?.as_deref();
            let known = inputs.iter().filter_map(|(input, column)| Some((*input, cell(column)?)));
            let found = formula(&Inputs::new(known));
            flagged += usize::from(found.is_ok_and(|risk| risk.uncertain));
            computed.risk.push(found.map(|risk| risk.value).ok());
            if let Err(reason) = found {
                *reasons.entry(reason).or_default() += 1;
            }
        }
        let counted = |(reason, cases): (NotComputable, usize)| Counted { reason: reason.to_string(), cases };
        computed.not_computable = reasons.into_iter().map(counted).collect();
        computed.flagged.extend((flagged > 0).then(|| Counted { reason: FLAG.to_owned(), cases: flagged }));
        computed
    }

    /// A Cox model of some predictors of `records`, held out as the study's own models are.
    ///
    /// # Errors
    /// In words.
    pub(super) fn refit(
        refit: &Refit,
        groups: &[&str],
        records: &Design,
        scheme: &Scheme,
        ties: Ties,
    ) -> Result<Self, String> {
        let of_refit = |group: &&str| refit.columns.iter().any(|column| column == group);
        let columns: Vec<usize> = (0..groups.len()).filter(|place| of_refit(&groups[*place])).collect();
        // Nothing of it is penalised, so nothing is chosen.
        let choice = Choice::Fixed { multiple: 0.0 };
        let held_out = predict_held_out(&records.columns(&columns), scheme, ties, choice, &[])?;
        let mut risk = vec![None; records.rows()];
        for (case, predictor) in records.cases.iter().zip(held_out.predictor) {
            risk[*case] = Some(predictor);
        }
        Ok(Self { risk, ..Self::default() })
    }
}
