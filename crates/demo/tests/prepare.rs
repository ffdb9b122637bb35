//! The whole preparation, on the fetched components or those of `../shared/data`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use renkei_demo::{DemoError, Prepared, check_surface, prepare};
use renkei_domain::{Digest, ErrorKind, SlideId};
use renkei_slide::{Limits, Rect, Slide, TissueMask};
use tempfile::TempDir;

const SEED: u64 = 20_260_101;

/// A folder of components, linked together from where they are; `None`, said loudly, where they are not.
fn components() -> Option<TempDir> {
    let above: Vec<PathBuf> = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(Path::to_owned).collect();
    let shared = std::env::var_os("RENKEI_SHARED").map(PathBuf::from).into_iter();
    let shared: Vec<PathBuf> = shared.chain(above.iter().map(|folder| folder.join("../shared"))).collect();
    let first = |places: Vec<PathBuf>| places.into_iter().find(|place| place.is_file());
    let fetched = |file: &str| above.iter().map(|folder| folder.join(".renkei/demo").join(file)).collect::<Vec<_>>();
    let given = |file: &str| shared.iter().map(|folder| folder.join("data").join(file)).collect::<Vec<_>>();
    let slide = "slides/cmu-1-small-region.svs";
    let slide_at = first([fetched(slide), given(slide)].concat());
    let cohort_at = first([fetched("cohort/blood_storage.csv"), given("clinical/blood_storage.csv")].concat());
    let (Some(slide_at), Some(cohort_at)) = (slide_at, cohort_at) else {
        println!("skipped: neither .renkei/demo nor ../shared/data is present");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    for name in ["slides", "cohort", "encoders/efficientnet-lite0"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    fs::copy(slide_at, folder.path().join(slide)).unwrap();
    fs::copy(cohort_at, folder.path().join("cohort/blood_storage.csv")).unwrap();
    // The encoder is only copied, so its bytes do not matter here.
    fs::write(folder.path().join("encoders/efficientnet-lite0/model.onnx"), b"model").unwrap();
    fs::write(folder.path().join("encoders/efficientnet-lite0/card.yaml"), b"card").unwrap();
    Some(folder)
}

/// Keeps the first `men` of the components' cohort, with outcomes reversed if asked.
fn shorten(components: &Path, men: usize, reverse: bool) {
    let path = components.join("cohort/blood_storage.csv");
    let text = fs::read_to_string(&path).unwrap();
    let event = text.lines().next().unwrap().split(',').position(|name| name == "Recurrence").unwrap();
    let changed = |line: &str| -> String {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields[event] = match fields[event] {
            "0" if reverse => "1",
            "1" if reverse => "0",
            other => other,
        };
        fields.join(",") + "\n"
    };
    fs::write(&path, text.lines().take(men + 1).map(changed).collect::<String>()).unwrap();
}

/// Every file under a folder with the digest of its bytes.
fn files(folder: &Path) -> BTreeMap<String, Digest> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, Digest::of(&fs::read(&path).unwrap()));
            }
        }
    }
    found
}

async fn open(path: &Path) -> Slide {
    let path = object_store::path::Path::from_absolute_path(path).unwrap();
    renkei_slide::open(Arc::new(LocalFileSystem::new()), &path, &Limits::default()).await.unwrap()
}

async fn stored(slide: &Slide) -> BTreeMap<(u32, u32), Bytes> {
    let level = slide.level(0).unwrap();
    let tiles = slide.fetch(0, 0..level.rows, 0..level.columns).await.unwrap().tiles;
    tiles.into_iter().map(|tile| ((tile.column, tile.row), tile.bytes.unwrap())).collect()
}

