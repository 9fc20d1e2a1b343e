//! Messages and people of commits.

use gix::ObjectId;
use gix::actor::Signature;
use gix::bstr::{BString, ByteSlice as _};
use gix::objs::Commit;

use super::{PurgeFault, Rewriter};
use crate::model::{CommitMessage, PURGED, RunRecord, SUBJECT_CHARS, yaml};
use crate::store::snapshot::RUN;
use crate::store::{StoreError, TreeId};

impl Rewriter<'_> {
    pub(super) fn signature(&self, old: &Signature) -> Signature {
        let clean = |text: &BString| BString::from(self.wipe.clean(text).0.into_owned());
        Signature { name: clean(&old.name), email: clean(&old.email), time: old.time }
    }

    /// Returns the message of what stands for a commit. That of a run says what its record says.
    pub(super) fn message(&mut self, old: &Commit, tree: ObjectId) -> Result<BString, StoreError> {
        let text = old.message.to_str_lossy();
        let of_run = |record: RunRecord| CommitMessage::of_run(&record).print();
        let message = CommitMessage::parse(&text);
        if self.is_silenced() {
            let record = self.record_in(tree)?.filter(|_| message.is_some());
            return Ok(record.map_or_else(|| format!("{PURGED}\n"), of_run).into());
        }
        let Some(message) = message else {
            let (cleaned, count) = self.wipe.clean(&old.message);
            let cleaned = cleaned.into_owned().into();
            self.note("message", count);
            return Ok(cleaned);
        };
        let before = self.record_in(old.tree)?.map(of_run);
        if before.as_deref() == Some(&*text) {
            let after = self.record_in(tree)?.map(of_run);
            return Ok(after.map_or_else(|| old.message.clone(), BString::from));
        }
        if let Some(subject) = self.untold(&message) {
            let message = CommitMessage { subject, ..message };
            // What else stands in it may tell of it too.
            return self.cleaned_message(&message, &message.print());
        }
        let new = self.cleaned_message(&message, &text)?;
        self.note("message", self.wipe.clean(text.as_bytes()).1);
        Ok(new)
    }

    fn cleaned_message(&self, message: &CommitMessage, text: &str) -> Result<BString, StoreError> {
        let mut new = message.clone();
        new.subject = self.wipe.clean_line(&message.subject, SUBJECT_CHARS);
        let clean = |text: &str| self.wipe.clean_line(text, usize::MAX);
        if let Some(run) = &mut new.run {
            run.agent = run.agent.as_deref().map(clean);
            run.code_commit = run.code_commit.as_deref().map(clean);
        }
        new.undoes = message.undoes.as_deref().map(|commit| self.new_commit(commit));
        // What else stands in it is kept: another version may have written more than is known here.
        if message.print() != text {
            let undoes = message.undoes.as_deref().zip(new.undoes.as_deref());
            let text = undoes.map_or_else(|| text.to_owned(), |(old, new)| text.replace(old, new));
            return Ok(self.wipe.clean(text.as_bytes()).0.into_owned().into());
        }
        let printed = new.print();
        let parsed = CommitMessage::parse(&printed);
        let run = |message: &CommitMessage| message.run.as_ref().map(|run| run.id);
        let is_same = parsed.is_some_and(|parsed| {
            (parsed.session, run(&parsed), parsed.change) == (message.session, run(message), message.change)
        });
        if !is_same || self.wipe.is_in(printed.as_bytes()) {
            return Err(PurgeFault::Needed("a commit".to_owned()).into());
        }
        Ok(printed.into())
    }

    pub(super) fn record_in(&self, tree: ObjectId) -> Result<Option<RunRecord>, StoreError> {
        let bytes = self.batch.view().file_at(TreeId(tree), RUN)?;
        Ok(bytes.and_then(|bytes| yaml::parse(RUN, &bytes).ok()))
    }
}
