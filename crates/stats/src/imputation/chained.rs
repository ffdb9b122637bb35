//! The chain: every variable in turn, drawn given all others, round after round.

use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use super::{
    Kind, Variable,
    conditional::{Conditional, Regressors},
};
use crate::{
    StatsError, parallel,
    resample::generator,
    survival::{NelsonAalen, Outcomes, RiskTable},
};

/// How often and how long; the default is 20 imputations after 10 rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImputationSettings {
    /// Completed tables.
    pub imputations: usize,
    /// Rounds over the variables before a table is taken.
    pub rounds: usize,
    /// Seed; each imputation has a stream of its own.
    pub seed: u64,
}

impl Default for ImputationSettings {
    fn default() -> Self {
        Self { imputations: 20, rounds: 10, seed: 0 }
    }
}

/// One completed table, with the regressions that fill in cases outside it.
#[derive(Debug, Clone)]
pub struct Imputation {
    /// One list a variable, one value a case: what was given where it was given.
    pub values: Vec<Vec<f64>>,
    kinds: Vec<Kind>,
    /// One a variable, given the other variables alone.
    without_outcome: Vec<Conditional>,
    rounds: usize,
    stream: u64,
}

/// Completes `variables` as often as asked. `outcomes` are regressors: the event, and the Nelson-Aalen estimate at the end of
/// follow-up (White and Royston 2009). The same input and seed give the same bytes.
///
/// # Errors
/// `Empty`; `Setting`; `Length`, `NotFinite` (infinite), `Label` (a level beyond its category); `Unobserved` for a variable
/// without any value; `NotConverged`.
pub fn impute(
    variables: &[Variable],
    outcomes: Option<&Outcomes<'_>>,
    settings: &ImputationSettings,
) -> Result<Vec<Imputation>, StatsError> {
    let rows = variables.first().map_or(0, |variable| variable.values.len());
    if rows == 0 {
        return Err(StatsError::Empty { what: "the table to impute" });
    }
    if settings.imputations == 0 || settings.rounds == 0 {
        return Err(StatsError::Setting { what: "number of imputations and of rounds", expected: "at least 1" });
    }
    variables.iter().enumerate().try_for_each(|(at, variable)| variable.check(at, rows))?;
    let outcome = outcomes.map_or_else(|| Ok(Vec::new()), |outcomes| outcome_columns(outcomes, rows))?;
    let mut order: Vec<usize> = (0..variables.len()).filter(|at| variables[*at].missing() > 0).collect();
    order.sort_by_key(|at| variables[*at].missing());
    let chain = Chain { variables, outcome, order, rounds: settings.rounds };
    parallel::map(0..settings.imputations, |stream| chain.run(settings.seed, stream as u64)).into_iter().collect()
}

/// Event and cumulative hazard, one list each.
fn outcome_columns(outcomes: &Outcomes<'_>, rows: usize) -> Result<Vec<Vec<f64>>, StatsError> {
    if outcomes.rows() != rows {
        return Err(StatsError::Length { what: "follow-up", expected: rows, found: outcomes.rows() });
    }
    let hazard = NelsonAalen::new(&RiskTable::new(outcomes));
    let event = outcomes.event().iter().map(|event| f64::from(*event)).collect();
    Ok(vec![event, outcomes.time().iter().map(|time| hazard.at(*time).0).collect()])
}

struct Chain<'a> {
    variables: &'a [Variable],
    outcome: Vec<Vec<f64>>,
    /// Variables with gaps, fewest first.
    order: Vec<usize>,
    rounds: usize,
}

