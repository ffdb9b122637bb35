//! The hub's book of invitations.

use std::collections::BTreeMap;

use renkei_domain::{Digest, ErrorKind};
use renkei_federation::study::Moment;
use serde::{Deserialize, Serialize};

use super::Member;
use crate::{Error, Folder};

/// The folder in the hub's that the book lies in: the operator writes into it while the hub runs.
const BOOKS: &str = "invitations";
const BOOK: &str = "book.json";

/// Invitations by the secret's SHA-256: a secret that is long and drawn at random needs no slower hash.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Book {
    open: BTreeMap<String, Line>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    member: Member,
    name: String,
    until: Moment,
    /// Used: by whom is in the register, by then.
    used: Option<Moment>,
}

impl Book {
    /// Changes the book in a hub's folder; nobody else does meanwhile.
    pub(super) fn change<T>(hub: &Folder, act: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let folder = hub.inner(BOOKS)?;
        let _held = folder.wait()?;
        let mut book: Self = folder.document(BOOK)?.unwrap_or_default();
        let done = act(&mut book)?;
        folder.put_document(BOOK, &book)?;
        Ok(done)
    }

    /// Adds an invitation; earlier ones for the same member work no more.
    pub(super) fn add(&mut self, (member, name): (Member, &str), secret: &str, until: Moment) {
        self.open.retain(|_, line| (line.member, line.name.as_str()) != (member, name) || line.used.is_some());
        self.open.insert(key(secret), Line { member, name: name.to_owned(), until, used: None });
    }

    /// Takes a secret that `name` was invited with, and burns it. Which of the conditions fails is told to its holder only.
    pub(super) fn take(&mut self, name: &str, secret: &str, now: Moment) -> Result<Member, Error> {
        let denied = |what: &str| Error::refused(ErrorKind::Denied, what);
        let line = self.open.get_mut(&key(secret)).filter(|line| line.name == name);
        let line = line.ok_or_else(|| denied("there is no such invitation"))?;
        if line.used.is_some() {
            return Err(denied(
                "this invitation was used already: if it was not by you, tell the hub's operator at once",
            ));
        }
        if now > line.until {
            return Err(denied("this invitation is too old: ask for another"));
        }
        line.used = Some(now);
        Ok(line.member)
    }
}

/// Takes a secret in the book of a hub's folder, and burns it.
pub(crate) fn take(hub: &Folder, (name, secret): (&str, &str), now: Moment) -> Result<Member, Error> {
    Book::change(hub, |book| book.take(name, secret, now))
}

fn key(secret: &str) -> String {
    Digest::of(secret.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_works_once_for_whom_it_was_drawn_and_in_time() {
        let mut book = Book::default();
        book.add((Member::Site, "tokyo"), "one", Moment(10));
        book.add((Member::Site, "osaka"), "two", Moment(10));
        let why = |taken: Result<Member, Error>| taken.unwrap_err().to_string();
        assert!(why(book.take("osaka", "one", Moment(5))).contains("no such invitation"));
        assert!(why(book.take("tokyo", "guess", Moment(5))).contains("no such invitation"));
        assert!(why(book.take("tokyo", "one", Moment(11))).contains("too old"));
        assert_eq!(book.take("tokyo", "one", Moment(10)).unwrap(), Member::Site);
        assert!(why(book.take("tokyo", "one", Moment(10))).contains("used already"));
        // A second invitation takes the place of the first.
        book.add((Member::Site, "osaka"), "three", Moment(20));
        assert!(why(book.take("osaka", "two", Moment(5))).contains("no such invitation"));
        book.take("osaka", "three", Moment(5)).unwrap();
        assert!(!serde_json::to_string(&book).unwrap().contains("three"));
    }
}
