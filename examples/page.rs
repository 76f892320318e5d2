//! A page whose connection opens by itself: the server pushes the time to all pages, the progress of a job to the page
//! that started it, and the jobs that have ended to all pages, also to those that were away meanwhile.
//!
//! ```sh
//! cargo run --example page        # and open http://127.0.0.1:8080/
//! ```
//!
//! Stop the program and start it again: the page comes back. `WS_ADDR` sets the address to listen on, `RUST_LOG` the log
//! level.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;
use ws_core::{History, Position, Qos, Recovery, TopicError};

// ANCHOR: time
#[derive(Serialize)]
struct Time {
    utc: String,
}

/// Subscribes the page to the time.
#[message]
fn watch_time(page: &PageSession) {
    page.subscribe("time");
}

/// Publishes the time once a second.
async fn publish_time(app: AppHandle) {
    let hub = app.hub();
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        hub.publish_event("time", "time", &Time { utc: utc(SystemTime::now()) }).expect("a string is JSON");
    }
}
// ANCHOR_END: time

// ANCHOR: job
#[derive(Deserialize)]
struct Start {
    seconds: u32,
}

#[derive(Serialize)]
struct Started {
    steps: u32,
}

#[derive(Serialize)]
struct Progress {
    percent: u32,
}

#[derive(Serialize)]
struct Done {
    seconds: u32,
}

/// Starts a job, and answers at once.
#[message]
fn start(Start { seconds }: Start, page: PageSession, app: AppHandle) -> Result<Started, &'static str> {
    if !(1..=60).contains(&seconds) {
        return Err("a job takes 1 to 60 seconds");
    }
    let steps = 20;
    tokio::spawn(async move {
        for step in 1..=steps {
            tokio::time::sleep(Duration::from_secs(seconds.into()) / steps).await;
            page.send_event("progress", &Progress { percent: step * 100 / steps });
        }
        // This event must arrive even if the connection is lost at this moment.
        page.with_qos(Qos::ExactlyOnce).send_event("done", &Done { seconds });
        let ended = Ended { seconds, utc: utc(SystemTime::now()) };
        app.hub().publish_event("jobs", "ended", &ended).expect("numbers and strings are JSON");
    });
    Ok(Started { steps })
}
// ANCHOR_END: job

// ANCHOR: history
#[derive(Serialize)]
struct Ended {
    seconds: u32,
    utc: String,
}

/// Subscribes the page to the jobs that end, from its position in this topic. A new page begins with the last five.
#[message]
fn watch_jobs(from: Option<Position>, page: &PageSession, app: &AppHandle) -> Result<Recovery, String> {
    let recover = || {
        let last = app.hub().position("jobs")?.before(5);
        page.subscribe_from("jobs", from.unwrap_or(last))
    };
    recover().map_err(|error: TopicError| error.to_string())
}
// ANCHOR_END: history

/// Hours, minutes and seconds of a time.
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    format!("{:02}:{:02}:{:02} UTC", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    // ANCHOR: app
    let page = Router::new()
        .route("/", get(async || Html(include_str!("page/index.html"))))
        .route("/style.css", get(async || ([(CONTENT_TYPE, "text/css")], include_str!("style.css"))));
    let jobs = History::new().age(None).stamp_json();
    let pages = Pages::new().random_key(); // nobody signs in here
    let app = App::discover().pages(pages).history("jobs", jobs).on_start(publish_time).fallback(page);
    // ANCHOR_END: app
    println!("{}", app.routes());
    println!("look: http://{addr}/");
    app.run(addr)
}
