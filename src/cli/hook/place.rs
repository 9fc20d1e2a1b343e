//! Where an event happened, found from what git and the environment say.

use std::path::{Path, PathBuf};

use crate::cli::app::{App, home};
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::secrets::Sources;
use crate::hooks::{HookSettings, Inherited, Scene, has_trailers_hook, hooks_folder};
use crate::store::{CodeProject, SpooledEvent, Store, StoreError, Trailers};

/// Where an event happened.
pub(super) struct Place {
    app: App,
    store: PathBuf,
    pub(super) settings: HookSettings,
    inherited: Inherited,
}

impl Place {
    /// Finds it. A Git folder that git named wins over the folder that the hook was called in.
    pub(super) fn find(event: &SpooledEvent) -> Result<Self, CliError> {
        let git_dir = event.git_dir.as_ref().map(|dir| event.folder.join(dir));
        let found_from = git_dir.as_deref().unwrap_or(&event.folder);
        let app = App::at(Global::silent(), event.folder.clone(), found_from)?;
        let settings = HookSettings::read(&app.config)?;
        let (store, inherited) = store_of(&app, event)?;
        Ok(Self { app, store, settings, inherited })
    }

    /// Returns where the store is.
    pub(super) fn store_dir(&self) -> &Path {
        &self.store
    }

    /// Opens the store; `None` where there is none: then nobody wants anything recorded here.
    pub(super) fn open(&self) -> Result<Option<Store>, CliError> {
        let options = self.app.store_options()?.with_lock_wait(self.settings.deadline);
        match Store::open(&self.store, options) {
            Err(StoreError::Absent(_)) => Ok(None),
            other => Ok(Some(other?.guarded(self.app.guard.clone()))),
        }
    }

    /// Returns what the event is handled with; `None` outside of a project.
    pub(super) fn scene<'a>(&'a self, store: &'a Store) -> Option<Scene<'a>> {
        let project: &CodeProject = self.app.project.as_ref()?;
        let inherited = self.inherited.clone();
        Some(Scene { store, env: &self.app.env, project, settings: self.settings, inherited })
    }

    /// Starts to push what waits, where it is time.
    pub(super) fn start_pushing(&self) {
        crate::cli::auto_push::start(&self.app, &self.store);
    }

    /// Fails where commits are to get trailers and the hook for that is not installed: the setting may
    /// be newer than the hooks. It is told once a commit.
    pub(super) fn check_trailers(&self, event: &str) -> Result<(), CliError> {
        let Some(project) = &self.app.project else { return Ok(()) };
        if event != "post-commit" || self.settings.trailers == Trailers::Off {
            return Ok(());
        }
        match has_trailers_hook(&hooks_folder(&self.app.config, project, home().as_deref())) {
            true => Ok(()),
            false => {
                Err(CliError::failed("session.trailers is on; 'git session hooks install' lets it work"))
            }
        }
    }

    /// Returns what finds secrets here.
    pub(super) fn sources(&self) -> Sources {
        self.app.sources.clone()
    }

    /// Returns what a comment in a message starts with.
    pub(super) fn comment(&self) -> String {
        let text = self
            .app
            .config
            .string("core.commentString")
            .or_else(|| self.app.config.string("core.commentChar"));
        text.filter(|text| !text.is_empty() && text != "auto").unwrap_or_else(|| "#".to_owned())
    }
}

// A process that `git session run` started may work in another repository too. What it hands on
// counts there only where it is about that repository.
fn store_of(app: &App, event: &SpooledEvent) -> Result<(PathBuf, Inherited), CliError> {
    let (usual, named) = (app.usual_store_path()?, app.store_path()?);
    let inherited = Inherited {
        session: event.session.clone(),
        run: event.run.as_ref().and_then(|run| run.parse().ok()),
    };
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if real(&usual) == real(&named) {
        return Ok((named, inherited));
    }
    match is_about(app, &named, &inherited) {
        true => Ok((named, inherited)),
        false => Ok((usual, Inherited::default())),
    }
}

fn is_about(app: &App, store: &Path, inherited: &Inherited) -> bool {
    let (Some(project), Ok(options)) = (&app.project, app.store_options()) else { return false };
    let Ok(store) = Store::open(store, options) else { return false };
    match inherited.run {
        // Somebody chose the store, not a run.
        None => inherited.session.is_none(),
        Some(run) => store.run_folder(run).is_known_to_work_in(project),
    }
}
