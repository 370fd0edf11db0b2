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
    pub fn edge_rpc<P: Rpc>(
        &self,
        rpc: &P,
    ) -> impl Future<Output = Result<P::Reply, ApiError>> + use<'_, P, R> {
        self.database()
            .call(rpc, Auth::Edge(&self.settings.edge_db_jwt))
    }

    /// Calls an SQL function as the user, or in the name of the user's key. Those only read, so a lost answer is asked
    /// for once more.
    ///
    /// # Errors
    ///
    /// What the function raises, or `unavailable`.
    pub fn user_rpc<'a, P: Rpc>(
        &'a self,
        caller: &'a Caller,
        rpc: &P,
    ) -> impl Future<Output = Result<P::Reply, ApiError>> + use<'a, P, R> {
        let auth = match &caller.proof {
            UserProof::Token(token) => Auth::User(token),
            UserProof::ApiKey(id) => Auth::ApiKey {
                edge_token: &self.settings.edge_db_jwt,
                id: *id,
            },
        };
        self.database().read(rpc, auth)
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
