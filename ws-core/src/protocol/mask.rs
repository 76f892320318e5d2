//! Masking (RFC 6455 5.3).

/// Removes `mask` from `bytes`, whose first byte is masked with `mask[0]`.
#[inline]
pub(super) fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip([a, b, c, d, a, b, c]) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with a loop over single bytes, for every length up to a few words and every rotation of the mask.
    #[test]
    fn wide_words_and_single_bytes_give_the_same_result() {
        // The i-th byte is masked with byte i modulo 4 of the key (RFC 6455 5.3).
        for len in 0..=67_u8 {
            for shift in 0..4 {
                let mut mask = [0x37, 0xfa, 0x21, 0x3d];
                mask.rotate_left(shift);
                let original: Vec<u8> = (0..len).map(|at| at.wrapping_mul(37)).collect();
                let mut bytes = original.clone();
                unmask(&mut bytes, mask);
                let expected: Vec<u8> =
                    original.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]).collect();
                assert_eq!(bytes, expected, "{len} bytes, {mask:?}");
            }
        }
    }
}
