//! The memory of an upload, and the pressure on a client that sends faster than the callback reads.

use allocation_counter::measure;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Builder;
use ws_tests::deflate::deflate;

use super::*;

/// The most that is allocated at a time for one upload, its client and the buffers of the thread included.
const MOST: u64 = 256 << 10;
const MOST_COMPRESSED: u64 = 400 << 10;

#[test]
fn an_upload_of_256_mib_needs_little_memory_in_one_frame_and_in_many() {
    const LEN: usize = 256 << 20;
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let setting = runtime.block_on(Setting::new());
    let piece = payload(1 << 16);
    let mut hash = DefaultHasher::new();
    (0..LEN / piece.len()).for_each(|_| hash.write(&piece));
    let expected = format!("binary {LEN} {:x}", hash.finish());
    for fragments in [false, true] {
        let used = measure(|| {
            runtime.block_on(async {
                let mut client = setting.connect("/").await;
                if !fragments {
                    client.send(&header(true, BINARY, LEN)).await;
                }
                let count = LEN / piece.len();
                for at in 0..count {
                    if fragments {
                        let opcode = if at == 0 { BINARY } else { CONTINUATION };
                        client.send(&header(at + 1 == count, opcode, piece.len())).await;
                    }
                    client.send(&piece).await;
                }
                expect(&mut client, "begun").await;
                expect(&mut client, &expected).await;
            });
        });
        assert!(used.bytes_max < MOST, "{used:?}");
    }
}

#[test]
fn a_compressed_upload_needs_little_memory_too() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let setting = runtime.block_on(Setting::new());
    for sent in [payload(16 << 20), vec![7; 16 << 20]] {
        let deflated = deflate(&sent);
        let expected = expected("binary", &sent);
        let used = measure(|| {
            runtime.block_on(async {
                let mut client = Deflate::connect(setting.server.addr, "/deflate").await.raw;
                let mut header = header(true, BINARY, deflated.len());
                header[0] |= 0x40;
                client.send(&header).await;
                client.send(&deflated).await;
                expect(&mut client, "begun").await;
                expect(&mut client, &expected).await;
            });
        });
        assert!(used.bytes_max < MOST_COMPRESSED, "{used:?}");
    }
}

#[tokio::test]
async fn a_client_is_slowed_down_and_all_its_bytes_arrive_in_order() {
    let setting = Setting::new().await;
    let mut client = setting.connect("/gated").await;
    let sent = payload(32 << 20);
    client.send(&header(true, BINARY, sent.len())).await;
    setting.notes.seen("begun").await;
    // As much as the buffers of both sockets hold.
    let mut written = 0;
    while let Ok(result) =
        tokio::time::timeout(Duration::from_secs(1), client.stream.write(&sent[written..])).await
    {
        written += result.expect("an open connection");
        assert!(written < sent.len(), "the client is slowed down");
    }
    // Longer than the idle timeout: the client is alive, and the server does not read.
    let read = setting.server.app.stats().bytes_in;
    assert!(read < 300_000, "{read} bytes were read although nobody takes them");
    let gate = setting.gate.clone();
    let opening = tokio::spawn(async move {
        loop {
            gate.open();
            tokio::task::yield_now().await;
        }
    });
    within(client.stream.write_all(&sent[written..])).await.expect("an open connection");
    expect(&mut client, "begun").await;
    expect(&mut client, &expected("binary", &sent)).await;
    opening.abort();
    assert_eq!(setting.notes.count("over"), 1);
}
