//! The redactor before everything that is written.
//!
//! Blobs, documents, commit messages, names and the lines of reflogs pass it in the functions that
//! write them, so that no verb can forget it.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Store, StoreError};
use crate::model::{CommitMessage, Person, RunRecord};
use crate::redact::{Counts, Finding, Redactor, RuleFileError, TABLE_VERSION};

/// A redactor that is made when the first text is to be written, and the rules that found anything.
pub struct Guard {
    make: Box<dyn Fn() -> Redactor>,
    redactor: OnceCell<Redactor>,
    found: RefCell<BTreeSet<String>>,
}

impl Default for Guard {
    fn default() -> Self {
        Self::new(Redactor::default)
    }
}

impl Guard {
    /// Makes a guard whose redactor is made when it is first needed.
    pub fn new(make: impl Fn() -> Redactor + 'static) -> Self {
        Self { make: Box::new(make), redactor: OnceCell::new(), found: RefCell::default() }
    }

    /// Returns the redactor.
    pub fn redactor(&self) -> &Redactor {
        self.redactor.get_or_init(|| (self.make)())
    }

    /// Lists the rules by which something was removed from what was to be written.
    pub fn found(&self) -> Vec<String> {
        self.found.borrow().iter().cloned().collect()
    }

    pub(super) fn bytes<'t>(&self, content: &'t [u8], counts: &mut Counts) -> Cow<'t, [u8]> {
        let mut found = Counts::default();
        let cleaned = self.redactor().clean(content, &mut found);
        self.note(&found, counts);
        cleaned
    }

    pub(super) fn document<T: Serialize + DeserializeOwned + Clone>(
        &self,
        document: &T,
        counts: &mut Counts,
    ) -> Result<T, StoreError> {
        let mut found = Counts::default();
        let cleaned = self.redactor().clean_fields(document, &mut found);
        self.note(&found, counts);
        Ok(cleaned.map_err(StoreError::Unredactable)?.unwrap_or_else(|| document.clone()))
    }

    pub(super) fn text(&self, text: &str) -> String {
        let mut found = Counts::default();
        let cleaned = self.redactor().clean_text(text, &mut found).into_owned();
        self.note(&found, &mut Counts::default());
        cleaned
    }

    pub(super) fn person(&self, who: &Person) -> Person {
        Person { name: self.text(&who.name), email: self.text(&who.email), extra: who.extra.clone() }
    }

    pub(super) fn message(&self, message: &CommitMessage) -> CommitMessage {
        let mut message = message.clone();
        message.subject = self.text(&message.subject);
        if let Some(run) = &mut message.run {
            run.agent = run.agent.as_deref().map(|agent| self.text(agent));
            run.code_commit = run.code_commit.as_deref().map(|commit| self.text(commit));
        }
        message
    }

    /// Fails where a name of a file or a branch would tell a secret: other files may be called as
    /// the marker would be.
    pub(super) fn name(&self, name: &str) -> Result<(), StoreError> {
        let cleaned = self.redactor().clean_name(name);
        if cleaned == name { Ok(()) } else { Err(StoreError::SecretName(cleaned)) }
    }

    /// Adds counts to a record, with the version of the table.
    pub(super) fn count_in(&self, record: &mut RunRecord, counts: &Counts) {
        counts.add_to(&mut record.redactions);
        if self.redactor().is_on() {
            record.redaction_table = Some(TABLE_VERSION);
        }
    }

    fn note(&self, found: &Counts, counts: &mut Counts) {
        counts.add(found);
        self.found.borrow_mut().extend(found.iter().map(|(rule, _)| rule.to_owned()));
    }
}

impl Store {
    /// Lets a guard stand before what is written from now on, instead of one that knows the table
    /// alone.
    pub fn guarded(self, guard: Rc<Guard>) -> Self {
        Self { guard, ..self }
    }

    /// Returns a text as it may be stored.
    pub fn clean_text(&self, text: &str) -> String {
        self.guard.text(text)
    }

    /// Returns the record of a run as it may be stored, with what was removed from it counted. It
    /// is done before anything is cut: half a token is no longer recognised, but still a secret.
    pub fn clean_record(&self, record: &RunRecord) -> Result<RunRecord, StoreError> {
        let mut counts = Counts::default();
        let mut record = self.guard.document(record, &mut counts)?;
        self.guard.count_in(&mut record, &counts);
        Ok(record)
    }

    /// Lists the secrets in what is stored.
    pub fn find_secrets(&self, content: &[u8]) -> Result<Vec<Finding>, RuleFileError> {
        self.guard.redactor().find(content)
    }

    /// Returns a name of a file without secrets, to be told instead of it.
    pub fn clean_name(&self, name: &str) -> String {
        self.guard.redactor().clean_name(name)
    }

    /// Returns the content of a file as it may be written into the store's folder, beside the
    /// repository, and how many secrets that left out.
    pub fn clean_content<'t>(&self, content: &'t [u8]) -> (Cow<'t, [u8]>, Counts) {
        let mut counts = Counts::default();
        (self.guard.bytes(content, &mut counts), counts)
    }

    /// Tells whether a path may be stored.
    pub fn check_name(&self, name: &str) -> Result<(), StoreError> {
        self.guard.name(name)
    }
}
