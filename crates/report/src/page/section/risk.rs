//! The risk surface in three dimensions, to turn and zoom, with a still picture for paper and for browsers without WebGL.

use maud::{Markup, PreEscaped, html};

use crate::content::{Part, ReportContent, SlideView};
use crate::error::ReportError;
use crate::figure::risk_figure;
use crate::format;
use crate::page::embed;
use crate::page::parts::{Section, Term, absent, banner, scale};
use crate::surface::surface_png;

/// Size of the still pictures, in pixels.
const STILL: (u32, u32) = (1200, 800);

/// Buttons that move the camera: words, and turn, tilt (radians) and distance (factor).
const MOVES: [(&str, &str); 6] = [
    ("Turn left", "-0.35 0 1"),
    ("Turn right", "0.35 0 1"),
    ("Tilt up", "0 0.2 1"),
    ("Tilt down", "0 -0.2 1"),
    ("Nearer", "0 0 0.8"),
    ("Further", "0 0 1.25"),
];

/// The section.
///
/// # Errors
/// Where a surface contradicts itself or a picture cannot be drawn.
pub(in crate::page) fn section(content: &ReportContent) -> Result<Section, ReportError> {
    let body = match &content.slides {
        Part::Absent { reason } => absent(reason),
        Part::Done(slides) if slides.is_empty() => absent("No slide was chosen to be shown."),
        Part::Done(slides) => shown(slides, content.banner.as_deref())?,
    };
    Ok(Section { id: "risk-surface", title: "The risk surface", body })
}

/// A slide with the id of its figure's JSON block.
struct Shown<'a> {
    slide: &'a SlideView,
    block: String,
    json: String,
    still: String,
}

fn prepare(index: usize, slide: &SlideView) -> Result<Shown<'_>, ReportError> {
    Ok(Shown {
        slide,
        block: format!("risk-figure-{index}"),
        json: risk_figure(&slide.surface)?.json()?,
        still: embed::png(&surface_png(&slide.surface, STILL.0, STILL.1)?),
    })
}

fn shown(slides: &[SlideView], warning: Option<&str>) -> Result<Markup, ReportError> {
    let slides =
        slides.iter().enumerate().map(|(index, slide)| prepare(index, slide)).collect::<Result<Vec<_>, _>>()?;
    Ok(html! {
        p {
            "The " (Term::RiskSurface.link("risk surface")) " lies over its slide: height and colour are the contribution of "
            "each tile to the slide's score, blue low to red high."
            @if one_scale(&slides) { " All slides share one scale of colour." }
        }
        figure {
            (banner(warning))
            (controls(&slides))
            div.stage.only-live role="img" aria-label="risk surface in three dimensions; drag to turn, scroll to zoom, or use the buttons above" {}
            @for shown in &slides { (block(shown)) }
            (ends(&slides))
            div.stills.only-still {
                @for shown in &slides { img src=(shown.still) width=(STILL.0) height=(STILL.1) alt=(words(shown.slide)); }
            }
            figcaption {
                "A tile's centre stands at its own risk, its corners at the mean of the tiles that meet there; where no tile "
                "was read there is no surface. The slide lies below at no height of its own."
                div.sums { @for shown in &slides { (sum(shown)) } }
            }
        }
    })
}

/// Whether colours compare between slides.
fn one_scale(slides: &[Shown<'_>]) -> bool {
    slides.windows(2).all(|pair| pair[0].slide.surface.scale == pair[1].slide.surface.scale)
}

fn controls(slides: &[Shown<'_>]) -> Markup {
    html! {
        div.controls.only-live {
            label {
                "Slide "
                select {
                    @for shown in slides {
                        option value=(shown.block) { (shown.slide.role) ": " (shown.slide.surface.slide_id) }
                    }
                }
            }
            span.turns { @for (words, step) in MOVES { button type="button" data-move=(step) { (words) } } }
        }
    }
}

fn block(shown: &Shown<'_>) -> Markup {
    html! { script type="application/json" id=(shown.block) { (PreEscaped(&shown.json)) } }
}

/// The ends of the colour scale of each slide; the page's script shows those of the slide on stage.
fn ends(slides: &[Shown<'_>]) -> Markup {
    html! {
        @for shown in slides {
            @let surface = &shown.slide.surface;
            div.only-live data-for=(shown.block) {
                (scale(&format!("low {}", format::number(surface.scale.low)), &format!("{} high", format::number(surface.scale.high))))
            }
        }
    }
}

fn sum(shown: &Shown<'_>) -> Markup {
    let surface = &shown.slide.surface;
    html! { p { (surface.slide_id) ": " (format::sum_of_tiles(surface)) "." } }
}

fn words(slide: &SlideView) -> String {
    let surface = &slide.surface;
    format!("risk surface of slide {} ({}), {}", surface.slide_id, slide.role, format::sum_of_tiles(surface))
}
