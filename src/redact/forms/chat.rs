//! Chat, mail and telephony.

use super::Class::{Alnum, Base64, Digit, Hex, Path, Upper, Url};
use super::Part::{Lit, Run};
use super::{APART, Form, MANY, form, led_form};

pub(super) const FORMS: &[Form] = &[
    form(
        "slack-token",
        "Slack: token types; gitleaks: slack-bot-token",
        &[
            "xoxb-",
            "xoxp-",
            "xoxa-",
            "xoxr-",
            "xoxs-",
            "xoxo-",
            "xoxc-",
            "xoxd-",
            "xoxe-",
            "xoxe.xoxb-",
            "xoxe.xoxp-",
        ],
        &[Run(Base64, 16, MANY)],
    ),
    form(
        "slack-app-token",
        "gitleaks: slack-app-token",
        &["xapp-"],
        &[
            Run(Digit, 1, 1),
            Lit("-"),
            Run(Upper, 8, MANY),
            Lit("-"),
            Run(Digit, 8, MANY),
            Lit("-"),
            Run(Alnum, 32, MANY),
        ],
    ),
    form(
        "slack-webhook",
        "Slack: incoming webhooks; gitleaks: slack-webhook-url",
        &["hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/"],
        &[Run(Path, 30, MANY)],
    ),
    form(
        "discord-webhook",
        "Discord: webhooks",
        &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
        &[Run(Digit, 16, MANY), Lit("/"), Run(Url, 40, MANY)],
    ),
    form(
        "teams-webhook",
        "gitleaks: microsoft-teams-webhook",
        &["webhook.office.com/webhookb2/"],
        &[Run(Path, 60, MANY)],
    ),
    led_form(
        "telegram-token",
        "Telegram: bot tokens; gitleaks: telegram-bot-api-token",
        (Digit, 8, 11),
        &[":AA"],
        &[Run(Url, 33, 33)],
    ),
    led_form("twilio-key", "Twilio: API keys; gitleaks: twilio-api-key", APART, &["SK"], &[Run(Hex, 32, 32)]),
    form(
        "sendgrid-key",
        "SendGrid: API keys; gitleaks: sendgrid-api-token",
        &["SG."],
        &[Run(Url, 16, 32), Lit("."), Run(Url, 32, 64)],
    ),
    led_form("mailgun-key", "gitleaks: mailgun-private-api-token", APART, &["key-"], &[Run(Hex, 32, 32)]),
    led_form("mailchimp-key", "gitleaks: mailchimp-api-key", (Hex, 32, 32), &["-us"], &[Run(Digit, 1, 2)]),
    form(
        "brevo-key",
        "gitleaks: sendinblue-api-token",
        &["xkeysib-", "xsmtpsib-"],
        &[Run(Hex, 64, 64), Lit("-"), Run(Alnum, 16, 16)],
    ),
    form("intercom-token", "Intercom: access tokens", &["dG9rO"], &[Run(Base64, 48, MANY)]),
    form("resend-key", "Resend: API keys", &["re_"], &[Run(Alnum, 8, 8), Lit("_"), Run(Alnum, 24, 24)]),
];
