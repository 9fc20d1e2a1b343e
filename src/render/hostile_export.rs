//! What exports make of a session that is not to be trusted: nothing in it may mark anything up, load
//! or run anything, or steer a terminal.

use proptest::prelude::*;

use super::export::{Sessions, html, json, markdown, ndjson};
use super::hostile::{record, text};
use crate::model::{FactKind, Person, Timestamp, escape_char};
use crate::ops::{self, CreateOptions, DecideOptions, Env, IdOrigin, Place, RecordInput};
use crate::store::{Durability, SessionRef, Store, StoreOptions};

/// The elements that a page is made of.
const ELEMENTS: [&str; 34] = [
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "main",
    "footer",
    "section",
    "nav",
    "article",
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "a",
    "b",
    "span",
    "mark",
    "pre",
    "div",
    "ol",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
    "figure",
    "figcaption",
    "svg",
];
/// Those that a chart has besides.
const SHAPES: [&str; 1] = ["rect"];
/// The attributes that a page uses.
const ATTRIBUTES: [&str; 17] = [
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "href",
    "open",
    "viewBox",
    "preserveAspectRatio",
    "role",
    "aria-label",
    "x",
    "y",
    "width",
    "height",
];

fn env() -> Env {
    let count = std::cell::Cell::new(0u32);
    let uuids = move || {
        count.set(count.get() + 1);
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &count.get().to_be_bytes())
    };
    Env::new(
        Person::new("Eve", "eve@example.com"),
        Box::new(|| Timestamp::from_unix(1_795_000_000)),
        Box::new(uuids),
    )
}

/// Makes a session in which every text is this one.
fn session(store: &Store, env: &Env, t: &str) -> SessionRef {
    let created = ops::create(store, env, &format!("x{t}"), CreateOptions::default()).expect("created");
    let (session, id) = (created.session, created.manifest.id);
    let now = || store.try_find_session(&session.name).expect("readable").expect("there");
    let place = || Place::Session(now());
    let value = format!("x{t}");
    for (kind, key) in [(FactKind::Knowledge, "k"), (FactKind::Preference, "p")] {
        ops::set_fact(store, env, &place(), kind, &key.parse().expect("a key"), &value).expect("set");
    }
    let why = DecideOptions::default().because(Some(value.clone())).instead_of(vec![value.clone()]);
    ops::decide(store, env, &place(), &value, &why).expect("decided");
    for round in ["", "again "] {
        let mut run = record(&format!("{round}{t}"));
        (run.id, run.session) = (crate::model::RunId::new(env.new_uuid()), id);
        ops::put_context(
            store,
            env,
            &place(),
            &"files/a.txt".parse().expect("a path"),
            format!("{round}\n{t}\n").as_bytes(),
        )
        .expect("put");
        ops::record(store, env, &now(), run, &RecordInput::default(), IdOrigin::Fresh).expect("recorded");
    }
    now()
}

type Writer = fn(&mut dyn std::io::Write, &mut Sessions<'_>) -> Result<(), super::export::ExportError>;

fn written(store: &Store, session: &SessionRef, writer: Writer) -> String {
    let names = store.session_names().expect("listed");
    let mut out = Vec::new();
    let mut sessions =
        [session, session].into_iter().map(|session| ops::export_session(store, &names, session));
    writer(&mut out, &mut sessions).expect("written");
    String::from_utf8(out).expect("text")
}

/// Reads a page as strictly as nothing else does: every `<` begins a tag that we know, each tag has
/// its end, each attribute is known and quoted, and no link leads out of the page.
fn check_page(page: &str) {
    let rest = page.strip_prefix("<!doctype html>\n").expect("it says what it is");
    let mut open: Vec<&str> = Vec::new();
    let mut parts = rest.split('<');
    assert_eq!(parts.next(), Some(""));
    for part in parts {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        // The style sheet is ours.
        assert!(tag == "style" || !text.contains('>'), "a text holds no tag: {text}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None => {
                let name = tag.split(' ').next().expect("a name");
                assert!(ELEMENTS.contains(&name) || SHAPES.contains(&name), "unknown element {name}");
                check_attributes(tag.strip_prefix(name).expect("it begins so"));
                if name != "meta" {
                    open.push(name);
                }
            }
        }
    }
    assert!(open.is_empty(), "not ended: {open:?}");
}

fn check_attributes(mut rest: &str) {
    while !rest.is_empty() {
        let (name, after) =
            rest.strip_prefix(' ').and_then(|rest| rest.split_once("=\"")).expect("an attribute");
        let (value, after) = after.split_once('"').expect("it is quoted");
        assert!(ATTRIBUTES.contains(&name), "unknown attribute {name}");
        assert!(name != "href" || value.starts_with('#'), "a link out of the page: {value}");
        rest = after;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_session_breaks_out_of_its_export(text in text(), html_in in "[<>\"'&=/ a-z]{0,20}|</pre><script>x</script>|```+\n# x") {
        let text = format!("{html_in}{text}");
        let dir = tempfile::tempdir().expect("temporary folder");
        let options = StoreOptions::default().with_durability(Durability::Off);
        let store = Store::open_or_create(&dir.path().join("s.git"), options).expect("made");
        let session = session(&store, &env(), &text);
        check_page(&written(&store, &session, html));
        let writers: [Writer; 4] = [html, markdown, json, ndjson];
        for writer in writers {
            let out = written(&store, &session, writer);
            let steers = out.chars().find(|c| !"\n\t".contains(*c) && escape_char(*c).is_some());
            prop_assert_eq!(steers, None);
            prop_assert_eq!(&out, &written(&store, &session, writer), "the same each time");
        }
    }
}
