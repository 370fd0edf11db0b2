//! What a prompt is written for, by its job type.

use ourvidz_prompts::enhance::Brief;

use crate::wire::enhance::EnhanceRequest;
use crate::{JobType, Model, Quality};

/// The brief for a job type, with the quality and the model that the client may have overridden.
#[must_use]
pub const fn for_job_type(job_type: JobType, quality: Quality, model: Model) -> Brief {
    Brief::new(model, job_type.format(), quality, job_type.is_enhanced())
}

/// The brief of a request.
#[must_use]
pub fn of(request: &EnhanceRequest) -> Brief {
    for_job_type(
        request.job_type,
        request.target_quality(),
        request.target_model(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;
    use alloc::collections::BTreeSet;
    use ourvidz_prompts::enhance::Template;

    #[test]
    fn every_combination_has_its_template() {
        let mut used = BTreeSet::new();
        for job_type in JobType::ALL {
            for quality in [Quality::Fast, Quality::High] {
                for model in [Model::Sdxl, Model::Wan] {
                    let brief = for_job_type(job_type, quality, model);
                    used.insert(brief.template.as_str());
                    let says_video = brief.wording().contains("video");
                    assert_eq!(says_video, brief.format == Format::Video, "{job_type}");
                    let target = alloc::format!("Target: {} tokens max.", brief.budget());
                    assert!(brief.wording().ends_with(&target), "{job_type}");
                }
            }
        }
        assert_eq!(used.len(), Template::ALL.len());
    }

    #[test]
    fn only_the_high_7b_types_get_the_large_budget_by_themselves() {
        for job_type in JobType::ALL {
            let brief = for_job_type(job_type, job_type.quality(), job_type.model());
            let expected = match (
                job_type.is_sdxl(),
                job_type.is_enhanced(),
                job_type.quality(),
            ) {
                (true, _, _) => 75,
                (_, true, Quality::High) => 250,
                _ => 175,
            };
            assert_eq!(brief.budget(), expected, "{job_type}");
        }
    }
}
