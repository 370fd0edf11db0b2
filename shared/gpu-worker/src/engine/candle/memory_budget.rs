//! Which parts of which models are in memory, and which have to go when another comes.

/// What can be in memory by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelPart {
    Qwen,
    /// umT5, which reads prompts for WAN.
    WanText,
    WanBody,
    /// CLIP-L and bigG, which read prompts for SDXL.
    SdxlText,
    SdxlUnet,
    SdxlVae,
}

impl ModelPart {
    pub const ALL: [Self; 6] = [
        Self::Qwen,
        Self::WanText,
        Self::WanBody,
        Self::SdxlText,
        Self::SdxlUnet,
        Self::SdxlVae,
    ];

    /// The name for logs and for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Qwen => "Qwen",
            Self::WanText => "WAN's text encoder",
            Self::WanBody => "WAN's denoiser and VAE",
            Self::SdxlText => "SDXL's text encoders",
            Self::SdxlUnet => "SDXL's UNet",
            Self::SdxlVae => "SDXL's VAE",
        }
    }

    /// Whether it only reads or writes text: needed for a moment of each job, and so the first to go.
    const fn is_text(self) -> bool {
        matches!(self, Self::Qwen | Self::WanText | Self::SdxlText)
    }
}

/// More is needed at once than there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverBudget {
    /// Bytes that are needed.
    pub needed: u64,
    /// Bytes that there may be.
    pub budget: u64,
}

impl std::fmt::Display for OverBudget {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
        write!(
            formatter,
            "the weights need {} MiB and WORKER_MEMORY_MIB allows {}",
            mebibytes(self.needed),
            mebibytes(self.budget)
        )
    }
}

#[derive(Debug, Clone, Copy)]
struct Resident {
    part: ModelPart,
    bytes: u64,
    used: u64,
}

/// What a clip of 81 frames takes while it is made, by estimate; larger GPUs run larger batches.
const PICTURES: u64 = 6 << 30;

/// Counts what is in memory. Without a budget nothing ever has to go. It loads and drops nothing itself.
#[derive(Debug, Default)]
pub struct MemoryBudget {
    budget: Option<u64>,
    /// Whether what alone is larger than the budget is refused.
    is_firm: bool,
    resident: Vec<Resident>,
    clock: u64,
}

impl MemoryBudget {
    /// A budget in bytes that nothing may exceed.
    #[must_use]
    pub const fn firm(budget: u64) -> Self {
        Self {
            budget: Some(budget),
            is_firm: true,
            resident: Vec::new(),
            clock: 0,
        }
    }

    /// What a GPU with so much memory can hold while it makes pictures. It is an estimate, so that what alone is
    /// larger is tried all the same, with everything else out of the way.
    #[must_use]
    pub fn usual(total: u64) -> Self {
        Self {
            is_firm: false,
            ..Self::firm(total.saturating_sub(PICTURES.max(total / 4)))
        }
    }

    /// Records parts as resident and used now, and says which others have to go first: text before the rest,
    /// and what was not used for longest before what was used lately.
    ///
    /// # Errors
    ///
    /// When the parts do not fit even by themselves; nothing is recorded then.
    pub fn admit(&mut self, wanted: &[(ModelPart, u64)]) -> Result<Vec<ModelPart>, OverBudget> {
        let needed: u64 = wanted.iter().map(|(_, bytes)| bytes).sum();
        let is_wanted = |resident: &Resident| wanted.iter().any(|(part, _)| *part == resident.part);
        let mut leaving = Vec::new();
        if let Some(budget) = self.budget {
            if needed > budget && self.is_firm {
                return Err(OverBudget { needed, budget });
            }
            let mut others: Vec<Resident> = self
                .resident
                .iter()
                .copied()
                .filter(|resident| !is_wanted(resident))
                .collect();
            others.sort_by_key(|resident| (!resident.part.is_text(), resident.used));
            let mut total = needed + others.iter().map(|resident| resident.bytes).sum::<u64>();
            for resident in others {
                if total <= budget {
                    break;
                }
                total -= resident.bytes;
                leaving.push(resident.part);
            }
        }
        self.clock += 1;
        self.resident
            .retain(|resident| !is_wanted(resident) && !leaving.contains(&resident.part));
        self.resident
            .extend(wanted.iter().map(|(part, bytes)| Resident {
                part: *part,
                bytes: *bytes,
                used: self.clock,
            }));
        Ok(leaving)
    }

