//! Which parts of which models are in memory, and which have to go when another comes.

/// What can be in memory by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// The language model.
    Qwen,
    /// umT5, which reads prompts for WAN.
    WanText,
    /// WAN's denoiser and VAE.
    WanBody,
    /// CLIP-L and bigG, which read prompts for SDXL.
    SdxlText,
    /// SDXL's UNet.
    SdxlUnet,
    /// SDXL's VAE.
    SdxlVae,
}

impl Piece {
    /// Every piece.
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
struct Held {
    piece: Piece,
    bytes: u64,
    used: u64,
}

/// Counts what is in memory. It loads and drops nothing itself.
#[derive(Debug, Default)]
pub struct Ledger {
    budget: Option<u64>,
    held: Vec<Held>,
    clock: u64,
}

impl Ledger {
    /// A ledger of a budget in bytes; none means that nothing ever has to go.
    #[must_use]
    pub const fn new(budget: Option<u64>) -> Self {
        Self {
            budget,
            held: Vec::new(),
            clock: 0,
        }
    }

    /// Writes pieces down as held and used now, and says which others have to go first: text before the rest,
    /// and what was not used for longest before what was used lately.
    ///
    /// # Errors
    ///
    /// When the pieces do not fit even by themselves; nothing is written down then.
    pub fn admit(&mut self, wanted: &[(Piece, u64)]) -> Result<Vec<Piece>, OverBudget> {
        let needed: u64 = wanted.iter().map(|(_, bytes)| bytes).sum();
        let is_wanted = |held: &Held| wanted.iter().any(|(piece, _)| *piece == held.piece);
        let mut leaving = Vec::new();
        if let Some(budget) = self.budget {
            if needed > budget {
                return Err(OverBudget { needed, budget });
            }
            let mut others: Vec<Held> = self
                .held
                .iter()
                .copied()
                .filter(|held| !is_wanted(held))
                .collect();
            others.sort_by_key(|held| (!held.piece.is_text(), held.used));
            let mut total = needed + others.iter().map(|held| held.bytes).sum::<u64>();
            for held in others {
                if total <= budget {
                    break;
                }
                total -= held.bytes;
                leaving.push(held.piece);
            }
        }
        self.clock += 1;
        self.held
            .retain(|held| !is_wanted(held) && !leaving.contains(&held.piece));
        self.held.extend(wanted.iter().map(|(piece, bytes)| Held {
            piece: *piece,
            bytes: *bytes,
            used: self.clock,
        }));
        Ok(leaving)
    }

    /// Strikes out what is not there after all.
    pub fn keep(&mut self, is_there: impl Fn(Piece) -> bool) {
        self.held.retain(|held| is_there(held.piece));
    }

    /// Bytes that are held.
    #[cfg(test)]
    fn bytes(&self) -> u64 {
        self.held.iter().map(|held| held.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: (Piece, u64) = (Piece::WanBody, 30);
    const TEXT: (Piece, u64) = (Piece::WanText, 50);
    const QWEN: (Piece, u64) = (Piece::Qwen, 60);
    const UNET: (Piece, u64) = (Piece::SdxlUnet, 40);

    #[test]
    fn without_a_budget_nothing_goes() {
        let mut ledger = Ledger::new(None);
        for wanted in [BODY, TEXT, QWEN, UNET] {
            assert_eq!(ledger.admit(&[wanted]), Ok(Vec::new()));
        }
        assert_eq!(ledger.bytes(), 180);
    }

    #[test]
    fn text_goes_before_what_was_used_longer_ago() {
        let mut ledger = Ledger::new(Some(130));
        ledger.admit(&[UNET]).unwrap();
        ledger.admit(&[BODY, TEXT]).unwrap();
        // 120 are held; the text encoder is younger than the UNet and goes all the same.
        assert_eq!(ledger.admit(&[QWEN]), Ok(vec![Piece::WanText]));
        assert_eq!(ledger.bytes(), 130);
    }

    #[test]
    fn the_oldest_goes_first_and_no_more_than_must() {
        let mut ledger = Ledger::new(Some(100));
        ledger.admit(&[BODY]).unwrap();
        ledger.admit(&[UNET]).unwrap();
        ledger.admit(&[BODY]).unwrap();
        assert_eq!(ledger.admit(&[TEXT]), Ok(vec![Piece::SdxlUnet]));
        assert_eq!(ledger.bytes(), 80);
    }

    #[test]
    fn what_is_wanted_stays_and_is_counted_once() {
        let mut ledger = Ledger::new(Some(80));
        ledger.admit(&[BODY, TEXT]).unwrap();
        assert_eq!(ledger.admit(&[BODY, TEXT]), Ok(Vec::new()));
        assert_eq!(ledger.bytes(), 80);
    }

    #[test]
    fn too_much_is_refused_in_numbers_and_changes_nothing() {
        let mut ledger = Ledger::new(Some(70 << 20));
        ledger.admit(&[(Piece::Qwen, 60 << 20)]).unwrap();
        let refused = ledger.admit(&[(Piece::WanText, 50 << 20), (Piece::WanBody, 30 << 20)]);
        let text = refused.unwrap_err().to_string();
        assert_eq!(
            text,
            "the weights need 80 MiB and WORKER_MEMORY_MIB allows 70"
        );
        assert_eq!(ledger.bytes(), 60 << 20);
    }

    #[test]
    fn what_failed_to_load_is_struck_out() {
        let mut ledger = Ledger::new(Some(100));
        ledger.admit(&[BODY, TEXT]).unwrap();
        ledger.keep(|piece| piece == Piece::WanBody);
        assert_eq!(ledger.bytes(), 30);
    }
}
