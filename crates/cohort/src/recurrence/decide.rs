//! What became of one person, from the days of their records alone.

use std::fmt;

use renkei_domain::spec::{FirstTreatment, RecurrenceRule};

/// A day, counted from the origin.
pub(super) type Day = i64;

/// What a marker's value says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Level {
    /// It was measured.
    Is(f64),
    /// It was below what was reported (`<0.01`).
    Below(f64),
}

/// What the records say of a person from the origin on. Days before the origin are left out by whoever makes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Course {
    /// Marker values by day, ascending.
    pub(super) marker: Vec<(Day, Level)>,
    /// Days of further treatment, ascending.
    pub(super) treated: Vec<Day>,
    pub(super) died: Option<Day>,
    /// The last day of which any record speaks.
    pub(super) last_seen: Day,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Recurrence,
    Persistence,
    Salvage,
    Adjuvant,
    Death,
    Censored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) days: Day,
    /// The last day before on which a value spoke against recurrence; the origin where none did.
    pub(super) days_free: Day,
    /// Values that counted.
    pub(super) values: i64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Recurrence => "recurrence",
            Self::Persistence => "persistence",
            Self::Salvage => "salvage",
            Self::Adjuvant => "adjuvant",
            Self::Death => "death",
            Self::Censored => "censored",
        })
    }
}

/// The earliest of what the marker, further treatment and death say; on the same day the marker speaks first.
pub(super) fn decide(rule: &RecurrenceRule, course: &Course) -> Verdict {
    let settled = i64::from(rule.settling_days);
    let counted: Vec<(Day, Level)> = course.marker.iter().copied().filter(|(day, _)| *day >= settled).collect();
    let by_marker = match &rule.after {
        FirstTreatment::Prostatectomy { twice_from, rising_from, persistent_from, .. } => {
            persistence(&counted, *persistent_from)
                .or_else(|| risen(&counted, *twice_from, *rising_from).map(|day| (day, Outcome::Recurrence)))
        }
        FirstTreatment::Radiotherapy { above_nadir, .. } => {
            above(&counted, *above_nadir).map(|day| (day, Outcome::Recurrence))
        }
    };
    let by_treatment = course.treated.first().map(|&day| {
        let adjuvant = day <= i64::from(rule.adjuvant_days);
        (day, if adjuvant { Outcome::Adjuvant } else { Outcome::Salvage })
    });
    let by_death = course.died.map(|day| (day, Outcome::Death));
    let end = (course.last_seen.max(0), Outcome::Censored);
    let first = [by_marker, by_treatment, by_death].into_iter().flatten().min_by_key(|(day, _)| *day);
    let (days, outcome) = first.unwrap_or(end);
    let free = counted.iter().rev().find(|(day, _)| *day < days).map_or(0, |(day, _)| *day);
    let values = counted.iter().filter(|(day, _)| *day <= days).count() as i64;
    Verdict { outcome, days, days_free: free, values }
}

fn at_least(level: Level, threshold: f64) -> bool {
    matches!(level, Level::Is(value) if value >= threshold)
}

/// A first value that never fell: the tumour was not gone.
fn persistence(values: &[(Day, Level)], from: f64) -> Option<(Day, Outcome)> {
    let (day, level) = values.first()?;
    at_least(*level, from).then_some((*day, Outcome::Persistence))
}

/// The first of two values in a row of at least `twice`, or one of at least `rising` above the one before.
fn risen(values: &[(Day, Level)], twice: f64, rising: f64) -> Option<Day> {
    values.iter().enumerate().find_map(|(place, &(day, level))| {
        let before = place.checked_sub(1).map(|before| values[before].1);
        let confirmed = values.get(place + 1).is_some_and(|(_, next)| at_least(*next, twice));
        let is_recurrence = (at_least(level, twice) && confirmed)
            || (at_least(level, rising) && before.is_some_and(|before| is_above(level, before)));
        is_recurrence.then_some(day)
    })
}

/// The first value of at least the lowest before it plus `above`.
fn above(values: &[(Day, Level)], above: f64) -> Option<Day> {
    let mut nadir = f64::INFINITY;
    values.iter().find_map(|&(day, level)| {
        let reached = at_least(level, nadir + above);
        nadir = nadir.min(size(level));
        reached.then_some(day)
    })
}

fn size(level: Level) -> f64 {
    match level {
        Level::Is(value) | Level::Below(value) => value,
    }
}

