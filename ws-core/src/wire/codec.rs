//! tungstenite over [`Frames`]: awake with its buffers, or resting without them until there is something to do.

use std::task::{Context, Poll};

use futures_util::{FutureExt, StreamExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Error};

use super::frames::Frames;

/// tungstenite fills its spare read buffer with zeros before each read, and an idle connection keeps it. Reads of the
/// transport are as large as the scratch buffer of [`Frames`], whatever this is; below 1 KiB `BytesMut` forgets its
/// capacity and allocates anew for each few messages.
const READ_BUFFER: usize = 1 << 10;
/// Written on its own once a burst has grown so large.
const WRITE_BUFFER: usize = 16 << 10;

#[expect(clippy::large_enum_variant, reason = "a box would cost every connection that does not rest")]
pub(crate) enum Codec {
    Awake(WebSocketStream<Frames>),
    /// Nothing is held back in it: the stream alone is kept.
    Resting(Frames),
}

impl Codec {
    pub(crate) fn new(frames: Frames) -> Self {
        Self::Awake(wake(frames))
    }

    pub(crate) fn frames(&self) -> &Frames {
        match self {
            Self::Awake(socket) => socket.get_ref(),
            Self::Resting(frames) => frames,
        }
    }

    pub(crate) fn frames_mut(&mut self) -> &mut Frames {
        match self {
            Self::Awake(socket) => socket.get_mut(),
            Self::Resting(frames) => frames,
        }
    }

    /// With its buffers.
    pub(crate) fn awake(&mut self) -> &mut WebSocketStream<Frames> {
        if let Self::Resting(frames) = self {
            *self = Self::Awake(wake(frames.take()));
        }
        match self {
            Self::Awake(socket) => socket,
            Self::Resting(_) => unreachable!("it was just woken"),
        }
    }

    /// Lets go of its buffers, if they hold nothing: all that was read was taken out, all that was put in is written.
    pub(crate) fn rest(&mut self) {
        if let Self::Awake(socket) = self
            && socket.get_ref().at_rest()
        {
            *self = Self::Resting(socket.get_mut().take());
        }
    }

    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<tungstenite::Message, Error>>> {
        self.awake().poll_next_unpin(cx)
    }
}

fn wake(frames: Frames) -> WebSocketStream<Frames> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        // Held to by `Frames`, where the limit can change while the connection lives.
        .max_message_size(None)
        .max_frame_size(None)
        // Refused by `Frames`; what it inflates has no mask.
        .accept_unmasked_frames(true);
    WebSocketStream::from_raw_socket(frames, Role::Server, Some(config))
        .now_or_never()
        .expect("without a handshake there is nothing to wait for")
}
