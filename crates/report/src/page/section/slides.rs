//! Slides with layers to switch on and off; no JavaScript needed.

use maud::{Markup, html};

use crate::content::{Part, ReportContent, SlideView};
use crate::error::ReportError;
use crate::format;
use crate::page::embed;
use crate::page::parts::{Section, absent, banner, scale};
use crate::surface::{Grid, risk_colour};

/// The section.
///
/// # Errors
/// Where a slide contradicts itself or an image cannot be written.
pub(in crate::page) fn section(content: &ReportContent) -> Result<Section, ReportError> {
    let body = match &content.slides {
        Part::Absent { reason } => absent(reason),
        Part::Done(slides) if slides.is_empty() => absent("No slide was chosen to be shown."),
        Part::Done(slides) => {
            let views = slides.iter().map(view).collect::<Result<Vec<_>, _>>()?;
            html! {
                (banner(content.banner.as_deref()))
                div.slides { @for view in &views { (view) } }
            }
        }
    };
    Ok(Section { id: "slides", title: "Slides", body })
}

fn view(slide: &SlideView) -> Result<Markup, ReportError> {
    let surface = &slide.surface;
    let drawing = drawing(slide)?;
    Ok(html! {
        figure.slide {
            h3 { (slide.role) ": " (surface.slide_id) }
            fieldset.layers {
                legend.soft.small { "Layers" }
                @if surface.thumbnail.is_some() { (switch("thumbnail", "slide", true)) }
                @if slide.mask.is_some() { (switch("mask", "tissue mask", false)) }
                (switch("grid", "tile grid", false))
                (switch("heat", "risk", true))
            }
            (drawing)
            (scale(&format!("low {}", format::number(surface.scale.low)), &format!("{} high", format::number(surface.scale.high))))
            figcaption { "Score " (format::decimals(surface.score, 3)) ", " (format::count(surface.tiles.len() as u64)) " tiles. Colour: " (surface.quantity) "." }
        }
    })
}

fn switch(layer: &str, words: &str, on: bool) -> Markup {
    html! { label { input type="checkbox" class=(format!("show-{layer}")) checked[on]; (words) } }
}

fn drawing(slide: &SlideView) -> Result<Markup, ReportError> {
    let surface = &slide.surface;
    let grid = Grid::of(surface)?;
    let thumbnail = surface.thumbnail.as_ref().map(embed::thumbnail).transpose()?;
    let mask = slide.mask.as_ref().map(embed::mask).transpose()?;
    let heat = embed::heat(&grid, |risk| risk_colour(surface.scale.position(risk)))?;
    let (width, height) = (whole(surface.width_px), whole(surface.height_px));
    let (across, down) = (f64::from(grid.columns) * grid.side, f64::from(grid.rows) * grid.side);
    Ok(html! {
        svg viewBox=(format!("0 0 {width} {height}")) role="img"
            aria-label=(format!("slide {} seen from above, with its layers", surface.slide_id)) {
            @if let Some(uri) = thumbnail {
                image.thumbnail href=(uri) width=(width) height=(height) preserveAspectRatio="none" {}
            }
            @if let Some(uri) = mask {
                image.mask href=(uri) width=(width) height=(height) preserveAspectRatio="none" {}
            }
            g.heat-layer opacity="0.62" {
                image.pixels href=(heat) x=(whole(grid.left)) y=(whole(grid.top)) width=(whole(across)) height=(whole(down))
                    preserveAspectRatio="none" {}
            }
            path.grid d=(outlines(&grid)) fill="none" stroke="#1f2328" stroke-width="0.6" vector-effect="non-scaling-stroke" {}
        }
    })
}

/// Every tile's square as one path.
fn outlines(grid: &Grid) -> String {
    let side = whole(grid.side);
    grid.risks
        .keys()
        .map(|&(row, column)| format!("M{} {}h{side}v{side}h-{side}z", whole(grid.x(column)), whole(grid.y(row))))
        .collect()
}

fn whole(pixels: f64) -> String {
    format!("{pixels:.0}")
}
