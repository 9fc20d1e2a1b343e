//! What a command works with: the store, the current session, clock and identity.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use uuid::Uuid;

use super::args::Global;
use super::error::CliError;
use super::secrets::Sources;
use super::ui::Ui;
use crate::model::{Person, SCHEMA, SessionId, Timestamp};
use crate::ops::{Env, NamedPath, OpError, Place, Point, find_point};
use crate::store::{
    AutoPush, Binding, CodeProject, CodeRepo, CommitId, GrowthLimits, Guard, OpenRun, RunRef, RunSpec,
    SessionRef, Snapshot, Store, StoreError, StoreOptions, UserConfig,
};

/// What a command works with.
pub(super) struct App {
    pub(super) global: Global,
    pub(super) ui: Ui,
    pub(super) config: UserConfig,
    pub(super) env: Env,
    pub(super) folder: PathBuf,
    pub(super) project: Option<CodeProject>,
    /// What is stored passes it.
    pub(super) guard: Rc<Guard>,
    /// Where it gets to know what is secret.
    pub(super) sources: Sources,
    /// From when on maintenance starts by itself; `None` where it must not.
    pub(super) growth_limits: Option<GrowthLimits>,
    /// When sessions are pushed without asking.
    pub(super) auto_push: AutoPush,
}

/// The current session and why it is the current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Current {
    pub(super) session: SessionRef,
    pub(super) source: String,
}

impl App {
    pub(super) fn new(global: Global) -> Result<Self, CliError> {
        let folder = std::env::current_dir().map_err(|error| {
            CliError::failed("the current folder cannot be read")
                .because(error)
                .hint("change to another folder")
        })?;
        let found_from = folder.clone();
        Self::at(global, folder, &found_from)
    }

    /// Makes it for a folder, with the project that is found from another one, such as a Git folder.
    pub(super) fn at(global: Global, folder: PathBuf, found_from: &Path) -> Result<Self, CliError> {
        let parameters = variable("GIT_CONFIG_PARAMETERS");
        let (config, project) =
            UserConfig::load(found_from, parameters.as_deref(), &|name| std::env::var_os(name))?;
        let ui = Ui::new(&global, &config);
        let mut env = environment(&config)?;
        env.limits.max_file_bytes = config.max_file_bytes(env.limits.max_file_bytes)?;
        // Here, so that a wrong setting is told before anything is written.
        let growth_limits = config.growth_limits()?;
        let auto_push = config.auto_push()?;
        let sources = Sources {
            config: config.redaction(home().as_deref(), &folder)?,
            home: home(),
            folder: folder.clone(),
            project: project.as_ref().and_then(|project| project.work_dir.clone()),
        };
        let guard = sources.clone();
        let guard = Rc::new(Guard::new(move || guard.redactor()));
        Ok(Self { global, ui, config, env, folder, project, guard, sources, growth_limits, auto_push })
    }

    /// Tells what was kept out of the store, and what kept the redactor from its work.
    pub(super) fn tell_redactions(&self) {
        let found = self.guard.found();
        if found.is_empty() {
            return;
        }
        self.ui.warn(&format!("secrets were left out of what is stored: {}", found.join(", ")));
        if let Some(error) = self.guard.redactor().failure() {
            self.ui.warn(&format!("nothing could be searched for secrets, so texts are withheld: {error}"));
            self.ui.hint("mend the rules; 'git session redact check FILE' tells whether they can be used");
        }
        for key in &self.sources.config.ignored {
            self.ui.warn(&format!("{key} is ignored in the repository's own configuration"));
            self.ui.hint(&format!("what takes redaction away is yours alone: git config --global {key}"));
        }
    }

