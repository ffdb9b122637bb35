//! Figures over many seeds.

use std::collections::BTreeMap;

use super::{
    Found, Rate, Recovered,
    one::{Gain, ImpactFound},
    years::Cell,
};

use crate::NOTICE;

/// The level of every test.
const LEVEL: f64 = 0.05;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What.
    pub what: String,
    /// Its value, a share with the exact 95 % interval where every seed is one trial, else a mean over seeds.
    pub value: String,
}

/// The figures of the runs of one truth.
pub fn figures(runs: &[Recovered]) -> Vec<Figure> {
    let found: Vec<&Found> = runs.iter().filter_map(|run| run.found.as_ref().ok()).collect();
    let mut lines = vec![
        line("seeds with an analysis", Rate::of(runs.iter().map(|run| run.found.is_ok())).to_string()),
        line("events of a cohort", spread(runs.iter().map(|run| run.events as f64), 0)),
        line("tiles of a cohort", spread(runs.iter().map(|run| run.tiles as f64), 0)),
        line("tiles in a key feature of their own kind of tissue", spread(runs.iter().map(|run| run.purity), 3)),
    ];
    lines.extend(discrimination(&found));
    lines.extend(impacts(&found));
    lines.extend(stability(&found));
    lines.extend(tests_of_years(&found));
    lines.extend(coverage(&found));
    lines.extend(patterns(&found));
    lines
}

/// The figures of several truths side by side, as a Markdown table under its [`NOTICE`].
pub fn table(by_truth: &[(String, Vec<Figure>)]) -> String {
    let mut order: Vec<&str> = Vec::new();
    for figure in by_truth.iter().flat_map(|(_, figures)| figures) {
        if !order.contains(&figure.what.as_str()) {
            order.push(&figure.what);
        }
    }
    let names: Vec<&str> = by_truth.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!("{NOTICE}\n\n| figure | {} |\n|---|{}\n", names.join(" | "), "---:|".repeat(names.len()));
    for what in order {
        let value = |figures: &Vec<Figure>| {
            figures.iter().find(|figure| figure.what == what).map_or_else(|| "-".to_owned(), |one| one.value.clone())
        };
        let values: Vec<String> = by_truth.iter().map(|(_, figures)| value(figures)).collect();
        text += &format!("| {what} | {} |\n", values.join(" | "));
    }
    text
}

fn discrimination(found: &[&Found]) -> Vec<Figure> {
    let c = |place: usize| spread(found.iter().filter_map(|one| one.concordance[place]), 3);
    let above = |gains: Vec<Gain>| Rate::of(gains.iter().map(|gain| gain.lower > 0.0)).to_string();
    let below = |gains: Vec<Gain>| Rate::of(gains.iter().map(|gain| gain.upper < 0.0)).to_string();
    let gains = || found.iter().filter_map(|one| one.gain).collect::<Vec<_>>();
    let mut lines = vec![
        line("held-out C, records", c(0)),
        line("held-out C, images", c(1)),
        line("held-out C, both", c(2)),
        line("gain in C of both over records", spread(gains().iter().map(|gain| gain.estimate), 3)),
        line("**interval of the gain in C above 0**", above(gains())),
        line("interval of the gain in C below 0", below(gains())),
    ];
    for (place, way) in ["elastic net", "late fusion"].into_iter().enumerate() {
        let gains = || found.iter().filter_map(|one| one.fusion_gain[place]).collect::<Vec<_>>();
        let estimates = gains();
        lines.push(line(
            &format!("gain in C of {way} over records"),
            spread(estimates.iter().map(|one| one.estimate), 3),
        ));
        lines.push(line(&format!("interval of the gain in C above 0, {way}"), above(gains())));
    }
    for place in 0..found.iter().map(|one| one.auc_gain.len()).max().unwrap_or(0) {
        let gains = found.iter().filter_map(|one| *one.auc_gain.get(place)?).collect();
        lines.push(line(&format!("interval of the gain in AUC above 0, horizon {}", place + 1), above(gains)));
    }
    lines
}

