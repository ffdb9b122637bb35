//! A whole study in one process, every site in turn: what a site spends beside its method's own arithmetic, and what it sends.
//! Prints one JSON object.
//!
//! `cargo bench -p renkei-federation --bench study -- [CASES A SITE] [COVARIATES] [SITES]`

mod made;

use std::time::{Duration, Instant};

use made::{KEY_OF_HUB, NOW, Site};
use renkei_federation::{
    audit::Log,
    exchange::{HubDesk, Progress},
    keys::Identity,
    methods::{Method, Outcome},
};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |place: usize, default: usize| arguments.get(place).map_or(Ok(default), |text| text.parse());
    let (cases, covariates, count) = (number(0, 100_000)?, number(1, 50)?, number(2, 10)?);
    let (mut hub, mut sites) = made::study(cases, covariates, u8::try_from(count)?)?;
    let key = made::key(KEY_OF_HUB);
    let mut log = Log::new(Identity::of(&key));
    let (mut hub_time, mut sent) = (Duration::ZERO, 0);
    loop {
        for (seat, call) in hub.calls()? {
            let site = sites.get_mut(usize::from(seat.number()) - 1).ok_or("a seat without a site")?;
            let reply = site.answer(&call)?;
            sent += made::size(&reply)?;
            let begun = Instant::now();
            hub.receive(seat, reply, &mut log, (&key, NOW))?;
            hub_time += begun.elapsed();
        }
        let begun = Instant::now();
        let progress = hub.advance(false)?;
        hub_time += begun.elapsed();
        if progress == Progress::Done {
            break;
        }
    }
    report(&hub, &sites, (cases, covariates), hub_time, sent)
}

fn report(
    hub: &HubDesk,
    sites: &[Site],
    (cases, covariates): (usize, usize),
    hub_time: Duration,
    sent: usize,
) -> Fallible<()> {
    let result = hub.results().first().ok_or("no result")?;
    let Ok(Outcome::Cox(fit)) = &result.outcome else { return Err("no fit".into()) };
    let begun = Instant::now();
    let pooled = made::pooled(sites)?;
    let pooled_time = begun.elapsed().as_secs_f64();
    let difference = fit.coefficients.iter().zip(&pooled.coefficients).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let slowest = |of: fn(&Site) -> Duration| sites.iter().map(|site| of(site).as_secs_f64()).fold(0.0, f64::max);
    let (all, own) = (slowest(|site| site.spent), slowest(|site| site.arithmetic));
    let numbers = Method::registered("cox_by_site", 1, made::parameters(covariates))?.parameters();
    println!(
        "{}",
        serde_json::json!({
            "sites": sites.len(), "cases_a_site": cases, "covariates": covariates, "rounds": result.rounds(),
            "parameters": numbers, "slowest_site_s": all, "slowest_site_arithmetic_s": own,
            "site_over_arithmetic": all / own, "hub_s": hub_time.as_secs_f64(),
            "bytes_a_site_and_round": sent as f64 / sites.len() as f64 / f64::from(result.rounds()),
            "pooled_s_one_process": pooled_time, "max_difference_to_pooled": difference,
        })
    );
    Ok(())
}
