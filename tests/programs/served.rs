//! A user's program for the tests of `run`: `served ADDR run|two|given|narrow|none`, or `served ADDR tls CERT KEY`. With
//! `given`, it opens the listener itself. With `narrow`, it has one worker and room for few connections without a request.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use ws_core::prelude::*;

/// Sends the name of its thread, and takes 100 ms to terminate.
#[websocket("/served")]
#[derive(Default)]
struct Served;

#[websocket]
impl Served {
    #[open]
    fn open(&mut self) -> String {
        std::thread::current().name().unwrap_or("nameless").to_owned()
    }

    #[text]
    async fn received(&mut self, text: &str, cx: &mut Context<Self>) -> String {
        if text == "descriptors" {
            return cx.app().stats().limited("descriptors").to_string();
        }
        if text == "block" {
            println!("blocking");
            std::thread::sleep(Duration::from_secs(4));
        }
        if text == "half_open" {
            return cx.app().stats().limited("max_half_open").to_string();
        }
        if text == "stuck" {
            println!("stuck");
            std::future::pending::<()>().await;
        }
        format!("received {text}")
    }

    #[terminate]
    async fn gone(&mut self, reason: &Terminate, cx: &mut Context<Self>) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        println!("terminated {}: {reason}", cx.id());
    }
}

/// Takes 500 ms to accept a connection, and prints a line when it starts.
#[websocket("/slow")]
struct Slow;

#[websocket]
impl Slow {
    #[init]
    async fn new() -> Self {
        println!("deciding");
        tokio::time::sleep(Duration::from_millis(500)).await;
        Self
    }
}

async fn slow_page() -> &'static str {
    println!("writing");
    tokio::time::sleep(Duration::from_millis(500)).await;
    "a slow page"
}

fn main() -> ws_core::Result {
    tracing_subscriber::fmt().with_ansi(false).init();
    let mut args = std::env::args().skip(1);
    let (Some(addr), Some(how)) = (args.next(), args.next()) else {
        panic!("served ADDR run|two|given|narrow|none")
    };
    match how.as_str() {
        "run" => ws_core::run(addr),
        "two" => App::discover().fallback(Router::new().route("/page", get(slow_page))).workers(2).run(addr),
        "narrow" => App::discover().workers(1).max_half_open(4).run(addr),
        "tls" => {
            let files = args.next().zip(args.next()).expect("the files of a certificate and its key");
            App::discover().tls(ws_core::tls::from_files(files.0, files.1)).workers(2).run(addr)
        }
        "given" => App::discover().workers(2).run(std::net::TcpListener::bind(addr)?),
        _ => App::discover_in("nobody").run(addr),
    }
}
