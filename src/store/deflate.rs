//! Compressing objects one after the other.

use std::io;

use gix::zlib::stream::deflate::{Compress, FlushCompress};
use gix::zlib::{Compression, Status};

/// How much room there is for compressed bytes at first.
const ROOM: usize = 8 * 1024;

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

    /// Appends the parts to `out`, compressed as one stream.
    pub(super) fn append(&mut self, parts: &[&[u8]], out: &mut Vec<u8>) -> io::Result<()> {
        let state = self.state.get_or_insert_with(|| Compress::new(self.level));
        state.reset();
        for (index, part) in parts.iter().enumerate() {
            let is_last = index + 1 == parts.len();
            append_part(state, part, if is_last { FlushCompress::Finish } else { FlushCompress::None }, out)?;
        }
        Ok(())
    }
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
                let mut back = vec![0; parts.concat().len() + 1];
                let mut state = gix::zlib::Decompress::new();
                let bytes = gix::zlib::stream::inflate::read(&mut &out[6..], &mut state, &mut back);
                prop_assert_eq!(&back[..bytes.expect("one stream")], parts.concat());
            }
        }
    }
}
