//! What can be found wrong in a configuration before anything is opened.

use renkei_domain::WorkerId;
use renkei_proto::workers::{MAX_POOL_NAME, MAX_POOLS, MAX_SLOTS};
use renkei_runtime::MemoryBudget;

use super::WorkerConfig;

/// The longest drain: a week. A longer one is a slip of the pen.
const MAX_DRAIN_SECONDS: u64 = 7 * 24 * 3600;

/// The first fault, with its field and what is needed.
pub(super) fn check(config: &WorkerConfig) -> Result<(), String> {
    WorkerId::new(config.name.as_str()).map_err(|error| format!("`name`: {error}"))?;
    if config.coordinators.is_empty() {
        return Err("`coordinators` is empty: name at least one as https://host:port".to_owned());
    }
    if let Some(slots) = config.slots.filter(|slots| slots.get() > MAX_SLOTS) {
        return Err(format!("`slots` is {slots}: at most {MAX_SLOTS}"));
    }
    MemoryBudget::new(config.memory).map_err(|error| format!("`memory`: {error}"))?;
    if config.drain_seconds > MAX_DRAIN_SECONDS {
        return Err(format!("`drain_seconds` is {}: at most {MAX_DRAIN_SECONDS}, a week", config.drain_seconds));
    }
    pools(&config.pools)
}

fn pools(pools: &[String]) -> Result<(), String> {
    if pools.len() > MAX_POOLS {
        return Err(format!("`pools` are {}: at most {MAX_POOLS}", pools.len()));
    }
    let of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let good = |pool: &String| (1..=MAX_POOL_NAME).contains(&pool.len()) && pool.chars().all(of_a_name);
    match pools.iter().find(|pool| !good(pool)) {
        None => Ok(()),
        Some(pool) => Err(format!("`pools`: '{pool}' must be 1 to {MAX_POOL_NAME} of a-z, 0-9, '-', '_' and '.'")),
    }
}
