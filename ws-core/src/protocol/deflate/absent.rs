//! Replaces the feature `compression`. Without it no [`Compression`](crate::Compression) can be created, so nothing is
//! negotiated, and these types are never constructed.

use bytes::Bytes;

use super::{Corrupt, Negotiated, Parameters};

#[derive(Debug)]
pub(crate) enum Inflate {}

impl Inflate {
    pub(crate) const fn new(_: Parameters) -> Self {
        panic!("nothing is agreed on without the feature `compression`")
    }

    pub(crate) fn inflate(&mut self, _: &[u8], _: &mut Vec<u8>, _: usize) -> Result<usize, Corrupt> {
        match *self {}
    }

    pub(crate) fn finish(&mut self, _: &mut Vec<u8>, _: usize) -> Result<bool, Corrupt> {
        match *self {}
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {}

impl Encoding {
    pub(crate) fn deflate(self, _: &[u8]) -> Option<Bytes> {
        match self {}
    }
}

#[derive(Debug)]
pub(crate) enum Deflate {}

impl Deflate {
    pub(crate) const fn new(_: Negotiated) -> Self {
        panic!("nothing is agreed on without the feature `compression`")
    }

    pub(crate) fn turn(&mut self, _: bool) {
        match *self {}
    }

    pub(crate) fn rest(&mut self) {
        match *self {}
    }

    pub(crate) fn encoding(&self, _: usize) -> Option<Encoding> {
        match *self {}
    }

    pub(crate) fn deflate(&mut self, _: &[u8]) -> Option<Bytes> {
        match *self {}
    }
}
