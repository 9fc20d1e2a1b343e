//! Telling whether a content is that of a stored file.

use gix::objs::Kind;
use sha1::{Digest as _, Sha1};

use super::BlobId;

impl BlobId {
    /// Tells whether a file has this content, by its id.
    ///
    /// This is SHA-1 as the processor computes it, some ten times faster than the one that looks for
    /// signs of a forged collision and makes the ids of what is stored. One half of such a pair would
    /// have to be stored first, and there it is found; what differs from all that is stored gets its id
    /// from the other.
    pub fn is_of(&self, content: &[u8]) -> bool {
        let header = gix::objs::encode::loose_header(Kind::Blob, content.len() as u64);
        match self.0.kind() {
            gix::hash::Kind::Sha1 => {
                let mut hasher = Sha1::new_with_prefix(&header);
                hasher.update(content);
                hasher.finalize().as_slice() == self.0.as_bytes()
            }
            hash => {
                gix::objs::compute_hash(hash, Kind::Blob, content).is_ok_and(|computed| computed == self.0)
            }
        }
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
                let id = |kind| BlobId(gix::objs::compute_hash(hash, kind, &content).expect("hashed"));
                prop_assert!(id(Kind::Blob).is_of(&content));
                prop_assert!(!id(Kind::Tree).is_of(&content));
                prop_assert_eq!(id(Kind::Blob).is_of(&other), content == other);
            }
        }
    }
}
