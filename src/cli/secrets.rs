//! What the redactor has to know of this machine: values that are secret, and the user's rules.
//!
//! It is gathered when the first text is to be stored, once.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::ops::open_text;
use crate::redact::{Redactor, RedactorOptions, RuleFileError, Rules, SecretFile, secret_in};
use crate::store::RedactConfig;

/// The largest file of secrets or rules that is read, in bytes.
const FILE_BYTES: u64 = 1024 * 1024;
/// The most folders of a project that are looked into for `.env` files.
const FOLDERS: usize = 200;
/// The rules that a project brings along.
const PROJECT_RULES: &str = ".git-session/redact.toml";
/// Files below the home folder that hold secrets, of git, of clouds, of registries and of agents.
const HOME_FILES: [(&str, SecretFile); 25] = [
    (".netrc", SecretFile::Netrc),
    ("_netrc", SecretFile::Netrc),
    (".git-credentials", SecretFile::GitCredentials),
    (".config/git/credentials", SecretFile::GitCredentials),
    (".aws/credentials", SecretFile::Ini),
    (".config/gcloud/application_default_credentials.json", SecretFile::Json),
    (".azure/accessTokens.json", SecretFile::Json),
    (".kube/config", SecretFile::Ini),
    (".docker/config.json", SecretFile::Json),
    (".npmrc", SecretFile::Ini),
    (".pypirc", SecretFile::Ini),
    (".cargo/credentials.toml", SecretFile::Ini),
    (".gem/credentials", SecretFile::Ini),
    (".config/gh/hosts.yml", SecretFile::Ini),
    (".config/glab-cli/config.yml", SecretFile::Ini),
    (".config/hub", SecretFile::Ini),
    (".terraform.d/credentials.tfrc.json", SecretFile::Json),
    (".vault-token", SecretFile::Values),
    (".pgpass", SecretFile::Pgpass),
    (".my.cnf", SecretFile::Ini),
    (".claude/.credentials.json", SecretFile::Json),
    (".codex/auth.json", SecretFile::Json),
    (".gemini/oauth_creds.json", SecretFile::Json),
    (".config/github-copilot/apps.json", SecretFile::Json),
    (".config/openai/credentials.json", SecretFile::Json),
];

/// Where secrets and rules are looked for.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub(super) config: RedactConfig,
    pub(super) home: Option<PathBuf>,
    pub(super) folder: PathBuf,
    pub(super) project: Option<PathBuf>,
}

impl Sources {
    /// Makes the redactor that the settings ask for.
    pub(super) fn redactor(&self) -> Redactor {
        if self.config.is_off {
            return Redactor::off();
        }
        match self.rules() {
            Err(error) => Redactor::broken(error),
            Ok(rules) => {
                let allowed = self.config.allowed.iter().copied().collect();
                let options = RedactorOptions::default().with_known(self.known()).with_rules(rules);
                Redactor::new(options.with_allowed(allowed))
            }
        }
    }

    /// Returns where values are kept that the user called secret.
    pub(super) fn values_file(&self) -> Option<PathBuf> {
        let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let config = config.or_else(|| Some(self.home.as_ref()?.join(".config")));
        self.config.values.clone().or_else(|| Some(config?.join("git-session/known-values")))
    }

    /// Reads the user's rules and those of the project.
    pub(super) fn rules(&self) -> Result<Rules, RuleFileError> {
        let mut rules = Rules::default();
        for path in &self.config.rules {
            rules.extend(read_rules(path)?);
        }
        let own = self.project.as_ref().map(|project| project.join(PROJECT_RULES));
        if let Some(path) = own.filter(|path| fs::symlink_metadata(path).is_ok()) {
            rules.extend(read_rules(&path)?);
        }
        Ok(rules)
    }

    fn known(&self) -> Vec<String> {
        let mut known: Vec<String> = std::env::vars_os()
            .filter_map(|(name, value)| secret_in(&name.to_string_lossy(), value.to_str()?))
            .collect();
        let home = self.home.iter().flat_map(|home| HOME_FILES.map(|(name, kind)| (home.join(name), kind)));
        let values = self.values_file().map(|path| (path, SecretFile::Values));
        let env = self.env_files().into_iter().map(|path| (path, SecretFile::Env));
        for (path, kind) in home.chain(values).chain(env) {
            // What is not there, or not ours to read, tells nothing.
            known.extend(read(&path).map(|text| kind.values(&text)).unwrap_or_default());
        }
        known
    }

    // Those of the project, of the folder we are in, and of the parts of a project that has several.
    fn env_files(&self) -> Vec<PathBuf> {
        let Some(project) = &self.project else { return env_files_in(&self.folder) };
        let mut folders: Vec<PathBuf> = self
            .folder
            .ancestors()
            .take_while(|folder| folder.starts_with(project))
            .map(Path::to_owned)
            .collect();
        folders.push(project.clone());
        let parts = fs::read_dir(project).into_iter().flatten().flatten();
        let parts = parts.filter(|part| part.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.extend(parts.map(|part| part.path()).take(FOLDERS));
        folders.sort();
        folders.dedup();
        folders.iter().flat_map(|folder| env_files_in(folder)).collect()
    }
}

fn env_files_in(folder: &Path) -> Vec<PathBuf> {
    let is_env = |name: &str| {
        let is_sample = ["example", "sample", "template", "dist"].iter().any(|end| name.ends_with(end));
        (name == ".env" || name.starts_with(".env.") || name == ".envrc") && !is_sample
    };
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter(|file| file.file_name().to_str().is_some_and(is_env)).map(|file| file.path()).collect()
}

fn read_rules(path: &Path) -> Result<Rules, RuleFileError> {
    let file = path.display().to_string();
    let unreadable =
        |error: std::io::Error| RuleFileError::Unreadable { file: file.clone(), why: error.to_string() };
    Rules::parse(&file, &read(path).map_err(unreadable)?)
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    open_text(path)?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
