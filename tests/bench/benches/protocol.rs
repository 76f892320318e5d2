//! The protocol alone, without a socket or a runtime: decode, encode, inflate and deflate.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ws_bench::load::frames::Frames;
use ws_bench::load::message::{Content, Message as Sent};
use ws_core::Message;
use ws_core::fuzzing::Codec;

const CONTENTS: [(&str, Content); 3] =
    [("binary", Content::Binary), ("ascii", Content::Ascii), ("utf8", Content::Utf8)];

/// A message of `size` bytes.
fn sent(content: Content, size: usize, deflate: bool) -> Sent {
    Sent { content, size, deflate }
}

/// The bytes of a client's frame.
fn frame(message: &Sent) -> Vec<u8> {
    Frames::new(message, 1).first().to_vec()
}

/// The same as a message to encode.
fn message(message: &Sent) -> Message {
    let payload = message.payload(0);
    match message.content {
        Content::Binary => payload.into(),
        Content::Ascii | Content::Utf8 => String::from_utf8(payload).expect("valid text").into(),
    }
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, content) in CONTENTS {
        for size in [64, 1024, 65_536] {
            let bytes = frame(&sent(content, size, false));
            let mut codec = Codec::new();
            group.throughput(Throughput::Bytes(size as u64));
            // Each time a copy, because decoding unmasks in place.
            group.bench_function(format!("{name}-{size}"), |bencher| {
                bencher.iter_batched_ref(
                    || bytes.clone(),
                    |bytes| codec.decode(bytes),
                    BatchSize::SmallInput,
                );
            });
        }
    }
    group.finish();
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for size in [64, 1024, 65_536] {
        let message = message(&sent(Content::Binary, size, false));
        let mut codec = Codec::new();
        group.throughput(Throughput::Bytes(size as u64));
        // A clone shares the payload.
        group.bench_function(format!("binary-{size}"), |bencher| {
            bencher.iter(|| codec.encode(black_box(&message).clone()));
        });
    }
    group.finish();
}

fn inflate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("inflate");
    for size in [1024, 16_384] {
        let bytes = frame(&sent(Content::Ascii, size, true));
        let mut codec = Codec::compressed();
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("ascii-{size}"), |bencher| {
            bencher.iter_batched_ref(|| bytes.clone(), |bytes| codec.decode(bytes), BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn deflate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("deflate");
    for size in [1024, 16_384] {
        let message = message(&sent(Content::Ascii, size, false));
        let mut codec = Codec::compressed();
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("ascii-{size}"), |bencher| {
            bencher.iter(|| codec.encode(black_box(&message).clone()));
        });
    }
    group.finish();
}

criterion_group!(benches, decode, encode, inflate, deflate);
criterion_main!(benches);
