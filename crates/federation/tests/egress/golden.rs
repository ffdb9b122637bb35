//! pbc312 in three sites, against `golden/leak.txt` (`leak.py`): records exposed by single-round risk-set sums.

use renkei_federation::egress::{
    Kind, NoGrid, PersonSet, Recovered, Release, ReleaseError, finest, recoverable, times_that_pass,
};
use renkei_federation::study::Grid;

use crate::fixture::{checks, cohort, gate, golden, release_of, rules, set};

/// One person: id, follow-up in years, whether the event happened.
type Person = (usize, f64, bool);

fn pbc() -> Option<Vec<Person>> {
    let text = golden("pbc312.csv")?;
    let persons = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].parse().unwrap(), cells[1].parse().unwrap(), cells[2] != "0")
    });
    Some(persons.collect())
}

fn site(persons: &[Person], site: usize) -> Vec<Person> {
    persons.iter().copied().filter(|person| person.0 % 3 == site).collect()
}

/// The step as `leak.py` has it. [`Grid::step`] differs for one person: 974 days are the end of month 32, which floating
/// point puts at 32.00000000000004 months, and so `leak.py` into month 33.
fn step(grid: Grid, years: f64) -> u32 {
    if grid == Grid::Day { grid.step(years) } else { (years * grid.steps_per_year()).ceil() as u32 }
}

/// Agreed times: the steps in which anybody at any site had the event.
fn event_steps(persons: &[Person], grid: Grid) -> Vec<u32> {
    let mut steps: Vec<u32> = persons.iter().filter(|person| person.2).map(|person| step(grid, person.1)).collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}

/// The risk set at each agreed time and, `with_events`, the persons whose event it is that time (which comes after the
/// agreed time before it).
fn cox_sets(persons: &[Person], grid: Grid, times: &[u32], with_events: bool) -> Vec<PersonSet> {
    let mut sets = Vec::new();
    let mut before = 0;
    for &time in times {
        let these = |fits: &dyn Fn(u32, bool) -> bool| {
            set((0..persons.len()).filter(|at| fits(step(grid, persons[*at].1), persons[*at].2)))
        };
        sets.push(these(&|step, _| step > before));
        if with_events {
            sets.push(these(&|step, event| event && step > before && step <= time));
        }
        before = time;
    }
    sets
}

fn attacked(persons: &[Person], grid: Grid, times: &[u32], with_events: bool) -> Recovered {
    // Risk sets as leak.py has them: whoever reaches the time itself.
    let mut sets: Vec<PersonSet> =
        times.iter().map(|time| set((0..persons.len()).filter(|at| step(grid, persons[*at].1) >= *time))).collect();
    if with_events {
        let had = |at: &usize, time: u32| persons[*at].2 && step(grid, persons[*at].1) == time;
        sets.extend(times.iter().map(|time| set((0..persons.len()).filter(|at| had(at, *time)))));
    }
    recoverable(&sets, 5)
}

#[test]
fn records_exposed_on_pbc312_are_those_of_leak_txt() {
    let (Some(persons), Some(reference)) = (pbc(), golden("leak.txt")) else { return };
    let names = ["exact days", "month", "quarter", "half-year", "year"];
    for ((grid, name), line) in Grid::ALL.into_iter().zip(names).zip(reference.lines()) {
        let times = event_steps(&persons, grid);
        let alone: usize = (0..3).map(|at| attacked(&site(&persons, at), grid, &times, false).alone.len()).sum();
        let pooled = attacked(&persons, grid, &times, false);
        let found = format!(
            "{name} event times {} per-site sums: records recovered exactly {alone} of {} | pooled sums only: ({}, {})",
            times.len(),
            persons.len(),
            pooled.alone.len(),
            pooled.groups.len()
        );
        assert_eq!(found, line);
    }
}

