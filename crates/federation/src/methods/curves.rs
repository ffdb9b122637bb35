//! Kaplan-Meier, Nelson-Aalen, Aalen-Johansen and log-rank from counts at agreed times.

use renkei_stats::{
    StatsError,
    competing::{AalenJohansen, CauseTable},
    survival::{KaplanMeier, NelsonAalen, RiskRow, RiskTable, log_rank},
};
use serde::{Deserialize, Serialize};

use super::{Answer, Ask, Curves, GroupCurves, MethodError, Outcome, Sums, Table, Times};

/// Groups and causes at most.
const MOST: usize = 1000;

/// The terms. Equal to pooled: the estimates of all cases with times on the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvesOnGrid {
    /// The agreed times.
    pub times: Times,
    /// Causes of the event; 1 without competing events.
    pub causes: usize,
    /// Column that holds each case's group (0, 1, ...), and how many groups there are; one group if none.
    #[serde(default)]
    pub group: Option<Grouping>,
}

/// A column of group numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grouping {
    /// Its name.
    pub column: String,
    /// Number of groups.
    pub groups: usize,
}

impl CurvesOnGrid {
    pub(crate) const NAME: &'static str = "curves_on_grid";

    pub(crate) fn check(&self) -> Result<(), MethodError> {
        if (1..=MOST).contains(&self.causes) && (1..=MOST).contains(&self.groups()) {
            return Ok(());
        }
        Err(MethodError::terms("causes and groups", "1 to 1000 of each are needed"))
    }

    pub(crate) fn groups(&self) -> usize {
        self.group.as_ref().map_or(1, |group| group.groups)
    }

    /// Group of every row.
    pub(crate) fn labels(&self, table: &Table) -> Result<Vec<usize>, MethodError> {
        let Some(Grouping { column, groups }) = &self.group else { return Ok(vec![0; table.rows()]) };
        let label = |value: &f64| {
            let sound = value.fract() == 0.0 && (0.0..*groups as f64).contains(value);
            let problem = "holds a group that the study does not have";
            if sound { Ok(*value as usize) } else { Err(MethodError::Column { column: column.clone(), problem }) }
        };
        table.column(column)?.iter().map(label).collect()
    }

    pub(crate) fn answer(&self, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
        if *ask != Ask::Counts {
            return Err(MethodError::Unexpected { method: Self::NAME, asked: ask.name() });
        }
        table.one_row_each()?;
        let (time, cause) = table.follow_up()?;
        if cause.iter().any(|cause| *cause > self.causes) {
            let problem = "holds a cause that the study does not have";
            return Err(MethodError::Column { column: "cause".into(), problem });
        }
        let cell = |((time, cause), group): ((&f64, &usize), usize)| {
            let (step, cause) = self.times.coarsen(*time, *cause);
            (group * self.times.count() + step) * (self.causes + 1) + cause
        };
        let cells: Vec<usize> = time.iter().zip(cause).zip(self.labels(table)?).map(cell).collect();
        let per_group = self.times.count() * (self.causes + 1);
        let mut sets = table.sets_by(&cells, self.groups() * per_group).into_iter();
        let mut answer = Answer::default();
        answer.count("persons", ["persons".into()], [table.everyone()]);
        for group in 0..self.groups() {
            let ends = |time: String| {
                (0..=self.causes).map(move |cause| match cause {
                    0 => format!("censored {time}"),
                    cause => format!("cause {cause} {time}"),
                })
            };
            let (name, own) = (format!("ends of follow-up in group {group}"), sets.by_ref().take(per_group));
            answer.count(&name, self.times.labels().flat_map(ends), own);
        }
        Ok(answer)
    }

    pub(crate) fn conclude(&self, total: &Sums) -> Result<Outcome, MethodError> {
        let (persons, counts) = total.counts.split_first().ok_or(MethodError::Done)?;
        if counts.iter().try_fold(0, |sum: u64, count| sum.checked_add(*count)) != Some(*persons) {
            return Err(MethodError::Contradiction { block: "ends of follow-up" });
        }
        let by_group = counts.chunks_exact(self.times.count() * (self.causes + 1));
        let tables = by_group.clone().map(|counts| self.risk_table(counts)).collect::<Result<Vec<_>, _>>()?;
        let curves = |(counts, table): (&[u64], &RiskTable)| {
            let causes = CauseTable::from_counts(self.causes, self.times.ends().to_vec(), counts.to_vec())?;
            Ok(GroupCurves {
                kaplan_meier: KaplanMeier::new(table),
                nelson_aalen: NelsonAalen::new(table),
                aalen_johansen: AalenJohansen::new(&causes),
            })
        };
        let groups = by_group.zip(&tables).map(curves).collect::<Result<_, StatsError>>()?;
        // Fewer than two groups with events are no error of the curves.
        let log_rank = log_rank(&[tables]).ok();
        Ok(Outcome::Curves(Curves { groups, log_rank }))
    }

    /// Events of interest by time; other causes censor.
    fn risk_table(&self, counts: &[u64]) -> Result<RiskTable, StatsError> {
        let row = |(time, counts): (&f64, &[u64])| {
            let events = counts[1];
            RiskRow { time: *time, events, censored: counts.iter().sum::<u64>() - events }
        };
        let rows = self.times.ends().iter().zip(counts.chunks_exact(self.causes + 1)).map(row);
        RiskTable::from_rows(rows.filter(|row| row.events + row.censored > 0).collect())
    }
}
