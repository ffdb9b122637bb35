//! Between processes: a network that loses, delays, reorders and doubles, and stores that do not always answer.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use renkei_metastore::{Error, Guard, Key, MemoryStore, MetaStore, Outcome, Prefix, Versioned, Write};
use renkei_runtime::Clock;
use tokio::sync::oneshot;

use crate::executor::{Process, World};

/// How bad things are, in probabilities, and until when things are away altogether.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) lost: f64,
    pub(crate) doubled: f64,
    pub(crate) store_fault: f64,
    /// Longest delay of a message or a request, in milliseconds.
    pub(crate) delay_ms: u64,
}

/// A property that is taken away on purpose, to see that its loss is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breakage {
    None,
    /// Facts are written whatever the guards say: nobody is fenced.
    GuardsIgnored,
    /// A conditional create overwrites, as in some look-alikes of S3.
    CreateOverwrites,
}

/// Until when what is cut off.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    pub(crate) facts: Duration,
    pub(crate) objects: Duration,
    /// Processes that reach nobody, and until when.
    pub(crate) cut_off: Vec<(Process, Duration)>,
}

/// The network and the way to the stores.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) world: World,
    pub(crate) weather: Weather,
    pub(crate) breakage: Breakage,
    pub(crate) outages: Arc<Mutex<Outages>>,
}

impl Wire {
    async fn delay(&self) {
        self.world.sleep(self.world.millis(1, self.weather.delay_ms)).await;
    }

    fn is_cut_off(&self, process: Process) -> bool {
        let now = self.world.monotonic();
        self.outages.lock().unwrap().cut_off.iter().any(|(cut, until)| *cut == process && *until > now)
    }

    /// Asks `to` from `from`; `None` where no answer came in two seconds. The request may then have arrived, or may yet.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        from: Process,
        to: Process,
        request: impl Fn() -> T + Send + Sync + 'static,
    ) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        let (mut sender, request) = (Some(sender), Arc::new(request));
        let copies = 1 + u32::from(self.world.chance(self.weather.doubled));
        for _ in 0..copies {
            if self.world.chance(self.weather.lost) || self.is_cut_off(from) || self.is_cut_off(to) {
                continue;
            }
            let (wire, sender, request) = (self.clone(), sender.take(), Arc::clone(&request));
            self.world.spawn(to, async move {
                wire.delay().await;
                let answer = request();
                let lost = wire.world.chance(wire.weather.lost) || wire.is_cut_off(from);
                wire.delay().await;
                if let Some(sender) = sender.filter(|_| !lost) {
                    let _ = sender.send(answer);
                }
            });
        }
        drop(sender);
        let silence = self.world.sleep(Duration::from_secs(2));
        let answer = async {
            match receiver.await {
                Ok(answer) => answer,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            answer = answer => Some(answer),
            () = silence => None,
        }
    }

    /// Whether a request to a store fails, before (`Some(false)`) or after (`Some(true)`) it was carried out.
    fn fault(&self, from: Process, away_until: fn(&Outages) -> Duration) -> Option<bool> {
        let away = away_until(&self.outages.lock().unwrap()) > self.world.monotonic();
        if away || self.is_cut_off(from) {
            return Some(false);
        }
        self.world.chance(self.weather.store_fault).then(|| self.world.chance(0.5))
    }

    async fn request<T, E>(
        &self,
        from: Process,
        away_until: fn(&Outages) -> Duration,
        silent: fn() -> E,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.delay().await;
        let fault = self.fault(from, away_until);
        if fault == Some(false) {
            return Err(silent());
        }
        let answer = request.await;
        self.delay().await;
        if fault.is_some() { Err(silent()) } else { answer }
    }
}

/// A write that was carried out: who wrote, to which key, and who led by the facts themselves at that moment.
pub(crate) type Written = (Process, String, Option<Vec<u8>>);

/// A process's way to the facts.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) wire: Wire,
    pub(crate) process: Process,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) writes: Arc<Mutex<Vec<Written>>>,
}

fn no_facts() -> Error {
    Error::EtcdSilent { endpoint: "simulated".into(), limit: Duration::from_secs(1) }
}

#[async_trait]
impl MetaStore for Facts {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, Error> {
        self.wire.request(self.process, |away| away.facts, no_facts, self.store.get(key)).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<(Key, Versioned)>, Error> {
        self.wire.request(self.process, |away| away.facts, no_facts, self.store.list(prefix)).await
    }

    async fn transact(&self, guards: &[Guard], writes: &[Write]) -> Result<Outcome, Error> {
        let ignored = self.wire.breakage == Breakage::GuardsIgnored && writes.iter().any(is_of_a_run);
        let guards = if ignored { &[] } else { guards };
        let carried_out = async {
            let outcome = self.store.transact(guards, writes).await?;
            if let Outcome::Committed { .. } = outcome {
                let leader = self.store.get(&Key::new("leader/epoch")?).await?.map(|found| found.value);
                for write in writes {
                    let (Write::Put { key, .. } | Write::Delete { key }) = write;
                    self.writes.lock().unwrap().push((self.process, key.to_string(), leader.clone()));
                }
            }
            Ok(outcome)
        };
        self.wire.request(self.process, |away| away.facts, no_facts, carried_out).await
    }
}

fn is_of_a_run(write: &Write) -> bool {
    let (Write::Put { key, .. } | Write::Delete { key }) = write;
    key.as_str().starts_with("runs/")
}

/// A process's way to the objects.
#[derive(Debug)]
pub(crate) struct Objects {
    pub(crate) wire: Wire,
    pub(crate) process: Process,
    pub(crate) store: Arc<InMemory>,
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("simulated")
    }
}

fn no_objects() -> object_store::Error {
    object_store::Error::Generic { store: "simulated", source: "no answer".into() }
}

impl Objects {
    async fn request<T>(&self, request: impl Future<Output = StoreResult<T>>) -> StoreResult<T> {
        self.wire.request(self.process, |away| away.objects, no_objects, request).await
    }
}

#[async_trait]
impl ObjectStore for Objects {
    async fn put_opts(&self, location: &Path, payload: PutPayload, mut options: PutOptions) -> StoreResult<PutResult> {
        if self.wire.breakage == Breakage::CreateOverwrites {
            options.mode = PutMode::Overwrite;
        }
        let put = || self.request(self.store.put_opts(location, payload.clone(), options.clone()));
        match put().await {
            // A store's client tries again by itself, and may meet its own first try.
            Err(object_store::Error::Generic { .. }) if self.wire.world.chance(0.5) => put().await,
            answer => answer,
        }
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> StoreResult<Box<dyn MultipartUpload>> {
        Err(no_objects())
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        self.request(self.store.get_opts(location, options)).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        self.store.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        match self.wire.fault(self.process, |away| away.objects) {
            Some(_) => futures::stream::once(async { Err(no_objects()) }).boxed(),
            None => self.store.list(prefix),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.request(self.store.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.request(self.store.copy_opts(from, to, options)).await
    }
}
