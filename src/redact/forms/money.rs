//! Payment, shops and shipping.

use super::Class::{Alnum, Hex, Url, Uuid};
use super::Part::{Lit, Run};
use super::{Form, MANY, form};

pub(super) const FORMS: &[Form] = &[
    form(
        "stripe-key",
        "Stripe: API keys; gitleaks: stripe-access-token",
        &["sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_"],
        &[Run(Alnum, 16, MANY)],
    ),
    form(
        "stripe-webhook-secret",
        "Stripe: webhook signatures",
        &["whsec_"],
        &[Run(super::Class::Base64, 24, MANY)],
    ),
    form("square-token", "gitleaks: square-access-token", &["sq0atp-", "sq0csp-"], &[Run(Url, 22, MANY)]),
    form("square-production-token", "Square: access tokens", &["EAAA"], &[Run(Url, 60, 60)]),
    form(
        "paypal-token",
        "Braintree: access tokens",
        &["access_token$production$", "access_token$sandbox$"],
        &[Run(Alnum, 16, 16), Lit("$"), Run(Hex, 32, 32)],
    ),
    form(
        "shopify-token",
        "Shopify: token prefixes; gitleaks: shopify-access-token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        &[Run(Hex, 32, 32)],
    ),
    form(
        "plaid-token",
        "gitleaks: plaid-api-token",
        &["access-sandbox-", "access-development-", "access-production-"],
        &[Run(Uuid, 36, 36)],
    ),
    form(
        "flutterwave-key",
        "gitleaks: flutterwave-secret-key",
        &["FLWSECK_TEST-", "FLWSECK-"],
        &[Run(Alnum, 12, MANY)],
    ),
    form("mollie-key", "Mollie: API keys", &["live_"], &[Run(Alnum, 30, MANY)]),
    form("lob-key", "gitleaks: lob-api-key", &["test_"], &[Run(Hex, 35, 35)]),
    form("easypost-key", "gitleaks: easypost-api-token", &["EZAK", "EZTK"], &[Run(Alnum, 54, 54)]),
    form(
        "shippo-token",
        "gitleaks: shippo-api-token",
        &["shippo_live_", "shippo_test_"],
        &[Run(Hex, 40, 40)],
    ),
    form(
        "duffel-token",
        "gitleaks: duffel-api-token",
        &["duffel_live_", "duffel_test_"],
        &[Run(Url, 43, MANY)],
    ),
    form("razorpay-key", "Razorpay: API keys", &["rzp_live_", "rzp_test_"], &[Run(Alnum, 14, MANY)]),
];
