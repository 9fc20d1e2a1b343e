//! Forms that the table and the rules know, as their makers describe them.

use crate::{Form, Planted};

const NOTE: &str = "I set it to {} and it works now.";

fn armour(kind: &str, body: &str) -> String {
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----", lines.join("\n"))
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn jwt(part: fn(&mut crate::Random, usize) -> String, r: &mut crate::Random) -> String {
    let header = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    format!("{}.eyJ{}.{}", header.trim_end_matches('='), part(r, 60), part(r, 43))
}

pub const KNOWN: &[Form] = &[
    ("AWS access key", |r| Planted::new(NOTE, format!("AKIA{}", r.upper(16)))),
    ("AWS secret key", |r| Planted::new("aws_secret_access_key = {}", r.base64(40))),
    ("AWS session token", |r| Planted::new(NOTE, format!("IQoJb3JpZ2lu{}", r.base64(300)))),
    ("Google API key", |r| Planted::new("https://maps.example/api?key={}&v=3", format!("AIza{}", r.url(35)))),
    ("Google OAuth secret", |r| Planted::new(NOTE, format!("GOCSPX-{}", r.url(28)))),
    ("Google access token", |r| Planted::new(NOTE, format!("ya29.{}", r.url(120)))),
    ("Azure client secret", |r| Planted::new(NOTE, format!("{}8Q~{}", r.alnum(3), r.url(33)))),
    ("Azure storage", |r| {
        Planted::new("AccountName=x;AccountKey={};EndpointSuffix=y", format!("{}==", r.base64(86)))
    }),
    ("DigitalOcean", |r| Planted::new(NOTE, format!("dop_v1_{}", r.hex(64)))),
    ("Heroku", |r| Planted::new(NOTE, format!("HRKU-AA{}", r.url(58)))),
    ("Vault", |r| Planted::new(NOTE, format!("hvs.{}", r.url(95)))),
    ("Terraform", |r| Planted::new(NOTE, format!("{}.atlasv1.{}", r.alnum(14), r.url(67)))),
    ("Doppler", |r| Planted::new(NOTE, format!("dp.pt.{}", r.alnum(43)))),
    ("Pulumi", |r| Planted::new(NOTE, format!("pul-{}", r.hex(40)))),
    ("Databricks", |r| Planted::new(NOTE, format!("dapi{}", r.hex(32)))),
    ("PlanetScale", |r| Planted::new(NOTE, format!("pscale_tkn_{}", r.url(43)))),
    ("Supabase", |r| Planted::new(NOTE, format!("sbp_{}", r.hex(40)))),
    ("Fly.io", |r| Planted::new(NOTE, format!("fm2_{}", r.base64(120)))),
    ("Tailscale", |r| Planted::new(NOTE, format!("tskey-auth-{}-{}", r.alnum(12), r.alnum(32)))),
    ("GitHub", |r| Planted::new(NOTE, format!("ghp_{}", r.alnum(36)))),
    ("GitHub app", |r| Planted::new(NOTE, format!("ghs_{}", r.alnum(36)))),
    ("GitHub fine-grained", |r| Planted::new(NOTE, format!("github_pat_{}_{}", r.alnum(22), r.alnum(59)))),
    ("GitLab", |r| Planted::new(NOTE, format!("glpat-{}", r.url(20)))),
    ("GitLab runner", |r| Planted::new(NOTE, format!("glrt-{}", r.url(20)))),
    ("Bitbucket", |r| Planted::new(NOTE, format!("ATBB{}", r.alnum(32)))),
    ("Atlassian", |r| Planted::new(NOTE, format!("ATATT3{}={}", r.url(176), r.upper(8)))),
    ("npm", |r| Planted::new("//registry.example/:_authToken={}", format!("npm_{}", r.alnum(36)))),
    ("PyPI", |r| Planted::new(NOTE, format!("pypi-AgEIcHlwaS5vcmc{}", r.url(140)))),
    ("RubyGems", |r| Planted::new(NOTE, format!("rubygems_{}", r.hex(48)))),
    ("crates.io", |r| Planted::new(NOTE, format!("cio{}", r.alnum(32)))),
    ("Docker Hub", |r| Planted::new(NOTE, format!("dckr_pat_{}", r.url(27)))),
    ("CircleCI", |r| Planted::new(NOTE, format!("CCIPAT_{}_{}", r.alnum(22), r.hex(40)))),
    ("SonarQube", |r| Planted::new(NOTE, format!("squ_{}", r.hex(40)))),
    ("Slack bot", |r| Planted::new(NOTE, format!("xoxb-{}-{}-{}", r.digits(12), r.digits(13), r.alnum(24)))),
    ("Slack app", |r| Planted::new(NOTE, format!("xapp-1-A{}-{}-{}", r.upper(10), r.digits(13), r.hex(64)))),
    ("Slack webhook", |r| {
        Planted::new(
            "POST https://{}",
            format!("hooks.slack.com/services/T{}/B{}/{}", r.upper(10), r.upper(10), r.alnum(24)),
        )
    }),
    ("Discord webhook", |r| {
        Planted::new("POST https://{}", format!("discord.com/api/webhooks/{}/{}", r.digits(19), r.url(68)))
    }),
    ("Telegram", |r| Planted::new(NOTE, format!("{}:AA{}", r.digits(10), r.url(33)))),
    ("Twilio", |r| Planted::new(NOTE, format!("SK{}", r.hex(32)))),
    ("SendGrid", |r| Planted::new(NOTE, format!("SG.{}.{}", r.url(22), r.url(43)))),
    ("Mailgun", |r| Planted::new(NOTE, format!("key-{}", r.hex(32)))),
    ("Mailchimp", |r| Planted::new(NOTE, format!("{}-us12", r.hex(32)))),
    ("Stripe", |r| Planted::new(NOTE, format!("sk_live_{}", r.alnum(99)))),
    ("Stripe webhook", |r| Planted::new(NOTE, format!("whsec_{}", r.alnum(32)))),
    ("Square", |r| Planted::new(NOTE, format!("sq0atp-{}", r.url(22)))),
    ("Shopify", |r| Planted::new(NOTE, format!("shpat_{}", r.hex(32)))),
    ("Plaid", |r| Planted::new(NOTE, format!("access-production-{}", r.uuid()))),
    ("OpenAI project", |r| Planted::new(NOTE, format!("sk-proj-{}T3BlbkFJ{}", r.url(74), r.url(74)))),
    ("OpenAI", |r| Planted::new(NOTE, format!("sk-{}T3BlbkFJ{}", r.alnum(20), r.alnum(20)))),
    ("Anthropic", |r| Planted::new(NOTE, format!("sk-ant-api03-{}AA", r.url(93)))),
    ("OpenRouter", |r| Planted::new(NOTE, format!("sk-or-v1-{}", r.hex(64)))),
    ("Groq", |r| Planted::new(NOTE, format!("gsk_{}", r.alnum(52)))),
    ("Hugging Face", |r| Planted::new(NOTE, format!("hf_{}", r.alnum(34)))),
    ("Replicate", |r| Planted::new(NOTE, format!("r8_{}", r.alnum(37)))),
    ("Grafana", |r| Planted::new(NOTE, format!("glsa_{}_{}", r.alnum(32), r.hex(8)))),
    ("Sentry", |r| Planted::new(NOTE, format!("sntryu_{}", r.hex(64)))),
    ("Linear", |r| Planted::new(NOTE, format!("lin_api_{}", r.alnum(40)))),
    ("Notion", |r| Planted::new(NOTE, format!("ntn_{}{}", r.digits(11), r.alnum(35)))),
    ("New Relic", |r| Planted::new(NOTE, format!("NRAK-{}", r.upper(27)))),
    ("Figma", |r| Planted::new(NOTE, format!("figd_{}", r.url(40)))),
    ("age", |r| {
        Planted::new(NOTE, format!("AGE-SECRET-KEY-1{}", r.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)))
    }),
    ("JWT", |r| {
        let token = jwt(|r, n| r.url(n), r);
        Planted::new(NOTE, token)
    }),
    ("private key", |r| {
        let body = format!("MII{}", r.base64(800));
        Planted { text: armour("RSA PRIVATE KEY", &body), secret: body }
    }),
    ("OpenSSH key", |r| {
        let body = format!("b3BlbnNzaC1rZXktdjE{}", r.base64(400));
        Planted { text: format!("cat id\n{}\n$", armour("OPENSSH PRIVATE KEY", &body)), secret: body }
    }),
    ("database URL", |r| {
        let word = r.password();
        Planted::new("DATABASE_URL=postgres://app:{}@db.example:5432/x", word.replace('#', "%23"))
    }),
    ("weak password", |r| {
        let word = r.password();
        Planted::new("DB_PASSWORD={}", word)
    }),
    ("YAML password", |r| {
        let word = r.password();
        Planted::new("db:\n  password: {}\n", word)
    }),
    ("basic header", |r| {
        let word = r.password();
        Planted::new("Authorization: Basic {}", base64(&format!("app:{word}")))
    }),
    ("bearer header", |r| Planted::new("curl -H 'Authorization: Bearer {}' x", r.alnum(40))),
    ("API key header", |r| Planted::new("-H \"X-Api-Key: {}\"", r.alnum(32))),
    ("session cookie", |r| Planted::new("Cookie: sid={}; theme=dark", r.alnum(32))),
    ("curl user", |r| {
        let word = r.password();
        Planted::new("curl -u app:{} https://x.example/", word)
    }),
    ("token option", |r| Planted::new("deploy --token {} --now", r.alnum(30))),
    ("signed URL", |r| Planted::new("https://x.example/b?sv=2024&sig={}&se=1", r.alnum(43))),
    ("JDBC password", |r| {
        let word = r.alnum(12);
        Planted::new("jdbc:mysql://h/x?user=a&password={}&ssl=true", word)
    }),
];