fn is_above(level: Level, before: Level) -> bool {
    matches!(level, Level::Is(value) if value > size(before))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(after: &str) -> RecurrenceRule {
        serde_json::from_str(&format!(r#"{{"after": {after}, "further_treatment": ["radiotherapy"]}}"#)).unwrap()
    }

    fn prostatectomy() -> RecurrenceRule {
        rule(r#"{"prostatectomy": {}}"#)
    }

    fn course(marker: &[(Day, f64)]) -> Course {
        let marker: Vec<_> = marker.iter().map(|&(day, value)| (day, Level::Is(value))).collect();
        Course { last_seen: marker.last().map_or(0, |(day, _)| *day), marker, ..Course::default() }
    }

    fn told(rule: &RecurrenceRule, course: &Course) -> (String, Day, Day, i64) {
        let verdict = decide(rule, course);
        (verdict.outcome.to_string(), verdict.days, verdict.days_free, verdict.values)
    }

    #[test]
    fn after_prostatectomy() {
        let rule = prostatectomy();
        for (marker, expected) in [
            // Two in a row: the first of them, and the value before it bounds the interval.
            (&[(60, 0.01), (150, 0.05), (240, 0.2), (330, 0.3)][..], ("recurrence", 240, 150, 3)),
            // One alone is not enough, unless it is high and rising.
            (&[(60, 0.01), (150, 0.25), (240, 0.1)], ("censored", 240, 150, 3)),
            (&[(60, 0.01), (150, 0.45)], ("recurrence", 150, 60, 2)),
            (&[(60, 0.01), (150, 0.25)], ("censored", 150, 60, 2)),
            // The first values after the operation are still falling.
            (&[(5, 2.5), (20, 0.9), (60, 0.02)], ("censored", 60, 0, 1)),
            // Never undetectable.
            (&[(45, 0.6), (90, 0.9)], ("persistence", 45, 0, 1)),
            (&[], ("censored", 0, 0, 0)),
        ] {
            let (outcome, days, free, values) = told(&rule, &course(marker));
            assert_eq!((outcome.as_str(), days, free, values), expected, "{marker:?}");
        }
    }

    #[test]
    fn below_a_limit_is_never_recurrence() {
        let mut course = course(&[(60, 0.01), (150, 0.3)]);
        course.marker.push((240, Level::Below(0.5)));
        course.last_seen = 240;
        assert_eq!(told(&prostatectomy(), &course).0, "censored");
    }

    #[test]
    fn further_treatment_and_death_come_before_what_follows_them() {
        let values = [(60, 0.01), (400, 0.3), (500, 0.5)];
        let with = |treated: &[Day], died| Course { treated: treated.to_vec(), died, ..course(&values) };
        let rule = prostatectomy();
        assert_eq!(told(&rule, &with(&[], None)).0, "recurrence");
        assert_eq!(told(&rule, &with(&[90], None)), ("adjuvant".into(), 90, 60, 1));
        assert_eq!(told(&rule, &with(&[180], None)).0, "adjuvant");
        assert_eq!(told(&rule, &with(&[181], None)).0, "salvage");
        assert_eq!(told(&rule, &with(&[], Some(300))), ("death".into(), 300, 60, 1));
        assert_eq!(told(&rule, &with(&[450], Some(600))), ("recurrence".into(), 400, 60, 2));
    }

    #[test]
    fn after_radiotherapy_it_is_the_nadir_that_counts() {
        let rule = rule(r#"{"radiotherapy": {"procedure": "radiotherapy"}}"#);
        let told = |marker: &[(Day, f64)]| told(&rule, &course(marker)).0;
        assert_eq!(told(&[(60, 8.0), (200, 1.0), (400, 2.9)]), "censored");
        assert_eq!(told(&[(60, 8.0), (200, 1.0), (400, 3.0)]), "recurrence");
        assert_eq!(told(&[(60, 0.3), (200, 0.5)]), "censored");
    }

    proptest! {
        /// What happens after the outcome cannot change it, as long as it was confirmed.
        #[test]
        fn later_records_change_no_outcome(
            values in prop::collection::vec((28i64..4000, 0.0f64..3.0), 0..12),
            later in prop::collection::vec((4001i64..9000, 0.0f64..3.0), 0..4),
            died in prop::option::of(1i64..4000),
        ) {
            let sorted = |mut values: Vec<(Day, f64)>| {
                values.sort_by_key(|(day, _)| *day);
                values
            };
            let short = Course { died, ..course(&sorted(values.clone())) };
            let verdict = decide(&prostatectomy(), &short);
            let long = Course { died, ..course(&sorted([values, later].concat())) };
            let again = decide(&prostatectomy(), &long);
            if verdict.outcome == Outcome::Censored {
                prop_assert!(again.days >= verdict.days_free);
            } else {
                prop_assert!(again.outcome == verdict.outcome && again.days == verdict.days || again.days < verdict.days);
            }
            prop_assert!(verdict.days_free <= verdict.days);
        }
    }
}