/// The distinct stored tiles of the pseudo-slides: dense and sparse.
async fn planted(prepared: &Prepared) -> (BTreeSet<Bytes>, BTreeSet<Bytes>) {
    let (mut dense, mut sparse) = (BTreeSet::new(), BTreeSet::new());
    for id in prepared.truth.slides() {
        let slide = open(&prepared.folder.join(format!("slides/{}.tiff", id.as_str()))).await;
        for ((column, row), bytes) in stored(&slide).await {
            match prepared.truth.dense(id, column, row) {
                Some(true) => _ = dense.insert(bytes),
                Some(false) => _ = sparse.insert(bytes),
                None => {}
            }
        }
    }
    (dense, sparse)
}

#[tokio::test]
async fn the_whole_cohort_has_the_stated_link_and_a_second_call_does_nothing() {
    let Some(components) = components() else { return };
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("input");
    let first = prepare(components.path(), &out, SEED).await.unwrap();
    println!("{first}");
    assert_eq!((first.plant.men, first.plant.recurrences), (316, 53));
    assert_eq!(first.plant.planted_dense + first.plant.planted_sparse, 316 * 25);
    assert!((0.80..=0.92).contains(&first.plant.concordance), "{}", first.plant.concordance);
    let spec = fs::read_to_string(&first.run_yaml).unwrap();
    let document = serde_norway::Deserializer::from_str(&spec);
    let spec: renkei_domain::spec::RunSpec =
        serde_norway::with::singleton_map_recursive::deserialize(document).unwrap();
    let header = fs::read_to_string(out.join("cohort.csv")).unwrap().lines().next().unwrap().to_owned();
    let columns: BTreeSet<&str> = header.split(',').collect();
    let described: BTreeSet<&str> = spec.cohort.columns.keys().map(String::as_str).chain(["man"]).collect();
    assert_eq!(columns, described, "the data dictionary describes every column of the cohort");
    let before = fs::metadata(&first.run_yaml).unwrap().modified().unwrap();
    assert_eq!(prepare(components.path(), &out, SEED).await.unwrap(), first);
    assert_eq!(fs::metadata(&first.run_yaml).unwrap().modified().unwrap(), before, "it was written again");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "no draft is left behind");
}

