//! Where an event happens: the store, the code around it, the settings.

use std::time::Duration;

use crate::model::{RunId, SessionId};
use crate::ops::Env;
use crate::store::{AutoPush, AutoSession, CodeProject, ConfigError, Inject, Store, Trailers, UserConfig};

/// How long a command that somebody typed waits for a hook.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How hooks behave, by the user's git configuration.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct HookSettings {
    /// Whether a session is started where none is current.
    pub auto_session: AutoSession,
    /// Whether commits get the ids of session and run.
    pub trailers: Trailers,
    /// Which briefs an agent gets without asking.
    pub inject: Inject,
    /// How long a hook may take.
    pub deadline: Duration,
    /// When sessions are pushed without asking.
    pub auto_push: AutoPush,
}

impl HookSettings {
    /// Reads the settings.
    pub fn read(config: &UserConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            auto_session: config.auto_session()?,
            trailers: config.trailers()?,
            inject: config.inject()?,
            deadline: config.hook_deadline()?,
            auto_push: config.auto_push()?,
        })
    }
}

/// What the process that made the event was started with by `git session run`, where that was for
/// this store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inherited {
    /// The session, as it was named.
    pub session: Option<String>,
    /// The run.
    pub run: Option<RunId>,
}

/// Where an event happens.
pub struct Scene<'a> {
    /// The store.
    pub store: &'a Store,
    /// Clock, ids and identity.
    pub env: &'a Env,
    /// The code repository, and what is checked out in the work tree.
    pub project: &'a CodeProject,
    /// How hooks behave.
    pub settings: HookSettings,
    /// What the surrounding process says.
    pub inherited: Inherited,
}

impl Scene<'_> {
    /// Queues a session of which a run is finished, where that is to be pushed by itself.
    pub(super) fn queue_finished(&self, session: SessionId) {
        crate::sync::queue_finished(self.store, self.env, self.settings.auto_push, session);
    }
}
