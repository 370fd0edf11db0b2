//! Qwen at the size of the 7B model, with random weights: how soon the first token comes, and how many a second then.

use ourvidz_engine_base::Result;
use ourvidz_engine_base::weights::random;
use ourvidz_engine_qwen::{QwenConfig, QwenNetwork, QwenWeights, published_7b};

use crate::report::seconds;
use crate::{CheckSetting, Report};

/// The template and a prompt of about a hundred words.
const PROMPT_TOKENS: usize = 256;
const WRITTEN: usize = 64;

pub fn run(setting: &CheckSetting, report: &mut Report) -> Result<()> {
    let device = &setting.device;
    let config = if setting.is_tiny {
        QwenConfig::read(&setting.fixtures.join("qwen/model/config.json"))?
    } else {
        published_7b()
    };
    let mut network = report.timed("make weights", device, || {
        let source = QwenWeights::Whole(random(setting.precision, device));
        QwenNetwork::new(&config, &source, 1024)
    })?;
    let prompt: Vec<u32> = (0..PROMPT_TOKENS)
        .map(|place| (place % 50) as u32)
        .collect();
    network.next(&prompt)?;
    network.next(&prompt[..1])?;
    network.clear();
    report.timed("first token", device, || network.next(&prompt))?;
    let (_, took) = seconds(device, || {
        for place in 0..WRITTEN {
            network.next(&[(place % 50) as u32])?;
        }
        Ok(())
    })?;
    report.tell("tokens a second", WRITTEN as f64 / took, "1/s")
}
