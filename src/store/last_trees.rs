//! The trees that were read last.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// How many are kept: who walks a history compares each tree with the one before and the one behind.
const KEPT: usize = 8;
/// The largest tree that is kept, in bytes.
const TREE_BYTES: usize = 64 * 1024;

/// The trees that were read last, as they are stored. An id names one content, so none goes stale.
#[derive(Clone, Default)]
pub(super) struct LastTrees(Rc<RefCell<VecDeque<Kept>>>);

type Kept = (gix::ObjectId, Rc<Vec<u8>>);

impl LastTrees {
    /// Returns a tree, where it is one of them.
    pub(super) fn get(&self, id: gix::ObjectId) -> Option<Rc<Vec<u8>>> {
        self.0.borrow().iter().find(|(known, _)| *known == id).map(|(_, bytes)| Rc::clone(bytes))
    }

    /// Keeps a tree in place of the one that was read first.
    pub(super) fn keep(&self, id: gix::ObjectId, bytes: &Rc<Vec<u8>>) {
        if bytes.len() > TREE_BYTES {
            return;
        }
        let mut kept = self.0.borrow_mut();
        kept.truncate(KEPT - 1);
        kept.push_front((id, Rc::clone(bytes)));
    }
}