impl Chain<'_> {
    fn run(&self, seed: u64, stream: u64) -> Result<Imputation, StatsError> {
        let mut source = generator(seed, stream);
        let mut values: Vec<Vec<f64>> = self.variables.iter().map(|one| started(one, &mut source)).collect();
        for _ in 0..self.rounds {
            for at in &self.order {
                let drawn = self.drawn(*at, &values, &mut source)?;
                values[*at] = drawn;
            }
        }
        let learn = |at: usize| self.learned(at, &values, &[], &mut source);
        let without_outcome = (0..self.variables.len()).map(learn).collect::<Result<_, _>>()?;
        let kinds = self.kinds();
        Ok(Imputation { values, kinds, without_outcome, rounds: self.rounds, stream })
    }

    fn kinds(&self) -> Vec<Kind> {
        self.variables.iter().map(|variable| variable.kind).collect()
    }

    /// The regression of a variable on the others and on `outcome`, over the cases that have it.
    fn learned(
        &self,
        at: usize,
        values: &[Vec<f64>],
        outcome: &[Vec<f64>],
        source: &mut ChaCha12Rng,
    ) -> Result<Conditional, StatsError> {
        let own = &self.variables[at];
        let rows: Vec<usize> = (0..own.values.len()).filter(|row| !own.values[*row].is_nan()).collect();
        let regressors = regressors(&self.kinds(), values, outcome, at, &rows);
        Conditional::learn(own.kind, &regressors, &own.observed(), source)
    }

    /// The variable with its gaps drawn anew.
    fn drawn(&self, at: usize, values: &[Vec<f64>], source: &mut ChaCha12Rng) -> Result<Vec<f64>, StatsError> {
        let own = &self.variables[at];
        let conditional = self.learned(at, values, &self.outcome, source)?;
        let rows: Vec<usize> = (0..own.values.len()).filter(|row| own.values[*row].is_nan()).collect();
        let regressors = regressors(&self.kinds(), values, &self.outcome, at, &rows);
        let mut drawn = own.values.clone();
        for (row, given) in rows.iter().zip(regressors.rows()) {
            drawn[*row] = conditional.draw(given, source);
        }
        Ok(drawn)
    }
}

/// The variable with any observed value in every gap.
fn started(variable: &Variable, source: &mut ChaCha12Rng) -> Vec<f64> {
    let observed = variable.observed();
    let any = |value: &f64| if value.is_nan() { observed[source.random_range(0..observed.len())] } else { *value };
    variable.values.iter().map(any).collect()
}

/// All variables but one, then the outcome, for some rows.
fn regressors(kinds: &[Kind], values: &[Vec<f64>], outcome: &[Vec<f64>], without: usize, rows: &[usize]) -> Regressors {
    let mut regressors = Regressors { columns: width(kinds, without) + outcome.len(), values: Vec::new() };
    regressors.values.reserve(rows.len() * regressors.columns);
    for row in rows {
        let others = kinds.iter().zip(values).enumerate().filter(|(at, _)| *at != without);
        others.for_each(|(_, (kind, values))| kind.code(values[*row], &mut regressors.values));
        regressors.values.extend(outcome.iter().map(|column| column[*row]));
    }
    regressors
}

fn width(kinds: &[Kind], without: usize) -> usize {
    let of_kind = |kind: &Kind| if let Kind::Category { levels } = kind { levels.saturating_sub(1) } else { 1 };
    kinds.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, kind)| of_kind(kind)).sum()
}

impl Imputation {
    /// Fills the gaps of a case outside the table, one value a variable, by the regressions without outcome. The draws hang on
    /// the seed and on what the case has, on nothing else: other cases and their order change nothing.
    ///
    /// # Errors
    /// `Length` when the case has not one value a variable.
    pub fn fill(&self, case: &[f64], seed: u64) -> Result<Vec<f64>, StatsError> {
        if case.len() != self.kinds.len() {
            return Err(StatsError::Length { what: "case", expected: self.kinds.len(), found: case.len() });
        }
        let gaps: Vec<usize> = (0..case.len()).filter(|at| case[*at].is_nan()).collect();
        let mut source = generator(seed ^ digest(case), self.stream);
        let mut filled: Vec<Vec<f64>> = case.iter().map(|value| vec![*value]).collect();
        for at in &gaps {
            let given = &self.values[*at];
            filled[*at] = vec![given[source.random_range(0..given.len())]];
        }
        // One gap needs one draw: nothing that it hangs on changes.
        let rounds = if gaps.len() < 2 { gaps.len() } else { self.rounds };
        for _ in 0..rounds {
            for at in &gaps {
                let given = regressors(&self.kinds, &filled, &[], *at, &[0]);
                filled[*at] = vec![self.without_outcome[*at].draw(&given.values, &mut source)];
            }
        }
        Ok(filled.into_iter().flatten().collect())
    }
}

/// A number that hangs on the values of a case (FNV-1a over their bits); gaps count alike whatever their bits.
fn digest(case: &[f64]) -> u64 {
    let bits = case.iter().map(|value| if value.is_nan() { u64::MAX } else { value.to_bits() });
    bits.flat_map(u64::to_le_bytes)
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
