//! `renkei cohort exclude`: adds persons to the site's list of opt-outs, as pseudonyms.

use std::io::{BufRead as _, ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use renkei_cohort::Pseudonymiser;
use renkei_records::OptOuts;
use serde::Serialize;

use crate::args::{ExcludeArgs, Format};
use crate::display;
use crate::session::site_key;

#[derive(Debug, Serialize)]
struct Excluded {
    list: String,
    added: usize,
    already_there: usize,
    persons: usize,
}

pub(super) fn exclude(args: &ExcludeArgs, format: Format) -> anyhow::Result<ExitCode> {
    let persons = if args.cases.is_empty() { from_stdin()? } else { args.cases.clone() };
    anyhow::ensure!(
        !persons.is_empty(),
        "nobody named: give patient numbers as arguments, or one a line on standard input"
    );
    let pseudonyms = site_key(args.site_key.as_deref())?;
    let mut list = read(&args.list)?;
    let added = persons.iter().filter(|person| list.add(&pseudonym(person, &pseudonyms))).count();
    if added > 0 {
        replace(&args.list, &list)?;
    }
    let excluded = Excluded {
        list: args.list.display().to_string(),
        added,
        already_there: persons.len() - added,
        persons: list.len(),
    };
    display::print(format, &excluded, |of| {
        format!("{}: {} added, {} there before; {} persons", of.list, of.added, of.already_there, of.persons)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Numbers on standard input stay out of the shell's history and of the list of processes.
fn from_stdin() -> anyhow::Result<Vec<String>> {
    let lines = std::io::stdin().lock().lines().collect::<Result<Vec<_>, _>>().context("cannot read standard input")?;
    Ok(lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
}

fn pseudonym(person: &str, pseudonyms: &Pseudonymiser) -> String {
    if Pseudonymiser::could_have_made(person) { person.to_owned() } else { pseudonyms.pseudonym(person) }
}

/// The list so far; none yet is an empty one.
fn read(list: &Path) -> anyhow::Result<OptOuts> {
    match std::fs::read_to_string(list) {
        Ok(text) => text.parse().with_context(|| list.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(OptOuts::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", list.display())),
    }
}

/// Writes the list beside itself first: a list cut short would let persons back in.
fn replace(list: &Path, opt_outs: &OptOuts) -> anyhow::Result<()> {
    let folder = list.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut beside = tempfile::NamedTempFile::new_in(folder)?;
        beside.write_all(opt_outs.to_string().as_bytes())?;
        beside.as_file().sync_all()?;
        beside.persist(list)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", list.display()))
}
