//! Several sessions of one encoder on one processor, and who may use which.
//!
//! Measured on two cores (ONNX Runtime 1.32.0): two sessions of one thread beat one session of two, and a session of
//! one thread runs on its caller's thread. So a worker with `n` cores opens `n` sessions and lets each of its `n` slots
//! decode and encode in turn on one thread: inference and decoding never compete for a core, and no core idles.

use std::num::NonZeroUsize;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::card::EncoderCard;
use crate::class::ExecutionClass;
use crate::encoder::{Encoder, EncoderSource};
use crate::error::Result;
use crate::runtime::Runtime;
use crate::session::SessionOptions;

/// Sessions of one encoder, lent one at a time. Results do not depend on which session or how many.
#[derive(Debug)]
pub struct EncoderPool {
    card: EncoderCard,
    class: ExecutionClass,
    encoders: Vec<Mutex<Encoder>>,
    free: Mutex<Vec<usize>>,
    returned: Condvar,
}

impl EncoderPool {
    /// Opens `sessions` sessions (for a GPU: one) of a checked encoder.
    pub fn open(
        source: &EncoderSource,
        runtime: &Runtime,
        options: SessionOptions,
        sessions: NonZeroUsize,
    ) -> Result<Self> {
        let first = source.open(runtime, options)?;
        let (card, class) = (first.card().clone(), first.class().clone());
        let mut encoders = vec![Mutex::new(first)];
        for _ in 1..sessions.get() {
            encoders.push(Mutex::new(source.open(runtime, options)?));
        }
        let free = Mutex::new((0..encoders.len()).collect());
        Ok(Self { card, class, encoders, free, returned: Condvar::new() })
    }

    /// The encoder's card.
    #[must_use]
    pub fn card(&self) -> &EncoderCard {
        &self.card
    }

    /// The execution class that all sessions share.
    #[must_use]
    pub fn class(&self) -> &ExecutionClass {
        &self.class
    }

    /// Waits for a free session. Blocks its thread: call it where blocking is allowed, never on an async worker thread.
    pub fn acquire(&self) -> Lease<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let index = loop {
            match free.pop() {
                Some(index) => break index,
                None => free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(free);
        let encoder = self.encoders[index].lock().unwrap_or_else(PoisonError::into_inner);
        Lease { pool: self, index, encoder }
    }
}

/// A session on loan; it goes back when this is dropped.
#[derive(Debug)]
#[must_use = "the session goes back as soon as this is dropped"]
pub struct Lease<'pool> {
    pool: &'pool EncoderPool,
    index: usize,
    encoder: MutexGuard<'pool, Encoder>,
}

impl Deref for Lease<'_> {
    type Target = Encoder;

    fn deref(&self) -> &Encoder {
        &self.encoder
    }
}

impl DerefMut for Lease<'_> {
    fn deref_mut(&mut self) -> &mut Encoder {
        &mut self.encoder
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.index);
        self.pool.returned.notify_one();
    }
}
