//! How well secrets are found: `cargo test redact -- --nocapture` prints the table.
//!
//! All secrets are made here, while the tests run: none stands in the sources.
#![allow(clippy::unwrap_used, clippy::panic)]

mod corpus;
mod known;
mod look_alikes;
mod random;
mod speed;
mod unseen;
mod writings;

use git_session::redact::{Counts, Redactor};

use known::KNOWN;
use look_alikes::look_alikes;
use random::Random;
use unseen::UNSEEN;
use writings::{Writing, is_gone};

/// How often each form is drawn.
const DRAWS: u64 = 20;

/// A text with a secret in it.
pub struct Planted {
    /// The text.
    pub text: String,
    /// The secret.
    pub secret: String,
}

impl Planted {
    /// Puts a secret into a text, at `{}`.
    pub fn new(text: &str, secret: impl Into<String>) -> Self {
        let secret = secret.into();
        Self { text: text.replace("{}", &secret), secret }
    }
}

/// Makes one text of a form.
pub type Form = (&'static str, fn(&mut Random) -> Planted);

fn clean(redactor: &Redactor, text: &str) -> String {
    redactor.clean_text(text, &mut Counts::default()).into_owned()
}

/// Counts in how many draws the secret is gone, and names the forms of which it is not.
fn recall(redactor: &Redactor, forms: &[Form], writing: Writing) -> (u64, u64, Vec<String>) {
    let (mut found, mut missed) = (0, Vec::new());
    for (index, (name, make)) in forms.iter().enumerate() {
        let mut random = Random::new(index as u64 + 1);
        let mut gone = 0;
        for _ in 0..DRAWS {
            let planted = make(&mut random);
            let cleaned = clean(redactor, &writing.write(&planted.text));
            let again = clean(redactor, &cleaned);
            assert_eq!(again, cleaned, "{name}: cleaning twice changes nothing");
            gone += u64::from(is_gone(&cleaned, &planted.secret, writing));
        }
        found += gone;
        if gone < DRAWS {
            missed.push(format!("{name} {gone}/{DRAWS}"));
        }
    }
    (found, forms.len() as u64 * DRAWS, missed)
}

#[test]
fn redact_finds_known_forms_in_each_writing() {
    let redactor = Redactor::default();
    assert!(KNOWN.len() >= 60, "there are {} known forms", KNOWN.len());
    let mut all_missed = Vec::new();
    for writing in Writing::ALL {
        let (found, of, missed) = recall(&redactor, KNOWN, writing);
        println!(
            "redact | known forms ({}) | {} forms, {found} of {of} draws | {}",
            writing.name(),
            KNOWN.len(),
            percent(found, of)
        );
        all_missed.extend(missed.into_iter().map(|missed| format!("{} {missed}", writing.name())));
    }
    assert!(all_missed.is_empty(), "missed: {all_missed:#?}");
}

#[test]
fn redact_leaves_look_alikes() {
    let redactor = Redactor::default();
    let look_alikes = look_alikes();
    assert!(look_alikes.len() >= 60, "there are {} look-alikes", look_alikes.len());
    let hit = |text: &String| (clean(&redactor, text) != *text).then(|| clean(&redactor, text));
    let mut hits: Vec<String> = look_alikes.iter().filter_map(hit).collect();
    hits.extend(
        look_alikes
            .iter()
            .map(|text| serde_json::json!({"text": text}).to_string())
            .filter_map(|text| hit(&text)),
    );
    println!("redact | look-alikes, plain and in JSON | {} texts, {} hits |", look_alikes.len(), hits.len());
    assert!(hits.is_empty(), "hits: {hits:#?}");
}

#[test]
fn redact_is_told_how_it_does_on_forms_that_it_does_not_know() {
    let redactor = Redactor::default();
    assert!(UNSEEN.len() >= 30, "there are {} unseen forms", UNSEEN.len());
    let (found, of, missed) = recall(&redactor, UNSEEN, Writing::Plain);
    println!(
        "redact | unseen forms (plain) | {} forms, {found} of {of} draws | {}",
        UNSEEN.len(),
        percent(found, of)
    );
    println!("redact | … of which not or not always found | {} |", missed.join(", "));
}

fn percent(part: u64, of: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / of as f64)
}
