//! k-means (Lloyd 1982): counts and sums of the rows nearest to each centre, one round an iteration.

use renkei_stats::kmeans::{Centres, KMeans, LloydSums};
use serde::{Deserialize, Serialize};

use super::{Answer, Ask, Covariate, MethodError, Outcome, Sums, Table, covariates};

/// The terms. Equal to pooled: Lloyd's iteration on all rows from the same first centres. Centres are 32-bit numbers as the
/// features are, so a total that differs in its last digits can move a centre by one such step, 6e-8 of its size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KMeansRounds {
    /// The columns, in their own units.
    pub columns: Vec<String>,
    /// First centres, row-major, agreed beforehand (drawn from public rows, say): no site's rows seed them.
    pub start: Vec<f32>,
    /// Rounds at most.
    pub rounds: u32,
    /// Stop when a round lowers the inertia by this share or less.
    pub tolerance: f64,
}

/// How far the hub is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lloyd {
    centres: Vec<f32>,
    inertia: Option<f64>,
    rounds: u32,
}

impl KMeansRounds {
    pub(crate) const NAME: &'static str = "k_means";

    pub(crate) fn check(&self) -> Result<(), MethodError> {
        let columns: Vec<Covariate> = self.columns.iter().map(|name| Covariate::plain(name)).collect();
        covariates::check(&columns)?;
        Centres::new(self.start.clone(), self.columns.len())?;
        if self.rounds > 0 && self.tolerance.is_finite() && self.tolerance >= 0.0 {
            return Ok(());
        }
        Err(MethodError::terms("rounds and tolerance", "at least one round, and a tolerance of 0 or more"))
    }

    pub(crate) fn begin(&self) -> (Lloyd, Ask) {
        (Lloyd { centres: self.start.clone(), inertia: None, rounds: 0 }, Ask::Nearest(self.start.clone()))
    }

    pub(crate) fn answer(&self, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
        let Ask::Nearest(centres) = ask else {
            return Err(MethodError::Unexpected { method: Self::NAME, asked: ask.name() });
        };
        let centres = Centres::new(centres.clone(), self.columns.len())?;
        if centres.count() * self.columns.len() != self.start.len() {
            return Err(MethodError::Unexpected { method: Self::NAME, asked: "more or fewer centres" });
        }
        let values = table.matrix(self.columns.iter().map(String::as_str))?;
        let rows: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        let mut sums = LloydSums::new(&centres);
        sums.add_block(&centres, &rows)?;
        let nearest: Vec<usize> = centres.assign(&rows)?.iter().map(|found| found.cluster as usize).collect();
        let persons = table.sets_by(&nearest, centres.count());
        let mut answer = Answer::default();
        answer.count_rows("rows", ["rows".into()], table, &vec![0; table.rows()]);
        let cluster = |cluster: usize| format!("cluster {cluster}");
        answer.count_rows("rows by cluster", (0..centres.count()).map(cluster), table, &nearest);
        for (place, own) in sums.sums.chunks_exact(self.columns.len()).enumerate() {
            let numbers = own.iter().map(|value| (*value, &persons[place], None));
            answer.add(&format!("sum of cluster {place}"), self.columns.iter().cloned(), numbers);
        }
        answer.add("inertia", ["inertia".into()], [(sums.inertia, &table.everyone(), None)]);
        Ok(answer)
    }

    /// The next centres, or the end.
    pub(crate) fn step(&self, state: Lloyd, total: &Sums) -> Result<Result<(Lloyd, Ask), Outcome>, MethodError> {
        let (rows, counts) = total.counts.split_first().ok_or(MethodError::Done)?;
        if counts.iter().try_fold(0, |sum: u64, count| sum.checked_add(*count)) != Some(*rows) {
            return Err(MethodError::Contradiction { block: "rows by cluster" });
        }
        let (sums, inertia) = total.reals.split_at(total.reals.len() - 1);
        let inertia = inertia[0];
        let centres = Centres::new(state.centres, self.columns.len())?;
        let converged = state.inertia.is_some_and(|last| last - inertia <= self.tolerance * last);
        if converged || state.inertia.is_some() && state.rounds == self.rounds {
            let rounds = state.rounds as usize;
            return Ok(Err(Outcome::KMeans(KMeans { centres, counts: counts.to_vec(), inertia, rounds, converged })));
        }
        let next = LloydSums { counts: counts.to_vec(), sums: sums.to_vec(), inertia }.update(&centres);
        let values: Vec<f32> = (0..next.count()).flat_map(|centre| next.row(centre).iter().copied()).collect();
        let state = Lloyd { centres: values.clone(), inertia: Some(inertia), rounds: state.rounds + 1 };
        Ok(Ok((state, Ask::Nearest(values))))
    }
}
