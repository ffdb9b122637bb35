//! Every reader and codec on small slides that tifffile and pydicom wrote (`tests/golden/slide_pixels.py fixtures`).

use crate::common::{block, fixture, in_memory, pixels};
use renkei_slide::{Codec, DecodeScale, Limits, RgbBuffer, SlideError, SlideFormat};

/// What the fixtures show; `slide_pixels.py` has the same formula.
fn formula(x: u32, y: u32) -> [u8; 3] {
    [(2 * x + y) as u8, (x + 3 * y) as u8, (x * y / 8) as u8]
}

fn shows_the_formula(found: &RgbBuffer, step: u32) {
    for (i, pixel) in (0..).zip(found.pixels.chunks_exact(3)) {
        let (x, y) = (i % found.width * step, i / found.width * step);
        assert_eq!(pixel, formula(x, y), "pixel {x}, {y}");
    }
}

fn checked(name: &str, format: SlideFormat, codec: Codec, um: f64) {
    let slide = fixture(name).unwrap();
    let header = slide.header();
    assert_eq!((header.format, header.levels[0].codec), (format, codec), "{name}");
    assert_eq!((header.levels[0].width, header.levels[0].height), (150, 100), "{name}");
    assert!((header.um_per_px.unwrap().get() - um).abs() < 1e-9, "{name}");
    shows_the_formula(&pixels(&slide, 0).unwrap(), 1);
}

#[test]
fn tiffs_of_every_lossless_codec() {
    checked("lzw_predictor_big_endian.tif", SlideFormat::TiledTiff, Codec::Lzw, 0.5);
    checked("deflate_predictor_bigtiff.tif", SlideFormat::TiledTiff, Codec::Deflate, 0.5);
    checked("uncompressed.tif", SlideFormat::TiledTiff, Codec::Uncompressed, 0.5);
    checked("jpeg2000_lossless.tif", SlideFormat::TiledTiff, Codec::Jpeg2000, 0.5);
}

#[test]
fn grey_becomes_rgb() {
    let grey = pixels(&fixture("grey.tif").unwrap(), 0).unwrap();
    assert_eq!(&grey.pixels[3 * 7..3 * 8], [14, 14, 14]);
}

#[test]
fn ome_tiff_has_its_pyramid_in_sub_directories() {
    checked("ome_subifds.tif", SlideFormat::OmeTiff, Codec::Deflate, 0.25);
    let slide = fixture("ome_subifds.tif").unwrap();
    assert_eq!(slide.header().levels.len(), 2);
    assert_eq!(slide.header().levels[1].downsample, 2.0);
    shows_the_formula(&pixels(&slide, 1).unwrap(), 2);
}

#[test]
fn what_cannot_be_read_says_why() {
    assert_eq!(fixture("no_resolution.tif").unwrap().header().um_per_px, None);
    assert!(matches!(fixture("oblong.tif"), Err(SlideError::Aniso { .. })));
    assert!(matches!(fixture("sixteen_bit.tif"), Err(SlideError::UnsupportedLayout { .. })));
    let webp = fixture("webp.tif").unwrap_err();
    assert!(matches!(&webp, SlideError::UnsupportedCodec { codec } if codec == "TIFF compression 50001"), "{webp}");
    assert!(matches!(in_memory(vec![0; 500], &Limits::default()), Err(SlideError::UnknownFormat)));
}

#[test]
fn dicom_levels_are_the_instances_of_a_series_without_its_label() {
    checked("dicom_full/level0.dcm", SlideFormat::Dicom, Codec::Uncompressed, 0.5);
    let slide = fixture("dicom_full/level0.dcm").unwrap();
    let sizes: Vec<_> = slide.header().levels.iter().map(|level| (level.width, level.height)).collect();
    assert_eq!(sizes, [(150, 100), (75, 50)]);
    shows_the_formula(&pixels(&slide, 1).unwrap(), 2);
    assert_eq!(slide.header().digest, fixture("dicom_full/level1.dcm").unwrap().header().digest);
    assert!(matches!(fixture("dicom_full/label.dcm"), Err(SlideError::UnsupportedLayout { .. })));
}

#[test]
fn dicom_frames_with_an_offset_table_or_without() {
    checked("dicom_j2k/level.dcm", SlideFormat::Dicom, Codec::Jpeg2000, 0.5);
    checked("dicom_j2k_no_table/level.dcm", SlideFormat::Dicom, Codec::Jpeg2000, 0.5);
}

#[test]
fn dicom_concatenations_are_joined_whichever_part_is_named() {
    checked("dicom_parts/part0.dcm", SlideFormat::Dicom, Codec::Jpeg2000, 0.5);
    checked("dicom_parts/part1.dcm", SlideFormat::Dicom, Codec::Jpeg2000, 0.5);
}

#[test]
fn sparse_dicom_frames_go_where_they_belong_and_gaps_are_white() {
    let slide = fixture("dicom_sparse/level.dcm").unwrap();
    let found = pixels(&slide, 0).unwrap();
    for (i, pixel) in (0..).zip(found.pixels.chunks_exact(3)) {
        let (x, y) = (i % found.width, i / found.width);
        let expected = if (64..128).contains(&x) && y < 48 { [255; 3] } else { formula(x, y) };
        assert_eq!(pixel, expected, "pixel {x}, {y}");
    }
}

#[test]
fn dicom_jpeg_decodes_as_libjpeg_turbo_decodes_it_elsewhere() {
    let slide = fixture("dicom_jpeg/level.dcm").unwrap();
    let level = slide.level(0).unwrap().clone();
    let stored = block(slide.fetch(0, 0..level.rows, 0..level.columns)).unwrap();
    let (mut all, mut tile) = (flate2::Crc::new(), RgbBuffer::default());
    for held in &stored.tiles {
        slide.decode(0, held, DecodeScale::Full, &mut tile).unwrap();
        all.update(&tile.pixels);
    }
    assert_eq!(all.sum(), 0x36df_d860);
}

#[test]
fn header_text_stays_in_the_reader() {
    for name in ["dicom_full/level0.dcm", "ome_subifds.tif"] {
        let shown = format!("{:?}", fixture(name).unwrap());
        assert!(!shown.contains("Doe") && !shown.contains("secret") && !shown.contains("2.25."), "{shown}");
    }
}

#[cfg(not(feature = "openslide"))]
#[test]
fn layouts_that_only_openslide_reads_are_refused_with_the_way_out() {
    let error = fixture("trestle.tif").unwrap_err();
    assert!(matches!(error, SlideError::UnsupportedLayout { .. }), "{error}");
    assert!(error.to_string().contains("--features openslide"));
    assert!(SlideError::UnknownFormat.to_string().contains("--features openslide"));
}
