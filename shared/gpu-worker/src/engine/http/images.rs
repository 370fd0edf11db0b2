//! AUTOMATIC1111's API: `txt2img`, `progress`, `interrupt`. Forge, SD.Next and others speak it too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::Agent;

use super::{LOOK, post, read, wait};
use crate::engine::{EngineError, ImageRequest, Observer};
use crate::media::{Picture, decode_reference};

/// Seeds have 32 bits there.
const SEED_BITS: u64 = 0xffff_ffff;

/// Makes pictures one by one, so that the first is on its way while the second is made.
pub fn text_to_image(
    agent: &Agent,
    base: &str,
    request: &ImageRequest,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    let total = request.steps * u32::from(request.count);
    for index in 0..u32::from(request.count) {
        let before = request.steps * index;
        let body = json!({
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "width": request.width,
            "height": request.height,
            "steps": request.steps,
            "cfg_scale": request.guidance,
            "sampler_name": "Euler",
            "seed": (request.seed + u64::from(index)) & SEED_BITS,
            "batch_size": 1,
            "n_iter": 1,
            "save_images": false,
        });
        let answer = post(agent, format!("{base}/sdapi/v1/txt2img"), None, &body);
        let made = wait(&answer, || {
            let step = progress(agent, base).min(request.steps);
            observer.step(before + step, total)
        });
        if made == Err(EngineError::Stopped) {
            let url = format!("{base}/sdapi/v1/interrupt");
            // A server that does not take it finishes a picture that nobody fetches.
            let _ = post(agent, url, None, &json!({})).recv_timeout(LOOK);
        }
        let picture = picture(&made?)?;
        if (picture.width(), picture.height()) != (request.width, request.height) {
            let (width, height) = (picture.width(), picture.height());
            let problem = format!("the server made a picture of {width}x{height}");
            return Err(EngineError::Failed(problem));
        }
        observer.step(before + request.steps, total)?;
        observer.picture(index, picture)?;
    }
    Ok(())
}

/// The step that the server is at; 0 where it does not tell.
fn progress(agent: &Agent, base: &str) -> u32 {
    let asked = agent.get(format!("{base}/sdapi/v1/progress?skip_current_image=true"));
    let told = read(asked.call()).unwrap_or_default();
    let step = told["state"]["sampling_step"].as_u64();
    u32::try_from(step.unwrap_or(0)).unwrap_or(0)
}

fn picture(answer: &Value) -> Result<Picture, EngineError> {
    let fail = |why: &str| EngineError::Failed(why.to_owned());
    let text = answer["images"][0].as_str();
    let text = text.ok_or_else(|| fail("the server's answer has no picture"))?;
    // Some servers put a data URL's head before it.
    let text = text.rsplit(',').next().unwrap_or(text);
    let bytes = STANDARD.decode(text);
    let bytes = bytes.map_err(|_| fail("the server's picture is no base64"))?;
    decode_reference(&bytes).map_err(|problem| EngineError::Failed(problem.to_string()))
}
