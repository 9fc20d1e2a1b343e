//! Providers of models and what agents work with.

use super::Class::{Alnum, Hex, Letter, Url, Uuid, Word};
use super::Part::{Lit, Run};
use super::{APART, Form, MANY, form, led_form};

pub(super) const FORMS: &[Form] = &[
    form(
        "openai-key",
        "OpenAI: API keys; gitleaks: openai-api-key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"],
        &[Run(Url, 32, MANY)],
    ),
    led_form(
        "model-provider-key",
        "OpenAI (until 2024), DeepSeek, Moonshot and others: API keys",
        APART,
        &["sk-"],
        &[Run(Alnum, 32, MANY)],
    ),
    form(
        "anthropic-key",
        "Anthropic: API keys; gitleaks: anthropic-api-key",
        &["sk-ant-"],
        &[Run(Url, 32, MANY)],
    ),
    form("openrouter-key", "OpenRouter: API keys", &["sk-or-v1-", "sk-or-"], &[Run(Hex, 64, MANY)]),
    form("langfuse-key", "Langfuse: API keys", &["sk-lf-"], &[Run(Uuid, 36, 36)]),
    form("groq-key", "Groq: API keys", &["gsk_"], &[Run(Alnum, 40, MANY)]),
    form("huggingface-token", "gitleaks: huggingface-access-token", &["hf_"], &[Run(Alnum, 34, MANY)]),
    form(
        "huggingface-org-token",
        "gitleaks: huggingface-organization-api-token",
        &["api_org_"],
        &[Run(Letter, 34, MANY)],
    ),
    form("replicate-token", "Replicate: API tokens", &["r8_"], &[Run(Alnum, 37, MANY)]),
    form("perplexity-key", "gitleaks: perplexity-api-key", &["pplx-"], &[Run(Alnum, 40, MANY)]),
    form("xai-key", "xAI: API keys", &["xai-"], &[Run(Alnum, 64, MANY)]),
    form("together-key", "Together AI: API keys", &["tgp_v1_"], &[Run(Url, 40, MANY)]),
    form("elevenlabs-key", "ElevenLabs: API keys", &["sk_"], &[Run(Hex, 48, 48)]),
    form(
        "langsmith-key",
        "LangSmith: API keys",
        &["lsv2_pt_", "lsv2_sk_"],
        &[Run(Hex, 32, 32), Lit("_"), Run(Hex, 10, 10)],
    ),
    form("nvidia-key", "NVIDIA: API keys", &["nvapi-"], &[Run(Url, 60, MANY)]),
    form("cerebras-key", "Cerebras: API keys", &["csk-"], &[Run(Alnum, 40, MANY)]),
    form("pinecone-key", "Pinecone: API keys", &["pcsk_"], &[Run(Word, 50, MANY)]),
    form("tavily-key", "Tavily: API keys", &["tvly-", "tvly-dev-"], &[Run(Alnum, 32, MANY)]),
    form("jina-key", "Jina: API keys", &["jina_"], &[Run(Url, 50, MANY)]),
    led_form("firecrawl-key", "Firecrawl: API keys", APART, &["fc-"], &[Run(Hex, 32, 32)]),
    form("e2b-key", "E2B: API keys", &["e2b_"], &[Run(Hex, 40, MANY)]),
    form("browserbase-key", "Browserbase: API keys", &["bb_live_"], &[Run(Url, 24, MANY)]),
    led_form("voyage-key", "Voyage AI: API keys", APART, &["pa-"], &[Run(Url, 43, 43)]),
];
