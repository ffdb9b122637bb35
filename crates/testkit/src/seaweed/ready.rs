//! When a server counts as ready: it takes an object, and gives the first that it ever took.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use object_store::{ObjectStoreExt as _, PutPayload};
use renkei_artifacts::{Location, Stores};
use renkei_runtime::{Clock as _, SystemClock};

use super::server::Server;

/// The wait between two questions, and how long one answer is waited for.
const POLL: Duration = Duration::from_millis(50);
const ANSWER: Duration = Duration::from_secs(2);

/// How long a server may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Waits until an object at `url` can be written and read, or the server ends.
pub(super) fn wait(server: &mut Server, store_file: &Path, url: &str) -> anyhow::Result<()> {
    // In a thread of its own, since the caller may or may not be inside a runtime.
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(until_ready(server, store_file, url))
        });
        waiter.join().map_err(|_| anyhow::anyhow!("waiting for SeaweedFS failed"))?
    })
}

async fn until_ready(server: &mut Server, store_file: &Path, url: &str) -> anyhow::Result<()> {
    let clock = SystemClock::new();
    while clock.monotonic() < LIMIT {
        server.still_runs()?;
        // Before anyone listens the client would only wait longer and longer between its own tries.
        if tokio::net::TcpStream::connect(server.s3()).await.is_ok()
            && tokio::time::timeout(ANSWER, write_and_read(store_file, url)).await.is_ok_and(|asked| asked.is_ok())
        {
            return Ok(());
        }
        clock.sleep(POLL).await;
    }
    Err(anyhow::anyhow!("{}", server.last_words())).context("SeaweedFS did not become ready")
}

/// The bucket is made by the first object; what is there since the first start is read after a restart too.
async fn write_and_read(store_file: &Path, url: &str) -> anyhow::Result<()> {
    let location = Location::resolve_with(url, Path::new("/"), &Stores::read(store_file)?)?;
    let (first, now) = (location.path.clone().join("first"), location.path.clone().join("now"));
    match location.store.get(&first).await {
        Ok(object) => object.bytes().await.map(|_| ())?,
        Err(object_store::Error::NotFound { .. }) => {
            location.store.put(&first, PutPayload::from_static(b"1")).await.map(|_| ())?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(location.store.put(&now, PutPayload::from_static(b"1")).await.map(|_| ())?)
}
