//! What a client sends, beside tungstenite and however it is split.

use proptest::prelude::*;

use super::client::{sent, sizes};
use crate::limits::Limits;
use crate::protocol::oracle::{Splits, compare};

/// tungstenite knows no limit on fragments.
fn limits() -> Limits {
    Limits {
        max_message_size: 100_000,
        max_frame_size: 70_000,
        max_fragments: usize::MAX,
        ..Limits::default()
    }
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
