//! Receives a client's frames, compared with tungstenite and however they are split.

use proptest::prelude::*;

use super::client::{sent, sizes};
use crate::protocol::FrameLimits;
use crate::protocol::oracle::{Splits, compare};

/// tungstenite has no limit on fragments.
fn limits() -> FrameLimits {
    FrameLimits { message: 100_000, frame: 70_000, fragments: usize::MAX }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tungstenite_receives_the_same_and_any_split_does(
        sent in sent(),
        sizes in sizes(),
        direct in prop_oneof![Just(0_u8), Just(0xff), any::<u8>()],
    ) {
        compare(&sent, Splits { sizes: &sizes, direct }, &limits());
    }
}
