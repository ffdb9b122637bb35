//! A cohort made up from a seed, with the shapes of a study: its sites, its columns, its times.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use renkei_domain::CaseId;

use crate::methods::{Covariate, Method, MethodError, RiskSets, Table};

/// A made-up table a site; `cases` tells how many each has.
///
/// Covariates are about normal around their agreed centre and scale; the event's hazard rises with the first and falls with the
/// second; half of the cases have an event within the agreed times; causes and groups fall at random.
///
/// # Errors
/// `Column` never, for terms that are sound.
pub fn check_set(
    method: &Method,
    sites: &[String],
    cases: &[u64],
    seed: u64,
) -> Result<Vec<(String, Table)>, MethodError> {
    let shape = Shape::of(method);
    let mut first = 0;
    let mut tables = Vec::with_capacity(sites.len());
    for (place, (site, cases)) in sites.iter().zip(cases).enumerate() {
        let mut generator = ChaCha12Rng::seed_from_u64(seed);
        generator.set_stream(place as u64);
        let persons = first..first + *cases as usize;
        first = persons.end;
        tables.push((site.clone(), shape.table(persons, place, &mut generator)?));
    }
    Ok(tables)
}

/// What a method reads.
struct Shape {
    /// Column of predicted risks by a horizon.
    risk: Option<(String, f64)>,
    covariates: Vec<Covariate>,
    group: Option<(String, usize)>,
    causes: usize,
    end: f64,
}

impl Shape {
    fn of(method: &Method) -> Self {
        let end = |ends: &[f64]| ends.last().copied().unwrap_or(1.0);
        let shape = |covariates: &[Covariate], end| Self {
            risk: None,
            covariates: covariates.to_vec(),
            group: None,
            causes: 1,
            end,
        };
        match method {
            Method::CoxBySite(terms) => shape(&terms.covariates, 5.0),
            Method::CoxOnGrid(terms) => shape(&terms.covariates, end(terms.times.ends())),
            Method::ElasticNet(terms) => match &terms.risk_sets {
                RiskSets::BySite => shape(&terms.covariates, 5.0),
                RiskSets::OnGrid(times) => shape(&terms.covariates, end(times.ends())),
            },
            Method::YearlyHazard(terms) => shape(&terms.covariates, end(terms.years.ends())),
            Method::Summaries(terms) => shape(&terms.columns, 1.0),
            Method::PrincipalComponents(terms) => shape(&terms.columns, 1.0),
            Method::KMeans(terms) => {
                let columns: Vec<Covariate> = terms.columns.iter().map(|name| Covariate::plain(name)).collect();
                shape(&columns, 1.0)
            }
            Method::CurvesOnGrid(terms) => {
                let group = terms.group.as_ref().map(|group| (group.column.clone(), group.groups));
                Self { risk: None, covariates: vec![], group, causes: terms.causes, end: end(terms.times.ends()) }
            }
            Method::PredictionOnGrid(terms) => {
                let two = [Covariate::plain("first"), Covariate::plain("second")];
                let shape = shape(&two, end(terms.times.ends()));
                Self { risk: Some((terms.risk.clone(), terms.horizon)), ..shape }
            }
            Method::WithoutEach(terms) => Self::of(&terms.of),
        }
    }

    fn table(
        &self,
        persons: std::ops::Range<usize>,
        site: usize,
        generator: &mut ChaCha12Rng,
    ) -> Result<Table, MethodError> {
        let mut columns: Vec<Vec<f64>> = vec![vec![]; self.covariates.len()];
        let (mut time, mut cause, mut group, mut predicted) = (vec![], vec![], vec![], vec![]);
        for _ in persons.clone() {
            let mut risk = 0.1 * site as f64;
            for (place, (column, covariate)) in columns.iter_mut().zip(&self.covariates).enumerate() {
                let about_normal = (0..12).map(|_| generator.random::<f64>()).sum::<f64>() - 6.0;
                risk += [0.5, -0.3].get(place).unwrap_or(&0.0) * about_normal;
                // Features are 32-bit numbers; so are these, in every method.
                column.push(f64::from((covariate.centre + covariate.scale * about_normal) as f32));
            }
            let event = -(1.0 - generator.random::<f64>()).ln() * self.end / risk.exp();
            let censored = 2.0 * self.end * (1.0 - generator.random::<f64>());
            time.push(event.min(censored));
            cause.push(if event <= censored { generator.random_range(1..=self.causes) } else { 0 });
            if let Some((_, horizon)) = &self.risk {
                predicted.push(1.0 - (-risk.exp() * horizon / self.end).exp());
            }
            if let Some((_, groups)) = &self.group {
                group.push(generator.random_range(0..*groups) as f64);
            }
        }
        let case = |person| CaseId::new(format!("case {person}"));
        let problem = "holds no pseudonyms";
        let cases = persons.map(case).collect::<Result<_, _>>();
        let cases = cases.map_err(|_| MethodError::Column { column: "person".into(), problem })?;
        let mut table = Table::of_cases(cases).with_follow_up(time, cause)?;
        for (covariate, values) in self.covariates.iter().zip(columns) {
            table = table.with_column(&covariate.name, values)?;
        }
        if let Some((column, _)) = &self.risk {
            table = table.with_column(column, predicted)?;
        }
        match &self.group {
            Some((column, _)) => table.with_column(column, group),
            None => Ok(table),
        }
    }
}