    /// Strikes out what is not there after all.
    pub fn keep(&mut self, is_loaded: impl Fn(ModelPart) -> bool) {
        self.resident.retain(|resident| is_loaded(resident.part));
    }

    /// Bytes that are held.
    #[cfg(test)]
    fn bytes(&self) -> u64 {
        self.resident.iter().map(|resident| resident.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: (ModelPart, u64) = (ModelPart::WanBody, 30);
    const TEXT: (ModelPart, u64) = (ModelPart::WanText, 50);
    const QWEN: (ModelPart, u64) = (ModelPart::Qwen, 60);
    const UNET: (ModelPart, u64) = (ModelPart::SdxlUnet, 40);

    #[test]
    fn without_a_budget_nothing_goes() {
        let mut memory_budget = MemoryBudget::default();
        for wanted in [BODY, TEXT, QWEN, UNET] {
            assert_eq!(memory_budget.admit(&[wanted]), Ok(Vec::new()));
        }
        assert_eq!(memory_budget.bytes(), 180);
    }

    #[test]
    fn text_goes_before_what_was_used_longer_ago() {
        let mut memory_budget = MemoryBudget::firm(130);
        memory_budget.admit(&[UNET]).unwrap();
        memory_budget.admit(&[BODY, TEXT]).unwrap();
        // 120 are held; the text encoder is younger than the UNet and goes all the same.
        assert_eq!(memory_budget.admit(&[QWEN]), Ok(vec![ModelPart::WanText]));
        assert_eq!(memory_budget.bytes(), 130);
    }

    #[test]
    fn the_oldest_goes_first_and_no_more_than_must() {
        let mut memory_budget = MemoryBudget::firm(100);
        memory_budget.admit(&[BODY]).unwrap();
        memory_budget.admit(&[UNET]).unwrap();
        memory_budget.admit(&[BODY]).unwrap();
        assert_eq!(memory_budget.admit(&[TEXT]), Ok(vec![ModelPart::SdxlUnet]));
        assert_eq!(memory_budget.bytes(), 80);
    }

    #[test]
    fn what_is_wanted_stays_and_is_counted_once() {
        let mut memory_budget = MemoryBudget::firm(80);
        memory_budget.admit(&[BODY, TEXT]).unwrap();
        assert_eq!(memory_budget.admit(&[BODY, TEXT]), Ok(Vec::new()));
        assert_eq!(memory_budget.bytes(), 80);
    }

    #[test]
    fn too_much_is_refused_in_numbers_and_changes_nothing() {
        let mut memory_budget = MemoryBudget::firm(70 << 20);
        memory_budget.admit(&[(ModelPart::Qwen, 60 << 20)]).unwrap();
        let refused = memory_budget.admit(&[
            (ModelPart::WanText, 50 << 20),
            (ModelPart::WanBody, 30 << 20),
        ]);
        let text = refused.unwrap_err().to_string();
        assert_eq!(
            text,
            "the weights need 80 MiB and WORKER_MEMORY_MIB allows 70"
        );
        assert_eq!(memory_budget.bytes(), 60 << 20);
    }

    #[test]
    fn by_default_a_gpu_holds_what_leaves_room_for_pictures() {
        let gibibytes = |count: u64| count << 30;
        let budget = |total| MemoryBudget::usual(gibibytes(total)).budget;
        assert_eq!(budget(24), Some(gibibytes(18)));
        assert_eq!(budget(80), Some(gibibytes(60)));
        assert_eq!(budget(4), Some(0));
    }

    #[test]
    fn what_alone_is_too_large_for_an_estimate_is_tried_by_itself() {
        let gibibytes = |part, count: u64| (part, count << 30);
        let mut memory_budget = MemoryBudget::usual(16 << 30);
        memory_budget
            .admit(&[gibibytes(ModelPart::SdxlUnet, 5)])
            .unwrap();
        let wan = [
            gibibytes(ModelPart::WanText, 11),
            gibibytes(ModelPart::WanBody, 3),
        ];
        assert_eq!(memory_budget.admit(&wan), Ok(vec![ModelPart::SdxlUnet]));
        assert_eq!(memory_budget.bytes(), 14 << 30);
    }

    #[test]
    fn what_failed_to_load_is_struck_out() {
        let mut memory_budget = MemoryBudget::firm(100);
        memory_budget.admit(&[BODY, TEXT]).unwrap();
        memory_budget.keep(|part| part == ModelPart::WanBody);
        assert_eq!(memory_budget.bytes(), 30);
    }
}
