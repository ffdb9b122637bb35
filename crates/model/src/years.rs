//! Whether the effects of the records differ by year: a test, and a picture.

use renkei_stats::{
    Predictors, StatsError,
    hazard::{
        HazardFit, Link, PersonYears, Shrinkage, YearEffectsTest, Years, choose_years, fit_shrunk, test_year_effects,
    },
};

use crate::{
    EffectByYear, EffectsByYear, Outcome, YearEffects, curves::longest, design::Design, fit::variances,
    model::two_sided_95,
};

const LINK: Link = Link::ComplementaryLogLog;
/// Events that a year needs to stand alone. In the test it also needs one a column: effects are not penalised there.
pub(crate) const YEAR_EVENTS: usize = 5;
/// Weights per standard deviation: effects have a prior standard deviation of 1, neighbouring years differ by one half.
pub(crate) const SHRINKAGE: Shrinkage = Shrinkage { ridge: 1.0, fused: 4.0 };

/// Tests and draws the effects of the records, all cases of `design`, in years up to the last horizon.
pub(crate) fn year_effects(design: &Design, horizons_years: &[f64], replicates: usize, seed: u64) -> YearEffects {
    let last = last_year(design, horizons_years);
    let in_words = |error: StatsError| design.explain(&error);
    let cut = |minimum| design.outcomes().and_then(|outcomes| choose_years(&outcomes, last, minimum));
    let needed = YEAR_EVENTS.max(design.columns);
    let years = cut(needed);
    let tested = match &years {
        Ok(years) if years.ends().len() < 2 => Err(format!(
            "no second year up to year {last} has the {needed} events that a year of the test needs, so years cannot be compared"
        )),
        Ok(years) => test(design, years, replicates, seed).map_err(in_words),
        Err(error) => Err(error.to_string()),
    };
    YearEffects {
        test_years: years.as_ref().map(|years| years.ends().to_vec()).unwrap_or_default(),
        test: Outcome::from(tested),
        effects: Outcome::from(cut(YEAR_EVENTS).and_then(|years| picture(design, &years)).map_err(in_words)),
    }
}

/// The largest horizon that follow-up reaches, in whole years; without one the last whole year of follow-up.
fn last_year(design: &Design, horizons_years: &[f64]) -> usize {
    let followed = longest(design).floor();
    let asked = horizons_years.iter().map(|years| years.ceil()).filter(|years| *years <= followed).fold(0.0, f64::max);
    let last = if asked > 0.0 { asked } else { followed };
    last.max(1.0) as usize
}

fn test(design: &Design, years: &Years, replicates: usize, seed: u64) -> Result<YearEffectsTest, StatsError> {
    let predictors = Predictors::new(&design.values, design.columns)?;
    test_year_effects(&design.outcomes()?, &predictors, years, LINK, replicates, seed)
}

fn picture(design: &Design, years: &Years) -> Result<EffectsByYear, StatsError> {
    let scale: Vec<f64> = variances(design).iter().map(|variance| variance.sqrt()).collect();
    let scaled: Vec<f64> = (0..design.rows())
        .flat_map(|row| design.row(row).iter().zip(&scale).map(|(value, scale)| value / scale))
        .collect();
    let outcomes = design.outcomes()?;
    let fitted = fit_shrunk(&outcomes, &Predictors::new(&scaled, design.columns)?, years, LINK, &SHRINKAGE)?;
    let cut = PersonYears::new(&outcomes, years);
    Ok(EffectsByYear {
        years: years.ends().to_vec(),
        events: cut.years.iter().map(|year| year.event.iter().filter(|event| **event).count()).collect(),
        person_years: cut.years.iter().map(|year| year.case.len()).collect(),
        columns: (0..design.columns).map(|column| design.name(column).to_owned()).collect(),
        effects: cells(&fitted),
    })
}

fn cells(fitted: &HazardFit) -> Vec<EffectByYear> {
    let errors = fitted.std_errors();
    let cells = fitted.coefficients.iter().zip(&errors[fitted.intercepts.len()..]);
    cells
        .map(|(effect, error)| {
            let reach = two_sided_95() * error;
            EffectByYear { effect: *effect, lower: effect - reach, upper: effect + reach }
        })
        .collect()
}
