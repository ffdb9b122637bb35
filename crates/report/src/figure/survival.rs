//! Kaplan-Meier curves with their bands and the numbers at risk below.

use plotly::common::{Anchor, DashType, Fill, Font, HoverInfo, Line, LineShape, Mode, Orientation, TickMode, Title};
use plotly::layout::{Axis, HoverMode, Layout, Legend, Margin};
use plotly::{Scatter, Trace};

use super::{Figure, INK, RULE, plain, rounded};
use crate::content::{CurvePoint, SurvivalCurve, SurvivalSection};
use crate::format;

/// Colours that colour-blind readers tell apart (Okabe and Ito 2008), lowest risk first; the dashes differ too.
const GROUPS: [(&str, [u8; 3], DashType); 5] = [
    ("#0072b2", [0, 114, 178], DashType::Solid),
    ("#a06b00", [184, 134, 11], DashType::Dash),
    ("#d55e00", [213, 94, 0], DashType::Solid),
    ("#009e73", [0, 158, 115], DashType::LongDash),
    ("#cc79a7", [204, 121, 167], DashType::DashDot),
];
/// The curve of all cases.
const OVERALL: (&str, [u8; 3], DashType) = ("#57606a", [87, 96, 106], DashType::Dot);

/// Height of the curves and of one row of numbers at risk, in pixels.
const CURVES_PX: f64 = 380.0;
const ROW_PX: f64 = 24.0;
/// Between the curves and the numbers: the axis and its title.
const GAP_PX: f64 = 80.0;

type Style = (&'static str, [u8; 3], DashType);

/// The figure, and its height in pixels.
pub(crate) fn survival_figure(section: &SurvivalSection) -> (Figure, usize) {
    let curves = styled(section);
    let mut data: Vec<Box<dyn Trace>> = Vec::new();
    for (curve, style) in &curves {
        data.extend(band(curve, style));
        data.push(line(curve, style));
    }
    for (row, (curve, style)) in curves.iter().enumerate() {
        data.push(numbers(curve, &section.at_risk_days, row, style));
    }
    let numbers_px = ROW_PX * curves.len() as f64;
    let inner_px = CURVES_PX + GAP_PX + numbers_px;
    let layout = layout(section, &curves, numbers_px / inner_px, CURVES_PX / inner_px);
    let height = inner_px as usize + 76;
    (Figure::new(data, layout.height(height)), height)
}

fn styled(section: &SurvivalSection) -> Vec<(&SurvivalCurve, Style)> {
    let groups = section.groups.iter().zip(GROUPS.iter().cycle().cloned());
    std::iter::once((&section.overall, OVERALL)).chain(groups).collect()
}

/// The steps from day 0 on.
fn steps(curve: &SurvivalCurve) -> Vec<CurvePoint> {
    let start = CurvePoint { day: 0.0, survival: 1.0, low: 1.0, high: 1.0 };
    let missing = curve.points.first().is_none_or(|point| point.day > 0.0);
    missing.then_some(start).into_iter().chain(curve.points.iter().copied()).collect()
}

fn coordinates(curve: &SurvivalCurve, of: impl Fn(&CurvePoint) -> f64) -> (Vec<f64>, Vec<f64>) {
    steps(curve).iter().map(|point| (rounded(format::in_years(point.day), 4), rounded(of(point), 5))).unzip()
}

fn band(curve: &SurvivalCurve, (_, [red, green, blue], _): &Style) -> [Box<dyn Trace>; 2] {
    let edge = |of: fn(&CurvePoint) -> f64| {
        let (x, y) = coordinates(curve, of);
        Scatter::new(x, y)
            .mode(Mode::Lines)
            .line(Line::new().width(0.0).shape(LineShape::Hv))
            .hover_info(HoverInfo::Skip)
            .legend_group(plain(&curve.label))
            .show_legend(false)
    };
    let filled = edge(|point| point.high).fill(Fill::ToNextY).fill_color(format!("rgba({red}, {green}, {blue}, 0.14)"));
    [edge(|point| point.low), filled]
}

fn line(curve: &SurvivalCurve, (colour, _, dash): &Style) -> Box<dyn Trace> {
    let (x, y) = coordinates(curve, |point| point.survival);
    let hover: Vec<String> = steps(curve)
        .iter()
        .map(|point| format!("{} ({})", format::decimals(point.survival, 3), format::range((point.low, point.high), 3)))
        .collect();
    Scatter::new(x, y)
        .mode(Mode::Lines)
        .name(plain(&curve.label))
        .legend_group(plain(&curve.label))
        .line(Line::new().width(2.0).shape(LineShape::Hv).color(*colour).dash(dash.clone()))
        .text_array(hover)
        .hover_template("%{text}")
}

fn numbers(curve: &SurvivalCurve, days: &[f64], row: usize, (colour, _, _): &Style) -> Box<dyn Trace> {
    let x: Vec<f64> = days.iter().map(|day| rounded(format::in_years(*day), 4)).collect();
    let y = vec![row as f64; x.len()];
    Scatter::new(x, y)
        .mode(Mode::Text)
        .text_array(curve.at_risk.iter().map(|cases| format::count(*cases)).collect())
        .text_font(Font::new().size(12).color(*colour))
        .y_axis("y2")
        .hover_info(HoverInfo::Skip)
        .show_legend(false)
}

fn layout(section: &SurvivalSection, curves: &[(&SurvivalCurve, Style)], numbers: f64, share: f64) -> Layout {
    let last = section.at_risk_days.iter().copied().fold(0.0, f64::max);
    let reach = curves.iter().flat_map(|(curve, _)| curve.points.last()).map(|point| point.day).fold(last, f64::max);
    let reach = rounded(format::in_years(reach), 3);
    let ticks: Vec<f64> = section.at_risk_days.iter().map(|day| rounded(format::in_years(*day), 4)).collect();
    let names = section.at_risk_days.iter().map(|day| format::years_number(*day)).collect();
    let years = Axis::new()
        .title(Title::with_text("Years from the index date"))
        .range(vec![-0.03 * reach, 1.03 * reach])
        .tick_mode(TickMode::Array)
        .tick_values(ticks)
        .tick_text(names)
        .show_grid(false)
        .zero_line(false)
        .show_line(true)
        .line_color(INK)
        .anchor("y");
    let probability = Axis::new()
        .title(Title::with_text("Probability of no event"))
        .domain(&[1.0 - share, 1.0])
        .range(vec![0.0, 1.02])
        .grid_color(RULE)
        .zero_line(false);
    Layout::new()
        .font(Font::new().family("system-ui, sans-serif").size(13).color(INK))
        .margin(Margin::new().left(104).right(12).top(56).bottom(20))
        .hover_mode(HoverMode::XUnified)
        .legend(Legend::new().orientation(Orientation::Horizontal).x(0.0).y(1.02).y_anchor(Anchor::Bottom))
        .x_axis(years)
        .y_axis(probability)
        .y_axis2(rows(curves, numbers))
}

/// The axis of the numbers at risk: one row a curve, the first at the top.
fn rows(curves: &[(&SurvivalCurve, Style)], share: f64) -> Axis {
    let bottom = curves.len() as f64 - 0.5;
    Axis::new()
        .domain(&[0.0, share])
        .range(vec![bottom, -0.5])
        .tick_mode(TickMode::Array)
        .tick_values((0..curves.len()).map(|row| row as f64).collect())
        .tick_text(curves.iter().map(|(curve, _)| plain(&curve.label)).collect())
        .tick_font(Font::new().size(12))
        .show_grid(false)
        .zero_line(false)
        .fixed_range(true)
}