fn impacts(found: &[&Found]) -> Vec<Figure> {
    let of = |watched: bool| -> Vec<Vec<ImpactFound>> {
        let own = |one: &&Found| one.impacts.iter().copied().filter(|impact| impact.watched == watched).collect();
        found.iter().map(own).collect()
    };
    let found_it = |impact: &ImpactFound| impact.p_adjusted < LEVEL;
    let any = |all: &[Vec<ImpactFound>]| Rate::of(all.iter().map(|one| one.iter().any(found_it))).to_string();
    let each = |all: &[Vec<ImpactFound>]| clustered(all.iter().map(|one| one.iter().map(found_it).collect()));
    let (watched, others) = (of(true), of(false));
    let none_wrong = |one: &&Found| !one.impacts.iter().any(found_it);
    vec![
        line("key features of the acting kind", spread(watched.iter().map(|one| one.len() as f64), 1)),
        line("**a key feature of the acting kind with adjusted p < 0.05**", any(&watched)),
        line("key features of the acting kind with adjusted p < 0.05, each", each(&watched)),
        line("another key feature with adjusted p < 0.05", any(&others)),
        line("other key features with adjusted p < 0.05, each", each(&others)),
        line(
            "**any key feature with adjusted p < 0.05**",
            Rate::of(found.iter().map(|one| !none_wrong(one))).to_string(),
        ),
    ]
}

fn stability(found: &[&Found]) -> Vec<Figure> {
    let called = |acting: bool| {
        let one = |found: &&Found| found.stable.iter().filter(|(own, stable)| *own == acting && *stable).count();
        found.iter().map(one).collect::<Vec<_>>()
    };
    let any = |calls: &[usize]| Rate::of(calls.iter().map(|calls| *calls > 0)).to_string();
    let (acting, others) = (called(true), called(false));
    vec![
        line("a stable key feature of the acting kind", any(&acting)),
        line("**another stable key feature**", any(&others)),
        line("other stable key features a seed (bound 1)", spread(others.iter().map(|calls| *calls as f64), 2)),
    ]
}

fn tests_of_years(found: &[&Found]) -> Vec<Figure> {
    let rate =
        |p: fn(&Found) -> Option<f64>| Rate::of(found.iter().filter_map(|one| p(one)).map(|p| p <= LEVEL)).to_string();
    vec![
        line("**effects of records differ by year, p <= 0.05**", rate(|one| one.years.p)),
        line("the same by the chi-square distribution", rate(|one| one.years.p_chi_square)),
        line("the same by chi-square with the logit link", rate(|one| one.years.p_logit)),
        line("effect of the acting kind's key features differs by year, p <= 0.05", rate(|one| one.years.p_tissue)),
    ]
}

fn coverage(found: &[&Found]) -> Vec<Figure> {
    let mut lines = Vec::new();
    let mut proportional: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    let mut wald: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for record in found.iter().flat_map(|one| &one.records) {
        if let Some(planted) = record.planted {
            let covered = record.lower <= planted && planted <= record.upper;
            proportional.entry(&record.name).or_default().push(covered);
            if planted == 0.0 {
                wald.entry(&record.name).or_default().push(record.p < LEVEL);
            }
        }
    }
    for (name, covered) in proportional {
        lines.push(line(&format!("Cox interval holds the planted coefficient: {name}"), Rate::of(covered).to_string()));
    }
    for (name, rejected) in wald {
        lines.push(line(&format!("Cox p < 0.05 without an effect: {name}"), Rate::of(rejected).to_string()));
    }
    for (what, cells) in [
        (
            "yearly interval (no penalty) holds the planted effect",
            (|one: &Found| &one.years.plain) as fn(&Found) -> &Vec<Cell>,
        ),
        ("interval of the shrunk picture holds the planted effect", |one| &one.years.picture),
        ("interval of the shrunk picture holds the planted effect", |one| &one.years.tissue),
    ] {
        for (column, by_seed) in by_column(found, cells) {
            let held = by_seed.iter().map(|cells| cells.iter().map(|cell| covered(cell)).collect());
            lines.push(line(&format!("{what}: {column}"), clustered(held)));
        }
    }
    lines
}

