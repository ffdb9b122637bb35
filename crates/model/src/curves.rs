//! Kaplan-Meier curves, of all cases and of thirds by predicted risk.

use renkei_stats::{
    StatsError,
    survival::{IntervalForm, KaplanMeier, RiskTable, group_tables, log_rank},
};

use crate::{Curve, CurveStep, RiskBand, RiskGroup, RiskGroups, design::Design, resampled::quantile};

/// The curve of all cases of a design.
pub(crate) fn curve(design: &Design) -> Result<Curve, StatsError> {
    curve_of(&RiskTable::new(&design.outcomes()?), whole_years(design))
}

/// Median follow-up by the reverse Kaplan-Meier estimate, where censoring is the event.
pub(crate) fn median_follow_up(design: &Design) -> Result<Option<f64>, StatsError> {
    Ok(KaplanMeier::new(&RiskTable::new(&design.outcomes()?).reversed()).quantile(0.5))
}

pub(crate) fn longest(design: &Design) -> f64 {
    design.time.iter().copied().fold(0.0, f64::max)
}

fn whole_years(design: &Design) -> usize {
    longest(design).floor() as usize
}

fn curve_of(table: &RiskTable, years: usize) -> Result<Curve, StatsError> {
    let estimate = KaplanMeier::new(table);
    let step = |place: usize| {
        let years = estimate.time[place];
        let band = estimate.interval_at(years, 0.95, IntervalForm::LogLog)?;
        Ok(CurveStep {
            years,
            at_risk: estimate.at_risk[place],
            events: estimate.events[place],
            survival: estimate.survival[place],
            lower: band.map(|band| band.lower),
            upper: band.map(|band| band.upper),
        })
    };
    Ok(Curve {
        cases: table.cases() as usize,
        events: table.events() as usize,
        ends_years: table.rows().last().map_or(0.0, |row| row.time),
        steps: (0..estimate.time.len()).map(step).collect::<Result<_, StatsError>>()?,
        at_risk_by_year: (0..=years).map(|year| table.at_risk(year as f64)).collect(),
        median_years: estimate.quantile(0.5),
    })
}

const BANDS: [RiskBand; 3] = [RiskBand::Low, RiskBand::Middle, RiskBand::High];

/// Cuts the cases of a design into thirds by held-out linear predictor; `cases` is the number of cases of the input.
///
/// # Errors
/// In words, when a third is empty or the groups cannot be compared.
pub(crate) fn risk_groups(
    design: &Design,
    predictor: &[f64],
    model: &'static str,
    cases: usize,
) -> Result<RiskGroups, String> {
    let mut ascending = predictor.to_vec();
    ascending.sort_by(f64::total_cmp);
    let cuts = [1.0 / 3.0, 2.0 / 3.0].map(|share| quantile(&ascending, share));
    let labels: Vec<usize> = predictor.iter().map(|value| cuts.iter().filter(|cut| *value > **cut).count()).collect();
    if (0..BANDS.len()).any(|band| !labels.contains(&band)) {
        return Err("too many cases have the same held-out prediction to cut them into thirds".to_owned());
    }
    let in_words = |error: StatsError| error.to_string();
    let tables = group_tables(&design.outcomes().map_err(in_words)?, &labels, BANDS.len()).map_err(in_words)?;
    let years = whole_years(design);
    let groups = BANDS
        .iter()
        .zip(&tables)
        .map(|(band, table)| Ok(RiskGroup { band: *band, curve: curve_of(table, years).map_err(in_words)? }));
    let groups = groups.collect::<Result<_, String>>()?;
    let log_rank = log_rank(&[tables]).map_err(in_words)?;
    let mut group = vec![None; cases];
    for (case, label) in design.cases.iter().zip(&labels) {
        group[*case] = Some(BANDS[*label]);
    }
    Ok(RiskGroups { model: model.to_owned(), cuts, group, groups, log_rank })
}
