#![allow(unused)]

use ws_core::prelude::*;

use axum::http::StatusCode;

type Joined<T> = Result<T, StatusCode>;

#[derive(Default)]
struct Custom<T>(T);

#[service]
impl<T: Clone + Default + Send + Sync + 'static> Custom<T> {
    #[join]
    fn join(&mut self) -> Joined<T> {
        Ok(self.0.clone())
    }
}

fn main() {}
