//! From the fetched components to a folder that `renkei run` can work on.

use std::fmt;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use renkei_domain::{Digest, SlideId};
use renkei_slide::write::{TiffKind, TiledTiffWriter};

use crate::cohort::{self, Cohort};
use crate::components::Components;
use crate::error::DemoError;
use crate::folder::{self, Draft, Notes};
use crate::layout::{Content, SIDE, lay_out};
use crate::plant::{self, PlantDescription};
use crate::source::{self, Source};
use crate::spec;
use crate::truth::Truth;

/// The demo's pseudonym key. It is printed here, so it protects nobody: the demo's men have no names to protect.
const SECRET: &str = "demo-only-key-that-is-public-and-protects-nobody\n";

/// The demo's input, ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Where it lies.
    pub folder: PathBuf,
    /// The run spec.
    pub run_yaml: PathBuf,
    /// The same with predictors that were known only after the operation: the leakage guard must refuse it.
    pub leaky_yaml: PathBuf,
    /// The demo's pseudonym key, mode 0600.
    pub secret: PathBuf,
    /// What was planted in every tile. The run never reads it.
    pub truth: Truth,
    /// What was planted, in words and numbers.
    pub plant: PlantDescription,
}

impl fmt::Display for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "demo input in {}", self.folder.display())?;
        self.plant.fmt(f)
    }
}

/// Prepares the demo's input in the folder `out` from what `deploy/demo/fetch` put into the folder `components`.
///
/// The same components and seed give the same bytes. A folder that was made from just these is left as it is; one that was
/// made from others is replaced, at once and whole. Blocks its thread for the seconds that writing takes.
///
/// # Errors
/// [`DemoError::Missing`] names the component to fetch, [`DemoError::Occupied`] a folder that the demo did not write;
/// otherwise what could not be read or written.
pub async fn prepare(components: &Path, out: &Path, seed: u64) -> Result<Prepared, DemoError> {
    let components = Components::find(components)?;
    let made_from = Digest::of_parts([
        components.digest()?.as_bytes().as_slice(),
        plant::rule().as_bytes(),
        spec::TEMPLATE.as_bytes(),
        &seed.to_le_bytes(),
    ]);
    if let Some((truth, notes)) = folder::found(out, made_from) {
        return Ok(prepared(out, truth, notes.plant));
    }
    let draft = Draft::begin(out)?;
    let cohort = cohort::read(&components.cohort)?;
    let source = source::read(&components.slide).await?;
    let (truth, plant) = write(&draft, &components, &cohort, &source, seed)?;
    draft.finish(&Notes { made_from, plant: plant.clone() })?;
    Ok(prepared(out, truth, plant))
}

fn prepared(out: &Path, truth: Truth, plant: PlantDescription) -> Prepared {
    Prepared {
        folder: out.to_owned(),
        run_yaml: out.join(folder::RUN),
        leaky_yaml: out.join(folder::LEAKY),
        secret: out.join(folder::SECRET),
        truth,
        plant,
    }
}

fn write(
    draft: &Draft,
    components: &Components,
    cohort: &Cohort,
    source: &Source,
    seed: u64,
) -> Result<(Truth, PlantDescription), DemoError> {
    draft.folder("slides")?;
    draft.folder("encoder")?;
    let (mut truth, mut table, mut dense) = (Truth::default(), Vec::new(), Vec::new());
    for (row, man) in cohort.men.iter().enumerate() {
        let mut generator = plant::generator(seed, row);
        let tiles = plant::dense_tiles(man.outcome, &mut generator);
        let cells = lay_out(tiles, &mut generator);
        let slide = slide_id(seed, &man.id)?;
        let file = folder::slide_file(slide.as_str());
        write_slide(&draft.path().join(&file), &cells, source, &mut generator)?;
        note(&mut truth, &slide, &cells);
        table.push(format!("{},{},{file}\n", slide.as_str(), man.id));
        dense.push(tiles);
    }
    // By slide id, so that the table's order says nothing of the men.
    table.sort();
    table.insert(0, "slide_id,case_id,uri\n".to_owned());
    let distinct = source.dense.len() + source.sparse.len();
    draft.write("slides.csv", table.concat().as_bytes())?;
    draft.write("cohort.csv", cohort.csv.as_bytes())?;
    draft.write(folder::TRUTH, truth.to_csv().as_bytes())?;
    draft.write(folder::RUN, spec::run(seed, distinct).as_bytes())?;
    draft.write(folder::LEAKY, spec::leaky(seed, distinct).as_bytes())?;
    draft.write_private(folder::SECRET, SECRET.as_bytes())?;
    draft.copy(&components.model, "encoder/model.onnx")?;
    draft.copy(&components.card, "encoder/card.yaml")?;
    let plant = plant::describe(seed, &cohort.men, &dense, (source.dense.len(), source.sparse.len()))?;
    Ok((truth, plant))
}

/// An id that says nothing of the man but is the same for the same seed.
fn slide_id(seed: u64, man: &str) -> Result<SlideId, DemoError> {
    let digest = Digest::of_parts([b"slide".as_slice(), &seed.to_le_bytes(), man.as_bytes()]);
    SlideId::new(digest.short()).map_err(DemoError::SlideId)
}

/// Writes a pseudo-slide: every stored tile is a random one of its class, byte for byte.
fn write_slide(path: &Path, cells: &[Content], source: &Source, generator: &mut ChaCha12Rng) -> Result<(), DemoError> {
    let file = File::create_new(path).map_err(DemoError::file("write", path))?;
    let side = |tile: u32| SIDE * tile;
    let mut writer = TiledTiffWriter::new(BufWriter::new(file), TiffKind::Classic, source.um_per_px)?;
    writer.level(side(source.profile.tile_width), side(source.profile.tile_height), &source.profile);
    for content in cells {
        let tiles = match content {
            Content::Glass => &source.glass,
            Content::Sparse => &source.sparse,
            Content::Dense => &source.dense,
        };
        writer.tile(&tiles[generator.random_range(0..tiles.len())])?;
    }
    writer.finish()?;
    Ok(())
}

fn note(truth: &mut Truth, slide: &SlideId, cells: &[Content]) {
    for (index, content) in (0..).zip(cells) {
        let (column, row) = (index % SIDE, index / SIDE);
        match content {
            Content::Glass => {}
            Content::Sparse => truth.insert(slide, column, row, false),
            Content::Dense => truth.insert(slide, column, row, true),
        }
    }
}
