#![allow(unused)]

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use ws_core::prelude::*;

#[derive(Clone)]
struct Shop;

#[derive(Clone)]
struct Bank;

struct User;

impl FromRequestParts<Shop> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, shop: &Shop) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

impl FromRequestParts<Bank> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, bank: &Bank) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[join]
    fn join(&mut self, user: User) {}
}

fn main() {}
