//! The resources of a piece, one after another, each as the text that it is.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;
use serde::Deserialize;

use super::cut::{Items, Piece};
use super::json::{Members, is_blank};
use super::model::Text;
use crate::FaultKind;

/// One resource of a piece.
pub(super) struct Item<'a> {
    /// Its line or its entry's number, from 1.
    pub(super) line: u32,
    /// The resource's own address, where a bundle gives one (FHIR R4, 2.36.4).
    pub(super) url: Cow<'a, str>,
    /// The resource; nothing for an entry that has none.
    pub(super) resource: Option<&'a str>,
}

/// Hands every resource of a piece in whose bytes there is what is looked for, or what is wrong with it, to `visit`.
pub(super) fn each(
    piece: &Piece,
    longest: usize,
    wanted: impl Fn(&[u8]) -> bool,
    mut visit: impl FnMut(u32, Result<Item<'_>, FaultKind>),
) {
    let wanted = |place: &Range<usize>| piece.bytes.get(place.clone()).is_some_and(&wanted);
    match &piece.items {
        Items::Lines(first) => {
            let mut places = lines(&piece.bytes);
            // Checked once where all is well, since that is quicker than line by line.
            let text = std::str::from_utf8(&piece.bytes).ok();
            for number in 0_u32.. {
                let Some(place) = places.next() else { break };
                if is_empty(piece, &place) || !wanted(&place) {
                    continue;
                }
                let line = first.saturating_add(number);
                let found = checked(piece, text, place, longest);
                visit(line, found.map(|text| Item { line, url: Cow::Borrowed(""), resource: Some(text) }));
            }
        }
        Items::Entries(places) => {
            let text = std::str::from_utf8(&piece.bytes).ok();
            for (place, line) in places.iter().filter(|(place, _)| wanted(place)) {
                let found = checked(piece, text, place.clone(), longest);
                visit(*line, found.and_then(|text| entry(text, *line)));
            }
        }
        Items::Whole if wanted(&(0..piece.bytes.len())) => {
            let found = checked(piece, None, 0..piece.bytes.len(), longest);
            visit(1, found.map(|text| Item { line: 1, url: Cow::Borrowed(""), resource: Some(text) }));
        }
        Items::Whole => {}
    }
}

/// Where the lines are, without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = start..start + length;
        start += length + 1;
        Some(line)
    })
}

fn is_empty(piece: &Piece, place: &Range<usize>) -> bool {
    piece.bytes.get(place.clone()).is_none_or(|line| line.iter().all(|byte| is_blank(*byte)))
}

fn checked<'a>(
    piece: &'a Piece,
    text: Option<&'a str>,
    place: Range<usize>,
    longest: usize,
) -> Result<&'a str, FaultKind> {
    if place.len() > longest {
        return Err(FaultKind::TooLong);
    }
    let slice = || std::str::from_utf8(piece.bytes.get(place.clone())?).ok();
    text.and_then(|text| text.get(place.clone())).or_else(slice).ok_or(FaultKind::BrokenEncoding)
}

/// Takes an entry of a bundle apart.
fn entry(text: &str, line: u32) -> Result<Item<'_>, FaultKind> {
    let (mut url, mut resource) = (Cow::Borrowed(""), None);
    for (name, value) in Members::of(text) {
        match name {
            "fullUrl" => url = string(value).ok_or(FaultKind::Malformed)?,
            "resource" if resource.is_none() => resource = Some(value),
            // Two resources in one entry: neither is surely the one.
            "resource" => return Err(FaultKind::Malformed),
            _ => {}
        }
    }
    Ok(Item { line, url, resource })
}

fn string(value: &str) -> Option<Cow<'_, str>> {
    let mut reader = serde_json::Deserializer::from_str(value);
    Text::deserialize(&mut reader).ok().map(Text::into_inner)
}
