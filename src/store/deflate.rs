//! Compressing objects one after the other.

use std::io;

use gix::zlib::stream::deflate::{Compress, FlushCompress};
use gix::zlib::{Compression, Status};

/// How much room there is for compressed bytes at first.
const ROOM: usize = 8 * 1024;
/// Up to so many bytes, an object in a file of its own is not compressed: maintenance packs it soon,
/// compressed, and until then it takes a block or two of the disk more. Making the state takes as
/// long as some 90 page faults, for a process that stores a few small files.
const PLAIN_BYTES: usize = 8 * 1024;
/// What the sums of an Adler-32 checksum are taken modulo of, and after how many bytes at the latest.
const ADLER: u32 = 65_521;
const ADLER_BYTES: usize = 5552;

/// Compresses one object after the other. The state is some 300 KB that are made once, when they
/// are needed first: for objects of a few KB, making it takes longer than using it.
pub(super) struct Deflater {
    level: Compression,
    state: Option<Compress>,
}

impl Deflater {
    pub(super) fn new(level: Compression) -> Self {
        Self { level, state: None }
    }

    /// Appends the parts to `out` as one stream for a file of its own, compressed where that pays.
    pub(super) fn append_file(&mut self, parts: &[&[u8]], out: &mut Vec<u8>) -> io::Result<()> {
        match u16::try_from(parts.iter().map(|part| part.len()).sum::<usize>()) {
            Ok(bytes) if usize::from(bytes) <= PLAIN_BYTES => {
                append_plain(parts, bytes, out);
                Ok(())
            }
            _ => self.append(parts, out),
        }
    }

    /// Appends the parts to `out`, compressed as one stream.
    pub(super) fn append(&mut self, parts: &[&[u8]], out: &mut Vec<u8>) -> io::Result<()> {
        let state = match &mut self.state {
            Some(state) => {
                state.reset();
                state
            }
            none => none.insert(Compress::new(self.level)),
        };
        for (index, part) in parts.iter().enumerate() {
            let is_last = index + 1 == parts.len();
            append_part(state, part, if is_last { FlushCompress::Finish } else { FlushCompress::None }, out)?;
        }
        Ok(())
    }
}

// One block that is stored as it is (RFC 1951, 3.2.4) in a zlib stream (RFC 1950).
fn append_plain(parts: &[&[u8]], bytes: u16, out: &mut Vec<u8>) {
    out.extend([0x78, 0x01, 1]);
    out.extend(bytes.to_le_bytes());
    out.extend((!bytes).to_le_bytes());
    let (mut a, mut b) = (1, 0);
    for part in parts {
        out.extend_from_slice(part);
        for bytes in part.chunks(ADLER_BYTES) {
            for byte in bytes {
                a += u32::from(*byte);
                b += a;
            }
            (a, b) = (a % ADLER, b % ADLER);
        }
    }
    out.extend((b << 16 | a).to_be_bytes());
}

fn append_part(state: &mut Compress, part: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> io::Result<()> {
    let start = state.total_in();
    loop {
        let (filled, before) = (out.len(), state.total_out());
        out.resize(filled + ROOM.max(part.len() / 2), 0);
        let read = (state.total_in() - start) as usize;
        let status = state.compress(&part[read..], &mut out[filled..], flush);
        out.truncate(filled + (state.total_out() - before) as usize);
        let is_read = (state.total_in() - start) as usize == part.len();
        match status.map_err(io::Error::other)? {
            Status::StreamEnd => return Ok(()),
            Status::Ok | Status::BufError if is_read && flush == FlushCompress::None => return Ok(()),
            Status::Ok | Status::BufError => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn comes_back(parts: &[&[u8]], out: &[u8]) -> Result<(), TestCaseError> {
        let mut back = vec![0; parts.concat().len() + 1];
        let mut state = gix::zlib::Decompress::new();
        let bytes = gix::zlib::stream::inflate::read(&mut &out[6..], &mut state, &mut back);
        prop_assert_eq!(&back[..bytes.expect("one stream")], parts.concat());
        Ok(())
    }

    proptest! {
        #[test]
        fn what_is_compressed_comes_back(
            objects in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40_000), 1..3), 1..4),
        ) {
            let mut deflater = Deflater::new(Compression::BEST_SPEED);
            for parts in &objects {
                let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
                let mut out = b"before".to_vec();
                deflater.append(&parts, &mut out).expect("compressed");
                comes_back(&parts, &out)?;
            }
        }

        #[test]
        fn a_short_object_comes_back(head in "[a-z]{0,8}", content in prop::collection::vec(any::<u8>(), 0..9000)) {
            let highest = vec![u8::MAX; content.len()];
            for content in [content, highest] {
                let mut out = b"before".to_vec();
                let parts = [head.as_bytes(), &content];
                Deflater::new(Compression::BEST_SPEED).append_file(&parts, &mut out).expect("written");
                comes_back(&parts, &out)?;
            }
        }
    }
}
