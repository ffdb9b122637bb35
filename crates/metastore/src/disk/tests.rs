use renkei_domain::ErrorKind;
use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.sqlite");
    (folder, path)
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn put(at: &str, value: impl Into<Vec<u8>>) -> Write {
    Write::Put { key: key(at), value: value.into() }
}

async fn refusal(path: &Path) -> Error {
    DiskStore::open(path).await.expect_err("the file was accepted")
}

#[tokio::test]
async fn facts_and_versions_survive_reopening() {
    let (_folder, path) = folder();
    let store = DiskStore::open(&path).await.unwrap();
    let first = store.transact(&[], &[put("a", "1"), put("b", "2")]).await.unwrap();
    let listed = store.list(&Prefix::all()).await.unwrap();
    drop(store);

    let store = DiskStore::open(&path).await.unwrap();
    assert_eq!(store.list(&Prefix::all()).await.unwrap(), listed);
    let second = store.transact(&[], &[put("c", "3")]).await.unwrap();
    let (Outcome::Committed { version: first }, Outcome::Committed { version: second }) = (first, second) else {
        panic!("an unguarded transaction failed a guard")
    };
    assert!(second > first);
}

/// Process death cannot show whether commits reach the disk itself; this setting is what promises it.
#[tokio::test]
async fn commits_are_synchronised() {
    let (_folder, path) = folder();
    let store = DiskStore::open(&path).await.unwrap();
    let pragma = |name: &'static str| {
        let read = move |connection: &mut Connection| {
            connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
        };
        store.blocking(read)
    };
    assert_eq!(pragma("synchronous").await.unwrap(), 2.into());
    assert_eq!(pragma("journal_mode").await.unwrap(), "wal".to_owned().into());
}

#[tokio::test]
async fn a_lock_held_by_another_is_unavailable_and_readers_do_not_wait() {
    let (_folder, path) = folder();
    let store = DiskStore::open_waiting(path.clone(), Duration::ZERO).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.transact(&[], &[put("a", "1")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(store.get(&key("a")).await.unwrap(), None);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.transact(&[], &[put("a", "1")]).await.is_ok());
}

#[tokio::test]
async fn a_full_disk_is_exhausted_and_leaves_nothing_written() {
    let (_folder, path) = folder();
    let store = DiskStore::open(&path).await.unwrap();
    let limit = |connection: &mut Connection| connection.query_row("PRAGMA max_page_count = 8", [], |_| Ok(()));
    store.blocking(limit).await.unwrap();
    let error = store.transact(&[], &[put("a", "1"), put("b", vec![0; 100_000])]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Exhausted, "{error}");
    assert!(store.list(&Prefix::all()).await.unwrap().is_empty());
    assert!(store.transact(&[], &[put("a", "1")]).await.is_ok());
}

#[tokio::test]
async fn a_broken_file_is_data() {
    let (_folder, path) = folder();
    std::fs::write(&path, [b'x'; 8192]).unwrap();
    assert_eq!(refusal(&path).await.kind(), ErrorKind::Data);
}

#[tokio::test]
async fn a_newer_schema_is_refused_untouched() {
    let (_folder, path) = folder();
    drop(DiskStore::open(&path).await.unwrap());
    Connection::open(&path).unwrap().execute_batch("UPDATE store SET schema_version = 2").unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = refusal(&path).await;
    assert!(matches!(error, Error::NewerSchema { found: 2, known: 1, .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn the_database_of_another_program_is_refused() {
    let (_folder, path) = folder();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE store (name TEXT)").unwrap();
    assert!(matches!(refusal(&path).await, Error::Foreign { .. }));
}

#[tokio::test]
async fn a_missing_folder_is_invalid() {
    let (folder, _) = folder();
    assert_eq!(refusal(&folder.path().join("none/m.sqlite")).await.kind(), ErrorKind::Invalid);
}

/// The file that schema version 1 wrote must keep loading, whatever the present version is.
#[tokio::test]
async fn schema_version_1_keeps_loading() {
    let (_folder, path) = folder();
    Connection::open(&path).unwrap().execute_batch(include_str!("../../tests/fixtures/schema-1.sql")).unwrap();
    let store = DiskStore::open(&path).await.unwrap();
    let found = store.list(&Prefix::all()).await.unwrap();
    let expected =
        [("runs/1f0c/state", &b"sealed"[..], 7), ("runs/2a/cancel", b"", 3), ("sites/nms", b"\x00\xff\x10", 5)];
    let fact = |(at, value, version): (&str, &[u8], i64)| {
        (key(at), Versioned { value: value.to_vec(), version: Version(version) })
    };
    assert_eq!(found, expected.map(fact));
    let guard = Guard::VersionIs { key: key("sites/nms"), version: Version(5) };
    let outcome = store.transact(&[guard], &[put("sites/nms", "new")]).await.unwrap();
    assert_eq!(outcome, Outcome::Committed { version: Version(9) });
}

/// Where this fails, the layout changed: raise [`schema::SCHEMA_VERSION`] and add a migration and a fixture.
#[tokio::test]
async fn the_layout_of_the_present_version_is_the_fixture_s() {
    let (_folder, path) = folder();
    drop(DiskStore::open(&path).await.unwrap());
    let fixture = Connection::open_in_memory().unwrap();
    fixture.execute_batch(include_str!("../../tests/fixtures/schema-1.sql")).unwrap();
    let layout = |connection: &Connection| -> Vec<String> {
        let mut query = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(schema::SCHEMA_VERSION, 1);
    assert_eq!(layout(&Connection::open(&path).unwrap()), layout(&fixture));
}