#[test]
fn sums_over_those_with_the_event_expose_more() {
    // leak.py leaves out the sums over those with the event at each time, which Breslow and Efron both send. With them
    // (python3: persons of a site by (last agreed time reached, event), groups of one and of two to four counted):
    let expected = [(208, 39), (156, 58), (90, 79), (35, 62), (6, 27)];
    let Some(persons) = pbc() else { return };
    for (grid, expected) in Grid::ALL.into_iter().zip(expected) {
        let times = event_steps(&persons, grid);
        let found = (0..3).map(|at| attacked(&site(&persons, at), grid, &times, true));
        let found = found.fold((0, 0), |sum, f| (sum.0 + f.alone.len(), sum.1 + f.groups.len()));
        assert_eq!(found, expected, "{grid}");
    }
}

/// What a site sums for pooled Cox at the null.
fn cox(persons: &[Person], grid: Grid, times: &[u32], with_events: bool) -> Release {
    let mut release = release_of("pbc", 1, cohort(persons.iter().map(|person| person.0)));
    for (at, sets) in cox_sets(persons, grid, times, with_events).into_iter().enumerate() {
        release.add(Kind::Sum, sets, [(format!("set {at}"), 0.0, None)]).unwrap();
    }
    release
}

#[test]
fn pbc312_to_five_years_passes_by_year_at_one_site_only() {
    // Persons who leave in years 1 to 5 (python3): 8 2 13 12 13, 8 7 13 15 10, 6 3 12 19 12.
    let Some(persons) = pbc() else { return };
    for (at, fewest) in [(0, Some(2)), (1, None), (2, Some(3))] {
        let site = site(&persons, at);
        let describe = |grid: Grid| {
            let to_five = (5.0 * grid.steps_per_year()) as u32;
            let times: Vec<u32> = event_steps(&persons, grid).into_iter().filter(|time| *time <= to_five).collect();
            Ok::<_, ReleaseError>(cox(&site, grid, &times, false))
        };
        match (finest(&gate(), &rules(), &Grid::ALL, describe), fewest) {
            (Ok(settled), None) => {
                assert_eq!((settled.grid, settled.too_fine.len()), (Grid::Year, 4));
                let half_year = settled.too_fine.last().unwrap();
                assert_eq!(checks(&half_year.1), ["differencing", "linear algebra"]);
            }
            (Err(NoGrid::Refused(refused)), Some(fewest)) => {
                let by_year = refused.last().unwrap();
                assert!(by_year.1.to_string().contains(&format!("by {fewest};")), "{}", by_year.1);
            }
            (other, _) => panic!("site {at}: {other:?}"),
        }
    }
}

#[test]
fn times_that_pass_are_found_where_no_grid_does() {
    let Some(persons) = pbc() else { return };
    let years: Vec<u32> = (1..=13).collect();
    // Persons who leave in years 1 to 13 (python3), merged by hand until five or more leave:
    // 8 2 13 12 13 10 12 9 9 4 4 6 2 | 8 7 13 15 10 9 12 8 5 6 4 4 3 | 6 3 12 19 12 10 13 9 6 5 3 3 3.
    let expected: [&[u32]; 3] =
        [&[1, 3, 4, 5, 6, 7, 8, 9, 11, 13], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13], &[1, 3, 4, 5, 6, 7, 8, 9, 10, 13]];
    for (at, expected) in expected.into_iter().enumerate() {
        let site = site(&persons, at);
        let found = |with_events| {
            let describe = |times: &[u32]| Ok(cox(&site, Grid::Year, times, with_events));
            times_that_pass(&gate(), &rules(), &years, describe).unwrap()
        };
        assert_eq!(found(false), expected);
        // With the sums over those with the event, both those with and those without are five or more between times.
        let times = found(true);
        assert!(times.len() >= 3, "{times:?}");
        for (from, to) in std::iter::once(0).chain(times.iter().copied()).zip(times.iter().copied()) {
            for event in [true, false] {
                let within = |person: &&Person| {
                    let step = step(Grid::Year, person.1);
                    person.2 == event && step > from && step <= to
                };
                let persons = site.iter().filter(within).count();
                assert!(persons == 0 || persons >= 5, "site {at}, years {from} to {to}: {persons}");
            }
        }
    }
}
