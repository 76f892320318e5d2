#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom<T>(T);

#[service]
impl<T: Default + Send + 'static> Custom<T> {}

fn main() {}