    /// Returns where the store is, whether or not it is there.
    pub(super) fn store_path(&self) -> Result<PathBuf, CliError> {
        let named =
            self.global.store.clone().or_else(|| std::env::var_os("GIT_SESSION_STORE").map(PathBuf::from));
        if named.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            return Err(CliError::usage("the store's path is empty").hint("name a folder, or leave it out"));
        }
        match named {
            Some(path) => Ok(self.folder.join(path)),
            None => self.usual_store_path(),
        }
    }

    /// Returns where the store is that belongs to this place, whatever the environment says.
    pub(super) fn usual_store_path(&self) -> Result<PathBuf, CliError> {
        if let Some(path) = self.config.store(home().as_deref()) {
            return Ok(self.folder.join(path));
        }
        if let Some(project) = &self.project {
            return Ok(project.default_store());
        }
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let data = data.or_else(|| home().map(|home| home.join(".local/share")));
        let data = data.ok_or_else(|| {
            CliError::failed("there is no place for the store: HOME is not set")
                .hint("name one with --store, GIT_SESSION_STORE or git config session.store")
        })?;
        Ok(data.join("git-session/sessions.git"))
    }

    /// Opens the store.
    pub(super) fn store(&self) -> Result<Store, CliError> {
        Ok(Store::open(&self.store_path()?, self.store_options()?)?.guarded(self.guard.clone()))
    }

    /// Opens the store; `None` where there is none yet.
    pub(super) fn try_store(&self) -> Result<Option<Store>, CliError> {
        match Store::open(&self.store_path()?, self.store_options()?) {
            Err(StoreError::Absent(_)) => Ok(None),
            other => Ok(Some(other?.guarded(self.guard.clone()))),
        }
    }

    /// Opens the store, making it where there is none yet.
    pub(super) fn store_or_create(&self) -> Result<Store, CliError> {
        let path = self.store_path()?;
        let is_new = matches!(self.try_store(), Ok(None));
        let store = Store::open_or_create(&path, self.store_options()?)?.guarded(self.guard.clone());
        if is_new {
            self.warn_where_tracked(&path);
        }
        Ok(store)
    }

    /// Warns where a new store would be committed with the project's files.
    pub(super) fn warn_where_tracked(&self, store: &Path) {
        if self.project.as_ref().is_some_and(|project| project.would_track(store)) {
            self.ui.warn("the store lies in the work tree; keep it out of your commits with .gitignore");
        }
    }

    /// Returns the session that `-s` names, or the current one.
    pub(super) fn current(&self, store: &Store) -> Result<Current, CliError> {
        let current = self.try_current(store)?.ok_or(StoreError::NoCurrentSession)?;
        self.warn_of_newer_schema(store, &current.session);
        Ok(current)
    }

    // Reading goes on with what is understood; writing is refused.
    fn warn_of_newer_schema(&self, store: &Store, session: &SessionRef) {
        let schema = store.snapshot(session.tip).map_or(0, |snapshot| snapshot.manifest.schema);
        if schema > SCHEMA {
            let name = &session.name;
            self.ui.warn(&format!("session {name} was written by a newer version (schema {schema})"));
        }
    }

    /// Returns the session that `-s` names, or the current one, where there is one.
    pub(super) fn try_current(&self, store: &Store) -> Result<Option<Current>, CliError> {
        if let Some(name) = self.global.session().filter(|name| *name != "@") {
            let session = store.find_session(name)?;
            return Ok(Some(Current { session, source: "chosen with --session".to_owned() }));
        }
        if let Some(name) = variable("GIT_SESSION").filter(|name| !name.is_empty()) {
            match store.find_session(&name) {
                Ok(session) => return Ok(Some(Current { session, source: "from GIT_SESSION".to_owned() })),
                Err(StoreError::NoSession { .. }) => {
                    self.ui.warn(&format!(
                        "GIT_SESSION is '{}', which is not in this store; it is ignored",
                        crate::model::shown(&name)
                    ));
                }
                Err(other) => return Err(other.into()),
            }
        }
        let Some((session, binding)) = store.current_session(self.project.as_ref())? else { return Ok(None) };
        let source = match binding {
            Binding::Branch(branch) => format!("bound to code branch {branch}"),
            _ => "chosen with switch".to_owned(),
        };
        Ok(Some(Current { session, source }))
    }

    /// Returns the session of this name; `None` and `@` name the current one.
    pub(super) fn session(&self, store: &Store, name: Option<&str>) -> Result<SessionRef, CliError> {
        match name {
            Some(name) if name != "@" => {
                let session = store.find_session(name)?;
                self.warn_of_newer_schema(store, &session);
                Ok(session)
            }
            _ => Ok(self.current(store)?.session),
        }
    }

    /// Finds a run as people name it.
    pub(super) fn run(&self, store: &Store, name: &str) -> Result<RunRef, CliError> {
        let spec: RunSpec = name.parse()?;
        let current = self.try_current(store)?.map(|current| current.session);
        Ok(store.find_run(&spec, current.as_ref())?)
    }

    /// Finds a state of a session as people name it: by a run, or by the session for its newest one.
    pub(super) fn point(&self, store: &Store, name: Option<&str>) -> Result<Point, CliError> {
        let current = self.try_current(store)?.map(|current| current.session);
        let point = find_point(store, name, current.as_ref())?;
        self.warn_of_newer_schema(store, &point.session);
        Ok(point)
    }

    /// Finds the commit of a run as people name it.
    pub(super) fn run_commit(&self, store: &Store, name: &str) -> Result<CommitId, CliError> {
        let spec: RunSpec = name.parse()?;
        let current = self.try_current(store)?.map(|current| current.session);
        Ok(store.find_run_commit(&spec, current.as_ref())?)
    }

    /// Returns where a change of context goes: into the run that we are called from, or onto the
    /// session's branch.
    pub(super) fn place(&self, store: &Store) -> Result<Place, CliError> {
        let session = self.current(store)?.session;
        let open = match self.global.session() {
            Some(_) => None,
            None => self.surrounding_run(store, &session)?,
        };
        Ok(match open {
            Some(open) => Place::OpenRun(session, open),
            None => Place::Session(session),
        })
    }

    /// Returns the open run that `GIT_SESSION_RUN` names, where it is one of this session's.
    pub(super) fn surrounding_run(
        &self,
        store: &Store,
        session: &SessionRef,
    ) -> Result<Option<OpenRun>, CliError> {
        let Some(id) = variable("GIT_SESSION_RUN").and_then(|id| id.parse().ok()) else { return Ok(None) };
        let session = store.snapshot(session.tip)?.manifest.id;
        Ok(store.try_find_open_run(session, id)?)
    }

    /// Finds an open run of a session: the one of this name, the one we are called from, or the
    /// only one.
    pub(super) fn open_run(
        &self,
        store: &Store,
        session: &SessionRef,
        name: Option<&str>,
    ) -> Result<OpenRun, CliError> {
        if name.is_none()
            && let Some(open) = self.surrounding_run(store, session)?
        {
            return Ok(open);
        }
        let id = store.snapshot(session.tip)?.manifest.id;
        let all = store.open_runs(Some(id))?;
        let wanted = |open: &&OpenRun| name.is_none_or(|name| is_start_of(name, open));
        let found: Vec<&OpenRun> = all.iter().filter(wanted).collect();
        match (found.as_slice(), name) {
            ([one], _) => Ok(**one),
            ([], Some(name)) => Err(StoreError::NoRun { name: name.to_owned(), count: None }.into()),
            ([], None) => Err(OpError::NoOpenRun(session.name.to_string()).into()),
            (many, _) => {
                let runs = many.iter().map(|open| open.run.short()).collect();
                Err(OpError::SeveralOpenRuns { session: session.name.to_string(), runs }.into())
            }
        }
    }

    /// Returns the state to read from: that of a run, of the run we are called from, or the newest.
    pub(super) fn state(&self, store: &Store, at: Option<&str>) -> Result<Snapshot, CliError> {
        match at {
            Some(name) => Ok(store.snapshot(self.run(store, name)?.run.commit)?),
            None => Ok(self.place(store)?.snapshot(store)?),
        }
    }

    /// Returns the id of the current session, where there is one.
    pub(super) fn current_id(&self, store: &Store) -> Result<Option<SessionId>, CliError> {
        let current = match self.try_current(store) {
            // One that is damaged must not hide the others.
            Err(error) if error.code == "damaged" || error.code == "store_failed" => return Ok(None),
            found => found?,
        };
        let Some(current) = current else { return Ok(None) };
        Ok(store.snapshot(current.session.tip).ok().map(|snapshot| snapshot.manifest.id))
    }

    /// Queues a session of which a run is finished, where that is to be pushed by itself.
    pub(super) fn queue_finished(&self, store: &Store, session: SessionId) {
        crate::sync::queue_finished(store, &self.env, self.auto_push, session);
    }

    /// Opens the code repository, where there is one that can be read.
    pub(super) fn code_repo(&self) -> Option<CodeRepo> {
        CodeRepo::open(self.project.as_ref()?).ok()
    }

    pub(super) fn store_options(&self) -> Result<StoreOptions, CliError> {
        Ok(StoreOptions::default().with_durability(self.config.durability()?))
    }
}

