//! Code hosts, package registries and continuous integration.

use super::Class::{Alnum, Base64, Dotted, Hex, Url, Word};
use super::Part::{Lit, Run};
use super::{APART, Form, MANY, form, led_form};

pub(super) const FORMS: &[Form] = &[
    form(
        "github-token",
        "GitHub: token prefixes; gitleaks: github-pat",
        &["ghp_", "gho_", "ghu_", "ghr_"],
        &[Run(Alnum, 36, MANY)],
    ),
    form("github-app-token", "GitHub: installation tokens", &["ghs_"], &[Run(Dotted, 36, MANY)]),
    form(
        "github-fine-grained-token",
        "gitleaks: github-fine-grained-pat",
        &["github_pat_"],
        &[Run(Word, 36, MANY)],
    ),
    form(
        "gitlab-token",
        "GitLab: token prefixes; gitleaks: gitlab-pat",
        &[
            "glpat-",
            "gldt-",
            "glrt-",
            "glrtr-",
            "glcbt-",
            "glptt-",
            "glft-",
            "glimt-",
            "glagent-",
            "gloas-",
            "glsoat-",
            "glffct-",
            "glwt-",
            "GR1348941",
        ],
        &[Run(Dotted, 20, MANY)],
    ),
    form(
        "bitbucket-token",
        "Atlassian: app passwords and access tokens",
        &["ATBB", "ATCTT3"],
        &[Run(Base64, 24, MANY)],
    ),
    form("atlassian-token", "gitleaks: atlassian-api-token", &["ATATT3"], &[Run(Base64, 60, MANY)]),
    form("sourcegraph-token", "gitleaks: sourcegraph-access-token", &["sgp_"], &[Run(Word, 40, MANY)]),
    form("circleci-token", "CircleCI: token prefixes", &["CCIPAT_", "CCIPRJ_"], &[Run(Word, 40, MANY)]),
    form(
        "buildkite-token",
        "Buildkite: token prefixes",
        &["bkua_", "bkct_", "bkaj_"],
        &[Run(Alnum, 32, MANY)],
    ),
    form("sonar-token", "SonarQube: token prefixes", &["squ_", "sqp_", "sqa_"], &[Run(Hex, 40, 40)]),
    form("jfrog-api-key", "gitleaks: artifactory-api-key", &["AKCp"], &[Run(Alnum, 69, MANY)]),
    form(
        "jfrog-reference-token",
        "gitleaks: artifactory-reference-token",
        &["cmVmdGtu"],
        &[Run(Alnum, 56, 56)],
    ),
    form("npm-token", "npm: token format; gitleaks: npm-access-token", &["npm_"], &[Run(Alnum, 36, MANY)]),
    form(
        "pypi-token",
        "PyPI: API tokens; gitleaks: pypi-upload-token",
        &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"],
        &[Run(Url, 50, MANY)],
    ),
    form("rubygems-key", "gitleaks: rubygems-api-token", &["rubygems_"], &[Run(Hex, 48, 48)]),
    led_form("crates-token", "crates.io: token prefix", APART, &["cio"], &[Run(Alnum, 32, 32)]),
    form("clojars-token", "gitleaks: clojars-api-token", &["CLOJARS_"], &[Run(Alnum, 60, 60)]),
    form("nuget-key", "NuGet: API keys", &["oy2"], &[Run(Alnum, 43, 43)]),
    form("docker-token", "Docker Hub: token prefixes", &["dckr_pat_", "dckr_oat_"], &[Run(Url, 27, MANY)]),
    form(
        "postman-key",
        "gitleaks: postman-api-token",
        &["PMAK-"],
        &[Run(Hex, 24, 24), Lit("-"), Run(Hex, 34, 34)],
    ),
    form("octopus-key", "gitleaks: octopus-deploy-api-key", &["API-"], &[Run(super::Class::Upper, 26, 26)]),
    form(
        "harness-token",
        "gitleaks: harness-api-key",
        &["pat.", "sat."],
        &[Run(Url, 22, 22), Lit("."), Run(Alnum, 24, 24), Lit("."), Run(Alnum, 20, 20)],
    ),
    form(
        "prefect-key",
        "Prefect: API keys; gitleaks: prefect-api-token",
        &["pnu_", "pnb_"],
        &[Run(Alnum, 36, 36)],
    ),
    form("infracost-key", "gitleaks: infracost-api-token", &["ico-"], &[Run(Alnum, 32, 32)]),
    form("snyk-token", "Snyk: token formats", &["snyk_uat.", "snyk_sat."], &[Run(Dotted, 32, MANY)]),
];