/// Whether the planted pattern over the years came out, where one was planted.
fn patterns(found: &[&Found]) -> Vec<Figure> {
    let mut lines = Vec::new();
    for cells in [(|one: &Found| &one.years.picture) as fn(&Found) -> &Vec<Cell>, |one| &one.years.tissue] {
        for (column, by_seed) in by_column(found, cells) {
            let changing = by_seed.iter().filter(|cells| cells.len() > 1 && slope(cells, planted) != 0.0);
            let changing: Vec<&Vec<&Cell>> = changing.collect();
            if changing.is_empty() {
                continue;
            }
            let right = changing.iter().map(|cells| slope(cells, planted) * slope(cells, effect) > 0.0);
            lines.push(line(&format!("shrunk effect moves the planted way: {column}"), Rate::of(right).to_string()));
            let ranks = changing.iter().filter_map(|cells| spearman(cells));
            lines.push(line(&format!("rank correlation of shrunk and planted effects: {column}"), spread(ranks, 2)));
        }
    }
    lines
}

fn by_column<'a>(found: &[&'a Found], cells: fn(&Found) -> &Vec<Cell>) -> BTreeMap<&'a str, Vec<Vec<&'a Cell>>> {
    let mut all: BTreeMap<&str, Vec<Vec<&Cell>>> = BTreeMap::new();
    for one in found {
        let mut own: BTreeMap<&str, Vec<&Cell>> = BTreeMap::new();
        cells(one).iter().for_each(|cell| own.entry(&cell.column).or_default().push(cell));
        own.into_iter().for_each(|(column, cells)| all.entry(column).or_default().push(cells));
    }
    all
}

fn covered(cell: &Cell) -> bool {
    cell.lower <= cell.planted && cell.planted <= cell.upper
}

fn planted(cell: &Cell) -> f64 {
    cell.planted
}

fn effect(cell: &Cell) -> f64 {
    cell.effect
}

/// The last year less the first.
fn slope(cells: &[&Cell], of: fn(&Cell) -> f64) -> f64 {
    cells.last().map_or(0.0, |cell| of(cell)) - cells.first().map_or(0.0, |cell| of(cell))
}

/// Spearman's rank correlation (mean ranks for ties); none where one side does not vary.
fn spearman(cells: &[&Cell]) -> Option<f64> {
    let ranks = |of: fn(&Cell) -> f64| -> Vec<f64> {
        let rank = |own: f64| {
            let below = cells.iter().filter(|cell| of(cell) < own).count();
            let same = cells.iter().filter(|cell| of(cell) == own).count();
            below as f64 + (same as f64 + 1.0) / 2.0
        };
        cells.iter().map(|cell| rank(of(cell))).collect()
    };
    let (a, b) = (ranks(planted), ranks(effect));
    let middle = (cells.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    let scale = (product(&a, &a) * product(&b, &b)).sqrt();
    (scale > 0.0).then(|| product(&a, &b) / scale)
}

fn line(what: &str, value: String) -> Figure {
    Figure { what: what.to_owned(), value }
}

/// Mean and standard deviation over seeds.
fn spread(values: impl Iterator<Item = f64>, digits: usize) -> String {
    let values: Vec<f64> = values.collect();
    let Some((mean, deviation)) = moments(&values) else { return "-".to_owned() };
    format!("{mean:.digits$} (sd {deviation:.digits$})")
}

/// A share of trials that come in groups, one a seed: the mean over all with a normal 95 % interval that takes seeds, not
/// trials, as independent (the ratio estimate of Cochran 1977).
fn clustered(by_seed: impl Iterator<Item = Vec<bool>>) -> String {
    let seeds: Vec<(f64, f64)> = by_seed
        .map(|trials| (trials.iter().filter(|found| **found).count() as f64, trials.len() as f64))
        .filter(|(_, trials)| *trials > 0.0)
        .collect();
    let (found, trials) = seeds.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if seeds.len() < 2 {
        return "-".to_owned();
    }
    let (share, count) = (found / trials, seeds.len() as f64);
    let square: f64 = seeds.iter().map(|(found, trials)| (found - share * trials).powi(2)).sum();
    let error = (count / (count - 1.0) * square).sqrt() / trials;
    let [lower, upper] = [share - 1.96 * error, share + 1.96 * error].map(|end| 100.0 * end.clamp(0.0, 1.0));
    format!("{found:.0}/{trials:.0} = {:.1} % ({lower:.1} to {upper:.1})", 100.0 * share)
}

fn moments(values: &[f64]) -> Option<(f64, f64)> {
    let count = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count;
    let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((mean, (square / (count - 1.0).max(1.0)).sqrt()))
}
