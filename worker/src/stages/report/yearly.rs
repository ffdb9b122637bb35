//! Effects by year, in the report's words.

use renkei_model::{EffectsByYear, Findings};
use renkei_report::{Estimate, LikelihoodRatioTest, Part, YearlyEffects};

pub(super) fn part(findings: &Findings) -> Part<YearlyEffects> {
    let years = &findings.year_effects;
    let Some(effects) = years.effects.done() else { return Part::absent(super::reason(&years.effects)) };
    let test = match years.test.done() {
        None => Part::absent(super::reason(&years.test)),
        Some(test) => Part::Done(LikelihoodRatioTest {
            statistic: test.statistic,
            df: test.degrees as u32,
            p_asymptotic: test.p_asymptotic,
            p_bootstrap: Some(test.p_bootstrap),
            replicates: test.replicates as u64,
        }),
    };
    Part::Done(YearlyEffects {
        years: names(&effects.years),
        events: effects.events.iter().map(|events| *events as u64).collect(),
        predictors: effects.columns.clone(),
        effects: by_predictor(effects),
        method: "complementary log-log hazard, log hazard ratio per standard deviation, shrunk by a ridge and a fused ridge \
                 between neighbouring years: a picture, not the test"
            .to_owned(),
        test,
        rests_on_images: false,
    })
}

fn names(ends: &[f64]) -> Vec<String> {
    let starts = std::iter::once(0.0).chain(ends.iter().copied());
    let name = |(start, end): (f64, &f64)| {
        if end - start <= 1.0 { format!("year {end}") } else { format!("years {} to {end}", start + 1.0) }
    };
    starts.zip(ends).map(name).collect()
}

fn by_predictor(effects: &EffectsByYear) -> Vec<Vec<Option<Estimate>>> {
    let columns = effects.columns.len();
    let cell = |year: usize, column: usize| {
        let found = effects.effects.get(year * columns + column)?;
        Some(Estimate::with_interval(found.effect, found.lower, found.upper))
    };
    (0..columns).map(|column| (0..effects.years.len()).map(|year| cell(year, column)).collect()).collect()
}
