//! Writing many new objects as one pack (Git's `gitformat-pack`, version 2).
//!
//! Deltas are left to maintenance: they cost time while a session's lock is held.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use gix::objs::Kind;

use super::StoreError;
use super::batch::Object;
use super::deflate::Deflater;
use super::durable::Durability;
use super::written::read_only;

/// The offset from which an index needs its table of long offsets.
const LONG_OFFSET: u64 = 1 << 31;

/// Writes the objects into one pack and its index. The index comes last: without one, a pack is
/// not there for anybody. `keep` is a note that makes Git leave the pack alone.
/// Returns the index.
pub(super) fn write(
    store: &Path,
    hash: gix::hash::Kind,
    objects: &[Object],
    durability: Durability,
    keep: Option<&str>,
) -> Result<PathBuf, StoreError> {
    let folder = store.join("objects/pack");
    let failed = |error| StoreError::io("write a pack to", &folder)(error);
    let mut pack = Pack::start(objects.len()).map_err(failed)?;
    for (id, kind, content) in objects {
        pack.add(*id, *kind, content).map_err(failed)?;
    }
    let checksum = digest(hash, &pack.bytes)?;
    pack.bytes.extend_from_slice(checksum.as_slice());
    let index = pack.index(hash, &checksum)?;
    let name = folder.join(format!("pack-{checksum}"));
    if let Some(note) = keep {
        save(&folder, &name.with_extension("keep"), note.as_bytes(), durability).map_err(failed)?;
    }
    save(&folder, &name.with_extension("pack"), &pack.bytes, durability).map_err(failed)?;
    if let Err(error) = save(&folder, &name.with_extension("idx"), &index, durability) {
        // Nobody finds a pack without its index, nor does anything of Git's remove it.
        let _ = fs::remove_file(name.with_extension("pack"));
        return Err(failed(error));
    }
    durability.sync_barrier_folder(&folder).map_err(failed)?;
    Ok(name.with_extension("idx"))
}

struct Pack {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    deflater: Deflater,
}

struct Entry {
    id: gix::ObjectId,
    crc32: u32,
    offset: u64,
}

impl Pack {
    fn start(count: usize) -> io::Result<Self> {
        let count = u32::try_from(count).map_err(io::Error::other)?;
        let mut bytes = b"PACK".to_vec();
        bytes.extend_from_slice(&2u32.to_be_bytes());
        bytes.extend_from_slice(&count.to_be_bytes());
        let deflater = Deflater::new(gix::zlib::Compression::DEFAULT);
        Ok(Self { bytes, entries: Vec::new(), deflater })
    }

    fn add(&mut self, id: gix::ObjectId, kind: Kind, content: &[u8]) -> io::Result<()> {
        let start = self.bytes.len();
        push_header(&mut self.bytes, kind, content.len() as u64);
        self.deflater.append(&[content], &mut self.bytes)?;
        let crc32 = crc32fast::hash(&self.bytes[start..]);
        self.entries.push(Entry { id, crc32, offset: start as u64 });
        Ok(())
    }

    /// Returns the index, version 2.
    fn index(&mut self, hash: gix::hash::Kind, pack: &gix::ObjectId) -> Result<Vec<u8>, StoreError> {
        self.entries.sort_by_key(|entry| entry.id);
        let mut out = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=u8::MAX {
            let count = self.entries.partition_point(|entry| entry.id.first_byte() <= first);
            out.extend_from_slice(&(count as u32).to_be_bytes());
        }
        for entry in &self.entries {
            out.extend_from_slice(entry.id.as_slice());
        }
        for entry in &self.entries {
            out.extend_from_slice(&entry.crc32.to_be_bytes());
        }
        self.push_offsets(&mut out);
        out.extend_from_slice(pack.as_slice());
        let checksum = digest(hash, &out)?;
        out.extend_from_slice(checksum.as_slice());
        Ok(out)
    }

    fn push_offsets(&self, out: &mut Vec<u8>) {
        let mut long: Vec<u64> = Vec::new();
        for entry in &self.entries {
            let short = if entry.offset < LONG_OFFSET {
                entry.offset as u32
            } else {
                long.push(entry.offset);
                LONG_OFFSET as u32 | (long.len() as u32 - 1)
            };
            out.extend_from_slice(&short.to_be_bytes());
        }
        for offset in long {
            out.extend_from_slice(&offset.to_be_bytes());
        }
    }
}

// The type and the low 4 bits of the size, then 7 bits of the size a byte.
fn push_header(out: &mut Vec<u8>, kind: Kind, size: u64) {
    let code: u8 = match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    let mut byte = (code << 4) | (size & 0x0f) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        out.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    out.push(byte);
}

fn digest(hash: gix::hash::Kind, bytes: &[u8]) -> Result<gix::ObjectId, StoreError> {
    let mut hasher = gix::hash::hasher(hash);
    hasher.update(bytes);
    hasher.try_finalize().map_err(StoreError::git("hash a pack"))
}

// Not called as Git calls its temporary files: `git prune --expire=now` would delete it under us. What
// a killed process left goes with our next maintenance.
fn save(folder: &Path, path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let mut file =
        tempfile::Builder::new().prefix(".tmp_pack_").permissions(read_only()).tempfile_in(folder)?;
    file.write_all(bytes)?;
    durability.sync_barrier(file.as_file())?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        // The same objects give the same name; a pack that is there is never written over.
        Err(_) if fs::exists(path)? => Ok(()),
        Err(error) => Err(error.error),
    }
}
