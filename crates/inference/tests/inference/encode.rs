//! Batches, pools and the probe, on tiny models whose answers can be worked out by hand.

use std::num::NonZeroUsize;

use renkei_inference::{EncoderPool, EncoderSource, InferenceError, SessionOptions, batch_invariant};

use crate::support::{TinyEncoder, runtime, write_card};

/// A 2 x 2 tile of one grey.
fn grey(value: u8) -> [u8; 12] {
    [value; 12]
}

#[test]
fn rows_come_in_the_order_of_tiles_and_a_short_batch_has_no_more() {
    let Some(runtime) = runtime() else { return };
    let mut encoder = TinyEncoder::new("mean").open(&runtime, 3).unwrap();
    let mut batch = encoder.new_batch();
    batch.push(&grey(255)).unwrap();
    let mut reds = grey(127);
    reds[0] = 131; // one pixel of four, so the red mean is 1 / 128
    batch.push(&reds).unwrap();
    let features = encoder.encode(&mut batch).unwrap();
    assert_eq!((features.len(), features.width()), (2, 3));
    assert_eq!(features.values(), [1.0, 1.0, 1.0, 1.0 / 128.0, 0.0, 0.0]);
    assert!(batch.is_empty(), "a batch that was encoded is ready for the next tiles");
    assert!(encoder.encode(&mut batch).unwrap().is_empty());
}

#[test]
fn bytes_reach_the_model_as_they_are() {
    let Some(runtime) = runtime() else { return };
    let mut encoder = TinyEncoder::new("bytes").open(&runtime, 2).unwrap();
    let mut batch = encoder.new_batch();
    batch.push(&[1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9]).unwrap();
    assert_eq!(encoder.encode(&mut batch).unwrap().into_values(), [4.0, 5.0, 6.0]);
}

#[test]
fn features_that_are_no_numbers_name_their_tile() {
    let Some(runtime) = runtime() else { return };
    let mut encoder = TinyEncoder::new("root").open(&runtime, 4).unwrap();
    let mut batch = encoder.new_batch();
    for value in [255, 128, 126] {
        batch.push(&grey(value)).unwrap();
    }
    let error = encoder.encode(&mut batch).unwrap_err();
    assert!(matches!(error, InferenceError::NotFinite { tile: 2 }), "{error}");
    assert!(batch.is_empty());
    batch.push(&grey(255)).unwrap();
    assert_eq!(encoder.encode(&mut batch).unwrap().into_values(), [1.0; 3]);
}

#[test]
fn a_batch_of_another_encoder_is_refused() {
    let Some(runtime) = runtime() else { return };
    let tiny = TinyEncoder::new("mean");
    let mut encoder = tiny.open(&runtime, 3).unwrap();
    let mut foreign = tiny.open(&runtime, 2).unwrap().new_batch();
    foreign.push(&grey(1)).unwrap();
    assert!(matches!(encoder.encode(&mut foreign), Err(InferenceError::ForeignBatch)));
}

#[test]
fn the_probe_tells_a_model_that_looks_at_companions_from_one_that_does_not() {
    let Some(runtime) = runtime() else { return };
    for (model, expected) in [("mean", true), ("companions", false)] {
        let mut encoder = TinyEncoder::new(model).open(&runtime, 4).unwrap();
        assert_eq!(batch_invariant(&mut encoder).unwrap(), expected, "{model}");
    }
}

#[test]
fn a_pool_lends_each_session_to_one_at_a_time_and_takes_it_back() {
    let Some(runtime) = runtime() else { return };
    let tiny = TinyEncoder::new("mean");
    write_card(tiny.folder.path(), &tiny.card);
    let two = NonZeroUsize::new(2).unwrap();
    let pool =
        EncoderPool::open(&EncoderSource::read(tiny.folder.path()).unwrap(), &runtime, SessionOptions::default(), two)
            .unwrap();
    assert_eq!((pool.class().threads, pool.class().batch, pool.card().output.width), (1, 2, 3));
    std::thread::scope(|scope| {
        for value in 0..8_u8 {
            let pool = &pool;
            scope.spawn(move || {
                for _ in 0..50 {
                    let mut encoder = pool.acquire();
                    let mut batch = encoder.new_batch();
                    batch.push(&grey(127 + value)).unwrap();
                    let expected = f32::from(value) / 128.0;
                    assert_eq!(encoder.encode(&mut batch).unwrap().into_values(), [expected; 3]);
                }
            });
        }
    });
    let (first, second) = (pool.acquire(), pool.acquire());
    assert_eq!(first.class(), second.class());
}
