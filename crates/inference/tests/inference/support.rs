//! What the tests stand on: the library, the shared folder, and folders with a tiny model and its card.

use std::path::{Path, PathBuf};

use renkei_domain::{Digest, UmPerPx};
use renkei_inference::{
    CARD_FILE, CardVersion, Dtype, Encoder, EncoderCard, InputCard, LIBRARY_VARIABLE, Layout, MODEL_FILE, OutputCard,
    OutputKind, Result, Runtime, SessionOptions,
};
use tempfile::TempDir;

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

pub(crate) fn fixture(name: &str) -> String {
    std::fs::read_to_string(fixtures().join(name)).unwrap()
}

/// ONNX Runtime from `RENKEI_ONNXRUNTIME` or the folder that `make demo` fills; none where neither is there.
pub(crate) fn runtime() -> Option<Runtime> {
    let fetched = repository().join(".renkei/demo/onnxruntime/libonnxruntime.so");
    let named = std::env::var_os(LIBRARY_VARIABLE).map(PathBuf::from);
    if let Some(library) = named.or_else(|| fetched.exists().then_some(fetched)) {
        return Some(Runtime::init(&library).unwrap());
    }
    eprintln!("skipped: no ONNX Runtime library: run deploy/demo/fetch or set {LIBRARY_VARIABLE}");
    None
}

/// `../shared/data` beside the repository, or in `RENKEI_SHARED`.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let shared = std::env::var_os("RENKEI_SHARED").map_or_else(|| repository().join("../shared"), PathBuf::from);
    let folder = shared.join("data");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: ../shared/data is absent");
    None
}

/// A folder with one of the tiny models and a card that fits it, which a test may spoil.
pub(crate) struct TinyEncoder {
    pub(crate) folder: TempDir,
    pub(crate) card: EncoderCard,
}

impl TinyEncoder {
    pub(crate) fn new(model: &str) -> Self {
        let bytes = std::fs::read(fixtures().join("tiny").join(format!("{model}.onnx"))).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(MODEL_FILE), &bytes).unwrap();
        let (layout, dtype) = match model {
            "bytes" => (Layout::Nhwc, Dtype::Uint8),
            _ => (Layout::Nchw, Dtype::Float32),
        };
        let mut card = card("x", "y", 3, 2);
        card.sha256 = Digest::of(&bytes);
        (card.input.layout, card.input.dtype) = (layout, dtype);
        if dtype == Dtype::Uint8 {
            (card.input.mean, card.input.std) = ([0.0; 3], [1.0; 3]);
        }
        Self { folder, card }
    }

    pub(crate) fn open(&self, runtime: &Runtime, batch: usize) -> Result<Encoder> {
        write_card(self.folder.path(), &self.card);
        Encoder::load(self.folder.path(), runtime, SessionOptions { batch, ..SessionOptions::default() })
    }
}

pub(crate) fn write_card(folder: &Path, card: &EncoderCard) {
    std::fs::write(folder.join(CARD_FILE), serde_norway::to_string(card).unwrap()).unwrap();
}

/// A card for planar single-precision input of `side` pixels, normalised as (pixel - 127) / 128.
pub(crate) fn card(input: &str, output: &str, width: usize, side: usize) -> EncoderCard {
    EncoderCard {
        version: CardVersion,
        name: "test".to_owned(),
        licence: "none".to_owned(),
        sha256: Digest::of(b""),
        um_per_px: UmPerPx::new(0.5).unwrap(),
        um_per_px_tolerance: 0.1,
        input: InputCard {
            name: input.to_owned(),
            layout: Layout::Nchw,
            dtype: Dtype::Float32,
            height: side,
            width: side,
            mean: [127.0; 3],
            std: [128.0; 3],
        },
        output: OutputCard { name: output.to_owned(), width, kind: OutputKind::Embedding },
        feature_tolerance: 1e-4,
    }
}
