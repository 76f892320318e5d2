//! Chapter "State and extractors".

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use ws_core::prelude::*;

// ANCHOR: state
/// State that the handlers share. It is cheap to clone, as all state must be.
#[derive(Clone)]
pub(crate) struct Customers(Arc<BTreeMap<u64, &'static str>>);

impl Default for Customers {
    fn default() -> Self {
        Self(Arc::new(BTreeMap::from([(7, "Ada"), (8, "Bob")])))
    }
}

/// The orders of one customer.
#[websocket("/orders/{customer}", subprotocols = ["orders.v2", "orders.v1"])]
struct Orders {
    name: &'static str,
}

#[websocket]
impl Orders {
    #[init]
    fn enter(
        Path(customer): Path<u64>,
        State(customers): State<Customers>,
        headers: HeaderMap,
    ) -> Result<Self, (StatusCode, &'static str)> {
        if headers.get("authorization").is_none() {
            return Err((StatusCode::UNAUTHORIZED, "who are you?\n"));
        }
        let name = customers.0.get(&customer).ok_or((StatusCode::NOT_FOUND, "no such customer\n"))?;
        Ok(Self { name })
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        let (name, customers) = (self.name, cx.state::<Customers>().0.len());
        format!("{name}, one of {customers}, speaks {}", cx.subprotocol().unwrap_or("nothing special"))
    }
}
// ANCHOR_END: state

// ANCHOR: upgrade
#[derive(Deserialize)]
struct Wishes {
    quiet: Option<u64>,
}

/// Lets the client choose its own idle timeout.
#[websocket("/quiet")]
struct Quiet;

#[websocket]
impl Quiet {
    #[init]
    fn enter(Query(wishes): Query<Wishes>, upgrade: &mut Upgrade<Self>) -> Self {
        if let Some(seconds) = wishes.quiet {
            upgrade.set_idle_timeout(Duration::from_secs(seconds));
            upgrade.set_heartbeat(None);
        }
        Self
    }
}
// ANCHOR_END: upgrade
