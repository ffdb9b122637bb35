use futures::future::join_all;
use object_store::PutPayload;
use renkei_artifacts::Stores;
use tempfile::TempDir;

use super::*;

/// A store with a card and a model, and an empty cache.
struct Scene {
    folder: TempDir,
    pieces: Vec<Piece>,
}

impl Scene {
    async fn new() -> Self {
        let stores = Stores::from_environment();
        let mut pieces = Vec::new();
        for (name, bytes) in [("card.yaml", &b"card"[..]), ("model.onnx", &[7; 3 << 20][..])] {
            let from = Location::resolve_with(&format!("memory:///encoder/{name}"), Path::new("/"), &stores).unwrap();
            from.store.put(&from.path, PutPayload::from(bytes.to_vec())).await.unwrap();
            pieces.push(Piece { name, from, digest: Digest::of(bytes) });
        }
        Self { folder: tempfile::tempdir().unwrap(), pieces }
    }

    fn cache(&self) -> Cache {
        Cache::new(self.folder.path().to_owned())
    }

    /// From now on there is nothing to fetch.
    async fn empty_the_store(&self) {
        for piece in &self.pieces {
            piece.from.store.delete(&piece.from.path).await.unwrap();
        }
    }

    fn is_whole(&self, copy: &Path) -> bool {
        self.pieces.iter().all(|piece| digest_of(&copy.join(piece.name)).unwrap() == piece.digest)
    }

    fn folders(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }
}

#[tokio::test]
async fn many_that_ask_at_once_get_one_copy_that_outlives_the_process() {
    let scene = Scene::new().await;
    let cache = scene.cache();
    let copies = join_all((0..8).map(|_| cache.copy_of(&scene.pieces))).await;
    let copy = copies[0].clone().unwrap();
    assert!(copies.iter().all(|other| other.as_ref() == Ok(&copy)) && scene.is_whole(&copy));
    scene.empty_the_store().await;
    assert_eq!(scene.cache().copy_of(&scene.pieces).await.unwrap(), copy);
    assert_eq!(scene.folders(), 1);
}

#[tokio::test]
async fn a_torn_file_and_what_a_crash_left_behind_are_fetched_anew() {
    let scene = Scene::new().await;
    let copy = scene.cache().copy_of(&scene.pieces).await.unwrap();
    std::fs::File::options().write(true).open(copy.join("model.onnx")).unwrap().set_len(100).unwrap();
    let incoming = scene.folder.path().join("incoming");
    std::fs::create_dir(&incoming).unwrap();
    std::fs::write(incoming.join("model.onnx"), "half").unwrap();
    assert_eq!(scene.cache().copy_of(&scene.pieces).await.unwrap(), copy);
    assert!(scene.is_whole(&copy));
    std::fs::remove_file(copy.join("card.yaml")).unwrap();
    assert_eq!(scene.cache().copy_of(&scene.pieces).await.unwrap(), copy);
    assert!(scene.is_whole(&copy));
    assert_eq!(scene.folders(), 1);
}

#[tokio::test]
async fn other_bytes_than_were_planned_leave_no_copy_and_are_left_to_other_workers() {
    let mut scene = Scene::new().await;
    scene.pieces[1].digest = Digest::of(b"what was planned");
    let error = scene.cache().copy_of(&scene.pieces).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("encoder/model.onnx holds other bytes"), "{error}");
    let copy = scene.cache().copy_of(&scene.pieces[..1]).await.unwrap();
    assert_eq!(scene.folders(), 1, "beside {}", copy.display());
}

#[tokio::test]
async fn an_object_that_is_gone_is_said_to_be() {
    let scene = Scene::new().await;
    scene.empty_the_store().await;
    let error = scene.cache().copy_of(&scene.pieces).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}
