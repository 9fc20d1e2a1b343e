//! What a bundle says of itself before its pack begins.

use std::io::{BufRead, Read as _, Write};

use super::BundleError;
use crate::store::CommitId;

/// The longest line, in bytes.
const LINE_BYTES: u64 = 8 * 1024;
/// The most lines: a session is one.
const LINES: usize = 1_000_000;
/// How every bundle begins.
const SIGNATURE: &str = "# v";

/// What a bundle says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// The algorithm by which objects are named.
    pub(super) hash: gix::hash::Kind,
    /// The commits that must be there already.
    pub(super) needed: Vec<CommitId>,
    /// The refs, as they are named, and where they point to.
    pub(super) refs: Vec<(String, CommitId)>,
    /// How many bytes it takes; the pack comes next.
    pub(super) bytes: u64,
}

impl Header {
    /// Reads the header of a bundle.
    pub(super) fn read(from: &mut impl BufRead) -> Result<Self, BundleError> {
        let mut header = Self::default();
        let version = header.signature(from)?;
        for _ in 0..LINES {
            let line = header.line(from)?;
            match line.as_str() {
                "" => return Ok(header),
                _ => header.take(&line, version)?,
            }
        }
        Err(BundleError::Damaged("its header does not end".to_owned()))
    }

    /// Writes it, as Git would.
    pub(super) fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        match self.hash {
            gix::hash::Kind::Sha1 => writeln!(to, "# v2 git bundle")?,
            other => write!(to, "# v3 git bundle\n@object-format={other}\n")?,
        }
        self.needed.iter().try_for_each(|id| writeln!(to, "-{id}"))?;
        self.refs.iter().try_for_each(|(name, id)| writeln!(to, "{id} {name}"))?;
        writeln!(to)
    }

    fn signature(&mut self, from: &mut impl BufRead) -> Result<u8, BundleError> {
        let mut start = Vec::new();
        from.by_ref().take(SIGNATURE.len() as u64).read_to_end(&mut start)?;
        match start.as_slice() {
            [] => return Err(BundleError::Empty),
            start if start != SIGNATURE.as_bytes() => return Err(BundleError::NotABundle),
            _ => self.bytes += start.len() as u64,
        }
        match self.line(from).map_err(|_| BundleError::NotABundle)?.split_once(' ') {
            Some(("2", "git bundle")) => Ok(2),
            Some(("3", "git bundle")) => Ok(3),
            Some((version, "git bundle")) => Err(BundleError::Unsupported(format!("version {version}"))),
            _ => Err(BundleError::NotABundle),
        }
    }

    fn line(&mut self, from: &mut impl BufRead) -> Result<String, BundleError> {
        let mut line = Vec::new();
        from.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line)?;
        self.bytes += line.len() as u64;
        if line.pop() != Some(b'\n') {
            let is_long = line.len() as u64 + 1 >= LINE_BYTES;
            let long = || BundleError::Damaged("a line of its header is too long".to_owned());
            return Err(if is_long { long() } else { BundleError::CutOff });
        }
        String::from_utf8(line).map_err(|_| BundleError::Damaged("its header is no text".to_owned()))
    }

    fn take(&mut self, line: &str, version: u8) -> Result<(), BundleError> {
        let unknown = || BundleError::Damaged(format!("its header holds '{line}'"));
        if let Some(capability) = line.strip_prefix('@').filter(|_| version == 3) {
            return self.capability(capability);
        }
        let (id, rest) = line.split_once(' ').unwrap_or((line, ""));
        // What follows the id of a commit that must be there is its subject.
        if let Some(id) = id.strip_prefix('-') {
            self.needed.push(self.id(id).ok_or_else(unknown)?);
            return Ok(());
        }
        let id = self.id(id).filter(|_| !rest.is_empty()).ok_or_else(unknown)?;
        self.refs.push((rest.to_owned(), id));
        Ok(())
    }

    fn id(&self, text: &str) -> Option<CommitId> {
        CommitId::from_hex(text).filter(|id| id.0.kind() == self.hash)
    }

    fn capability(&mut self, text: &str) -> Result<(), BundleError> {
        let unsupported = || BundleError::Unsupported(text.to_owned());
        let hash = text.strip_prefix("object-format=").ok_or_else(unsupported)?;
        self.hash = hash.parse().map_err(|_| unsupported())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789012345678901234567890123456789";

    fn read(text: &str) -> Result<Header, BundleError> {
        Header::read(&mut text.as_bytes())
    }

    #[test]
    fn a_header_is_read_to_its_empty_line() {
        let text = format!("# v2 git bundle\n-{ID} a subject\n{ID} refs/heads/a\n\nPACK");
        let header = read(&text).expect("a header");
        let id = CommitId::from_hex(ID).expect("an id");
        assert_eq!((header.needed, header.refs), (vec![id], vec![("refs/heads/a".to_owned(), id)]));
        assert_eq!(&text[usize::try_from(header.bytes).expect("small")..], "PACK");
    }

    #[test]
    fn what_is_no_bundle_is_told_from_one_that_is_damaged_or_cut_off() {
        let told = |text: &str| read(text).expect_err("refused").to_string();
        assert_eq!(told(""), "it is empty");
        for text in ["#", "# v", "# v2 git", "PK\x03\x04", "# version\n", "# v2 git bundle", "hi\n"] {
            assert_eq!(told(text), "it is no git bundle", "{text:?}");
        }
        assert!(told("# v9 git bundle\n\n").contains("version 9"));
        assert!(told("# v3 git bundle\n@filter=blob:none\n\n").contains("filter=blob:none"));
        assert!(told("# v3 git bundle\n@object-format=md5\n\n").contains("md5"));
        for text in ["", &format!("{ID} refs/heads/a\n"), &ID[..20]] {
            assert_eq!(told(&format!("# v2 git bundle\n{text}")), "it is cut off", "{text:?}");
        }
        for line in ["@object-format=sha1", ID, "x", "-x", &"a".repeat(10_000)] {
            assert!(told(&format!("# v2 git bundle\n{line}\n\n")).starts_with("it is damaged"), "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(names in prop::collection::vec("[a-z/-]{1,20}", 0..5), needed in 0usize..3) {
            let id = CommitId::from_hex(ID).expect("an id");
            let refs = names.into_iter().map(|name| (name, id)).collect();
            let mut header = Header { needed: vec![id; needed], refs, ..Header::default() };
            let mut text = Vec::new();
            header.write(&mut text).expect("written");
            header.bytes = text.len() as u64;
            prop_assert_eq!(Header::read(&mut text.as_slice()).expect("a header"), header);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), is_header in any::<bool>()) {
            let start: &[u8] = if is_header { b"# v2 git bundle\n" } else { b"" };
            let _ = Header::read(&mut [start, &bytes].concat().as_slice());
        }
    }
}
