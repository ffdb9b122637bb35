//! FHIR R4 (4.0.1): bulk exports as newline-delimited JSON, bundles, and single resources, each also compressed.
//!
//! A source is one server's export: a patient's id is the same patient in all its files. The first pass finds who the
//! patients are and which drugs Medications name, the second cuts every file into pieces and reads them.

mod cut;
mod files;
mod items;
mod json;
mod medications;
mod model;
mod patients;
mod reference;
mod rows;
mod sheet;
mod types;
mod units;

use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use renkei_artifacts::Location;

use crate::{Door, Origin, RecordsError, Source, Stated};

pub use cut::Limits;
use files::{File, Named};
use medications::Medications;
use patients::Patients;
use units::Finding;
pub use units::Unit;

/// Units of the first pass that are searched at once.
const SEARCHED: usize = 4;
/// The types that the first pass looks for.
const INDEXED: [&str; 2] = ["Patient", "Medication"];

/// An export: a folder in any store, or one file.
#[derive(Debug)]
pub struct Fhir {
    root: Location,
    system: Option<String>,
    limits: Limits,
}

impl Fhir {
    /// The export at `root`. Its patients are known by `Patient.id`.
    #[must_use]
    pub fn new(root: Location) -> Self {
        Self { root, system: None, limits: Limits::default() }
    }

    /// Takes the number that `system` gave (`Patient.identifier.system`) for the patient's key instead of the id, so that
    /// a person has the same pseudonym as in the hospital's other sources. A patient without one is a fault.
    #[must_use]
    pub fn with_identifier(mut self, system: impl Into<String>) -> Self {
        self.system = Some(system.into());
        self
    }

    /// Cuts files differently. The rows do not depend on it.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The first pass: everything that can hold patients or medications.
    async fn index(&self, files: &[Arc<File>]) -> Result<Index, RecordsError> {
        let candidates = files.iter().filter(|file| match file.named {
            Named::Lines(Some(of_type)) => INDEXED.contains(&of_type),
            _ => true,
        });
        let units = units::of(&self.root.store, candidates.cloned().collect(), Unit::default(), self.limits);
        let (longest, system) = (self.limits.longest, self.system.clone());
        let mut searched = units.map(move |unit| search(unit, longest, system.clone())).buffered(SEARCHED);
        let (mut patients, mut medications) = (Vec::new(), Medications::default());
        while let Some(found) = searched.next().await {
            let found = found?;
            patients.extend(found.patients);
            medications.add(found.medications);
        }
        Ok(Index { patients: Patients::of(&patients, self.system.clone()), medications })
    }
}

/// What the first pass found.
#[derive(Debug, Default)]
struct Index {
    patients: Patients,
    medications: Medications,
}

/// What the first pass found in one unit.
struct Found {
    patients: Vec<patients::Found>,
    medications: Vec<medications::Found>,
}

async fn search(
    unit: Result<Unit, RecordsError>,
    longest: usize,
    system: Option<String>,
) -> Result<Found, RecordsError> {
    let unit = unit?;
    let work = tokio::task::spawn_blocking(move || Found {
        patients: unit.pieces.iter().flat_map(|piece| patients::found(piece, longest, system.as_deref())).collect(),
        medications: unit.pieces.iter().flat_map(|piece| medications::found(piece, longest)).collect(),
    });
    work.await.map_err(|_| RecordsError::Internal("the first pass over an export ended early"))
}

impl Source for Fhir {
    type Unit = Unit;
    type Fetched = Unit;

    fn form(&self) -> &'static str {
        "fhir-r4"
    }

    fn units(self: Arc<Self>) -> BoxStream<'static, Result<Unit, RecordsError>> {
        stream::once(async move {
            let listing = files::list(&self.root).await?;
            let index = Arc::new(self.index(&listing.files).await?);
            let findings = listing.faults.into_iter().map(|(path, kind)| Finding(path, kind)).collect();
            let first = Unit { index, findings, other_files: listing.other, ..Unit::default() };
            Ok::<_, RecordsError>(units::of(&self.root.store, listing.files, first, self.limits))
        })
        .try_flatten()
        .boxed()
    }

    /// A unit comes with its bytes: where its last line ends is known only once they are read.
    async fn fetch(&self, unit: Unit) -> Result<Unit, RecordsError> {
        Ok(unit)
    }

    fn read(&self, unit: Unit, door: &mut Door) {
        for Finding(path, kind) in &unit.findings {
            let file = door.file(path);
            door.fault(*kind, None, &Origin { file: &file, line: 0, resource: None, recorded: Stated::Absent });
        }
        if unit.other_files > 0 {
            door.skip("file of another form", unit.other_files);
        }
        for piece in &unit.pieces {
            sheet::read(piece, &unit.index, self.limits.longest, door);
        }
    }
}
