//! The first bytes of a connection: the preface of HTTP/2, `PRI * HTTP/2.0`, or those of another protocol.
//!
//! If the server speaks only HTTP/1.1, hyper drops a connection that begins with the whole preface, without an answer. A
//! shorter one is an invalid version, which hyper answers with 400. So the end of the preface, and all that follows, is
//! held back.

use tokio::io::ReadBuf;

/// The preface without its end (RFC 9113 3.4). hyper looks for two more bytes.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n";

/// The type of the first record of TLS (RFC 8446 5.1). No method of HTTP begins with it.
const TLS: u8 = 22;

/// The number of bytes at the start of a connection that are those of the preface.
#[derive(Debug, Default)]
pub(super) struct Preface {
    seen: usize,
    over: bool,
}

impl Preface {
    /// Lets the whole preface pass.
    #[cfg(feature = "http2")]
    pub(super) fn pass(&mut self) {
        self.over = true;
    }

    /// Looks at the bytes that were read into `buf` after the first `before`, and removes those after the preface. Returns
    /// `true` if the connection begins with TLS.
    pub(super) fn hold_back(&mut self, buf: &mut ReadBuf<'_>, before: usize) -> bool {
        if self.over {
            return false;
        }
        let read = &buf.filled()[before..];
        let is_tls = self.seen == 0 && read.first() == Some(&TLS);
        let expected = &PREFACE[self.seen..];
        let len = read.len().min(expected.len());
        if read[..len] == expected[..len] {
            self.seen += len;
            buf.set_filled(before + len);
        } else {
            self.over = true;
        }
        is_tls
    }
}

/// The first bytes of a connection that may begin with the preface.
#[cfg(feature = "http2")]
#[derive(Debug, Default)]
pub(super) struct Beginning {
    bytes: [u8; WHOLE.len()],
    len: usize,
    /// The number of bytes that were read again.
    given: usize,
}

#[cfg(feature = "http2")]
const WHOLE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[cfg(feature = "http2")]
impl Beginning {
    /// Returns whether this is the preface, once that is known.
    pub(super) fn is_preface(&self) -> Option<bool> {
        if !WHOLE.starts_with(&self.bytes[..self.len]) {
            Some(false)
        } else if self.len == WHOLE.len() {
            Some(true)
        } else {
            None
        }
    }

    /// Returns the space for further bytes.
    pub(super) fn free(&mut self) -> ReadBuf<'_> {
        ReadBuf::new(&mut self.bytes[self.len..])
    }

    /// Adds bytes that were read into the free space.
    pub(super) fn filled(&mut self, count: usize) {
        self.len += count;
    }

    /// Copies the bytes to `buf`. Returns `true` once all were copied.
    pub(super) fn read_again(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let rest = &self.bytes[self.given..self.len];
        let count = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..count]);
        self.given += count;
        self.given == self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(reads: &[&[u8]]) -> Vec<u8> {
        let (mut preface, mut passed) = (Preface::default(), Vec::new());
        for read in reads {
            let mut space = [0; 64];
            let mut buf = ReadBuf::new(&mut space);
            buf.put_slice(b"before");
            buf.put_slice(read);
            preface.hold_back(&mut buf, 6);
            assert!(buf.filled().starts_with(b"before"));
            passed.extend(&buf.filled()[6..]);
        }
        passed
    }

    #[test]
    fn the_end_of_the_preface_never_passes() {
        let whole = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04";
        assert_eq!(passed(&[whole]), PREFACE);
        for cut in 1..whole.len() {
            assert_eq!(passed(&[&whole[..cut], &whole[cut..]]), PREFACE, "{cut}");
        }
    }

    #[test]
    fn everything_else_passes() {
        for other in
            [&b"GET / HTTP/1.1\r\n"[..], b"PRI * HTTP/1.1\r\n", b"P", b"PRINT / HTTP/1.1\r\n\r\nbody"]
        {
            assert_eq!(passed(&[other]), other);
            assert_eq!(passed(&[&other[..1], &other[1..]]), other);
        }
        assert_eq!(passed(&[b"GET / HTTP/1.1\r\n\r\n", PREFACE, PREFACE]).len(), 18 + 2 * PREFACE.len());
    }
}
