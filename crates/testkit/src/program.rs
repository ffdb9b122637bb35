//! The program `renkei` as users get it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

use crate::components;

/// The shipped program, called with a study's key and the fetched ONNX Runtime.
#[derive(Debug, Clone)]
pub struct Program {
    file: PathBuf,
    key: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a call printed and how it ended.
#[derive(Debug)]
pub struct Output {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Program {
    /// The program built beside the running test.
    pub fn beside_test(key: &Path) -> anyhow::Result<Self> {
        let test = std::env::current_exe()?;
        let folder = test.ancestors().nth(2).context("the test lies in no target folder")?;
        let file = folder.join("renkei");
        anyhow::ensure!(
            file.exists(),
            "{} is not built: build the workspace's tests, or `cargo build --bin renkei`",
            file.display()
        );
        Ok(Self { file, key: key.to_owned(), variables: Vec::new() })
    }

    /// The program, called with these environment variables and no others of those that were named before.
    #[must_use]
    pub fn with_environment(self, variables: Vec<(String, String)>) -> Self {
        Self { variables, ..self }
    }

    /// Another program built beside it.
    pub fn beside(&self, name: &str) -> anyhow::Result<PathBuf> {
        let file = self.file.with_file_name(name);
        anyhow::ensure!(file.exists(), "{} is not built: build the workspace's tests", file.display());
        Ok(file)
    }

    fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let library = components().context("no components")?.join("onnxruntime/libonnxruntime.so");
        let mut command = Command::new(&self.file);
        command
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("RENKEI_ONNXRUNTIME", library)
            .env("RENKEI_SITE_KEY", &self.key)
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Runs to the end.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let output = self.command(arguments)?.output()?;
        Ok(Output {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Starts and returns at once; what it prints is thrown away.
    pub fn start(&self, arguments: &[&str]) -> anyhow::Result<Child> {
        Ok(self.command(arguments)?.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }
}
