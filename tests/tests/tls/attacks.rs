//! Attacks on TLS. Where a limit can be lifted, the attack is repeated without it.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;
use tokio_rustls::rustls::{ClientConnection, pki_types::ServerName};
use ws_core::prelude::*;
use ws_core::tls;
use ws_tests::log::Log;
use ws_tests::raw::{HEADERS, Raw, TEXT, frame, read_frame, request};
use ws_tests::{Server, pass, until, within};

use super::reload::Files;
use super::support::{Authority, DAY, Trusting, exchange, serve};

#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

fn app() -> App {
    App::new().mount::<Echo>("/", ())
}

/// Returns the first bytes that a client of rustls sends.
fn hello(trusting: &Trusting) -> Vec<u8> {
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(trusting.config().into(), name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    hello
}

/// A record of TLS 1.2 (RFC 8446 5.1).
fn record(kind: u8, length: usize) -> Vec<u8> {
    let mut record = vec![kind, 3, 3];
    record.extend(u16::try_from(length).unwrap().to_be_bytes());
    record.resize(5 + length, 0);
    record
}

async fn is_served(server: &Server, trusting: &Trusting) {
    let mut stream = trusting.open(server.addr).await.unwrap();
    let head = exchange(&mut stream, &request("GET", "/", &HEADERS)).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
}

async fn is_cut(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    let _ = within(stream.read_to_end(&mut rest)).await;
    true
}

/// Each byte of the handshake comes in time, but not the handshake.
#[tokio::test]
async fn a_handshake_that_drips_is_held_to_the_time_of_a_head() {
    let (server, trusting) = serve(app()).await;
    let hello = hello(&trusting);
    let mut raw = Raw::open(server.addr).await;
    let mut sent = 0;
    for byte in &hello {
        if raw.stream.write_all(&[*byte]).await.is_err() || server.app.stats().limited("request_head") > 0 {
            break;
        }
        sent += 1;
        pass(Duration::from_millis(400)).await;
    }
    assert!((20..40).contains(&sent), "{sent} of {} bytes", hello.len());
    assert!(is_cut(&mut raw.stream).await);
    assert_eq!(server.app.stats().limited("request_head"), 1);
    is_served(&server, &trusting).await;
    // The same bytes, one at a time but without the pauses, are a handshake.
    let mut raw = Raw::open(server.addr).await;
    for byte in &hello {
        raw.send(&[*byte]).await;
    }
    assert_eq!(within(raw.stream.read_u8()).await.unwrap(), 22, "the server's part of the handshake");
}

/// Returns how many of 20 slow handshakes the server still holds, once they have had their time.
async fn held(max_half_open: usize) -> usize {
    let (server, trusting) = serve(app().max_half_open(max_half_open)).await;
    let hello = hello(&trusting);
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut raw = Raw::open(server.addr).await;
        // Without its last byte.
        raw.send(&hello[..hello.len() - 1]).await;
        slow.push(raw);
        if slow.len() % max_half_open == 0 {
            pass(Duration::from_secs(3)).await;
        }
    }
    is_served(&server, &trusting).await;
    let mut held = 0;
    for raw in &mut slow {
        held += usize::from(timeout(Duration::from_millis(20), raw.stream.read_u8()).await.is_err());
    }
    assert_eq!(server.app.stats().limited("max_half_open"), 20 - held as u64);
    held
}

#[tokio::test]
async fn slow_handshakes_are_bounded() {
    // One has made room for the client that is served.
    assert!(held(10).await < 10);
    assert_eq!(held(1000).await, 20);
}

#[tokio::test]
async fn a_record_that_is_too_large_ends_the_connection() {
    let (log, _capture) = Log::capture();
    let (server, trusting) = serve(app()).await;
    // Instead of a handshake. 16 KiB and 256 bytes are the most (RFC 8446 5.2), and 2 KiB more in TLS 1.2.
    let mut raw = Raw::open(server.addr).await;
    let _ = raw.stream.write_all(&record(22, 60_000)).await;
    assert!(is_cut(&mut raw.stream).await);
    drop(raw);
    until(|| server.app.stats().tls_failed("malformed") == 1).await;
    // After it.
    for trusting in [trusting.clone(), trusting.clone().tls12()] {
        let stream = trusting.raw(server.addr, "/").await;
        until(|| server.app.stats().open == 1).await;
        let (mut tcp, _session) = stream.into_inner();
        let _ = tcp.write_all(&record(23, 60_000)).await;
        assert!(is_cut(&mut tcp).await);
        until(|| server.app.stats().open == 0).await;
    }
    assert_eq!(server.app.stats().ended.values().sum::<u64>(), 2);
    assert_eq!(log.lines_with(&[" WARN "]), [""; 0]);
    // The largest that is allowed.
    let mut stream = trusting.raw(server.addr, "/").await;
    let text = "x".repeat((16 << 10) - 8);
    within(stream.write_all(&frame(true, TEXT, text.as_bytes()))).await.unwrap();
    within(stream.flush()).await.unwrap();
    assert_eq!(within(read_frame(&mut stream)).await.unwrap().text(), text);
}

/// openssl's client asks for a new handshake when it reads a line of `R`. Returns its output.
async fn renegotiate(server: &Server, version: &str) -> String {
    let mut client = Command::new("openssl")
        .args(["s_client", "-connect", &server.addr.to_string(), version])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("openssl: {error}. Install it, as root: apt-get install openssl"));
    let mut input = client.stdin.take().unwrap();
    until(|| server.app.stats().tls_handshakes == 1).await;
    input.write_all(b"R\n").await.unwrap();
    let output = within(client.wait_with_output()).await.unwrap();
    drop(input);
    [output.stdout, output.stderr].concat().escape_ascii().to_string()
}

/// A new handshake on an open connection costs the server much, and the client little.
#[tokio::test]
async fn a_renegotiation_is_refused() {
    let authority = Authority::new();
    let files = Files::new("renegotiation", &authority.server(90 * DAY));
    let server = Server::start(app().tls(tls::from_files(&files.certificate, &files.key))).await;
    let output = renegotiate(&server, "-tls1_2").await;
    assert!(output.contains("RENEGOTIATING"), "{output}");
    assert!(output.contains("no renegotiation"), "{output}");
    assert_eq!(server.app.stats().tls_handshakes, 1);
    is_served(&server, &authority.trusting()).await;
}
