//! Members of a pack under other names, for an erasure: what they did stays.

use super::pack::{BROKEN, Pack, room};

/// Pairs of an old hash and the one in its place, sixteen bytes each, in the order of the old ones. None where the pack has none of these.
pub fn renamed(pack: &[u8], pairs: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    let (pairs, rest) = pairs.as_chunks::<16>();
    if !rest.is_empty() || !pairs.is_sorted() {
        return Err(BROKEN);
    }
    let (start, hashes) = Pack::hashes(pack)?;
    let mut changed: Option<Vec<u8>> = None;
    for (hash, place) in hashes.iter().zip((start..).step_by(8)) {
        let Ok(found) = pairs.binary_search_by(|pair| pair[..8].cmp(hash)) else {
            continue;
        };
        if changed.is_none() {
            let mut copy = Vec::new();
            room(&mut copy, pack.len())?;
            copy.extend_from_slice(pack);
            changed = Some(copy);
        }
        if let Some(there) = (changed.as_mut()).and_then(|copy| copy.get_mut(place..place + 8)) {
            there.copy_from_slice(&pairs[found][8..]);
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::super::Members;
    use super::*;
    use proptest::prelude::*;

    fn packed(members: impl IntoIterator<Item = u64>) -> Vec<u8> {
        let mut of = Members::default();
        for member in members {
            (of.add(member, [1 + u128::from(member), 0, 0, 0, 0, 0], "0.5")).expect("room");
        }
        of.pack().expect("room")
    }

    proptest! {
        #[test]
        fn who_is_renamed_keeps_what_he_did_and_nobody_else_is_touched(
            members in prop::collection::btree_set(0..40_u64, 0..20),
            gone in prop::collection::btree_set(0..40_u64, 0..10),
        ) {
            let pairs: Vec<u8> = (gone.iter())
                .flat_map(|one| [*one, one + 1000])
                .flat_map(u64::to_be_bytes)
                .collect();
            let told = renamed(&packed(members.iter().copied()), &pairs).expect("a pack");
            prop_assert_eq!(told.is_some(), !members.is_disjoint(&gone));
            let mut left = Members::default();
            if let Some(told) = told {
                left.add_pack(&told).expect("a pack");
                let expected: Vec<(u64, u128)> = (members.iter())
                    .map(|one| (if gone.contains(one) { one + 1000 } else { *one }, 1 + u128::from(*one)))
                    .collect();
                let found: Vec<(u64, u128)> = left.sums().iter().map(|(one, did)| (*one, did[0])).collect();
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn what_is_no_pack_is_refused_or_read_but_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), pairs in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = renamed(&bytes, &pairs);
        }
    }
}
