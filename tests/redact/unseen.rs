//! Forms that are left out of the table on purpose: what they show is told, not asked for.

use crate::{Form, Planted};

pub const UNSEEN: &[Form] = &[
    ("Discord bot token", |r| {
        Planted::new("the bot is {} now", format!("MT{}.G{}.{}", r.alnum(24), r.alnum(5), r.url(38)))
    }),
    ("Asana token in prose", |r| Planted::new("asana: 1/{}", format!("{}:{}", r.digits(16), r.hex(32)))),
    ("Datadog key in prose", |r| Planted::new("datadog wants {} there", r.hex(32))),
    ("Datadog variable", |r| Planted::new("DD_API_KEY={}", r.hex(32))),
    ("Algolia call", |r| Planted::new("algoliasearch('APP1', '{}')", r.hex(32))),
    ("Twitch chat", |r| Planted::new("PASS oauth:{}", r.of("abcdefghijklmnopqrstuvwxyz0123456789", 30))),
    ("Okta in prose", |r| Planted::new("okta gave me {}", format!("00{}", r.url(40)))),
    ("Okta header", |r| Planted::new("Authorization: SSWS {}", format!("00{}", r.url(40)))),
    ("Facebook token", |r| Planted::new("fb {} expires", format!("EAAC{}", r.alnum(160)))),
    ("Dropbox token", |r| Planted::new("use {}", format!("sl.{}", r.url(135)))),
    ("Cloudflare token in prose", |r| Planted::new("the Cloudflare token is {}", r.url(40))),
    ("Jenkins token in prose", |r| Planted::new("jenkins user:{}", format!("11{}", r.hex(32)))),
    ("WireGuard key", |r| Planted::new("[Interface]\nPrivateKey = {}", format!("{}=", r.base64(43)))),
    ("Ethereum key in prose", |r| Planted::new("wallet 0x{} has it", r.hex(64))),
    ("Django key", |r| Planted::new("SECRET_KEY = 'django-insecure-{}'", r.alnum(50))),
    ("Rails master key file", |r| Planted::new("config/master.key:\n{}", r.hex(32))),
    ("Laravel key", |r| Planted::new("APP_KEY=base64:{}", format!("{}=", r.base64(43)))),
    ("one-time password URL", |r| Planted::new("otpauth://totp/x?secret={}&issuer=y", r.upper(32))),
    ("Vercel token in prose", |r| Planted::new("vercel --yes (it is {})", r.alnum(24))),
    ("Flask session", |r| Planted::new("session=.{}", format!("eJ{}.{}.{}", r.url(60), r.url(6), r.url(27)))),
    ("LDAP bind", |r| {
        let word = r.password();
        Planted::new("ldapsearch -w {} -D cn=x", word)
    }),
    ("PuTTY option", |r| {
        let word = r.password();
        Planted::new("plink -pw {} host", word)
    }),
    ("password in prose", |r| {
        let word = r.password();
        Planted::new("log in as root with {} and wait", word)
    }),
    ("password after a dash", |r| {
        let word = r.password();
        Planted::new("admin password - {}", word)
    }),
    ("htpasswd call", |r| {
        let word = r.password();
        Planted::new("htpasswd -b file ann {}", word)
    }),
    ("psql variable", |r| {
        let word = r.password();
        Planted::new("PGPASSWORD={} psql", word)
    }),
    ("SQL statement", |r| {
        let word = r.password();
        Planted::new("CREATE USER a IDENTIFIED BY '{}'", word)
    }),
    ("Postgres statement", |r| {
        let word = r.password();
        Planted::new("ALTER ROLE a WITH PASSWORD '{}'", word)
    }),
    ("Kubernetes secret", |r| Planted::new("kind: Secret\ndata:\n  pw: {}", r.base64(28))),
    ("Segment key call", |r| Planted::new("analytics.load('{}')", r.alnum(32))),
    ("npm login answer", |r| Planted::new("{\"ok\":true,\"token\":\"{}\"}", r.uuid())),
    ("seed words", |r| {
        let words = ["apple", "river", "stone", "cloud", "tiger", "maple"];
        let seed: Vec<&str> = (0..12).map(|_| words[r.below(6)]).collect();
        Planted::new("mnemonic: {}", seed.join(" "))
    }),
];
