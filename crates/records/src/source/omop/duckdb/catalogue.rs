//! What a database has, and what of it is copied.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::DuckDbError;
use crate::RecordsError;
use crate::source::omop::Key;
use crate::source::omop::tables::{CLINICAL, CONCEPT, OmopTable, PERSON, PERSON_KEYS};

/// The query for what a database has: a row a column of its tables and views.
pub(super) const LIST: &str = "SELECT schema_name, table_name, column_name FROM duckdb_columns() \
     WHERE NOT internal AND database_name = current_database() ORDER BY table_oid, column_index";

/// One column of the database.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    schema_name: String,
    table_name: String,
    column_name: String,
}

/// A table to copy.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) table: &'static str,
    /// The query for its columns, all rows in their order.
    pub(super) query: String,
}

/// What to copy.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) wanted: Vec<Wanted>,
    /// Tables that are not, by reason.
    pub(super) left_out: BTreeMap<&'static str, u64>,
}

/// Chooses tables and columns by their names, in any case. Where several schemas have a table, the one that has `person`
/// is meant.
pub(super) fn plan(listed: &[Listed], key: Key) -> Result<Plan, RecordsError> {
    let mut found: BTreeMap<(String, &str), Vec<&Listed>> = BTreeMap::new();
    for column in listed {
        let table = column.table_name.to_ascii_lowercase();
        found.entry((table, column.schema_name.as_str())).or_default().push(column);
    }
    let schemas = |table: &OmopTable| -> Vec<&str> {
        found.keys().filter(|(name, _)| name == table.name).map(|(_, schema)| *schema).collect()
    };
    let home = match schemas(&PERSON)[..] {
        [home] => home,
        [] => return Err(RecordsError::NoTable { table: PERSON.name }),
        _ => return Err(DuckDbError::Schemas { table: PERSON.name }.into()),
    };
    let tables: Vec<&OmopTable> = CLINICAL.iter().copied().chain([&CONCEPT]).collect();
    let names: BTreeSet<&str> = tables.iter().map(|table| table.name).collect();
    let mut plan = Plan { wanted: Vec::new(), left_out: BTreeMap::new() };
    let others = found.keys().filter(|(name, _)| !names.contains(name.as_str())).count() as u64;
    if others > 0 {
        plan.left_out.insert("another table", others);
    }
    for table in tables {
        let schemas = schemas(table);
        let schema = match schemas[..] {
            [] => continue,
            [only] => only,
            _ if schemas.contains(&home) => home,
            _ => return Err(DuckDbError::Schemas { table: table.name }.into()),
        };
        let columns = found.get(&(table.name.to_owned(), schema)).map(|columns| chosen(columns, table, key));
        match columns.unwrap_or_default() {
            none if none.is_empty() && table.name == PERSON.name => {
                return Err(RecordsError::NoColumn { table: table.name, column: "person_id" });
            }
            none if none.is_empty() => *plan.left_out.entry("table without a column of its standard").or_default() += 1,
            columns => plan.wanted.push(Wanted { table: table.name, query: query(&columns) }),
        }
    }
    Ok(plan)
}

/// The columns of a table that are copied.
fn chosen<'l>(columns: &[&'l Listed], table: &OmopTable, key: Key) -> Vec<&'l Listed> {
    let by_source_value = key == Key::SourceValue && table.name == PERSON.name;
    let keys = if by_source_value { PERSON_KEYS.columns } else { &[] };
    let named = |column: &Listed, name: &str| column.column_name.eq_ignore_ascii_case(name);
    let is_chosen = |column: &Listed| table.columns.iter().chain(keys).any(|known| named(column, known.name));
    columns.iter().copied().filter(|column| is_chosen(column)).collect()
}

fn query(columns: &[&Listed]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.column_name)).collect();
    let from = columns.first().map(|of| format!("{}.{}", quoted(&of.schema_name), quoted(&of.table_name)));
    format!("SELECT {} FROM {}", names.join(", "), from.unwrap_or_default())
}

/// An identifier as SQL writes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(columns: &[(&str, &str, &str)]) -> Vec<Listed> {
        let column = |(schema, table, column): &(&str, &str, &str)| Listed {
            schema_name: (*schema).to_owned(),
            table_name: (*table).to_owned(),
            column_name: (*column).to_owned(),
        };
        columns.iter().map(column).collect()
    }

    fn queries(columns: &[(&str, &str, &str)], key: Key) -> Vec<String> {
        plan(&listed(columns), key).unwrap().wanted.into_iter().map(|wanted| wanted.query).collect()
    }

    #[test]
    fn only_the_columns_that_are_read_are_copied() {
        let columns = [
            ("main", "PERSON", "PERSON_ID"),
            ("main", "PERSON", "person_source_value"),
            ("main", "PERSON", "gender_source_value"),
            ("main", "observation", "value_as_string"),
            ("main", "observation", "value_as_number"),
            ("main", "note", "note_text"),
        ];
        let person = "SELECT \"PERSON_ID\" FROM \"main\".\"PERSON\"".to_owned();
        let observation = "SELECT \"value_as_number\" FROM \"main\".\"observation\"".to_owned();
        assert_eq!(queries(&columns, Key::PersonId), [person, observation.clone()]);
        let keyed = "SELECT \"PERSON_ID\", \"person_source_value\" FROM \"main\".\"PERSON\"".to_owned();
        assert_eq!(queries(&columns, Key::SourceValue), [keyed, observation]);
        assert_eq!(plan(&listed(&columns), Key::PersonId).unwrap().left_out, [("another table", 1)].into());
    }

    #[test]
    fn of_several_schemas_the_one_with_the_persons_is_meant() {
        let person = ("cdm", "person", "person_id");
        let of = |columns: &[_]| queries(&[&[person], columns].concat(), Key::PersonId).split_off(1);
        assert_eq!(
            of(&[("old", "death", "person_id"), ("cdm", "death", "person_id"), ("vocab", "concept", "concept_id")]),
            ["SELECT \"person_id\" FROM \"cdm\".\"death\"", "SELECT \"concept_id\" FROM \"vocab\".\"concept\""]
        );
        let refused = |columns: &[_]| plan(&listed(columns), Key::PersonId).unwrap_err().to_string();
        let twice = refused(&[person, ("old", "person", "person_id")]);
        assert!(twice.contains("several schemas") && twice.contains("`person`"), "{twice}");
        let twice = refused(&[person, ("a", "concept", "concept_id"), ("b", "concept", "concept_id")]);
        assert!(twice.contains("several schemas") && twice.contains("`concept`"), "{twice}");
    }

    #[test]
    fn a_table_without_any_of_its_columns_is_left_out_unless_it_is_person() {
        let columns = [("main", "person", "person_id"), ("main", "death", "column0")];
        let plan = |columns: &[_]| plan(&listed(columns), Key::PersonId);
        assert_eq!(plan(&columns).unwrap().left_out, [("table without a column of its standard", 1)].into());
        assert!(matches!(plan(&[]), Err(RecordsError::NoTable { table: "person" })));
        let headless = plan(&[("main", "person", "column0")]);
        assert!(matches!(headless, Err(RecordsError::NoColumn { table: "person", column: "person_id" })));
    }

    #[test]
    fn a_name_stays_a_name_whatever_is_in_it() {
        let schema = "a\".b; DROP\n.shell x";
        assert_eq!(
            queries(&[(schema, "person", "person_id")], Key::PersonId),
            ["SELECT \"person_id\" FROM \"a\"\".b; DROP\n.shell x\".\"person\""]
        );
    }
}
