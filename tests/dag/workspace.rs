//! The workspace as cargo sees it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A package and the packages that its production code names.
#[derive(Debug)]
pub(crate) struct Package {
    /// Without the prefix `renkei-`.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// Names as in the registry, or without the prefix for our own; no dev- and no build-dependencies.
    pub(crate) dependencies: Vec<String>,
}

/// A source file, by its path from the root of the repository.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    pub(crate) packages: Vec<Package>,
}

impl Workspace {
    /// Asks cargo, which needs no network for this.
    pub(crate) fn read() -> Self {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--offline", "--no-deps"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        Self {
            root: text(&metadata["workspace_root"]).into(),
            packages: metadata["packages"].as_array().unwrap().iter().map(package).collect(),
        }
    }

    /// Every Rust file under the `src` of a package.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let mut paths = Vec::new();
        for package in &self.packages {
            collect(&package.folder.join("src"), &mut paths);
        }
        paths.sort();
        let source = |path: PathBuf| Source {
            path: path.strip_prefix(&self.root).unwrap().to_str().unwrap().to_owned(),
            text: fs::read_to_string(&path).unwrap(),
        };
        paths.into_iter().map(source).collect()
    }
}

fn package(package: &Value) -> Package {
    let production =
        package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["kind"].is_null());
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    Package {
        name: short(text(&package["name"])),
        folder: manifest.parent().unwrap().to_owned(),
        dependencies: production.map(|dependency| short(text(&dependency["name"]))).collect(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn short(name: &str) -> String {
    name.strip_prefix("renkei-").unwrap_or(name).to_owned()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}
