//! Clouds and what runs on them.

use super::Class::{Alnum, Base64, Dotted, Hex, Tilde, Upper, Url};
use super::Part::{Lit, Run};
use super::{APART, Form, MANY, form, led_form};

pub(super) const FORMS: &[Form] = &[
    form(
        "aws-access-key",
        "AWS IAM: unique identifiers; gitleaks: aws-access-token",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        &[Run(Upper, 16, 16)],
    ),
    form(
        "aws-session-token",
        "AWS STS: GetSessionToken",
        &["IQoJb3JpZ2lu", "FwoGZXIvYXdz"],
        &[Run(Base64, 80, MANY)],
    ),
    form(
        "aws-bedrock-key",
        "AWS Bedrock: API keys",
        &["ABSK", "bedrock-api-key-"],
        &[Run(Base64, 100, MANY)],
    ),
    form("google-api-key", "Google Cloud: API keys; gitleaks: gcp-api-key", &["AIza"], &[Run(Url, 35, 35)]),
    form("google-oauth-secret", "Google: OAuth client secrets", &["GOCSPX-"], &[Run(Url, 28, MANY)]),
    form("google-oauth-token", "Google: OAuth access tokens", &["ya29."], &[Run(Dotted, 30, MANY)]),
    form("google-refresh-token", "Google: OAuth refresh tokens", &["1//0"], &[Run(Url, 40, MANY)]),
    led_form(
        "azure-client-secret",
        "Microsoft Entra: client secrets; gitleaks: azure-ad-client-secret",
        (Tilde, 4, 4),
        &["Q~"],
        &[Run(Tilde, 31, 34)],
    ),
    led_form(
        "azure-devops-token",
        "Azure DevOps: PAT format",
        (Alnum, 76, 76),
        &["AZDO"],
        &[Run(Alnum, 4, 4)],
    ),
    form(
        "azure-entra-token",
        "Microsoft Entra: refresh tokens",
        &["0.AX", "0.AS", "1.AX"],
        &[Run(Dotted, 150, MANY)],
    ),
    form(
        "digitalocean-token",
        "DigitalOcean: token formats; gitleaks: digitalocean-pat",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        &[Run(Hex, 64, 64)],
    ),
    form("alibaba-access-key", "gitleaks: alibaba-access-key-id", &["LTAI"], &[Run(Alnum, 12, 24)]),
    form(
        "cloudflare-origin-key",
        "Cloudflare: Origin CA keys; gitleaks: cloudflare-origin-ca-key",
        &["v1.0-"],
        &[Run(Hex, 24, 24), Lit("-"), Run(Hex, 146, 146)],
    ),
    form(
        "heroku-api-key",
        "Heroku: key formats; gitleaks: heroku-api-key-v2",
        &["HRKU-"],
        &[Run(Url, 36, MANY)],
    ),
    form(
        "fly-token",
        "Fly.io: access tokens; gitleaks: flyio-access-token",
        &["fo1_", "fm1r_", "fm1a_", "fm2_"],
        &[Run(Base64, 40, MANY)],
    ),
    form(
        "vault-token",
        "HashiCorp Vault: token prefixes; gitleaks: vault-service-token",
        &["hvs.", "hvb.", "hvr."],
        &[Run(Url, 24, MANY)],
    ),
    led_form(
        "terraform-token",
        "HCP Terraform: API tokens; gitleaks: hashicorp-tf-api-token",
        (Alnum, 14, 14),
        &[".atlasv1."],
        &[Run(Base64, 60, 70)],
    ),
    form(
        "doppler-token",
        "Doppler: token formats; gitleaks: doppler-api-token",
        &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.said.", "dp.scim.", "dp.audit."],
        &[Run(Dotted, 40, MANY)],
    ),
    led_form("pulumi-token", "gitleaks: pulumi-api-token", APART, &["pul-"], &[Run(Hex, 40, 40)]),
    form("databricks-token", "gitleaks: databricks-api-token", &["dapi"], &[Run(Hex, 32, 32)]),
    form(
        "planetscale-token",
        "PlanetScale: service tokens; gitleaks: planetscale-api-token",
        &["pscale_tkn_", "pscale_oauth_", "pscale_pw_"],
        &[Run(Dotted, 32, MANY)],
    ),
    form("supabase-token", "Supabase: access tokens", &["sbp_"], &[Run(Hex, 40, 40)]),
    form("supabase-secret-key", "Supabase: API keys", &["sb_secret_"], &[Run(Url, 20, MANY)]),
    form("neon-api-key", "Neon: API keys", &["napi_"], &[Run(Alnum, 40, MANY)]),
    form(
        "netlify-token",
        "Netlify: token formats",
        &["nfp_", "nfc_", "nfo_", "nfu_", "nfb_"],
        &[Run(Alnum, 36, 36)],
    ),
    form("render-api-key", "Render: API keys", &["rnd_"], &[Run(Alnum, 26, MANY)]),
    form("scalingo-token", "gitleaks: scalingo-api-token", &["tk-us-"], &[Run(Url, 48, MANY)]),
    form("yandex-api-key", "gitleaks: yandex-api-key", &["AQVN"], &[Run(Url, 35, 38)]),
    form("openshift-token", "gitleaks: openshift-user-token", &["sha256~"], &[Run(Url, 43, 43)]),
    form(
        "tailscale-key",
        "Tailscale: key prefixes",
        &["tskey-auth-", "tskey-api-", "tskey-client-", "tskey-scim-", "tskey-webhook-"],
        &[Run(Url, 20, MANY)],
    ),
    form("clickhouse-key", "gitleaks: clickhouse-cloud-api-secret-key", &["4b1d"], &[Run(Alnum, 38, 38)]),
];
