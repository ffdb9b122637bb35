//! Shapley values by horizon.

use plotly::common::{Font, Orientation, Title};
use plotly::layout::{Axis, BarMode, Layout, Legend, Margin};
use plotly::{Bar, Trace};

use super::{Figure, INK, RULE, plain, rounded};
use crate::content::ImportanceSection;
use crate::format;

const HEIGHT_PX: usize = 380;

/// One group of bars a predictor, one bar a horizon, blue (early) to red (late).
pub(crate) fn importance_figure(section: &ImportanceSection) -> Figure {
    let known: Vec<_> = section.horizons.iter().filter_map(|at| Some((at, at.shapley.as_ref()?))).collect();
    let names: Vec<String> = section.predictors.iter().map(|name| plain(name)).collect();
    let data = known.iter().enumerate().map(|(place, (at, values))| {
        let colour = crate::surface::risk_colour(place as f64 / known.len().saturating_sub(1).max(1) as f64).css();
        let values: Vec<f64> = values.iter().map(|value| rounded(*value, 4)).collect();
        let bar: Box<dyn Trace> = Bar::new(names.clone(), values)
            .name(plain(&format::years(at.horizon_days)))
            .marker(plotly::common::Marker::new().color(colour));
        bar
    });
    let layout = Layout::new()
        .font(Font::new().family("system-ui, sans-serif").size(13).color(INK))
        .margin(Margin::new().left(64).right(12).top(48).bottom(64))
        .height(HEIGHT_PX)
        .bar_mode(BarMode::Group)
        .legend(Legend::new().orientation(Orientation::Horizontal).x(0.0).y(1.15))
        .x_axis(Axis::new().auto_margin(true))
        .y_axis(Axis::new().title(Title::with_text("Shapley value of held-out AUC")).grid_color(RULE).zero_line(true));
    Figure::new(data.collect(), layout)
}
