//! The backends: the model's database behind the SQL functions' names, and an open storage.

use std::cell::RefCell;
use std::rc::Rc;

use ourvidz_core::Id;
use ourvidz_core::timestamp::rfc3339;
use ourvidz_core::wire::assets::AssetReply;
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::rpc::{
    CancelJob, ClaimJob, Credits, EnqueueJob, HeartbeatJob, JobForSettlement, ReportOutcome, Rpc,
    SettleJob, Status, SweepDone, SweepPass,
};
use ourvidz_edge::testing::settings;
use ourvidz_model::database::{Database, Job, Refused};
use ourvidz_rest::fakes::{Raised, World};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::fairness;
use crate::scene::{Sabotage, Scene};

/// A database that several own.
pub type Shared = Rc<RefCell<Database>>;

/// Gives the world its database.
pub fn open(world: &World, scene: &Rc<Scene>) -> Shared {
    let mut database = Database::new(scene.now_ms(), scene.sabotage.guards());
    database.last_pass_ms = Some(scene.now_ms());
    let database = Rc::new(RefCell::new(database));
    open_storage(world, scene);
    let functions = Functions {
        world,
        scene,
        database: &database,
    };
    functions.define(|database, order: EnqueueJob, _| database.enqueue_job(&order));
    functions.define(|database, order: CancelJob, _| database.cancel_job(&order));
    functions.define(|database, claim: ClaimJob, scene| {
        let claimed = database.claim_job(&claim);
        if let Some(claimed) = &claimed {
            scene.hand_out(claimed.job_id, claimed.attempt);
            let is_next = claim.p_job_id.is_none();
            if is_next && let Some(passed) = fairness::passed_by(database, claimed.job_id) {
                scene.fail(passed);
            }
        }
        Ok(claimed)
    });
    functions.define(|database, beat: HeartbeatJob, scene| {
        let waits = database
            .jobs
            .get(&beat.p_job_id)
            .is_some_and(|job| job.status == Status::Queued);
        let reply = database.heartbeat_job(&beat);
        if waits && let (Some(attempt), Some(_)) = (reply.attempt, reply.lease_id) {
            scene.hand_out(beat.p_job_id, attempt);
        }
        Ok(reply)
    });
    functions.define(|database, question: JobForSettlement, _| {
        Ok(database.job_for_settlement(question.p_job_id))
    });
    functions.define(|database, plan: SettleJob, scene| {
        let reply = database.settle_job(&plan)?;
        let is_given_back =
            plan.p_status == Status::Queued && plan.p_next_attempt == plan.p_attempt;
        if is_given_back && reply.outcome == ReportOutcome::Ok {
            scene.take_back(plan.p_job_id, plan.p_attempt);
        }
        Ok(reply)
    });
    functions.define(|database, pass: SweepPass, scene| {
        let mut swept = database.sweep_pass(&pass);
        match scene.sabotage {
            Sabotage::Cleaning => swept.objects.clear(),
            Sabotage::Reminder => swept.push.clear(),
            _ => {}
        }
        Ok(swept)
    });
    functions.define(|database, done: SweepDone, _| {
        database.sweep_done(&done);
        Ok(())
    });
    world.on_rpc("record_policy_event", |_| Ok(Value::Null));
    let read = Rc::clone(&database);
    world.on_rpc("my_job", move |question| {
        let id: Option<Id> = question["p_job_id"].as_str().and_then(|id| id.parse().ok());
        let database = read.borrow();
        let job = id.and_then(|id| database.jobs.get(&id));
        Ok(job.map_or(Value::Null, |job| {
            serde_json::to_value(view(job)).unwrap_or_default()
        }))
    });
    database
}

/// Lets the storage take what is signed now.
pub fn open_storage(world: &World, scene: &Scene) {
    world.open_storage(settings().storage, scene.now_ms());
}

struct Functions<'a> {
    world: &'a World,
    scene: &'a Rc<Scene>,
    database: &'a Shared,
}

impl Functions<'_> {
    /// Gives an SQL function its body; what must hold is looked at after each call.
    fn define<P: Rpc + DeserializeOwned>(
        &self,
        body: impl Fn(&mut Database, P, &Scene) -> Result<P::Reply, Refused> + 'static,
    ) where
        P::Reply: Serialize,
    {
        let (scene, database) = (Rc::clone(self.scene), Rc::clone(self.database));
        self.world.on_rpc(P::NAME, move |parameters| {
            let parameters = P::deserialize(parameters).map_err(|_| refused())?;
            let mut database = database.borrow_mut();
            database.now_ms = scene.now_ms();
            let reply = body(&mut database, parameters, &scene)
                .map_err(|Refused(code)| Raised::from(code))?;
            scene.check(&database);
            serde_json::to_value(reply).map_err(|_| refused())
        });
    }
}

fn refused() -> Raised {
    Raised::from(ourvidz_core::Code::Internal)
}

/// The job as its owner reads it.
fn view(job: &Job) -> JobView {
    let text = |value: &Option<Rc<str>>| value.as_deref().map(str::to_owned);
    let assets = job.assets.iter().zip(0u8..);
    JobView {
        id: job.id,
        user_id: job.user_id,
        status: job.status,
        job_type: job.job_type,
        progress: job.progress,
        attempt: job.attempt,
        cancel_requested: job.cancel_requested,
        prompt: "a fox".to_owned(),
        metadata: Map::new(),
        error_code: None,
        error_message: None,
        position: None,
        eta_seconds: None,
        waiting_for: None,
        num_assets: job.num_assets(),
        cancel_cost: None,
        credits: Credits {
            held: 0,
            charged: 0,
            released: 0,
        },
        created_at: rfc3339(0),
        started_at: None,
        completed_at: None,
        assets: assets
            .map(|(asset, image_index)| AssetReply {
                id: job.id,
                job_id: job.id,
                kind: job.job_type.format().as_str().to_owned(),
                job_type: job.job_type,
                image_index,
                status: asset.status,
                title: None,
                tags: Vec::new(),
                url: text(&asset.url),
                bucket: String::new(),
                path: None,
                thumbnail_url: text(&asset.thumbnail),
                saved: false,
                preferred: false,
                metadata: Map::new(),
                created_at: rfc3339(0),
            })
            .collect(),
    }
}
