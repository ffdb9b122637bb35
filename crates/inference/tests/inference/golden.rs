//! Features and masks against the Python package of ONNX Runtime, on real tiles (tests/golden/encoder_features.py).

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use renkei_domain::Digest;
use renkei_inference::{
    Encoder, InferenceError, MODEL_FILE, MaskModel, OutputKind, Runtime, SessionOptions, batch_invariant,
};
use serde_json::Value;
use tiff::decoder::{Decoder, DecodingResult};

use crate::support::{card, fixture, runtime, shared_data, write_card};

const TOLERANCE: f64 = 1e-5;

/// An RGB image, row by row.
struct Rgb {
    width: usize,
    bytes: Vec<u8>,
}

impl Rgb {
    fn read(path: &Path) -> Self {
        let mut decoder = Decoder::new(File::open(path).unwrap()).unwrap();
        let (width, _) = decoder.dimensions().unwrap();
        let DecodingResult::U8(bytes) = decoder.read_image().unwrap() else { panic!("the tiles have 8 bits") };
        Self { width: width as usize, bytes }
    }

    fn crop(&self, x: usize, y: usize, side: usize) -> Vec<u8> {
        let row = |row: usize| (row * self.width + x) * 3;
        (y..y + side).flat_map(|line| self.bytes[row(line)..row(line) + side * 3].iter().copied()).collect()
    }
}

/// The images of `../shared/data/tiles` by file name, each decoded once.
fn images(data: &Path) -> BTreeMap<String, Rgb> {
    let files = std::fs::read_dir(data.join("tiles")).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), Rgb::read(&file.path()))).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn size(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Close in proportion to `scale`: a sum over a thousand features may differ by more than one feature may.
fn assert_close(ours: f64, reference: f64, scale: f64, what: &str) {
    assert!((ours - reference).abs() <= TOLERANCE * scale.max(1.0), "{what}: {ours}, not {reference}");
}

fn open(expected: &Value, data: &Path, runtime: &Runtime, batch: usize) -> (tempfile::TempDir, Encoder) {
    let folder = tempfile::tempdir().unwrap();
    let model = data.join("models").join(expected["model"].as_str().unwrap());
    std::os::unix::fs::symlink(model.canonicalize().unwrap(), folder.path().join(MODEL_FILE)).unwrap();
    let mut card = card("input", expected["output"].as_str().unwrap(), size(&expected["width"]), 224);
    card.sha256 = expected["sha256"].as_str().unwrap().parse::<Digest>().unwrap();
    card.input.mean = [number(&expected["mean"]) as f32; 3];
    card.input.std = [number(&expected["std"]) as f32; 3];
    if expected["kind"] == "probabilities" {
        card.output.kind = OutputKind::Probabilities;
    }
    write_card(folder.path(), &card);
    let encoder = Encoder::load(folder.path(), runtime, SessionOptions { batch, ..SessionOptions::default() }).unwrap();
    (folder, encoder)
}

fn check_row(row: &[f32], tile: &Value) {
    let what = format!("{} at {}, {}", tile["file"], tile["x"], tile["y"]);
    for (place, reference) in tile["first"].as_array().unwrap().iter().enumerate() {
        assert_close(f64::from(row[place]), number(reference), 1.0, &what);
    }
    let sum: f64 = row.iter().map(|&value| f64::from(value)).sum();
    let norm = row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    assert_close(sum, number(&tile["sum"]), number(&tile["sum"]).abs(), &what);
    assert_close(norm, number(&tile["norm"]), number(&tile["norm"]), &what);
}

#[test]
fn features_on_real_tiles_are_those_of_python() {
    let (Some(runtime), Some(data)) = (runtime(), shared_data()) else { return };
    let reference: Value = serde_json::from_str(&fixture("encoder_features.json")).unwrap();
    let images = images(&data);
    let mut checked = 0;
    for expected in reference["encoders"].as_array().unwrap() {
        let (_folder, mut encoder) = open(expected, &data, &runtime, 4);
        let mut batch = encoder.new_batch();
        for tiles in expected["tiles"].as_array().unwrap().chunks(4) {
            for tile in tiles {
                let image = &images[tile["file"].as_str().unwrap()];
                batch.push(&image.crop(size(&tile["x"]), size(&tile["y"]), 224)).unwrap();
            }
            let features = encoder.encode(&mut batch).unwrap();
            assert_eq!(features.len(), tiles.len());
            for (row, tile) in features.rows().zip(tiles) {
                check_row(row, tile);
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 45, "three outputs, five images, three tiles each");
}

#[test]
fn real_encoders_do_not_depend_on_the_batch_and_repeat_to_the_byte() {
    let (Some(runtime), Some(data)) = (runtime(), shared_data()) else { return };
    let reference: Value = serde_json::from_str(&fixture("encoder_features.json")).unwrap();
    let image = Rgb::read(&data.join("tiles/TCGA-CH-5767-01Z-00-DX1.tif"));
    for expected in reference["encoders"].as_array().unwrap() {
        let rows: Vec<Vec<u32>> = [2, 3]
            .into_iter()
            .map(|batch| {
                let (_folder, mut encoder) = open(expected, &data, &runtime, batch);
                assert!(batch_invariant(&mut encoder).unwrap(), "{} {}", expected["model"], expected["output"]);
                let mut batch = encoder.new_batch();
                batch.push(&image.crop(100, 100, 224)).unwrap();
                encoder.encode(&mut batch).unwrap().values().iter().map(|value| value.to_bits()).collect()
            })
            .collect();
        assert_eq!(rows[0], rows[1], "{} {}", expected["model"], expected["output"]);
    }
}

#[test]
fn a_model_with_weights_in_a_second_file_is_refused_since_its_hash_would_not_cover_them() {
    let (Some(runtime), Some(data)) = (runtime(), shared_data()) else { return };
    let error = MaskModel::load(&data.join("models/model_v1.onnx"), &runtime).unwrap_err();
    assert!(matches!(error, InferenceError::ModelRefused { .. }), "{error}");
    assert!(error.to_string().contains("renkei-refuses-external-data"), "wherever the process stands: {error}");
}

#[test]
fn the_tissue_models_answer_is_that_of_python() {
    let (Some(runtime), Some(data)) = (runtime(), shared_data()) else { return };
    let reference: Value = serde_json::from_str(&fixture("encoder_features.json")).unwrap();
    let expected = &reference["mask"];
    let mut model = MaskModel::load(&data.join("models/tissue_unet.onnx"), &runtime).unwrap();
    let places = expected["pixels_at"].as_array().unwrap();
    for image in expected["images"].as_array().unwrap().iter().take(2) {
        let rgb = Rgb::read(&data.join("tiles").join(image["file"].as_str().unwrap())).crop(0, 0, 500);
        let answer = model.probabilities(&rgb, 500, 500).unwrap();
        assert_eq!((answer.height, answer.width, answer.values.len()), (500, 500, 250_000));
        let mean = answer.values.iter().map(|&value| f64::from(value)).sum::<f64>() / 250_000.0;
        assert_close(mean, number(&image["mean"]), 1.0, "mean");
        for (place, reference) in places.iter().zip(image["pixels"].as_array().unwrap()) {
            let ours = answer.values[size(&place[0]) * 500 + size(&place[1])];
            assert_close(f64::from(ours), number(reference), 1.0, "pixel");
        }
    }
    let wide = model.probabilities(&vec![240; 300 * 900 * 3], 300, 900).unwrap();
    assert_eq!((wide.height, wide.width), (500, 500));
}
