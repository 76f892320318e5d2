#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct HttpServer;

#[service]
impl HttpServer {}

#[service]
#[derive(Default)]
struct HTTPServer;

#[service]
impl HTTPServer {}

fn main() {}
