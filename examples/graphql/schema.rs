//! The schema: a chat. It does not depend on HTTP or WebSocket.

#![allow(clippy::unused_async, reason = "the macros of async-graphql take async functions")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_graphql::{Context, Object, Result, SimpleObject, Subscription};
use futures_util::{Stream, stream};
use tokio::sync::watch;

/// The number of messages that the server keeps.
const KEPT: usize = 1000;
const LONGEST_TEXT: usize = 1000;

pub(crate) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

pub(crate) fn schema() -> Schema {
    Schema::build(Query, Mutation, Subscription)
        .data(Arc::new(Chat::default()))
        .limit_depth(15)
        .limit_complexity(500)
        .finish()
}

/// The user of a request.
#[derive(Clone)]
pub(crate) struct User(String);

impl User {
    /// Returns the user with this token. A real program checks a JSON Web Token or looks up a session.
    pub(crate) fn of_token(token: &str) -> Option<Self> {
        match token {
            "ada-token" => Some(Self("Ada".to_owned())),
            "bob-token" => Some(Self("Bob".to_owned())),
            _ => None,
        }
    }
}

/// A message of the chat. The ids count from 1.
#[derive(Clone, SimpleObject)]
struct Message {
    id: u32,
    author: String,
    text: String,
}

// ANCHOR: chat
/// The last messages. Subscribers read them from here at their own speed, so a slow one needs no queue.
#[derive(Default)]
struct Chat {
    messages: Mutex<VecDeque<Message>>,
    /// The id of the last message.
    last: watch::Sender<u32>,
}

impl Chat {
    fn post(&self, author: String, text: String) -> Message {
        let mut messages = self.messages();
        let message = Message { id: *self.last.borrow() + 1, author, text };
        if messages.len() == KEPT {
            messages.pop_front();
        }
        messages.push_back(message.clone());
        self.last.send_replace(message.id);
        message
    }

    fn last(&self, count: usize) -> Vec<Message> {
        let messages = self.messages();
        messages.iter().skip(messages.len().saturating_sub(count)).cloned().collect()
    }

    /// Returns the first message after `id`, as soon as there is one.
    async fn after(&self, id: u32) -> Message {
        let mut last = self.last.subscribe();
        loop {
            if let Some(message) = self.first_after(id) {
                return message;
            }
            last.changed().await.expect("the chat has the sender");
        }
    }

    fn first_after(&self, id: u32) -> Option<Message> {
        let messages = self.messages();
        messages.get(messages.partition_point(|message| message.id <= id)).cloned()
    }

    fn messages(&self) -> MutexGuard<'_, VecDeque<Message>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
// ANCHOR_END: chat

pub(crate) struct Query;

#[Object]
impl Query {
    /// The user of this request.
    async fn me(&self, cx: &Context<'_>) -> Result<String> {
        Ok(cx.data::<User>()?.0.clone())
    }

    /// The last messages, the oldest first.
    async fn messages(&self, cx: &Context<'_>, #[graphql(default = 10)] last: usize) -> Result<Vec<Message>> {
        Ok(cx.data::<Arc<Chat>>()?.last(last))
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    /// Posts a message to everybody.
    async fn post(&self, cx: &Context<'_>, text: String) -> Result<Message> {
        if text.is_empty() || text.chars().count() > LONGEST_TEXT {
            return Err("a message has 1 to 1000 characters".into());
        }
        Ok(cx.data::<Arc<Chat>>()?.post(cx.data::<User>()?.0.clone(), text))
    }
}

pub(crate) struct Subscription;

#[Subscription]
impl Subscription {
    // ANCHOR: posted
    /// The messages after the one with the id `after`, and then each new one. Without `after`, only new ones. A client that
    /// reconnects gives the id of the last message that it has, and misses none.
    async fn posted(
        &self,
        cx: &Context<'_>,
        after: Option<u32>,
    ) -> Result<impl Stream<Item = Message> + use<>> {
        let chat = cx.data::<Arc<Chat>>()?.clone();
        let after = after.unwrap_or(*chat.last.borrow());
        Ok(stream::unfold((chat, after), async |(chat, after)| {
            let message = chat.after(after).await;
            let after = message.id;
            Some((message, (chat, after)))
        }))
    }
    // ANCHOR_END: posted

    /// Counts down to 1, one number every `interval` milliseconds.
    async fn countdown(
        &self,
        from: u32,
        #[graphql(default = 100)] interval: u64,
    ) -> impl Stream<Item = u32> + use<> {
        stream::unfold(from, move |left| async move {
            if left == 0 {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(interval)).await;
            Some((left, left - 1))
        })
    }
}
