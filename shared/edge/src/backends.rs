//! The backends as handlers reach them.

use std::rc::Rc;

use ourvidz_core::ApiError;
use ourvidz_core::wire::rpc::Rpc;
use ourvidz_rest::{Auth, Database, Queues, Storage};

use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::user::{Caller, UserProof};

/// What is needed to call the backends, apart from a request: for work that outlives the answer.
pub struct Backends<R> {
    pub settings: Rc<Settings>,
    pub runtime: R,
}

impl<R: Runtime> Backends<R> {
    /// Calls an SQL function as the edge.
    ///
    /// # Errors
    ///
    /// What the function raises, or `unavailable`.
    pub async fn edge_rpc<P: Rpc>(&self, rpc: &P) -> Result<P::Reply, ApiError> {
        self.database()
            .call(rpc, Auth::Edge(&self.settings.edge_db_jwt))
            .await
    }

    /// Calls an SQL function as the user, or in the name of the user's key. Those only read, so a lost answer is asked
    /// for once more.
    ///
    /// # Errors
    ///
    /// What the function raises, or `unavailable`.
    pub async fn user_rpc<P: Rpc>(&self, caller: &Caller, rpc: &P) -> Result<P::Reply, ApiError> {
        let auth = match &caller.proof {
            UserProof::Token(token) => Auth::User(token),
            UserProof::ApiKey(id) => Auth::ApiKey {
                edge_token: &self.settings.edge_db_jwt,
                id: *id,
            },
        };
        self.database().read(rpc, auth).await
    }

    pub fn queues(&self) -> Queues<'_, R> {
        Queues::new(
            &self.runtime,
            &self.settings.redis_url,
            &self.settings.redis_token,
        )
    }

    /// The object storage, at this moment.
    pub fn storage(&self, now_ms: u64) -> Storage<'_, R> {
        Storage::new(&self.runtime, &self.settings.storage, now_ms)
    }

    fn database(&self) -> Database<'_, R> {
        Database::new(
            &self.runtime,
            &self.settings.supabase_url,
            &self.settings.supabase_anon_key,
        )
    }
}
