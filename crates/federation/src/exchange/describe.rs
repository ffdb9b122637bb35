//! A method's answer as the gate judges it.

use super::Refusal;
use crate::{
    egress::Release,
    methods::{Answer, Ask, Broadcast, Method, Table},
    study::Order,
};

/// What would leave in a round, number by number, in the order of the vector: reals, then counts.
pub(super) fn release(order: &Order, method: &Method, table: &Table, answer: &Answer) -> Result<Release, Refusal> {
    let cohort = table.cohort();
    // Of nobody nothing is fitted.
    let parameters = if cohort.is_empty() { 0 } else { method.parameters() };
    let parameters = u32::try_from(parameters).unwrap_or(u32::MAX);
    let (name, id) = (order.method_use.clone(), order.method.clone());
    let mut release = Release::new(order.study, name, id, order.round, parameters, cohort.to_vec())?;
    let mut told = answer.told();
    told.rotate_left(answer.sums.counts.len());
    for number in told {
        if number.linear {
            release.add(number.kind, number.persons.clone(), [(number.label, number.value, number.concentration)])?;
        } else {
            release.add_not_linear(number.label, number.value)?;
        }
    }
    Ok(release)
}

/// What the first round of a use and the one after it would tell together, so that a use that cannot go on is refused before
/// anything of it leaves, and its grid is settled.
pub(super) fn first_rounds(
    order: &Order,
    method: &Method,
    (site, table): (&str, &Table),
    ask: &Ask,
) -> Result<Release, Refusal> {
    let answer = |round, ask| method.answer(site, table, &Broadcast { round, ask });
    let mut both = answer(0, ask.clone())?;
    let mut order = order.clone();
    if let Some(trial) = method.trial(table)? {
        both.append(answer(1, trial)?);
        // Not the first round's number, which may have left, in an attempt that failed, with its own numbers alone.
        order.round += 1;
    }
    release(&order, method, table, &both)
}
