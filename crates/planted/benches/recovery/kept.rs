//! Runs that are kept in a file as they end, so that a bench that was cut short goes on where it was.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use renkei_planted::study::Recovered;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Outcome;

/// Runs by seed, and the file that they are added to: a line on what is run, then a line a seed in the order of their ends.
pub(crate) struct Kept {
    pub(crate) runs: BTreeMap<u64, Vec<Recovered>>,
    file: Option<File>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    seed: u64,
    runs: Vec<Recovered>,
}

impl Kept {
    /// Takes up the runs of a file that was begun with the same `head`; without a path nothing is kept.
    pub(crate) fn open(path: Option<&Path>, head: &Value) -> Outcome<Self> {
        let Some(path) = path else { return Ok(Self { runs: BTreeMap::new(), file: None }) };
        let text = if path.exists() { std::fs::read_to_string(path)? } else { String::new() };
        let mut lines = text.lines();
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        match lines.next() {
            None => writeln!(file, "{head}")?,
            Some(first) if serde_json::from_str::<Value>(first)? == *head => {}
            Some(_) => return Err(format!("{} holds runs of another bench: name another file", path.display()).into()),
        }
        let runs = lines.map(serde_json::from_str).collect::<Result<Vec<Line>, _>>()?;
        Ok(Self { runs: runs.into_iter().map(|line| (line.seed, line.runs)).collect(), file: Some(file) })
    }

    pub(crate) fn add(&mut self, seed: u64, runs: Vec<Recovered>) -> Outcome<()> {
        let line = Line { seed, runs };
        if let Some(file) = &mut self.file {
            writeln!(file, "{}", serde_json::to_string(&line)?)?;
        }
        self.runs.insert(seed, line.runs);
        Ok(())
    }
}
