//! A channel over a network that dies without a word, and comes back.

use renkei_transport::{Role, Servers, is_lost};

use crate::proxy::Proxy;
use crate::trial::{Serving, TOKYO, Trial, check, open, or_hang, watch};

struct Line {
    trial: Trial,
    _coordinator: Serving,
    proxy: Proxy,
}

async fn line() -> Line {
    let trial = Trial::new();
    let coordinator = trial.coordinator(open()).await;
    let proxy = Proxy::to(coordinator.at).await;
    Line { trial, _coordinator: coordinator, proxy }
}

impl Line {
    fn coordinators(&self) -> Servers {
        let url = format!("https://{}", self.proxy.at);
        Servers::new(&[url], &self.trial.credentials(Role::Worker, TOKYO)).unwrap()
    }
}

/// Nothing but keepalive can end a stream that has no deadline.
#[tokio::test]
async fn a_stream_over_a_dead_line_ends_and_the_same_channel_works_after_the_line_heals() {
    let line = line().await;
    let found = line.coordinators().find(watch).await.unwrap();
    let (channel, mut stream) = (found.channel, found.answer);
    stream.message().await.unwrap().unwrap();

    line.proxy.cut();
    let status = or_hang(stream.message(), "a stream over a dead line").await.unwrap_err();
    assert!(is_lost(&status), "{status}");

    // While the line is dead, a call ends too: its new connection gets no answer to its handshake.
    let status = or_hang(check(channel.clone()), "a call over a dead line").await.unwrap_err();
    assert!(is_lost(&status), "{status}");
    assert_eq!(line.proxy.swallowed(), 1);

    line.proxy.heal();
    or_hang(check(channel), "a call over the healed line").await.unwrap();
}

/// Nobody calls while the line is dead; without keepalive while idle the next call would meet the dead connection.
#[tokio::test]
async fn an_idle_channel_notices_by_itself_and_its_next_call_works() {
    let line = line().await;
    let channel = line.coordinators().find(check).await.unwrap().channel;
    line.proxy.cut();
    or_hang(line.proxy.closed(1), "an idle channel over a dead line").await;
    line.proxy.heal();
    or_hang(check(channel), "a call over the healed line").await.unwrap();
}
