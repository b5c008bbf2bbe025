//! Bodies made small, and answers made readable again.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Result, Write};

/// Puts the compressed body behind what `into` holds. Level 1: most of the gain at half the cost.
pub fn compress(body: &[u8], mut into: Vec<u8>) -> Result<Vec<u8>> {
    into.reserve(body.len() / 4);
    let mut encoder = GzEncoder::new(into, Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// At most `most` bytes of what the body was made of.
pub fn decompress(body: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    GzDecoder::new(body).take(most).read_to_end(&mut plain)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_little_that_becomes_much_is_cut() {
        let bomb = compress(&vec![0; 1 << 20], Vec::new()).unwrap();
        assert!(bomb.len() < 10_000);
        assert_eq!(decompress(&bomb, 1000).unwrap(), vec![0; 1000]);
        assert!(decompress(b"nonsense", 1000).is_err());
        assert!(decompress(&bomb[..bomb.len() / 2], usize::MAX).is_err());
    }

    proptest! {
        #[test]
        fn comes_back(body: Vec<u8>, before: Vec<u8>) {
            let both = compress(&body, before.clone()).unwrap();
            prop_assert_eq!(&both[..before.len()], &before[..]);
            prop_assert_eq!(decompress(&both[before.len()..], body.len()).unwrap(), body);
        }
    }
}
