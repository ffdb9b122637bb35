//! DICOM VL Whole Slide Microscopy: the levels of a slide are the instances of one series in one folder.

mod frames;
mod instance;
mod level;
mod walk;

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;
use renkei_domain::Digest;

use crate::error::{Result, SlideError};
use crate::header::{SlideFormat, SlideHeader, square_pixels};
use crate::limits::{Limits, within};
use crate::slide::{Origin, Parsed};
use crate::source::{HeaderReader, Source};
pub(crate) use frames::join_items;
use instance::Instance;
use level::Part;

/// Whether the file has the DICOM preamble (PS3.10 section 7.1).
pub(crate) async fn sniff(source: &Source, limits: &Limits) -> Result<bool> {
    if source.size() < 144 {
        return Ok(false);
    }
    Ok(&HeaderReader::new(source, limits).peek("DICOM preamble", 128, 4).await?[..] == b"DICM")
}

/// A file of the series, its header read.
struct Read {
    source: Source,
    instance: Instance,
    digest: Digest,
    places: Vec<crate::slide::Place>,
}

/// Reads the instance named, finds its siblings, and makes a pyramid of them.
pub(crate) async fn read(store: Arc<dyn ObjectStore>, path: &Path, source: Source, limits: &Limits) -> Result<Parsed> {
    let named = header(source, limits).await?;
    named.instance.check()?;
    let mut all = siblings(store, path, &named.instance, limits).await?;
    all.push(named);
    all.sort_by(|a, b| order(&a.instance).cmp(&order(&b.instance)).then(a.digest.cmp(&b.digest)));
    pyramid(all, limits).await
}

/// Largest image first; the parts of a concatenation together and in order.
fn order(instance: &Instance) -> (std::cmp::Reverse<(u64, u64)>, &str, u64) {
    (std::cmp::Reverse((instance.width, instance.height)), &instance.concatenation, instance.frame_offset)
}

async fn header(source: Source, limits: &Limits) -> Result<Read> {
    let mut reader = HeaderReader::new(&source, limits);
    let instance = Instance::read(&mut reader).await?;
    let digest = reader.digest();
    Ok(Read { source, instance, digest, places: Vec::new() })
}

/// The other volume instances of the same series beside `path`.
async fn siblings(store: Arc<dyn ObjectStore>, path: &Path, named: &Instance, limits: &Limits) -> Result<Vec<Read>> {
    let parts: Vec<_> = path.parts().collect();
    let folder: Path = parts[..parts.len().saturating_sub(1)].iter().cloned().collect();
    let listed = store.list_with_delimiter(Some(&folder)).await.map_err(SlideError::Store)?.objects;
    within("number of files in the slide's folder", listed.len() as u64, limits.folder)?;
    let mut found = Vec::new();
    for object in listed.into_iter().filter(|object| object.location != *path) {
        let source = Source::open(store.clone(), object.location).await?;
        if !sniff(&source, limits).await? {
            continue;
        }
        match header(source, limits).await {
            Ok(read) if read.instance.series == named.series && !named.series.is_empty() => {
                if read.instance.check().is_ok() {
                    found.push(read);
                }
            }
            Err(error @ SlideError::Store(_)) => return Err(error),
            // A broken neighbour is no reason to refuse this slide.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(found)
}

async fn pyramid(mut all: Vec<Read>, limits: &Limits) -> Result<Parsed> {
    within("number of instances of a slide", all.len() as u64, limits.directories)?;
    let mut digests = Vec::new();
    for (number, read) in all.iter_mut().enumerate() {
        let mut reader = HeaderReader::new(&read.source, limits);
        read.places = frames::places(&read.instance, &mut reader, number as u32).await?;
        digests.extend([read.digest, reader.digest()]);
    }
    let digest = Digest::of_parts(digests.iter().map(|digest| &digest.as_bytes()[..]));
    let bytes = all.iter().map(|read| read.source.size()).sum();
    let (mut sources, mut parts) = (Vec::new(), Vec::new());
    for read in all {
        sources.push(read.source);
        parts.push(Part { instance: read.instance, places: read.places });
    }
    let um = parts.first().and_then(|part| part.instance.um_per_px());
    let um_per_px = um.map(|(x, y)| square_pixels(x, y)).transpose()?.flatten();
    let (mut levels, mut tables) = (Vec::new(), Vec::new());
    let size = |part: &Part| (part.instance.width as f64, part.instance.height as f64);
    let Some((width, height)) = parts.first().map(size) else { return Err(SlideError::UnknownFormat) };
    for same in parts.chunk_by(|a, b| size(a) == size(b)) {
        let first = &same[0].instance;
        if same.len() > 1 && (first.concatenation.is_empty() || same.iter().any(|p| !belongs(&p.instance, first))) {
            return Err(SlideError::UnsupportedLayout { reason: "two instances of the series have the same size" });
        }
        let (x, y) = (width / first.width as f64, height / first.height as f64);
        let (level, table) = level::level(same, (x + y) / 2.0, limits)?;
        levels.push(level);
        tables.push(table);
    }
    let header = SlideHeader { format: SlideFormat::Dicom, levels, um_per_px, digest, bytes };
    Ok(Parsed { origin: Origin::Objects(sources), header, tables })
}

/// Whether two parts of a concatenation are coded alike.
fn belongs(part: &Instance, first: &Instance) -> bool {
    part.concatenation == first.concatenation
        && part.transfer_syntax == first.transfer_syntax
        && part.photometric == first.photometric
        && part.organization == first.organization
        && (part.frame_width, part.frame_height) == (first.frame_width, first.frame_height)
}
