//! The first pass: who is in the export, who has died, and which concepts occur, with their codes.
//!
//! It holds some 50 bytes a person and 100 a concept that occurs, whatever the number of rows and however large the
//! export's `concept` table is.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use super::Key;
use super::cell::{Cell, Concept, Record};
use super::find::Found;
use super::part::{Fetched, Part, parts};
use super::tables::{CODED, CONCEPT, Columns, DEATH, OmopTable, PERSON, PERSON_ID, PERSON_KEYS};
use crate::map::{Map, Set};
use crate::{KeptPerson, RecordsError, Stated};

/// Parts fetched ahead.
const FETCHED_AHEAD: usize = 2;
/// The most concepts that are looked up: more than OHDSI's vocabularies have that a hospital uses. Those beyond keep
/// their number and get no second code.
const MOST_CONCEPTS: usize = 4 << 20;
/// The longest code and the longest vocabulary's name, in bytes; longer ones are no codes.
const LONGEST_CODE: usize = 40;

/// What the first pass found.
pub(super) struct Survey {
    key: Key,
    numbered: Map<i64, Known>,
    /// Persons whose id is no whole number.
    named: Map<Box<str>, Known>,
    concepts: Map<i64, Named>,
}

/// What is known of a person before the second pass.
#[derive(Default)]
pub(super) struct Known {
    /// For the door.
    pub(super) kept: KeptPerson,
    /// Apart, since most have none of it and every row looks its person up.
    more: Option<Box<More>>,
}

/// What is known of some persons.
#[derive(Default)]
struct More {
    /// What the first row of `death` says.
    death: Stated,
    /// `person_source_value`, where that is the key.
    number: Option<Box<str>>,
}

impl Known {
    /// The death, as its first row says it.
    pub(super) fn death(&self) -> Stated {
        self.more.as_ref().map(|more| more.death).unwrap_or_default()
    }

    /// `person_source_value`, where that is the key.
    pub(super) fn number(&self) -> Option<&str> {
        self.more.as_ref()?.number.as_deref()
    }
}

/// A concept in its vocabulary.
pub(super) struct Named {
    pub(super) vocabulary: Arc<str>,
    pub(super) code: Box<str>,
}

/// The first pass on its way.
struct Passing {
    survey: Survey,
    occurring: Set<i64>,
    vocabularies: Set<Arc<str>>,
    aside: Vec<Part>,
}