#[tokio::test]
async fn tiles_are_the_slides_own_bytes_and_open_as_a_slide() {
    let Some(components) = components() else { return };
    shorten(components.path(), 12, false);
    let home = tempfile::tempdir().unwrap();
    let prepared = prepare(components.path(), &home.path().join("input"), SEED).await.unwrap();
    let source = open(&components.path().join("slides/cmu-1-small-region.svs")).await;
    let own: BTreeSet<Bytes> = stored(&source).await.into_values().collect();
    for id in prepared.truth.slides() {
        let slide = open(&prepared.folder.join(format!("slides/{}.tiff", id.as_str()))).await;
        assert_eq!(slide.header().um_per_px, source.header().um_per_px);
        assert_eq!(slide.jpeg_profile(0).unwrap(), source.jpeg_profile(0).unwrap());
        let tiles = stored(&slide).await;
        assert!(tiles.len() == 49 && tiles.values().all(|bytes| own.contains(bytes)));
        let mask = TissueMask::from_thumbnail(&slide.thumbnail().await.unwrap());
        for &(column, row) in tiles.keys() {
            let (x, y) = (f64::from(column) * 240.0 + 8.0, f64::from(row) * 240.0 + 8.0);
            let tissue = mask.fraction(Rect { x, y, width: 224.0, height: 224.0 });
            assert_eq!(tissue >= 0.5, prepared.truth.dense(id, column, row).is_some(), "({column}, {row}): {tissue}");
        }
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_and_another_replaces_them() {
    let Some(components) = components() else { return };
    shorten(components.path(), 12, false);
    let home = tempfile::tempdir().unwrap();
    let (one, two) = (home.path().join("one"), home.path().join("two"));
    prepare(components.path(), &one, SEED).await.unwrap();
    prepare(components.path(), &two, SEED).await.unwrap();
    let written = files(&one);
    assert_eq!(written, files(&two));
    assert_eq!(written.len(), 12 + 9);
    let other = prepare(components.path(), &two, SEED + 1).await.unwrap();
    let replaced = files(&two);
    assert_eq!(replaced.len(), written.len(), "nothing of the older folder is left");
    assert!(written.keys().filter(|name| name.starts_with("slides/")).all(|name| !replaced.contains_key(name)));
    assert_eq!(other.plant.seed, SEED + 1);
}

#[tokio::test]
async fn classes_do_not_depend_on_outcomes_but_shares_do() {
    let (Some(real), Some(reversed)) = (components(), components()) else { return };
    shorten(real.path(), 60, false);
    shorten(reversed.path(), 60, true);
    let home = tempfile::tempdir().unwrap();
    let real = prepare(real.path(), &home.path().join("real"), SEED).await.unwrap();
    let reversed = prepare(reversed.path(), &home.path().join("reversed"), SEED).await.unwrap();
    let (dense, sparse) = planted(&real).await;
    assert_eq!((dense.len(), sparse.len()), (real.plant.source_dense, real.plant.source_sparse));
    assert!(dense.is_disjoint(&sparse));
    assert_eq!((dense, sparse), planted(&reversed).await);
    assert_ne!(real.truth, reversed.truth);
    assert!(real.plant.share_recurred > real.plant.share_censored);
}

#[tokio::test]
async fn a_surface_equal_to_the_plant_is_found_whole() {
    let Some(components) = components() else { return };
    shorten(components.path(), 12, false);
    let home = tempfile::tempdir().unwrap();
    let prepared = prepare(components.path(), &home.path().join("input"), SEED).await.unwrap();
    let surface = |sign: f64| -> Vec<(SlideId, u32, u32, f64)> {
        let cells = (0..7).flat_map(|row| (0..7).map(move |column| (column, row)));
        let all = prepared.truth.slides().flat_map(|id| cells.clone().map(move |cell| (id, cell)));
        let known = all.filter_map(|(id, (c, r))| Some((id, c, r, prepared.truth.dense(id, c, r)?)));
        known.map(|(id, c, r, dense)| (id.clone(), c, r, sign * f64::from(u8::from(dense)))).collect()
    };
    let check = check_surface(&prepared.truth, &surface(1.0)).unwrap();
    assert_eq!((check.auc, check.slides), (1.0, 12));
    assert_eq!(check_surface(&prepared.truth, &surface(-1.0)).unwrap().auc, 0.0);
}

#[tokio::test]
async fn a_missing_component_says_to_fetch_and_a_strange_folder_is_left_alone() {
    let empty = tempfile::tempdir().unwrap();
    let error = prepare(empty.path(), &empty.path().join("input"), SEED).await.unwrap_err();
    assert!(error.to_string().contains("run `deploy/demo/fetch`"), "{error}");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let Some(components) = components() else { return };
    let strange = empty.path().join("strange");
    fs::create_dir(&strange).unwrap();
    fs::write(strange.join("thesis.txt"), b"mine").unwrap();
    let error = prepare(components.path(), &strange, SEED).await.unwrap_err();
    assert!(matches!(error, DemoError::Occupied { .. }), "{error}");
    assert_eq!(fs::read(strange.join("thesis.txt")).unwrap(), b"mine");
}

#[cfg(unix)]
#[tokio::test]
async fn the_key_is_long_enough_and_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(components) = components() else { return };
    shorten(components.path(), 12, false);
    let home = tempfile::tempdir().unwrap();
    let prepared = prepare(components.path(), &home.path().join("input"), SEED).await.unwrap();
    assert_eq!(fs::metadata(&prepared.secret).unwrap().permissions().mode() & 0o777, 0o600);
    let key = fs::read_to_string(&prepared.secret).unwrap();
    assert!(key.trim_end().len() >= 32 && key.starts_with("demo-only"));
}
