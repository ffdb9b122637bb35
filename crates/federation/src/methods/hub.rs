//! The hub's side of a method: from one total to the next question.

use serde::{Deserialize, Serialize};

use super::{
    Ask, Broadcast, Layout, Method, MethodError, Step, Sums,
    elastic_net::Walk,
    k_means::Lloyd,
    regression::{self, Next, Regression, Stage},
    without_each::Fit,
};

/// A method on its way. It can be stored between any two totals, and asks the same again after it was loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hub {
    method: Method,
    round: u32,
    ask: Ask,
    /// What every total must count alike: persons (or rows), and events where a method has them.
    cohort: Option<Vec<u64>>,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Regression(Box<Stage>),
    Once,
    Lloyd(Lloyd),
    Walk(Walk),
    Each(Vec<Fit>),
    Done,
}

impl Hub {
    /// The start of a method whose terms are agreed.
    ///
    /// # Errors
    /// `Terms` as [`Method::check`].
    pub fn start(method: Method) -> Result<Self, MethodError> {
        method.check()?;
        let (state, ask) = match &method {
            Method::CoxBySite(_) | Method::CoxOnGrid(_) | Method::YearlyHazard(_) => {
                (State::Regression(Box::new(Stage::Spread)), Ask::Spread)
            }
            Method::CurvesOnGrid(_)
            | Method::PredictionOnGrid(_)
            | Method::Summaries(_)
            | Method::PrincipalComponents(_) => (State::Once, Ask::Counts),
            Method::ElasticNet(_) => (State::Walk(Walk::Spread), Ask::Spread),
            Method::KMeans(terms) => {
                let (state, ask) = terms.begin();
                (State::Lloyd(state), ask)
            }
            Method::WithoutEach(terms) => {
                let (state, ask) = terms.begin()?;
                (State::Each(state), ask)
            }
        };
        Ok(Self { method, round: 0, ask, cohort: None, state })
    }

    /// The question whose total is awaited.
    #[must_use]
    pub fn broadcast(&self) -> Broadcast {
        Broadcast { round: self.round, ask: self.ask.clone() }
    }

    /// The numbers that are awaited.
    ///
    /// # Errors
    /// As [`Method::layout`].
    pub fn layout(&self) -> Result<Layout, MethodError> {
        self.method.layout(&self.broadcast())
    }

    /// Goes on with the total of all sites' sums. After an error the hub is as it was, so that a round can be repeated;
    /// after the end it is done.
    ///
    /// # Errors
    /// `Length`, `Range`, `CohortChanged` and `Contradiction` for a total that cannot be; `Stats` where the data have no answer
    /// (separation, collinearity, no events, no convergence); `Done`.
    pub fn step(&mut self, total: &Sums) -> Result<Step, MethodError> {
        if self.state == State::Done {
            return Err(MethodError::Done);
        }
        total.check(&self.layout()?.shape())?;
        let cohort = self.method.cohort(total);
        if self.cohort.as_ref().is_some_and(|before| *before != cohort) {
            return Err(MethodError::CohortChanged);
        }
        let next = self.next(total)?;
        self.cohort = Some(cohort);
        match next {
            Ok((state, ask)) => {
                self.round += 1;
                (self.state, self.ask) = (state, ask);
                Ok(Step::Next(self.broadcast()))
            }
            Err(outcome) => {
                self.state = State::Done;
                Ok(Step::Done(outcome))
            }
        }
    }

    fn next(&self, total: &Sums) -> Result<Result<(State, Ask), Box<super::Outcome>>, MethodError> {
        let regression = |next: Next| match next {
            Next::Ask(stage, ask) => Ok((State::Regression(stage), ask)),
            Next::Done(outcome) => Err(outcome),
        };
        let climb = |method: &dyn DynRegression, stage: &Stage| method.step(stage.clone(), total).map(regression);
        match (&self.method, &self.state) {
            (Method::CoxBySite(terms), State::Regression(stage)) => climb(terms, stage),
            (Method::CoxOnGrid(terms), State::Regression(stage)) => climb(terms, stage),
            (Method::YearlyHazard(terms), State::Regression(stage)) => climb(terms, stage),
            (Method::CurvesOnGrid(terms), State::Once) => Ok(Err(Box::new(terms.conclude(total)?))),
            (Method::PredictionOnGrid(terms), State::Once) => Ok(Err(Box::new(terms.conclude(total)?))),
            (Method::Summaries(terms), State::Once) => Ok(Err(Box::new(terms.conclude(total)?))),
            (Method::PrincipalComponents(terms), State::Once) => Ok(Err(Box::new(terms.conclude(total)?))),
            (Method::ElasticNet(terms), State::Walk(walk)) => {
                let next = terms.step(walk.clone(), total)?;
                Ok(next.map(|(walk, ask)| (State::Walk(walk), ask)).map_err(Box::new))
            }
            (Method::KMeans(terms), State::Lloyd(state)) => {
                let next = terms.step(state.clone(), total)?;
                Ok(next.map(|(state, ask)| (State::Lloyd(state), ask)).map_err(Box::new))
            }
            (Method::WithoutEach(terms), State::Each(fits)) => {
                let next = terms.step(fits.clone(), total)?;
                Ok(next.map(|(fits, ask)| (State::Each(fits), ask)).map_err(Box::new))
            }
            _ => Err(MethodError::Done),
        }
    }
}

/// Lets the three regressions share one arm.
trait DynRegression {
    fn step(&self, stage: Stage, total: &Sums) -> Result<Next, MethodError>;
}

impl<R: Regression> DynRegression for R {
    fn step(&self, stage: Stage, total: &Sums) -> Result<Next, MethodError> {
        regression::step(self, stage, total)
    }
}
