//! Telling whether a content is that of a stored object.

use gix::objs::Kind;
use sha1::{Digest as _, Sha1};

/// Tells whether an object has this content, by its id.
///
/// This is SHA-1 as the processor computes it, some ten times faster than the one that looks for
/// signs of a forged collision and makes the ids of what is stored. One half of such a pair would
/// have to be stored first, and there it is found; what differs from all that is stored gets its id
/// from the other.
pub(super) fn is_content_of(id: &gix::oid, kind: Kind, content: &[u8]) -> bool {
    let header = gix::objs::encode::loose_header(kind, content.len() as u64);
    match id.kind() {
        gix::hash::Kind::Sha1 => {
            let mut hasher = Sha1::new_with_prefix(&header);
            hasher.update(content);
            hasher.finalize().as_slice() == id.as_bytes()
        }
        hash => gix::objs::compute_hash(hash, kind, content).is_ok_and(|computed| *computed == *id),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_id_of_a_content_is_told_from_others(content in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
            for hash in [gix::hash::Kind::Sha1, gix::hash::Kind::Sha256] {
                let id = gix::objs::compute_hash(hash, Kind::Blob, &content).expect("hashed");
                prop_assert!(is_content_of(&id, Kind::Blob, &content));
                prop_assert!(!is_content_of(&id, Kind::Tree, &content));
                prop_assert_eq!(is_content_of(&id, Kind::Blob, &other), content == other);
            }
        }
    }
}
