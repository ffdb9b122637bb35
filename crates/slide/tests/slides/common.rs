//! What several tests of this crate share.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use renkei_domain::UmPerPx;
use renkei_slide::write::{TiffKind, TiledTiffWriter};
use renkei_slide::{DecodeScale, JpegProfile, Limits, RgbBuffer, Slide, SlideError, open};

/// Runs a future to its end.
pub(crate) fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Opens a file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Result<Slide, SlideError> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let store = Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap());
    block(open(store, &Path::from(name), &Limits::default()))
}

/// Opens bytes as a slide.
pub(crate) fn in_memory(bytes: Vec<u8>, limits: &Limits) -> Result<Slide, SlideError> {
    let store = InMemory::new();
    let path = Path::from("slide");
    block(store.put(&path, bytes.into())).unwrap();
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    block(open(store, &path, limits))
}

/// A level's pixels, padding cut away.
pub(crate) fn pixels(slide: &Slide, level: usize) -> Result<RgbBuffer, SlideError> {
    let found = slide.level(level)?.clone();
    let stored = block(slide.fetch(level, 0..found.rows, 0..found.columns))?;
    let mut out = RgbBuffer { width: found.width, height: found.height, pixels: Vec::new() };
    out.pixels.resize(found.width as usize * found.height as usize * 3, 0);
    let mut tile = RgbBuffer::default();
    for held in &stored.tiles {
        slide.decode(level, held, DecodeScale::Full, &mut tile)?;
        let (left, top) = (held.column * found.tile_width, held.row * found.tile_height);
        let width = (found.width - left).min(found.tile_width) as usize * 3;
        for y in 0..(found.height - top).min(found.tile_height) {
            let to = (top + y) as usize * out.stride() + left as usize * 3;
            let from = y as usize * tile.stride();
            out.pixels[to..to + width].copy_from_slice(&tile.pixels[from..from + width]);
        }
    }
    Ok(out)
}

/// `../shared/data/slides/NAME`, or `None` with a line that says so.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = manifest.ancestors().map(|folder| folder.join("shared")).find(|folder| folder.join("data").is_dir());
    let root = std::env::var_os("RENKEI_SHARED").map(PathBuf::from).or(beside);
    let file = root.map(|root| root.join("data/slides").join(name)).filter(|file| file.is_file());
    if file.is_none() {
        println!("skipped: ../shared/data is absent");
    }
    file
}

/// Opens a slide of the shared data.
pub(crate) fn shared_slide(name: &str) -> Option<Result<Slide, SlideError>> {
    let file = shared(name)?;
    let path = Path::from_absolute_path(file).unwrap();
    Some(block(open(Arc::new(LocalFileSystem::new()), &path, &Limits::default())))
}

/// The bytes of a file of `tests/fixtures`.
pub(crate) fn fixture_bytes(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// Side of the tiles of [`svs`].
pub(crate) const TILE: u32 = 64;

/// A JPEG tile of one colour with a diagonal through it.
pub(crate) fn jpeg_tile(colour: [u8; 3]) -> Vec<u8> {
    let side = TILE as usize;
    let line = |i: usize| if i % side == i / side { [0; 3] } else { colour };
    let pixels: Vec<u8> = (0..side * side).flat_map(line).collect();
    let format = turbojpeg::PixelFormat::RGB;
    let image = turbojpeg::Image { pixels: &pixels[..], width: side, pitch: side * 3, height: side, format };
    turbojpeg::compress(image, 90, turbojpeg::Subsamp::Sub2x1).unwrap().to_vec()
}

/// What the tiles of [`svs`] share.
pub(crate) fn profile() -> JpegProfile {
    JpegProfile { tables: None, ycbcr: true, subsampling: (2, 1), tile_width: TILE, tile_height: TILE }
}

/// A slide of 4 x 3 tiles, 250 x 180 pixels, 0.5 um/px where `stated`.
pub(crate) fn svs(kind: TiffKind, stated: bool) -> Vec<u8> {
    let um = stated.then(|| UmPerPx::new(0.5).unwrap());
    let mut writer = TiledTiffWriter::new(Cursor::new(Vec::new()), kind, um).unwrap();
    writer.level(250, 180, &profile());
    for i in 0..12u8 {
        writer.tile(&jpeg_tile([200, 20 * i, 100])).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
