use renkei_federation::audit::{AuditError, Happening, Log, Witness, WitnessError, Wrong};
use renkei_federation::study::Moment;

use crate::fixture::{HUB, ROTATED, SITE, STRANGER, happenings, identity, judged, key, left, write, written};

const NOW: Moment = Moment(1_795_600_000);

#[test]
fn a_log_goes_on_after_a_restart() {
    let (mut lines, heads, log) = write(&happenings());
    let mut read_back = judged(lines.concat().as_bytes(), &heads).unwrap().log;
    assert_eq!(read_back, log);
    let stored: Log = serde_json::from_str(&serde_json::to_string(&log).unwrap()).unwrap();
    assert_eq!(stored, log);
    lines.push(read_back.append(&key(ROTATED), NOW, left(5)).unwrap());
    assert_eq!(judged(lines.concat().as_bytes(), &heads).unwrap().entries, 12);
}

#[test]
fn only_the_present_key_writes() {
    let (_, _, mut log) = write(&happenings());
    assert!(matches!(log.append(&key(SITE), NOW, left(5)), Err(AuditError::Key { .. })));
    // A line that the old key signs all the same is found.
    let (mut lines, heads) = written();
    let before: Vec<Happening> =
        happenings().into_iter().enumerate().filter(|(at, _)| *at != 6).map(|(_, h)| h).collect();
    lines[6] = write(&before).0[6].clone();
    assert!(judged(lines[..7].concat().as_bytes(), &heads[..1]).is_ok());
    let found = judged(lines.concat().as_bytes(), &heads).unwrap_err();
    assert_eq!((found.sequence, found.wrong), (7, Wrong::Unchained));
}

#[test]
fn another_owners_log_is_found_at_its_first_entry() {
    let mut log = Log::new(identity(STRANGER));
    let line = log.append(&key(STRANGER), NOW, left(1)).unwrap();
    let found = judged(line.as_bytes(), &[]).unwrap_err();
    assert_eq!((found.sequence, found.wrong), (0, Wrong::Signature));
}

#[test]
fn heads_that_are_not_genuine_are_found() {
    let (lines, heads) = written();
    let text = lines.concat();
    let (_, _, log) = write(&happenings());
    let by_stranger = Witness::of(identity(SITE)).countersign(log.head().unwrap(), &key(STRANGER), NOW).unwrap();
    assert_eq!(judged(text.as_bytes(), &[by_stranger]).unwrap_err().wrong, Wrong::Head);
    let mut moved = heads[1].clone();
    moved.head.sequence = 7;
    assert_eq!(judged(text.as_bytes(), &[moved]).unwrap_err().wrong, Wrong::Head);
    let mut other_log = Log::new(identity(STRANGER));
    other_log.append(&key(STRANGER), NOW, left(1)).unwrap();
    let of_other = Witness::of(identity(STRANGER)).countersign(other_log.head().unwrap(), &key(HUB), NOW).unwrap();
    assert_eq!(judged(text.as_bytes(), &[of_other]).unwrap_err().wrong, Wrong::Head);
}

#[test]
fn a_witness_signs_no_second_story() {
    let (_, heads, log) = write(&happenings());
    let mut witness = Witness::of(identity(SITE));
    let head = log.head().unwrap();
    witness.countersign(head, &key(HUB), NOW).unwrap();
    assert!(witness.countersign(head, &key(HUB), NOW).is_ok(), "the same head again, after a lost answer");
    let behind = witness.countersign(heads[1].head, &key(HUB), NOW);
    assert_eq!(behind, Err(WitnessError::Behind { known: 10, asked: 8 }));
    let mut fork = head;
    fork.hash = heads[0].head.hash;
    assert_eq!(witness.countersign(fork, &key(HUB), NOW), Err(WitnessError::Behind { known: 10, asked: 10 }));
    let mut other = head;
    other.log = identity(STRANGER);
    assert_eq!(witness.countersign(other, &key(HUB), NOW), Err(WitnessError::OtherLog));
}
