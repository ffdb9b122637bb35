use proptest::prelude::*;
use renkei_federation::audit::{Countersigned, Happening, Wrong};

use crate::fixture::{HUB, SITE, happenings, identity, judged, left, write, written};

/// The first seven entries, of which every kind of shape is one, with the head that covers five of them: short, since
/// every byte of it costs a verification.
fn start() -> (Vec<String>, Vec<Countersigned>) {
    let (mut lines, mut heads) = written();
    lines.truncate(7);
    heads.truncate(1);
    (lines, heads)
}

/// The entry to which the byte at `at` belongs.
fn entry_of(lines: &[String], at: usize) -> u64 {
    let ends = lines.iter().scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    });
    ends.take_while(|end| *end <= at).count() as u64
}

#[test]
fn an_untouched_log_verifies_and_says_what_is_not_covered() {
    let (lines, heads) = written();
    let verified = judged(lines.concat().as_bytes(), &heads).unwrap();
    assert_eq!((verified.entries, verified.covered, verified.not_covered()), (11, 9, 2));
    let without = judged(lines.concat().as_bytes(), &[]).unwrap();
    assert_eq!((without.covered, without.not_covered()), (0, 11));
    assert_eq!(judged(b"", &[]).unwrap().entries, 0);
}

#[test]
fn every_byte_changed_is_found_at_its_entry() {
    let (lines, heads) = start();
    let text = lines.concat().into_bytes();
    for at in 0..text.len() {
        // Bit 0x20 is the case of a letter: digests in capitals are other bytes too.
        let mut changed = text.clone();
        changed[at] ^= if at % 2 == 0 { 1 } else { 0x20 };
        let found = judged(&changed, &heads).expect_err("a changed byte");
        assert_eq!(found.sequence, entry_of(&lines, at), "byte {at}: {found}");
    }
}

#[test]
fn every_byte_removed_or_added_is_found_at_its_entry() {
    let (lines, heads) = start();
    let text = lines.concat().into_bytes();
    for at in 0..text.len() {
        let mut removed = text.clone();
        removed.remove(at);
        let found = judged(&removed, &heads).expect_err("a byte removed");
        assert_eq!(found.sequence, entry_of(&lines, at), "byte {at}: {found}");
        let other = if at % 2 == 0 { b' ' } else { b'\n' };
        let mut added = text.clone();
        added.insert(at, other);
        let found = judged(&added, &heads).expect_err("a byte added");
        // A byte before the first of a line is told of that line; a second line feed makes a blank line after it.
        let blank = u64::from(other == b'\n' && text[at] == b'\n');
        assert_eq!(found.sequence, entry_of(&lines, at) + blank, "byte {at}, {other}: {found}");
    }
}

#[test]
fn every_line_removed_repeated_or_moved_is_found() {
    let (lines, heads) = written();
    for at in 0..lines.len() - 1 {
        let mut removed = lines.clone();
        removed.remove(at);
        let found = judged(removed.concat().as_bytes(), &heads).unwrap_err();
        assert_eq!((found.sequence, found.wrong), (at as u64, Wrong::Misplaced(at as u64 + 1)));

        let mut swapped = lines.clone();
        swapped.swap(at, at + 1);
        let found = judged(swapped.concat().as_bytes(), &heads).unwrap_err();
        assert_eq!((found.sequence, found.wrong), (at as u64, Wrong::Misplaced(at as u64 + 1)));

        let mut repeated = lines.clone();
        repeated.insert(at, lines[at].clone());
        let found = judged(repeated.concat().as_bytes(), &heads).unwrap_err();
        assert_eq!((found.sequence, found.wrong), (at as u64 + 1, Wrong::Misplaced(at as u64)));
    }
}

#[test]
fn a_line_of_another_log_of_the_same_owner_is_found() {
    let (mut lines, heads) = written();
    let mut other = happenings();
    other[0] = left(77);
    lines[3] = write(&other).0[3].clone();
    let found = judged(lines.concat().as_bytes(), &heads).unwrap_err();
    assert_eq!((found.sequence, found.wrong), (3, Wrong::Unchained));
}

#[test]
fn truncation_up_to_the_last_countersigned_head_is_found() {
    let (lines, heads) = written();
    for kept in 0..lines.len() {
        let judged = judged(lines[..kept].concat().as_bytes(), &heads);
        match judged {
            // Behind the last head nothing can be found, and that was said: two entries were not covered.
            Ok(verified) => assert!(kept >= 9 && verified.covered == 9, "{kept}"),
            Err(found) => {
                // The first missing entry is named, or the first that the earlier head covers.
                assert!(kept < 9, "{kept}: {found}");
                assert_eq!(found.sequence, kept as u64);
                assert_eq!(found.wrong, Wrong::Missing { countersigned: if kept <= 4 { 4 } else { 8 } });
            }
        }
    }
}

#[test]
fn the_owner_cannot_rewrite_what_was_countersigned() {
    let (_, heads) = written();
    for at in 0..happenings().len() {
        // With its keys the owner tells another story from entry `at` on; every line is signed and chained anew.
        let mut other = happenings();
        other[at] = if at == 6 { Happening::KeyRotated { to: identity(SITE) } } else { left(1000) };
        let (lines, _, _) = write(&other);
        match judged(lines.concat().as_bytes(), &heads) {
            Ok(verified) => assert!(at >= 9 && verified.covered == 9, "{at}"),
            Err(found) => {
                let (sequence, after) = if at <= 4 { (4, None) } else { (8, Some(4)) };
                assert_eq!((found.sequence, found.wrong), (sequence, Wrong::Rewritten { after }), "{at}");
                assert!(at < 9);
            }
        }
    }
}

#[test]
fn heads_written_into_the_log_count_too() {
    let (_, heads) = written();
    let mut story = happenings();
    story.push(Happening::Countersigned(Box::new(heads[1].clone())));
    let (lines, _, _) = write(&story);
    assert_eq!(judged(lines.concat().as_bytes(), &[]).unwrap().covered, 9);
    story[7] = left(1000);
    let (lines, _, _) = write(&story);
    let found = judged(lines.concat().as_bytes(), &[]).unwrap_err();
    assert_eq!((found.sequence, found.wrong), (8, Wrong::Rewritten { after: None }));
    // A key that is no witness signs nothing that counts.
    assert!(renkei_federation::audit::verify(lines.concat().as_bytes(), identity(SITE), &[], &heads).is_err());
    assert_ne!(identity(HUB), identity(SITE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_edit_within_the_covered_part_is_found(
        from in 0usize..3000, length in 0usize..400, with in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let (lines, heads) = written();
        let text = lines.concat().into_bytes();
        let covered: usize = lines[..9].iter().map(String::len).sum();
        let (from, to) = (from % covered, (from % covered + length).min(covered));
        let mut edited = text.clone();
        edited.splice(from..to, with);
        prop_assume!(edited != text);
        let found = judged(&edited, &heads);
        prop_assert!(found.is_err());
        let entry = entry_of(&lines, from);
        // The entry named is the one edited, or one after it where the edit joined on to what follows.
        prop_assert!(found.as_ref().is_err_and(|found| found.sequence >= entry), "{:?} {}", found, entry);
    }
}
