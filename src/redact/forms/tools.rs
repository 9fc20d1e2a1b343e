//! Monitoring, planning, secret stores, and tokens of no one's own.

use super::Class::{Alnum, Base64, Hex, Upper, Url, Uuid, Word};
use super::Part::{Lit, Run};
use super::{Form, MANY, form, led_form};

pub(super) const FORMS: &[Form] = &[
    form(
        "jwt",
        "RFC 7519 and RFC 7516, compact form; gitleaks: jwt",
        &["eyJ"],
        &[Run(Url, 10, MANY), Lit("."), Run(Url, 10, MANY), Lit("."), Run(Url, 10, MANY)],
    ),
    form(
        "age-key",
        "age: identity files; gitleaks: age-secret-key",
        &["AGE-SECRET-KEY-1"],
        &[Run(Upper, 58, 58)],
    ),
    form("grafana-token", "gitleaks: grafana-cloud-api-token", &["glc_"], &[Run(Base64, 32, MANY)]),
    form(
        "grafana-service-token",
        "gitleaks: grafana-service-account-token",
        &["glsa_"],
        &[Run(Alnum, 32, 32), Lit("_"), Run(Hex, 8, 8)],
    ),
    form("grafana-key", "gitleaks: grafana-api-key", &["eyJrIjoi"], &[Run(Base64, 60, MANY)]),
    form("newrelic-key", "gitleaks: new-relic-user-api-key", &["NRAK-", "NRII-"], &[Run(Url, 27, 32)]),
    form(
        "sentry-token",
        "Sentry: token formats; gitleaks: sentry-org-token",
        &["sntrys_"],
        &[Run(Base64, 60, MANY)],
    ),
    form("sentry-user-token", "gitleaks: sentry-user-token", &["sntryu_"], &[Run(Hex, 64, 64)]),
    form(
        "dynatrace-token",
        "Dynatrace: token format; gitleaks: dynatrace-api-token",
        &["dt0c01."],
        &[Run(Alnum, 24, 24), Lit("."), Run(Alnum, 64, 64)],
    ),
    form("posthog-key", "PostHog: personal API keys", &["phx_"], &[Run(Alnum, 40, MANY)]),
    form("launchdarkly-key", "LaunchDarkly: SDK keys", &["sdk-"], &[Run(Uuid, 36, 36)]),
    form("honeycomb-key", "Honeycomb: ingest keys", &["hcaik_", "hcxik_"], &[Run(Alnum, 40, MANY)]),
    form("linear-key", "gitleaks: linear-api-key", &["lin_api_", "lin_oauth_"], &[Run(Alnum, 40, MANY)]),
    form(
        "notion-token",
        "Notion: integration tokens; gitleaks: notion-api-token",
        &["ntn_"],
        &[Run(Alnum, 40, MANY)],
    ),
    form(
        "notion-legacy-token",
        "Notion: integration tokens before 2024",
        &["secret_"],
        &[Run(Alnum, 43, 43)],
    ),
    form(
        "airtable-token",
        "Airtable: personal access tokens",
        &["pat"],
        &[Run(Alnum, 14, 14), Lit("."), Run(Hex, 64, 64)],
    ),
    form("figma-token", "Figma: personal access tokens", &["figd_"], &[Run(Url, 36, MANY)]),
    form("typeform-token", "gitleaks: typeform-api-token", &["tfp_"], &[Run(Url, 40, MANY)]),
    form(
        "hubspot-token",
        "HubSpot: private app tokens",
        &["pat-na1-", "pat-na2-", "pat-eu1-"],
        &[Run(Uuid, 36, 36)],
    ),
    form("contentful-token", "Contentful: management tokens", &["CFPAT-"], &[Run(Url, 40, MANY)]),
    form("readme-key", "gitleaks: readme-api-token", &["rdme_"], &[Run(Word, 70, MANY)]),
    form("frameio-token", "gitleaks: frameio-api-token", &["fio-u-"], &[Run(Base64, 64, 64)]),
    form(
        "mapbox-secret-token",
        "Mapbox: access tokens",
        &["sk.eyJ"],
        &[Run(Url, 40, MANY), Lit("."), Run(Url, 20, MANY)],
    ),
    led_form("maxmind-key", "gitleaks: maxmind-license-key", (Word, 36, 36), &["_mmk"], &[]),
    form(
        "1password-token",
        "gitleaks: 1password-service-account-token",
        &["ops_eyJ"],
        &[Run(Base64, 250, MANY)],
    ),
    form(
        "1password-secret-key",
        "gitleaks: 1password-secret-key",
        &["A3-"],
        &[Run(Upper, 6, 6), Lit("-"), Run(super::Class::Dotted, 20, 29)],
    ),
    form("defined-token", "gitleaks: defined-networking-api-token", &["dnkey-"], &[Run(Url, 60, MANY)]),
    form("adobe-client-secret", "gitleaks: adobe-client-secret", &["p8e-"], &[Run(Alnum, 32, 32)]),
    form("wakatime-key", "WakaTime: API keys", &["waka_"], &[Run(Uuid, 36, 36)]),
    form(
        "intra42-secret",
        "gitleaks: intra42-client-secret",
        &["s-s4t2ud-", "s-s4t2af-"],
        &[Run(Hex, 64, 64)],
    ),
];
