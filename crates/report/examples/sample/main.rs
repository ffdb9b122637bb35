//! Write a report with invented content: `cargo run -p renkei-report --example sample -- OUT_FOLDER`.

mod content;
mod slides;

use std::error::Error;
use std::path::PathBuf;

use renkei_report::{Part, geojson, render_html, surface_png};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name a folder to write to")?;
    std::fs::create_dir_all(&folder)?;
    let sample = content::sample();
    std::fs::write(folder.join("report.html"), render_html(&sample)?)?;
    if let Part::Done(slides) = &sample.slides {
        for (index, slide) in slides.iter().enumerate() {
            std::fs::write(folder.join(format!("surface-{index}.png")), surface_png(&slide.surface, 1200, 800)?)?;
            std::fs::write(folder.join(format!("tiles-{index}.geojson")), geojson(&slide.surface))?;
        }
    }
    Ok(())
}
