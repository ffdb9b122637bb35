//! One secure sum in one process, every site in turn: CPU seconds and bytes of a site. Prints one JSON object.
//!
//! `cargo bench -p renkei-federation --bench secure_sum -- [NUMBERS] [SITES] [DROPPED]`

use std::time::Duration;

use ed25519_dalek::SigningKey;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use renkei_domain::Digest;
use renkei_federation::keys::Identity;
use renkei_federation::secure::{
    HubMessage, HubRound, HubStep, Input, Layout, RoundTerms, Seat, SiteMessage, SiteRound, Totals, usual_threshold,
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

struct Site {
    identity: SigningKey,
    round: SiteRound,
    reals: Vec<f64>,
    cpu: Duration,
    sent: usize,
    received: usize,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |place: usize, default: usize| arguments.get(place).map_or(Ok(default), |text| text.parse());
    let (numbers, count, dropped) = (number(0, 1_000_000)?, number(1, 10)?, number(2, 0)?);
    let (mut sites, mut hub) = set_up(numbers, u8::try_from(count)?)?;
    let (mut hub_cpu, mut inbox) = (Duration::ZERO, Vec::new());
    for site in &mut sites {
        let (first, spent) = timed(|| Ok(site.round.first(&site.identity)))?;
        site.cpu += spent;
        site.sent += size(&first)?;
        inbox.push(first);
    }
    let totals = loop {
        for message in inbox.drain(..) {
            hub_cpu += timed(|| Ok(hub.receive(message)?))?.1;
        }
        let (step, spent) = timed(|| Ok(hub.close()?))?;
        hub_cpu += spent;
        let messages = match step {
            HubStep::Done(totals) => break totals,
            HubStep::Send(messages) => messages,
        };
        for (seat, message) in messages {
            let place = usize::from(seat.number()) - 1;
            // The last sites drop out when their vectors are awaited: the dearest moment for the hub.
            if !matches!(message, HubMessage::Keys(_)) && place >= count - dropped {
                continue;
            }
            let Some(site) = sites.get_mut(place) else { continue };
            let input = Input { reals: &site.reals, counts: &[] };
            let (answer, spent) = timed(|| Ok(site.round.step(&site.identity, &input, &message)?))?;
            site.cpu += spent;
            site.received += serde_json::to_vec(&message)?.len();
            site.sent += size(&answer)?;
            inbox.push(answer);
        }
    };
    report(&sites, &totals, hub_cpu, numbers, dropped)
}

fn set_up(numbers: usize, count: u8) -> Outcome<(Vec<Site>, HubRound)> {
    let identities: Vec<SigningKey> = (1..=count).map(|seat| SigningKey::from_bytes(&[seat; 32])).collect();
    let pinned = identities.iter().map(Identity::of).collect();
    let layout = Layout { reals: u32::try_from(numbers)?, counts: 0 };
    let terms = RoundTerms::new(Digest::of(b"bench"), 1, 1, usual_threshold(count), layout, pinned)?;
    let sites = (identities.into_iter().zip(1_u64..)).map(|(identity, number)| {
        let round = SiteRound::new(terms.clone(), &identity, &mut ChaCha20Rng::seed_from_u64(number))?;
        let reals = (0..numbers).map(|index| (index as f64 - 0.37 * number as f64) / 7.0).collect();
        Ok(Site { identity, round, reals, cpu: Duration::ZERO, sent: 0, received: 0 })
    });
    Ok((sites.collect::<Outcome<_>>()?, HubRound::new(terms.clone())))
}

fn report(sites: &[Site], totals: &Totals, hub_cpu: Duration, numbers: usize, dropped: usize) -> Outcome<()> {
    let survived = |site: &&Site| {
        let seat = site.round.terms().seat_of(&site.identity);
        seat.is_ok_and(|seat: Seat| totals.survivors.contains(&seat))
    };
    let cpu: Vec<f64> = sites.iter().filter(survived).map(|site| site.cpu.as_secs_f64()).collect();
    let site = sites.iter().find(survived).ok_or("nobody survived")?;
    let minimum = numbers * 16;
    let difference = (totals.reals.iter().enumerate())
        .map(|(index, total)| {
            let plain: f64 = sites.iter().filter(survived).map(|site| site.reals[index]).sum();
            (total - plain).abs() / plain.abs().max(1.0)
        })
        .fold(0.0, f64::max);
    let report = serde_json::json!({
        "numbers": numbers,
        "sites": sites.len(),
        "dropped": dropped,
        "cpu_s_site_max": cpu.iter().copied().fold(0.0, f64::max),
        "cpu_s_site_mean": cpu.iter().sum::<f64>() / cpu.len() as f64,
        "cpu_s_hub": hub_cpu.as_secs_f64(),
        "bytes_sent": site.sent,
        "bytes_received": site.received,
        "bytes_minimum": minimum,
        "sent_over_minimum": site.sent as f64 / minimum as f64,
        "max_relative_difference": difference,
    });
    println!("{report}");
    Ok(())
}

/// Bytes of a message: the vector as the bytes it is, all else as JSON.
fn size(message: &SiteMessage) -> Outcome<usize> {
    Ok(match message {
        SiteMessage::Masked(signed) => signed.body.values.as_bytes().len() + signed.signature.len() + 1,
        other => serde_json::to_vec(other)?.len(),
    })
}

fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Duration)> {
    let before = cpu_time()?;
    let done = work()?;
    Ok((done, cpu_time()? - before))
}

/// CPU time of this process, in nanoseconds' resolution: it has one thread, and time lost to others does not count.
fn cpu_time() -> Outcome<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().ok_or("schedstat is empty")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}