/// Tells whether a name, of 4 characters or more, is the start of an open run's id.
pub(super) fn is_start_of(name: &str, open: &OpenRun) -> bool {
    name.len() >= 4 && open.run.to_string().starts_with(name)
}

/// Lists session names for the shell's completion; empty when anything is wrong.
pub(super) fn names_for_completion() -> Vec<String> {
    let names = App::new(Global::silent()).and_then(|app| Ok(app.store()?.session_names()?));
    names.map(|names| names.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(super) fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute())
}

/// Makes clock, ids and identity. Tests fix the first two by `GIT_SESSION_DEBUG_NOW` (RFC 3339)
/// and `GIT_SESSION_DEBUG_SEED` (a number), as jj's `debug.*` settings do.
fn environment(config: &UserConfig) -> Result<Env, CliError> {
    let identity = config.identity().unwrap_or_else(login);
    let Some(now) = variable("GIT_SESSION_DEBUG_NOW") else { return Ok(Env::real(identity)) };
    let now: Timestamp = now.parse().map_err(|error| {
        CliError::usage(format!("GIT_SESSION_DEBUG_NOW: {error}")).hint("it is for tests; unset it")
    })?;
    let seed = variable("GIT_SESSION_DEBUG_SEED").unwrap_or_default();
    let counter = std::cell::Cell::new(0u32);
    let uuids = move || {
        counter.set(counter.get() + 1);
        let bytes = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{seed}:{}", counter.get()).as_bytes());
        uuid::Builder::from_random_bytes(bytes.into_bytes()).into_uuid()
    };
    Ok(Env::new(identity, Box::new(move || now), Box::new(uuids)))
}

// Git would refuse to commit without a name; recording must not fail for that.
fn login() -> Person {
    let name = variable("GIT_AUTHOR_NAME").or_else(|| variable("USER")).or_else(|| variable("LOGNAME"));
    Person::new(name.unwrap_or_else(|| "unknown".to_owned()), "")
}

/// Returns a path as people typed it, relative to the folder we are in.
pub(super) fn from_here(app: &App, path: &Path) -> PathBuf {
    app.folder.join(path)
}

/// Returns a path that is to be read into the context. No link below the project or the folder we
/// are in is followed: it may have come with the project's code.
pub(super) fn named(app: &App, path: &Path) -> NamedPath {
    let project = app.project.as_ref().and_then(|project| project.work_dir.as_deref());
    let folders: Vec<&Path> = project.into_iter().chain([app.folder.as_path()]).collect();
    NamedPath::new(&from_here(app, path), &folders)
}
