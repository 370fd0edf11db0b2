//! `GET` and `POST /api/projects`, `PATCH /api/projects/{id}`: prompts that jobs can start from.

use ourvidz_core::api_key::KeyScope;
use ourvidz_core::moment::Nth;
use ourvidz_core::wire::page::Query;
use ourvidz_core::wire::projects::{
    ProjectReply, ProjectRequest, ProjectSavedReply, ProjectsQuery,
};
use ourvidz_core::{ApiError, Code, Id};
use ourvidz_edge::caller::{self, Caller};
use ourvidz_edge::{Call, Reply, Runtime, order};

pub(crate) async fn all<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET", "POST"])?;
    if call.incoming.method == "POST" {
        let caller = caller::user(call, KeyScope::Orders).await?;
        return create(call, caller.user_id).await;
    }
    let caller = caller::user(call, KeyScope::Read).await?;
    list(call, &caller).await
}

pub(crate) async fn one<R: Runtime>(call: &Call<R>, id: &str) -> Result<Reply, ApiError> {
    call.only(&["PATCH"])?;
    let caller = caller::user(call, KeyScope::Orders).await?;
    let project_id = id.parse().map_err(|_| Code::NotFound)?;
    let request = read(call, caller.user_id).await?;
    let update = request.update(caller.user_id, project_id);
    answer(call.edge_rpc(&update).await?)
}

async fn list<R: Runtime>(call: &Call<R>, caller: &Caller) -> Result<Reply, ApiError> {
    let query = ProjectsQuery::parse(Query(&call.incoming.query))?;
    let rows = call.user_rpc(caller, &query.rpc()).await?;
    Reply::json(&query.page(rows))
}

async fn create<R: Runtime>(call: &Call<R>, user_id: Id) -> Result<Reply, ApiError> {
    let request = read(call, user_id).await?;
    let creation = request.create(user_id, call.at.fresh_id(Nth::First));
    answer(call.edge_rpc(&creation).await?)
}

/// The body. What it says becomes the prompt of jobs, so the content policy looks at it here too, and a
/// refusal leaves its audit row.
async fn read<R: Runtime>(call: &Call<R>, user_id: Id) -> Result<ProjectRequest, ApiError> {
    let request = ProjectRequest::parse(call.json_body()?, call.settings.policy_terms.get()?);
    order::audited(call, user_id, "project", request).await
}

fn answer(project: ProjectReply) -> Result<Reply, ApiError> {
    Reply::json(&ProjectSavedReply {
        success: true,
        project,
    })
}
