//! What whole-run tests share: a small study, the shipped program, and where real components lie.

mod cable;
mod cluster;
mod collector;
mod disk;
mod etcd;
mod program;
mod seaweed;
mod study;
mod surroundings;

pub use cable::Cable;
pub use cluster::LocalCluster;
pub use collector::{Collector, Span};
pub use disk::SmallDisk;
pub use etcd::{Etcd, EtcdFiles};
pub use program::{Output, Program};
pub use seaweed::{Link, LinkFault, LinkRequest, Seaweed};
pub use study::{Study, manifest_in};
pub use surroundings::{Network, Surroundings, WallClock};

use std::path::PathBuf;

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    // Asked at run time: a test built in a target folder that several clones share belongs to the clone it runs in.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let package = PathBuf::from(package);
    let root = package.ancestors().find(|folder| folder.join("Cargo.lock").exists());
    root.unwrap_or(&package).to_path_buf()
}

/// The folder that `deploy/demo/fetch` fills; `None`, said loudly, where it was not called.
#[must_use]
pub fn components() -> Option<PathBuf> {
    let folder = repository().join(".renkei/demo");
    if folder.join("onnxruntime/libonnxruntime.so").exists() {
        return Some(folder);
    }
    eprintln!("skipped: the demo's components are absent; call deploy/demo/fetch");
    None
}

/// The folder of real data beside the repository; `None`, said loudly, where it is absent.
#[must_use]
pub fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let folder = named.or_else(|| Some(repository().parent()?.join("shared")))?;
    if folder.join("data").exists() {
        return Some(folder);
    }
    eprintln!("skipped: ../shared/data is absent");
    None
}