type Note = fn(&mut Passing, &OmopTable, &Record<'_>);

/// Reads what must be known before the first row can be judged. Gives the parts of `concept` as well, read and without
/// their rows: they have no second pass that would count them and list their faults.
pub(super) async fn survey(found: &Found, key: Key) -> Result<(Survey, Vec<Part>), RecordsError> {
    let survey = Survey { key, numbered: Map::default(), named: Map::default(), concepts: Map::default() };
    if !found.files.has(&PERSON) {
        return Err(RecordsError::NoTable { table: PERSON.name });
    }
    let mut passing = Passing { survey, occurring: Set::default(), vocabularies: Set::default(), aside: Vec::new() };
    let persons = if key == Key::SourceValue { &PERSON_KEYS } else { &PERSON };
    passing = pass(passing, found, persons, Columns::All, Passing::person).await?;
    passing = pass(passing, found, &DEATH, Columns::All, Passing::death).await?;
    if found.files.has(&CONCEPT) {
        for table in CODED {
            passing = pass(passing, found, table, Columns::Concepts, Passing::occurs).await?;
        }
        passing = pass(passing, found, &CONCEPT, Columns::All, Passing::concept).await?;
    }
    Ok((passing.survey, passing.aside))
}

/// Notes every row of a table, in order.
async fn pass(
    passing: Passing,
    found: &Found,
    table: &'static OmopTable,
    columns: Columns,
    note: Note,
) -> Result<Passing, RecordsError> {
    let files = stream::iter(found.files.of(table));
    let parts: BoxStream<'static, _> = files.flat_map(move |file| parts(file, table, columns)).boxed();
    let mut fetched = parts.map(fetch).buffered(FETCHED_AHEAD);
    let mut passing = passing;
    while let Some(fetched) = fetched.next().await {
        let fetched = fetched?;
        let noted = tokio::task::spawn_blocking(move || {
            let faults = fetched.rows.each(&mut |_, record| note(&mut passing, table, record));
            if std::ptr::eq(table, &CONCEPT) {
                passing.aside.push(fetched.aside(faults));
            }
            passing
        });
        passing = noted.await.map_err(|_| RecordsError::Internal("the first pass over an export ended early"))?;
    }
    Ok(passing)
}

async fn fetch(part: Result<Part, RecordsError>) -> Result<Fetched, RecordsError> {
    part?.fetch().await
}

impl Passing {
    fn person(&mut self, table: &OmopTable, record: &Record<'_>) {
        let id = record.cell(PERSON_ID);
        let by_source_value = std::ptr::eq(table, &PERSON_KEYS);
        let number = by_source_value.then(|| record.cell(1).id().unwrap_or_default().into());
        let more = number.map(|number| Box::new(More { number: Some(number), ..More::default() }));
        let known = Known { more, ..Known::default() };
        // Of two rows of one person the first counts.
        if let Some(number) = id.integer() {
            self.survey.numbered.entry(number).or_insert(known);
        } else if let Some(text) = id.id() {
            self.survey.named.entry(text.into()).or_insert(known);
        }
    }

    fn death(&mut self, _: &OmopTable, record: &Record<'_>) {
        let stated = record.time(1, 2);
        let id = record.cell(PERSON_ID);
        if let Some(known) = self.survey.known_mut(&id)
            && known.death() == Stated::Absent
        {
            known.more.get_or_insert_default().death = stated;
        }
    }

    fn occurs(&mut self, table: &OmopTable, record: &Record<'_>) {
        for (place, column) in table.columns.iter().enumerate() {
            if Columns::Concepts.has(column)
                && let Concept::Id(id) = record.concept(place)
                && self.occurring.len() < MOST_CONCEPTS
            {
                self.occurring.insert(id);
            }
        }
    }

    fn concept(&mut self, _: &OmopTable, record: &Record<'_>) {
        let Concept::Id(id) = record.concept(0) else { return };
        if !self.occurring.contains(&id) {
            return;
        }
        let [Some(vocabulary), Some(code)] = [1, 2].map(|place| text(record.cell(place))) else { return };
        let vocabulary = match self.vocabularies.get(vocabulary.as_str()) {
            Some(known) => Arc::clone(known),
            None => {
                let name: Arc<str> = vocabulary.into();
                self.vocabularies.insert(Arc::clone(&name));
                name
            }
        };
        self.survey.concepts.entry(id).or_insert(Named { vocabulary, code: code.into() });
    }
}

/// A code or a vocabulary's name: codes of digits come as numbers where a tool has guessed the column's type.
fn text(cell: Cell<'_>) -> Option<String> {
    let text = match cell {
        Cell::Text(text) => text.into_owned(),
        cell => cell.integer()?.to_string(),
    };
    (text.len() <= LONGEST_CODE).then_some(text)
}

impl Survey {
    pub(super) fn known(&self, id: &Cell<'_>) -> Option<&Known> {
        match id.integer() {
            Some(number) => self.numbered.get(&number),
            None => self.named.get(id.clone().id()?.as_ref()),
        }
    }

    fn known_mut(&mut self, id: &Cell<'_>) -> Option<&mut Known> {
        match id.integer() {
            Some(number) => self.numbered.get_mut(&number),
            None => self.named.get_mut(id.clone().id()?.as_ref()),
        }
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// A concept's vocabulary and code, if the export's own `concept` has it.
    pub(super) fn concept(&self, id: i64) -> Option<&Named> {
        self.concepts.get(&id)
    }

    /// The unit of a concept: the export's own word for it, or that of a common unit.
    pub(super) fn unit(&self, id: i64) -> Option<&str> {
        let stated = self.concepts.get(&id).filter(|named| named.vocabulary.as_ref() == "UCUM");
        stated.map(|named| named.code.as_ref()).or_else(|| super::ucum::unit(id))
    }
}
