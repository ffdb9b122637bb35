//! What a process finds itself in: a network that the kernel can cut, a wall clock that can jump.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// Where a process is started.
#[derive(Debug, Clone, Copy)]
pub enum Surroundings<'a> {
    /// Like any other.
    Plain,
    /// With a network of its own.
    Network(&'a Network),
    /// With a wall clock of its own.
    Clock(&'a WallClock),
}

impl Surroundings<'_> {
    /// A call of `program` there.
    pub(crate) fn command(self, program: &Path) -> Command {
        match self {
            Self::Plain => Command::new(program),
            Self::Network(network) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", &network.name]).arg(program);
                command
            }
            Self::Clock(clock) => {
                let mut command = Command::new(program);
                command
                    .env("LD_PRELOAD", &clock.library)
                    .env("FAKETIME_TIMESTAMP_FILE", &clock.file)
                    .env("FAKETIME_NO_CACHE", "1")
                    .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
                command
            }
        }
    }
}

/// A network namespace (network_namespaces(7)) from which the machine's loopback address is reached over one pair of virtual
/// network cards, so that no address has to change when a process moves there. It goes when dropped.
#[derive(Debug)]
pub struct Network {
    name: String,
    /// The card on the machine's side.
    card: String,
    inside: Ipv4Addr,
}

impl Network {
    /// Makes one; `None`, said loudly, where that is not allowed or there is no `ip`.
    pub fn make() -> anyhow::Result<Option<Self>> {
        let id = std::process::id();
        let name = format!("renkei-{id}");
        if !matches!(ip(&["netns", "add", &name]), Ok(true)) {
            eprintln!("skipped: no network namespaces here (they need root and Debian's iproute2)");
            return Ok(None);
        }
        // 198.18.0.0/15 is set aside for tests (RFC 2544, C.2.2); four addresses a process.
        let [_, _, high, low] = (id << 2).to_be_bytes();
        let address = |last| Ipv4Addr::new(198, 18, high, low | last);
        let (outside, inside) = (address(1), address(2));
        let network = Self { card: format!("rk{id}"), name, inside };
        network.connect(outside).context("a network namespace could not be connected")?;
        Ok(Some(network))
    }

    /// The process's own address there.
    #[must_use]
    pub fn address(&self) -> Ipv4Addr {
        self.inside
    }

    /// Loses every packet, both ways, and tells nobody.
    pub fn cut(&self) -> anyhow::Result<()> {
        done(&["link", "set", &self.card, "down"])
    }

    /// Carries packets again.
    pub fn mend(&self) -> anyhow::Result<()> {
        done(&["link", "set", &self.card, "up"])
    }

    fn connect(&self, outside: Ipv4Addr) -> anyhow::Result<()> {
        let (name, card) = (self.name.as_str(), self.card.as_str());
        done(&["link", "add", card, "type", "veth", "peer", "name", "way", "netns", name])?;
        done(&["addr", "add", &format!("{outside}/30"), "dev", card])?;
        done(&["link", "set", card, "up"])?;
        done(&["-n", name, "addr", "add", &format!("{}/30", self.inside), "dev", "way"])?;
        done(&["-n", name, "link", "set", "way", "up"])?;
        // Loopback addresses may come over these cards (ip-sysctl, `route_localnet`).
        std::fs::write(format!("/proc/sys/net/ipv4/conf/{card}/route_localnet"), "1")?;
        done(&["netns", "exec", name, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/way/route_localnet"])?;
        done(&["-n", name, "route", "add", "127.0.0.1/32", "via", &outside.to_string(), "dev", "way"])
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // There is nobody to tell in a drop; the cards go with the namespace.
        let _ = ip(&["netns", "del", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> std::io::Result<bool> {
    Ok(Command::new("ip").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).status()?.success())
}

fn done(arguments: &[&str]) -> anyhow::Result<()> {
    anyhow::ensure!(ip(arguments)?, "ip {} failed", arguments.join(" "));
    Ok(())
}

/// A wall clock that a test moves, by libfaketime. The monotonic clock goes on as it is: that is what a clock set by hand or
/// by NTP does.
#[derive(Debug)]
pub struct WallClock {
    library: PathBuf,
    file: PathBuf,
}

impl WallClock {
    /// The true time, until it is moved; `None`, said loudly, where libfaketime is absent.
    pub fn make(folder: &Path) -> anyhow::Result<Option<Self>> {
        let Some(library) = libfaketime() else {
            eprintln!("skipped: there is no libfaketime; install Debian's faketime");
            return Ok(None);
        };
        let clock = Self { library, file: folder.join("clock") };
        clock.shift("+0")?;
        Ok(Some(clock))
    }

    /// Shows the true time shifted by `by` from now on: `+10m`, `-1h`, `+0`.
    pub fn shift(&self, by: &str) -> anyhow::Result<()> {
        // Renamed into place: a reader never meets half a line.
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{by}\n"))?;
        Ok(std::fs::rename(new, &self.file)?)
    }
}

/// The library for programs with threads, in Debian's folder of this machine's architecture.
fn libfaketime() -> Option<PathBuf> {
    let name: OsString = "faketime/libfaketimeMT.so.1".into();
    std::fs::read_dir("/usr/lib").ok()?.flatten().map(|folder| folder.path().join(&name)).find(|file| file.exists())
}
