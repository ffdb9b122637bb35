use renkei_federation::egress::{Kind, Preview, PreviewError, Release};

use crate::fixture::{cohort, gate, release_of, rules, set, sums};

fn release() -> Release {
    let mut release = release_of("a", 1, cohort(0..30));
    release.add(Kind::Count, set(0..30), [("persons".into(), 30.0, None)]).unwrap();
    let halves = [("sum of age".into(), 1801.5, None), ("sum of squares".into(), 110_000.0, None)];
    release.add(Kind::Sum, set(0..20), halves).unwrap();
    release
}

fn bytes(release: &Release) -> Vec<u8> {
    release.numbers().iter().flat_map(|number| number.value.to_le_bytes()).collect()
}

#[test]
fn the_exact_bytes_are_explained() {
    let release = release();
    let passed = gate().judge(&release, &rules()).unwrap();
    let preview = Preview::of_passed(&release, &passed, &bytes(&release), true).unwrap();
    let told = preview.to_string();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[1], "'headline' (sums version 1), round 1, over 30 persons");
    assert_eq!(lines[2], "would leave: 3 numbers, 24 bytes");
    assert_eq!(lines[4], "masked: the hub reads only the sum over the sites");
    assert!(told.contains("\n  minimum cell: none found below 5 persons in 3 numbers\n"), "{told}");
    assert!(told.contains("\n           0..8        30  persons (count)\n"), "{told}");
    assert!(told.contains("\n          8..16        20  sum of age (sum)\n"), "{told}");
    assert!(told.contains(&hex::encode(1801.5_f64.to_le_bytes())), "{told}");
    // What the audit log will name is what was shown.
    let left = passed.left("hub", &bytes(&release));
    assert_eq!((left.vector, left.bytes, left.numbers, left.persons), (preview.digest, 24, 3, 30));
    assert_eq!(left.allowed, preview.passed);
    let text = serde_json::to_string(&preview).unwrap();
    assert_eq!(serde_json::from_str::<Preview>(&text).unwrap(), preview);
}

#[test]
fn no_pseudonym_and_no_value_of_a_refused_release_is_shown() {
    let mut release = sums("a", 1, cohort(0..30), &[set(0..30)]);
    release.add(Kind::Sum, set(0..1), [("age of the eldest".into(), 97.25, None)]).unwrap();
    let refused = gate().judge(&release, &rules()).unwrap_err();
    let preview = Preview::of_refused(&release, &refused);
    let told = preview.to_string();
    assert!(told.contains("NOTHING LEAVES; 2 numbers were described"), "{told}");
    assert!(told.contains("refused by minimum cell: 1 cells of 1 to 4 persons: 'age of the eldest' over 1"), "{told}");
    let json = serde_json::to_string(&preview).unwrap();
    for text in [told, json] {
        for hidden in ["pseudonym", "97.25", &hex::encode(97.25_f64.to_le_bytes())] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
}

#[test]
fn a_preview_of_other_bytes_or_of_another_release_is_refused() {
    let release = release();
    let passed = gate().judge(&release, &rules()).unwrap();
    let short = &bytes(&release)[1..];
    let refused = Preview::of_passed(&release, &passed, short, false).unwrap_err();
    assert_eq!(refused, PreviewError::Width { bytes: 23, numbers: 3 });
    let other = sums("a", 2, cohort(0..30), &[set(0..30)]);
    let refused = Preview::of_passed(&other, &passed, &bytes(&other), false).unwrap_err();
    assert_eq!(refused, PreviewError::OtherRelease);
}
