//! A folder whose card and model do not belong together is refused before the first tile, with words that help.

use std::path::Path;

use renkei_domain::{Digest, ErrorKind, UmPerPx};
use renkei_inference::{
    Dtype, Encoder, EncoderCard, EncoderSource, InferenceError, Layout, MODEL_FILE, MaskModel, Provider,
    ProviderChoice, Runtime, SessionOptions,
};

use crate::support::{TinyEncoder, repository, runtime};

fn refusal(tiny: &TinyEncoder, runtime: &Runtime, batch: usize) -> InferenceError {
    tiny.open(runtime, batch).err().unwrap()
}

#[test]
fn every_contradiction_says_what_the_card_and_the_model_say() {
    let Some(runtime) = runtime() else { return };
    type Spoil = fn(&mut EncoderCard);
    let cases: [(Spoil, &str); 7] = [
        (|card| card.input.name = "pixels".to_owned(), "the card says the input's name is pixels, the model says x"),
        (|card| card.input.height = 4, "the input's shape is [2, 3, 4, 2], the model says [any, 3, 2, 2]"),
        (|card| card.input.layout = Layout::Nhwc, "the input's shape is [2, 2, 2, 3], the model says [any, 3, 2, 2]"),
        (|card| card.output.name = "z".to_owned(), "the output's name is z, the model says y"),
        (|card| card.output.width = 5, "the output's shape is [2, 5], the model says [any, 3]"),
        (|card| card.output.width = 1, "the output's shape is [2, 1], the model says [any, 3]"),
        (
            |card| {
                card.input.dtype = Dtype::Uint8;
                (card.input.mean, card.input.std) = ([0.0; 3], [1.0; 3]);
            },
            "the input's type is a tensor of u8, the model says Tensor<f32>",
        ),
    ];
    for (spoil, words) in cases {
        let mut tiny = TinyEncoder::new("mean");
        spoil(&mut tiny.card);
        let error = refusal(&tiny, &runtime, 2);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

#[test]
fn a_model_of_fixed_batch_takes_that_batch_only() {
    let Some(runtime) = runtime() else { return };
    let tiny = TinyEncoder::new("fixed_batch");
    assert!(tiny.open(&runtime, 4).is_ok());
    let error = refusal(&tiny, &runtime, 2).to_string();
    assert!(error.contains("[2, 3, 2, 2], the model says [4, 3, 2, 2]"), "{error}");
}

#[test]
fn a_changed_missing_or_broken_model_is_told_apart() {
    let Some(runtime) = runtime() else { return };
    let mut tiny = TinyEncoder::new("mean");
    let path = tiny.folder.path().join(MODEL_FILE);

    std::fs::write(&path, b"no model").unwrap();
    let error = refusal(&tiny, &runtime, 2);
    assert!(matches!(&error, InferenceError::ModelHash { found, .. } if *found == Digest::of(b"no model")), "{error}");

    tiny.card.sha256 = Digest::of(b"no model");
    let error = refusal(&tiny, &runtime, 2);
    assert!(matches!(error, InferenceError::ModelRefused { .. }), "{error}");

    std::fs::remove_file(&path).unwrap();
    let error = refusal(&tiny, &runtime, 2);
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("model.onnx cannot be read"), "{error}");
}

#[test]
fn zero_threads_or_tiles_and_a_gpu_that_is_not_there_are_refused() {
    let Some(runtime) = runtime() else { return };
    let tiny = TinyEncoder::new("mean");
    assert!(matches!(refusal(&tiny, &runtime, 0), InferenceError::ZeroSetting { setting: "batch" }));
    let source = EncoderSource::read(tiny.folder.path()).unwrap();
    let none = SessionOptions { intra_threads: 0, ..SessionOptions::default() };
    assert!(matches!(source.open(&runtime, none), Err(InferenceError::ZeroSetting { setting: "intra_threads" })));
    if Path::new("/proc/driver/nvidia").exists() {
        eprintln!("skipped: this machine has a GPU");
        return;
    }
    let gpu = SessionOptions { provider: ProviderChoice::Cuda, ..SessionOptions::default() };
    let error = source.open(&runtime, gpu).err().unwrap();
    assert!(matches!(error, InferenceError::ProviderUnavailable { .. }), "{error}");
    let auto = SessionOptions { provider: ProviderChoice::Auto, ..SessionOptions::default() };
    assert_eq!(source.open(&runtime, auto).unwrap().class().provider, Provider::Cpu);
}

#[test]
fn a_second_library_is_refused_and_the_same_one_shared() {
    let Some(runtime) = runtime() else { return };
    assert_eq!(Runtime::init(runtime.library()).unwrap().digest(), runtime.digest());
    let other = tempfile::NamedTempFile::new().unwrap();
    let error = Runtime::init(other.path()).unwrap_err();
    assert!(matches!(error, InferenceError::LibraryTaken { .. }), "{error}");
}

#[test]
fn the_demos_card_fits_the_demos_model_and_slide() {
    let text = std::fs::read_to_string(repository().join("deploy/demo/efficientnet-lite0.card.yaml")).unwrap();
    let card = EncoderCard::parse(&text, Path::new("efficientnet-lite0.card.yaml")).unwrap();
    assert!(card.fits_resolution(UmPerPx::new(0.499).unwrap()));
    let folder = repository().join(".renkei/demo/encoders/efficientnet-lite0");
    if !folder.exists() {
        eprintln!("skipped: the demo's encoder is absent: run deploy/demo/fetch");
        return;
    }
    let Some(runtime) = runtime() else { return };
    let encoder = Encoder::load(&folder, &runtime, SessionOptions::default()).unwrap();
    assert_eq!(*encoder.card(), card);
}

#[test]
fn an_encoder_is_no_tissue_model() {
    let Some(runtime) = runtime() else { return };
    let tiny = TinyEncoder::new("mean");
    let error = MaskModel::load(&tiny.folder.path().join(MODEL_FILE), &runtime).unwrap_err();
    assert!(error.to_string().contains("f32 [N, height, width, 3]"), "{error}");
}
