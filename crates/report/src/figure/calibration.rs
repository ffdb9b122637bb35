//! Observed against expected risk, and decision curves.

use plotly::common::{DashType, ErrorData, ErrorType, Font, Line, Mode, Orientation, Title};
use plotly::layout::{Axis, HoverMode, Layout, Legend, Margin};
use plotly::{Scatter, Trace};

use super::{Figure, INK, RULE, plain, rounded};
use crate::content::{CalibrationAt, ModelValidation};
use crate::format;

/// Colours that colour-blind readers tell apart (Okabe and Ito 2008); the marks differ too.
const COLOURS: [&str; 5] = ["#0072b2", "#d55e00", "#009e73", "#a06b00", "#cc79a7"];
const HEIGHT_PX: usize = 420;

/// Groups of predicted risk against what happened, one colour a horizon; on the diagonal predictions are right.
pub(crate) fn calibration_figure(calibration: &[CalibrationAt]) -> Figure {
    let most = calibration.iter().flat_map(|at| &at.groups).flat_map(|group| {
        let observed = group.observed.map_or(0.0, |found| found.interval.map_or(found.value, |(_, high)| high));
        [group.expected, observed]
    });
    let most = rounded(most.fold(0.1, f64::max) * 1.05, 3).min(1.0);
    let diagonal = Scatter::new(vec![0.0, most], vec![0.0, most])
        .mode(Mode::Lines)
        .name("as predicted")
        .line(Line::new().color(INK).width(1.0).dash(DashType::Dot));
    let mut data: Vec<Box<dyn Trace>> = vec![diagonal];
    data.extend(calibration.iter().zip(COLOURS.iter().cycle()).map(|(at, colour)| horizon(at, colour)));
    Figure::new(data, layout("Predicted risk", "Observed risk", most, (0.0, most)))
}

fn horizon(at: &CalibrationAt, colour: &'static str) -> Box<dyn Trace> {
    let known = || at.groups.iter().filter_map(|group| Some((group, group.observed?)));
    let reach = |end: fn((f64, f64)) -> f64| -> Vec<f64> {
        known()
            .map(|(_, seen)| rounded((end(seen.interval.unwrap_or((seen.value, seen.value))) - seen.value).abs(), 5))
            .collect()
    };
    let bars = ErrorData::new(ErrorType::Data)
        .array(reach(|interval| interval.1))
        .array_minus(reach(|interval| interval.0))
        .symmetric(false)
        .color(colour);
    let x = known().map(|(group, _)| rounded(group.expected, 5)).collect();
    let y = known().map(|(_, seen)| rounded(seen.value, 5)).collect();
    Scatter::new(x, y)
        .mode(Mode::LinesMarkers)
        .name(plain(&format::years(at.horizon_days)))
        .line(Line::new().color(colour).width(1.5))
        .error_y(bars)
}

/// Net benefit of every model at its last horizon, beside treating all and treating none.
pub(crate) fn decision_figure(models: &[ModelValidation]) -> Figure {
    let mut data: Vec<Box<dyn Trace>> = Vec::new();
    let shown = || models.iter().filter_map(|model| Some((model, model.calibration.last()?)));
    let mut highest = 0.05_f64;
    for ((model, at), colour) in shown().zip(COLOURS.iter().cycle()) {
        let known: Vec<(f64, f64)> = at.decision.iter().filter_map(|one| Some((one.threshold, one.model?))).collect();
        highest = known.iter().map(|(_, benefit)| *benefit).fold(highest, f64::max);
        data.push(line(&model.name, &known, colour, DashType::Solid));
    }
    if let Some((_, at)) = shown().next() {
        let all: Vec<(f64, f64)> = at.decision.iter().map(|one| (one.threshold, one.treat_all)).collect();
        highest = all.iter().map(|(_, benefit)| *benefit).fold(highest, f64::max);
        data.push(line("treat all", &all, INK, DashType::Dash));
        let ends: Vec<(f64, f64)> = at.decision.iter().map(|one| (one.threshold, 0.0)).collect();
        data.push(line("treat none", &ends, INK, DashType::Dot));
    }
    let last = shown().filter_map(|(_, at)| at.decision.last()).map(|one| one.threshold).fold(0.1, f64::max);
    // Far below 0 nothing is worth reading.
    Figure::new(data, layout("Threshold of predicted risk", "Net benefit", last, (-0.3 * highest, 1.1 * highest)))
}

fn line(name: &str, points: &[(f64, f64)], colour: &'static str, dash: DashType) -> Box<dyn Trace> {
    let (x, y) = points.iter().map(|(x, y)| (rounded(*x, 4), rounded(*y, 5))).unzip();
    Scatter::<f64, f64>::new(x, y)
        .mode(Mode::Lines)
        .name(plain(name))
        .line(Line::new().color(colour).width(2.0).dash(dash))
}

fn layout(x: &str, y: &str, most: f64, (low, high): (f64, f64)) -> Layout {
    let axis =
        |title: &str| Axis::new().title(Title::with_text(title)).grid_color(RULE).zero_line(false).auto_margin(true);
    Layout::new()
        .font(Font::new().family("system-ui, sans-serif").size(13).color(INK))
        .margin(Margin::new().left(64).right(12).top(56).bottom(48))
        .height(HEIGHT_PX)
        .hover_mode(HoverMode::Closest)
        .legend(Legend::new().orientation(Orientation::Horizontal).x(0.0).y(1.15))
        .x_axis(axis(x).range(vec![0.0, most]))
        .y_axis(axis(y).range(vec![rounded(low, 4), rounded(high, 4)]))
}
