//! The server of `scripts/tuning secure`: HTTP/1.1 and HTTP/2, over TLS if it is given the files of a certificate and its key.

use std::net::Ipv4Addr;

use ws_core::prelude::*;
use ws_core::{Http2, tls};

#[websocket("/echo")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn received(&mut self, text: Text) -> Text {
        text
    }
}

fn main() -> ws_core::Result {
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next().and_then(|number| number.parse::<u16>().ok()).expect("a number");
    let (port, workers) = (number(), number());
    let app =
        App::discover().workers(workers.into()).http2(Http2::new().prior_knowledge(true).max_streams(1000));
    let app = match arguments.next().zip(arguments.next()) {
        Some((certificate, key)) => app.tls(tls::from_files(certificate, key)),
        None => app,
    };
    app.run((Ipv4Addr::LOCALHOST, port))
}
